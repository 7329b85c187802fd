//! Tokens of forms in a place where they were not made: a page of ours sends them, and so they decide
//! alone.

use super::eve::Eve;
use crate::chromium::{Chromium, Script};

/// CS02, CS03, CS04
#[tokio::test]
async fn a_token_of_another_user_or_of_before_the_sign_in_sends_no_form() {
    Chromium::used(Script::On, async |page| {
        page.open("/sign-in").await;
        let before = page.value("[name=csrf_token]").await;
        let event = page.as_ada().await;
        let eve = Eve::signed_in(&page.server);
        let delete = format!("{event}/delete");
        for token in [&*eve.token, &eve.visit.1, &before, "", "null"] {
            page.open(&delete).await;
            let set = "document.querySelector('main [name=csrf_token]').value = ";
            page.ask(&format!("{set}'{token}'")).await;
            page.submit("main button.danger").await;
            page.says("h1", "This form is out of date").await;
            page.has_harmed_nobody(&event).await;
        }
        page.open(&delete).await;
        page.submit("main button.danger").await;
        page.says("main .note", "The event is deleted.").await;
    })
    .await;
}

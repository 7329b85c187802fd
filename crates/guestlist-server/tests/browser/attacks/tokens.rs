//! CSRF tokens of another session, sent by one of our own pages, so that only the token can stop
//! the form.

use super::eve::Eve;
use crate::chromium::{Chromium, Script};

/// CS02, CS03, CS04
#[tokio::test]
async fn a_csrf_token_of_another_user_or_of_before_the_sign_in_is_refused() {
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
            page.assert_no_harm(&event).await;
        }
        page.open(&delete).await;
        page.submit("main button.danger").await;
        page.says("main .note", "The event is deleted.").await;
    })
    .await;
}

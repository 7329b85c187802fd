use crate::{
    paths::of_a_user,
    test_app::{TestApp, new_email},
};

use super::{browser::Browser, change_event::planned};

/// OWASP ASVS 5.0, 3.3.4, 7.4.4 and 14.3.2.
#[tokio::test]
async fn every_page_of_a_signed_in_user_has_a_sign_out_button_is_not_cached_and_shows_no_cookie() {
    let app = TestApp::start().await;
    let browser = Browser::signed_up(&app, &new_email()).await;
    let event = planned(&browser, &[("title", "Tea")]).await;
    for path in of_a_user(&event) {
        let page = browser.ask(&path).await;
        let html = page.html(200);
        // Going back to what was filled in finds it, until the sign-out clears that.
        let is_filled_in = path == "/events/new" || path.ends_with("/edit");
        let keeping = if is_filled_in {
            "private, no-cache"
        } else {
            "no-store"
        };
        assert_eq!(page.header("cache-control"), Some(keeping), "{path}");
        assert!(html.contains("action=\"/sign-out\""), "{path}");
        let cookie = browser.cookie("guestlist").expect("is signed in");
        assert!(!html.contains(&cookie), "{path}");
    }
    for path in ["/account/data.json", "/account/events.ics"] {
        let file = browser.ask(path).await;
        assert_eq!(file.status, 200, "{path}");
        assert_eq!(file.header("cache-control"), Some("no-store"), "{path}");
    }
    browser.open("/").await;
    let out = browser.sent("/sign-out", &[]).await;
    assert_eq!(out.header("clear-site-data"), Some("\"cache\""));
}

use crate::test_app::{TestApp, new_email};

use super::{browser::Browser, change_event::planned};

#[tokio::test]
async fn an_event_is_deleted_on_a_page_of_its_own() {
    let app = TestApp::start().await;
    let browser = Browser::signed_up(&app, &new_email()).await;
    let event = planned(&browser, &[("title", "Tea")]).await;
    let delete = format!("{event}/delete");
    let page = browser.open(&delete).await;
    assert_eq!(page.words_in("bdi"), "“Tea”");
    let home = browser.submit(&delete, &[]).await;
    assert!(home.html(200).contains("The event is deleted."));
    browser.open(&event).await.html(404);
}

#[tokio::test]
async fn an_event_that_was_changed_meanwhile_is_not_deleted() {
    let app = TestApp::start().await;
    let browser = Browser::signed_up(&app, &new_email()).await;
    let event = planned(&browser, &[("title", "Tea")]).await;
    let (edit, delete) = (format!("{event}/edit"), format!("{event}/delete"));
    browser.open(&edit).await;
    browser.sent(&edit, &[("title", "Coffee")]).await;
    browser.open(&delete).await;
    let page = browser.submit(&delete, &[("version", "1")]).await;
    assert!(page.html(412).contains("was changed since"));
    assert_eq!(page.words_in("bdi"), "“Coffee”");
    browser.submit(&delete, &[]).await.html(200);
    browser.open(&event).await.html(404);
}

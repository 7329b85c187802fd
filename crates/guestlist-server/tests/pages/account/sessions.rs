//! The list of sessions, and ending them.

use super::*;

const PAGE: &str = "/account/sessions";

#[tokio::test]
async fn this_device_is_marked_and_another_can_be_ended() {
    let app = TestApp::start().await;
    let email = new_email();
    let browser = Browser::signed_up(&app, &email).await;
    let other = Browser::signed_in(&app, &email).await;
    app.clock.advance(Duration::from_secs(2 * 60 * 60));
    let html = browser.open(PAGE).await.html(200);
    assert_eq!(html.matches("This device").count(), 1);
    assert!(html.contains("Last seen just now") && html.contains("Last seen 2 hours ago"));
    let (_, id) = html.split_once("name=\"id\" value=\"").expect("is there");
    let id = id.split('"').next().expect("ends").to_owned();
    let page = browser
        .submit("/account/sessions/end", &[("id", &id)])
        .await;
    assert!(page.html(200).contains("That session has ended."));
    assert_eq!(other.ask("/account").await.status, 303);
    browser.open("/account").await.html(200);
}

#[tokio::test]
async fn all_other_sessions_of_the_user_end_and_no_session_of_another_user() {
    let app = TestApp::start().await;
    let email = new_email();
    let browser = Browser::signed_up(&app, &email).await;
    let others = [
        Browser::signed_in(&app, &email).await,
        Browser::signed_in(&app, &email).await,
    ];
    let stranger = Browser::signed_up(&app, &new_email()).await;
    browser.open(PAGE).await;
    let before = browser.cookie("guestlist");
    let page = browser.submit("/account/sessions/end-others", &[]).await;
    assert!(page.html(200).contains("All other sessions have ended."));
    assert_ne!(browser.cookie("guestlist"), before);
    for other in others {
        assert_eq!(other.ask("/account").await.status, 303);
    }
    stranger.open("/account").await.html(200);
}

#[tokio::test]
async fn personal_access_tokens_stay_unless_the_user_chooses_to_revoke_them() {
    let app = TestApp::start().await;
    let email = new_email();
    let browser = Browser::signed_up(&app, &email).await;
    let html = browser.open(PAGE).await.html(200);
    assert!(
        !html.contains("personal_tokens"),
        "there are no tokens yet: {html}"
    );
    let session = app.sign_in(&email).await;
    let token = app.personal_token(&session, "read").await;
    let opens = async || app.get("/api/v1/me", Some(&token)).await.status == 200;
    let html = browser.open(PAGE).await.html(200);
    assert!(
        words(&html).contains("They stay valid until you revoke them"),
        "{html}"
    );
    assert!(!html.contains("checked"), "revoking is not the default");
    let page = browser.submit("/account/sessions/end-others", &[]).await;
    assert!(page.html(200).contains("All other sessions have ended."));
    assert!(opens().await);
    browser.open(PAGE).await;
    let fields = [("personal_tokens", "revoke")];
    let page = browser
        .submit("/account/sessions/end-others", &fields)
        .await;
    let html = page.html(200);
    assert!(
        html.contains("all personal access tokens are revoked"),
        "{html}"
    );
    assert!(!opens().await);
    let listed = browser.open("/account/tokens").await.html(200);
    assert!(!listed.contains("/account/tokens/retire"), "{listed}");
}

#[tokio::test]
async fn a_form_of_an_ended_session_leads_to_the_sign_in_and_back() {
    let app = TestApp::start().await;
    let email = new_email();
    let browser = Browser::signed_up(&app, &email).await;
    let other = Browser::signed_in(&app, &email).await;
    browser.open(PAGE).await;
    other.open(PAGE).await;
    other.submit("/account/sessions/end-others", &[]).await;
    let sent = browser.sent("/account/sessions/end-others", &[]).await;
    assert_eq!(sent.words_in("h1"), "Sign in", "{sent:?}");
    let html = sent.html(200);
    assert!(
        html.contains("then the other sessions have ended"),
        "{html}"
    );
    assert!(
        html.contains("name=\"next\" value=\"/account/sessions\""),
        "{html}"
    );
    assert!(
        browser.cookie("guestlist").is_some(),
        "a refusal does not delete the cookie"
    );
}

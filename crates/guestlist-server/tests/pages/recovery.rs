//! The pages of forgotten passwords, verifications and changes of the address.

use guestlist::{AccountRules, MessageKind, Password};

use super::browser::Browser;
use crate::test_app::{PASSWORD, TestApp};

const ADA: &str = "ada@example.com";
const NEW: &str = "quite another one";
const MAIL: AccountRules = AccountRules {
    sends_mail: true,
    require_verified: false,
    conceal: false,
};

async fn start(rules: AccountRules) -> TestApp {
    TestApp::settled(|builder| builder.account_rules(rules)).await
}

/// Returns the path of the newest link of a kind.
async fn link(app: &TestApp, place: &str, kind: MessageKind) -> String {
    format!("/{place}/{}", app.newest_link(None, kind).await)
}

#[tokio::test]
async fn a_forgotten_password_is_set_by_the_link_and_only_by_sending_its_form() {
    let app = start(MAIL).await;
    app.signed_in(ADA).await;
    let browser = Browser::new(&app);
    let mut answers = Vec::new();
    for email in ["nobody@example.com", ADA] {
        browser.open("/reset-password").await.html(200);
        let sent = browser.submit("/reset-password", &[("email", email)]).await;
        answers.push(sent.html(200));
    }
    assert_eq!(answers[0], answers[1]);
    let path = link(&app, "reset-password", MessageKind::ResetPassword).await;
    // A scanner of mails opens links, too.
    for _ in 0..2 {
        let page = browser.open(&path).await;
        page.html(200);
        assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
        assert_eq!(page.header("cache-control"), Some("no-store"));
        assert!(!page.text().contains("http://") && !page.text().contains("https://"));
    }
    let weak = browser.submit(&path, &[("new_password", "short")]).await;
    weak.html(422);
    assert_eq!(weak.header("referrer-policy"), Some("no-referrer"));
    let done = browser.sent(&path, &[("new_password", NEW)]).await;
    assert_eq!(done.status, 303, "{done:?}");
    assert_eq!(done.header("location"), Some("/sign-in"));
    assert_eq!(done.header("referrer-policy"), Some("no-referrer"));
    let used = browser.open(&path).await;
    let html = used.html(400);
    assert!(html.contains("This link was used already."), "{html}");
    assert!(html.contains("href=\"/reset-password\""));
    browser.open("/sign-in").await.html(200);
    let fields = [("email", ADA), ("password", NEW)];
    browser.submit("/sign-in", &fields).await.html(200);
    assert!(browser.cookie("guestlist").is_some());
    let log = browser.open("/account/security").await.html(200);
    assert!(
        log.contains("By the link in a mail: the password was reset"),
        "{log}"
    );
}

#[tokio::test]
async fn without_mail_the_page_says_who_can_help() {
    let app = TestApp::start().await;
    let browser = Browser::new(&app);
    let html = browser.open("/reset-password").await.html(200);
    assert!(html.contains("This site sends no mail."));
    assert!(html.contains("administrator"));
    app.signed_in(ADA).await;
    let user = app.user(ADA).await.id;
    let made = app
        .app
        .guestlist
        .make_reset_link(user)
        .await
        .expect("makes");
    let path = format!("/reset-password/{}", made.token.expose());
    browser.open(&path).await.html(200);
    let done = browser.sent(&path, &[("new_password", NEW)]).await;
    assert_eq!(done.status, 303, "{done:?}");
    assert!(app.user(ADA).await.verified_at.is_none());
}

#[tokio::test]
async fn a_link_is_used_only_from_its_own_page() {
    let app = start(MAIL).await;
    app.signed_in(ADA).await;
    let body = serde_json::json!({ "email": ADA });
    app.post("/api/v1/password/reset", None, &body).await;
    let path = link(&app, "reset-password", MessageKind::ResetPassword).await;
    let browser = Browser::new(&app);
    browser.open(&path).await.html(200);
    let fields = browser.filled_in(&path, &[("new_password", NEW)]);
    let foreign = [("sec-fetch-site", "cross-site")];
    let refused = browser.post(&path, &fields, &foreign).await;
    assert_eq!(refused.status, 403);
    let without: Vec<_> = fields
        .into_iter()
        .filter(|(name, _)| name != "csrf_token")
        .collect();
    let own = [("sec-fetch-site", "same-origin")];
    let refused = browser.post(&path, &without, &own).await;
    assert_eq!(refused.status, 403);
    browser.open(&path).await.html(200);
}

#[tokio::test]
async fn the_signed_in_user_verifies_by_a_button_and_another_browser_sets_the_password() {
    let app = start(MAIL).await;
    let browser = Browser::signed_up(&app, ADA).await;
    let page = browser.open("/account").await.html(200);
    assert!(page.contains("Verify your address"));
    let wrong = browser.submit("/account/verify", &[("code", "x")]).await;
    wrong.html(422);
    let words = "The code has six digits.".to_owned();
    assert_eq!(wrong.summary(), [("code".to_owned(), words)]);
    let sent = browser.submit("/account/verify/send", &[]).await;
    assert!(sent.html(200).contains("A new mail is on the way."));
    let path = link(&app, "verify-email", MessageKind::VerifyEmail).await;
    let elsewhere = Browser::new(&app);
    let page = elsewhere.open(&path).await.html(200);
    assert!(page.contains("new_password"));
    let missing = elsewhere.submit(&path, &[]).await;
    missing.html(422);
    assert!(app.user(ADA).await.verified_at.is_none());
    let page = browser.open(&path).await.html(200);
    assert!(!page.contains("new_password"));
    let done = browser.submit(&path, &[]).await.html(200);
    assert!(done.contains("Your e-mail address is verified."));
    assert!(!done.contains("Verify your address"));
    assert!(app.user(ADA).await.verified_at.is_some());
    let eve = Browser::signed_up(&app, "eve@example.com").await;
    let path = link(&app, "verify-email", MessageKind::VerifyEmail).await;
    elsewhere.open(&path).await.html(200);
    let done = elsewhere.sent(&path, &[("new_password", NEW)]).await;
    assert_eq!(done.header("location"), Some("/sign-in"));
    assert!(
        elsewhere.cookie("guestlist").is_none(),
        "no user is signed in"
    );
    let ended = eve.ask("/account").await;
    assert_ne!(
        ended.status, 200,
        "the password of the owner ended the session"
    );
}

#[tokio::test]
async fn a_double_click_on_the_right_code_verifies_once_and_says_so_twice() {
    let app = start(MAIL).await;
    let browser = Browser::signed_up(&app, ADA).await;
    browser.open("/account").await.html(200);
    let code = app.newest_code(MessageKind::VerifyEmail).await;
    let typed = browser.filled_in("/account/verify", &[("code", &code)]);
    for _ in 0..2 {
        let page = browser.submit_again("/account/verify", &typed).await;
        assert!(page.html(200).contains("Your e-mail address is verified."));
    }
}

/// A link that was used says what is true if the visitor did it, and where that led.
#[tokio::test]
async fn a_link_that_is_used_twice_says_that_the_first_time_may_have_counted() {
    let app = start(MAIL).await;
    let browser = Browser::signed_up(&app, ADA).await;
    let twice = async |browser: &Browser<'_>, path: &str, fields: &[(&str, &str)]| {
        browser.open(path).await.html(200);
        let typed = browser.filled_in(path, fields);
        browser.submit_again(path, &typed).await.html(200);
        browser.submit_again(path, &typed).await.html(400)
    };
    let path = link(&app, "verify-email", MessageKind::VerifyEmail).await;
    let html = twice(&browser, &path, &[]).await;
    assert!(html.contains("If you used it, your address is verified."));
    assert!(html.contains("href=\"/account\">Go to your account"));
    browser.open("/account/email").await.html(200);
    let fields = [("email", "second@example.com"), ("password", PASSWORD)];
    browser.submit("/account/email", &fields).await.html(200);
    let path = link(&app, "change-email", MessageKind::ChangeEmail).await;
    let html = twice(&browser, &path, &[]).await;
    assert!(html.contains("If you used it, you sign in with the new address."));
    let path = link(&app, "undo-email", MessageKind::EmailChanged).await;
    let visitor = Browser::new(&app);
    let html = twice(&visitor, &path, &[]).await;
    assert!(html.contains("If you used it, your account has its old address again."));
    let path = link(&app, "reset-password", MessageKind::ResetPassword).await;
    let html = twice(&visitor, &path, &[("new_password", NEW)]).await;
    assert!(html.contains("If you used it, the password that you set is in force."));
    assert!(html.contains("This link was used already.<"), "{html}");
}

#[tokio::test]
async fn a_concealed_sign_up_is_finished_in_the_browser_that_began_it() {
    let app = start(AccountRules {
        conceal: true,
        ..MAIL
    })
    .await;
    let ada = guestlist::testing::email(ADA);
    let added = app
        .app
        .guestlist
        .add_user(ada, None, Password::new(PASSWORD));
    added.await.expect("adds");
    let mut answers = Vec::new();
    let mut cookies = Vec::new();
    let browser = Browser::new(&app);
    for email in [ADA, "new@example.com"] {
        browser.open("/sign-up").await.html(200);
        let fields = [("email", email), ("password", NEW)];
        let sent = browser.submit("/sign-up", &fields).await;
        // The page repeats the address as it was typed, and each page has its own form token.
        let token = browser.field("/sign-in", "csrf_token");
        answers.push(sent.html(200).replace(email, "…").replace(&token, "…"));
        let cookie = browser.cookie("guestlist-sign-up").expect("is set");
        cookies.push(cookie.len());
        assert!(browser.cookie("guestlist").is_none());
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(cookies[0], cookies[1]);
    let path = link(&app, "verify-email", MessageKind::VerifyEmail).await;
    let stranger = Browser::new(&app).open(&path).await.html(200);
    assert!(stranger.contains("new_password"));
    let page = browser.open(&path).await.html(200);
    assert!(!page.contains("new_password"));
    browser.submit(&path, &[]).await.html(200);
    browser.open("/sign-in").await.html(200);
    let fields = [("email", "new@example.com"), ("password", NEW)];
    browser.submit("/sign-in", &fields).await.html(200);
    assert!(browser.cookie("guestlist").is_some());
}

/// A use that was left told that the address of the first sign-up was known.
#[tokio::test]
async fn a_concealed_sign_up_by_an_invitation_does_not_tell_whether_the_address_is_known() {
    let app = TestApp::settled(|builder| {
        let rules = AccountRules {
            conceal: true,
            ..MAIL
        };
        let builder = builder.account_rules(rules);
        builder.sign_up_policy(guestlist::SignUpPolicy::Invited)
    })
    .await;
    let guestlist = &app.app.guestlist;
    let ada = guestlist::testing::email(ADA);
    let added = guestlist.add_user(ada, None, Password::new(PASSWORD));
    added.await.expect("adds");
    for email in [ADA, "new@example.com"] {
        let new = guestlist::NewInvitation {
            note: None,
            email: None,
            uses: 1,
            valid_for: guestlist::NewInvitation::VALID,
            send: false,
        };
        let made = guestlist.make_invitation(None, new).await.expect("makes");
        let form = format!("/sign-up?invitation={}", made.link.expose());
        let browser = Browser::new(&app);
        browser.open(&form).await.html(200);
        let fields = [("email", email), ("password", NEW)];
        browser.submit("/sign-up", &fields).await.html(200);
        let again = Browser::new(&app).open(&form).await;
        assert!(again.text().contains("was used already"), "{email}");
    }
}

#[tokio::test]
async fn an_account_that_must_be_verified_keeps_its_password_in_its_browser() {
    let app = start(AccountRules {
        require_verified: true,
        ..MAIL
    })
    .await;
    let browser = Browser::new(&app);
    browser.open("/sign-up").await.html(200);
    let fields = [("email", ADA), ("password", PASSWORD)];
    let sent = browser.submit("/sign-up", &fields).await;
    assert!(sent.html(200).contains("Check your mail"));
    let again = browser.submit("/sign-in", &[("instead", "verify")]).await;
    assert_eq!(again.words_in("h1"), "Verify your e-mail address");
    assert_eq!(browser.field("/verify-email", "email"), ADA);
    assert!(browser.cookie("guestlist").is_none());
    browser.open("/sign-in").await.html(200);
    let early = browser.submit("/sign-in", &fields).await.html(403);
    assert!(early.contains("value=\"verify\""));
    let instead = [("instead", "verify")];
    browser.submit("/sign-in", &instead).await.html(200);
    assert_eq!(browser.field("/verify-email", "email"), ADA);
    browser.submit("/verify-email", &[]).await.html(200);
    let path = link(&app, "verify-email", MessageKind::VerifyEmail).await;
    let page = browser.open(&path).await.html(200);
    assert!(!page.contains("new_password"));
    browser.submit(&path, &[]).await.html(200);
    browser.open("/sign-in").await.html(200);
    browser.submit("/sign-in", &fields).await.html(200);
    assert!(browser.cookie("guestlist").is_some());
    let log = browser.open("/account/security").await.html(200);
    assert!(
        log.contains("By the link in a mail: the e-mail address was confirmed"),
        "{log}"
    );
}

#[tokio::test]
async fn an_address_is_changed_by_its_link_cancelled_and_undone() {
    let app = start(MAIL).await;
    let browser = Browser::signed_up(&app, ADA).await;
    let ask = async |email: &str| {
        browser.open("/account/email").await.html(200);
        let fields = [("email", email), ("password", PASSWORD)];
        browser.submit("/account/email", &fields).await.html(200)
    };
    let page = ask("first@example.com").await;
    assert!(page.contains("A mail is on the way to the new address."));
    assert!(page.contains("You asked for the address <b>first@example.com</b>"));
    let cancelled = browser.submit("/account/email/cancel", &[]).await.html(200);
    assert!(!cancelled.contains("first@example.com"));
    let path = link(&app, "change-email", MessageKind::ChangeEmail).await;
    browser.open(&path).await.html(400);
    ask("second@example.com").await;
    let path = link(&app, "change-email", MessageKind::ChangeEmail).await;
    let page = browser.open(&path).await;
    assert!(page.html(200).contains("second@example.com"));
    assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
    browser.submit(&path, &[]).await.html(200);
    assert!(app.user("second@example.com").await.verified_at.is_some());
    let undo = link(&app, "undo-email", MessageKind::EmailChanged).await;
    let owner = Browser::new(&app);
    owner.open(&undo).await.html(200);
    assert!(app.user("second@example.com").await.verified_at.is_some());
    let done = owner.submit(&undo, &[]).await.html(200);
    assert!(done.contains("Your account has its old address again."));
    app.user(ADA).await;
    assert_ne!(browser.ask("/account").await.status, 200);
    owner.open(&undo).await.html(400);
    let path = link(&app, "reset-password", MessageKind::ResetPassword).await;
    owner.open(&path).await.html(200);
    let set = owner.sent(&path, &[("new_password", NEW)]).await;
    assert_eq!(set.status, 303, "{set:?}");
}

#[tokio::test]
async fn the_owner_says_that_a_change_was_not_theirs_only_by_sending_the_form() {
    let app = start(MAIL).await;
    let thief = Browser::signed_up(&app, ADA).await;
    let user = app.user(ADA).await.id;
    let seen = app.app.guestlist.set_password(user, Password::new(NEW));
    seen.await.expect("sets");
    thief.open("/sign-in").await.html(200);
    let fields = [("email", ADA), ("password", NEW)];
    thief.submit("/sign-in", &fields).await.html(200);
    let path = link(&app, "not-me", MessageKind::PasswordChanged).await;
    let owner = Browser::new(&app);
    // A scanner of mails opens links, too.
    for _ in 0..2 {
        let page = owner.open(&path).await;
        let html = page.html(200);
        assert!(
            html.contains("An administrator set a new password for your account."),
            "{html}"
        );
        assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
        assert_eq!(page.header("cache-control"), Some("no-store"));
    }
    thief.open("/account").await.html(200);
    let fields = owner.filled_in(&path, &[]);
    let foreign = [("sec-fetch-site", "cross-site")];
    assert_eq!(owner.post(&path, &fields, &foreign).await.status, 403);
    thief.open("/account").await.html(200);
    let done = owner.sent(&path, &[]).await;
    assert_eq!(done.status, 303, "{done:?}");
    assert_eq!(done.header("location"), Some("/sign-in"));
    assert_eq!(done.header("referrer-policy"), Some("no-referrer"));
    assert_ne!(thief.ask("/account").await.status, 200);
    let html = owner.open("/sign-in").await.html(200);
    assert!(html.contains("the password is removed"), "{html}");
    let html = owner.open(&path).await.html(400);
    assert!(html.contains("This link was used already."), "{html}");
    let path = link(&app, "reset-password", MessageKind::ResetPassword).await;
    owner.open(&path).await.html(200);
    let set = owner
        .sent(&path, &[("new_password", "the owner's choice")])
        .await;
    assert_eq!(set.status, 303, "{set:?}");
}

#[tokio::test]
async fn a_browser_that_signed_in_before_is_no_news() {
    let app = start(MAIL).await;
    let browser = Browser::signed_up(&app, ADA).await;
    let again = async |browser: &Browser<'_>| {
        browser.open("/sign-in").await;
        let fields = [("email", ADA), ("password", PASSWORD)];
        browser.submit("/sign-in", &fields).await.html(200);
        app.count_messages(MessageKind::NewDevice).await
    };
    browser.open("/account").await.html(200);
    browser.submit("/sign-out", &[]).await.html(200);
    assert_eq!(again(&browser).await, 0);
    assert_eq!(again(&Browser::new(&app)).await, 1);
}

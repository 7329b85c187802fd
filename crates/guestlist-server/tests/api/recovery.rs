//! `/api/v1/password/reset`, `/api/v1/email/verification`, `/api/v1/me/email`, and concealment.

use guestlist::{AccountRules, MessageKind};
use serde_json::{Value, json};

use crate::test_app::{Answer, PASSWORD, TestApp};

const RESET: &str = "/api/v1/password/reset";
const CONFIRM_RESET: &str = "/api/v1/password/reset/confirm";
const VERIFY: &str = "/api/v1/email/verification";
const CONFIRM_VERIFY: &str = "/api/v1/email/verification/confirm";
const CHANGE: &str = "/api/v1/me/email";
const CONFIRM_CHANGE: &str = "/api/v1/me/email/confirm";
const ADA: &str = "ada@example.com";
const NEW: &str = "quite another one";

const MAIL: AccountRules = AccountRules {
    sends_mail: true,
    require_verified: false,
    conceal: false,
};
const CONCEAL: AccountRules = AccountRules {
    conceal: true,
    ..MAIL
};

async fn start(rules: AccountRules) -> TestApp {
    TestApp::settled(|builder| builder.account_rules(rules)).await
}

fn whose(email: &str) -> Value {
    json!({ "email": email })
}

async fn try_sign_in(app: &TestApp, email: &str, password: &str) -> Answer {
    let credentials = json!({ "email": email, "password": password });
    app.post("/api/v1/sessions", None, &credentials).await
}

/// What a client sees of an answer, except the id of the request.
fn seen(answer: &Answer) -> (u16, Vec<(String, String)>, Vec<u8>) {
    let headers = answer.headers.iter().filter(|(name, _)| {
        let name = name.as_str();
        name != "x-request-id" && name != "date"
    });
    let text = |value: &axum::http::HeaderValue| value.to_str().expect("is text").to_owned();
    let headers = headers.map(|(name, value)| (name.to_string(), text(value)));
    let body = answer.body.clone();
    (answer.status.as_u16(), headers.collect(), body)
}

#[tokio::test]
async fn a_reset_is_answered_alike_for_known_unknown_and_disabled_users() {
    let app = start(MAIL).await;
    app.signed_in(ADA).await;
    app.signed_in("eve@example.com").await;
    let eve = app.user("eve@example.com").await.id;
    app.app.guestlist.disable_user(eve).await.expect("disables");
    let first = seen(&app.post(RESET, None, &whose(ADA)).await);
    assert_eq!(first.0, 202);
    assert!(first.2.is_empty());
    for email in ["nobody@example.com", "eve@example.com", "ADA@example.com"] {
        let other = seen(&app.post(RESET, None, &whose(email)).await);
        assert_eq!(other, first, "{email}");
    }
    assert_eq!(app.count_messages(MessageKind::ResetPassword).await, 3);
    let invalid = app.post(RESET, None, &whose("nonsense")).await;
    assert_eq!(invalid.status, 422);
}

#[tokio::test]
async fn a_reset_link_works_once_and_not_as_another_link() {
    let app = start(MAIL).await;
    let access = app.signed_in(ADA).await;
    app.post(RESET, None, &whose(ADA)).await;
    let token = app.newest_link(None, MessageKind::ResetPassword).await;
    let confirm = async |token: &str, new: &str| {
        let body = json!({ "token": token, "new_password": new });
        app.post(CONFIRM_RESET, None, &body).await
    };
    let weak = confirm(&token, "short").await;
    let expected = [("/new_password".to_owned(), "too_short".to_owned())];
    assert_eq!(weak.invalid(), expected);
    let verify = json!({ "token": token });
    let other = app.post(CONFIRM_VERIFY, None, &verify).await;
    other.refused(400, "invalid_link");
    let other = app.post(CONFIRM_CHANGE, None, &verify).await;
    other.refused(400, "invalid_link");
    let done = confirm(&token, NEW).await;
    assert_eq!(done.status, 204, "{done:?}");
    assert_eq!(done.header("cache-control"), Some("no-store"));
    let ended = app.get("/api/v1/me", Some(&access)).await;
    ended.refused(401, "invalid_token");
    let again = confirm(&token, NEW).await;
    let problem = again.refused(400, "invalid_link");
    assert_eq!(problem["detail"], "this link was used already");
    assert!(!again.text().contains(&token));
    assert_eq!(try_sign_in(&app, ADA, NEW).await.status, 201);
    assert_eq!(try_sign_in(&app, ADA, PASSWORD).await.status, 401);
    for token in ["", "x", &"A".repeat(64)] {
        confirm(token, NEW).await.refused(400, "invalid_link");
    }
}

#[tokio::test]
async fn a_verification_is_answered_alike_for_every_address() {
    let app = start(MAIL).await;
    let access = app.signed_in(ADA).await;
    let first = seen(&app.post(VERIFY, None, &whose(ADA)).await);
    assert_eq!(first.0, 202);
    let token = app.newest_link(None, MessageKind::VerifyEmail).await;
    let confirmed = app
        .post(CONFIRM_VERIFY, None, &json!({ "token": token }))
        .await;
    assert_eq!(confirmed.status, 204, "{confirmed:?}");
    for email in [ADA, "nobody@example.com"] {
        let other = seen(&app.post(VERIFY, None, &whose(email)).await);
        assert_eq!(other, first, "{email}");
    }
    let own = app.request(axum::http::Method::POST, VERIFY, Some(&access), None);
    assert_eq!(seen(&own.await), first, "verified already");
    let anonymous = app.request(axum::http::Method::POST, VERIFY, None, None);
    anonymous.await.refused(400, "missing_body");
}

#[tokio::test]
async fn a_code_needs_the_signed_in_user_and_has_five_tries() {
    let app = start(MAIL).await;
    let access = app.signed_in(ADA).await;
    let own = app.request(axum::http::Method::POST, VERIFY, Some(&access), None);
    assert_eq!(own.await.status, 202);
    for malformed in ["", "no code", "12345", "1234567"] {
        let body = json!({ "code": malformed });
        let refused = app.post(CONFIRM_VERIFY, Some(&access), &body).await;
        let expected = [("/code".to_owned(), "invalid".to_owned())];
        assert_eq!(refused.invalid(), expected, "{malformed}");
    }
    let code = json!({ "code": wrong_code(&app).await });
    let anonymous = app.post(CONFIRM_VERIFY, None, &code).await;
    anonymous.refused(401, "not_authenticated");
    for left in [
        "4 tries are",
        "3 tries are",
        "2 tries are",
        "one try is",
        "no try is",
    ] {
        let wrong = app.post(CONFIRM_VERIFY, Some(&access), &code).await;
        let problem = wrong.refused(400, "wrong_code");
        let detail = problem["detail"].as_str().expect("is a text").to_owned();
        assert!(detail.contains(left), "{detail}");
    }
    for (body, pointer, code, words) in [
        (json!({}), "/token", "required", "send `token` or `code`"),
        (
            json!({ "code": "1", "token": "x" }),
            "/code",
            "invalid",
            "send `token` or `code`, and not both",
        ),
    ] {
        let refused = app.post(CONFIRM_VERIFY, Some(&access), &body).await;
        assert_eq!(refused.invalid(), [(pointer.to_owned(), code.to_owned())]);
        assert_eq!(refused.json()["detail"], words);
    }
}

/// Returns a code that is not the one of the newest mail.
async fn wrong_code(app: &TestApp) -> &'static str {
    let right = app.newest_code(MessageKind::VerifyEmail).await;
    if right == "000000" {
        "000001"
    } else {
        "000000"
    }
}

#[tokio::test]
async fn an_unverified_user_is_refused_on_every_front_only_with_the_right_password() {
    let rules = AccountRules {
        require_verified: true,
        ..MAIL
    };
    let app = start(rules).await;
    let body = json!({ "email": ADA, "password": PASSWORD });
    assert_eq!(app.post("/api/v1/users", None, &body).await.status, 201);
    let right = try_sign_in(&app, ADA, PASSWORD).await;
    right.refused(403, "email_not_verified");
    let wrong = try_sign_in(&app, ADA, NEW).await;
    wrong.refused(401, "wrong_credentials");
    let form = format!("grant_type=password&username={ADA}&password={PASSWORD}");
    let form = ("application/x-www-form-urlencoded", form.into_bytes());
    let post = axum::http::Method::POST;
    let oauth = app.request(post.clone(), "/api/v1/token", None, Some(form.clone()));
    let oauth = oauth.await;
    assert_eq!(oauth.status, 400);
    assert_eq!(oauth.json()["error"], "invalid_grant");
    let compat = app.request(post, "/user/signin", None, Some(form)).await;
    assert_eq!(compat.status, 403);
    assert!(compat.json()["detail"].is_string());
    let token = app.newest_link(None, MessageKind::VerifyEmail).await;
    let confirmed = app
        .post(CONFIRM_VERIFY, None, &json!({ "token": token }))
        .await;
    assert_eq!(confirmed.status, 204);
    assert_eq!(try_sign_in(&app, ADA, PASSWORD).await.status, 201);
}

#[tokio::test]
async fn an_address_changes_by_its_link_and_a_pending_change_can_be_cancelled() {
    let app = start(MAIL).await;
    let access = app.signed_in(ADA).await;
    app.signed_in("eve@example.com").await;
    let ask = async |email: &str| app.put(CHANGE, Some(&access), &whose(email)).await;
    ask("eve@example.com").await.refused(409, "email_taken");
    assert_eq!(ask("first@example.com").await.status, 202);
    let first = app.newest_link(None, MessageKind::ChangeEmail).await;
    assert_eq!(app.delete(CHANGE, Some(&access)).await.status, 204);
    let confirm = async |token: &str| {
        let body = json!({ "token": token });
        app.post(CONFIRM_CHANGE, None, &body).await
    };
    confirm(&first).await.refused(400, "invalid_link");
    assert_eq!(ask("second@example.com").await.status, 202);
    let second = app.newest_link(None, MessageKind::ChangeEmail).await;
    assert_eq!(confirm(&second).await.status, 204);
    confirm(&second).await.refused(400, "invalid_link");
    let me = app.get("/api/v1/me", Some(&access)).await;
    assert_eq!(me.json()["email"], "second@example.com");
    app.clock.advance(std::time::Duration::from_secs(600));
    let late = whose("late@example.com");
    let late = app.put(CHANGE, Some(&access), &late).await;
    late.refused(403, "proof_required");
}

#[tokio::test]
async fn without_mail_a_change_takes_effect_at_once() {
    let app = TestApp::start().await;
    let access = app.signed_in(ADA).await;
    let changed = app
        .put(CHANGE, Some(&access), &whose("new@example.com"))
        .await;
    assert_eq!(changed.status, 200, "{changed:?}");
    assert_eq!(changed.json()["email"], "new@example.com");
}

#[tokio::test]
async fn a_concealed_sign_up_is_answered_alike_on_all_fronts() {
    let app = start(CONCEAL).await;
    let ada = guestlist::testing::email(ADA);
    let added = app
        .app
        .guestlist
        .add_user(ada, None, guestlist::Password::new(PASSWORD));
    added.await.expect("adds");
    for path in ["/api/v1/users", "/user/signup"] {
        let sign_up = async |email: String| {
            let body = json!({ "email": email, "password": NEW });
            seen(&app.post(path, None, &body).await)
        };
        let known = sign_up(ADA.to_owned()).await;
        assert_eq!(known.0, 202, "{path}");
        let email = crate::test_app::new_email();
        assert_eq!(sign_up(email.clone()).await, known, "{path}");
        assert_eq!(sign_up(email.clone()).await, known, "{path}, again");
        // The sign-in tells nothing either.
        let new = try_sign_in(&app, &email, NEW).await;
        let old = try_sign_in(&app, ADA, NEW).await;
        assert_eq!(new.status, 401);
        assert_eq!(new.json()["detail"], old.json()["detail"]);
        let token = app.newest_link(None, MessageKind::VerifyEmail).await;
        // Another visitor may have chosen the password: the owner of the mailbox sets one.
        let mut body = json!({ "token": token });
        let kept = app.post(CONFIRM_VERIFY, None, &body).await;
        assert_eq!(kept.status, 422, "{kept:?}");
        body["new_password"] = json!("the choice of the owner");
        let confirmed = app.post(CONFIRM_VERIFY, None, &body).await;
        assert_eq!(confirmed.status, 204, "{confirmed:?}");
        assert_eq!(try_sign_in(&app, &email, NEW).await.status, 401);
        let owner = try_sign_in(&app, &email, "the choice of the owner").await;
        assert_eq!(owner.status, 201);
    }
    assert_eq!(
        app.count_messages(MessageKind::SignUpOnKnownAddress).await,
        2
    );
    assert_eq!(try_sign_in(&app, ADA, PASSWORD).await.status, 201);
}

/// A use that was left told that the address of the first sign-up was known.
#[tokio::test]
async fn a_concealed_sign_up_uses_an_invitation_whether_the_address_is_known_or_not() {
    let app = TestApp::settled(|builder| {
        let builder = builder.account_rules(CONCEAL);
        builder.sign_up_policy(guestlist::SignUpPolicy::Invited)
    })
    .await;
    let guestlist = &app.app.guestlist;
    let ada = guestlist::testing::email(ADA);
    let added = guestlist.add_user(ada, None, guestlist::Password::new(PASSWORD));
    let id = added.await.expect("adds").id;
    let set = guestlist.set_role(id, guestlist::Role::Admin).await;
    set.expect("sets");
    let admin = app.sign_in(ADA).await;
    let invited = async || {
        let (path, new) = ("/api/v1/admin/invitations", json!({}));
        let made = app.post(path, Some(&admin), &new).await.json();
        made["token"].as_str().expect("is a text").to_owned()
    };
    let sign_up = async |email: &str, invitation: &str| {
        let body = json!({ "email": email, "password": NEW, "invitation": invitation });
        app.post("/api/v1/users", None, &body).await
    };
    let mut answers = Vec::new();
    for email in [ADA, "new@example.com", "new@example.com"] {
        let invitation = invited().await;
        let first = sign_up(email, &invitation).await;
        assert_eq!(first.status, 202, "{email}");
        let second = sign_up("probe@example.com", &invitation).await;
        let refused = second.refused(403, "invitation_required");
        assert_eq!(refused["reason"], "invitation_used", "{email}");
        let page = app.get(&format!("/invitation/{invitation}"), None).await;
        answers.push((seen(&first), page.status, seen(&second).0));
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]));
}

#[tokio::test]
async fn a_concealed_change_of_address_is_answered_alike() {
    let app = start(CONCEAL).await;
    for email in [ADA, "eve@example.com"] {
        let email = guestlist::testing::email(email);
        let added = app
            .app
            .guestlist
            .add_user(email, None, guestlist::Password::new(PASSWORD));
        added.await.expect("adds");
    }
    let access = app.sign_in(ADA).await;
    let free = seen(
        &app.put(CHANGE, Some(&access), &whose("free@example.com"))
            .await,
    );
    assert_eq!(free.0, 202);
    let taken = seen(
        &app.put(CHANGE, Some(&access), &whose("eve@example.com"))
            .await,
    );
    assert_eq!(taken, free);
    assert_eq!(
        app.count_messages(MessageKind::SignUpOnKnownAddress).await,
        1
    );
}

#[tokio::test]
async fn a_report_locks_the_account_once_and_is_in_the_log() {
    let app = start(MAIL).await;
    let access = app.signed_in(ADA).await;
    let body = json!({ "current_password": PASSWORD, "new_password": NEW });
    let changed = app.put("/api/v1/me/password", Some(&access), &body).await;
    assert_eq!(changed.status, 200, "{changed:?}");
    let thief = changed.json()["access_token"]
        .as_str()
        .expect("is one")
        .to_owned();
    let wanted = json!({ "name": "backup", "scope": "write", "expires_in": 3_600 });
    let made = app.post("/api/v1/me/tokens", Some(&thief), &wanted).await;
    let personal = made.json()["token"].as_str().expect("is one").to_owned();
    let token = app.newest_link(None, MessageKind::PasswordChanged).await;
    let report = async |token: &str| {
        let body = json!({ "token": token });
        app.post("/api/v1/not-me", None, &body).await
    };
    report("nonsense").await.refused(400, "invalid_link");
    assert_eq!(app.get("/api/v1/me", Some(&thief)).await.status, 200);
    assert_eq!(report(&token).await.status, 204);
    for ended in [&thief, &personal] {
        assert_eq!(app.get("/api/v1/me", Some(ended)).await.status, 401);
    }
    assert_eq!(try_sign_in(&app, ADA, NEW).await.status, 401);
    report(&token).await.refused(400, "invalid_link");
    let reset = app.newest_link(None, MessageKind::ResetPassword).await;
    let body = json!({ "token": reset, "new_password": "the owner's choice" });
    assert_eq!(app.post(CONFIRM_RESET, None, &body).await.status, 204);
    let owner = try_sign_in(&app, ADA, "the owner's choice").await.json();
    let owner = owner["access_token"].as_str().expect("signs in");
    let log = app
        .get("/api/v1/me/security-events", Some(owner))
        .await
        .json();
    let items = log["items"].as_array().expect("is a list");
    assert!(items.iter().any(|event| event["kind"] == "not_me"), "{log}");
    let unknown = app.post("/api/v1/not-me", None, &json!({})).await;
    assert_eq!(unknown.status, 422);
}

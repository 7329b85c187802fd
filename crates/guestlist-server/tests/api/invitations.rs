//! Who may sign up, and `/api/v1/admin/invitations`.

use guestlist::{MessageKind, Role, SignUpPolicy};
use serde_json::{Value, json};

use crate::test_app::{PASSWORD, TestApp, new_email};

const INVITATIONS: &str = "/api/v1/admin/invitations";

async fn with_policy(policy: SignUpPolicy) -> TestApp {
    TestApp::settled(|builder| builder.sign_up_policy(policy)).await
}

/// Returns the token of a session of a new administrator.
async fn admin(app: &TestApp) -> String {
    let guestlist = &app.app.guestlist;
    let email = new_email();
    let address = guestlist::testing::email(&email);
    let added = guestlist.add_user(address, None, guestlist::Password::new(PASSWORD));
    let id = added.await.expect("adds").id;
    guestlist.set_role(id, Role::Admin).await.expect("sets");
    app.sign_in(&email).await
}

fn sign_up(email: &str, invitation: Option<&str>) -> Value {
    match invitation {
        Some(invitation) => {
            json!({ "email": email, "password": PASSWORD, "invitation": invitation })
        }
        None => json!({ "email": email, "password": PASSWORD }),
    }
}

#[tokio::test]
async fn a_refused_sign_up_says_the_reason_and_the_next_step() {
    for (policy, code) in [
        (SignUpPolicy::Closed, "sign_up_closed"),
        (SignUpPolicy::Invited, "invitation_required"),
    ] {
        let app = with_policy(policy).await;
        let body = sign_up(&new_email(), None);
        let problem = app.post("/api/v1/users", None, &body).await;
        let problem = problem.refused(403, code);
        assert_eq!(problem["reason"], code);
        let next_step = problem["next_step"].as_str().expect("is a text");
        assert!(
            problem["detail"]
                .as_str()
                .expect("is a text")
                .ends_with(next_step)
        );
        let compat = app
            .post("/user/signup", None, &sign_up(&new_email(), None))
            .await;
        assert_eq!(compat.status, 403);
        assert_eq!(compat.json(), json!({ "detail": problem["detail"] }));
    }
}

#[tokio::test]
async fn an_invitation_lets_one_user_sign_up_once() {
    let app = with_policy(SignUpPolicy::Invited).await;
    let admin = admin(&app).await;
    let email = new_email();
    let body = json!({ "note": "a friend", "email": email });
    let made = app.post(INVITATIONS, Some(&admin), &body).await;
    assert_eq!(made.status, 201);
    assert_eq!(made.header("cache-control"), Some("no-store"));
    let made = made.json();
    let token = made["token"].as_str().expect("is a text");
    let link = made["link"].as_str().expect("is a text");
    assert!(link.starts_with("http") && link.ends_with(&format!("/invitation/{token}")));
    let other = sign_up(&new_email(), Some(token));
    let other = app.post("/api/v1/users", None, &other).await;
    let other = other.refused(403, "invitation_required");
    assert_eq!(other["reason"], "invitation_for_another");
    let body = sign_up(&email.to_uppercase(), Some(token));
    assert_eq!(app.post("/api/v1/users", None, &body).await.status, 201);
    let again = app.post("/api/v1/users", None, &body).await;
    assert_eq!(
        again.refused(403, "invitation_required")["reason"],
        "invitation_used"
    );
    let listed = app.get(INVITATIONS, Some(&admin)).await;
    assert!(!listed.text().contains(token), "the link is shown once");
    let listed = listed.json();
    let id = made["id"].as_str();
    let items = listed["items"].as_array().expect("is a list");
    let found = items.iter().find(|item| item["id"].as_str() == id);
    assert_eq!(found.expect("is listed")["uses_left"], 0);
}

#[tokio::test]
async fn all_mistakes_of_an_invitation_are_told_at_once() {
    let app = with_policy(SignUpPolicy::Invited).await;
    let admin = admin(&app).await;
    let body = json!({ "note": " ", "email": "nonsense", "uses": 0, "expires_in": 1 });
    let refused = app.post(INVITATIONS, Some(&admin), &body).await;
    let told = refused.invalid();
    let told: Vec<_> = told.iter().map(|(pointer, _)| pointer.as_str()).collect();
    assert_eq!(told, ["/note", "/email", "/uses", "/expires_in"]);
    let errors = refused.json()["errors"].clone();
    assert_eq!(errors[0]["detail"], "the note is empty");
    let body = json!({ "email": new_email(), "uses": 2 });
    let refused = app.post(INVITATIONS, Some(&admin), &body).await;
    let expected = [("/uses".to_owned(), "out_of_range".to_owned())];
    assert_eq!(refused.invalid(), expected);
}

#[tokio::test]
async fn a_revoked_invitation_is_refused() {
    let app = with_policy(SignUpPolicy::Invited).await;
    let admin = admin(&app).await;
    let made = app.post(INVITATIONS, Some(&admin), &json!({})).await.json();
    let id = made["id"].as_str().expect("is a text");
    for _ in 0..2 {
        let revoked = app
            .delete(&format!("{INVITATIONS}/{id}"), Some(&admin))
            .await;
        assert_eq!(revoked.status, 204);
    }
    let body = sign_up(&new_email(), made["token"].as_str());
    let refused = app.post("/api/v1/users", None, &body).await;
    let refused = refused.refused(403, "invitation_required");
    assert_eq!(refused["reason"], "invitation_revoked");
}

#[tokio::test]
async fn only_a_session_of_an_administrator_manages_invitations() {
    let app = TestApp::start().await;
    let email = new_email();
    let member = app.signed_in(&email).await;
    let id = app.user(&email).await.id;
    let refused = app.get(INVITATIONS, Some(&member)).await;
    refused.refused(403, "administrator_required");
    let refused = app.post(INVITATIONS, Some(&member), &json!({})).await;
    refused.refused(403, "administrator_required");
    app.get(INVITATIONS, None)
        .await
        .refused(401, "not_authenticated");
    let guestlist = &app.app.guestlist;
    let personal = app.personal_token(&member, "write").await;
    guestlist.set_role(id, Role::Admin).await.expect("sets");
    assert_eq!(app.get(INVITATIONS, Some(&member)).await.status, 200);
    let refused = app.get(INVITATIONS, Some(&personal)).await;
    refused.refused(403, "insufficient_scope");
    guestlist.set_role(id, Role::Member).await.expect("sets");
    let refused = app.get(INVITATIONS, Some(&member)).await;
    refused.refused(403, "administrator_required");
}

#[tokio::test]
async fn an_unapproved_user_is_told_only_after_the_right_password() {
    let app = with_policy(SignUpPolicy::Approval).await;
    let email = new_email();
    let body = sign_up(&email, None);
    assert_eq!(app.post("/api/v1/users", None, &body).await.status, 201);
    let wrong = json!({ "email": email, "password": "not that one" });
    let wrong = app.post("/api/v1/sessions", None, &wrong).await;
    wrong.refused(401, "wrong_credentials");
    let right = json!({ "email": email, "password": PASSWORD });
    let waits = app.post("/api/v1/sessions", None, &right).await;
    waits.refused(403, "approval_pending");
    let form = format!("grant_type=password&username={email}&password={PASSWORD}");
    let oauth = app.form("/api/v1/token", form).await;
    assert_eq!(
        (oauth.status.as_u16(), oauth.json()["error"].as_str()),
        (400, Some("invalid_grant"))
    );
    let id = app.user(&email).await.id;
    app.app.guestlist.approve_user(id).await.expect("approves");
    assert_eq!(app.post("/api/v1/sessions", None, &right).await.status, 201);
}

#[tokio::test]
async fn invitations_are_listed_newest_first_a_page_at_a_time() {
    let app = with_policy(SignUpPolicy::Invited).await;
    let admin = admin(&app).await;
    let mut made = Vec::new();
    for number in 0..5 {
        let body = json!({ "note": format!("number {number}") });
        let answer = app.post(INVITATIONS, Some(&admin), &body).await;
        made.push(answer.json()["id"].clone());
        app.clock.advance(std::time::Duration::from_secs(1));
    }
    made.reverse();
    let (mut listed, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = app
            .get(&format!("{INVITATIONS}?limit=2{cursor}"), Some(&admin))
            .await
            .json();
        let items = page["items"].as_array().expect("is a list");
        assert!(items.len() <= 2);
        listed.extend(items.iter().map(|item| item["id"].clone()));
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(listed, made);
}

#[tokio::test]
async fn an_invitation_for_an_address_is_mailed_if_asked() {
    let app = with_policy(SignUpPolicy::Invited).await;
    let admin = admin(&app).await;
    let invite = async |body: &Value| {
        app.post("/api/v1/admin/invitations", Some(&admin), body)
            .await
    };
    let refused = invite(&json!({ "send": true })).await;
    assert_eq!(refused.status, 422, "{refused:?}");
    assert_eq!(
        invite(&json!({ "email": "bob@example.com" })).await.status,
        201
    );
    assert_eq!(app.count_messages(MessageKind::Invitation).await, 0);
    let made = invite(&json!({ "email": "bob@example.com", "send": true })).await;
    let sent = app.newest_link(None, MessageKind::Invitation).await;
    assert_eq!(made.json()["token"], sent);
    let body = sign_up("bob@example.com", Some(&sent));
    assert_eq!(app.post("/api/v1/users", None, &body).await.status, 201);
}

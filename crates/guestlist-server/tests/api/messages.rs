//! `/api/v1/admin/messages`. `matrix.rs` tests who may not call it.

use guestlist::{AccountRules, MessageKind};
use serde_json::{Value, json};

use crate::{
    outbox_fixture::{fail, newest},
    test_app::{TestApp, new_email},
};

const MESSAGES: &str = "/api/v1/admin/messages";

async fn start() -> TestApp {
    let rules = AccountRules {
        sends_mail: true,
        require_verified: false,
        conceal: false,
    };
    TestApp::settled(|builder| builder.account_rules(rules)).await
}

#[tokio::test]
async fn mails_are_listed_and_shown_without_links_and_codes() {
    let app = start().await;
    let admin = app.administrator(&new_email()).await;
    let email = new_email();
    app.signed_in(&email).await;
    let reset = json!({ "email": email });
    app.post("/api/v1/password/reset", None, &reset).await;
    let listed = app.get(MESSAGES, Some(&admin)).await;
    assert_eq!(listed.header("cache-control"), Some("no-store"));
    let items = listed.json()["items"]
        .as_array()
        .expect("is a list")
        .clone();
    assert_eq!(items[0]["kind"], "reset_password");
    assert_eq!(items[0]["to"], email);
    assert_eq!(items[0]["state"], "queued");
    for kind in [MessageKind::VerifyEmail, MessageKind::ResetPassword] {
        let message = newest(&app, kind).await;
        let guestlist = &app.app.guestlist;
        let token = guestlist.token_of_link(&message).expect("has one");
        let code = guestlist.code_of(&message);
        let path = format!("{MESSAGES}/{}", message.id);
        let shown = app.get(&path, Some(&admin)).await;
        let body = shown.json();
        for text in [listed.text(), shown.text()] {
            assert!(!text.contains(token.expose()), "{text}");
        }
        match code {
            Some(code) => {
                let text = body["text"].as_str().expect("is a text");
                assert!(text.contains("Please confirm"), "{text}");
                assert!(!text.contains(code.as_str()), "{text}");
            }
            // Of a reset, an administrator sees only that it was asked for.
            None => assert_eq!(
                (&body["text"], &body["subject"]),
                (&Value::Null, &Value::Null)
            ),
        }
    }
    for id in ["x", "01930000-0000-7000-8000-000000000000"] {
        let missing = app.get(&format!("{MESSAGES}/{id}"), Some(&admin)).await;
        missing.refused(404, "not_found");
    }
}

#[tokio::test]
async fn mails_are_filtered_by_state_and_listed_in_pages() {
    let app = start().await;
    let admin = app.administrator(&new_email()).await;
    for _ in 0..50 {
        let to = guestlist::testing::email(&new_email());
        let asked = app.app.guestlist.request_password_reset(&to).await;
        asked.expect("asks");
    }
    let first = app
        .get(&format!("{MESSAGES}?state=queued"), Some(&admin))
        .await;
    let page = first.json();
    assert_eq!(page["items"].as_array().map(Vec::len), Some(50));
    let next = page["next"].as_str().expect("is there");
    let rest = format!("{MESSAGES}?state=queued&after={next}");
    assert_eq!(
        first.header("link"),
        Some(&*format!("<{rest}>; rel=\"next\""))
    );
    let second = app.get(&rest, Some(&admin)).await.json();
    // The verification of the administrator, and the notice of the role.
    assert_eq!(second["items"].as_array().map(Vec::len), Some(2));
    assert_eq!(second["next"], Value::Null);
    let failed = format!("{MESSAGES}?state=failed");
    let failed = app.get(&failed, Some(&admin)).await.json();
    assert_eq!(failed["items"], json!([]));
    let wrong = format!("{MESSAGES}?state=x&after=y");
    let wrong = app.get(&wrong, Some(&admin)).await;
    let wrong = wrong.refused(400, "invalid_parameter");
    assert_eq!(wrong["errors"].as_array().map(Vec::len), Some(2), "{wrong}");
}

#[tokio::test]
async fn a_failed_mail_is_sent_again_and_held_mails_are_released() {
    let app = start().await;
    let admin = app.administrator(&new_email()).await;
    let message = newest(&app, MessageKind::VerifyEmail).await;
    let path = format!("{MESSAGES}/{}", message.id);
    let retry = format!("{path}/retry");
    let early = app.post(&retry, Some(&admin), &json!({})).await;
    early.refused(409, "message_not_failed");
    fail(&app, &message).await;
    let failed = app.get(&path, Some(&admin)).await.json();
    assert_eq!(
        (&failed["state"], &failed["error"], &failed["attempts"]),
        (&json!("failed"), &json!("550 no such user"), &json!(1))
    );
    let retried = app.post(&retry, Some(&admin), &json!({})).await;
    assert_eq!(retried.status, 204, "{retried:?}");
    let queued = app.get(&path, Some(&admin)).await.json();
    assert_eq!(queued["state"], "queued");
    let unknown = format!("{MESSAGES}/01930000-0000-7000-8000-000000000000/retry");
    let unknown = app.post(&unknown, Some(&admin), &json!({})).await;
    unknown.refused(404, "not_found");
    let held = app.app.guestlist.hold_messages().await.expect("holds");
    // The verification, and the notice of the role.
    assert_eq!(held, 2);
    let release = format!("{MESSAGES}/release");
    let released = app.post(&release, Some(&admin), &json!({})).await;
    assert_eq!(released.json(), json!({ "queued": 2 }));
    let queued = app.get(&path, Some(&admin)).await.json();
    assert_eq!(queued["state"], "queued");
}

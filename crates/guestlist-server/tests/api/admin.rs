//! The endpoints under `/api/v1/admin`. `matrix.rs` tests who may not call them.

use std::time::Duration;

use axum::http::Method;
use guestlist::{MessageKind, Role, User};
use serde_json::{Value, json};

use crate::{
    second_factor::Enrolled,
    test_app::{Answer, PASSWORD, TestApp, new_email},
};

const USERS: &str = "/api/v1/admin/users";

async fn patch(app: &TestApp, token: &str, user: &User, changes: &Value) -> Answer {
    let path = format!("{USERS}/{}", user.id);
    app.json(Method::PATCH, &path, Some(token), changes.to_string())
        .await
}

#[track_caller]
fn assert_unchanged(now: &User, before: &User) {
    let standing = |user: &User| {
        let moments = [user.disabled_at, user.approved_at, user.verified_at];
        (user.role, moments, user.epoch)
    };
    assert_eq!(standing(now), standing(before));
}

fn emails(page: &Value) -> Vec<String> {
    let items = page["items"].as_array().expect("is a list").iter();
    items
        .map(|user| user["email"].as_str().expect("is a text").to_owned())
        .collect()
}

/// The user's record has nothing that opens anything.
#[tokio::test]
async fn a_user_is_shown_without_password_and_tokens() {
    let app = TestApp::start().await;
    let (admin, email) = (app.administrator(&new_email()).await, new_email());
    app.signed_in(&email).await;
    let user = app.user(&email).await;
    let shown = app.get(&format!("{USERS}/{}", user.id), Some(&admin)).await;
    assert_eq!(shown.header("cache-control"), Some("no-store"));
    let expected = json!({
        "id": user.id.to_string(), "email": email, "name": null, "role": "member",
        "created_at": user.created_at.to_string(), "verified_at": null,
        "approved_at": user.approved_at.map(|at| at.to_string()), "disabled_at": null,
        "second_factor_since": null,
    });
    assert_eq!(shown.json(), expected);
    for id in ["x", "01930000-0000-7000-8000-000000000000", "%FF"] {
        let missing = app.get(&format!("{USERS}/{id}"), Some(&admin)).await;
        missing.refused(404, "not_found");
    }
}

#[tokio::test]
async fn users_are_searched_and_filtered() {
    let app = TestApp::start().await;
    let admin = app.administrator("root@example.com").await;
    for email in ["ada@example.com", "bob@example.org"] {
        app.signed_in(email).await;
    }
    let bob = app.user("bob@example.org").await.id;
    app.app.guestlist.disable_user(bob).await.expect("disables");
    let (root, ada, bob) = ("root@example.com", "ada@example.com", "bob@example.org");
    for (query, expected) in [
        ("", vec![root, ada, bob]),
        ("?q=EXAMPLE.com", vec![root, ada]),
        ("?q=%25", vec![]),
        ("?filter=disabled", vec![bob]),
        ("?filter=admins", vec![root]),
        ("?filter=unapproved", vec![]),
        ("?filter=disabled&q=ada", vec![]),
    ] {
        let page = app.get(&format!("{USERS}{query}"), Some(&admin)).await;
        assert_eq!(page.status, 200, "{page:?}");
        assert_eq!(emails(&page.json()), expected, "{query}");
    }
    let wrong = app
        .get(&format!("{USERS}?q=a%00&filter=x&after=y"), Some(&admin))
        .await;
    let wrong = wrong.refused(400, "invalid_parameter");
    assert_eq!(wrong["errors"].as_array().map(Vec::len), Some(3), "{wrong}");
    let unknown = app.get(&format!("{USERS}?email=x"), Some(&admin)).await;
    unknown.refused(400, "unknown_parameter");
}

#[tokio::test]
async fn pages_have_fifty_users_and_a_link_to_the_next() {
    let app = TestApp::start().await;
    let admin = app.administrator("root@example.com").await;
    for number in 0..51 {
        let user = guestlist::testing::user(&format!("many-{number}@example.com"));
        let inserted = app.stores.accounts.insert_user(&user).await;
        inserted.expect("inserts");
    }
    let first = app.get(&format!("{USERS}?q=many-"), Some(&admin)).await;
    let page = first.json();
    assert_eq!(emails(&page).len(), 50);
    let next = page["next"].as_str().expect("is there");
    let link = first.header("link").expect("is there");
    assert_eq!(
        link,
        format!("<{USERS}?q=many-&after={next}>; rel=\"next\"")
    );
    let second = app
        .get(&format!("{USERS}?q=many-&after={next}"), Some(&admin))
        .await;
    assert_eq!(emails(&second.json()).len(), 1);
    assert_eq!(second.json()["next"], Value::Null);
}

#[tokio::test]
async fn an_account_is_disabled_enabled_and_given_a_role() {
    let app = TestApp::start().await;
    let (admin, email) = (app.administrator(&new_email()).await, new_email());
    let token = app.signed_in(&email).await;
    let user = app.user(&email).await;
    let disabled = patch(&app, &admin, &user, &json!({ "disabled": true })).await;
    assert!(disabled.json()["disabled_at"].is_string(), "{disabled:?}");
    let me = app.get("/api/v1/me", Some(&token)).await;
    me.refused(401, "invalid_token");
    let both = json!({ "disabled": false, "role": "admin", "approved": true });
    let enabled = patch(&app, &admin, &user, &both).await.json();
    assert_eq!(enabled["disabled_at"], Value::Null);
    assert_eq!(enabled["role"], "admin");
    let token = app.sign_in(&email).await;
    assert_eq!(app.get(USERS, Some(&token)).await.status, 200);
    let demoted = patch(&app, &admin, &user, &json!({ "role": "member" })).await;
    assert_eq!(demoted.json()["role"], "member");
    let refused = app.get(USERS, Some(&token)).await;
    refused.refused(403, "administrator_required");
    let nothing = patch(&app, &admin, &user, &json!({})).await;
    assert_eq!(nothing.json(), demoted.json());
}

#[tokio::test]
async fn all_mistakes_are_told_at_once_and_nothing_is_changed() {
    let app = TestApp::start().await;
    let (admin, email) = (app.administrator(&new_email()).await, new_email());
    app.signed_in(&email).await;
    let user = app.user(&email).await;
    let wrong = json!({ "disabled": true, "role": "owner", "approved": false, "verified": false, "email": "x" });
    let mistakes = patch(&app, &admin, &user, &wrong).await.invalid();
    let pointers: Vec<_> = mistakes
        .iter()
        .map(|(pointer, _)| pointer.as_str())
        .collect();
    for pointer in ["/role", "/approved", "/verified", "/email"] {
        assert!(pointers.contains(&pointer), "{pointer}: {mistakes:?}");
    }
    assert_unchanged(&app.user(&email).await, &user);
}

#[tokio::test]
async fn administrators_do_not_lock_themselves_out() {
    let app = TestApp::start().await;
    let email = new_email();
    let admin = app.administrator(&email).await;
    let user = app.user(&email).await;
    let both = json!({ "disabled": true, "role": "member" });
    for locking in [
        both,
        json!({ "disabled": true }),
        json!({ "role": "member" }),
        json!({ "verified": true }),
        // The first change alone would be allowed.
        json!({ "role": "admin", "approved": true, "disabled": true }),
    ] {
        let refused = patch(&app, &admin, &user, &locking).await;
        refused.refused(403, "own_account");
        assert_unchanged(&app.user(&email).await, &user);
    }
    let factor = format!("{USERS}/{}/totp", user.id);
    let refused = app.delete(&factor, Some(&admin)).await;
    refused.refused(403, "own_account");
    let harmless = json!({ "disabled": false, "role": "admin" });
    assert_eq!(patch(&app, &admin, &user, &harmless).await.status, 200);
}

#[tokio::test]
async fn a_change_needs_the_password_again_after_a_while() {
    let app = TestApp::start().await;
    let (admin, email) = (app.administrator(&new_email()).await, new_email());
    app.signed_in(&email).await;
    let user = app.user(&email).await;
    app.clock.advance(Duration::from_secs(60 * 60));
    let change = json!({ "disabled": true });
    let refused = patch(&app, &admin, &user, &change).await;
    refused.refused(403, "proof_required");
    assert_unchanged(&app.user(&email).await, &user);
    assert_eq!(app.get(USERS, Some(&admin)).await.status, 200);
    let again = "/api/v1/sessions/current/reauthenticate";
    let password = json!({ "password": PASSWORD });
    assert_eq!(app.post(again, Some(&admin), &password).await.status, 204);
    assert_eq!(patch(&app, &admin, &user, &change).await.status, 200);
}

/// Returns the actors of the entries of one kind in the security log of the user.
async fn actors(app: &TestApp, admin: &str, user: &User, kind: &str) -> Vec<String> {
    let log = format!("{USERS}/{}/security-events", user.id);
    let log = app.get(&log, Some(admin)).await.json();
    let items = log["items"].as_array().expect("is a list").iter();
    let of_kind = items.filter(|entry| entry["kind"] == kind);
    let actors = of_kind.map(|entry| entry["actor"].as_str().expect("is a text").to_owned());
    actors.collect()
}

#[tokio::test]
async fn an_administrator_marks_an_address_as_verified_once() {
    let app = TestApp::start().await;
    let (admin, email) = (app.administrator(&new_email()).await, new_email());
    app.signed_in(&email).await;
    let user = app.user(&email).await;
    let change = json!({ "verified": true });
    let verified = patch(&app, &admin, &user, &change).await.json();
    assert!(verified["verified_at"].is_string(), "{verified:?}");
    app.clock.advance(Duration::from_secs(1));
    let again = patch(&app, &admin, &user, &change).await.json();
    assert_eq!(again["verified_at"], verified["verified_at"]);
    assert_eq!(
        actors(&app, &admin, &user, "email_verified").await,
        ["admin"]
    );
}

/// For a user who lost the authenticator app and the recovery codes.
#[tokio::test]
async fn an_administrator_removes_a_second_factor_and_a_mail_tells_the_user() {
    let app = TestApp::start().await;
    let admin = app.administrator(&new_email()).await;
    let enrolled = Enrolled::new(&app).await;
    let user = app.user(&enrolled.email).await;
    let (page, factor) = (
        format!("{USERS}/{}", user.id),
        format!("{USERS}/{}/totp", user.id),
    );
    let shown = app.get(&page, Some(&admin)).await;
    assert!(shown.json()["second_factor_since"].is_string(), "{shown:?}");
    let secret = enrolled.secret.to_base32();
    assert!(!shown.text().contains(secret.as_str()));
    for code in &enrolled.codes {
        assert!(!shown.text().contains(code.expose().as_str()));
    }
    let told = app.count_messages(MessageKind::SecondFactorChanged).await;
    app.clock.advance(Duration::from_secs(60 * 60));
    let late = app.delete(&factor, Some(&admin)).await;
    late.refused(403, "proof_required");
    let again = "/api/v1/sessions/current/reauthenticate";
    let password = json!({ "password": PASSWORD });
    assert_eq!(app.post(again, Some(&admin), &password).await.status, 204);
    assert_eq!(app.delete(&factor, Some(&admin)).await.status, 204);
    let twice = app.delete(&factor, Some(&admin)).await;
    twice.refused(409, "second_factor_not_set");
    let shown = app.get(&page, Some(&admin)).await.json();
    assert_eq!(shown["second_factor_since"], Value::Null);
    let now_told = app.count_messages(MessageKind::SecondFactorChanged).await;
    assert_eq!(now_told, told + 1);
    let by = actors(&app, &admin, &user, "second_factor_removed").await;
    assert_eq!(by, ["admin"]);
    app.sign_in(&enrolled.email).await;
    for id in ["x", "01930000-0000-7000-8000-000000000000"] {
        let missing = app
            .delete(&format!("{USERS}/{id}/totp"), Some(&admin))
            .await;
        missing.refused(404, "not_found");
    }
}

/// The rule: each of the two is refused or done. If both are done, no administrator is left, and
/// the next start of the server offers a setup link.
#[tokio::test]
async fn of_two_administrators_who_demote_each_other_each_is_done_or_refused() {
    for _ in 0..20 {
        let app = TestApp::start().await;
        let (ada, bob) = (new_email(), new_email());
        let (of_ada, of_bob) = (app.administrator(&ada).await, app.administrator(&bob).await);
        let (ada, bob) = (app.user(&ada).await, app.user(&bob).await);
        let demote = json!({ "role": "member" });
        let (one, other) = tokio::join!(
            patch(&app, &of_ada, &bob, &demote),
            patch(&app, &of_bob, &ada, &demote)
        );
        let mut done = 0;
        for answer in [one, other] {
            if answer.status == 200 {
                done += 1;
            } else {
                answer.refused(403, "administrator_required");
            }
        }
        assert!(done > 0);
        let mut left = 0;
        for user in [ada, bob] {
            let found = app.app.guestlist.find_user(user.id).await.expect("answers");
            left += i32::from(found.expect("is there").role == Role::Admin);
        }
        assert_eq!(left, 2 - done);
    }
}

#[tokio::test]
async fn all_events_are_listed_unlisted_and_deleted_with_a_reason() {
    let app = TestApp::start().await;
    let (admin, email) = (app.administrator(&new_email()).await, new_email());
    let token = app.signed_in(&email).await;
    for (title, visibility) in [("Tea", "public"), ("Coffee", "unlisted")] {
        let event = json!({ "title": title, "visibility": visibility });
        let made = app.post("/api/v1/events", Some(&token), &event).await;
        assert_eq!(made.status, 201, "{made:?}");
    }
    let events = "/api/v1/admin/events";
    let listed = async |query: &str| {
        let page = app.get(&format!("{events}{query}"), Some(&admin)).await;
        assert_eq!(page.status, 200, "{page:?}");
        page.json()["items"].as_array().cloned().expect("is a list")
    };
    assert_eq!(listed("").await.len(), 2);
    let found = listed("?q=TEA").await;
    let shown = &found[0];
    assert_eq!((found.len(), &shown["creator_email"]), (1, &json!(email)));
    assert_eq!(shown["event"]["visibility"], "public");
    let id = shown["event"]["id"].as_str().expect("is a text");
    let (unlist, event) = (format!("{events}/{id}/unlist"), format!("{events}/{id}"));
    for reason in ["", " ", "a\0b", &"x".repeat(501)] {
        let refused = app
            .post(&unlist, Some(&admin), &json!({ "reason": reason }))
            .await;
        assert_eq!(refused.invalid()[0].0, "/reason");
    }
    let abuse = json!({ "reason": "abuse" });
    assert_eq!(app.post(&unlist, Some(&admin), &abuse).await.status, 204);
    assert_eq!(listed("?q=tea").await[0]["event"]["visibility"], "unlisted");
    let refused = app.delete(&event, Some(&admin)).await;
    refused.refused(400, "invalid_parameter");
    assert_eq!(listed("?q=tea").await.len(), 1);
    let path = format!("{event}?reason=abuse");
    assert_eq!(app.delete(&path, Some(&admin)).await.status, 204);
    let gone = app.delete(&path, Some(&admin)).await;
    gone.refused(404, "not_found");
    assert!(listed("?q=tea").await.is_empty());
    let wrong = app
        .get(
            &format!("{events}?q={}&after=x", "x".repeat(101)),
            Some(&admin),
        )
        .await;
    let wrong = wrong.refused(400, "invalid_parameter");
    assert_eq!(wrong["errors"].as_array().map(Vec::len), Some(2), "{wrong}");
}

#[tokio::test]
async fn a_locked_user_is_unlocked_and_the_log_names_an_administrator() {
    let app = TestApp::start().await;
    let (admin, email) = (app.administrator(&new_email()).await, new_email());
    app.signed_in(&email).await;
    let user = app.user(&email).await;
    let wrong = json!({ "email": email, "password": "a wrong password" });
    let mut refused = app.post("/api/v1/sessions", None, &wrong).await;
    for _ in 0..200 {
        if refused.status == 429 {
            break;
        }
        refused = app.post("/api/v1/sessions", None, &wrong).await;
    }
    assert_eq!(refused.status, 429, "{refused:?}");
    let unlock = format!("{USERS}/{}/unlock", user.id);
    let unlocked = app.post(&unlock, Some(&admin), &json!({})).await;
    assert_eq!(unlocked.status, 204, "{unlocked:?}");
    app.sign_in(&email).await;
    app.app.guestlist.finish_events().await;
    let log = format!("{USERS}/{}/security-events", user.id);
    let log = app.get(&log, Some(&admin)).await;
    assert_eq!(log.header("cache-control"), Some("no-store"));
    let items = log.json()["items"].as_array().expect("is a list").clone();
    let of_kind = |kind: &str| items.iter().find(|event| event["kind"] == kind);
    assert_eq!(of_kind("unlocked").expect("is there")["actor"], "admin");
    assert!(of_kind("sign_in_refused").is_some());
    app.clock.advance(Duration::from_secs(60 * 60));
    let late = app.post(&unlock, Some(&admin), &json!({})).await;
    late.refused(403, "proof_required");
}

#[tokio::test]
async fn a_security_log_goes_on_after_fifty_entries() {
    let app = TestApp::start().await;
    let (admin, email) = (app.administrator(&new_email()).await, new_email());
    app.signed_in(&email).await;
    let user = app.user(&email).await.id;
    for _ in 0..51 {
        let event = app
            .app
            .guestlist
            .event(user, guestlist::SecurityEventKind::Exported);
        app.app.guestlist.record_event(event).await;
    }
    let log = format!("{USERS}/{user}/security-events");
    let first = app.get(&log, Some(&admin)).await.json();
    assert_eq!(first["items"].as_array().map(Vec::len), Some(50));
    let next = first["next"].as_str().expect("is there");
    let rest = app.get(&format!("{log}?after={next}"), Some(&admin)).await;
    // 51 exports, a sign-up and a sign-in.
    assert_eq!(rest.json()["items"].as_array().map(Vec::len), Some(3));
    let wrong = app.get(&format!("{log}?after=x"), Some(&admin)).await;
    wrong.refused(400, "invalid_parameter");
    let unknown = "01930000-0000-7000-8000-000000000000";
    let missing = format!("{USERS}/{unknown}/security-events");
    let missing = app.get(&missing, Some(&admin)).await;
    missing.refused(404, "not_found");
}

/// Mail is off: the mail waits in the outbox, and the user still learns the reason.
#[tokio::test]
async fn the_creator_of_a_removed_event_learns_the_reason() {
    let app = TestApp::start().await;
    let (admin, email) = (app.administrator(&new_email()).await, new_email());
    let token = app.signed_in(&email).await;
    let made = json!({ "title": "Free money" });
    let made = app.post("/api/v1/events", Some(&token), &made).await.json();
    let event = format!(
        "/api/v1/admin/events/{}",
        made["id"].as_str().expect("has one")
    );
    let reason = json!({ "reason": "it advertises\nsomething" });
    let unlist = format!("{event}/unlist");
    let unlisted = app.post(&unlist, Some(&admin), &reason).await;
    assert_eq!(unlisted.status, 204);
    // Done twice, it is told once.
    let again = app.post(&unlist, Some(&admin), &reason).await;
    assert_eq!(again.status, 204);
    app.clock.advance(Duration::from_secs(1));
    let deleted = app
        .delete(&format!("{event}?reason=spam"), Some(&admin))
        .await;
    assert_eq!(deleted.status, 204);
    let log = app
        .get("/api/v1/me/security-events", Some(&token))
        .await
        .json();
    for (entry, kind, reason) in [
        (&log["items"][0], "event_deleted", "spam"),
        (
            &log["items"][1],
            "event_unlisted",
            "it advertises\nsomething",
        ),
    ] {
        assert_eq!(
            (&entry["kind"], &entry["actor"]),
            (&json!(kind), &json!("admin"))
        );
        assert_eq!(
            entry["details"],
            json!({ "title": "Free money", "reason": reason })
        );
        assert_eq!(entry["times"], 1);
    }
    assert_ne!(log["items"][2]["kind"], "event_unlisted");
    let mails = app.get("/api/v1/admin/messages", Some(&admin)).await.json();
    let mut mails = mails["items"].as_array().expect("is a list").clone();
    mails.retain(|mail| mail["kind"] == "event_removed");
    assert_eq!(mails.len(), 2);
    for (mail, words) in mails.iter().zip(["deleted your event", "out of all lists"]) {
        assert_eq!(
            (&mail["kind"], &mail["to"]),
            (&json!("event_removed"), &json!(email))
        );
        let path = format!(
            "/api/v1/admin/messages/{}",
            mail["id"].as_str().expect("has one")
        );
        let text = app.get(&path, Some(&admin)).await.json()["text"].clone();
        let text = text.as_str().expect("is a text");
        assert!(text.contains(words) && text.contains("Reason: "), "{text}");
    }
    // An event that is not there tells nothing.
    let again = app
        .delete(&format!("{event}?reason=spam"), Some(&admin))
        .await;
    again.refused(404, "not_found");
    let mails = app.get("/api/v1/admin/messages", Some(&admin)).await.json();
    let mails = mails["items"].as_array().expect("is a list");
    let removed = mails.iter().filter(|mail| mail["kind"] == "event_removed");
    assert_eq!(removed.count(), 2);
}

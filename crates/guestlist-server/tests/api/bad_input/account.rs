//! The life of an account: what a stranger learns, what a link opens, and what a request cannot set.

use std::{net::SocketAddr, time::Duration};

use axum::{
    extract::ConnectInfo,
    http::{Method, Request},
};
use futures_util::future::join_all;
use guestlist::{
    AccountRules, Limits, MessageKind, PasswordCost, PasswordHash, Rate, Role, SignUpPolicy,
    UserStore, testing::user,
};
use serde_json::{Value, json};

use super::{ME, SESSIONS, USERS, sign_in, sign_up, without_request_id};
use crate::{
    limits::used_up,
    second_factor::Enrolled,
    test_app::{Answer, PASSWORD, TestApp},
};

const ADA: &str = "ada@example.com";
const NEW: &str = "quite another one";
const RESET: &str = "/api/v1/password/reset";
const CONFIRM_RESET: &str = "/api/v1/password/reset/confirm";

const CONCEAL: AccountRules = AccountRules {
    sends_mail: true,
    require_verified: false,
    conceal: true,
};

async fn start(rules: AccountRules) -> TestApp {
    TestApp::settled(|builder| builder.account_rules(rules)).await
}

/// SE02: a refusal does not tell what kind of account an address has.
#[tokio::test]
async fn accounts_of_every_kind_get_the_same_refusal() {
    let app = start(CONCEAL).await;
    // A concealed account that waits for its verification.
    assert_eq!(sign_up(&app, "new@example.com", PASSWORD).await.status, 202);
    let accounts = &app.stores.accounts;
    let mut without = user("without@example.com");
    without.password_hash = None;
    let mut disabled = user("disabled@example.com");
    disabled.disabled_at = Some(disabled.created_at);
    let mut old = user("old@example.com");
    // A hash of `exemplary`, made by `bcrypt` 5.0 of PyPI.
    let hash = "$2b$04$hZhnyKD9X7Ik1.X0uwS.WOKk5UZHjYsFcjDioKEbPpQHOx4w1DKti";
    old.password_hash = Some(PasswordHash::from_stored(hash));
    for user in [&without, &disabled, &old] {
        UserStore::insert_user(&**accounts, user)
            .await
            .expect("inserts");
    }
    let unknown = sign_in(&app, "nobody@example.com", NEW).await;
    unknown.refused(401, "wrong_credentials");
    for email in [
        "new@example.com",
        "without@example.com",
        "disabled@example.com",
        "old@example.com",
    ] {
        let known = sign_in(&app, email, NEW).await;
        assert_eq!(
            without_request_id(&known),
            without_request_id(&unknown),
            "{email}"
        );
    }
    // The right password of an account that is not open to a sign-in tells nothing either.
    let new = sign_in(&app, "new@example.com", PASSWORD).await;
    assert_eq!(without_request_id(&new), without_request_id(&unknown));
}

/// SE06: a limit is reached for a known and an unknown account after the same tries.
#[tokio::test]
async fn a_limit_does_not_tell_whether_an_account_exists() {
    let app = crate::limits::strict().await;
    app.signed_in(ADA).await;
    let mut answers = Vec::new();
    for email in [ADA, "nobody@example.com"] {
        used_up(&app, email).await;
        let refused = sign_in(&app, email, "wrong").await;
        refused.refused(429, "too_many_tries");
        let retry_after = refused.header("retry-after").map(str::to_owned);
        answers.push((without_request_id(&refused), retry_after));
    }
    assert_eq!(answers[0], answers[1]);
}

/// SE09: a sign-up that cannot be hashed now tells no more than one that can.
#[tokio::test]
async fn a_full_queue_answers_a_sign_up_alike_for_every_address() {
    let app = TestApp::settled(|builder| {
        builder
            .account_rules(CONCEAL)
            .hashing_threads(1)
            .hashing_wait(Duration::from_millis(100))
            .password_cost(PasswordCost::default())
    })
    .await;
    let mut known = user(ADA);
    known.verified_at = Some(known.created_at);
    let inserted = UserStore::insert_user(&*app.stores.accounts, &known).await;
    inserted.expect("inserts");
    let emails: Vec<_> = (0..60)
        .map(|number| match number % 2 {
            0 => ADA.to_owned(),
            _ => crate::test_app::new_email(),
        })
        .collect();
    let sign_ups = emails
        .iter()
        .map(|email| sign_up(&app, email.as_str(), NEW));
    let answers = join_all(sign_ups).await;
    let of = |parity: usize| {
        let answers = answers.iter().enumerate();
        let answers = answers.filter(move |(number, _)| number % 2 == parity);
        answers.map(|(_, answer)| answer)
    };
    let busy = |answer: &&Answer| answer.status == 503;
    let [first, other] = [0, 1].map(|parity| of(parity).find(busy).expect("one waits too long"));
    assert_eq!(without_request_id(first), without_request_id(other));
    for answer in &answers {
        assert!([202, 503].contains(&answer.status.as_u16()), "{answer:?}");
        if answer.status == 503 {
            assert_eq!(without_request_id(answer), without_request_id(first));
        }
    }
}

/// PR04: a link in a mail begins with the base URL, whatever host a request names.
#[tokio::test]
async fn a_request_with_another_host_makes_no_link_to_it() {
    let app = start(CONCEAL).await;
    let body = json!({ "email": ADA }).to_string();
    let json = ("content-type", "application/json");
    let evil = [json, ("host", "evil.example")];
    let refused = app
        .with_headers(Method::POST, RESET, &evil, body.clone())
        .await;
    assert_eq!(refused.status, 421, "{refused:?}");
    let absolute = format!("http://evil.example{RESET}");
    for headers in [&[json][..], &[json, ("host", "127.0.0.1:8080")]] {
        let refused = app.with_headers(Method::POST, &absolute, headers, body.clone());
        let status = refused.await.status.as_u16();
        assert!([400, 421].contains(&status), "{headers:?}: {status}");
    }
    assert_eq!(app.count_messages(MessageKind::ResetPassword).await, 0);
    let forwarded = [
        json,
        ("x-forwarded-host", "evil.example"),
        ("forwarded", "host=evil.example"),
    ];
    let sent = app
        .with_headers(Method::POST, RESET, &forwarded, body)
        .await;
    assert_eq!(sent.status, 202, "{sent:?}");
    let filter = guestlist::MessageFilter::default();
    let messages = app.stores.accounts.list_messages(filter, None, 10).await;
    let messages = messages.expect("lists");
    assert!(!format!("{messages:?}").contains("evil"), "{messages:?}");
    // `names_and_addresses_of_every_kind_make_valid_mails` reads the links in the mails.
}

/// PR07: a new password opens no session and leads around no second factor. A factor counts only
/// once the address was verified: a stranger may have signed up with it.
#[tokio::test]
async fn a_reset_leaves_the_second_factor_and_signs_no_user_in() {
    let app = start(AccountRules {
        conceal: false,
        ..CONCEAL
    })
    .await;
    let enrolled = Enrolled::new(&app).await;
    let user = app.user(&enrolled.email).await;
    let verified = app.app.guestlist.verify_user(user.id).await;
    verified.expect("verifies");
    app.post(RESET, None, &json!({ "email": enrolled.email }))
        .await;
    let token = app.newest_link(None, MessageKind::ResetPassword).await;
    let body = json!({ "token": token, "new_password": NEW });
    let done = app.post(CONFIRM_RESET, None, &body).await;
    assert_eq!(done.status, 204);
    assert_eq!(done.header("set-cookie"), None);
    assert!(done.body.is_empty());
    let asked = sign_in(&app, enrolled.email.as_str(), NEW).await;
    asked.refused(401, "second_factor_required");
}

/// Zitadel CVE-2026-27946, better-auth CVE-2025-61928: members of a body that a user must not set
/// change nothing, and the acting user is never taken from a body.
#[tokio::test]
async fn no_self_service_sets_a_protected_field() {
    let app = TestApp::start().await;
    app.signed_in("eve@example.com").await;
    let eve = app.user("eve@example.com").await;
    let protected = |own: Value| {
        let mut body = json!({
            "id": eve.id.to_string(), "user_id": eve.id.to_string(), "user": eve.id.to_string(),
            "role": "admin", "admin": true, "is_superuser": true, "is_verified": true,
            "verified": true, "verified_at": "2026-01-01T00:00:00Z", "approved": true,
            "approved_at": "2026-01-01T00:00:00Z", "disabled": false, "disabled_at": null,
            "password_hash": "x", "hashed_password": "x", "epoch": 7, "token_epoch": 7,
            "created_at": "2020-01-01T00:00:00Z",
        });
        for (name, value) in own.as_object().expect("is an object") {
            body[name] = value.clone();
        }
        body
    };
    // An address may refuse the body. It never does what it says.
    for path in [USERS, "/user/signup"] {
        let email = crate::test_app::new_email();
        let body = protected(json!({ "email": email, "password": PASSWORD }));
        let answer = app.post(path, None, &body).await;
        if answer.status.is_success() {
            let made = app.user(&email).await;
            assert_eq!(
                (made.role, made.verified_at),
                (Role::Member, None),
                "{path}"
            );
            assert_ne!(made.id, eve.id, "{path}");
            assert_eq!(made.epoch, eve.epoch, "{path}");
        } else {
            assert_eq!(answer.status, 422, "{answer:?}");
        }
    }
    let token = app.signed_in(ADA).await;
    let before = app.user(ADA).await;
    let password = json!({ "current_password": PASSWORD, "new_password": NEW });
    let code = json!({ "code": "000000" });
    for (method, path, own) in [
        (Method::PATCH, ME, json!({ "name": "Ada" })),
        (Method::POST, "/api/v1/me/totp", json!({})),
        (Method::POST, "/api/v1/me/totp/confirm", code),
        (
            Method::PUT,
            "/api/v1/me/email",
            json!({ "email": "ada2@example.com" }),
        ),
        (Method::PUT, "/api/v1/me/email", json!({ "email": ADA })),
        (Method::PUT, "/api/v1/me/password", password),
    ] {
        let token = match app.get(ME, Some(&token)).await.status.as_u16() {
            200 => token.clone(),
            _ => app.sign_in(ADA).await,
        };
        let body = protected(own).to_string();
        app.json(method.clone(), path, Some(&token), body).await;
        let accounts = app.stores.accounts.find_user(before.id).await;
        let after = accounts.expect("answers").expect("is there");
        assert_eq!(after.role, Role::Member, "{method} {path}");
        assert_eq!(after.verified_at, before.verified_at, "{method} {path}");
        assert_eq!(after.approved_at, before.approved_at, "{method} {path}");
        assert_eq!(after.created_at, before.created_at, "{method} {path}");
        let other = app.user("eve@example.com").await;
        assert_eq!(other.epoch, eve.epoch, "{method} {path}");
        assert_eq!(other.role, Role::Member, "{method} {path}");
    }
}

/// Supabase #2600: no pair of settings turns a guard off that belongs to neither of them.
#[tokio::test]
async fn no_pair_of_settings_turns_another_guard_off() {
    let policies = [
        SignUpPolicy::Open,
        SignUpPolicy::Invited,
        SignUpPolicy::Approval,
        SignUpPolicy::Closed,
    ];
    let limits = Limits {
        account_and_network: Rate::new(3, 300_000),
        ..Limits::default()
    };
    for policy in policies {
        for bits in 0..8_u8 {
            let rules = AccountRules {
                sends_mail: bits & 1 != 0,
                require_verified: bits & 2 != 0,
                conceal: bits & 4 != 0,
            };
            let settings = format!("{policy:?} {rules:?}");
            let app = TestApp::settled(|builder| {
                builder
                    .account_rules(rules)
                    .sign_up_policy(policy)
                    .limits(limits.clone())
            })
            .await;
            let accounts = &app.stores.accounts;
            let guestlist = &app.app.guestlist;
            let added = guestlist
                .add_user(
                    guestlist::testing::email(ADA),
                    None,
                    guestlist::Password::new(PASSWORD),
                )
                .await
                .expect("adds");
            // The sign-up obeys the policy.
            let email = crate::test_app::new_email();
            let answer = sign_up(&app, email.as_str(), PASSWORD).await;
            let is_made = accounts
                .find_user_by_email(&guestlist::testing::email(&email))
                .await
                .expect("answers")
                .is_some();
            let admits = matches!(policy, SignUpPolicy::Open | SignUpPolicy::Approval);
            assert_eq!(is_made, admits, "{settings}: {answer:?}");
            // The new account is no administrator, and waits if it has to.
            if is_made {
                let made = app.user(&email).await;
                assert_eq!(made.role, Role::Member, "{settings}");
                let status = sign_in(&app, email.as_str(), PASSWORD).await.status;
                let waits = rules.require_verified || rules.conceals();
                let opens = policy == SignUpPolicy::Open && !waits;
                assert_eq!(status == 201, opens, "{settings}: {status}");
            }
            // An unapproved, disabled or unverified account is not opened by a known password.
            guestlist.disable_user(added.id).await.expect("disables");
            let refused = sign_in(&app, ADA, PASSWORD).await;
            refused.refused(401, "wrong_credentials");
            // The limit counts.
            let peer: SocketAddr = "192.0.2.7:4711".parse().expect("is an address");
            let mut statuses = Vec::new();
            for _ in 0..4 {
                let body = json!({ "email": "nobody@example.com", "password": "wrong" });
                let request = Request::post(SESSIONS)
                    .header("content-type", "application/json")
                    .extension(ConnectInfo(peer))
                    .body(body.to_string().into());
                let answer = app.send(request.expect("is a request")).await;
                statuses.push(answer.status.as_u16());
            }
            assert_eq!(statuses, [401, 401, 401, 429], "{settings}");
        }
    }
}

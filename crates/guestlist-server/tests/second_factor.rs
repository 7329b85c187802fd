//! The second factor through the API: set-up, sign-in in two steps, and that no other front leads
//! around it.

use axum::http::Method;
use guestlist::{
    Client, Clock, Guestlist, Limits, Password, Rate, RecoveryCode, SessionId, SignInError,
    TotpSecret, Wanted, testing::email,
};
use serde_json::{Value, json};

use crate::test_app::{Answer, PASSWORD, TestApp, new_email};

/// A user who has a secret and has not confirmed it.
pub(crate) struct Enrolling {
    pub(crate) email: String,
    pub(crate) access: String,
    pub(crate) session: SessionId,
    pub(crate) secret: TotpSecret,
}

/// A user with a second factor.
pub(crate) struct Enrolled {
    pub(crate) email: String,
    pub(crate) access: String,
    pub(crate) secret: TotpSecret,
    pub(crate) codes: Vec<RecoveryCode>,
}

impl Enrolling {
    pub(crate) async fn new(app: &TestApp) -> Self {
        let address = new_email();
        let guestlist = &app.app.guestlist;
        let password = || Password::new(PASSWORD);
        let signed_up = guestlist.sign_up(email(&address), password()).await;
        signed_up.expect("signs up");
        let signed_in = sign_in(guestlist, &address).await.expect("signs in");
        let set_up = guestlist.start_totp(signed_in.session.id).await;
        Self {
            email: address,
            access: signed_in.access_token.expose().to_owned(),
            session: signed_in.session.id,
            secret: set_up.expect("starts").secret,
        }
    }
}

impl Enrolled {
    pub(crate) async fn new(app: &TestApp) -> Self {
        let user = Enrolling::new(app).await;
        let code = user.secret.code_at(app.clock.now());
        let codes = app.app.guestlist.confirm_totp(user.session, &code).await;
        Self {
            email: user.email,
            access: user.access,
            secret: user.secret,
            codes: codes.expect("confirms"),
        }
    }

    /// Returns a challenge of a client that names no device.
    pub(crate) async fn challenge(&self, app: &TestApp) -> String {
        match sign_in(&app.app.guestlist, &self.email).await {
            Err(SignInError::SecondFactorRequired(challenge)) => challenge.expose().to_owned(),
            other => panic!("{other:?}"),
        }
    }

    /// The code of the next step, which is accepted already and unused.
    pub(crate) fn next_code(&self, app: &TestApp) -> String {
        let now = app.clock.now();
        self.secret
            .code_at(now.plus(std::time::Duration::from_secs(30)))
    }
}

async fn sign_in(guestlist: &Guestlist, address: &str) -> Result<guestlist::SignedIn, SignInError> {
    let (password, client) = (Password::new(PASSWORD), Client::default());
    let address = email(address);
    let signed_in = guestlist.sign_in(Some(&address), password, client, Wanted::DATABASE);
    signed_in.await
}

async fn first_step(app: &TestApp, email: &str) -> Value {
    let credentials = json!({ "email": email, "password": PASSWORD });
    let answer = app.post("/api/v1/sessions", None, &credentials).await;
    answer.refused(401, "second_factor_required")
}

async fn second_step(app: &TestApp, challenge: &Value, code: &str) -> Answer {
    let body = json!({ "challenge": challenge, "code": code });
    app.post("/api/v1/sessions/second-factor", None, &body)
        .await
}

#[tokio::test]
async fn it_is_set_up_used_and_removed_through_the_api() {
    let app = TestApp::start().await;
    let email = new_email();
    let token = app.signed_in(&email).await;
    let access = Some(token.as_str());
    let started = app.post("/api/v1/me/totp", access, &json!({})).await;
    assert_eq!(started.status, 201, "{started:?}");
    assert_eq!(started.header("cache-control"), Some("no-store"));
    let started = started.json();
    let secret = started["secret"].as_str().expect("is there").to_owned();
    let url = started["otpauth_url"].as_str().expect("is there");
    assert!(url.starts_with("otpauth://totp/") && url.contains(&format!("secret={secret}&")));
    let user = app.user(&email).await.id;
    let pending = app.app.guestlist.second_factor_of(user).await;
    assert_eq!(pending.expect("answers"), None, "MF04: not before a code");
    let confirm = |code: &str| json!({ "code": code });
    let path = "/api/v1/me/totp/confirm";
    let malformed = app.post(path, access, &confirm("abcdef")).await;
    assert_eq!(malformed.invalid(), [not_a_code()]);
    assert_eq!(malformed.json()["detail"], "the code has six digits");
    app.open(&email).await;
    let session = app.app.guestlist.identify(&token).await;
    let session = session.expect("identifies").session().expect("is one").id;
    let secret = app.app.guestlist.pending_totp(session).await;
    let secret = secret.expect("answers").expect("is there").secret;
    let code = secret.code_at(app.clock.now());
    let other = if code == "000000" { "999999" } else { "000000" };
    let wrong = app.post(path, access, &confirm(other)).await;
    wrong.refused(403, "wrong_code");
    let confirmed = app.post(path, access, &confirm(&code)).await;
    assert_eq!(confirmed.status, 200, "{confirmed:?}");
    let codes = confirmed.json()["recovery_codes"].clone();
    assert_eq!(codes.as_array().map(Vec::len), Some(10));
    let again = app.post(path, access, &confirm(&code)).await;
    again.refused(409, "second_factor_set");

    let challenge = first_step(&app, &email).await["challenge"].clone();
    second_step(&app, &challenge, &code)
        .await
        .refused(401, "code_used");
    second_step(&app, &challenge, "AAAAA-AAAAA")
        .await
        .refused(401, "wrong_code");
    let signed_in = second_step(&app, &challenge, codes[0].as_str().expect("is text")).await;
    assert_eq!(signed_in.status, 201, "{signed_in:?}");
    assert_eq!(signed_in.json()["session"]["how"], "recovery_code");

    let new = app
        .post("/api/v1/me/recovery-codes", access, &json!({}))
        .await;
    assert_eq!(new.status, 200, "{new:?}");
    assert_ne!(new.json()["recovery_codes"], codes);
    let removed = app.delete("/api/v1/me/totp", access).await;
    assert_eq!(removed.status, 204, "{removed:?}");
    app.delete("/api/v1/me/totp", access)
        .await
        .refused(409, "second_factor_not_set");
    app.post("/api/v1/me/recovery-codes", access, &json!({}))
        .await
        .refused(409, "second_factor_not_set");
    app.open(&email).await;
}

/// better-auth GHSA-xg6x-h9c9-2m83, bad-inputs MF02: the challenge opens no address.
#[tokio::test]
async fn a_challenge_is_refused_as_a_token_and_as_a_cookie() {
    let app = TestApp::start().await;
    let user = Enrolled::new(&app).await;
    let challenge = user.challenge(&app).await;
    for path in ["/api/v1/me", "/api/v1/sessions", "/api/v1/me/tokens"] {
        app.get(path, Some(&challenge))
            .await
            .refused(401, "invalid_token");
        let cookie = format!("guestlist={challenge}; guestlist-second-step={challenge}");
        let headers = [("cookie", cookie.as_str())];
        let answer = app.with_headers(Method::GET, path, &headers, "").await;
        assert_eq!(answer.status, 401, "{answer:?}");
    }
    let refreshed = app.refresh(&challenge).await;
    assert_eq!(refreshed.json()["error"], "invalid_grant");
    let service = app.service_token().await;
    let introspected = app.introspect(&service, &challenge).await;
    assert_eq!(introspected.json()["active"], false);
    let compat = app
        .json(Method::POST, "/event/new", Some(&challenge), "{}")
        .await;
    assert_eq!(compat.status, 401, "{compat:?}");
    let page = [
        ("cookie", "guestlist-second-step=x"),
        ("accept", "text/html"),
    ];
    let account = app.with_headers(Method::GET, "/account", &page, "").await;
    assert_eq!(account.status, 303, "{account:?}");
}

/// Kratos GHSA-wc43-73w7-x2f5: no other front signs in without the code.
#[tokio::test]
async fn no_front_leads_around_the_second_factor() {
    let app = TestApp::start().await;
    let user = Enrolled::new(&app).await;
    let form = format!("username={}&password={PASSWORD}", user.email);
    let oauth = app
        .form("/api/v1/token", format!("grant_type=password&{form}"))
        .await;
    assert_eq!(oauth.status, 400, "{oauth:?}");
    assert_eq!(oauth.json()["error"], "invalid_grant");
    assert!(oauth.json().get("challenge").is_none());
    assert_eq!(oauth.header("www-authenticate"), None);
    let compat = app.form("/user/signin", form).await;
    assert_eq!(compat.status, 401, "{compat:?}");
    assert!(compat.json()["detail"].is_string(), "{compat:?}");
    assert_eq!(compat.json().as_object().map(serde_json::Map::len), Some(1));
    let challenge = first_step(&app, &user.email).await["challenge"].clone();
    let wrong = json!({ "email": user.email, "password": "wrong password" });
    let wrong = app.post("/api/v1/sessions", None, &wrong).await;
    let wrong = wrong.refused(401, "wrong_credentials");
    assert!(wrong.get("challenge").is_none());
    // Another device, another user, a forged challenge, and none.
    let body = json!({ "challenge": challenge, "code": user.next_code(&app) }).to_string();
    let headers = [
        ("content-type", "application/json"),
        ("user-agent", "other"),
    ];
    let path = "/api/v1/sessions/second-factor";
    let other = app.with_headers(Method::POST, path, &headers, body).await;
    other.refused(401, "challenge_expired");
    let bea = Enrolled::new(&app).await;
    let theirs = second_step(&app, &challenge, &bea.codes[0].expose()).await;
    theirs.refused(401, "wrong_code");
    for forged in ["", "AAAA", &user.access] {
        let answer = second_step(&app, &json!(forged), &user.next_code(&app)).await;
        answer.refused(401, "challenge_expired");
    }
    let signed_in = second_step(&app, &challenge, &user.next_code(&app)).await;
    assert_eq!(signed_in.status, 201, "{signed_in:?}");
    // What was signed in goes on without another code.
    let tokens = signed_in.tokens();
    assert_eq!(app.refresh(&tokens.refresh).await.status, 200);
}

#[tokio::test]
async fn reauthentication_asks_for_the_code_too() {
    let app = TestApp::start().await;
    let user = Enrolled::new(&app).await;
    let access = Some(user.access.as_str());
    app.clock.advance(std::time::Duration::from_secs(600));
    app.delete("/api/v1/me/totp", access)
        .await
        .refused(403, "proof_required");
    let path = "/api/v1/sessions/current/reauthenticate";
    let with = async |body: Value| app.post(path, access, &body).await;
    let without = with(json!({ "password": PASSWORD })).await;
    without.refused(403, "second_factor_required");
    let wrong = with(json!({ "password": PASSWORD, "code": "AAAAA-AAAAA" })).await;
    wrong.refused(403, "wrong_code");
    app.delete("/api/v1/me/totp", access)
        .await
        .refused(403, "proof_required");
    let code = user.next_code(&app);
    let right = with(json!({ "password": PASSWORD, "code": code })).await;
    assert_eq!(right.status, 204, "{right:?}");
    let removed = app.delete("/api/v1/me/totp", access).await;
    assert_eq!(removed.status, 204, "{removed:?}");
}

fn not_a_code() -> (String, String) {
    ("/code".to_owned(), "invalid".to_owned())
}

/// A text that can be no code is refused in words, and does not use up the tries.
#[tokio::test]
async fn a_malformed_code_is_not_counted() {
    let app = TestApp::start().await;
    let user = Enrolled::new(&app).await;
    let challenge = json!(user.challenge(&app).await);
    for typed in [
        "",
        "12345",
        "1234567",
        "abcdef",
        "AAAAA-AAAA",
        "AAAAA-AAAA1",
    ] {
        for _ in 0..3 {
            let refused = second_step(&app, &challenge, typed).await;
            assert_eq!(refused.invalid(), [not_a_code()], "{typed}");
        }
    }
    let path = "/api/v1/sessions/current/reauthenticate";
    let typed = json!({ "password": PASSWORD, "code": "12345" });
    let refused = app.post(path, Some(&user.access), &typed).await;
    assert_eq!(refused.invalid(), [not_a_code()]);
    let code = user.next_code(&app);
    let hyphen = format!("{}-{}", &code[..3], &code[3..]);
    let signed_in = second_step(&app, &challenge, &hyphen).await;
    assert_eq!(signed_in.status, 201, "{signed_in:?}");
}

#[tokio::test]
async fn after_ten_wrong_codes_one_counts_in_thirty_seconds() {
    // A client without an address counts for its account alone.
    let limits = Limits {
        account: Rate::new(10, 30_000),
        ..Limits::default()
    };
    let app = TestApp::settled(|builder| builder.limits(limits)).await;
    let user = Enrolled::new(&app).await;
    let challenge = json!(user.challenge(&app).await);
    for _ in 0..10 {
        second_step(&app, &challenge, "AAAAA-AAAAA")
            .await
            .refused(401, "wrong_code");
    }
    let refused = second_step(&app, &challenge, &user.next_code(&app)).await;
    refused.refused(429, "too_many_tries");
    assert_eq!(refused.header("retry-after"), Some("30"));
    app.clock.advance(std::time::Duration::from_secs(30));
    let signed_in = second_step(&app, &challenge, &user.next_code(&app)).await;
    assert_eq!(signed_in.status, 201, "{signed_in:?}");
}

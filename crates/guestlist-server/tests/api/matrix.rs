//! A table of every address and every kind of token: a token is refused unless the table allows it
//! (RFC 8725, section 3.12; RFC 6750, section 3.1). A new address must be added to the table.

use std::{collections::BTreeSet, time::Duration};

use axum::http::Method;
use guestlist::{Client, Password, SignedIn, Wanted};

use crate::test_app::{Answer, PASSWORD, TestApp, new_email};

/// Which credentials an address accepts.
#[derive(Clone, Copy, Debug)]
enum Lets {
    /// Any request: a token is not looked at.
    Any,
    /// Requests without a token, and those of [`Lets::Delegates`], but no request with a bad token.
    AnonymousAndDelegates,
    /// Requests without a token, and those of [`Lets::Users`], but no request with a bad token.
    AnonymousAndUsers,
    /// A session's access token, or a personal access token whose scope allows the method.
    Delegates,
    /// A session's access token.
    Users,
    /// A session's access token of an administrator.
    Admins,
    /// A service token.
    Services,
}

const TABLE: [(&str, &str, Lets); 64] = [
    ("GET", "/.well-known/jwks.json", Lets::Any),
    ("POST", "/api/v1/users", Lets::Any),
    ("GET", "/api/v1/users/{id}", Lets::Users),
    ("POST", "/api/v1/sessions", Lets::Any),
    ("POST", "/api/v1/sessions/second-factor", Lets::Any),
    ("GET", "/api/v1/sessions", Lets::Users),
    ("DELETE", "/api/v1/sessions", Lets::Users),
    ("DELETE", "/api/v1/sessions/current", Lets::Users),
    (
        "POST",
        "/api/v1/sessions/current/reauthenticate",
        Lets::Users,
    ),
    ("DELETE", "/api/v1/sessions/{id}", Lets::Users),
    ("POST", "/api/v1/token", Lets::Any),
    ("POST", "/api/v1/token/revoke", Lets::Any),
    ("POST", "/api/v1/token/introspect", Lets::Services),
    ("GET", "/api/v1/csrf", Lets::Users),
    ("GET", "/api/v1/me", Lets::Delegates),
    ("PATCH", "/api/v1/me", Lets::Users),
    ("DELETE", "/api/v1/me", Lets::Users),
    ("GET", "/api/v1/me/export", Lets::Users),
    ("GET", "/api/v1/me/security-events", Lets::Users),
    ("PUT", "/api/v1/me/password", Lets::Users),
    ("PUT", "/api/v1/me/email", Lets::Users),
    ("DELETE", "/api/v1/me/email", Lets::Users),
    ("POST", "/api/v1/me/email/confirm", Lets::Any),
    ("POST", "/api/v1/password/reset", Lets::Any),
    ("POST", "/api/v1/password/reset/confirm", Lets::Any),
    ("POST", "/api/v1/not-me", Lets::Any),
    (
        "POST",
        "/api/v1/email/verification",
        Lets::AnonymousAndUsers,
    ),
    (
        "POST",
        "/api/v1/email/verification/confirm",
        Lets::AnonymousAndUsers,
    ),
    ("GET", "/api/v1/me/tokens", Lets::Users),
    ("POST", "/api/v1/me/tokens", Lets::Users),
    ("DELETE", "/api/v1/me/tokens/{id}", Lets::Users),
    ("POST", "/api/v1/me/totp", Lets::Users),
    ("POST", "/api/v1/me/totp/confirm", Lets::Users),
    ("DELETE", "/api/v1/me/totp", Lets::Users),
    ("POST", "/api/v1/me/recovery-codes", Lets::Users),
    ("GET", "/api/v1/admin/invitations", Lets::Admins),
    ("POST", "/api/v1/admin/invitations", Lets::Admins),
    ("DELETE", "/api/v1/admin/invitations/{id}", Lets::Admins),
    ("GET", "/api/v1/admin/users", Lets::Admins),
    ("GET", "/api/v1/admin/users/{id}", Lets::Admins),
    ("PATCH", "/api/v1/admin/users/{id}", Lets::Admins),
    ("POST", "/api/v1/admin/users/{id}/reset-link", Lets::Admins),
    ("POST", "/api/v1/admin/users/{id}/unlock", Lets::Admins),
    ("DELETE", "/api/v1/admin/users/{id}/totp", Lets::Admins),
    (
        "GET",
        "/api/v1/admin/users/{id}/security-events",
        Lets::Admins,
    ),
    ("GET", "/api/v1/admin/messages", Lets::Admins),
    ("POST", "/api/v1/admin/messages/release", Lets::Admins),
    ("GET", "/api/v1/admin/messages/{id}", Lets::Admins),
    ("POST", "/api/v1/admin/messages/{id}/retry", Lets::Admins),
    ("GET", "/api/v1/admin/events", Lets::Admins),
    ("DELETE", "/api/v1/admin/events/{id}", Lets::Admins),
    ("POST", "/api/v1/admin/events/{id}/unlist", Lets::Admins),
    ("GET", "/api/v1/events", Lets::AnonymousAndDelegates),
    ("POST", "/api/v1/events", Lets::Delegates),
    ("GET", "/api/v1/events/{id}", Lets::Any),
    ("PATCH", "/api/v1/events/{id}", Lets::Delegates),
    ("DELETE", "/api/v1/events/{id}", Lets::Delegates),
    ("POST", "/user/signup", Lets::Any),
    ("POST", "/user/signin", Lets::Any),
    ("GET", "/event/", Lets::Any),
    ("POST", "/event/new", Lets::Delegates),
    ("GET", "/event/{id}", Lets::Any),
    ("PUT", "/event/{id}", Lets::Delegates),
    ("DELETE", "/event/{id}", Lets::Delegates),
];

/// The kinds of credentials that a client may send.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Nothing,
    Garbage,
    DatabaseSession,
    JwtSession,
    CompatSession,
    ExpiredDatabaseSession,
    ExpiredJwtSession,
    EndedDatabaseSession,
    EndedJwtSession,
    Refresh,
    /// A cookie's value, sent in the `Authorization` header.
    Cookie,
    PersonalToRead,
    PersonalToWrite,
    ExpiredPersonal,
    RetiredPersonal,
    Service,
    RevokedService,
    SessionOfADisabledUser,
    PersonalOfADisabledUser,
    SessionOfADeletedUser,
}

const KINDS: [Kind; 20] = [
    Kind::Nothing,
    Kind::Garbage,
    Kind::DatabaseSession,
    Kind::JwtSession,
    Kind::CompatSession,
    Kind::ExpiredDatabaseSession,
    Kind::ExpiredJwtSession,
    Kind::EndedDatabaseSession,
    Kind::EndedJwtSession,
    Kind::Refresh,
    Kind::Cookie,
    Kind::PersonalToRead,
    Kind::PersonalToWrite,
    Kind::ExpiredPersonal,
    Kind::RetiredPersonal,
    Kind::Service,
    Kind::RevokedService,
    Kind::SessionOfADisabledUser,
    Kind::PersonalOfADisabledUser,
    Kind::SessionOfADeletedUser,
];

/// The outcome of the authentication of a request.
#[derive(Debug, PartialEq)]
enum Verdict {
    Accepted,
    NotAuthenticated,
    InvalidToken,
    InsufficientScope(&'static str),
    AdministratorRequired,
}

impl Lets {
    fn judge(self, kind: Kind, method: &Method) -> Verdict {
        use Kind as K;
        match (self, kind) {
            (Self::Any, _)
            | (Self::AnonymousAndDelegates | Self::AnonymousAndUsers, K::Nothing)
            | (
                Self::AnonymousAndDelegates
                | Self::AnonymousAndUsers
                | Self::Delegates
                | Self::Users,
                K::DatabaseSession | K::JwtSession | K::CompatSession,
            )
            | (Self::AnonymousAndDelegates | Self::Delegates, K::PersonalToWrite)
            | (Self::Services, K::Service) => Verdict::Accepted,
            (Self::AnonymousAndDelegates | Self::Delegates, K::PersonalToRead) => {
                if *method == Method::GET {
                    Verdict::Accepted
                } else {
                    Verdict::InsufficientScope("write")
                }
            }
            (Self::Admins, K::DatabaseSession | K::JwtSession | K::CompatSession) => {
                Verdict::AdministratorRequired
            }
            (
                Self::Users | Self::Admins | Self::AnonymousAndUsers,
                K::PersonalToRead | K::PersonalToWrite,
            ) => Verdict::InsufficientScope("account"),
            (_, K::Nothing) => Verdict::NotAuthenticated,
            _ => Verdict::InvalidToken,
        }
    }
}

/// Reads the outcome from the status and the challenge, which every error format has.
fn verdict(answer: &Answer) -> Verdict {
    let challenge = answer.header("www-authenticate");
    match (answer.status.as_u16(), challenge) {
        (401, Some("Bearer")) => Verdict::NotAuthenticated,
        (401, Some("Bearer error=\"invalid_token\"")) => Verdict::InvalidToken,
        (403, Some("Bearer error=\"insufficient_scope\", scope=\"write\"")) => {
            Verdict::InsufficientScope("write")
        }
        (403, Some("Bearer error=\"insufficient_scope\", scope=\"account\"")) => {
            Verdict::InsufficientScope("account")
        }
        (403, None) if answer.json()["code"] == "administrator_required" => {
            Verdict::AdministratorRequired
        }
        (401 | 403 | 500.., _) => panic!("{answer:?}"),
        _ => Verdict::Accepted,
    }
}

async fn sign_in(app: &TestApp, email: &str, wanted: Wanted) -> SignedIn {
    let email = guestlist::testing::email(email);
    let password = Password::new(PASSWORD);
    let guestlist = &app.app.guestlist;
    let signed_in = guestlist.sign_in(Some(&email), password, Client::default(), wanted);
    signed_in.await.expect("signs in")
}

/// Returns a token of this kind, of a new user. An expired or ended token was accepted before.
async fn token(app: &TestApp, kind: Kind) -> Option<String> {
    let email = new_email();
    let guestlist = &app.app.guestlist;
    let session = app.signed_in(&email).await;
    let id = app.user(&email).await.id;
    let day = Duration::from_secs(86_400);
    let of = |signed_in: &SignedIn| signed_in.access_token.expose().to_owned();
    let open = async |wanted| of(&sign_in(app, &email, wanted).await);
    let expired = async |token: String| {
        assert_eq!(app.get("/api/v1/me", Some(&token)).await.status, 200);
        app.clock.advance(day);
        token
    };
    let ended = async |wanted| {
        let token = open(wanted).await;
        assert_eq!(app.get("/api/v1/me", Some(&token)).await.status, 200);
        let answer = app.delete("/api/v1/sessions/current", Some(&token)).await;
        assert_eq!(answer.status, 204);
        token
    };
    Some(match kind {
        Kind::Nothing => return None,
        Kind::Garbage => "bad".to_owned(),
        Kind::DatabaseSession => open(Wanted::DATABASE).await,
        Kind::JwtSession => open(Wanted::JWT).await,
        Kind::CompatSession => open(Wanted::JWT_ALONE).await,
        Kind::ExpiredDatabaseSession => expired(open(Wanted::DATABASE).await).await,
        Kind::ExpiredJwtSession => expired(open(Wanted::JWT).await).await,
        Kind::EndedDatabaseSession => ended(Wanted::DATABASE).await,
        Kind::EndedJwtSession => ended(Wanted::JWT).await,
        Kind::Refresh => app.open(&email).await.refresh,
        Kind::Cookie => open(Wanted::Cookie).await,
        Kind::PersonalToRead => app.personal_token(&session, "read").await,
        Kind::PersonalToWrite => app.personal_token(&session, "write").await,
        Kind::ExpiredPersonal => expired(app.personal_token(&session, "write").await).await,
        Kind::RetiredPersonal => {
            let token = app.personal_token(&session, "write").await;
            guestlist.revoke(&token).await.expect("revokes");
            token
        }
        Kind::Service => app.service_token().await,
        Kind::RevokedService => {
            let token = app.service_token().await;
            guestlist.revoke(&token).await.expect("revokes");
            token
        }
        Kind::SessionOfADisabledUser => {
            guestlist.disable_user(id).await.expect("disables");
            session
        }
        Kind::PersonalOfADisabledUser => {
            let token = app.personal_token(&session, "write").await;
            guestlist.disable_user(id).await.expect("disables");
            token
        }
        Kind::SessionOfADeletedUser => {
            guestlist.delete_user(id).await.expect("deletes");
            session
        }
    })
}

fn filled(path: &str) -> String {
    path.replace("{id}", "01930000-0000-7000-8000-000000000000")
}

#[tokio::test]
async fn every_address_is_in_the_table() {
    let app = TestApp::start().await;
    let api = app.get("/openapi.json", None).await.json();
    let described: BTreeSet<_> = api["paths"]
        .as_object()
        .expect("is an object")
        .iter()
        .flat_map(|(path, item)| {
            let methods = item.as_object().expect("is an object").keys();
            methods.map(move |method| (method.to_uppercase(), path.clone()))
        })
        .collect();
    let row = |(method, path, _): (&str, &str, Lets)| (method.to_owned(), path.to_owned());
    assert_eq!(described, TABLE.map(row).into());
}

#[tokio::test]
async fn a_token_is_accepted_exactly_where_the_table_says() {
    let app = TestApp::start().await;
    for (method, path, lets) in TABLE {
        let method: Method = method.parse().expect("is a method");
        for kind in KINDS {
            let token = token(&app, kind).await;
            let answer = app
                .request(method.clone(), &filled(path), token.as_deref(), None)
                .await;
            let expected = lets.judge(kind, &method);
            assert_eq!(verdict(&answer), expected, "{method} {path} {kind:?}");
        }
    }
}

/// Whether the address accepts cookies: those of the FastAPI book and of OAuth do not.
fn is_for_browsers(path: &str) -> bool {
    path.starts_with("/api/v1/") && !path.starts_with("/api/v1/token")
}

async fn with_cookie(
    app: &TestApp,
    method: &Method,
    path: &str,
    cookie: &str,
    token: &str,
) -> Answer {
    let headers = [("cookie", cookie), ("x-csrf-token", token)];
    app.with_headers(method.clone(), &filled(path), &headers, "")
        .await
}

#[tokio::test]
async fn a_cookie_is_accepted_like_a_session_token_except_at_addresses_for_programs() {
    let app = TestApp::start().await;
    for (method, path, lets) in TABLE {
        let method: Method = method.parse().expect("is a method");
        let email = new_email();
        app.signed_in(&email).await;
        let held = app.browsing(&email).await;
        let answer = with_cookie(&app, &method, path, &held.cookie, &held.csrf_token).await;
        let kind = if is_for_browsers(path) {
            Kind::DatabaseSession
        } else {
            Kind::Nothing
        };
        let expected = lets.judge(kind, &method);
        assert_eq!(verdict(&answer), expected, "{method} {path}");
    }
}

/// CS01: at every address that accepts cookies.
#[tokio::test]
async fn a_cookie_without_its_csrf_token_changes_nothing_at_any_address() {
    let app = TestApp::start().await;
    let email = new_email();
    app.signed_in(&email).await;
    let (held, other) = (app.browsing(&email).await, app.browsing(&email).await);
    for (method, path, lets) in TABLE {
        let method: Method = method.parse().expect("is a method");
        for token in ["", &other.csrf_token] {
            let answer = with_cookie(&app, &method, path, &held.cookie, token).await;
            if is_for_browsers(path) && !method.is_safe() {
                answer.refused(403, "csrf_token");
            } else if !is_for_browsers(path) {
                let expected = lets.judge(Kind::Nothing, &method);
                assert_eq!(verdict(&answer), expected, "{method} {path}");
            }
        }
    }
    let me = with_cookie(&app, &Method::GET, "/api/v1/me", &held.cookie, "").await;
    assert_eq!(me.status, 200, "is still signed in");
}

/// A cookie of an ended session is refused if a user is required, and ignored if not.
#[tokio::test]
async fn a_cookie_of_an_ended_session_is_not_accepted() {
    let app = TestApp::start().await;
    let email = new_email();
    app.signed_in(&email).await;
    let held = app.browsing(&email).await;
    let answer = with_cookie(
        &app,
        &Method::DELETE,
        "/api/v1/sessions/current",
        &held.cookie,
        &held.csrf_token,
    )
    .await;
    assert_eq!(answer.status, 204, "{answer:?}");
    for (method, path, lets) in TABLE {
        let method: Method = method.parse().expect("is a method");
        let answer = with_cookie(&app, &method, path, &held.cookie, &held.csrf_token).await;
        let expected = match lets {
            Lets::Any | Lets::AnonymousAndDelegates | Lets::AnonymousAndUsers => Verdict::Accepted,
            _ if is_for_browsers(path) => Verdict::InvalidToken,
            _ => Verdict::NotAuthenticated,
        };
        assert_eq!(verdict(&answer), expected, "{method} {path}");
    }
}

/// An access token is not accepted in a cookie of any name.
#[tokio::test]
async fn an_access_token_in_a_cookie_is_accepted_at_no_address() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    let names = ["__Host-guestlist", "token", "access_token", "session"];
    let others = names.map(|name| format!("{name}={token}")).join("; ");
    let ours = format!("guestlist={token}");
    for (method, path, lets) in TABLE {
        let method: Method = method.parse().expect("is a method");
        let answer = with_cookie(&app, &method, path, &others, "").await;
        let expected = lets.judge(Kind::Nothing, &method);
        assert_eq!(verdict(&answer), expected, "{method} {path}");
        let answer = with_cookie(&app, &method, path, &ours, "").await;
        let expected = match lets.judge(Kind::Nothing, &method) {
            Verdict::NotAuthenticated if is_for_browsers(path) => Verdict::InvalidToken,
            expected => expected,
        };
        assert_eq!(verdict(&answer), expected, "{method} {path}");
    }
}

//! Sign-up, sign-in and an account behind a cookie, for a page on another origin. The addresses and
//! texts are those of a FastAPI tutorial. It uses CORS with credentials, and a CSRF token that the
//! page's script reads from a cookie and sends in a header.

use axum::{Router, extract::Request, extract::State, http::HeaderMap, http::StatusCode};
use axum::{http::HeaderName, http::Method, http::header as h, middleware::Next};
use axum::{middleware::from_fn, middleware::map_response, response::IntoResponse};
use axum::{response::Response, routing::get, routing::post};
use guestlist::{ChangeEmailError, Email, Guestlist, Lifetimes, Password, PasswordPolicy};
use guestlist::{SecretKey, User};
use guestlist_axum::{BrowserLayer, CookieSignIn, CsrfToken, CurrentSession, CurrentUser};
use guestlist_axum::{
    FieldError, FormOrEmpty, FromOwnPage, Json, NewAccount, Private, Reauthenticated,
};
use guestlist_axum::{Problem, ValidationError, WebOrigin, cors, to_other_slash};
use guestlist_sqlite::SqliteStore;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::net::TcpListener;

/// The origin of the page that uses this program.
const PAGE: &str = "http://localhost:9000";
const CSRF_HEADER: HeaderName = HeaderName::from_static("x-csrftoken");

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let address = std::env::args().nth(1).unwrap_or("127.0.0.1:8000".into());
    let store = SqliteStore::open("guestlist.sqlite").await?;
    let secret = SecretKey::load_or_create("secret.key")?;
    let policy = PasswordPolicy {
        min_chars: 1, // The tutorial's value. The default is 8.
        ..PasswordPolicy::default()
    };
    let lifetimes = Lifetimes {
        session: Duration::from_secs(24 * 60 * 60),
        ..Lifetimes::default()
    };
    let guestlist = Guestlist::builder(store, secret)
        .password_policy(policy)
        .lifetimes(lifetimes)
        .build()?;
    tokio::spawn(guestlist.upkeep().run());
    let page: WebOrigin = PAGE.parse()?;
    // Browsers accept `Secure` cookies from a loopback address even without TLS.
    let browser = BrowserLayer::builder(guestlist.clone(), format!("http://{address}"))
        .allow_origins([page.clone()])
        .session_cookie("token")
        .secure_cookies(true)
        .csrf_header(CSRF_HEADER)
        .build()?;
    let app = Router::new()
        .route("/csrf", get(csrf))
        .route("/register", post(register))
        .route("/login", post(login))
        .route("/me", get(me).post(change_me))
        .fallback(to_other_slash)
        .layer(browser)
        .layer(map_response(tutorial_form))
        .layer(cors([page], |_| true).allow_headers([h::CONTENT_TYPE, CSRF_HEADER]))
        .layer(from_fn(refuse_other_preflights))
        .with_state(guestlist);
    axum::serve(TcpListener::bind(address).await?, app).await?;
    Ok(())
}

/// The page's script reads this cookie, so it is not `HttpOnly`. It grants nothing by itself.
async fn csrf(token: CsrfToken, headers: HeaderMap) -> impl IntoResponse {
    let is_there = cookie(&headers, "csrftoken").is_some_and(|held| token.accepts(held));
    let header = format!("csrftoken={token}; Path=/; SameSite=Lax; Secure");
    let set = (!is_there).then_some([(h::SET_COOKIE, header)]);
    match set {
        Some(set) => (set, axum::Json(Value::Null)).into_response(),
        None => axum::Json(Value::Null).into_response(),
    }
}

async fn register(
    State(guestlist): State<Guestlist>,
    NewAccount { email, password }: NewAccount,
) -> Result<impl IntoResponse, Problem> {
    let user = guestlist.sign_up(email, password).await?;
    Ok((StatusCode::CREATED, shown(&user)))
}

async fn login(
    _: FromOwnPage,
    browser: CookieSignIn,
    FormOrEmpty(form): FormOrEmpty,
) -> Result<impl IntoResponse, Problem> {
    let [email, password] = form.all_needed(["email", "password"])?;
    let (email, password) = (Email::parse(email).ok(), Password::new(password));
    let (_, cookie) = browser.sign_in(email.as_ref(), password).await?;
    Ok((cookie, axum::Json(Value::Null)))
}

async fn me(user: CurrentUser) -> impl IntoResponse {
    shown(user.user())
}

#[derive(serde::Deserialize)]
struct Change {
    email: String,
}

async fn change_me(
    State(guestlist): State<Guestlist>,
    headers: HeaderMap,
    Reauthenticated(current): Reauthenticated<CurrentSession>,
    Json(change): Json<Change>,
) -> Result<impl IntoResponse, Problem> {
    // The browser layer has checked that the header's token belongs to this session. The tutorial
    // also requires that it equals the cookie.
    let sent = headers
        .get(CSRF_HEADER)
        .and_then(|value| value.to_str().ok());
    if cookie(&headers, "csrftoken") != sent {
        return Err(Problem::forbidden(
            "csrf_token",
            "the header differs from the cookie",
        ));
    }
    let email = Email::parse(&change.email)?;
    match guestlist.change_email(current.session().id, email).await {
        Err(ChangeEmailError::EmailTaken) => {
            let taken = FieldError::new("/email", "taken", "another user has this address");
            Err(taken.into())
        }
        changed => Ok(shown(&changed?)),
    }
}

fn shown(user: &User) -> Private<axum::Json<Value>> {
    let body = json!({ "email": user.email.as_given(), "id": user.id.to_string() });
    Private(body.into())
}

fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(h::COOKIE).iter();
    let mut pairs = lines.flat_map(|line| line.to_str().unwrap_or_default().split("; "));
    pairs.find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
}

/// Refuses preflights from other origins with 400. Without this, browsers would refuse them too,
/// because nothing allows them.
async fn refuse_other_preflights(request: Request, next: Next) -> Response {
    let headers = request.headers();
    let is_preflight = headers.contains_key(h::ACCESS_CONTROL_REQUEST_METHOD);
    let is_known = headers.get(h::ORIGIN).is_some_and(|origin| origin == PAGE);
    if request.method() == Method::OPTIONS && is_preflight && !is_known {
        return (StatusCode::BAD_REQUEST, "Disallowed CORS origin").into_response();
    }
    next.run(request).await
}

async fn tutorial_form(mut response: Response) -> Response {
    if let Some(problem) = Problem::of(&response) {
        let (mut status, mut detail) = match problem.code() {
            "email_taken" => (StatusCode::BAD_REQUEST, json!("Email already exists")),
            "not_authenticated" => (StatusCode::FORBIDDEN, json!("Not authenticated")),
            "wrong_credentials" | "invalid_token" => (problem.status(), json!("Unauthorized")),
            "csrf_token" | "foreign_page" => {
                (problem.status(), json!("CSRF token verification failed"))
            }
            _ => (problem.status(), json!(problem.detail())),
        };
        if let Some(mistakes) = ValidationError::all_of(&problem) {
            (status, detail) = (StatusCode::UNPROCESSABLE_ENTITY, json!(mistakes));
        }
        Problem::rewrite(&mut response, status, &json!({ "detail": detail }));
    }
    response
}

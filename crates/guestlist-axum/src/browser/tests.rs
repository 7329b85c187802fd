//! What a browser does with our cookies, and what other sites can make it do. The labels (CK02,
//! CS01) are those of this project's list of bad inputs.

mod cookie;
mod csrf;
mod renewal;

use std::convert::Infallible;

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{FromRef, State},
    http::{
        HeaderMap, Method, Request, StatusCode,
        header::{COOKIE, SET_COOKIE},
    },
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use guestlist::{
    Client, Email, FormOf, Guestlist, Password, SignedIn, Wanted,
    testing::{email, guestlist},
};
use tower::{Layer, ServiceExt, util::BoxCloneSyncService};

use super::{BrowserLayer, BrowserLayerBuilder};
use crate::{
    CookieSignIn, CsrfToken, CurrentSession, CurrentUser, OwnForm, Problem, SessionCookie,
    local_path,
};

const BASE_URL: &str = "https://app.example";
const COOKIE_NAME: &str = "__Host-guestlist";
const FORM_COOKIE: &str = "__Host-guestlist-form";
const PASSWORD: &str = "exemplary";
const ADA: &str = "ada@example.com";
const EVE: &str = "eve@example.com";
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
const JSON: (&str, &str) = ("content-type", "application/json");

/// An application with a few pages, and the accounts of Ada and Eve.
struct Fixture {
    guestlist: Guestlist,
    service: BoxCloneSyncService<Request<Body>, Response, Infallible>,
}

/// A complete response.
#[derive(Debug)]
struct Answer {
    status: u16,
    headers: HeaderMap,
    body: String,
}

/// A browser's cookie, and the token of a form that it was shown.
struct Browsing {
    cookie: String,
    token: String,
}

#[derive(Clone)]
struct App(Guestlist);

impl FromRef<App> for Guestlist {
    fn from_ref(app: &App) -> Self {
        app.0.clone()
    }
}

async fn sign_in(browser: CookieSignIn, OwnForm(form): OwnForm) -> Result<Response, Problem> {
    let email = Email::parse(form.needed("email")?).ok();
    let password = Password::new(form.needed("password")?);
    let (user, cookie) = browser.sign_in(email.as_ref(), password).await?;
    let next = form.get("next").and_then(local_path).unwrap_or("/");
    assert_eq!(user.email.as_given(), ADA);
    Ok((cookie, Redirect::to(next)).into_response())
}

async fn sign_out(
    State(guestlist): State<Guestlist>,
    current: CurrentSession,
    _: OwnForm,
) -> Result<impl IntoResponse, Problem> {
    guestlist.sign_out(current.session().id).await?;
    Ok((SessionCookie::cleared(), Redirect::to("/")))
}

/// A handler that forgets to ask for an [`OwnForm`]: it must not set a cookie.
async fn unguarded_sign_in(browser: CookieSignIn) -> Result<impl IntoResponse, Problem> {
    let email = email(ADA);
    let (_, cookie) = browser
        .sign_in(Some(&email), Password::new(PASSWORD))
        .await?;
    Ok((cookie, Redirect::to("/")))
}

fn routes() -> Router<App> {
    let whose = async |user: CurrentUser| user.email().to_string();
    Router::new()
        .merge(crate::routes())
        .route("/form", get(async |token: CsrfToken| token.to_string()))
        .route("/sign-in", post(sign_in))
        .route("/unguarded-sign-in", post(unguarded_sign_in))
        .route("/sign-out", post(sign_out))
        .route(
            "/hello",
            get(whose).post(whose).put(whose).patch(whose).delete(whose),
        )
        .route(
            "/maybe",
            get(async |user: Option<CurrentUser>| match user {
                Some(user) => user.email().to_string(),
                None => "a stranger".to_owned(),
            }),
        )
        .route("/echo", post(async |_: CurrentUser, body: String| body))
}

impl Fixture {
    async fn new() -> Self {
        Self::with(BASE_URL, |layer| layer).await
    }

    async fn with(
        base_url: &str,
        configure: impl FnOnce(BrowserLayerBuilder) -> BrowserLayerBuilder,
    ) -> Self {
        let guestlist = guestlist();
        for address in [ADA, EVE] {
            let signed_up = guestlist.sign_up(email(address), Password::new(PASSWORD));
            signed_up.await.expect("signs up");
        }
        let layer = BrowserLayer::builder(guestlist.clone(), base_url);
        let layer = configure(layer).build().expect("builds");
        let routes = routes().with_state(App(guestlist.clone()));
        Self {
            guestlist,
            service: BoxCloneSyncService::new(layer.layer(routes)),
        }
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request
            .body(Body::from(body.to_owned()))
            .expect("is a request");
        self.answer(request).await
    }

    async fn answer(&self, request: Request<Body>) -> Answer {
        let Ok(response) = self.service.clone().oneshot(request).await;
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.expect("has a body");
        Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body: String::from_utf8(body.to_vec()).expect("is text"),
        }
    }

    async fn get(&self, path: &str, cookie: &str) -> Answer {
        self.send(Method::GET, path, &[("cookie", cookie)], "")
            .await
    }

    async fn post(&self, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        self.send(Method::POST, path, headers, body).await
    }

    /// Opens another session of this user.
    async fn open(&self, address: &str, wanted: Wanted) -> SignedIn {
        let (email, password) = (email(address), Password::new(PASSWORD));
        let signed_in = self
            .guestlist
            .sign_in(Some(&email), password, Client::default(), wanted);
        signed_in.await.expect("signs in")
    }

    async fn browsing(&self, address: &str) -> Browsing {
        let signed_in = self.open(address, Wanted::Cookie).await;
        let session = FormOf::Session(signed_in.session.id);
        Browsing {
            cookie: format!("{COOKIE_NAME}={}", signed_in.access_token.expose()),
            token: self.guestlist.form_token(session),
        }
    }

    /// Returns the cookie and the token that a page with a form leaves in the browser of a visitor
    /// who is not signed in.
    async fn visiting(&self) -> Browsing {
        let page = self.send(Method::GET, "/form", &[], "").await;
        let cookie = page.cookie(FORM_COOKIE).expect("is set").to_owned();
        Browsing {
            cookie,
            token: page.body,
        }
    }

    /// Fills in the sign-in form of the page `from`, and sends it with these cookies.
    async fn sign_in(&self, from: &Browsing, cookies: &str, next: &str) -> Answer {
        let next = next
            .replace('%', "%25")
            .replace('#', "%23")
            .replace('&', "%26");
        let next = next.replace('+', "%2B");
        let token = &from.token;
        let body =
            format!("email=ada%40example.com&password={PASSWORD}&csrf_token={token}&next={next}");
        self.post("/sign-in", &[FORM, ("cookie", cookies)], &body)
            .await
    }

    /// Whether the cookie identifies a user.
    async fn opens(&self, cookie: &str) -> bool {
        match self.get("/hello", cookie).await.status {
            200 => true,
            401 => false,
            other => panic!("{other}"),
        }
    }
}

impl Answer {
    fn all(&self, name: impl axum::http::header::AsHeaderName) -> Vec<&str> {
        let values = self.headers.get_all(name).iter();
        values
            .map(|value| value.to_str().expect("is text"))
            .collect()
    }

    /// The whole `Set-Cookie` header of this cookie.
    fn set_cookie(&self, name: &str) -> Option<&str> {
        let mut all = self.all(SET_COOKIE).into_iter();
        let is_it = |header: &&str| header.split('=').next() == Some(name);
        let found = all.find(is_it);
        assert!(!all.any(|header| is_it(&header)), "set once");
        found
    }

    /// The cookie's name and value, as a browser sends them back.
    fn cookie(&self, name: &str) -> Option<&str> {
        self.set_cookie(name)?.split(';').next()
    }

    #[track_caller]
    fn refused(&self, status: u16, code: &str) {
        assert_eq!(self.status, status, "{self:?}");
        assert!(
            self.body.contains(&format!("\"code\":\"{code}\"")),
            "{self:?}"
        );
        assert_eq!(self.all(SET_COOKIE), [""; 0], "a refusal changes no cookie");
    }
}

//! An application on a new database, with methods for what a client does.

use std::{
    convert::Infallible,
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use axum::{
    body::{Body, to_bytes},
    http::{
        HeaderMap, HeaderName, Method, Request, StatusCode,
        header::{AUTHORIZATION, CONTENT_TYPE, HOST},
    },
    response::Response,
};
use guestlist::{
    Builder, Client, Clock, FormOf, Guestlist, MessageFilter, MessageKind, Password, PasswordCost,
    Role, SecretKey, Store, Strategy, TokenName, User, UserId, Wanted, testing::ManualClock,
};
use guestlist_server::{
    app::{App, Parts},
    database::Stores,
    exports::Exports,
    router::Surroundings,
    serve::Readiness,
};
use planner::Planner;
use serde_json::Value;
use tower::{ServiceExt, util::BoxCloneSyncService};

use crate::{test_database::TestDatabase, users::Installation};

/// The secret key of every test application. An attacker in a test does not know it.
pub(crate) const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef";
pub(crate) const BASE_URL: &str = "http://127.0.0.1:8080";
pub(crate) const PASSWORD: &str = "exemplary";

/// An application, its stores, and its clock.
pub(crate) struct TestApp {
    service: BoxCloneSyncService<Request<Body>, Response, Infallible>,
    pub(crate) app: App,
    pub(crate) stores: Stores,
    pub(crate) clock: Arc<ManualClock>,
    /// Keeps the database for as long as the application exists.
    _kept: Box<dyn Send + Sync>,
}

/// The browser of a signed-in user.
pub(crate) struct Browsing {
    /// The value of the `Cookie` header.
    pub(crate) cookie: String,
    /// The CSRF token of a form that this browser was shown.
    pub(crate) csrf_token: String,
}

/// The tokens of a session that a client holds.
pub(crate) struct Tokens {
    pub(crate) access: String,
    pub(crate) refresh: String,
}

/// A response whose body was read completely.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl TestApp {
    pub(crate) async fn start() -> Self {
        Self::settled(|builder| builder).await
    }

    /// Starts an application whose default token strategy is `strategy`.
    pub(crate) async fn handing_out(strategy: Strategy) -> Self {
        Self::settled(|builder| builder.strategy(strategy)).await
    }

    /// Starts an application with changed library settings.
    pub(crate) async fn settled(settle: impl FnOnce(Builder) -> Builder) -> Self {
        let database = TestDatabase::new();
        let stores = Stores::open(database.url()).await.expect("opens");
        Self::made(stores.accounts.clone(), stores, database, settle)
    }

    /// Starts an application on the database of an installation.
    pub(crate) async fn on_installation(installation: Installation) -> Self {
        let stores = Stores::open(&installation.url()).await.expect("opens");
        // Hashes of other systems keep their real cost, and all tests may run at the same time.
        Self::made(stores.accounts.clone(), stores, installation, |builder| {
            builder.hashing_wait(Duration::from_secs(60))
        })
    }

    /// Builds an application over another store, which may fail.
    pub(crate) fn over(
        store: Arc<dyn Store>,
        stores: Stores,
        kept: impl Send + Sync + 'static,
        settle: impl FnOnce(Builder) -> Builder,
    ) -> Self {
        Self::made(store, stores, kept, settle)
    }

    fn made(
        store: Arc<dyn Store>,
        stores: Stores,
        kept: impl Send + Sync + 'static,
        settle: impl FnOnce(Builder) -> Builder,
    ) -> Self {
        let clock = Arc::new(ManualClock::new());
        let builder = Guestlist::builder_over(store, SecretKey::new(SECRET).expect("is a key"))
            .issuer(BASE_URL)
            .clock(clock.clone())
            .password_cost(PasswordCost::for_tests());
        let guestlist = settle(builder).build().expect("builds");
        let planner_clock: Arc<dyn Clock> = clock.clone();
        let planner = Planner::new(stores.planner.clone(), planner_clock);
        let app = App::with(Parts {
            guestlist,
            planner,
            readiness: Readiness::default(),
            base_url: BASE_URL.to_owned(),
            name: "guestlist".into(),
            shows_creator_email: true,
            clock: clock.clone(),
            exports: Exports::default(),
        });
        let service = app.clone().service(Surroundings::default());
        Self {
            service: BoxCloneSyncService::new(service.expect("has a base URL")),
            app,
            stores,
            clock,
            _kept: Box::new(kept),
        }
    }

    /// The same application behind proxies in the network `proxies`.
    pub(crate) fn behind(mut self, proxies: &str) -> Self {
        let service = self.app.clone().service(Surroundings {
            trusted_proxies: vec![proxies.parse().expect("is a network")],
            ..Surroundings::default()
        });
        self.service = BoxCloneSyncService::new(service.expect("has a base URL"));
        self
    }

    /// The same application with these surroundings, at the base URL `base_url`.
    pub(crate) fn surrounded(mut self, base_url: &str, surroundings: Surroundings) -> Self {
        self.app = App::with(Parts {
            guestlist: self.app.guestlist.clone(),
            planner: self.app.planner.clone(),
            readiness: Readiness::default(),
            base_url: base_url.to_owned(),
            name: self.app.name.clone(),
            shows_creator_email: self.app.shows_creator_email,
            clock: self.app.clock.clone(),
            exports: self.app.exports.clone(),
        });
        let service = self.app.clone().service(surroundings);
        self.service = BoxCloneSyncService::new(service.expect("has a base URL"));
        self
    }

    /// The same application on a server that hides the creators' e-mail addresses.
    pub(crate) fn showing_names(self) -> Self {
        let app = App::with(Parts {
            guestlist: self.app.guestlist.clone(),
            planner: self.app.planner.clone(),
            readiness: Readiness::default(),
            base_url: BASE_URL.to_owned(),
            name: self.app.name.clone(),
            shows_creator_email: false,
            clock: self.app.clock.clone(),
            exports: self.app.exports.clone(),
        });
        Self { app, ..self }.surrounded(BASE_URL, Surroundings::default())
    }

    /// The same application with a limit of `most` events per user.
    pub(crate) fn with_events_per_user(mut self, most: u32) -> Self {
        self.app = App::with(Parts {
            guestlist: self.app.guestlist.clone(),
            planner: self.app.planner.clone().events_per_user(most),
            readiness: Readiness::default(),
            base_url: self.app.base_url.clone(),
            name: self.app.name.clone(),
            shows_creator_email: self.app.shows_creator_email,
            clock: self.app.clock.clone(),
            exports: self.app.exports.clone(),
        });
        self.surrounded(BASE_URL, Surroundings::default())
    }

    /// The same application on a site in the time zone `name`.
    pub(crate) fn in_time_zone(mut self, name: &str) -> Self {
        let zone = planner::Zone::find(name).expect("is a zone");
        self.app = App::with(Parts {
            guestlist: self.app.guestlist.clone(),
            planner: self.app.planner.clone().in_time_zone(zone),
            readiness: Readiness::default(),
            base_url: self.app.base_url.clone(),
            name: self.app.name.clone(),
            shows_creator_email: self.app.shows_creator_email,
            clock: self.app.clock.clone(),
            exports: self.app.exports.clone(),
        });
        self.surrounded(BASE_URL, Surroundings::default())
    }

    /// Returns the token of the newest message of that kind, as the reader of the mail gets it.
    pub(crate) async fn newest_link(&self, user: Option<UserId>, kind: MessageKind) -> String {
        let filter = MessageFilter {
            kind: Some(kind),
            user,
            ..MessageFilter::default()
        };
        let found = self.stores.accounts.list_messages(filter, None, 1).await;
        let message = found.expect("answers").pop().expect("there is one");
        let token = self.app.guestlist.token_of_link(&message);
        token.expect("has a link").expose().to_owned()
    }

    /// Returns the code of the newest message of that kind, as the reader of the mail gets it.
    pub(crate) async fn newest_code(&self, kind: MessageKind) -> String {
        let filter = MessageFilter {
            kind: Some(kind),
            ..MessageFilter::default()
        };
        let found = self.stores.accounts.list_messages(filter, None, 1).await;
        let message = found.expect("answers").pop().expect("there is one");
        let code = self.app.guestlist.code_of(&message);
        code.expect("has a code").to_string()
    }

    /// Returns how many messages of that kind there are.
    pub(crate) async fn count_messages(&self, kind: MessageKind) -> usize {
        let filter = MessageFilter {
            kind: Some(kind),
            ..MessageFilter::default()
        };
        let found = self
            .stores
            .accounts
            .list_messages(filter, None, 1_000)
            .await;
        found.expect("answers").len()
    }

    /// Sends a request and returns the response with an unread body.
    pub(crate) async fn answered(&self, request: Request<Body>) -> Response {
        let answered = self.service.clone().oneshot(self.hosted(request)).await;
        answered.expect("answers")
    }

    /// Opens another session of an existing user in a browser.
    pub(crate) async fn browsing(&self, email: &str) -> Browsing {
        let (email, password) = (guestlist::testing::email(email), Password::new(PASSWORD));
        let guestlist = &self.app.guestlist;
        let signed_in =
            guestlist.sign_in(Some(&email), password, Client::default(), Wanted::Cookie);
        let signed_in = signed_in.await.expect("signs in");
        Browsing {
            cookie: format!("guestlist={}", signed_in.access_token.expose()),
            csrf_token: guestlist.form_token(FormOf::Session(signed_in.session.id)),
        }
    }

    /// Sends a request. Adds the host of the base URL if the request names no host.
    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        self.send_bare(self.hosted(request)).await
    }

    /// Adds the host of the base URL if the request names no host.
    fn hosted(&self, mut request: Request<Body>) -> Request<Body> {
        if request.uri().authority().is_none() && !request.headers().contains_key(HOST) {
            let host = self.app.base_url.split_once("://").expect("is a URL").1;
            let host = host.parse().expect("is a header");
            request.headers_mut().insert(HOST, host);
        }
        request
    }

    /// Sends a request without adding a host.
    pub(crate) async fn send_bare(&self, request: Request<Body>) -> Answer {
        let response = self
            .service
            .clone()
            .oneshot(request)
            .await
            .expect("answers");
        let (parts, body) = response.into_parts();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: to_bytes(body, usize::MAX)
                .await
                .expect("has a body")
                .to_vec(),
        }
    }

    /// Sends a request with a body of the given media type, and with a token if there is one.
    pub(crate) async fn request(
        &self,
        method: Method,
        path: &str,
        token: Option<&str>,
        body: Option<(&str, Vec<u8>)>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(token) = token {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        let body = match body {
            Some((mime, body)) => {
                request = request.header(CONTENT_TYPE, mime);
                Body::from(body)
            }
            None => Body::empty(),
        };
        self.send(request.body(body).expect("is a request")).await
    }

    /// Sends a request with these headers.
    pub(crate) async fn with_headers(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(body.into()).expect("is a request"))
            .await
    }

    pub(crate) async fn get(&self, path: &str, token: Option<&str>) -> Answer {
        self.request(Method::GET, path, token, None).await
    }

    pub(crate) async fn delete(&self, path: &str, token: Option<&str>) -> Answer {
        self.request(Method::DELETE, path, token, None).await
    }

    pub(crate) async fn post(&self, path: &str, token: Option<&str>, json: &Value) -> Answer {
        self.json(Method::POST, path, token, json.to_string()).await
    }

    pub(crate) async fn put(&self, path: &str, token: Option<&str>, json: &Value) -> Answer {
        self.json(Method::PUT, path, token, json.to_string()).await
    }

    /// Sends a body that is declared as JSON and may be something else.
    pub(crate) async fn json(
        &self,
        method: Method,
        path: &str,
        token: Option<&str>,
        body: impl Into<Vec<u8>>,
    ) -> Answer {
        self.request(method, path, token, Some(("application/json", body.into())))
            .await
    }

    /// Sends a URL-encoded form.
    pub(crate) async fn form(&self, path: &str, body: impl Into<Vec<u8>>) -> Answer {
        let mime = "application/x-www-form-urlencoded";
        self.request(Method::POST, path, None, Some((mime, body.into())))
            .await
    }

    /// Signs a new user up and in, and returns the access token.
    pub(crate) async fn signed_in(&self, email: &str) -> String {
        let credentials = serde_json::json!({ "email": email, "password": PASSWORD });
        let signed_up = self.post("/user/signup", None, &credentials).await;
        assert_eq!(signed_up.status, 200, "{signed_up:?}");
        self.sign_in(email).await
    }

    /// Signs a new user up and in, makes an administrator of the user, and returns the access
    /// token.
    pub(crate) async fn administrator(&self, email: &str) -> String {
        let token = self.signed_in(email).await;
        let user = self.user(email).await.id;
        let set = self.app.guestlist.set_role(user, Role::Admin).await;
        set.expect("sets");
        token
    }

    /// Opens another session of an existing user and returns the access token.
    pub(crate) async fn sign_in(&self, email: &str) -> String {
        self.open(email).await.access
    }

    /// Opens another session of an existing user and returns its tokens.
    pub(crate) async fn open(&self, email: &str) -> Tokens {
        let credentials = serde_json::json!({ "email": email, "password": PASSWORD });
        let signed_in = self.post("/api/v1/sessions", None, &credentials).await;
        assert_eq!(signed_in.status, 201, "{signed_in:?}");
        signed_in.tokens()
    }

    /// Sends a refresh token to the token endpoint.
    pub(crate) async fn refresh(&self, token: &str) -> Answer {
        let form = format!("grant_type=refresh_token&refresh_token={token}");
        self.form("/api/v1/token", form).await
    }

    /// Creates a personal access token for the session's user, valid for an hour.
    pub(crate) async fn personal_token(&self, session: &str, scope: &str) -> String {
        let wanted = serde_json::json!({ "name": "backup", "scope": scope, "expires_in": 3_600 });
        let made = self.post("/api/v1/me/tokens", Some(session), &wanted).await;
        assert_eq!(made.status, 201, "{made:?}");
        made.json()["token"]
            .as_str()
            .expect("is a string")
            .to_owned()
    }

    /// Issues a service token.
    pub(crate) async fn service_token(&self) -> String {
        let name = TokenName::parse("gateway").expect("is a name");
        let issued = self.app.guestlist.issue_service_token(name, None).await;
        issued.expect("issues").secret.expose().to_owned()
    }

    /// Asks the introspection endpoint about `token`, with the service token `service`.
    pub(crate) async fn introspect(&self, service: &str, token: &str) -> Answer {
        let form = (
            "application/x-www-form-urlencoded",
            format!("token={token}").into(),
        );
        let path = "/api/v1/token/introspect";
        self.request(Method::POST, path, Some(service), Some(form))
            .await
    }

    /// Returns the record of an existing user.
    pub(crate) async fn user(&self, email: &str) -> User {
        let email = guestlist::testing::email(email);
        let user = self.stores.accounts.find_user_by_email(&email).await;
        user.expect("answers").expect("is there")
    }
}

impl Answer {
    /// Asserts that this is the given refusal in problem details, and returns its body.
    #[track_caller]
    pub(crate) fn refused(&self, status: u16, code: &str) -> Value {
        assert_eq!(self.status, status, "{self:?}");
        let mime = self.header("content-type");
        assert_eq!(mime, Some("application/problem+json"), "{self:?}");
        let body = self.json();
        assert_eq!(body["code"], code, "{body}");
        assert_eq!(body["status"], status, "{body}");
        assert_eq!(body["type"], format!("/problems/{code}"), "{body}");
        assert_eq!(body["request_id"].as_str(), self.header("x-request-id"));
        for name in ["title", "detail", "instance"] {
            assert!(body[name].is_string(), "{body}");
        }
        body
    }

    /// Asserts that this is a 422, and returns the pointer and code of each error.
    #[track_caller]
    pub(crate) fn invalid(&self) -> Vec<(String, String)> {
        let body = self.refused(422, "invalid");
        let errors = body["errors"].as_array().expect("is a list");
        let text = |value: &Value| value.as_str().expect("is a string").to_owned();
        errors
            .iter()
            .map(|error| {
                assert!(error["detail"].is_string(), "{error}");
                (text(&error["pointer"]), text(&error["code"]))
            })
            .collect()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.text()))
    }

    /// Returns the tokens in the response.
    #[track_caller]
    pub(crate) fn tokens(&self) -> Tokens {
        let body = self.json();
        let text = |name: &str| body[name].as_str().expect("is a string").to_owned();
        Tokens {
            access: text("access_token"),
            refresh: text("refresh_token"),
        }
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn header(&self, name: impl TryInto<HeaderName>) -> Option<&str> {
        let name = name.try_into().ok()?;
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            status, headers, ..
        } = self;
        write!(f, "{status} {headers:?} {}", self.text())
    }
}

/// Returns an e-mail address that no other test of this process uses.
pub(crate) fn new_email() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    format!(
        "somebody{}@example.com",
        NEXT.fetch_add(1, Ordering::Relaxed)
    )
}

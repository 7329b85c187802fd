//! Authentication over HTTP for axum.
//!
//! [`routes`] adds the library's own addresses. Extractors in a handler's signature say who may
//! call it. [`CurrentUser`] allows only a signed-in user, [`Delegated`] also a program with a
//! personal access token, and [`Reauthenticated`] only a user who reauthenticated a moment ago. All
//! of them find the [`Guestlist`](guestlist::Guestlist) through
//! [`FromRef`](axum::extract::FromRef); without it the application does not compile.
//!
//! ```
//! use axum::{Router, routing::get};
//! use guestlist::Guestlist;
//! use guestlist_axum::CurrentUser;
//!
//! fn app(guestlist: Guestlist) -> Router {
//!     Router::new()
//!         .merge(guestlist_axum::routes())
//!         .route("/hello", get(async |user: CurrentUser| format!("Hello, {}!", user.email())))
//!         .with_state(guestlist)
//! }
//! ```
//!
//! For browsers, put a [`BrowserLayer`] layer around the routes. With it a cookie can hold a
//! session, and a request with this cookie changes something only if it comes from one of your own
//! pages: [`OwnForm`], [`CsrfToken`]. Without it, tokens are accepted only in the `Authorization`
//! header, and cookies are ignored.
//!
//! Put [`AllowedHosts`] around all routes to refuse requests that name another host. A page of
//! another site sends such requests if its owner makes its name resolve to your application's
//! address (DNS rebinding).

mod bearer;
mod body;
mod browser;
mod client;
mod cookie;
mod cookie_sign_in;
mod cors;
mod fastapi;
mod flash;
mod host;
mod identity;
mod known_device;
mod local_path;
mod new_account;
mod origin;
mod page;
mod page_headers;
mod private;
mod problem;
mod query;
mod routes;
mod second_step;
mod shown_path;

pub use body::{
    AnyForm, Arrived, BodyError, EXPECTED_LIST, EXPECTED_OBJECT, EXPECTED_STRING, Form, FormError,
    FormLimit, Json, JsonError, MAX_BODY, Mistakes, PartialForm, Unchecked, cut, parse_fields,
    read_body, read_body_up_to, read_what_arrives, whole_number,
};
pub use browser::{
    BrowserLayer, BrowserLayerBuilder, BrowserLayerError, BrowserService, CsrfToken, FromOwnPage,
    OwnForm,
};
pub use client::{ClientAddress, SeenFrom, SentBy, UnknownProxy};
pub use cookie::SessionCookie;
pub use cookie_sign_in::CookieSignIn;
pub use cors::cors;
pub use fastapi::{FormOrEmpty, to_other_slash};
pub use flash::Flash;
pub use guestlist::{LogLimit, Suppressed, device_in_words};
pub use host::{AllowedHosts, AllowedHostsService, LocalAddress};
pub use identity::{
    Admin, CurrentService, CurrentSession, CurrentUser, Delegated, Reauthenticated, Verified,
};
pub use known_device::{DeviceCookie, KnownDevice};
pub use local_path::local_path;
pub use new_account::NewAccount;
pub use origin::{WebOrigin, WebOriginError};
pub use page::{DEFAULT_LIMIT, read_cursor, read_limit};
pub use page_headers::{page_headers, strict_transport_security};
pub use private::Private;
pub use problem::{
    FieldError, Problem, ProblemBody, TokenErrorBody, ValidationError, describe_refusals,
    finish_problem, oauth_form,
};
pub use query::{QueryMistakes, parse_query};
pub use routes::{
    InvitationBody, PersonalTokenBody, SecurityEventBody, SessionBody, UserBody, documented_routes,
    routes,
};
pub use second_step::{SecondStepCookie, SecondStepSignIn};
pub use shown_path::shown_path;

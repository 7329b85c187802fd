//! guestlist over HTTP, for axum.
//!
//! [`routes`] are the door's own addresses; [`CurrentUser`] in a handler's signature says that only
//! somebody who is signed in may call it, [`Delegated`] that a program with a personal token may too,
//! [`Fresh`] that the password was proven a moment ago. All find the [`Guestlist`](guestlist::Guestlist) through
//! [`FromRef`](axum::extract::FromRef): forgetting to wire it does not compile.
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
//! For browsers a [`BrowserDoor`] stands around the routes. With it a session can be held by a cookie, and
//! nothing is changed by one unless the request was made on a page of ours: [`OwnForm`], [`CsrfToken`].
//! Without it tokens travel in the `Authorization` header alone, and no cookie opens anything.
//!
//! [`AllowedHosts`] around all routes refuses requests that name another host, as a page does whose owner
//! lets its name resolve to the application's address (DNS rebinding).

mod bearer;
mod body;
mod browser;
mod client;
mod cookie;
mod cookie_sign_in;
mod cors;
mod csrf;
mod device;
mod fastapi;
mod flash;
mod host;
mod identity;
mod local_path;
mod new_account;
mod origin;
mod page;
mod page_headers;
mod problem;
mod routes;
mod shown_path;

pub use body::{
    AnyForm, BodyError, EXPECTED_LIST, EXPECTED_OBJECT, EXPECTED_STRING, Form, FormError,
    FormLimit, Json, JsonError, MAX_BODY, Mistakes, Unchecked, parse_fields, read_body,
    read_body_up_to,
};
pub use browser::{AtTheDoor, BrowserDoor, BrowserDoorBuilder, BrowserDoorError};
pub use client::{ClientAddress, SentBy};
pub use cookie::SessionCookie;
pub use cookie_sign_in::CookieSignIn;
pub use cors::cors;
pub use csrf::{CsrfToken, FromOwnPage, OwnForm};
pub use device::device_in_words;
pub use fastapi::{FormOrEmpty, to_other_slash};
pub use flash::Flash;
pub use guestlist::{LogLimit, Suppressed};
pub use host::{AllowedHosts, AtAllowedHosts, LocalAddress};
pub use identity::{CurrentService, CurrentSession, CurrentUser, Delegated, Fresh};
pub use local_path::local_path;
pub use new_account::NewAccount;
pub use origin::{WebOrigin, WebOriginError};
pub use page_headers::{page_headers, strict_transport_security};
pub use problem::{
    FieldError, Problem, ProblemBody, TokenErrorBody, ValidationError, describe_refusals,
    finish_problem, oauth_form,
};
pub use routes::{PersonalTokenBody, Private, SessionBody, UserBody, documented_routes, routes};
pub use shown_path::shown_path;

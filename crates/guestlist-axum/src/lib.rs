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
//! Not here: cookies, CSRF protection and CORS. Tokens travel in the `Authorization` header alone.

mod bearer;
mod body;
mod client;
mod device;
mod identity;
mod page;
mod problem;
mod routes;

pub use body::{BodyError, Form, FormError, Json, JsonError, MAX_BODY, parse_fields, read_body};
pub use client::{ClientAddress, SentBy};
pub use identity::{CurrentService, CurrentSession, CurrentUser, Delegated, Fresh};
pub use problem::{FieldError, Problem, ProblemBody, TokenErrorBody, finish_problem, oauth_form};
pub use routes::{Private, SessionBody, UserBody, documented_routes, routes};

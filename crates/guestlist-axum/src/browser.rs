//! Sessions in browsers: identifies the user by a cookie, and checks that a request comes from one
//! of our own pages.
//!
//! A browser sends its cookies with every request, even if a page of another site caused it. So a
//! cookie has an effect only on routes inside a [`BrowserLayer`]. This layer refuses each request
//! that changes something, unless the request shows that it comes from one of our own pages
//! (`browser/csrf.rs`). A route outside the layer has neither cookies nor the risk.
//!
//! If a request has an `Authorization` header, cookies are ignored: a page of another site
//! cannot make a browser send this header.

mod csrf;
mod layer;
mod service;
mod visit;

pub use csrf::{CsrfToken, FromOwnPage, OwnForm};
pub use layer::{BrowserLayer, BrowserLayerBuilder, BrowserLayerError};
pub use service::BrowserService;
pub(crate) use visit::Visit;

#[cfg(test)]
mod tests;

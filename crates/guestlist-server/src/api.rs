//! The planner's endpoints under `/api/v1`, one a file. A handler parses, makes one call, and
//! answers.

pub(crate) mod admin;
pub(crate) mod event;
mod if_match;
mod query;

mod change_event;
mod create_event;
mod delete_account;
mod delete_event;
mod export;
mod list_events;
mod show_event;

use axum::{
    extract::Request,
    http::{
        HeaderValue,
        header::{AUTHORIZATION, CACHE_CONTROL, COOKIE, VARY},
    },
    middleware::{Next, from_fn},
    response::Response,
};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::app::App;

/// Returns the planner's routes under `/api/v1`. Those for accounts are in `guestlist_axum`.
pub(crate) fn events() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(
            list_events::list_events,
            create_event::create_event
        ))
        .routes(routes!(
            show_event::show_event,
            change_event::change_event,
            delete_event::delete_event
        ))
        .layer(from_fn(keep_from_caches))
}

/// Returns the routes of an account under `/api/v1` that are not in `guestlist_axum`, because they
/// concern events too.
pub(crate) fn account() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(delete_account::delete_account))
        .routes(routes!(export::export))
}

/// Answers to requests with credentials are never stored (`no-store`); caches revalidate public
/// answers (`no-cache`).
async fn keep_from_caches(request: Request, next: Next) -> Response {
    let sent = request.headers();
    let has_credentials = sent.contains_key(AUTHORIZATION) || sent.contains_key(COOKIE);
    let mut response = next.run(request).await;
    let control = if has_credentials {
        "no-store"
    } else {
        "no-cache"
    };
    let headers = response.headers_mut();
    headers
        .entry(CACHE_CONTROL)
        .or_insert(HeaderValue::from_static(control));
    headers.append(VARY, HeaderValue::from_static("Authorization, Cookie"));
    response
}

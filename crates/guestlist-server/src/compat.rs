//! FastAPI-book compatibility: the addresses `/user/*` and `/event/*` with the original's
//! requests, answers and error texts. The rules behind them are the same as at all other addresses.

mod answer;
mod event;
mod user;

pub(crate) use answer::in_compat_format;

use axum::routing::any;
use guestlist_axum::to_other_slash;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::app::App;

/// The same addresses with an extra or a missing slash at the end. Clients of the original may send
/// them.
const OTHER_SLASHES: [&str; 5] = [
    "/user/signup/",
    "/user/signin/",
    "/event",
    "/event/new/",
    "/event/{id}/",
];

/// Returns the routes of all FastAPI-book addresses.
pub(crate) fn routes() -> OpenApiRouter<App> {
    let routes = OpenApiRouter::new()
        .routes(routes!(user::sign_up))
        .routes(routes!(user::sign_in))
        .routes(routes!(event::list))
        .routes(routes!(event::new))
        // `new` is not an id.
        .route(
            "/event/new",
            axum::routing::get(event::no_id)
                .put(event::no_id)
                .delete(event::no_id),
        )
        .routes(routes!(event::show, event::change, event::delete));
    OTHER_SLASHES.into_iter().fold(routes, |routes, address| {
        routes.route(address, any(to_other_slash))
    })
}

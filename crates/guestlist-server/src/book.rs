//! The seed planner's addresses, `/user/*` and `/event/*`, as the book has them: its requests, its
//! answers, its words for every error. The rules behind them are the same as everywhere.

mod answer;
mod event;
mod user;

pub(crate) use answer::in_the_books_form;

use axum::routing::any;
use guestlist_axum::to_other_slash;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::app::App;

/// The same addresses with a slash too many or too few: clients of the original may send them.
const OTHER_SLASHES: [&str; 5] = [
    "/user/signup/",
    "/user/signin/",
    "/event",
    "/event/new/",
    "/event/{id}/",
];

/// Every address of the book.
pub(crate) fn routes() -> OpenApiRouter<App> {
    let routes = OpenApiRouter::new()
        .routes(routes!(user::sign_up))
        .routes(routes!(user::sign_in))
        .routes(routes!(event::list))
        .routes(routes!(event::new))
        // `new` is no id.
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

/// Whether an answer at that path is the book's.
pub(crate) fn speaks_at(path: &str) -> bool {
    path == "/event" || path.starts_with("/event/") || path.starts_with("/user/")
}

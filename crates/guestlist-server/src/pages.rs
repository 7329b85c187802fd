//! Pages for people. So far there is one: what this place is, and where to go.

use axum::{
    Router,
    extract::State,
    http::header::CONTENT_SECURITY_POLICY,
    response::{Html, IntoResponse},
    routing::get,
};

use crate::app::App;

/// Every page.
pub(crate) fn routes() -> Router<App> {
    Router::new().route("/", get(home))
}

/// `GET /`
async fn home(State(app): State<App>) -> impl IntoResponse {
    let page = include_str!("../templates/home.html").replace("{base_url}", &app.base_url);
    let policy =
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'";
    ([(CONTENT_SECURITY_POLICY, policy)], Html(page))
}

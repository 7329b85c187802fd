//! Every address of the door in one table; one endpoint a file, named as its use case.

mod me;
mod sign_in;
mod sign_out;
mod sign_up;
mod token;
mod user;

pub use sign_in::SessionBody;
pub use user::UserBody;

use axum::{
    Router,
    extract::FromRef,
    http::{HeaderValue, header::CACHE_CONTROL},
    middleware::map_response,
    response::Response,
};
use guestlist::Guestlist;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::oauth_form;

/// The door's addresses: `/users`, `/sessions`, `/token`, `/me`. Nest them where you like.
pub fn routes<S>() -> Router<S>
where
    S: Clone + Send + Sync + 'static,
    Guestlist: FromRef<S>,
{
    documented_routes().into()
}

/// The same addresses with their OpenAPI description. They name the security scheme `door`, which
/// the application defines.
pub fn documented_routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    Guestlist: FromRef<S>,
{
    let token = OpenApiRouter::new()
        .routes(routes!(token::token))
        .layer(map_response(async |response: Response| {
            oauth_form(response)
        }));
    OpenApiRouter::new()
        .routes(routes!(sign_up::sign_up))
        .routes(routes!(user::user))
        .routes(routes!(sign_in::sign_in))
        .routes(routes!(sign_out::sign_out))
        .routes(routes!(me::me))
        .layer(map_response(no_store))
        .merge(token)
}

/// What is said at the door is for the one who asked.
async fn no_store(mut response: Response) -> Response {
    let value = HeaderValue::from_static("no-store");
    response.headers_mut().insert(CACHE_CONTROL, value);
    response
}

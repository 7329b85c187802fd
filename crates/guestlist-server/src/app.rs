//! The application: every route, and what surrounds them all.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{FromRef, Request},
    http::{
        Extensions, HeaderMap, StatusCode, Version,
        header::{CACHE_CONTROL, CONTENT_TYPE, ETAG},
    },
    middleware::{Next, from_fn, from_fn_with_state},
    response::{IntoResponse, Response},
};
use guestlist::{Clock, Guestlist, SecretKey, SystemClock};
use guestlist_axum::Problem;
use ipnet::IpNet;
use planner::Planner;
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::{
        CompressionLayer,
        predicate::{Predicate, SizeAbove},
    },
};
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use crate::{answer, api, book, database::Stores, docs, health, metrics, pages, serve::Readiness};

/// A request that takes longer is given up.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// What every handler can ask for.
#[derive(Clone, Debug)]
pub struct App {
    /// The door.
    pub guestlist: Guestlist,
    /// What lies behind it.
    pub planner: Planner,
    /// Whether this node wants requests.
    pub readiness: Readiness,
    /// The proxies whose word counts for where a request came from.
    pub trusted_proxies: Arc<[IpNet]>,
}

impl App {
    /// The application over those stores, with the keys of that secret. `base_url` is where it is
    /// reached, and so the issuer of its tokens.
    pub fn new(
        stores: Stores,
        secret: SecretKey,
        base_url: &str,
        recheck: Duration,
    ) -> Result<Self, guestlist::BuildError> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        let guestlist = Guestlist::builder_over(stores.door, secret)
            .issuer(base_url)
            .recheck(recheck)
            .clock(Arc::clone(&clock))
            .build()?;
        Ok(Self::with(guestlist, Planner::new(stores.planner, clock)))
    }

    /// The application with a door and a planner made elsewhere.
    pub fn with(guestlist: Guestlist, planner: Planner) -> Self {
        Self {
            guestlist,
            planner,
            readiness: Readiness::default(),
            trusted_proxies: Arc::default(),
        }
    }

    /// Removes what has expired, and events whose creator is gone.
    pub async fn sweep(&self) -> Result<u64, guestlist::StoreError> {
        Ok(self.guestlist.sweep().await? + self.planner.sweep().await?)
    }

    /// Every route, and what surrounds them all.
    pub fn router(self) -> Router {
        let (routes, openapi) = documented_routes().split_for_parts();
        routes
            .merge(health::routes())
            .merge(pages::routes())
            .merge(docs::routes(openapi))
            .fallback(async || Problem::not_found())
            .layer(CatchPanicLayer::custom(|_| {
                Problem::internal().into_response()
            }))
            .layer(from_fn(give_up))
            .layer(from_fn(metrics::record))
            .layer(from_fn_with_state(self.clone(), answer::in_context))
            .layer(compression())
            .with_state(self)
    }
}

/// The description of the whole API.
pub fn openapi() -> OpenApi {
    docs::complete(documented_routes().into_openapi())
}

fn documented_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .nest("/api/v1", api::routes())
        .merge(book::routes())
}

impl FromRef<App> for Guestlist {
    fn from_ref(app: &App) -> Self {
        app.guestlist.clone()
    }
}

impl FromRef<App> for Planner {
    fn from_ref(app: &App) -> Self {
        app.planner.clone()
    }
}

async fn give_up(request: Request, next: Next) -> Response {
    let answered = tokio::time::timeout(REQUEST_TIMEOUT, next.run(request)).await;
    answered.unwrap_or_else(|_| Problem::busy().into_response())
}

/// Pages and JSON over one KiB. Not beside an entity tag, which names the bytes before compression,
/// and not where an answer is for one person alone: its length would tell of it.
fn compression() -> CompressionLayer<impl Predicate> {
    let worth = |_: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions| {
        let value = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let mime = value(CONTENT_TYPE).unwrap_or_default();
        let text = [
            "text/",
            "application/json",
            "application/problem+json",
            "application/javascript",
        ]
        .iter()
        .any(|prefix| mime.starts_with(prefix));
        text && !headers.contains_key(ETAG) && value(CACHE_CONTROL) != Some("no-store")
    };
    CompressionLayer::new().compress_when(SizeAbove::new(1024).and(worth))
}

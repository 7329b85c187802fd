//! Serves the page of events and, in the same program, the upper limit: a bare axum handler. It
//! sends the same query to the same store and returns the bytes of that page, prepared once. `pages
//! FILE OURS BARE`: a SQLite database and two addresses.

use std::sync::Arc;

use anyhow::Context;
use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    extract::{Request, State},
    http::{
        StatusCode,
        header::{CONTENT_TYPE, HOST},
    },
    response::IntoResponse,
    routing::get,
};
use guestlist::{Clock, Guestlist, SecretKey, SystemClock};
use guestlist_server::{
    app::{App, Parts},
    database::Stores,
    exports::Exports,
    router::Surroundings,
    serve::{Limits, Readiness, Shutdown, Threads, serve},
};
use planner::{EventFilter, Planner};
use tokio::net::TcpListener;
use tower::ServiceExt;

/// The allocator of the server.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const USAGE: &str = "pages FILE OURS BARE";
/// The number of events on the page.
const SHOWN: u32 = 20;

/// The state of the bare handler.
#[derive(Clone)]
struct Bare {
    planner: Planner,
    clock: Arc<dyn Clock>,
    page: Bytes,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next().context(USAGE);
    let (file, ours, bare) = (next()?, next()?, next()?);
    let stores = Stores::open(&format!("sqlite:{file}")).await?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let planner = Planner::new(stores.planner, Arc::clone(&clock));
    let secret = SecretKey::new(*b"this key protects no real data!!")?;
    let app = App::with(Parts {
        guestlist: Guestlist::builder_over(stores.accounts, secret).build()?,
        planner: planner.clone(),
        readiness: Readiness::default(),
        base_url: format!("http://{ours}"),
        name: "guestlist".into(),
        shows_creator_email: true,
        clock: Arc::clone(&clock),
        exports: Exports::default(),
    });
    let readiness = app.readiness.clone();
    let app = app.service(Surroundings::default())?;
    let asked = Request::get(format!("http://{ours}/events")).header(HOST, &ours);
    let asked = asked.body(Body::empty())?;
    let answer = app.clone().oneshot(asked).await?;
    anyhow::ensure!(answer.status() == StatusCode::OK, "there is no page");
    let page = to_bytes(answer.into_body(), usize::MAX).await?;
    let state = Bare {
        planner,
        clock,
        page,
    };
    let handler = Router::new()
        .route("/", get(answer_bytes))
        .with_state(state);
    let bare = TcpListener::bind(bare).await?;
    tokio::spawn(async { axum::serve(bare, handler).await });
    let ours = TcpListener::bind(ours).await?;
    let shutdown = Shutdown::on_signals()?;
    let threads = Threads::start()?;
    serve(ours, threads, app, readiness, Limits::default(), shutdown).await;
    Ok(())
}

async fn answer_bytes(State(bare): State<Bare>) -> Result<impl IntoResponse, StatusCode> {
    let filter = EventFilter {
        over_after: Some(bare.clock.now()),
        ..EventFilter::default()
    };
    let found = bare.planner.list_events(&filter, None, SHOWN).await;
    let found = found.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    let is_full = u32::try_from(found.items.len()) == Ok(SHOWN);
    let mime = [(CONTENT_TYPE, "text/html; charset=utf-8")];
    is_full
        .then_some((mime, bare.page))
        .ok_or(StatusCode::NOT_FOUND)
}

//! Metrics for Prometheus. They are off unless `metrics.listen` sets an address. They have their
//! own address, because every client that reaches `/metrics` may read them.
//!
//! Labels have a limited number of values. A route is the pattern that matched, never the requested
//! path. An unknown method is `other`.

use std::time::Duration;

use axum::{
    Router,
    extract::{MatchedPath, Request, State},
    http::{Method, header},
    middleware::Next,
    response::{IntoResponse, Response},
    routing::get,
};
use metrics_exporter_prometheus::{BuildError, PrometheusBuilder, PrometheusHandle};
use tokio::time::Instant;

const REQUESTS: &str = "http_requests_total";
const LIMITS: &str = "limit_refusals_total";
const DURATION: &str = "http_request_duration_seconds";

/// In seconds: from a cached answer to the longest request that is allowed.
const BUCKETS: [f64; 12] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0,
];

/// How often samples are summed into their buckets. Until then they stay in memory, even if no
/// client reads the metrics.
const UPKEEP: Duration = Duration::from_secs(5);

/// Starts counting for the whole process. Call it once, within the runtime.
///
/// # Errors
///
/// If the process already has a metrics recorder.
pub fn install() -> Result<PrometheusHandle, BuildError> {
    let handle = builder()?.install_recorder()?;
    describe();
    let counted = handle.clone();
    tokio::spawn(async move {
        let mut ticks = tokio::time::interval(UPKEEP);
        loop {
            ticks.tick().await;
            counted.run_upkeep();
        }
    });
    Ok(handle)
}

/// Counts a refusal because of a limit. `limit` is the last part of the setting's name, such as
/// `events_per_user`. A connection that a limit closes also counts.
pub fn limit_reached(limit: &'static str) {
    metrics::counter!(LIMITS, "limit" => limit).increment(1);
}

/// Serves `GET /metrics` only.
pub fn router(handle: PrometheusHandle) -> Router {
    Router::new()
        .route("/metrics", get(render))
        .with_state(handle)
}

/// Request extension: an internal request, which is not counted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Uncounted;

/// Middleware that counts each request and measures its time. Put it around the routes, where axum
/// knows which one matched.
pub async fn record(request: Request, next: Next) -> Response {
    if request.extensions().get::<Uncounted>().is_some() {
        return next.run(request).await;
    }
    let method = method(request.method());
    let route = match request.extensions().get::<MatchedPath>() {
        Some(matched) => matched.as_str().to_owned(),
        None => "unmatched".to_owned(),
    };
    let started = Instant::now();
    let response = next.run(request).await;
    let status = response.status().as_str().to_owned();
    metrics::histogram!(DURATION, "method" => method, "route" => route.clone())
        .record(started.elapsed());
    metrics::counter!(REQUESTS, "method" => method, "route" => route, "status" => status)
        .increment(1);
    response
}

async fn render(State(handle): State<PrometheusHandle>) -> impl IntoResponse {
    (
        [(
            header::CONTENT_TYPE,
            "text/plain; version=0.0.4; charset=utf-8",
        )],
        handle.render(),
    )
}

fn builder() -> Result<PrometheusBuilder, BuildError> {
    PrometheusBuilder::new().set_buckets(&BUCKETS)
}

fn describe() {
    metrics::describe_counter!(REQUESTS, "Requests answered.");
    metrics::describe_counter!(
        LIMITS,
        "Requests or connections refused because of a limit."
    );
    metrics::describe_histogram!(
        DURATION,
        metrics::Unit::Seconds,
        "Time until a request was answered."
    );
}

fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use axum::{body::Body, http::StatusCode, middleware::from_fn};
    use tower::ServiceExt as _;

    use super::*;

    fn app() -> Router {
        let inner = Router::new().route("/{id}", get(async || "an event"));
        Router::new()
            .route("/teapot", get(async || StatusCode::IM_A_TEAPOT))
            .nest("/events", inner)
            .layer(from_fn(record))
    }

    async fn send(app: Router, method: &str, path: &str) -> Response {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .body(Body::empty())
            .expect("a request");
        app.oneshot(request).await.expect("never fails")
    }

    /// Returns the metrics after these requests. The recorder counts on this thread only.
    async fn page(requests: &[(&str, &str)]) -> String {
        let recorder = builder().expect("buckets").build_recorder();
        let handle = recorder.handle();
        let _counting = metrics::set_default_local_recorder(&recorder);
        describe();
        for (method, path) in requests {
            send(app(), method, path).await;
        }
        let response = send(router(handle), "GET", "/metrics").await;
        assert!(
            response.headers()[header::CONTENT_TYPE]
                .as_bytes()
                .starts_with(b"text/plain; version=0.0.4")
        );
        let body = axum::body::to_bytes(response.into_body(), usize::MAX)
            .await
            .expect("a body");
        String::from_utf8(body.to_vec()).expect("UTF-8")
    }

    #[tokio::test]
    async fn requests_are_counted_by_route_and_not_by_path() {
        let requests = [
            ("GET", "/events/1"),
            ("GET", "/events/2"),
            ("HEAD", "/events/2"),
            ("POST", "/events/2"),
            ("GET", "/teapot"),
            ("GET", "/no/such/path"),
            ("BREW", "/teapot"),
        ];
        let page = page(&requests).await;
        for line in [
            r#"http_requests_total{method="GET",route="/events/{id}",status="200"} 2"#,
            r#"http_requests_total{method="HEAD",route="/events/{id}",status="200"} 1"#,
            r#"http_requests_total{method="POST",route="/events/{id}",status="405"} 1"#,
            r#"http_requests_total{method="GET",route="/teapot",status="418"} 1"#,
            r#"http_requests_total{method="GET",route="unmatched",status="404"} 1"#,
            r#"http_requests_total{method="other",route="/teapot",status="405"} 1"#,
            r#"http_request_duration_seconds_count{method="GET",route="/events/{id}"} 2"#,
            r#"http_request_duration_seconds_bucket{method="GET",route="/events/{id}",le="30"} 2"#,
        ] {
            assert!(page.contains(line), "{line} is not in:\n{page}");
        }
        assert!(!page.contains("such") && !page.contains("BREW"), "{page}");
    }

    #[tokio::test]
    async fn other_paths_are_not_found() {
        let handle = builder().expect("buckets").build_recorder().handle();
        let response = send(router(handle), "GET", "/").await;
        assert_eq!(response.status(), 404);
    }
}

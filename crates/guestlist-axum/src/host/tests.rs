use axum::{Router, body::Body, http::StatusCode, routing::get};
use tower::{Layer, ServiceExt};

use super::*;

const BASE_URL: &str = "https://events.example.org:8443";

fn hosts() -> AllowedHosts {
    AllowedHosts::of(BASE_URL).expect("is an origin")
}

fn request(version: Version, target: &str, hosts: &[&str]) -> Request<()> {
    let mut request = Request::builder().version(version).uri(target);
    for host in hosts {
        request = request.header(HOST, *host);
    }
    request.body(()).expect("is a request")
}

/// Returns the status and code of the refusal, if the request is refused.
fn refused(hosts: &AllowedHosts, request: &mut Request<()>) -> Option<(u16, &'static str)> {
    let problem = hosts
        .check(request, |request| {
            let local = request.extensions().get::<LocalAddress>();
            local.map(|local| local.0)
        })
        .err()?;
    Some((problem.status().as_u16(), problem.code()))
}

const MISDIRECTED: Option<(u16, &str)> = Some((421, "misdirected_request"));
const INVALID: Option<(u16, &str)> = Some((400, "invalid_host"));

#[test]
fn the_host_of_the_base_url_is_allowed_at_any_port_and_in_any_case() {
    for (host, expected) in [
        ("events.example.org:8443", None),
        ("events.example.org", None),
        ("EVENTS.Example.org:1", None),
        ("events.example.org:", None),
        ("evil.example", MISDIRECTED),
        ("events.example.org.evil.example", MISDIRECTED),
        ("example.org", MISDIRECTED),
        ("localhost", MISDIRECTED),
        ("127.0.0.1:8443", MISDIRECTED),
        ("0.0.0.0", MISDIRECTED),
        ("[::1]", MISDIRECTED),
        ("", INVALID),
        (":8443", INVALID),
        ("events.example.org:x", INVALID),
        ("events.example.org:+80", INVALID),
        ("events.example.org:99999", INVALID),
        ("events.example.org:1:2", INVALID),
        ("ada@events.example.org", INVALID),
        ("events.example.org/x", INVALID),
        ("events.example.org, evil.example", INVALID),
        ("[::1", INVALID),
        ("[127.0.0.1]", INVALID),
        ("[::1]x", INVALID),
    ] {
        let mut request = request(Version::HTTP_11, "/", &[host]);
        assert_eq!(refused(&hosts(), &mut request), expected, "{host}");
    }
}

#[test]
fn loopback_names_are_allowed_if_the_setting_is_on() {
    let hosts = hosts().allow_loopback(true);
    for (host, expected) in [
        ("localhost:8080", None),
        ("app.LocalHost", None),
        ("127.0.0.1", None),
        ("127.8.0.1:1", None),
        ("[::1]:8080", None),
        ("[::ffff:127.0.0.1]", None),
        ("0.0.0.0:8080", None),
        ("localhost.evil.example", MISDIRECTED),
        ("notlocalhost", MISDIRECTED),
        ("127.0.0.1.nip.io", MISDIRECTED),
        ("192.168.0.1", MISDIRECTED),
    ] {
        let mut request = request(Version::HTTP_11, "/", &[host]);
        assert_eq!(refused(&hosts, &mut request), expected, "{host}");
    }
}

#[test]
fn the_local_address_of_the_connection_is_allowed() {
    for (local, host, expected) in [
        ("192.168.0.7:8080", "192.168.0.7:8080", None),
        ("192.168.0.7:8080", "192.168.0.7", None),
        ("[::ffff:192.168.0.7]:8080", "192.168.0.7", None),
        ("[2001:db8::7]:8080", "[2001:DB8:0::7]", None),
        ("192.168.0.7:8080", "192.168.0.8", MISDIRECTED),
        ("192.168.0.7:8080", "localhost", MISDIRECTED),
    ] {
        let mut request = request(Version::HTTP_11, "/", &[host]);
        let local = local.parse().expect("is an address");
        request.extensions_mut().insert(LocalAddress(local));
        assert_eq!(refused(&hosts(), &mut request), expected, "{local} {host}");
    }
}

#[test]
fn listed_hosts_are_allowed() {
    let hosts = hosts().allow(["Other.example", "192.0.2.1", "[2001:db8::1]", "no host"]);
    for (host, expected) in [
        ("other.example:80", None),
        ("192.0.2.1", None),
        ("[2001:db8:0::1]:80", None),
        ("another.example", MISDIRECTED),
    ] {
        let mut request = request(Version::HTTP_11, "/", &[host]);
        assert_eq!(refused(&hosts, &mut request), expected, "{host}");
    }
}

/// HT07
#[test]
fn a_request_must_name_exactly_one_host() {
    let ours = "events.example.org";
    let at = |authority: &str| format!("https://{authority}/");
    for (version, target, named, expected) in [
        (Version::HTTP_11, "/", vec![], INVALID),
        (Version::HTTP_11, "/", vec![ours, ours], INVALID),
        (Version::HTTP_11, "/", vec![ours, "evil.example"], INVALID),
        (Version::HTTP_10, "/", vec![], None),
        (Version::HTTP_10, "/", vec!["evil.example"], MISDIRECTED),
        // The target decides (RFC 9112, section 3.2.2), and `Host` is still required.
        (
            Version::HTTP_11,
            &*at("evil.example"),
            vec![ours],
            MISDIRECTED,
        ),
        (Version::HTTP_11, &*at(ours), vec!["evil.example"], None),
        (Version::HTTP_11, &*at(ours), vec![], INVALID),
        (
            Version::HTTP_11,
            &*at("ada@events.example.org"),
            vec![ours],
            INVALID,
        ),
        (Version::HTTP_2, &*at(ours), vec![], None),
        (Version::HTTP_2, &*at(ours), vec![ours], None),
        (Version::HTTP_2, &*at(ours), vec!["evil.example"], INVALID),
        (Version::HTTP_2, &*at("evil.example"), vec![ours], INVALID),
        (Version::HTTP_2, &*at("evil.example"), vec![], MISDIRECTED),
        (Version::HTTP_2, "/", vec![ours], None),
        (Version::HTTP_2, "/", vec!["evil.example"], MISDIRECTED),
        (Version::HTTP_2, "/", vec![], INVALID),
    ] {
        let mut request = request(version, target, &named);
        let refused = refused(&hosts(), &mut request);
        assert_eq!(refused, expected, "{version:?} {target} {named:?}");
    }
}

#[test]
fn a_base_url_must_be_an_origin() {
    assert!(AllowedHosts::of("events.example.org").is_err());
    assert!(AllowedHosts::of("https://events.example.org/x").is_err());
}

#[tokio::test]
async fn the_layer_refuses_requests_before_they_reach_the_routes() {
    let hosts = hosts().except(|path| path == "/health").advice("set it");
    let routes = Router::new()
        .route("/", get(async || "here"))
        .route("/health", get(async || "well"));
    let service = hosts.layer(routes);
    for (path, host, status) in [
        ("/", "events.example.org", StatusCode::OK),
        ("/", "evil.example", StatusCode::MISDIRECTED_REQUEST),
        ("/health", "evil.example", StatusCode::OK),
    ] {
        let request = Request::builder().uri(path).header(HOST, host);
        let request = request.body(Body::empty()).expect("is a request");
        let answer = service.clone().oneshot(request).await.expect("answers");
        assert_eq!(answer.status(), status, "{path} {host}");
        if let Some(problem) = Problem::of(&answer) {
            assert_eq!(problem.detail(), "set it");
        }
    }
}

//! Every route and the layers around them, assembled once.

use std::sync::Arc;

use axum::{
    http::{
        Extensions, HeaderMap, StatusCode, Version,
        header::{CACHE_CONTROL, CONTENT_TYPE, ETAG},
    },
    middleware::from_fn,
};
use guestlist_axum::{AllowedHosts, BrowserLayer, BrowserLayerError, WebOrigin, cors};
use ipnet::IpNet;
use tower::{Layer, util::option_layer};
use tower_http::compression::{
    CompressionLayer,
    predicate::{Predicate, SizeAbove},
};
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use crate::{
    answer::{AnswerLog, InContext, Transport},
    api,
    app::App,
    area::Area,
    compat,
    config::{LimitSettings, Settings},
    docs, health, metrics, pages,
    serve::Serves,
};

/// The settings of the layers around the routes.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// The proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Whether requests are counted for `/metrics`.
    pub counted: bool,
    /// Whether browsers may sign in without TLS if the server is not on loopback.
    pub insecure_cookies: bool,
    /// Other origins whose pages may use the API with their visitors' sessions.
    pub cors_origins: Vec<WebOrigin>,
    /// Hosts that requests may name in addition to the base URL's: `server.hosts`.
    pub hosts: Vec<String>,
    /// Whether the server listens on loopback. Every loopback name of this machine is then allowed.
    pub on_loopback: bool,
    /// Whether `Strict-Transport-Security` covers all subdomains of the host.
    pub hsts_include_subdomains: bool,
    /// The limits of the log of answers.
    pub limits: LimitSettings,
}

impl Surroundings {
    /// Takes the values from the settings.
    pub fn of(settings: &Settings) -> Self {
        Self {
            trusted_proxies: settings.trusted_proxies.clone(),
            counted: settings.metrics_listen.is_some(),
            insecure_cookies: settings.insecure_cookies,
            cors_origins: settings.cors_origins.clone(),
            hosts: settings.hosts.clone(),
            on_loopback: settings.is_loopback(),
            hsts_include_subdomains: settings.hsts_include_subdomains,
            limits: settings.limits.clone(),
        }
    }
}

impl App {
    /// Returns all routes with the layers around them.
    ///
    /// # Errors
    ///
    /// If the base URL is invalid.
    pub fn service(self, surroundings: Surroundings) -> Result<impl Serves, BrowserLayerError> {
        let browsers = self.browser_layer(&surroundings)?;
        let hosts = self.allowed_hosts(&surroundings)?;
        let transport = if browsers.is_https() {
            Transport::Tls {
                include_subdomains: surroundings.hsts_include_subdomains,
            }
        } else {
            Transport::Plain
        };
        let origins = Some(surroundings.cors_origins).filter(|origins| !origins.is_empty());
        let cors = origins.map(|origins| cors(origins, |path| Area::of(path).is_api()));
        let (routes, openapi) = documented_routes().split_for_parts();
        let mut routes = routes
            .merge(health::routes())
            .merge(pages::routes().layer(compression()))
            .merge(docs::routes(openapi, &self.name).layer(compression()))
            .fallback(pages::nothing_here);
        if surroundings.counted {
            routes = routes.layer(from_fn(metrics::record));
        }
        let site = pages::Site {
            name: Arc::clone(&self.name),
            browsers: browsers.clone(),
            guestlist: self.guestlist.clone(),
        };
        let routes = browsers.layer(routes.with_state(self));
        let routes = option_layer(cors).layer(routes);
        Ok(InContext::new(
            routes,
            surroundings.trusted_proxies,
            site,
            hosts,
            transport,
            AnswerLog::new(&surroundings.limits),
        ))
    }

    /// Returns the hosts that requests may name. Health checks may name any host.
    fn allowed_hosts(
        &self,
        surroundings: &Surroundings,
    ) -> Result<AllowedHosts, BrowserLayerError> {
        Ok(AllowedHosts::of(&self.base_url)?
            .allow(surroundings.hosts.iter().map(String::as_str))
            .allow_loopback(surroundings.on_loopback)
            .except(|path| path.starts_with("/health/"))
            .advice(
                "this server does not answer for the host that the request names; its operator sets server.base_url \
                 to the address that users open, or lists the host in server.hosts",
            ))
    }

    /// Builds the layer that reads cookies. It ignores cookies at addresses that only programs use.
    fn browser_layer(
        &self,
        surroundings: &Surroundings,
    ) -> Result<BrowserLayer, BrowserLayerError> {
        let mut builder = BrowserLayer::builder(self.guestlist.clone(), &self.base_url)
            .allow_origins(surroundings.cors_origins.iter().cloned())
            .passes(|path| matches!(Area::of(path), Area::Compat | Area::OAuth))
            .pages_at(|path| !matches!(Area::of(path), Area::Api | Area::OAuth));
        if surroundings.insecure_cookies {
            builder = builder.secure_cookies(false);
        }
        let builder = builder.build()?;
        if !builder.can_set_cookies() {
            tracing::warn!(
                "browsers cannot sign in: server.base_url is http and its host is not this machine; set it to an https \
                 address, or server.insecure_cookies to true"
            );
        }
        Ok(builder)
    }
}

/// Returns the OpenAPI description of the whole API.
pub fn openapi() -> OpenApi {
    docs::complete(documented_routes().into_openapi())
}

fn documented_routes() -> OpenApiRouter<App> {
    let long_answers = api::events().merge(compat::routes()).layer(compression());
    guestlist_axum::documented_routes("/api/v1")
        .merge(api::account())
        .merge(api::admin::routes())
        .merge(long_answers)
}

/// Compresses pages and JSON over 1 KiB; the answers of `guestlist_axum` are shorter. Answers with
/// an entity tag are not compressed, because the tag names the bytes before compression. Neither
/// are answers for one user alone, because their compressed length would leak their contents.
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
        let keeping = value(CACHE_CONTROL).unwrap_or_default();
        let is_for_one = keeping.contains("no-store") || keeping.contains("private");
        text && !headers.contains_key(ETAG) && !is_for_one
    };
    CompressionLayer::new().compress_when(SizeAbove::new(1024).and(worth))
}

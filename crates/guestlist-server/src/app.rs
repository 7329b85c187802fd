//! The application: all routes, and the layers around them.

use std::{io, ops::Deref, path::PathBuf, sync::Arc};

use axum::{
    extract::FromRef,
    http::{
        Extensions, HeaderMap, StatusCode, Version,
        header::{CACHE_CONTROL, CONTENT_TYPE, ETAG},
    },
    middleware::from_fn,
};
use guestlist::{
    BreachedPasswords, BuildError, Clock, DeleteUserError, Guestlist, SecretKey, SystemClock,
    UserId,
};
use guestlist_axum::{AllowedHosts, BrowserLayer, BrowserLayerError, WebOrigin, cors};
use ipnet::IpNet;
use planner::Planner;
use tower::{Layer, util::option_layer};
use tower_http::compression::{
    CompressionLayer,
    predicate::{Predicate, SizeAbove},
};
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use crate::{
    answer::{AnswerLog, InContext, Transport, is_oauth},
    api, compat,
    config::{LimitSettings, Settings},
    database::Stores,
    docs,
    exports::Exports,
    health, metrics, pages,
    serve::{Readiness, Serves},
};

/// The state that handlers share. Each request clones it several times, so it is one pointer.
#[derive(Clone, Debug)]
pub struct App(Arc<Parts>);

/// The parts of an [`App`].
#[derive(Debug)]
pub struct Parts {
    /// Authentication: users, sessions and tokens.
    pub guestlist: Guestlist,
    /// The events.
    pub planner: Planner,
    /// Whether this node accepts requests.
    pub readiness: Readiness,
    /// The address of the application as users see it: `server.base_url`.
    pub base_url: String,
    /// The name of this site: `server.name`.
    pub name: Arc<str>,
    /// Whether the FastAPI-book addresses show the creator of an event by e-mail address instead of
    /// by name.
    pub shows_creator_email: bool,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Makes long answers, such as a user's export.
    pub exports: Exports,
}

/// The current secret, and the previous one if the secret was changed.
#[derive(Clone, Debug)]
pub struct Secrets {
    /// Seals and signs everything new.
    pub current: SecretKey,
    /// Accepted for sessions and tokens that were created under it. Nothing new uses it.
    pub previous: Option<SecretKey>,
}

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
    /// Builds the application over these stores and secrets.
    ///
    /// # Errors
    ///
    /// If the filter of breached passwords cannot be opened, or the settings are refused by
    /// [`guestlist::Builder`](Guestlist::builder_over).
    pub fn new(stores: Stores, secrets: Secrets, settings: &Settings) -> Result<Self, AppError> {
        let limits = &settings.limits;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        let of_requests = |secret: &SecretKey| secret.derive_for_application("keys of requests");
        let previous = secrets.previous.as_ref().map(of_requests);
        let planner = Planner::new(stores.planner, Arc::clone(&clock))
            .list_bytes(limits.list_bytes)
            .events_per_user(limits.events_per_user)
            .in_time_zone(settings.time_zone.clone())
            .request_secrets(
                &*of_requests(&secrets.current),
                previous.as_ref().map(|key| key.as_slice()),
            );
        let mut builder = Guestlist::builder_over(stores.accounts, secrets.current)
            .issuer(&settings.base_url)
            .recheck(settings.recheck)
            .lifetimes(settings.lifetimes())
            .refresh_retries(settings.limits.refresh_retries)
            .strategy(settings.strategy)
            .algorithm(settings.algorithm)
            .password_policy(settings.password_policy())
            .password_schemes(settings.schemes.iter().copied())
            .password_cost(settings.cost)
            .hashing_wait(settings.hashing_wait)
            .import_hash_limit(settings.limits.import_hash_seconds)
            .sessions_per_user(limits.sessions_per_user)
            .tokens_per_user(limits.tokens_per_user)
            .clock(Arc::clone(&clock));
        if let Some(previous) = secrets.previous {
            builder = builder.previous_secret(previous);
        }
        if let Some(threads) = settings.hashing_threads {
            builder = builder.hashing_threads(usize::try_from(threads).unwrap_or(usize::MAX));
        }
        if let Some(path) = &settings.breached {
            let opened = BreachedPasswords::open(path);
            builder = builder.breached_passwords(opened.map_err(|source| AppError::Breached {
                path: path.clone(),
                source,
            })?);
        }
        Ok(Self::with(Parts {
            guestlist: builder.build()?,
            planner,
            readiness: Readiness::default(),
            base_url: settings.base_url.clone(),
            name: settings.name.as_str().into(),
            shows_creator_email: settings.shows_creator_email(),
            clock,
            exports: Exports::new(limits.exports_per_user, limits.exports),
        }))
    }

    /// Builds the application from parts that the caller made.
    pub fn with(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// Deletes the user and all events they created. It deletes the events first: if the second
    /// step fails, the user still exists, and repeating both steps is safe.
    pub async fn delete_user(&self, user: UserId) -> Result<(), DeleteUserError> {
        self.planner.delete_events_of(user).await?;
        self.guestlist.delete_user(user).await
    }

    /// Removes expired records, and events whose creator no longer exists. Returns how many.
    pub async fn purge(&self) -> Result<u64, guestlist::StoreError> {
        Ok(self.guestlist.purge().await? + self.planner.purge().await?)
    }

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
        let cors = origins.map(|origins| cors(origins, is_api));
        let (routes, openapi) = documented_routes().split_for_parts();
        let mut routes = routes
            .merge(health::routes())
            .merge(pages::routes().layer(compression()))
            .merge(docs::routes(openapi).layer(compression()))
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
            .passes(|path| compat::is_compat(path) || is_oauth(path))
            .pages_at(|path| !path.starts_with("/api/"));
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

/// Whether listed origins may read answers from this path (CORS).
fn is_api(path: &str) -> bool {
    path.starts_with("/api/v1/") || path.starts_with("/.well-known/") || compat::is_compat(path)
}

/// Why the application could not be built.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The filter of breached passwords cannot be used. This stops the start, because otherwise the
    /// missing check would go unnoticed.
    #[error(
        "cannot use {}, which `passwords.breached` names (make it with `guestlist breached build FILE`, or leave the \
         setting out)", path.display()
    )]
    Breached {
        /// The path that the setting names.
        path: PathBuf,
        /// Why it could not be opened.
        source: io::Error,
    },
    /// The settings of authentication are invalid.
    #[error(transparent)]
    Guestlist(#[from] BuildError),
}

/// Returns the OpenAPI description of the whole API.
pub fn openapi() -> OpenApi {
    docs::complete(documented_routes().into_openapi())
}

fn documented_routes() -> OpenApiRouter<App> {
    let long_answers = api::events().merge(compat::routes()).layer(compression());
    guestlist_axum::documented_routes("/api/v1").merge(long_answers)
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
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

/// Compresses pages and JSON over 1 KiB; the answers of `guestlist_axum` are shorter. Answers with
/// an entity tag are not compressed, because the tag names the bytes before compression. Neither are
/// answers for one user alone, because their compressed length would leak their contents.
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

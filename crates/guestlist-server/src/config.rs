//! The settings of the server: where they are read, which wins, and what is wrong with them.
//!
//! A flag wins over the environment, the environment over `.env`, `.env` over the file
//! (`guestlist.toml`, or the file that `--config` names), and the file over the default. An unknown name
//! or a malformed value in any of them stops the start. Nothing here opens a database or a socket, and
//! nothing changes the process's environment.

mod setting;

mod kubernetes;
mod layer;
mod reader;

mod dotenv;
mod file;
mod form;

mod error;
mod limits;
mod nearest;
mod origin;
mod problem;
mod secret;
mod system_zone;

use std::{
    collections::BTreeMap,
    ffi::OsString,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use guestlist::{Algorithm, Lifetimes, PasswordCost, PasswordPolicy, Scheme, Strategy};
use guestlist_axum::WebOrigin;
use ipnet::IpNet;
use planner::Zone;

use layer::Layers;
use reader::Reader;
use system_zone::Tz;

pub use error::SettingsError;
pub use form::LogFormat;
pub use limits::LimitSettings;
pub use origin::Origin;
pub use secret::{DatabaseUrl, MASK, Secret};
pub use setting::{Kind, SETTINGS, Setting};

/// The flags of the command line. A field that is `None` was not given.
#[derive(Debug, Clone, Default)]
pub struct Flags {
    /// `--listen`
    pub listen: Option<String>,
    /// `--config`: a file that must exist, in place of `guestlist.toml`.
    pub config: Option<PathBuf>,
    /// `--data-dir`
    pub data_dir: Option<String>,
    /// `--database-url`
    pub database_url: Option<String>,
}

/// The effective settings; [`SETTINGS`] says what each is for.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `server.listen`
    pub listen: SocketAddr,
    /// `server.base_url`, without a slash at the end.
    pub base_url: String,
    /// `server.name`
    pub name: String,
    /// `server.time_zone`
    pub time_zone: Zone,
    /// `server.data_dir` as it was written: relative to the working folder.
    pub data_dir: PathBuf,
    /// `server.secret_key`, if it was set.
    pub secret_key: Option<Secret>,
    /// `server.secret_key_previous`, if it was set.
    pub secret_key_previous: Option<Secret>,
    /// `server.trusted_proxies`
    pub trusted_proxies: Vec<IpNet>,
    /// `server.drain_delay`
    pub drain_delay: Duration,
    /// `server.max_connections`
    pub max_connections: u32,
    /// `server.insecure_cookies`
    pub insecure_cookies: bool,
    /// `server.hosts`: names and IP literals in lower case, without a port.
    pub hosts: Vec<String>,
    /// `server.hsts_include_subdomains`
    pub hsts_include_subdomains: bool,
    /// `cors.origins`
    pub cors_origins: Vec<WebOrigin>,
    /// `compat.show_creator_email`, if it is set; see [`Settings::shows_creator_email`].
    pub show_creator_email: Option<bool>,
    /// `database.url`
    pub database_url: DatabaseUrl,
    /// `log.format`
    pub log_format: LogFormat,
    /// `log.level`, a valid directive.
    pub log_level: String,
    /// `metrics.listen`, if `/metrics` is served.
    pub metrics_listen: Option<SocketAddr>,
    /// `sessions.recheck`
    pub recheck: Duration,
    /// `sessions.lifetime`
    pub lifetime: Duration,
    /// `sessions.idle`
    pub idle: Duration,
    /// `tokens.strategy`
    pub strategy: Strategy,
    /// `tokens.access_database`
    pub access_database: Duration,
    /// `tokens.access_jwt`
    pub access_jwt: Duration,
    /// `tokens.refresh_window`
    pub refresh_window: Duration,
    /// `tokens.jwt.algorithm`
    pub algorithm: Algorithm,
    /// `passwords.min_length`, in characters.
    pub min_length: u32,
    /// `passwords.max_length`, in characters.
    pub max_length: u32,
    /// `passwords.breached`, if it is set: relative to the working folder.
    pub breached: Option<PathBuf>,
    /// `passwords.schemes`: the first one makes new hashes.
    pub schemes: Vec<Scheme>,
    /// `passwords.cost`: the cost of the first scheme.
    pub cost: PasswordCost,
    /// `passwords.threads`, if it was set.
    pub hashing_threads: Option<u32>,
    /// `passwords.wait`
    pub hashing_wait: Duration,
    /// `[limits]`
    pub limits: LimitSettings,
    tz: Tz,
    origins: BTreeMap<&'static str, Origin>,
    passed_over: Vec<String>,
}

/// One effective setting, as `guestlist config` shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// `section.key`
    pub name: &'static str,
    /// The value, masked if it is secret.
    pub value: String,
    /// Where it was read.
    pub origin: Origin,
}

impl Settings {
    /// Reads all settings. `folder` is the working folder; `environment` is usually
    /// [`std::env::vars_os`].
    ///
    /// # Errors
    ///
    /// The first name or value that is unknown, malformed or unreadable, also if a stronger place
    /// overrides it.
    pub fn load(
        flags: &Flags,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
        folder: &Path,
    ) -> Result<Self, SettingsError> {
        let layers = Layers::read(flags, environment, folder)?;
        let settings = Reader::new(layers).settings()?;
        settings.refuse_short_secret()?;
        Ok(settings)
    }

    /// Whether the listener is on loopback, so that only this machine can connect. A proxy may
    /// still pass on requests of other machines, so defaults use [`is_private`](Self::is_private).
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.listen.ip().to_canonical().is_loopback()
    }

    /// Whether only this machine uses the server: the listener and the base URL are on loopback,
    /// and there is no trusted proxy. Every default that differs between private and public servers
    /// uses this function only.
    #[must_use]
    pub fn is_private(&self) -> bool {
        self.public_by().is_empty()
    }

    /// Returns the settings that make the server public; empty if it is private.
    #[must_use]
    pub fn public_by(&self) -> Vec<&'static str> {
        let reasons = [
            (&setting::LISTEN, !self.is_loopback()),
            (&setting::BASE_URL, !form::is_loopback_url(&self.base_url)),
            (&setting::TRUSTED_PROXIES, !self.trusted_proxies.is_empty()),
        ];
        let reasons = reasons.into_iter().filter(|(_, holds)| *holds);
        reasons.map(|(setting, _)| setting.name).collect()
    }

    /// Whether the FastAPI-book addresses show a creator's e-mail address:
    /// `compat.show_creator_email`, or by default whether the server is private.
    #[must_use]
    pub fn shows_creator_email(&self) -> bool {
        self.show_creator_email.unwrap_or_else(|| self.is_private())
    }

    /// How long sessions and tokens are valid.
    #[must_use]
    pub fn lifetimes(&self) -> Lifetimes {
        Lifetimes {
            access_database: self.access_database,
            access_jwt: self.access_jwt,
            refresh_window: self.refresh_window,
            session: self.lifetime,
            idle: self.idle,
            ..Lifetimes::default()
        }
    }

    /// Returns the rules for new passwords.
    #[must_use]
    pub fn password_policy(&self) -> PasswordPolicy {
        let chars = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        PasswordPolicy {
            min_chars: chars(self.min_length),
            max_chars: chars(self.max_length),
            site_name: self.name.clone(),
        }
    }

    /// Whether the configured secret is so short that only a private server accepts it.
    #[must_use]
    pub fn has_short_secret(&self) -> bool {
        self.secret_key.as_ref().is_some_and(Secret::is_short)
    }

    /// The same settings once the listener is bound, which matters if `server.listen` has port 0.
    #[must_use]
    pub fn listening_on(mut self, bound: SocketAddr) -> Self {
        self.listen = bound;
        if self.has_default_base_url() {
            self.base_url = form::base_url_of(bound);
        }
        self
    }

    /// Whether `server.base_url` was not set, so that it was made of the listener's address.
    #[must_use]
    pub fn has_default_base_url(&self) -> bool {
        self.origin(&setting::BASE_URL) == Origin::Default
    }

    /// The same settings for a command, which reports itself what it does: only warnings are logged,
    /// unless `log.level` was set.
    #[must_use]
    pub fn for_a_command(mut self) -> Self {
        if self.origin(&setting::LOG_LEVEL) == Origin::Default {
            self.log_level = "warn".to_owned();
        }
        self
    }

    /// Returns every effective setting, in the order of [`SETTINGS`].
    #[must_use]
    pub fn table(&self) -> Vec<Row> {
        use setting as s;
        let networks: Vec<String> = self
            .trusted_proxies
            .iter()
            .map(ToString::to_string)
            .collect();
        let origins: Vec<&str> = self.cors_origins.iter().map(WebOrigin::as_str).collect();
        let schemes: Vec<&str> = self.schemes.iter().map(|scheme| scheme.name()).collect();
        let off = || "off".to_owned();
        let seconds = |duration: Duration| duration.as_secs().to_string();
        let masked = |secret: &Option<Secret>, setting: &Setting| {
            let shown = secret.as_ref().map_or(setting.default, |_| MASK);
            shown.to_owned()
        };
        let shown = [
            (&s::LISTEN, self.listen.to_string()),
            (&s::BASE_URL, self.base_url.clone()),
            (&s::NAME, self.name.clone()),
            (&s::TIME_ZONE, self.time_zone.name().to_owned()),
            (&s::DATA_DIR, self.data_dir.display().to_string()),
            (&s::SECRET_KEY, masked(&self.secret_key, &s::SECRET_KEY)),
            (
                &s::SECRET_KEY_PREVIOUS,
                masked(&self.secret_key_previous, &s::SECRET_KEY_PREVIOUS),
            ),
            (&s::TRUSTED_PROXIES, networks.join(",")),
            (&s::DRAIN_DELAY, seconds(self.drain_delay)),
            (&s::MAX_CONNECTIONS, self.max_connections.to_string()),
            (&s::INSECURE_COOKIES, self.insecure_cookies.to_string()),
            (&s::HOSTS, self.hosts.join(",")),
            (
                &s::HSTS_SUBDOMAINS,
                self.hsts_include_subdomains.to_string(),
            ),
            (&s::CORS_ORIGINS, origins.join(",")),
            (
                &s::SHOW_CREATOR_EMAIL,
                self.show_creator_email.map_or_else(
                    || s::SHOW_CREATOR_EMAIL.default.to_owned(),
                    |shown| shown.to_string(),
                ),
            ),
            (&s::DATABASE_URL, self.database_url.to_string()),
            (&s::LOG_FORMAT, self.log_format.to_string()),
            (&s::LOG_LEVEL, self.log_level.clone()),
            (
                &s::METRICS_LISTEN,
                self.metrics_listen
                    .map_or_else(off, |address| address.to_string()),
            ),
            (&s::RECHECK, self.recheck.as_secs_f64().to_string()),
            (&s::LIFETIME, seconds(self.lifetime)),
            (&s::IDLE, seconds(self.idle)),
            (&s::STRATEGY, form::strategy_name(self.strategy).to_owned()),
            (&s::ACCESS_DATABASE, seconds(self.access_database)),
            (&s::ACCESS_JWT, seconds(self.access_jwt)),
            (&s::REFRESH_WINDOW, seconds(self.refresh_window)),
            (&s::ALGORITHM, self.algorithm.to_string()),
            (&s::MIN_LENGTH, self.min_length.to_string()),
            (&s::MAX_LENGTH, self.max_length.to_string()),
            (
                &s::BREACHED,
                self.breached
                    .as_ref()
                    .map_or_else(off, |path| path.display().to_string()),
            ),
            (&s::SCHEMES, schemes.join(",")),
            (&s::COST, self.cost.to_string()),
            (
                &s::HASHING_THREADS,
                self.hashing_threads.map_or_else(
                    || s::HASHING_THREADS.default.to_owned(),
                    |threads| threads.to_string(),
                ),
            ),
            (
                &s::HASHING_WAIT,
                self.hashing_wait.as_secs_f64().to_string(),
            ),
        ];
        let rows = shown.into_iter().chain(self.limits.shown());
        let rows = rows.map(|(setting, value)| Row {
            name: setting.name,
            value,
            origin: self.origin(setting),
        });
        rows.collect()
    }

    /// Variables that Kubernetes sets for a service named `guestlist`. They begin like ours, and were
    /// ignored.
    #[must_use]
    pub fn passed_over(&self) -> &[String] {
        &self.passed_over
    }

    /// Returns the value of `TZ` if it names no time zone and no setting takes its place.
    #[must_use]
    pub fn unusable_tz(&self) -> Option<&str> {
        match &self.tz {
            Tz::Unusable(tz) if self.origin(&setting::TIME_ZONE) == Origin::Default => Some(tz),
            _ => None,
        }
    }

    /// Returns where the settings come from, the highest priority first: `environment`, `.env`, …;
    /// empty if all are defaults.
    #[must_use]
    pub fn places(&self) -> Vec<&str> {
        let rank = |origin: &&Origin| match origin {
            Origin::Flag(_) => 0,
            Origin::Environment(_) => 1,
            Origin::Dotenv { .. } => 2,
            Origin::File { .. } | Origin::Default => 3,
        };
        let mut origins: Vec<&Origin> = self.origins.values().collect();
        origins.sort_by_key(rank);
        let mut places: Vec<&str> = origins.into_iter().map(Origin::place).collect();
        places.dedup();
        places
    }

    /// Returns the name of a setting and where it was read, for the start of a message: ``setting
    /// `server.listen`, read from flag --listen``.
    #[must_use]
    pub fn source_of(&self, name: &str) -> String {
        let data_dir = setting::DATA_DIR.name;
        match self.origins.get(name) {
            Some(origin) => format!("setting `{name}`, read from {}", origin.source()),
            None if name == setting::DATABASE_URL.name => match self.origins.get(data_dir) {
                Some(origin) => {
                    let source = origin.source();
                    format!("setting `{name}` (by default in `{data_dir}`, read from {source})")
                }
                None => format!("setting `{name}` (the default)"),
            },
            None if name == setting::TIME_ZONE.name && self.tz == Tz::Named => {
                format!("setting `{name}` (from TZ)")
            }
            None => format!("setting `{name}` (the default)"),
        }
    }

    fn origin(&self, setting: &Setting) -> Origin {
        self.origins
            .get(setting.name)
            .cloned()
            .unwrap_or(Origin::Default)
    }

    fn refuse_short_secret(&self) -> Result<(), SettingsError> {
        let secrets = [
            (&setting::SECRET_KEY, &self.secret_key),
            (&setting::SECRET_KEY_PREVIOUS, &self.secret_key_previous),
        ];
        for (setting, secret) in secrets {
            if secret.as_ref().is_some_and(Secret::is_short) && !self.is_private() {
                return Err(SettingsError::ShortSecret {
                    setting,
                    origin: self.origin(setting),
                    public_by: self.public_by(),
                });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;

//! Makes [`Settings`] from the layers: the strongest value wins, and every value is checked.

use std::collections::BTreeMap;

use super::{
    LimitSettings, Settings, SettingsError, form,
    layer::Layers,
    origin::Origin,
    problem::Problem,
    secret::DatabaseUrl,
    setting::{self as s, Setting},
};

const DAY: u32 = 86_400;
const YEAR: u32 = 365 * DAY;

/// Turns text into values, and remembers where each value was read.
pub(super) struct Reader {
    layers: Layers,
    origins: BTreeMap<&'static str, Origin>,
}

impl Reader {
    pub(super) fn new(layers: Layers) -> Self {
        Self {
            layers,
            origins: BTreeMap::new(),
        }
    }

    pub(super) fn settings(mut self) -> Result<Settings, SettingsError> {
        let listen = self.value(&s::LISTEN, form::address)?;
        let base_url = self.chosen(&s::BASE_URL, form::base_url)?;
        let data_dir = self.value(&s::DATA_DIR, form::folder)?;
        let database_url = self.chosen(&s::DATABASE_URL, form::database_url)?;
        let (usual, schemes) = self.value(&s::SCHEMES, form::schemes)?;
        let cost = self.chosen(&s::COST, |text| form::cost(usual.scheme(), text))?;
        let time_zone = self.chosen(&s::TIME_ZONE, form::time_zone)?;
        let in_data_dir = || DatabaseUrl::in_folder(&data_dir);
        Ok(Settings {
            listen,
            name: self.value(&s::NAME, form::name)?,
            time_zone: time_zone.unwrap_or_else(|| self.layers.system_time_zone()),
            base_url: base_url.unwrap_or_else(|| form::base_url_of(listen)),
            database_url: database_url.unwrap_or_else(in_data_dir),
            data_dir,
            secret_key: self.chosen(&s::SECRET_KEY, form::secret)?,
            secret_key_previous: self.chosen(&s::SECRET_KEY_PREVIOUS, form::secret)?,
            trusted_proxies: self.value(&s::TRUSTED_PROXIES, form::networks)?,
            drain_delay: self.value(&s::DRAIN_DELAY, |text| form::whole_seconds(text, 0..=300))?,
            max_connections: self
                .value(&s::MAX_CONNECTIONS, |text| form::whole(text, 1..=1_000_000))?,
            insecure_cookies: self.value(&s::INSECURE_COOKIES, form::boolean)?,
            hosts: self.value(&s::HOSTS, form::hosts)?,
            hsts_include_subdomains: self.value(&s::HSTS_SUBDOMAINS, form::boolean)?,
            show_creator_email: self.chosen(&s::SHOW_CREATOR_EMAIL, form::boolean)?,
            cors_origins: self.value(&s::CORS_ORIGINS, form::origins)?,
            log_format: self.value(&s::LOG_FORMAT, form::log_format)?,
            log_level: self.value(&s::LOG_LEVEL, form::log_level)?,
            metrics_listen: self.value(&s::METRICS_LISTEN, form::address_or_off)?,
            recheck: self.value(&s::RECHECK, |text| form::seconds(text, 0.0..=1.0))?,
            lifetime: self.value(&s::LIFETIME, |text| form::whole_seconds(text, 60..=YEAR))?,
            idle: self.value(&s::IDLE, |text| form::whole_seconds(text, 3_600..=YEAR))?,
            strategy: self.value(&s::STRATEGY, form::strategy)?,
            access_database: self.value(&s::ACCESS_DATABASE, |text| {
                form::whole_seconds(text, 1..=YEAR)
            })?,
            access_jwt: self.value(&s::ACCESS_JWT, |text| form::whole_seconds(text, 1..=DAY))?,
            refresh_window: self
                .value(&s::REFRESH_WINDOW, |text| form::whole_seconds(text, 0..=60))?,
            algorithm: self.value(&s::ALGORITHM, form::algorithm)?,
            min_length: self.value(&s::MIN_LENGTH, |text| form::whole(text, 8..=64))?,
            max_length: self.value(&s::MAX_LENGTH, |text| form::whole(text, 64..=4096))?,
            breached: self.value(&s::BREACHED, form::file_or_off)?,
            schemes,
            cost: cost.unwrap_or(usual),
            hashing_threads: self
                .chosen(&s::HASHING_THREADS, |text| form::whole(text, 1..=1024))?,
            hashing_wait: self.value(&s::HASHING_WAIT, |text| form::seconds(text, 0.1..=30.0))?,
            limits: LimitSettings::read(&mut self)?,
            tz: self.layers.tz(),
            origins: self.origins,
            passed_over: self.layers.passed_over,
        })
    }

    /// Returns the value that a place names, or the default of the table.
    pub(super) fn value<T, E: Into<Problem>>(
        &mut self,
        setting: &'static Setting,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Result<T, SettingsError> {
        match self.chosen(setting, &parse)? {
            Some(value) => Ok(value),
            None => parse(setting.default)
                .map_err(|problem| malformed(setting, Origin::Default, problem)),
        }
    }

    /// Returns the value of the strongest place. Weaker places are read too, so that a mistake in them
    /// shows before it counts.
    fn chosen<T, E: Into<Problem>>(
        &mut self,
        setting: &'static Setting,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Result<Option<T>, SettingsError> {
        let mut chosen = None;
        for found in self.layers.of(setting) {
            let origin = found.origin.clone();
            match parse(&found.text) {
                Ok(value) if chosen.is_none() => {
                    chosen = Some(value);
                    self.origins.insert(setting.name, origin);
                }
                Ok(_) => {}
                Err(problem) => return Err(malformed(setting, origin, problem)),
            }
        }
        Ok(chosen)
    }
}

fn malformed(
    setting: &'static Setting,
    origin: Origin,
    problem: impl Into<Problem>,
) -> SettingsError {
    SettingsError::Malformed {
        setting,
        origin,
        problem: problem.into().told(setting.form),
    }
}

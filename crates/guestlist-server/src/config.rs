//! The settings of the server: where they are read, which wins, and what is wrong with them.
//!
//! A flag wins over the environment, the environment over `.env`, `.env` over the file
//! (`guestlist.toml`, or the file that `--config` names), and the file over the default. An unknown
//! name or a malformed value in any of them stops the start. Nothing here opens a database or a
//! socket, and nothing changes the process's environment.

mod limits;
mod mail_rules;
mod mail_url;
mod settings;
mod table;

mod declare;
mod form;
mod setting;

mod places;
mod reader;

mod dotenv;
mod file;
mod flags;
mod habit;
mod kubernetes;
mod written_value;

mod error;
mod nearest;
mod origin;
mod problem;
mod secret;
mod shell_syntax;
mod system_zone;

use std::{ffi::OsString, net::SocketAddr, path::Path};

use guestlist::{AccountRules, Lifetimes, PasswordCost, PasswordPolicy, SignUpPolicy};

use habit::Habit;
use problem::Problem;
use setting::Setting;
use settings::{
    BASE_URL, COST, DATA_DIR, DATABASE_URL, LISTEN, LOG_LEVEL, SECRET_KEY, SECRET_KEY_PREVIOUS,
    TIME_ZONE, TRUSTED_PROXIES,
};
use system_zone::Tz;

pub use error::{SettingsError, UnknownName};
pub use flags::Flags;
pub use form::LogFormat;
pub(crate) use form::is_loopback_url;
pub use limits::LimitSettings;
pub use mail_url::MailUrl;
pub use origin::Origin;
pub use secret::{DatabaseUrl, MASK, Secret};
pub use setting::{About, DefaultValue, Kind};
pub use settings::Settings;

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
    /// All unknown names, or the first value that is malformed or unreadable, also if a stronger
    /// place overrides it.
    pub fn load(
        flags: &Flags,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
        folder: &Path,
    ) -> Result<Self, SettingsError> {
        let mut reader = places::read(flags, environment, folder)?;
        let settings = Self::read(&mut reader)?;
        settings.refuse_other_cost()?;
        settings.refuse_short_secret()?;
        settings.refuse_incomplete_mail()?;
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
            (&LISTEN.about, !self.is_loopback()),
            (&BASE_URL.about, !is_loopback_url(&self.base_url)),
            (&TRUSTED_PROXIES.about, !self.trusted_proxies.is_empty()),
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

    /// Who may sign up: `sign_up.policy`, or by default all visitors on a private server and invited
    /// visitors on a public one.
    #[must_use]
    pub fn sign_up_policy(&self) -> SignUpPolicy {
        self.sign_up.unwrap_or_else(|| match self.is_private() {
            true => SignUpPolicy::Open,
            false => SignUpPolicy::Invited,
        })
    }

    /// The rules about e-mail addresses.
    #[must_use]
    pub fn account_rules(&self) -> AccountRules {
        let sends_mail = self.sends_mail();
        AccountRules {
            sends_mail,
            require_verified: self.require_verified && sends_mail,
            conceal: self.conceal.unwrap_or_else(|| !self.is_private()) && sends_mail,
        }
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

    /// Returns the settings with `bound`, the address on which the server listens. The address
    /// differs from `server.listen` if that has port 0.
    #[must_use]
    pub fn listening_on(mut self, bound: SocketAddr) -> Self {
        self.listen = bound;
        if self.has_default_base_url() {
            self.base_url = form::base_url_of(bound);
        }
        self
    }

    /// Returns a sentence for a command that prints a link, if `server.base_url` is not set: the
    /// link then begins with an address that other machines may not reach.
    #[must_use]
    pub fn warning_about_links(&self) -> Option<String> {
        let variable = BASE_URL.about.variable();
        self.has_default_base_url().then(|| {
            format!(
                "`{}` is not set, so the link begins with {}. Set it ({variable}) to the address at which users reach \
                 the server, if that is another one",
                BASE_URL.about.name, self.base_url
            )
        })
    }

    /// Whether `server.base_url` was not set, so that it was made of the listener's address.
    #[must_use]
    pub fn has_default_base_url(&self) -> bool {
        self.origin(&BASE_URL) == Origin::Default
    }

    /// Returns the settings for a command. A command itself prints what it does, so it logs only
    /// warnings unless `log.level` was set.
    #[must_use]
    pub fn for_a_command(mut self) -> Self {
        if self.origin(&LOG_LEVEL) == Origin::Default {
            self.log_level = "warn".to_owned();
        }
        self
    }

    /// Returns every effective setting, in the order of their declarations.
    #[must_use]
    pub fn table(&self) -> Vec<Row> {
        let shown = self.shown().into_iter().chain(self.limits.shown());
        let rows = shown.map(|(about, value)| Row {
            name: about.name,
            value,
            origin: self.origin_of(about.name),
        });
        rows.collect()
    }

    /// Variables that Kubernetes sets for a service named `guestlist`. They begin like ours, and
    /// were ignored.
    #[must_use]
    pub fn passed_over(&self) -> &[String] {
        &self.passed_over
    }

    /// Names each variable that was probably meant for a setting and was ignored, such as `PORT`,
    /// and says what to use. Settings that have a value are left out.
    #[must_use]
    pub fn ignored(&self) -> Vec<String> {
        let is_default = |habit: &&Habit| self.origin_of(habit.setting.name) == Origin::Default;
        let habits = self.habits.iter().filter(is_default);
        habits.map(Habit::told).collect()
    }

    /// Returns the value of `TZ` if it names no time zone and no setting takes its place.
    #[must_use]
    pub fn unusable_tz(&self) -> Option<&str> {
        match &self.tz {
            Tz::Unusable(tz) if self.origin(&TIME_ZONE) == Origin::Default => Some(tz),
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
        let data_dir = DATA_DIR.about.name;
        match self.origins.get(name) {
            Some(origin) => format!("setting `{name}`, read from {}", origin.source()),
            None if name == DATABASE_URL.about.name => match self.origins.get(data_dir) {
                Some(origin) => {
                    let source = origin.source();
                    format!("setting `{name}` (by default in `{data_dir}`, read from {source})")
                }
                None => format!("setting `{name}` (the default)"),
            },
            None if name == TIME_ZONE.about.name && self.tz == Tz::Named => {
                format!("setting `{name}` (from TZ)")
            }
            None => format!("setting `{name}` (the default)"),
        }
    }

    fn origin<T>(&self, setting: &Setting<T>) -> Origin {
        self.origin_of(setting.about.name)
    }

    fn origin_of(&self, name: &str) -> Origin {
        let origin = self.origins.get(name).cloned();
        origin.unwrap_or(Origin::Default)
    }

    /// Refuses a cost that is valid for another scheme than the first one.
    fn refuse_other_cost(&self) -> Result<(), SettingsError> {
        let usual = form::usual_cost(&self.schemes);
        let text = self.cost.to_string();
        match PasswordCost::with(usual.scheme(), &text) {
            Ok(_) => Ok(()),
            Err(error) => {
                let problem = Problem::from(format!("is {text:?}: {error}"));
                Err(reader::malformed(&COST.about, self.origin(&COST), &problem))
            }
        }
    }

    fn refuse_short_secret(&self) -> Result<(), SettingsError> {
        let secrets = [
            (&SECRET_KEY, &self.secret_key),
            (&SECRET_KEY_PREVIOUS, &self.secret_key_previous),
        ];
        for (setting, secret) in secrets {
            if secret.as_ref().is_some_and(Secret::is_short) && !self.is_private() {
                return Err(SettingsError::ShortSecret {
                    setting: &setting.about,
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

//! Variables that other servers read and this one ignores. The start names the variable that was
//! probably meant, unless the setting has a value from another place.

use super::{
    setting::About,
    settings::{DATABASE_URL, LISTEN},
};

/// Variables of other servers. `HOST` is not among them: shells set it to the name of the machine.
const HABITS: [(&str, &About); 9] = [
    ("PORT", &LISTEN.about),
    ("DATABASE_URI", &DATABASE_URL.about),
    ("SQLALCHEMY_DATABASE_URI", &DATABASE_URL.about),
    ("SQLALCHEMY_DATABASE_URL", &DATABASE_URL.about),
    ("MONGO_URI", &DATABASE_URL.about),
    ("MONGO_URL", &DATABASE_URL.about),
    ("MONGODB_URI", &DATABASE_URL.about),
    ("MONGODB_URL", &DATABASE_URL.about),
    ("POSTGRES_URL", &DATABASE_URL.about),
];

/// A variable of another server.
#[derive(Debug, Clone)]
pub(super) struct Habit {
    /// The variable that was found.
    pub(super) found: &'static str,
    /// The setting that was probably meant.
    pub(super) setting: &'static About,
}

/// Returns the variable if other servers read it. An empty value means nothing.
pub(super) fn habit(variable: &str, value: &str) -> Option<Habit> {
    let (found, setting) = HABITS.iter().find(|(name, _)| *name == variable)?;
    (!value.is_empty()).then_some(Habit { found, setting })
}

impl Habit {
    /// Says that the variable is ignored, and what to set. The value may hold a password and is not
    /// repeated.
    pub(super) fn told(&self) -> String {
        let meant = match self.setting.alias {
            Some(alias) => alias.to_owned(),
            None => format!("{}, such as 0.0.0.0:8080", self.setting.variable()),
        };
        format!(
            "ignored the variable {}; to set `{}`, use {meant}",
            self.found, self.setting.name
        )
    }
}

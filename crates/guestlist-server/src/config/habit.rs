//! Variables that other servers read and this one ignores. The start names the variable that was
//! probably meant, unless the setting has a value from another place.

use super::setting::About;

/// A variable of another server.
#[derive(Debug, Clone)]
pub(super) struct Habit {
    /// The variable that was found.
    pub(super) found: &'static str,
    /// The setting that was probably meant.
    pub(super) setting: &'static About,
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

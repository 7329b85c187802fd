//! How long sessions and their credentials are valid.

use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The lifetimes of sessions and their credentials, each at least one second. No credential is
/// valid longer than its session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetimes {
    /// How long an opaque access token is valid. Default: 24 hours.
    pub access_database: Duration,
    /// How long a JWT is valid if the client also has a refresh token. Default: ten minutes.
    pub access_jwt: Duration,
    /// How long a JWT is valid if the client has no refresh token. Default: one hour.
    pub access_jwt_alone: Duration,
    /// How long a session lasts at most, even if it is used. Default: 30 days.
    pub session: Duration,
    /// How long a session lasts without being used. Default: seven days.
    ///
    /// [`Guestlist::purge`](crate::Guestlist::purge) writes when sessions were last used, so call
    /// it more often than this. [`Guestlist::upkeep`](crate::Guestlist::upkeep) calls it every ten
    /// minutes.
    pub idle: Duration,
    /// How long the previous refresh token gets the same answer again, because the first answer may
    /// have been lost. Default: ten seconds. May be zero.
    pub refresh_window: Duration,
    /// How long after the user entered the password the account may be changed. Default: ten
    /// minutes.
    pub reauthentication: Duration,
}

impl Default for Lifetimes {
    fn default() -> Self {
        Self {
            access_database: DAY,
            access_jwt: 10 * MINUTE,
            access_jwt_alone: HOUR,
            session: 30 * DAY,
            idle: 7 * DAY,
            refresh_window: Duration::from_secs(10),
            reauthentication: 10 * MINUTE,
        }
    }
}

impl Lifetimes {
    pub(crate) fn are_long_enough(&self) -> bool {
        let lifetimes = [
            self.access_database,
            self.access_jwt,
            self.access_jwt_alone,
            self.session,
            self.idle,
            self.reauthentication,
        ];
        lifetimes
            .iter()
            .all(|lifetime| *lifetime >= Duration::from_secs(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6750, section 5.3. Opaque tokens are looked up and can be ended at once, so they may be
    /// valid longer.
    #[test]
    fn tokens_that_other_services_verify_are_valid_for_at_most_an_hour() {
        let usual = Lifetimes::default();
        assert!(usual.access_jwt <= HOUR && usual.access_jwt_alone <= HOUR);
    }
}

//! For how long what is handed out opens anything.

use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The lifetimes of sessions and of what opens them, each at least one second. Nothing outlives its
/// session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetimes {
    /// Of an opaque access token. 24 hours by default.
    pub access_database: Duration,
    /// Of a JWT that comes with a refresh token. Ten minutes by default.
    pub access_jwt: Duration,
    /// Of a JWT that comes alone. One hour by default.
    pub access_jwt_alone: Duration,
    /// Of a session, whatever happens. 30 days by default.
    pub session: Duration,
    /// Of a session that nobody uses. Seven days by default. When it was last used is written as often
    /// as [`Guestlist::purge`](crate::Guestlist::purge) runs, which has to be more often than this;
    /// [`Guestlist::upkeep`](crate::Guestlist::upkeep) calls it every ten minutes.
    pub idle: Duration,
    /// For so long the refresh token before the current one gets the same answer again: the first may
    /// have got lost. Ten seconds by default; may be zero.
    pub refresh_window: Duration,
    /// For so long after the password was proven the account may be changed. Ten minutes by default.
    pub proof: Duration,
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
            proof: 10 * MINUTE,
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
            self.proof,
        ];
        lifetimes
            .iter()
            .all(|lifetime| *lifetime >= Duration::from_secs(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6750, section 5.3. What is looked up is taken back at once, and may live for longer.
    #[test]
    fn what_others_believe_without_asking_lives_for_an_hour_at_most() {
        let usual = Lifetimes::default();
        assert!(usual.access_jwt <= HOUR && usual.access_jwt_alone <= HOUR);
    }
}

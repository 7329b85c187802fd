//! How many tries and sign-ups the library allows; see [`Builder::limits`](crate::Builder::limits).

use std::{fmt, time::Duration};

/// A limit: so many tries at once, then one in each interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// How many tries are allowed at once; at least one.
    pub burst: u32,
    /// After the burst, one try is allowed in this time; at least a millisecond.
    pub every: Duration,
}

impl Rate {
    /// Creates a limit. `every` is in milliseconds.
    pub const fn new(burst: u32, every: u64) -> Self {
        Self {
            burst,
            every: Duration::from_millis(every),
        }
    }

    /// Returns the cost of one try and the size of the burst, in milliseconds.
    pub(crate) fn millis(self) -> (i64, i64) {
        let cost = i64::try_from(self.every.as_millis()).unwrap_or(i64::MAX);
        (cost, cost.saturating_mul(self.burst.into()))
    }

    /// Whether the limit allows any try, and its numbers fit into a store.
    fn is_valid(self) -> bool {
        let (cost, burst) = self.millis();
        cost > 0 && burst >= cost && burst < i64::MAX / 4
    }
}

/// The limits. Tries are wrong passwords and codes: a right one is given back.
///
/// A network is an IPv4 address, or a /64 of IPv6 addresses. A wider network is a /24 of IPv4
/// addresses, or a /48 of IPv6 addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Tries at one account from one network. Default: 10, then one in 30 seconds.
    pub account_and_network: Rate,
    /// Tries at one account from all networks. Default: 100, then one in 10 seconds.
    pub account: Rate,
    /// Tries at one account, beyond [`account`](Self::account), by networks that have not used
    /// this reserve in the last five minutes. It lets the owner in while others use up
    /// [`account`](Self::account). Default: 10, then one in 30 seconds.
    pub account_reserve: Rate,
    /// Tries at one account from a device that has signed in to it before. They count here instead
    /// of in the limits of the account. All sessions of an account together have the same rate, in
    /// a counter of their own. Default: 10, then one in 30 seconds.
    pub device: Rate,
    /// Tries at all accounts from one network. Default: 100, then one in 5 seconds.
    pub network: Rate,
    /// Tries at all accounts from one wider network. Default: 1,000, then one in half a second.
    pub wider_network: Rate,
    /// Sign-ups from one network. Default: 200, then one in 30 seconds.
    pub sign_ups_by_network: Rate,
    /// Sign-ups from one wider network. Default: 1,000, then one in 5 seconds.
    pub sign_ups_by_wider_network: Rate,
    /// Mails to one address. Default: 10, then one in 5 minutes.
    pub mails_by_address: Rate,
    /// Mails that one network causes. Default: 100, then one in 10 seconds.
    pub mails_by_network: Rate,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            account_and_network: Rate::new(10, 30_000),
            account: Rate::new(100, 10_000),
            account_reserve: Rate::new(10, 30_000),
            device: Rate::new(10, 30_000),
            network: Rate::new(100, 5_000),
            wider_network: Rate::new(1_000, 500),
            sign_ups_by_network: Rate::new(200, 30_000),
            sign_ups_by_wider_network: Rate::new(1_000, 5_000),
            mails_by_address: Rate::new(10, 300_000),
            mails_by_network: Rate::new(100, 10_000),
        }
    }
}

impl Limits {
    pub(crate) fn are_valid(&self) -> bool {
        [
            self.account_and_network,
            self.account,
            self.account_reserve,
            self.device,
            self.network,
            self.wider_network,
            self.sign_ups_by_network,
            self.sign_ups_by_wider_network,
            self.mails_by_address,
            self.mails_by_network,
        ]
        .into_iter()
        .all(Rate::is_valid)
    }
}

/// When to try again after too many tries. Displayed as `30 seconds` or `5 minutes`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryAfter {
    pub(crate) wait: Duration,
    pub(crate) limit: &'static str,
}

impl RetryAfter {
    /// Returns the time in seconds, rounded up; at least one.
    pub fn seconds(self) -> u32 {
        let seconds = self.wait.as_millis().div_ceil(1_000).max(1);
        u32::try_from(seconds).unwrap_or(u32::MAX)
    }

    /// Returns the name of the limit, such as `tries_by_account`, for metrics and logs.
    pub fn limit(self) -> &'static str {
        self.limit
    }
}

impl fmt::Display for RetryAfter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.seconds() {
            1 => f.write_str("1 second"),
            seconds @ 2..=90 => write!(f, "{seconds} seconds"),
            seconds @ 91..=5_400 => write!(f, "{} minutes", seconds.div_ceil(60)),
            seconds => write!(f, "{} hours", seconds.div_ceil(3_600)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_told_in_words_and_never_too_short() {
        for (millis, seconds, words) in [
            (0, 1, "1 second"),
            (1_000, 1, "1 second"),
            (1_001, 2, "2 seconds"),
            (30_000, 30, "30 seconds"),
            (91_000, 91, "2 minutes"),
            (300_000, 300, "5 minutes"),
            (5_401_000, 5_401, "2 hours"),
        ] {
            let retry_after = RetryAfter {
                wait: Duration::from_millis(millis),
                limit: "tries_by_account",
            };
            assert_eq!(retry_after.seconds(), seconds, "{millis}");
            assert_eq!(retry_after.to_string(), words, "{millis}");
        }
    }

    #[test]
    fn limits_that_allow_nothing_are_invalid() {
        assert!(Limits::default().are_valid());
        for account in [
            Rate::new(0, 1_000),
            Rate::new(1, 0),
            Rate::new(u32::MAX, u64::MAX),
        ] {
            let limits = Limits {
                account,
                ..Limits::default()
            };
            assert!(!limits.are_valid(), "{account:?}");
        }
    }
}

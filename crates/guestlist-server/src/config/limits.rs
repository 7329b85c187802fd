//! The settings of `[limits]`: how much one client, one user or all of them together may use.

use std::time::Duration;

use guestlist::{Limits, Rate, ReadLimits};

use super::{declare::settings, form, reader::Reader};

settings! {
    /// The limits.
    #[derive(Debug, Clone, PartialEq, Eq)]
    LimitSettings, read by reader:

    /// How many bytes of request bodies and of unread answers the server holds at once. One client
    /// address (for IPv6: one /64 network) gets an eighth. Up to 16 KiB are not counted.
    memory: u32 = MEMORY {
        name: "limits.memory",
        default: "67108864",
        form: form::whole!("whole bytes", 1_048_576..=4_294_967_295, 67_108_864),
    }
    /// The size of one page or batch of a list in bytes. The rest follows on the next page.
    list_bytes: u32 = LIST_BYTES {
        name: "limits.list_bytes",
        default: "262144",
        form: form::whole!("whole bytes", 16_384..=4_194_304, 262_144),
    }
    /// How many requests one HTTP/2 connection may have open at once.
    streams: u32 = STREAMS {
        name: "limits.streams",
        default: "32",
        form: form::whole!("a whole number", 1..=1_000, 32),
    }
    /// How many connections one client address (for IPv6: one /64 network) may have open at once.
    /// For one more, the server closes an idle one. If none is idle, it closes the new one. Trusted
    /// proxies are exempt.
    connections_per_client: u32 = CONNECTIONS_PER_CLIENT {
        name: "limits.connections_per_client",
        default: "256",
        form: form::whole!("a whole number", 1..=1_000_000, 256),
    }
    /// How many events one user may have.
    events_per_user: u32 = EVENTS_PER_USER {
        name: "limits.events_per_user",
        default: "2000",
        form: form::whole!("a whole number", 1..=1_000_000, 2_000),
    }
    /// How many personal access tokens one user may have.
    tokens_per_user: u32 = TOKENS_PER_USER {
        name: "limits.tokens_per_user",
        default: "100",
        form: form::whole!("a whole number", 1..=10_000, 100),
    }
    /// How many active sessions one user may have. A further sign-in ends the session that was
    /// unused for longest.
    sessions_per_user: u32 = SESSIONS_PER_USER {
        name: "limits.sessions_per_user",
        default: "100",
        form: form::whole!("a whole number", 1..=10_000, 100),
    }
    /// How many exports and calendar feeds of one user the server makes at once.
    exports_per_user: u32 = EXPORTS_PER_USER {
        name: "limits.exports_per_user",
        default: "1",
        form: form::whole!("a whole number", 1..=100, 1),
    }
    /// How many exports and calendar feeds of all users the server makes at once.
    exports: u32 = EXPORTS {
        name: "limits.exports",
        default: "64",
        form: form::whole!("a whole number", 1..=10_000, 64),
    }
    /// How many lists and searches may wait for the database. The server answers the next one with
    /// 503.
    lists_waiting: u32 = LISTS_WAITING {
        name: "limits.lists_waiting",
        default: "64",
        form: form::whole!("a whole number", 1..=100_000, 64),
    }
    /// How many look-ups by key may wait for the database. The server answers the next one with
    /// 503.
    lookups_waiting: u32 = LOOKUPS_WAITING {
        name: "limits.lookups_waiting",
        default: "4096",
        form: form::whole!("a whole number", 1..=1_000_000, 4_096),
    }
    /// How many seconds one try of an imported password hash may take on this machine.
    /// `--allow-slow-hashes` accepts slower ones.
    import_hash_seconds: Duration = IMPORT_HASH_SECONDS {
        name: "limits.import_hash_seconds",
        default: "0.5",
        form: form::seconds!(0.05..=60, 0.5),
    }
    /// How many times a used refresh token gets the same answer [again](tokens.md#refreshing)
    /// within `tokens.refresh_window`. One more use ends the session.
    refresh_retries: u32 = REFRESH_RETRIES {
        name: "limits.refresh_retries",
        default: "2",
        form: form::whole!("a whole number", 0..=100, 2),
    }
    /// How many wrong passwords and codes are accepted for one account from one network (an IPv4
    /// address, or a /64 of IPv6). See [limits.md](limits.md).
    tries_by_account_and_network: Rate = TRIES_BY_ACCOUNT_AND_NETWORK {
        name: "limits.tries_by_account_and_network",
        default: "10/30",
        form: form::RATE,
    }
    /// How many wrong passwords and codes are accepted for one account from all networks.
    tries_by_account: Rate = TRIES_BY_ACCOUNT {
        name: "limits.tries_by_account",
        default: "100/10",
        form: form::RATE,
    }
    /// How many more are accepted for one account from networks that did not use this reserve in
    /// the last five minutes. It lets the owner in during an attack.
    tries_by_account_reserve: Rate = TRIES_BY_ACCOUNT_RESERVE {
        name: "limits.tries_by_account_reserve",
        default: "10/30",
        form: form::RATE,
    }
    /// How many are accepted from a browser that has signed in to the account before. All sessions
    /// of the account together have as many more. They do not count for the account.
    tries_by_device: Rate = TRIES_BY_DEVICE {
        name: "limits.tries_by_device",
        default: "10/30",
        form: form::RATE,
    }
    /// How many are accepted from one network for all accounts.
    tries_by_network: Rate = TRIES_BY_NETWORK {
        name: "limits.tries_by_network",
        default: "100/5",
        form: form::RATE,
    }
    /// How many are accepted from one wider network (a /24 of IPv4, or a /48 of IPv6).
    tries_by_wider_network: Rate = TRIES_BY_WIDER_NETWORK {
        name: "limits.tries_by_wider_network",
        default: "1000/0.5",
        form: form::RATE,
    }
    /// How many users may sign up from one network.
    sign_ups_by_network: Rate = SIGN_UPS_BY_NETWORK {
        name: "limits.sign_ups_by_network",
        default: "200/30",
        form: form::RATE,
    }
    /// How many users may sign up from one wider network.
    sign_ups_by_wider_network: Rate = SIGN_UPS_BY_WIDER_NETWORK {
        name: "limits.sign_ups_by_wider_network",
        default: "1000/5",
        form: form::RATE,
    }
    /// How many mails are queued for one address. The answers do not tell that no more are.
    mails_by_address: Rate = MAILS_BY_ADDRESS {
        name: "limits.mails_by_address",
        default: "10/300",
        form: form::RATE,
    }
    /// How many mails one network may cause.
    mails_by_network: Rate = MAILS_BY_NETWORK {
        name: "limits.mails_by_network",
        default: "100/10",
        form: form::RATE,
    }
    /// How many bytes of a request's path are written to the log.
    log_path_bytes: u32 = LOG_PATH_BYTES {
        name: "limits.log_path_bytes",
        default: "200",
        form: form::whole!("a whole number", 32..=16_384, 200),
    }
    /// How many refusals of one kind are logged one by one in ten seconds. The server logs the rest
    /// as one count.
    log_refusals: u32 = LOG_REFUSALS {
        name: "limits.log_refusals",
        default: "100",
        form: form::whole!("a whole number", 1..=1_000_000, 100),
    }
}

impl LimitSettings {
    /// Returns the limits of tries and sign-ups.
    pub fn of_tries(&self) -> Limits {
        Limits {
            account_and_network: self.tries_by_account_and_network,
            account: self.tries_by_account,
            account_reserve: self.tries_by_account_reserve,
            device: self.tries_by_device,
            network: self.tries_by_network,
            wider_network: self.tries_by_wider_network,
            sign_ups_by_network: self.sign_ups_by_network,
            sign_ups_by_wider_network: self.sign_ups_by_wider_network,
            mails_by_address: self.mails_by_address,
            mails_by_network: self.mails_by_network,
        }
    }

    /// Returns how many reads may wait for the database.
    pub fn reads(&self) -> ReadLimits {
        ReadLimits {
            lookups_waiting: self.lookups_waiting,
            lists_waiting: self.lists_waiting,
        }
    }
}

impl Default for LimitSettings {
    fn default() -> Self {
        Self::read(&mut Reader::default()).expect("every default is valid")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stores_and_settings_have_the_same_defaults() {
        assert_eq!(LimitSettings::default().reads(), ReadLimits::default());
        assert_eq!(LimitSettings::default().of_tries(), Limits::default());
    }
}

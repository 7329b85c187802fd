//! The limits of tries: which counters a try of a password or code takes, and when it is given
//! back.
//!
//! A try is counted after the hashing queue has taken it, and before it is hashed. It is given back
//! if the queue refuses it after all, and if the password was right. Nothing else is ever cleared.

use std::{net::IpAddr, sync::LazyLock, time::Duration};

use crate::{
    Actor, Client, Email, Guestlist, HashError, LimitKey, LogLimit, Password, PasswordHash, Rate,
    RetryAfter, SecurityEventKind, StoreError, Take, Taking,
    network::{network, wider_network},
    password::Verdict,
    token::DeviceId,
};

/// A network may use the reserve of an account once in this time.
const RESERVE: Rate = Rate::new(1, 300_000);

/// How many notices of one kind of event an account gets.
const NOTICE: Rate = Rate::new(10, 360_000);
/// How many mails the administrators get about accounts that wait.
const APPROVAL: Rate = Rate::new(10, 1_800_000);

/// Limits the log lines about refused tries, which cost nothing and so come in any number.
static REFUSED: LazyLock<LogLimit<&'static str>> = LazyLock::new(|| {
    LogLimit::new(10, |limit, suppressed| {
        tracing::warn!(limit, "too many tries: {suppressed}");
    })
});

/// A try of a password or code.
#[derive(Clone, Copy)]
pub(crate) struct Try<'a> {
    /// The account, whether it exists or not. `None` if the text that was typed is no address.
    pub(crate) account: Option<&'a Email>,
    pub(crate) from: TriedFrom,
}

/// Where a try comes from.
#[derive(Clone, Copy)]
pub(crate) enum TriedFrom {
    /// A client without a session. Without an address, the limits of networks do not apply.
    Client {
        address: Option<IpAddr>,
        /// The device, if the account's owner has signed in on it before.
        device: Option<DeviceId>,
    },
    /// A session of the account. All sessions of an account count together. So another session
    /// gives no further tries, and visitors without a session cannot use up the tries of the owner.
    Session,
}

/// A try that was counted.
#[derive(Debug)]
#[must_use = "a right password gives its try back"]
pub(crate) struct CountedTry(Vec<Take>);

/// A try at the counter of one limit, with the name of the limit.
type Counted = (&'static str, Take);

impl Guestlist {
    /// Counts a try, or refuses it.
    pub(crate) async fn count_try(&self, of: Try<'_>) -> Result<CountedTry, TryError> {
        let refused = match self.take(self.counters_of(of)).await {
            Err(TryError::TooMany(refused)) if refused.limit == ACCOUNT => refused,
            done => return done.map_err(told),
        };
        // Only the account's limit refuses. A network that is new to the account has the reserve.
        let Some(reserve) = self.reserve_of(of) else {
            return Err(told(TryError::TooMany(refused)));
        };
        self.take(reserve).await.map_err(|error| match error {
            TryError::TooMany(second) => {
                let wait = refused.wait.min(second.wait);
                told(TryError::TooMany(RetryAfter { wait, ..refused }))
            }
            error @ TryError::Store(_) => error,
        })
    }

    /// Gives a try back, once.
    pub(crate) async fn give_back_try(&self, counted: CountedTry) -> Result<(), StoreError> {
        if counted.0.is_empty() {
            return Ok(());
        }
        self.store().give_back(&counted.0).await
    }

    /// Counts the try of a password and checks it. Without a hash, does the same work and answers
    /// no. The caller gives the try back if the password was right.
    pub(super) async fn try_password(
        &self,
        of: Try<'_>,
        password: Password,
        expected: Option<PasswordHash>,
    ) -> Result<(Verdict, CountedTry), TryPasswordError> {
        let queued = self.hasher().queue(password, expected).await?;
        let counted = self.count_try(of).await?;
        match queued.run().await {
            Ok(verdict) => Ok((verdict, counted)),
            Err(error) => {
                let given_back = self.give_back_try(counted).await;
                given_back.map_err(TryError::Store)?;
                Err(error.into())
            }
        }
    }

    /// Counts a sign-up from this client, or refuses it. Without an address nothing is counted.
    pub(super) async fn count_sign_up(&self, client: &Client) -> Result<CountedTry, TryError> {
        let limits = self.limits();
        let mut counters = Vec::new();
        if let Some(address) = client.address {
            let (narrow, wide) = (network(address), wider_network(address));
            counters = vec![
                self.of_network("sign_ups_by_network", narrow, limits.sign_ups_by_network),
                self.of_network(
                    "sign_ups_by_wider_network",
                    wide,
                    limits.sign_ups_by_wider_network,
                ),
            ];
        }
        self.take(counters).await.map_err(told)
    }

    /// Counts a mail to that address, which the client of this request causes. `false` says that a
    /// limit is reached: then no mail is queued, and the answer is the same.
    pub(super) async fn counts_mail(&self, to: &Email) -> Result<bool, StoreError> {
        let limits = self.limits();
        let by_address = self.of_account(MAILS, to, b"", limits.mails_by_address);
        let mut counters = vec![by_address];
        let origin = self.origin();
        if let Some(address) = origin.client.address
            && !origin.is_address_of_proxy
        {
            let rate = limits.mails_by_network;
            counters.push(self.of_network("mails_by_network", network(address), rate));
        }
        match self.take(counters).await.map_err(told) {
            Ok(_) => Ok(true),
            Err(TryError::TooMany(_)) => Ok(false),
            Err(TryError::Store(error)) => Err(error),
        }
    }

    /// Counts a notice of that kind to that address. `false` says that there were too many.
    pub(super) async fn counts_notice(
        &self,
        to: &Email,
        kind: SecurityEventKind,
    ) -> Result<bool, StoreError> {
        let kind = kind.as_str().as_bytes();
        self.counts(self.of_account(NOTICES, to, kind, NOTICE))
            .await
    }

    /// Counts a notice of any kind to an address that was never verified. `false` says that there
    /// were too many.
    pub(super) async fn counts_unverified_notice(&self, to: &Email) -> Result<bool, StoreError> {
        let rate = self.limits().mails_by_address;
        self.counts(self.of_account(NOTICES, to, b"unverified", rate))
            .await
    }

    /// Counts a mail to the administrators about an account that waits. `false` says that there were
    /// too many.
    pub(super) async fn counts_approval_mail(&self) -> Result<bool, StoreError> {
        let key = self.limit_keys().key(b"site", APPROVALS, b"");
        self.counts((APPROVALS, take_of(key, APPROVAL))).await
    }

    async fn counts(&self, counter: Counted) -> Result<bool, StoreError> {
        match self.take(vec![counter]).await {
            Ok(_) => Ok(true),
            Err(TryError::TooMany(_)) => Ok(false),
            Err(TryError::Store(error)) => Err(error),
        }
    }

    /// Clears all counters of an account, so that its owner can try again at once. The counters of
    /// networks stay.
    pub async fn unlock(&self, email: &Email) -> Result<u64, StoreError> {
        let between = self.limit_keys().range(&group(email));
        let cleared = self.store().clear_counters(between).await?;
        tracing::info!(cleared, "counters of tries cleared");
        if let Some(user) = self.store().find_user_by_email(email).await? {
            let event = self.event_by(Actor::System, user.id, SecurityEventKind::Unlocked);
            self.record_event(event).await;
        }
        Ok(cleared)
    }

    async fn take(&self, counters: Vec<Counted>) -> Result<CountedTry, TryError> {
        let takes: Vec<_> = counters.iter().map(|(_, take)| *take).collect();
        if takes.is_empty() {
            return Ok(CountedTry(takes));
        }
        match self.store().take_all(&takes, self.now()).await? {
            Taking::Done => Ok(CountedTry(takes)),
            Taking::Refused { which, retry_after } => Err(TryError::TooMany(RetryAfter {
                wait: retry_after.max(Duration::from_millis(1)),
                limit: counters.get(which).map_or(ACCOUNT, |(limit, _)| *limit),
            })),
        }
    }

    /// Returns the counters that a try takes.
    fn counters_of(&self, of: Try<'_>) -> Vec<Counted> {
        let limits = self.limits();
        let mut counters = Vec::with_capacity(4);
        let (address, known) = match of.from {
            TriedFrom::Session => (None, Some((SESSIONS, Vec::new()))),
            TriedFrom::Client { address, device } => {
                (address, device.map(|DeviceId(id)| (DEVICE, id.to_vec())))
            }
        };
        if let Some(account) = of.account {
            match known {
                Some((limit, id)) => {
                    counters.push(self.of_account(limit, account, &id, limits.device));
                }
                None => {
                    if let Some(address) = address {
                        let from = bytes(network(address));
                        let rate = limits.account_and_network;
                        counters.push(self.of_account(ACCOUNT_AND_NETWORK, account, &from, rate));
                    }
                    counters.push(self.of_account(ACCOUNT, account, &[], limits.account));
                }
            }
        }
        counters.extend(self.of_networks(address));
        counters
    }

    /// Returns the counters that a try takes if the account's counter refuses it. Only a client
    /// with an address that is new to the account may use them.
    fn reserve_of(&self, of: Try<'_>) -> Option<Vec<Counted>> {
        let TriedFrom::Client {
            address: Some(address),
            device: None,
        } = of.from
        else {
            return None;
        };
        let (account, from) = (of.account?, bytes(network(address)));
        let rate = self.limits().account_reserve;
        let mut counters = vec![
            self.of_account("tries_by_new_network", account, &from, RESERVE),
            self.of_account("tries_by_account_reserve", account, &[], rate),
        ];
        counters.extend(self.of_networks(Some(address)));
        Some(counters)
    }

    fn of_networks(&self, address: Option<IpAddr>) -> Vec<Counted> {
        let limits = self.limits();
        let Some(address) = address else {
            return Vec::new();
        };
        let (narrow, wide) = (network(address), wider_network(address));
        vec![
            self.of_network("tries_by_network", narrow, limits.network),
            self.of_network("tries_by_wider_network", wide, limits.wider_network),
        ]
    }

    fn of_account(&self, limit: &'static str, account: &Email, of: &[u8], rate: Rate) -> Counted {
        let key = self.limit_keys().key(&group(account), limit, of);
        (limit, take_of(key, rate))
    }

    fn of_network(&self, limit: &'static str, network: IpAddr, rate: Rate) -> Counted {
        let key = self.limit_keys().key(b"network", limit, &bytes(network));
        (limit, take_of(key, rate))
    }
}

const ACCOUNT: &str = "tries_by_account";
const MAILS: &str = "mails_by_address";
const NOTICES: &str = "notices_by_account";
const APPROVALS: &str = "approval_mails";
const ACCOUNT_AND_NETWORK: &str = "tries_by_account_and_network";
const DEVICE: &str = "tries_by_device";
const SESSIONS: &str = "tries_by_sessions";

/// Returns the group of an account's counters: all spellings of an address are one account.
fn group(account: &Email) -> Vec<u8> {
    [b"account ", account.key().as_bytes()].concat()
}

fn take_of(key: LimitKey, rate: Rate) -> Take {
    let (cost, burst) = rate.millis();
    Take { key, cost, burst }
}

fn bytes(network: IpAddr) -> Vec<u8> {
    match network {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    }
}

/// Logs a refusal.
fn told(error: TryError) -> TryError {
    if let TryError::TooMany(refused) = &error
        && REFUSED.admits(refused.limit)
    {
        let seconds = refused.seconds();
        tracing::warn!(limit = refused.limit, seconds, "too many tries");
    }
    error
}

/// Why a try was not counted.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TryError {
    /// A limit is reached.
    #[error("too many tries")]
    TooMany(RetryAfter),
    /// The store failed, so the try is refused.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a password was not checked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TryPasswordError {
    #[error(transparent)]
    Try(#[from] TryError),
    #[error(transparent)]
    Hash(#[from] HashError),
}

/// Converts a refused try into the error of a use case.
macro_rules! refuses_tries {
    ($error:ty) => {
        impl From<crate::auth::tries::TryError> for $error {
            fn from(error: crate::auth::tries::TryError) -> Self {
                match error {
                    crate::auth::tries::TryError::TooMany(when) => Self::TooManyTries(when),
                    crate::auth::tries::TryError::Store(error) => Self::Store(error),
                }
            }
        }
    };
}

/// Converts the refusal of a password's try into the error of a use case.
macro_rules! checks_passwords {
    ($error:ty) => {
        crate::auth::tries::refuses_tries!($error);

        impl From<crate::auth::tries::TryPasswordError> for $error {
            fn from(error: crate::auth::tries::TryPasswordError) -> Self {
                match error {
                    crate::auth::tries::TryPasswordError::Try(error) => error.into(),
                    crate::auth::tries::TryPasswordError::Hash(error) => Self::Hash(error),
                }
            }
        }
    };
}

pub(crate) use {checks_passwords, refuses_tries};

#[cfg(test)]
mod tests;

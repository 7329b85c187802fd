//! Opens connections, each with a time limit.

use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

use deadpool_postgres::{ClientWrapper, Connect};
use tokio::{task::JoinHandle, time::timeout};
use tokio_postgres::{Client, Config, Error, config::Host};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::{OpenError, address::Address};

/// The oldest supported server version.
const OLDEST: u32 = 14;

/// Opens connections to one server, with the trust that the URL states.
#[derive(Clone)]
pub(crate) struct Connector {
    config: Arc<Config>,
    tls: MakeRustlsConnect,
}

impl Connector {
    pub(crate) fn new(address: &Address) -> Result<Self, OpenError> {
        Ok(Self {
            config: Arc::new(address.config.clone()),
            tls: address.trust.connect()?,
        })
    }

    pub(crate) fn config(&self) -> &Config {
        &self.config
    }

    /// Returns the encryption settings, for a connection that cancels a statement.
    pub(crate) fn tls(&self) -> MakeRustlsConnect {
        self.tls.clone()
    }

    /// Opens a connection. A task of its own drives it until the returned client is dropped.
    pub(crate) async fn connect(&self, within: Duration) -> Result<ClientWrapper, ConnectError> {
        let connected = timeout(within, Connect::connect(self, &self.config)).await;
        let connected = connected.map_err(|_| ConnectError::Silence(within))?;
        let (client, task) = connected.map_err(|error| self.named(error))?;
        Ok(ClientWrapper::new(client, task))
    }
}

impl Connector {
    /// Names the host if its name cannot be looked up. The driver does not name it.
    fn named(&self, error: Error) -> ConnectError {
        let why = crate::error::in_words(&error);
        let Some(why) = why.strip_prefix(NO_ADDRESS) else {
            return error.into();
        };
        let why = why.trim_start_matches([':', ' ']);
        let host = unknown_host(self.config.get_hosts(), why);
        ConnectError::UnknownHost(host, Some(error))
    }
}

/// How an error of a look-up begins.
const NO_ADDRESS: &str = "failed to lookup address information";

/// The driver reads a URL up to the first `@` as user and password. What is before the last one may
/// still belong to the password, so it is not shown.
fn unknown_host(hosts: &[Host], why: &str) -> UnknownHost {
    let names = hosts.iter().filter_map(|host| match host {
        Host::Tcp(name) => Some(name.as_str()),
        #[cfg(unix)]
        Host::Unix(_) => None,
    });
    let names = names.collect::<Vec<_>>().join(",");
    let (before, host) = names.rsplit_once('@').unwrap_or(("", &names));
    UnknownHost {
        host: host.to_owned(),
        why: why.to_owned(),
        is_split: before.len() + host.len() < names.len(),
    }
}

/// A host whose name is unknown.
#[derive(Debug)]
pub(crate) struct UnknownHost {
    host: String,
    why: String,
    is_split: bool,
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConnectError {
    #[error("no answer within {} ms", .0.as_millis())]
    Silence(Duration),
    #[error("cannot look up the host {:?}: {}", .0.host, .0.why)]
    UnknownHost(UnknownHost, #[source] Option<Error>),
    #[error(transparent)]
    Driver(#[from] Error),
}

impl From<ConnectError> for OpenError {
    fn from(error: ConnectError) -> Self {
        match error {
            ConnectError::Silence(_) => Self::Unreachable(error.to_string(), None),
            ConnectError::UnknownHost(unknown, source) => Self::UnknownHost {
                host: unknown.host,
                why: unknown.why,
                is_split: unknown.is_split,
                source: source.map(Into::into),
            },
            ConnectError::Driver(error) => error.into(),
        }
    }
}

impl Connect for Connector {
    fn connect(
        &self,
        config: &Config,
    ) -> Pin<Box<dyn Future<Output = Result<(Client, JoinHandle<()>), Error>> + Send + '_>> {
        let config = config.clone();
        Box::pin(async move {
            let (client, connection) = config.connect(self.tls.clone()).await?;
            let task = tokio::spawn(async move {
                if let Err(error) = connection.await {
                    let why = crate::error::in_words(&error);
                    tracing::warn!(why, "a connection to PostgreSQL broke");
                }
            });
            Ok((client, task))
        })
    }
}

/// Refuses a server that is too old for the statements.
pub(crate) async fn check_version(client: &Client) -> Result<(), OpenError> {
    let said = client.query_one("SHOW server_version", &[]).await?;
    let version: String = said.try_get(0)?;
    if major(&version).is_some_and(|major| major < OLDEST) {
        return Err(OpenError::TooOld(version));
    }
    Ok(())
}

/// Refuses a database whose encoding does not support all of Unicode: PostgreSQL would refuse some
/// names and titles later.
pub(crate) async fn check_encoding(client: &Client) -> Result<(), OpenError> {
    let said = client.query_one("SHOW server_encoding", &[]).await?;
    let encoding: String = said.try_get(0)?;
    match encoding.as_str() {
        "UTF8" => Ok(()),
        _ => Err(OpenError::Encoding(encoding)),
    }
}

/// Refuses a read-only database: PostgreSQL would refuse the first change.
pub(crate) async fn check_writable(client: &Client) -> Result<(), OpenError> {
    let asked = "SELECT pg_is_in_recovery(), current_setting('transaction_read_only') = 'on'";
    let said = client.query_one(asked, &[]).await?;
    let (is_standby, is_read_only) = (said.try_get(0)?, said.try_get(1)?);
    match (is_standby, is_read_only) {
        (true, _) => Err(OpenError::Standby),
        (false, true) => Err(OpenError::ReadOnly),
        (false, false) => Ok(()),
    }
}

fn major(version: &str) -> Option<u32> {
    let digits = version.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_password_is_not_shown_as_the_host() {
        for (url, host, is_split) in [
            ("postgres://ada:secret@db.example/x", "db.example", false),
            (
                "postgres://ada:pass@secret@db.example/x",
                "db.example",
                true,
            ),
            ("postgres://ada:secret@a,b/x", "a,b", false),
        ] {
            let config: Config = url.parse().expect(url);
            let unknown = unknown_host(config.get_hosts(), "why");
            assert_eq!(
                (&*unknown.host, unknown.is_split),
                (host, is_split),
                "{url}"
            );
            let said = OpenError::from(ConnectError::UnknownHost(unknown, None)).to_string();
            assert!(!said.contains("secret"), "{said}");
            assert_eq!(
                said.contains("%40 for @, %3A for : and %2F for /"),
                is_split
            );
        }
    }

    #[test]
    fn a_version_is_known_by_its_first_number() {
        for (said, expected) in [
            ("15.18 (Debian 15.18-0+deb12u1)", Some(15)),
            ("17beta1", Some(17)),
            ("9.6.24", Some(9)),
            ("devel", None),
        ] {
            assert_eq!(major(said), expected, "{said}");
        }
    }
}

//! Reads a database URL: the hosts, how far the server is trusted, and the number of connections.
//!
//! The driver reads most of the URL. This module reads `pool_size`, and `sslmode` up to
//! `verify-full` with `sslrootcert`, with the meaning that libpq gives them.

use std::{error::Error as _, net::IpAddr, path::PathBuf, str::FromStr, time::Duration};

use percent_encoding::percent_decode_str;
use tokio_postgres::{
    Config, Error,
    config::{Host, SslMode},
};

use crate::{OpenError, tls::Trust};

/// The form of a URL.
const FORM: &str = "postgres://USER:PASSWORD@HOST:PORT/DATABASE";
/// The number of connections in the pool, unless the URL says otherwise. Look-ups have another one.
const POOL_SIZE: usize = 8;
/// The server ends each statement after this time, so that it does not finish a statement long
/// after its caller has given up.
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(2);
/// Data that is not acknowledged for this time ends the connection. Linux only.
const UNACKNOWLEDGED: Duration = Duration::from_secs(5);
/// How often an idle connection is probed.
const KEEPALIVE: Duration = Duration::from_secs(10);
/// The driver's own interval, unless the URL says otherwise.
const USUAL_KEEPALIVE: Duration = Duration::from_secs(2 * 60 * 60);

/// The content of a URL.
pub(crate) struct Address {
    pub(crate) config: Config,
    pub(crate) trust: Trust,
    pub(crate) pool_size: usize,
    /// Whether the server is on another machine, and the URL does not say how to secure the
    /// connection.
    pub(crate) leaves_tls_open: bool,
}

impl Address {
    /// Reads `postgres://USER:PASSWORD@HOST:PORT/DATABASE?sslmode=…`. A message repeats only the
    /// port and the names of parameters.
    pub(crate) fn parse(url: &str) -> Result<Self, OpenError> {
        let (place, query) = url.split_once('?').unwrap_or((url, ""));
        if !["postgres://", "postgresql://"]
            .iter()
            .any(|scheme| place.starts_with(scheme))
        {
            let problem = format!("does not begin with postgres://; use {FORM}");
            return Err(OpenError::Url(problem.into()));
        }
        let (mut mode, mut root, mut pool_size) = (None, None, POOL_SIZE);
        let mut others = Vec::new();
        for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            match name {
                "sslmode" => mode = Some(value),
                "sslrootcert" => root = Some(decoded(value)?),
                "pool_size" => pool_size = number(value)?,
                _ => others.push(parameter),
            }
        }
        let place = match others.as_slice() {
            [] => place.to_owned(),
            others => format!("{place}?{}", others.join("&")),
        };
        let mut config = Config::from_str(&place).map_err(|error| unreadable(url, &error))?;
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            let problem = format!("names no host; use {FORM}");
            return Err(OpenError::Url(problem.into()));
        }
        let trust = Trust::read(mode, root.map(PathBuf::from))?;
        config.ssl_mode(match &trust {
            Trust::Unencrypted => SslMode::Disable,
            Trust::AnyServerOrUnencrypted => SslMode::Prefer,
            Trust::AnyServer | Trust::Authority(_) | Trust::AuthorityAndName(_) => SslMode::Require,
        });
        bound(&mut config);
        Ok(Self {
            leaves_tls_open: mode.is_none() && !is_on_this_machine(&config),
            config,
            trust,
            pool_size,
        })
    }
}

/// Whether every server is reached over loopback or a socket in the file system.
fn is_on_this_machine(config: &Config) -> bool {
    let is_local = |host: &Host| match host {
        Host::Tcp(name) => {
            let name = name.trim_start_matches('[').trim_end_matches(']');
            name.eq_ignore_ascii_case("localhost")
                || name
                    .parse()
                    .is_ok_and(|address: IpAddr| address.is_loopback())
        }
        #[cfg(unix)]
        Host::Unix(_) => true,
    };
    match config.get_hostaddrs() {
        // If there are addresses, connections use them instead of the host names.
        [] => config.get_hosts().iter().all(is_local),
        addresses => addresses.iter().all(IpAddr::is_loopback),
    }
}

/// Explains why the driver cannot read the URL, and the fix.
fn unreadable(url: &str, error: &Error) -> OpenError {
    let cause = error.source().map_or_else(String::new, ToString::to_string);
    let quoted = |before: &str| cause.strip_prefix(before)?.strip_suffix('`');
    let is_name = |name: &str| name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    // An @ after the question mark belongs to a password that is not percent-encoded.
    let has_parameters = !url
        .split_once('?')
        .is_some_and(|(_, query)| query.contains('@'));
    let unknown = quoted("unknown option `").filter(|name| has_parameters && is_name(name));
    if let Some(name) = unknown {
        let problem = format!("has the parameter {name:?}, which is not supported; leave it out");
        return OpenError::Url(problem.into());
    }
    match quoted("invalid value for option `") {
        Some("port") => {
            let port = "a number from 1 to 65535, such as 5432";
            OpenError::Url(match bad_port(url) {
                Some(found) => format!("has the port {found:?}; use {port}").into(),
                None => format!("has no valid port; use {FORM} with {port}").into(),
            })
        }
        Some(name) if has_parameters && name != "host" => {
            let problem = format!(
                "has a value of the parameter {name:?} that PostgreSQL does not know; correct it or leave it out"
            );
            OpenError::Url(problem.into())
        }
        _ => {
            let problem = format!(
                "cannot be read; use {FORM}, and in a user name or password %40 for @, %3A for :, %2F for / and %3F for ?"
            );
            OpenError::Url(problem.into())
        }
    }
}

/// Returns the port in the URL that is not a number. Text before an @ is left out: it may be a part
/// of the password.
fn bad_port(url: &str) -> Option<&str> {
    let (_, place) = url.rsplit_once('@')?;
    let hosts = place.split(['/', '?']).next().unwrap_or_default();
    let ports = hosts.split(',').filter_map(|host| {
        let (_, port) = host.rsplit_once(':')?;
        Some(port)
    });
    let mut ports = ports.filter(|port| port.parse::<u16>().ok().is_none_or(|port| port == 0));
    ports.next()
}

fn decoded(value: &str) -> Result<String, OpenError> {
    let decoded = percent_decode_str(value).decode_utf8();
    decoded.map(Into::into).map_err(|_| {
        OpenError::Url("has an sslrootcert that is not UTF-8; name the path of a file".into())
    })
}

fn number(value: &str) -> Result<usize, OpenError> {
    value
        .parse()
        .ok()
        .filter(|number| (1..=1_000).contains(number))
        .ok_or_else(|| {
            OpenError::Url(
                "has a pool_size that is not a number from 1 to 1000; use for example pool_size=8"
                    .into(),
            )
        })
}

/// Sets the limits that the URL does not set.
fn bound(config: &mut Config) {
    if config.get_application_name().is_none() {
        config.application_name("guestlist");
    }
    if config.get_tcp_user_timeout().is_none() {
        config.tcp_user_timeout(UNACKNOWLEDGED);
    }
    if config.get_keepalives_idle() == USUAL_KEEPALIVE {
        config.keepalives_idle(KEEPALIVE);
    }
    let theirs = config.get_options().unwrap_or_default();
    // The last of several values counts, so the URL's own value wins.
    let options = format!(
        "-c statement_timeout={} {theirs}",
        STATEMENT_TIMEOUT.as_millis()
    );
    config.options(options.trim_end());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(rest: &str) -> Result<Address, OpenError> {
        Address::parse(&format!("postgres://ada:secret@db.example/planner{rest}"))
    }

    #[test]
    fn what_is_ours_is_read_and_the_rest_goes_to_the_driver() {
        let address = parse(
            "?application_name=x&sslmode=verify-full&sslrootcert=/a%20b.pem&pool_size=3&options=-csearch_path%3Dmine",
        );
        let address = address.expect("is an address");
        assert_eq!(address.config.get_application_name(), Some("x"));
        assert_eq!(
            address.config.get_options(),
            Some("-c statement_timeout=2000 -csearch_path=mine")
        );
        assert_eq!(
            address.trust,
            Trust::AuthorityAndName(Some("/a b.pem".into()))
        );
        assert_eq!(address.pool_size, 3);
        assert_eq!(address.config.get_dbname(), Some("planner"));
    }

    #[test]
    fn every_mode_of_libpq_is_known_and_prefer_is_the_usual_one() {
        let root = || Some(PathBuf::from("/root.pem"));
        for (query, trust, mode) in [
            ("", Trust::AnyServerOrUnencrypted, SslMode::Prefer),
            ("?sslmode=disable", Trust::Unencrypted, SslMode::Disable),
            (
                "?sslmode=prefer",
                Trust::AnyServerOrUnencrypted,
                SslMode::Prefer,
            ),
            ("?sslmode=require", Trust::AnyServer, SslMode::Require),
            (
                "?sslmode=require&sslrootcert=/root.pem",
                Trust::Authority(root()),
                SslMode::Require,
            ),
            (
                "?sslmode=verify-ca",
                Trust::Authority(None),
                SslMode::Require,
            ),
            (
                "?sslrootcert=/root.pem&sslmode=verify-full",
                Trust::AuthorityAndName(root()),
                SslMode::Require,
            ),
        ] {
            let address = parse(query).expect(query);
            assert_eq!(address.trust, trust, "{query}");
            assert_eq!(address.config.get_ssl_mode(), mode, "{query}");
        }
    }

    #[test]
    fn a_server_on_another_machine_needs_a_word_on_encryption() {
        for (url, leaves_open) in [
            ("postgres://db.example/planner", true),
            ("postgres://192.0.2.1/planner", true),
            ("postgres://localhost,db.example/planner", true),
            ("postgres://localhost/planner?hostaddr=192.0.2.1", true),
            ("postgres://db.example/planner?sslmode=prefer", false),
            ("postgres://db.example/planner?sslmode=verify-full", false),
            ("postgres://localhost/planner", false),
            ("postgres://127.0.0.2:5433/planner", false),
            ("postgres://[::1]/planner", false),
            ("postgres://db.example/planner?hostaddr=127.0.0.1", false),
            ("postgres://%2Fvar%2Frun%2Fpostgresql/planner", false),
        ] {
            let address = Address::parse(url).expect(url);
            assert_eq!(address.leaves_tls_open, leaves_open, "{url}");
        }
    }

    #[test]
    fn a_wrong_url_is_refused_without_being_repeated() {
        for (url, says) in [
            ("host=db password=secret", "postgres://"),
            ("postgres://ada:secret@/planner", "names no host; use"),
            (
                "postgres://ada:secret@db:port/planner",
                "has the port \"port\"; use a number from 1 to 65535",
            ),
            ("postgres://ada:secret@a:1,db:99999/planner", "\"99999\""),
            ("postgres://ada:secret/planner", "has no valid port; use"),
            ("postgres://ada:secret@[db/planner", "%3F for ?"),
            (
                "postgres://ada:secret@db/planner?colour=secret",
                "has the parameter \"colour\", which is not supported",
            ),
            (
                "postgres://ada:secret@db/planner?connect_timeout=secret",
                "the parameter \"connect_timeout\"",
            ),
            ("postgres://ada:secret@db/planner?sslmode=secret", "sslmode"),
            ("postgres://ada:secret@db/planner?sslmode=allow", "sslmode"),
            ("postgres://ada:secret@db/planner?pool_size=0", "pool_size"),
        ] {
            let refused = Address::parse(url).map(drop).expect_err(url).to_string();
            assert!(refused.contains(says), "{refused}");
            assert!(!refused.contains("secret"), "{refused}");
        }
    }
}

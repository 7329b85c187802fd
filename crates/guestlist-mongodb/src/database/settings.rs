//! The options in the URL, and those that the store sets itself.

use std::{
    future::Future,
    pin::pin,
    task::{Context, Poll, Waker},
    time::Duration,
};

use mongodb::{
    error::ErrorKind,
    options::{
        ClientOptions, ConnectionString, HostInfo, ReadConcern, ReadPreference, SelectionCriteria,
        WriteConcern,
    },
};

use super::OpenError;

/// How long an operation waits for a primary. Less than [`PATIENCE`], so that the operation can
/// report the reason.
const SELECTION: Duration = Duration::from_millis(1_500);
/// How long a connection attempt may take.
const CONNECT: Duration = Duration::from_secs(1);
/// How long an operation may take, unless the URL says otherwise.
const PATIENCE: Duration = Duration::from_millis(1_800);
/// How often the driver checks each server. A server that comes back is noticed after this time at
/// the latest.
const HEARTBEAT: Duration = Duration::from_secs(1);
/// The number of connections to each server, unless the URL says otherwise.
pub(super) const CONNECTIONS: u32 = 64;
/// How many of these connections may be opened at once.
const CONNECTING: u32 = 8;

pub(super) struct Settings {
    pub(super) options: ClientOptions,
    pub(super) database: String,
    pub(super) patience: Duration,
}

impl Settings {
    /// Checks the URL without a connection.
    pub(super) fn check(url: &str) -> Result<(), OpenError> {
        let said = ConnectionString::parse(url).map_err(|error| unreadable(url, &error))?;
        if said.default_database.is_none() {
            return Err(OpenError::no_database());
        }
        if matches!(said.host_info, HostInfo::DnsRecord(_)) {
            // The DNS has the rest.
            return Ok(());
        }
        // The driver reads the rest at once, except for what it asks the DNS.
        let mut context = Context::from_waker(Waker::noop());
        match pin!(Self::read(url)).poll(&mut context) {
            Poll::Ready(read) => read.map(drop),
            Poll::Pending => Ok(()),
        }
    }

    pub(super) async fn read(url: &str) -> Result<Self, OpenError> {
        let wrong = |error| unreadable(url, &error);
        let mut said = ConnectionString::parse(url).map_err(wrong)?;
        #[expect(deprecated, reason = "the driver refuses it; this store keeps to it")]
        let patience = said.socket_timeout.take().unwrap_or(PATIENCE);
        let mut options = match ClientOptions::parse(said).await {
            Ok(options) => options,
            // The URL is valid, but the DNS does not know its host name.
            Err(error) if matches!(*error.kind, ErrorKind::DnsResolve { .. }) => {
                return Err(OpenError::of_a_start(error));
            }
            Err(error) => return Err(wrong(error)),
        };
        let database = options.default_database.clone();
        let database = database.ok_or_else(OpenError::no_database)?;

        let majority = WriteConcern::builder();
        let majority = majority.w(mongodb::options::Acknowledgment::Majority);
        options.write_concern = Some(majority.journal(true).build());
        options.read_concern = Some(ReadConcern::majority());
        options.selection_criteria =
            Some(SelectionCriteria::ReadPreference(ReadPreference::Primary));
        // Some engines do not support retries. Every operation reports its own outcome instead.
        options.retry_writes = Some(false);
        options
            .app_name
            .get_or_insert_with(|| "guestlist".to_owned());
        options.server_selection_timeout.get_or_insert(SELECTION);
        options.connect_timeout.get_or_insert(CONNECT);
        options.heartbeat_freq.get_or_insert(HEARTBEAT);
        options.max_pool_size.get_or_insert(CONNECTIONS);
        options.max_connecting.get_or_insert(CONNECTING);
        Ok(Self {
            options,
            database,
            patience,
        })
    }
}

/// Explains why the driver cannot read the URL. The driver quotes text that it cannot read, which
/// may contain a part of the password.
fn unreadable(url: &str, error: &mongodb::error::Error) -> OpenError {
    OpenError::unreadable(&match without_user(url) {
        None => in_words(error),
        Some(rest) => match ConnectionString::parse(&rest) {
            Err(error) => in_words(&error),
            Ok(_) => "its name or password is not percent-encoded".to_owned(),
        },
    })
}

/// Returns the URL without its user name and password, if it has them.
fn without_user(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let (_, rest) = rest.rsplit_once('@')?;
    Some(format!("{scheme}://{rest}"))
}

fn in_words(error: &mongodb::error::Error) -> String {
    match &*error.kind {
        ErrorKind::InvalidArgument { message, .. } => message.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_promises_are_not_the_urls_to_change() {
        let url = "mongodb://db.example/planner?w=1&journal=false&readPreference=secondary\
                   &readConcernLevel=local&retryWrites=true";
        let options = Settings::read(url).await.expect("reads").options;
        let concern = options.write_concern.expect("is set");
        assert_eq!(concern.w, Some(mongodb::options::Acknowledgment::Majority));
        assert_eq!(concern.journal, Some(true));
        assert_eq!(options.read_concern, Some(ReadConcern::majority()));
        assert!(matches!(
            options.selection_criteria,
            Some(SelectionCriteria::ReadPreference(ReadPreference::Primary))
        ));
        assert_eq!(options.retry_writes, Some(false));
    }

    #[tokio::test]
    async fn how_long_to_wait_may_be_said() {
        let url = "mongodb://db.example/planner?socketTimeoutMS=5000&maxPoolSize=3";
        let settings = Settings::read(url).await.expect("reads");
        assert_eq!(settings.patience, Duration::from_secs(5));
        assert_eq!(settings.options.max_pool_size, Some(3));
        assert_eq!(settings.database, "planner");
    }

    #[test]
    fn a_url_is_checked_without_a_connection() {
        for url in [
            "mongodb://db.example/planner",
            "mongodb://ada:s%40fe@a.example,b.example:1/planner?replicaSet=rs",
            "mongodb+srv://cluster.example/planner",
        ] {
            Settings::check(url).expect(url);
        }
        for (url, words) in [
            ("mongodb+srv://cluster.example", "names no database"),
            ("mongodb://db.example:99999/planner", "port"),
            (
                "mongodb://db.example/planner?maxPoolSize=many",
                "maxPoolSize",
            ),
        ] {
            let refused = Settings::check(url).expect_err(url).to_string();
            assert!(
                refused.to_lowercase().contains(&words.to_lowercase()),
                "{refused}"
            );
        }
    }

    #[tokio::test]
    async fn a_url_that_will_not_do_is_told_without_its_password() {
        for url in [
            "mongodb://ada:hush%zz@db.example/planner",
            "mongodb://ada:hush?x@db.example/planner",
            "mongodb://ada:hush@db.example:port/planner",
            "mongodb://ada:hush@db.example",
            "mongodb://ada:hush@db.example/?retryWrites=false",
            "mongodb://",
            "mongodb:db.example/planner",
            "mongodb://db.example/planner?w=many&x=",
        ] {
            let Err(error) = Settings::read(url).await else {
                panic!("{url} is read")
            };
            let error = error.to_string();
            let checked = Settings::check(url).expect_err(url).to_string();
            assert_eq!(checked, error, "{url}");
            assert!(error.contains("database URL"), "{error}");
            assert!(!error.contains("hush"), "{error}");
        }
    }
}

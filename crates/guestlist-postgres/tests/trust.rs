//! Whom a connection trusts, on a server with a certificate for `localhost` by an authority of its own.

use guestlist_postgres::PostgresStore;

use crate::{cluster::Cluster, place};

/// Another authority of the same name, which has signed nothing.
const STRANGER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/stranger.pem");
/// No certificate at all.
const NONSENSE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");

/// A server, the number and the name that it is reached by, and the authority of its certificate.
struct Encrypted {
    cluster: Cluster,
    by_number: String,
    by_name: String,
    authority: String,
}

impl Encrypted {
    fn start() -> Option<Self> {
        let cluster = Cluster::start("postgres")?;
        let Some(authority) = cluster.variable("TEST_POSTGRES_ROOT_CERT") else {
            skipped();
            return None;
        };
        let by_number = cluster.url();
        Some(Self {
            by_name: by_number.replace("@127.0.0.1:", "@localhost:"),
            by_number,
            authority,
            cluster,
        })
    }

    /// None where it opens, and else what is wrong.
    async fn refusal(&self, url: &str, query: &str) -> Option<String> {
        let opened = PostgresStore::open(&format!("{url}?{query}")).await;
        opened.err().map(|error| error.to_string())
    }
}

#[expect(clippy::print_stdout, reason = "a person wants to know")]
fn skipped() {
    let in_ci = std::env::var("CI").is_ok_and(|value| value == "true");
    assert!(!in_ci, "openssl makes the server's certificate: install it");
    println!("skipped: there is no openssl to make a certificate with");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_is_trusted_as_far_as_sslmode_says() {
    let Some(server) = Encrypted::start() else {
        return;
    };
    let (number, name) = (&server.by_number, &server.by_name);
    let by = |authority: &str| format!("sslrootcert={authority}");
    let (ours, strangers) = (by(&server.authority), by(STRANGER));
    for (url, mode, root, says) in [
        (number, "disable", "", None),
        (number, "prefer", "", None),
        (number, "require", "", None),
        (number, "require", &ours, None),
        (number, "verify-ca", &ours, None),
        (name, "verify-full", &ours, None),
        // It is for the name, and not for the number.
        (number, "verify-full", &ours, Some("TLS")),
        // Nobody whom the operating system trusts has signed it,
        (number, "verify-ca", "", Some("TLS")),
        (name, "verify-full", "", Some("TLS")),
        // nor has somebody who only has the same name.
        (number, "require", &strangers, Some("TLS")),
        (number, "verify-ca", &strangers, Some("TLS")),
        (name, "verify-full", &strangers, Some("TLS")),
        (number, "verify-ca", &by(NONSENSE), Some("certificate")),
        (
            number,
            "verify-ca",
            &by("/nowhere.pem"),
            Some("/nowhere.pem"),
        ),
    ] {
        let query = format!("sslmode={mode}&{root}");
        match (server.refusal(url, &query).await, says) {
            (None, None) => {}
            (Some(refusal), Some(says)) => assert!(refusal.contains(says), "{query}: {refusal}"),
            (refusal, _) => panic!("{query}: {refusal:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_is_encrypted_where_sslmode_says_so_or_the_server_can() {
    let Some(server) = Encrypted::start() else {
        return;
    };
    let client = place::connected(&server.cluster.url()).await;
    for (mode, encrypted) in [("disable", false), ("prefer", true), ("require", true)] {
        let query = format!("sslmode={mode}&application_name={mode}");
        let store = PostgresStore::open(&format!("{}?{query}", server.by_number)).await;
        let theirs = "SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
            WHERE application_name = $1";
        let row = client.query_one(theirs, &[&mode]).await.expect("asks");
        assert_eq!(row.get::<_, Option<bool>>(0), Some(encrypted), "{mode}");
        drop(store);
    }
}

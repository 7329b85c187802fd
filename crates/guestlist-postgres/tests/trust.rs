//! The certificates that a connection trusts. The server has a certificate for `localhost`, signed
//! by an authority of its own.

use guestlist_postgres::PostgresStore;

use crate::{cluster::Cluster, schema};

/// Another authority with the same name, which has not signed the server's certificate.
const OTHER_AUTHORITY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/other_authority.pem");
/// A file without a certificate.
const NONSENSE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");

/// A server, its URLs by IP address and by name, and the authority of its certificate.
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

    /// Returns `None` if the connection opens, or the error.
    async fn refusal(&self, url: &str, query: &str) -> Option<String> {
        let opened = PostgresStore::open(&format!("{url}?{query}")).await;
        opened.err().map(|error| error.to_string())
    }
}

#[expect(clippy::print_stdout, reason = "a skipped test must be visible")]
fn skipped() {
    let in_ci = std::env::var("CI").is_ok_and(|value| value == "true");
    assert!(
        !in_ci,
        "openssl, which makes the server's certificate, is not installed"
    );
    println!("skipped: openssl, which makes the server's certificate, is not installed");
}

#[tokio::test(flavor = "multi_thread")]
async fn sslmode_decides_which_certificates_are_trusted() {
    let Some(server) = Encrypted::start() else {
        return;
    };
    let (number, name) = (&server.by_number, &server.by_name);
    let by = |authority: &str| format!("sslrootcert={authority}");
    let (ours, strangers) = (by(&server.authority), by(OTHER_AUTHORITY));
    for (url, mode, root, says) in [
        (number, "disable", "", None),
        (number, "prefer", "", None),
        (number, "require", "", None),
        (number, "require", &ours, None),
        (number, "verify-ca", &ours, None),
        (name, "verify-full", &ours, None),
        // The certificate is for the name, not for the IP address.
        (number, "verify-full", &ours, Some("TLS")),
        // No authority that the operating system trusts has signed it.
        (number, "verify-ca", "", Some("TLS")),
        (name, "verify-full", "", Some("TLS")),
        // Another authority with the same name has not signed it.
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
async fn a_connection_is_encrypted_if_sslmode_requires_it_or_the_server_supports_it() {
    let Some(server) = Encrypted::start() else {
        return;
    };
    let client = schema::connected(&server.cluster.url()).await;
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

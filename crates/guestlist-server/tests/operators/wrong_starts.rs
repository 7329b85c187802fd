//! Starts that fail: each error names the setting, where it was read, what was found and the fix. A
//! failed start leaves nothing behind.

use std::{fs, path::Path};

use guestlist_postgres::tokio_postgres::{self, NoTls};

use super::refusal;
use crate::{
    binary::{Server, free_address},
    test_database::TestDatabase,
};

const SECRET: (&str, &str) = ("SECRET_KEY", "a secret key of more than thirty-two bytes");
const URL: &str = "DATABASE_URL";

/// Returns the error of a start, without the log before it.
fn says(folder: &Path, environment: &[(&str, &str)], arguments: &[&str]) -> String {
    let said = refusal(folder, environment, arguments);
    let line = said
        .lines()
        .find_map(|line| line.strip_prefix("guestlist: "));
    line.unwrap_or_else(|| panic!("{said}")).to_owned()
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("reads");
    let name = |entry: std::io::Result<fs::DirEntry>| {
        entry
            .expect("reads")
            .file_name()
            .to_string_lossy()
            .into_owned()
    };
    let mut names: Vec<_> = entries.map(name).collect();
    names.sort();
    names
}

/// The files of a case: names and contents.
type Files<'a> = &'a [(&'a str, &'a [u8])];
/// Files, environment variables, arguments, and the expected error.
type Case<'a> = (Files<'a>, &'a [(&'a str, &'a str)], &'a [&'a str], &'a str);

fn each_is_told(cases: &[Case<'_>]) {
    for (files, environment, arguments, expected) in cases {
        let folder = tempfile::tempdir().expect("makes a folder");
        for (name, content) in *files {
            let path = folder.path().join(name);
            match name.strip_suffix('/') {
                Some(_) => fs::create_dir_all(path).expect("makes a folder"),
                None => {
                    fs::create_dir_all(path.parent().expect("is in a folder")).expect("makes");
                    fs::write(path, content).expect("writes");
                }
            }
        }
        let before = names(folder.path());
        let said = says(folder.path(), environment, arguments);
        assert_eq!(said, *expected, "{environment:?} {arguments:?}");
        assert_eq!(
            names(folder.path()),
            before,
            "{environment:?} {arguments:?}"
        );
    }
}

#[test]
fn of_files_and_folders() {
    each_is_told(&[
        (
            &[("f", b"")],
            &[],
            &["--data-dir", "f"],
            "setting `server.data_dir`, read from flag --data-dir: f is a file; name a folder",
        ),
        (
            &[("f", b"")],
            &[],
            &["--data-dir", "f/data"],
            "setting `server.data_dir`, read from flag --data-dir: cannot make the folder f/data: f is a file; name \
             another folder",
        ),
        (
            &[],
            &[(URL, "sqlite:/no/such/x.db")],
            &[],
            "setting `database.url`, read from environment variable DATABASE_URL: cannot open the SQLite file \
             /no/such/x.db: its folder does not exist; make the folder first",
        ),
        (
            &[("x.db/", b"")],
            &[(URL, "sqlite:x.db")],
            &[],
            "setting `database.url`, read from environment variable DATABASE_URL: cannot open the SQLite file x.db: \
             this is a folder; name a file",
        ),
        (
            &[("f", b"")],
            &[(URL, "sqlite:f/x.db")],
            &[],
            "setting `database.url`, read from environment variable DATABASE_URL: cannot open the SQLite file \
             f/x.db: its folder is a file; name a path in a folder",
        ),
        (
            &[("x.db", &[b'x'; 4096])],
            &[(URL, "sqlite:x.db")],
            &[],
            "setting `database.url`, read from environment variable DATABASE_URL: cannot open the SQLite file x.db: \
             this is not a SQLite database; name another file",
        ),
        (
            &[("data/guestlist.sqlite/", b"")],
            &[],
            &[],
            "setting `database.url` (the default): cannot open the SQLite file ./data/guestlist.sqlite: this is a \
             folder; name a file",
        ),
        (
            &[("d/guestlist.sqlite/", b"")],
            &[],
            &["--data-dir", "d"],
            "setting `database.url` (by default in `server.data_dir`, read from flag --data-dir): cannot open the \
             SQLite file d/guestlist.sqlite: this is a folder; name a file",
        ),
        (
            &[("data/secret.key/", b"")],
            &[],
            &[],
            "setting `server.data_dir` (the default): the key file ./data/secret.key cannot be read: this is a \
             folder; put a file in its place, or set SECRET_KEY",
        ),
        (
            &[],
            &[("GUESTLIST_PASSWORDS__BREACHED", "a.filter")],
            &[],
            "setting `passwords.breached`, read from environment variable GUESTLIST_PASSWORDS__BREACHED, names \
             a.filter, which cannot be used: the file does not exist. Make the filter with `guestlist breached build \
             LIST`, or leave the setting out",
        ),
        (
            &[
                ("a.filter", b"damaged"),
                ("guestlist.toml", b"[passwords]\nbreached = \"a.filter\"\n"),
            ],
            &[],
            &[],
            "setting `passwords.breached`, read from guestlist.toml line 2, names a.filter, which cannot be used: \
             this is not a filter of breached passwords, or it is damaged: it is too short. Make the filter with \
             `guestlist breached build LIST`, or leave the setting out",
        ),
        (
            &[("c/", b"")],
            &[],
            &["--config", "nothing.toml"],
            "the settings file nothing.toml, which the flag --config names, does not exist; name a file that exists, \
             or leave the flag out",
        ),
        (
            &[],
            &[],
            &["restore", "a.backup"],
            "cannot read a.backup: No such file or directory (os error 2)",
        ),
    ]);
}

#[test]
fn of_the_settings() {
    each_is_told(&[
        (
            &[("guestlist.toml", b"[server]\nlisten = 8080\n")],
            &[],
            &[],
            "setting `server.listen`, read from guestlist.toml line 2, is a whole number (8080); give an IP address \
             and a port, such as 127.0.0.1:8080, in quotes",
        ),
        (
            &[("guestlist.toml", b"[server\nlisten = 8080\n")],
            &[],
            &[],
            "guestlist.toml line 1 is not TOML: unclosed table, expected `]`; write KEY = VALUE, with quotes around \
             text",
        ),
        (
            &[("guestlist.toml", b"[server]\nlisten_on = \"127.0.0.1:1\"\n")],
            &[],
            &[],
            "guestlist.toml line 2: `server.listen_on` is not a setting; did you mean `listen` in the section [server]?",
        ),
        (
            &[(".env", b"A=\xff\nSECRET_KEY=\xff\n")],
            &[],
            &[],
            ".env line 2 (SECRET_KEY) is not UTF-8; save the file as UTF-8",
        ),
        (
            &[],
            &[],
            &["--listen", "localhost:8080"],
            "setting `server.listen`, read from flag --listen, is \"localhost:8080\"; give an IP address and a port, \
             such as 127.0.0.1:8080",
        ),
        (
            &[],
            &[],
            &["--listen", "192.0.2.1:8080"],
            "setting `server.listen`, read from flag --listen: cannot listen on 192.0.2.1:8080: this machine does not \
             have that address; give one of its own, or 0.0.0.0 for all",
        ),
        (
            &[],
            &[("SECRET_KEY", "short")],
            &["--listen", "0.0.0.0:8080"],
            "setting `server.secret_key`, read from environment variable SECRET_KEY, is too short for a server that \
             others can reach (because of server.listen). Give 32 bytes or more of randomness, such as `openssl rand \
             -hex 32` prints; or leave it out altogether",
        ),
        (
            &[],
            &[
                ("SECRET_KEY", "one"),
                ("GUESTLIST_SERVER__SECRET_KEY", "two"),
            ],
            &[],
            "setting `server.secret_key` has one value in environment variable GUESTLIST_SERVER__SECRET_KEY and another \
             in environment variable SECRET_KEY; keep one of them",
        ),
        (
            &[],
            &[("GUESTLIST_LISTEN", "127.0.0.1:1")],
            &[],
            "environment variable GUESTLIST_LISTEN is not a setting; did you mean GUESTLIST_SERVER__LISTEN?",
        ),
        (
            &[],
            &[("GUESTLIST_PORT", "8080")],
            &[],
            "environment variable GUESTLIST_PORT is not a setting; did you mean \
             GUESTLIST_SERVER__LISTEN=127.0.0.1:8080?",
        ),
        (
            &[],
            &[("GUESTLIST_MAIL__URL", "file:mails")],
            &[],
            "setting `mail.url`, read from environment variable GUESTLIST_MAIL__URL, sends mails, but `mail.from` is \
             not set; set it (GUESTLIST_MAIL__FROM) to the address that mails come from, such as events@example.org",
        ),
        (
            &[(
                "guestlist.toml",
                b"[mail]\nurl = \"smtp://mail.example.org\"\n",
            )],
            &[],
            &["config"],
            "setting `mail.url`, read from guestlist.toml line 2, sends mails, but `mail.from` is not set; set it \
             (GUESTLIST_MAIL__FROM) to the address that mails come from, such as events@example.org",
        ),
        (
            &[],
            &[("GUESTLIST_LOG__LEVEL", "loud")],
            &[],
            "setting `log.level`, read from environment variable GUESTLIST_LOG__LEVEL, has the unknown level \"loud\"; \
             give off, error, warn, info, debug or trace, also by module, such as info,guestlist_server=debug",
        ),
        (
            &[],
            &[("GUESTLIST_SERVER__BASE_URL", "https://a.example/planner")],
            &[],
            "setting `server.base_url`, read from environment variable GUESTLIST_SERVER__BASE_URL, is \
             \"https://a.example/planner\"; server.base_url must not have a path; give the address that users type, \
             such as https://events.example.org",
        ),
    ]);
}

#[test]
fn of_the_database_url() {
    let read = "setting `database.url`, read from environment variable DATABASE_URL";
    for (url, said) in [
        (
            "mysql://ada:s3cr3t@x/y",
            ", has the unknown scheme \"mysql\"; use sqlite:PATH, postgres://USER:PASSWORD@HOST:PORT/DATABASE or \
             mongodb://HOST:PORT/DATABASE",
        ),
        (
            "sqlite://",
            ", names no file; use sqlite:PATH, such as sqlite:./data/guestlist.sqlite",
        ),
        (
            "sqlite::memory:",
            ", names a database in memory, which ends with the server; name a file: sqlite:PATH, such as \
             sqlite:./data/guestlist.sqlite",
        ),
        (
            "planner.db",
            ", is \"planner.db\", which has no scheme; use sqlite:planner.db",
        ),
        (
            "postgres://ada:s3cr3t@127.0.0.1:port/x",
            ", has the port \"port\"; use a number from 1 to 65535, such as 5432",
        ),
        (
            "postgres://ada:s3cr3t@127.0.0.1:9/x?sslcert=a",
            ", has the parameter \"sslcert\", which is not supported; leave it out",
        ),
        (
            "postgres://ada:s3cr3t@127.0.0.1:99999/x",
            ", has the port \"99999\"; use a number from 1 to 65535, such as 5432",
        ),
        (
            "postgres://ada:s3cr3t@127.0.0.1:9/x?mode=abc",
            ", has the parameter \"mode\", which is not supported; leave it out",
        ),
        (
            "postgres:///x",
            ", names no host; use postgres://USER:PASSWORD@HOST:PORT/DATABASE",
        ),
        (
            "postgres://ada:s3cr3t@127.0.0.1:9/x",
            ": cannot reach the PostgreSQL server: Connection refused (os error 111). Start the server, \
             or correct host and port in the URL",
        ),
        (
            "mongodb://127.0.0.1:9",
            ", names no database: end its path with one, such as mongodb://HOST:27017/planner",
        ),
        (
            "mongodb://ada:s3c/r3t@127.0.0.1:9/x",
            ", cannot be read as a URL of MongoDB: its name or password is not percent-encoded. Use \
             mongodb://HOST:27017/DATABASE or mongodb+srv://HOST/DATABASE; in a name or password, write : / ? # [ ] @ \
             % by their percent codes",
        ),
        (
            "mongodb://ada:s3cr3t@127.0.0.1:9/x",
            ": MongoDB does not answer: 127.0.0.1:9: I/O error: Connection refused (os error 111). Start the server, \
             or correct host and port in the database URL; a replica set needs a primary",
        ),
    ] {
        let expected = format!("{read}{said}");
        each_is_told(&[(&[], &[(URL, url), SECRET], &[], &expected)]);
    }
}

#[test]
fn of_an_address_in_use() {
    let folder = tempfile::tempdir().expect("makes a folder");
    let server = Server::start_at(&free_address(), folder.path(), &[]);
    let address = server.address();
    let expected = format!(
        "setting `server.listen`, read from flag --listen: cannot listen on {address}: another program listens there; \
         stop it, or give another port"
    );
    each_is_told(&[(&[], &[], &["--listen", address], &expected)]);
    let free = free_address();
    let expected = format!(
        "setting `metrics.listen`, read from environment variable GUESTLIST_METRICS__LISTEN: {free} is the address of \
         `server.listen`, too; give another port"
    );
    let metrics = [("GUESTLIST_METRICS__LISTEN", free.as_str())];
    each_is_told(&[(&[], &metrics, &["--listen", &free], &expected)]);
    let expected = format!(
        "setting `metrics.listen`, read from environment variable GUESTLIST_METRICS__LISTEN: cannot listen on \
         {address}: another program listens there; stop it, or give another port"
    );
    let metrics = [("GUESTLIST_METRICS__LISTEN", address)];
    each_is_told(&[(&[], &metrics, &["--listen", "127.0.0.1:0"], &expected)]);
}

/// A server that answers but refuses or lacks something.
#[tokio::test]
async fn of_a_postgresql_database() {
    let Some(place) = TestDatabase::in_postgres() else {
        return;
    };
    let read = "setting `database.url`, read from environment variable DATABASE_URL: ";
    let (user, rest) = place.url().split_once('@').expect("has a user");
    let (server, _) = rest.split_once('/').expect("has a name");
    let (name, _) = user.rsplit_once(':').expect("has a password");
    let read_only = place.url().replace(
        "options=",
        "options=-cdefault_transaction_read_only%3Don%20",
    );
    for (url, said) in [
        (
            format!("{user}@{server}/no_such_database"),
            "the PostgreSQL server says: database \"no_such_database\" does not exist. Make the database with CREATE \
             DATABASE, or name another one in the URL",
        ),
        (
            format!("{name}:s3cr3t@{server}/test"),
            "the PostgreSQL server refuses this URL: password authentication failed for user \"guestlist\". Correct \
             user and password in the URL, or pg_hba.conf on the server",
        ),
        (
            format!("{user}@{server}/test?sslmode=verify-full&sslrootcert=/no/x.pem"),
            "cannot read the certificates in /no/x.pem, which sslrootcert names: I/O error: No such file or directory \
             (os error 2). Name a file in PEM that this user can read",
        ),
        (
            format!("{user}@{server}/test?options=-csearch_path%3Dno_such_schema"),
            "the PostgreSQL server says: no schema has been selected to create in. The user needs a schema where it \
             may make tables: CREATE SCHEMA …, or GRANT CREATE, USAGE ON SCHEMA … TO …",
        ),
        (
            read_only,
            "the PostgreSQL database can only be read, because default_transaction_read_only is on. Switch it off: \
             ALTER DATABASE … SET default_transaction_read_only = off; it can also be set for the role or in the URL",
        ),
    ] {
        let expected = format!("{read}{said}");
        each_is_told(&[(&[], &[(URL, &url), SECRET], &[], &expected)]);
    }
    each_is_told(&[(
        &[],
        &[(URL, place.url())],
        &[],
        "SECRET_KEY has to be set, because other servers can use the same database (setting `database.url`, read from \
         environment variable DATABASE_URL) and need the same secret. Give 32 bytes or more of randomness, such as \
         `openssl rand -hex 32` prints",
    )]);
    let (client, connection) = tokio_postgres::connect(place.url(), NoTls)
        .await
        .expect("connects");
    tokio::spawn(connection);
    let made = "SELECT count(*) FROM pg_class WHERE relnamespace = current_schema()::regnamespace";
    let made: i64 = client.query_one(made, &[]).await.expect("counts").get(0);
    assert_eq!(made, 0, "nothing is made without the secret");
    let make = "CREATE TABLE sessions (id int)";
    client.batch_execute(make).await.expect("makes");
    let expected = format!(
        "{read}the PostgreSQL database has tables of another program whose names are needed here: \"sessions\". Use an \
         empty database, or an empty schema: ?options=-csearch_path%3DNAME behind the URL"
    );
    each_is_told(&[(&[], &[(URL, place.url()), SECRET], &[], &expected)]);
}

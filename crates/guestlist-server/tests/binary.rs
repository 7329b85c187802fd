//! The real binary over real sockets: what a new user does, from the first start to the last log
//! line.

use std::{
    env,
    ffi::OsString,
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::Path,
    process::{Child, ChildStdout, Command, Output, Stdio},
    time::Duration,
};

use guestlist::{Clock, testing};

use crate::test_database::TestDatabase;

pub(crate) struct Server {
    child: Child,
    address: String,
    greeting: String,
    /// Kept open, so that the server can write to it.
    _stdout: BufReader<ChildStdout>,
}

impl Server {
    pub(crate) fn start(folder: &Path, environment: &[(&str, &str)]) -> Self {
        Self::start_at(&free_address(), folder, environment)
    }

    /// Starts a server that listens on `address`.
    pub(crate) fn start_at(address: &str, folder: &Path, environment: &[(&str, &str)]) -> Self {
        Self::started_by(command(folder, environment), address, folder)
    }

    /// Starts a server with this command. `command` may already have arguments.
    pub(crate) fn started_by(mut command: Command, address: &str, folder: &Path) -> Self {
        let log = fs::File::options()
            .create(true)
            .append(true)
            .open(folder.join("log"));
        // Tests sign up without an invitation, which a public server refuses by default.
        const POLICY: &str = "GUESTLIST_SIGN_UP__POLICY";
        if !command.get_envs().any(|(name, _)| name == POLICY) {
            command.env(POLICY, "open");
        }
        let mut child = command
            .args(["--listen", address])
            .stdout(Stdio::piped())
            .stderr(log.expect("makes a log"))
            .spawn()
            .expect("starts");
        let mut stdout = BufReader::new(child.stdout.take().expect("is piped"));
        let mut greeting = String::new();
        while !greeting.contains("settings") {
            let read = stdout.read_line(&mut greeting).expect("reads");
            assert!(read > 0, "it ended: {}", self::log(folder));
        }
        Self {
            child,
            address: address.to_owned(),
            greeting,
            _stdout: stdout,
        }
    }

    pub(crate) fn send(&self, head: &str, body: &str) -> String {
        send(&self.address, head, body)
    }

    /// The id of the server's process.
    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }

    /// The address that the server listens on.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// The id of the server's process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Stops the server with SIGTERM, as an operator does, and waits for its end.
    pub(crate) fn stop(mut self) {
        let pid = self.child.id().to_string();
        let told = Command::new("kill")
            .args(["-TERM", &pid])
            .status()
            .expect("runs kill");
        assert!(told.success());
        assert!(self.child.wait().expect("ends").success());
    }

    /// Kills the server, as `kill -9` does.
    pub(crate) fn kill(self) {
        drop(self);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends a request on a connection of its own, and returns the whole response.
pub(crate) fn send(address: &str, head: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("connects");
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .expect("sets");
    let length = body.len();
    let head = head.replace('\n', "\r\n");
    write!(
        stream,
        "{head}\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
    )
    .expect("writes");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("reads");
    answer
}

pub(crate) fn free_address() -> String {
    testing::free_address().to_string()
}

/// Returns the binary of this build, or the one that `GUESTLIST_BINARY` names. Attacks are measured
/// on a binary built with `--release`.
fn binary() -> OsString {
    env::var_os("GUESTLIST_BINARY").unwrap_or_else(|| env!("CARGO_BIN_EXE_guestlist").into())
}

/// Import tests raise this limit: a normal hash may seem slow while other programs use the
/// processor.
pub(crate) const IMPORT_LIMIT: &str = "GUESTLIST_LIMITS__IMPORT_HASH_SECONDS";

pub(crate) fn command(folder: &Path, environment: &[(&str, &str)]) -> Command {
    let mut command = Command::new(binary());
    command
        .current_dir(folder)
        .env_clear()
        .envs(environment.iter().copied());
    command
}

/// Runs the command with this input, and returns its exit status and output.
pub(crate) fn output(mut command: Command, stdin: &[u8]) -> Output {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("starts");
    // A command that does not read its input closes the pipe.
    let _ = child.stdin.take().expect("is piped").write_all(stdin);
    child.wait_with_output().expect("ends")
}

pub(crate) fn log(folder: &Path) -> String {
    fs::read_to_string(folder.join("log")).unwrap_or_default()
}

pub(crate) fn field<'a>(answer: &'a str, name: &str) -> &'a str {
    let start = format!("\"{name}\":\"");
    let (_, rest) = answer
        .split_once(&start)
        .unwrap_or_else(|| panic!("no {name}: {answer}"));
    rest.split('"').next().unwrap_or_default()
}

pub(crate) const JSON: &str = "Content-Type: application/json";
pub(crate) const FORM: &str = "Content-Type: application/x-www-form-urlencoded";
const READER: &str = r#"{"email":"reader@packt.com","password":"exemplary"}"#;

#[test]
fn a_new_user_signs_up_and_plans_an_event_that_is_there_after_a_restart() {
    let folder = tempfile::tempdir().expect("makes a folder");
    let base_url = [("GUESTLIST_SERVER__BASE_URL", "http://127.0.0.1:8080")];
    let server = Server::start(folder.path(), &base_url);
    for words in [
        "address   http://127.0.0.1:8080\n",
        "/docs\n",
        "./data\n",
        "environment",
    ] {
        assert!(server.greeting.contains(words), "{}", server.greeting);
    }
    let signed_up = server.send(&format!("POST /user/signup HTTP/1.1\n{JSON}"), READER);
    assert!(
        signed_up.ends_with(r#"{"message":"User created successfully"}"#),
        "{signed_up}"
    );
    let credentials = "username=reader%40packt.com&password=exemplary";
    let signed_in = server.send(&format!("POST /user/signin HTTP/1.1\n{FORM}"), credentials);
    assert!(
        signed_in.ends_with(r#","token_type":"Bearer"}"#),
        "{signed_in}"
    );
    let authorization = format!(
        "Authorization: Bearer {}",
        field(&signed_in, "access_token")
    );
    let event = r#"{"title":"Launch","image":"","description":"","tags":[],"location":""}"#;
    let made = server.send(
        &format!("POST /event/new HTTP/1.1\n{JSON}\n{authorization}"),
        event,
    );
    assert!(
        made.ends_with(r#"{"message":"Event created successfully"}"#),
        "{made}"
    );
    server.stop();

    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &str| {
            let metadata = fs::metadata(folder.path().join(path)).expect("is there");
            metadata.permissions().mode() & 0o777
        };
        assert_eq!((mode("data"), mode("data/secret.key")), (0o700, 0o600));
    }

    let server = Server::start(folder.path(), &base_url);
    assert_eq!(
        field(&server.send("GET /event/ HTTP/1.1", ""), "title"),
        "Launch"
    );
    let me = server.send(&format!("GET /api/v1/me HTTP/1.1\n{authorization}"), "");
    assert_eq!(
        field(&me, "email"),
        "reader@packt.com",
        "the session and the key are still valid"
    );
    assert!(
        server
            .send("GET /health/ready HTTP/1.1", "")
            .starts_with("HTTP/1.1 200")
    );
    server.stop();
}

#[test]
fn the_env_file_of_the_tutorial_works_only_on_loopback_and_with_a_warning() {
    let folder = tempfile::tempdir().expect("makes a folder");
    fs::write(folder.path().join(".env"), "SECRET_KEY=HI5HL3V3L$3CR3T\n").expect("writes");
    let server = Server::start(folder.path(), &[]);
    assert!(server.greeting.contains(".env"), "{}", server.greeting);
    server.stop();
    assert!(
        log(folder.path()).contains("15 bytes"),
        "{}",
        log(folder.path())
    );
    assert!(!folder.path().join("data/secret.key").exists());
    let elsewhere = command(folder.path(), &[])
        .args(["--listen", "0.0.0.0:0"])
        .output();
    let elsewhere = elsewhere.expect("runs");
    let complaint = String::from_utf8_lossy(&elsewhere.stderr).into_owned();
    assert!(!elsewhere.status.success());
    assert!(
        complaint.contains("SECRET_KEY") && complaint.contains(".env"),
        "{complaint}"
    );
    assert!(!complaint.contains("HI5HL3V3L"), "{complaint}");
}

/// A person who can read the secret key can sign tokens for every user.
#[cfg(unix)]
#[test]
fn a_key_file_readable_by_others_stops_the_start_except_on_a_private_server() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("makes a folder");
    Server::start(folder.path(), &[]).stop();
    let key = folder.path().join("data/secret.key");
    let previous = folder.path().join("data/secret_previous.key");
    let let_in = |path: &Path, mode: u32| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("sets");
    };
    assert!(
        !log(folder.path()).contains("chmod"),
        "no other user can read it"
    );
    let refused = |environment: &[(&str, &str)]| {
        // No machine has this address (RFC 5737), so the start ends when it tries to listen.
        let output = command(folder.path(), environment)
            .args(["--listen", "192.0.2.1:0"])
            .output();
        let output = output.expect("runs");
        assert!(!output.status.success());
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    for mode in [0o640, 0o604, 0o666, 0o620] {
        let_in(&key, mode);
        let complaint = refused(&[]);
        assert!(complaint.contains("chmod 600"), "{mode:o} {complaint}");
        assert!(complaint.contains("data/secret.key"), "{complaint}");
    }
    let_in(&key, 0o600);
    fs::copy(&key, &previous).expect("copies");
    let_in(&previous, 0o644);
    let complaint = refused(&[]);
    assert!(complaint.contains("secret_previous.key"), "{complaint}");
    fs::remove_file(&previous).expect("removes");
    assert!(
        refused(&[]).contains("cannot listen"),
        "the key is accepted"
    );
    let_in(&key, 0o644);
    let chosen = [("SECRET_KEY", "a secret key of more than thirty-two bytes")];
    assert!(
        refused(&chosen).contains("cannot listen"),
        "the file is not read"
    );
    Server::start(folder.path(), &[]).stop();
    let warned = log(folder.path());
    assert!(
        warned.contains("WARN") && warned.contains("chmod 600"),
        "{warned}"
    );
    assert!(warned.contains("(mode 0644)"), "{warned}");
}

#[test]
fn the_greeting_says_if_the_server_is_private_and_which_setting_made_it_public() {
    let folder = tempfile::tempdir().expect("makes a folder");
    for (environment, words) in [
        (vec![], "reach     private: only this machine can connect\n"),
        (
            vec![("GUESTLIST_SERVER__BASE_URL", "https://events.example.org")],
            "reach     public: other machines may connect, by server.base_url\n",
        ),
        (
            vec![
                ("GUESTLIST_SERVER__BASE_URL", "https://events.example.org"),
                ("GUESTLIST_SERVER__TRUSTED_PROXIES", "127.0.0.1"),
            ],
            "by server.base_url and server.trusted_proxies\n",
        ),
    ] {
        let server = Server::start(folder.path(), &environment);
        assert!(server.greeting.contains(words), "{}", server.greeting);
        server.stop();
    }
}

/// RFC 8725, section 3.5. A private server accepts a short secret with a warning, so that tutorials
/// still work.
#[test]
fn a_weak_secret_stops_the_start_of_a_public_server() {
    let folder = tempfile::tempdir().expect("makes a folder");
    let good = "a secret key of more than thirty-two bytes";
    for (name, other) in [
        ("SECRET_KEY", None),
        ("SECRET_KEY_PREVIOUS", Some(("SECRET_KEY", good))),
    ] {
        for guessed in [
            "secret",
            "0123456789abcdef0123456789abcde",
            "00000000000000000000000000000000",
            "changemechangemechangemechangeme",
        ] {
            let mut environment = vec![(name, guessed)];
            environment.extend(other);
            // No machine has this address (RFC 5737), so the start ends when it tries to listen.
            let output = command(folder.path(), &environment)
                .args(["--listen", "192.0.2.1:0"])
                .output();
            let output = output.expect("runs");
            let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(!output.status.success(), "{name}={guessed}");
            assert!(complaint.contains(name), "{complaint}");
        }
    }
}

#[test]
fn the_error_of_a_failed_start_names_the_setting_and_the_fix() {
    let folder = tempfile::tempdir().expect("makes a folder");
    for (environment, arguments, words) in [
        (
            vec![("GUESTLIST_SERVER__LISTN", "x")],
            vec![],
            vec!["GUESTLIST_SERVER__LISTN", "LISTEN"],
        ),
        (
            vec![("GUESTLIST_SERVER__LISTEN", "x")],
            vec![],
            vec!["GUESTLIST_SERVER__LISTEN", "127.0.0.1:8080"],
        ),
        (
            vec![],
            vec!["--config", "missing.toml"],
            vec!["missing.toml"],
        ),
        (
            vec![("DATABASE_URL", "mongodb://localhost:27017")],
            vec![],
            vec!["names no database", "mongodb://HOST:27017/planner"],
        ),
        (
            vec![("DATABASE_URL", "sqlite:/nowhere/at/all.sqlite")],
            vec![],
            vec!["/nowhere/at/all.sqlite"],
        ),
    ] {
        let output = command(folder.path(), &environment)
            .args(&arguments)
            .output()
            .expect("runs");
        let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success(), "{environment:?}");
        for word in words {
            assert!(complaint.contains(word), "{word}: {complaint}");
        }
    }
}

#[test]
fn the_metrics_show_the_waiting_and_hashing_time_of_passwords() {
    let folder = tempfile::tempdir().expect("makes a folder");
    let metrics = free_address();
    let counted = [("GUESTLIST_METRICS__LISTEN", metrics.as_str())];
    let server = Server::start(folder.path(), &counted);
    let taken = server.send(&format!("POST /api/v1/users HTTP/1.1\n{JSON}"), READER);
    assert!(taken.starts_with("HTTP/1.1 201"), "{taken}");
    let mut stream = TcpStream::connect(&metrics).expect("connects");
    write!(stream, "GET /metrics HTTP/1.0\r\n\r\n").expect("writes");
    let mut page = String::new();
    stream.read_to_string(&mut page).expect("reads");
    for line in [
        "guestlist_password_queue_length 0",
        "guestlist_password_wait_seconds_count 1",
        "guestlist_password_hash_seconds_count{scheme=\"argon2\"} 1",
        "# HELP guestlist_password_queue_length ",
    ] {
        assert!(page.contains(line), "{line} is not in:\n{page}");
    }
    server.stop();
}

#[test]
fn the_effective_settings_are_shown_without_secrets() {
    let folder = tempfile::tempdir().expect("makes a folder");
    let secret = "0123456789abcdef0123456789abcdef";
    let output = command(folder.path(), &[("SECRET_KEY", secret)])
        .args(["config", "--data-dir", "elsewhere"])
        .output()
        .expect("runs");
    let shown = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success());
    assert!(!shown.contains(secret), "{shown}");
    for words in [
        "server.secret_key",
        "********",
        "elsewhere",
        "--data-dir",
        "SECRET_KEY",
    ] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    assert!(
        !folder.path().join("elsewhere").exists(),
        "config creates nothing"
    );
}

/// Every secret of this flow contains a marker word, which must not appear in the log at any level.
#[test]
fn the_log_has_no_secret_even_at_trace_level() {
    let folder = tempfile::tempdir().expect("makes a folder");
    let secret = "canary-key-0123456789abcdef0123456789";
    let environment = [
        ("GUESTLIST_LOG__LEVEL", "trace"),
        ("GUESTLIST_LOG__FORMAT", "json"),
        ("SECRET_KEY", secret),
    ];
    let server = Server::start(folder.path(), &environment);
    let credentials = r#"{"email":"canary@example.com","password":"canary-password"}"#;
    server.send(&format!("POST /api/v1/users HTTP/1.1\n{JSON}"), credentials);
    let signed_in = server.send(
        &format!("POST /api/v1/sessions HTTP/1.1\n{JSON}"),
        credentials,
    );
    let token = field(&signed_in, "access_token").to_owned();
    let form = "grant_type=password&username=canary@example.com&password=canary-password";
    server.send(&format!("POST /api/v1/token HTTP/1.1\n{FORM}"), form);
    server.send(&format!("POST /user/signin HTTP/1.1\n{FORM}"), form);
    server.send(
        &format!("POST /user/signin HTTP/1.1\n{FORM}"),
        "username=a&password=canary-wrong",
    );
    server.send(
        &format!("POST /user/signup HTTP/1.1\n{JSON}"),
        r#"{"email":"a@b.co","password":7,"canary-x":1}"#,
    );
    server.send("POST /api/v1/token?password=canary-query HTTP/1.1\nContent-Type: application/x-www-form-urlencoded", form);
    server.send(
        &format!("GET /api/v1/me HTTP/1.1\nAuthorization: Bearer {token}"),
        "",
    );
    server.send(
        &format!("DELETE /api/v1/sessions/current HTTP/1.1\nAuthorization: Bearer {token}"),
        "",
    );
    server.send(
        "GET /api/v1/me HTTP/1.1\nAuthorization: Bearer canary-token",
        "",
    );
    server.stop();
    let log = log(folder.path());
    assert!(log.lines().count() > 15, "the log has too few lines: {log}");
    for line in log.lines() {
        let line: serde_json::Value =
            serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"));
        assert!(
            line["timestamp"]
                .as_str()
                .is_some_and(|time| time.ends_with('Z')),
            "{line}"
        );
    }
    for secret in [secret, "canary-", &token, "$argon2id$"] {
        let found: Vec<_> = log.lines().filter(|line| line.contains(secret)).collect();
        assert!(found.is_empty(), "{secret}: {found:#?}");
    }
}

/// TI05: times are in UTC, whatever the server's time zone is.
#[test]
fn the_time_zone_of_the_server_changes_no_time() {
    let clock = guestlist::SystemClock::new();
    let minute = || Clock::now(&clock).to_string()[..16].to_owned();
    for zone in ["Pacific/Kiritimati", "America/St_Johns", "nowhere", ""] {
        let folder = tempfile::tempdir().expect("makes a folder");
        let server = Server::start(folder.path(), &[("TZ", zone)]);
        server.send(&format!("POST /api/v1/users HTTP/1.1\n{JSON}"), READER);
        let before = minute();
        let head = format!("POST /api/v1/sessions HTTP/1.1\n{JSON}");
        let signed_in = server.send(&head, READER);
        let created_at = field(&signed_in, "created_at");
        assert!(created_at.ends_with('Z'), "{zone} {created_at}");
        let range = before..=minute();
        assert!(
            range.contains(&created_at[..16].to_owned()),
            "{zone} {created_at}"
        );
        let bearer = format!(
            "Authorization: Bearer {}",
            field(&signed_in, "access_token")
        );
        let me = server.send(&format!("GET /api/v1/me HTTP/1.1\n{bearer}"), "");
        assert!(me.starts_with("HTTP/1.1 200"), "{zone} {me}");
        server.stop();
    }
}

#[test]
fn without_sslmode_a_remote_postgresql_gets_a_warning_that_names_the_fix() {
    let Some(place) = TestDatabase::in_postgres() else {
        return;
    };
    let secret = "a secret key of more than thirty-two bytes";
    // The server does not know this spelling of an address as its own machine's.
    let remote = ["@127.0.0.1:", "@localhost:"]
        .iter()
        .fold(place.url().to_owned(), |url, own| {
            url.replace(own, "@[::ffff:127.0.0.1]:")
        });
    let undecided = remote.replace("&sslmode=disable", "");
    for (url, is_warned) in [(undecided, true), (remote, false)] {
        let folder = tempfile::tempdir().expect("makes a folder");
        let environment = [("SECRET_KEY", secret), ("DATABASE_URL", &url)];
        Server::start(folder.path(), &environment).stop();
        let log = log(folder.path());
        let warning = log.lines().find(|line| line.contains("has no sslmode"));
        assert_eq!(warning.is_some(), is_warned, "{log}");
        let names_the_fix =
            |line: &str| line.contains("WARN") && line.contains("sslmode=verify-full");
        assert!(warning.is_none_or(names_the_fix), "{log}");
    }
}

#[test]
fn a_remote_postgresql_that_cannot_be_used_gets_no_warning_about_sslmode() {
    let folder = tempfile::tempdir().expect("makes a folder");
    let secret = "a secret key of more than thirty-two bytes";
    // This name never resolves (RFC 6761, section 6.4), so the start ends there.
    let url = "postgres://ada:hush@db.invalid/planner";
    let environment = [("SECRET_KEY", secret), ("DATABASE_URL", url)];
    let output = command(folder.path(), &environment).output().expect("runs");
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("\"db.invalid\""), "{said}");
    assert!(!said.contains("WARN") && !said.contains("hush"), "{said}");
}

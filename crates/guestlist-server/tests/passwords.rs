//! The rules for new passwords that an operator sets: the length limits, and the list of breached
//! passwords from the downloaded file to the refusal.

use std::{fs, path::Path, process::Output};

use crate::binary::{JSON, Server, command, field, free_address, log, output, send};

// The SHA-1 of "exemplary" and of "password", computed by `sha1sum`.
const EXEMPLARY: &str = "BD272912DAE1A26573CCFFEAB79F246BE635D327";
const PASSWORD: &str = "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8";
const FILTER: &str = "data/breached.filter";
const SETTINGS: &str = "[passwords]\nbreached = \"./data/breached.filter\"\n";

/// Runs a command. Returns whether it succeeded, and its whole output.
fn run(folder: &Path, arguments: &[&str], stdin: &str) -> (bool, String) {
    let mut command = command(folder, &[]);
    command.args(arguments);
    let Output {
        status,
        stdout,
        stderr,
    } = output(command, stdin.as_bytes());
    let said = [stdout, stderr].concat();
    (
        status.success(),
        String::from_utf8_lossy(&said).into_owned(),
    )
}

fn build(folder: &Path, list: &str) -> (bool, String) {
    fs::write(folder.join("list.txt"), list).expect("writes");
    run(folder, &["breached", "build", "list.txt"], "")
}

/// A folder with a filter, and with the settings that name it.
fn folder_with_a_filter() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("makes a folder");
    let (done, told) = build(folder.path(), &format!("{EXEMPLARY}:2\r\n"));
    assert!(done, "{told}");
    fs::write(folder.path().join("guestlist.toml"), SETTINGS).expect("writes");
    folder
}

fn sign_up(server: &Server, email: &str, password: &str) -> String {
    let body = format!(r#"{{"email":"{email}","password":"{password}"}}"#);
    server.send(&format!("POST /api/v1/users HTTP/1.1\n{JSON}"), &body)
}

#[track_caller]
fn assert_status(answer: &str, status: u16) {
    let line = format!("HTTP/1.1 {status} ");
    assert!(answer.starts_with(&line), "not {status}: {answer}");
}

#[test]
fn the_build_command_makes_a_filter_of_a_list_and_shows_the_setting_to_add() {
    let folder = tempfile::tempdir().expect("makes a folder");
    let (done, told) = build(folder.path(), &format!("{PASSWORD}:3\r\n{EXEMPLARY}:2\r\n"));
    assert!(done, "{told}");
    for words in [
        "keys in the filter    2\n",
        "one good password in 8388608\n",
        SETTINGS,
    ] {
        assert!(told.contains(words), "{told}");
    }
    let filter = fs::read(folder.path().join(FILTER)).expect("is there");
    let unsorted = format!("{EXEMPLARY}:2\n{PASSWORD}:3\n");
    let (done, told) = build(folder.path(), &unsorted);
    assert!(!done, "{told}");
    for words in ["list.txt", "line 2", "LC_ALL=C sort"] {
        assert!(told.contains(words), "{told}");
    }
    assert!(
        fs::read(folder.path().join(FILTER)).is_ok_and(|now| now == filter),
        "the existing filter stays"
    );
}

#[cfg(unix)]
#[test]
fn a_list_of_unknown_length_is_refused() {
    let folder = tempfile::tempdir().expect("makes a folder");
    let list = format!("{PASSWORD}:3\n{EXEMPLARY}:2\n");
    for list_is in ["/dev/stdin", "."] {
        let arguments = ["breached", "build", list_is];
        let (done, told) = run(folder.path(), &arguments, &list);
        assert!(!done, "{told}");
        for words in [list_is, "is not a regular file"] {
            assert!(told.contains(words), "{told}");
        }
    }
    assert!(!folder.path().join(FILTER).exists());
}

#[test]
fn the_server_and_the_command_line_refuse_breached_passwords_only() {
    let folder = folder_with_a_filter();
    let server = Server::start(folder.path(), &[]);
    let refused = sign_up(&server, "ada@example.com", "exemplary");
    assert_status(&refused, 422);
    assert_eq!(field(&refused, "code"), "invalid");
    for words in [
        r#""pointer":"/password","code":"breached""#,
        r#""advice":[""#,
    ] {
        assert!(refused.contains(words), "{refused}");
    }
    assert_status(&sign_up(&server, "ada@example.com", "testpassword"), 201);

    for arguments in [
        ["users", "add", "bob@example.com"],
        ["users", "set-password", "ada@example.com"],
    ] {
        let (done, told) = run(folder.path(), &arguments, "exemplary\n");
        assert!(
            !done && told.contains("a list of leaked passwords"),
            "{told}"
        );
        assert!(!told.contains("exemplary"), "{told}");
        let (done, told) = run(folder.path(), &arguments, "another one\n");
        assert!(done, "{told}");
    }
    server.stop();
}

#[test]
fn while_the_filter_is_damaged_no_password_can_be_chosen() {
    let folder = folder_with_a_filter();
    let server = Server::start(folder.path(), &[]);
    assert_status(&sign_up(&server, "ada@example.com", "testpassword"), 201);
    let filter = folder.path().join(FILTER);
    let whole = fs::read(&filter).expect("reads");
    // Overwrite the file itself: the server has it open.
    fs::write(&filter, &whole[..40]).expect("cuts");
    for password in ["exemplary", "testpassword"] {
        let refused = sign_up(&server, "bob@example.com", password);
        assert_status(&refused, 503);
        assert_eq!(field(&refused, "code"), "unavailable");
        assert!(
            !refused.contains("filter"),
            "a client does not see the cause"
        );
    }
    let body = r#"{"email":"ada@example.com","password":"testpassword"}"#;
    let inside = server.send(&format!("POST /api/v1/sessions HTTP/1.1\n{JSON}"), body);
    assert_status(&inside, 201);
    fs::write(&filter, &whole).expect("mends");
    assert_status(&sign_up(&server, "bob@example.com", "exemplary"), 422);
    assert_status(&sign_up(&server, "bob@example.com", "testpassword"), 201);
    server.stop();
    let log = log(folder.path());
    let told = log.matches("the filter of breached passwords cannot be read");
    assert_eq!(told.count(), 2, "one warning for each request: {log}");
}

#[test]
fn with_a_missing_or_damaged_filter_nothing_starts_and_the_error_names_the_setting() {
    let folder = folder_with_a_filter();
    let filter = folder.path().join(FILTER);
    let whole = fs::read(&filter).expect("reads");
    let other = [b"something else  ", &whole[16..]].concat();
    for broken in [Some(&whole[1..]), Some(&other), Some(b""), None] {
        match broken {
            Some(bytes) => fs::write(&filter, bytes).expect("writes"),
            None => fs::remove_file(&filter).expect("removes"),
        }
        // The server comes last: if it started, it would not end.
        for arguments in [
            &["users", "add", "ada@example.com"][..],
            &["--listen", "127.0.0.1:0"],
        ] {
            let (done, complaint) = run(folder.path(), arguments, "testpassword\n");
            assert!(!done);
            for words in [
                "passwords.breached",
                "breached.filter",
                "guestlist breached build",
            ] {
                assert!(complaint.contains(words), "{complaint}");
            }
        }
    }
}

#[test]
fn the_settings_decide_the_password_lengths_and_the_site_name() {
    let folder = tempfile::tempdir().expect("makes a folder");
    let settings =
        "[server]\nname = \"The Wombat Society\"\n[passwords]\nmin_length = 15\nmax_length = 64\n";
    fs::write(folder.path().join("guestlist.toml"), settings).expect("writes");
    let server = Server::start(folder.path(), &[]);
    for (password, code) in [
        ("seven wombats!".to_owned(), "too_short"),
        ("xy".repeat(32) + "z", "too_long"),
        ("the wombat society".to_owned(), "same_as_site"),
        ("wombat 1234567890".to_owned(), "same_as_site"),
    ] {
        let refused = sign_up(&server, "ada@example.com", &password);
        assert_status(&refused, 422);
        let code = format!(r#""code":"{code}""#);
        assert!(refused.contains(&code), "{refused}");
    }
    assert_status(&sign_up(&server, "ada@example.com", "seven wombats!!"), 201);
    assert_status(&sign_up(&server, "bob@example.com", &"xy".repeat(32)), 201);
    server.stop();
}

/// Attacks PW04 and PW05.
#[test]
fn a_password_that_is_too_long_is_never_hashed() {
    const HASHED: &str = "guestlist_password_hash_seconds_count{scheme=\"argon2\"}";
    let folder = tempfile::tempdir().expect("makes a folder");
    let metrics = free_address();
    let settings = [("GUESTLIST_METRICS__LISTEN", metrics.as_str())];
    let server = Server::start(folder.path(), &settings);
    let hashed = || {
        let page = send(&metrics, "GET /metrics HTTP/1.1", "");
        let line = page.lines().find_map(|line| line.strip_prefix(HASHED));
        line.map(|count| count.trim().to_owned())
    };
    assert_status(&sign_up(&server, "ada@example.com", "exemplary"), 201);
    assert_eq!(hashed().as_deref(), Some("1"));
    for long in ["xy".repeat(512) + "z", "xy".repeat(30_000)] {
        assert_status(&sign_up(&server, "bob@example.com", &long), 422);
        let body = format!(r#"{{"email":"ada@example.com","password":"{long}"}}"#);
        for (path, status) in [("/user/signup", 422), ("/api/v1/sessions", 401)] {
            let answer = server.send(&format!("POST {path} HTTP/1.1\n{JSON}"), &body);
            assert_status(&answer, status);
        }
    }
    assert_eq!(
        hashed().as_deref(),
        Some("1"),
        "no hash was computed for long passwords"
    );
    let body = r#"{"email":"ada@example.com","password":"exemplary"}"#;
    let right = server.send(&format!("POST /api/v1/sessions HTTP/1.1\n{JSON}"), body);
    assert_status(&right, 201);
    assert_eq!(
        hashed().as_deref(),
        Some("2"),
        "the metric counts a normal sign-in"
    );
    server.stop();
}

#[test]
fn a_hash_of_a_disabled_scheme_is_logged_once_with_its_user() {
    const USERS: &str = "email,password_hash\nada@example.com,$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW\n";
    let folder = tempfile::tempdir().expect("makes a folder");
    fs::write(folder.path().join("users.csv"), USERS).expect("writes");
    let (done, told) = run(folder.path(), &["users", "import", "users.csv"], "");
    assert!(done, "{told}");
    let (_, shown) = run(folder.path(), &["users", "show", "ada@example.com"], "");
    let id = shown.split_whitespace().nth(1).expect("says the id");
    let schemes = [("GUESTLIST_PASSWORDS__SCHEMES", "argon2")];
    let server = Server::start(folder.path(), &schemes);
    let body = r#"{"email":"ada@example.com","password":"secret"}"#;
    let refused = server.send(&format!("POST /api/v1/sessions HTTP/1.1\n{JSON}"), body);
    assert_status(&refused, 401);
    server.stop();
    let log = log(folder.path());
    for words in [
        "the password hash is of the scheme bcrypt",
        "sign-in refused: the password hash cannot be used",
    ] {
        let warnings: Vec<_> = log.lines().filter(|line| line.contains(words)).collect();
        assert_eq!(warnings.len(), 1, "{log}");
        assert!(warnings[0].contains(id), "{log}");
    }
    assert!(!log.contains("$2b$"), "{log}");
}

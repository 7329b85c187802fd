//! What an operator meets at a start that cannot go well, and where there is no installation.

mod no_installation;
mod other_tables;
mod wrong_starts;

use std::{fs, path::Path};

use crate::binary::{Server, command, free_address, log};

/// Runs the binary, asserts that it fails, and returns its error output.
fn refusal(folder: &Path, environment: &[(&str, &str)], arguments: &[&str]) -> String {
    let output = command(folder, environment).args(arguments).output();
    let output = output.expect("runs");
    assert!(!output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn the_error_of_a_database_url_names_the_variable_the_scheme_and_the_fix() {
    let folder = tempfile::tempdir().expect("makes a folder");
    for (url, found) in [
        ("mysql://ada:s3cr3t@x/y", "\"mysql\""),
        ("postgresql+asyncpg://ada:s3cr3t@x/y", "use postgres://"),
        ("sqlite:///planner.db", "sqlite:planner.db"),
        ("sqlite:./x.db?mode=ro", "mode=ro"),
    ] {
        let said = refusal(folder.path(), &[("DATABASE_URL", url)], &[]);
        assert!(said.contains("environment variable DATABASE_URL"), "{said}");
        assert!(said.contains(found) && !said.contains("s3cr3t"), "{said}");
    }
    assert!(!Path::new("/planner.db").exists());
    assert_eq!(fs::read_dir(folder.path()).expect("reads").count(), 0);
}

#[test]
fn a_sqlite_url_of_sqlalchemy_names_a_file_in_the_working_folder() {
    let folder = tempfile::tempdir().expect("makes a folder");
    let environment = [("DATABASE_URL", "sqlite:///./planner.db")];
    Server::start(folder.path(), &environment).stop();
    assert!(folder.path().join("planner.db").exists());
    assert!(!Path::new("/planner.db").exists());
}

#[test]
fn what_kubernetes_sets_for_a_service_of_this_name_is_ignored_with_a_line() {
    let folder = tempfile::tempdir().expect("makes a folder");
    let environment = [
        ("GUESTLIST_SERVICE_HOST", "10.0.0.1"),
        ("GUESTLIST_SERVICE_PORT", "8080"),
        ("GUESTLIST_PORT", "tcp://10.0.0.1:8080"),
    ];
    Server::start(folder.path(), &environment).stop();
    let log = log(folder.path());
    let lines: Vec<_> = log
        .lines()
        .filter(|line| line.contains("Kubernetes"))
        .collect();
    assert_eq!(lines.len(), 1, "{log}");
    assert!(lines[0].contains("GUESTLIST_PORT"), "{log}");
    fs::write(
        folder.path().join(".env"),
        "GUESTLIST_PORT=tcp://10.0.0.1:8080\n",
    )
    .expect("writes");
    Server::start(folder.path(), &[]).stop();
    let said = refusal(folder.path(), &[("GUESTLIST_PORT", "8080")], &[]);
    assert!(said.contains("GUESTLIST_PORT"), "{said}");
}

#[test]
fn an_env_file_of_another_program_does_not_stop_the_server() {
    let folder = tempfile::tempdir().expect("makes a folder");
    let text = "PRIVATE_KEY=\"-----BEGIN\nabc\n-----END\"\nnot an assignment\nOPEN='\nGUESTLIST_SERVER__NAME='Ada'\n";
    fs::write(folder.path().join(".env"), text).expect("writes");
    let server = Server::start(folder.path(), &[]);
    assert!(server.send("GET /sign-in HTTP/1.1", "").contains("Ada"));
    server.stop();
    fs::write(folder.path().join(".env"), "A=1\nSECRET_KEY: s3cr3t\n").expect("writes");
    let said = refusal(folder.path(), &[], &[]);
    assert!(
        said.contains(".env line 2") && !said.contains("s3cr3t"),
        "{said}"
    );
}

#[test]
fn a_start_error_names_the_setting_and_its_cause_once() {
    let folder = tempfile::tempdir().expect("makes a folder");
    let file = folder.path().join("file");
    fs::write(&file, "").expect("writes");
    let within = file.join("data").display().to_string();
    let said = refusal(folder.path(), &[], &["--data-dir", &within]);
    assert!(
        said.contains("`server.data_dir`, read from flag --data-dir"),
        "{said}"
    );
    let missing = folder.path().join("no/such/x.db");
    let url = format!("sqlite:{}", missing.display());
    let said = refusal(folder.path(), &[("DATABASE_URL", &url)], &[]);
    assert!(
        said.contains("`database.url`, read from environment variable DATABASE_URL"),
        "{said}"
    );
    assert_eq!(said.matches("no/such/x.db").count(), 1, "{said}");
    let said = refusal(folder.path(), &[], &["--config", "missing.toml"]);
    assert_eq!(said.matches("does not exist").count(), 1, "{said}");
    let server = Server::start_at(&free_address(), folder.path(), &[]);
    let other = tempfile::tempdir().expect("makes a folder");
    let variables = [("GUESTLIST_METRICS__LISTEN", server.address())];
    let said = refusal(other.path(), &variables, &["--listen", "127.0.0.1:0"]);
    assert!(said.contains("`metrics.listen`"), "{said}");
    let said = refusal(other.path(), &[], &["--listen", server.address()]);
    assert!(
        said.contains("`server.listen`, read from flag --listen"),
        "{said}"
    );
}

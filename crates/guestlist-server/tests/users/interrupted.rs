//! An import that Ctrl-C stops half-way.

use std::{
    io::Write,
    process::{Child, ChildStdin, Command, Stdio},
};

use super::{CommandOutput, Installation};
use crate::binary::command;

/// More than one batch of the import, so that the import writes some users before its end.
const ROWS: u32 = 50_000;

fn rows() -> String {
    let rows = (0..ROWS).map(|number| format!("user{number:05}@example.com\n"));
    format!("email\n{}", rows.collect::<String>())
}

/// Starts an import and gives it half of the rows. It waits for more as long as the pipe is open.
fn half_way(installation: &Installation, rows: &str) -> (Child, ChildStdin) {
    let mut child = command(installation.folder(), &[])
        .args(["users", "import", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("starts");
    let mut stdin = child.stdin.take().expect("is piped");
    stdin
        .write_all(&rows.as_bytes()[..rows.len() / 2])
        .expect("writes");
    while installation.emails().is_empty() {
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    (child, stdin)
}

fn interrupt(child: &Child) {
    let pid = child.id().to_string();
    let sent = Command::new("kill").args(["-INT", &pid]).status();
    assert!(sent.expect("runs kill").success());
}

#[test]
fn an_interrupted_import_names_the_next_line_and_continues_there() {
    let (installation, rows) = (Installation::new(), rows());
    let (child, pipe) = half_way(&installation, &rows);
    interrupt(&child);
    let stopped = CommandOutput::from(child.wait_with_output().expect("ends"));
    drop(pipe);
    let complaint = stopped.failure();
    let (_, line) = complaint
        .split_once("stopped after line ")
        .expect(&complaint);
    let line: usize = line
        .split(':')
        .next()
        .and_then(|line| line.parse().ok())
        .expect(&complaint);
    let next = format!("the same command, with --from-line {}\n", line + 1);
    assert!(complaint.contains(&next), "{complaint}");
    let emails = installation.emails();
    assert_eq!(emails.len(), line - 1, "the header is line 1");
    let expected: Vec<_> = rows.lines().skip(1).take(emails.len()).collect();
    assert_eq!(emails, expected);

    installation.write("users.csv", &rows);
    let from = (line + 1).to_string();
    let said = installation
        .users(&["import", "users.csv", "--from-line", &from])
        .success();
    let left = usize::try_from(ROWS).expect("fits") - emails.len();
    assert!(
        said.starts_with(&format!("{left} rows read: {left} inserted")),
        "{said}"
    );
    let again = installation.users(&["import", "users.csv"]).success();
    assert!(again.contains(&format!("{ROWS} skipped")), "{again}");
}

#[test]
fn an_import_that_is_stopped_before_its_first_row_does_not_say_that_there_are_no_users() {
    let installation = Installation::new();
    installation.install();
    let mut child = command(installation.folder(), &[])
        .args(["users", "import", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("starts");
    let mut pipe = child.stdin.take().expect("is piped");
    pipe.write_all(b"email\na@example.com\n").expect("writes");
    std::thread::sleep(std::time::Duration::from_secs(2));
    interrupt(&child);
    let stopped = CommandOutput::from(child.wait_with_output().expect("ends"));
    drop(pipe);
    assert!(!stopped.out.contains("no users"), "{}", stopped.out);
    let complaint = stopped.failure();
    assert_eq!(
        complaint,
        "guestlist: stopped before the first row was imported\n"
    );
}

#[test]
fn the_same_command_continues_also_with_another_data_directory() {
    let installation = Installation::of_files();
    let rows = "email\na@example.com\nbad\nb@example.com\nc@example.com\n";
    installation.write("all of them.csv", rows);
    let import = [
        "--data-dir",
        "else where",
        "users",
        "import",
        "all of them.csv",
    ];
    let goes = |more: &[&str]| -> CommandOutput {
        let mut given = command(installation.folder(), &[]);
        given.args(import).args(more).stdin(Stdio::null());
        given.output().expect("runs").into()
    };
    installation.write("one.csv", "email\nb@example.com\n");
    let one = ["--data-dir", "else where", "users", "import", "one.csv"];
    let output = command(installation.folder(), &[]).args(one).output();
    CommandOutput::from(output.expect("runs")).success();

    let stopped = goes(&["--on-conflict", "fail", "--rejects", "no.csv"]).failure();
    let next = "Continue with the same command, with --from-line 4, \
                with --on-conflict skip or update, with another file for --rejects\n";
    assert!(stopped.ends_with(next), "{stopped}");
    let said = goes(&["--from-line", "4", "--rejects", "more.csv"]).success();
    assert!(
        said.starts_with("2 rows read: 1 inserted, 0 updated, 0 unchanged, 1 skipped"),
        "{said}"
    );
    let elsewhere = installation.folder().join("data");
    assert!(
        !elsewhere.exists(),
        "the default data directory was not created"
    );
}

//! Ctrl-C half-way.

use std::{
    io::Write,
    process::{Child, ChildStdin, Command, Stdio},
};

use super::{House, Said};
use crate::binary::command;

/// More than a batch of the import, so that it has something to write before the end.
const ROWS: u32 = 50_000;

fn rows() -> String {
    let rows = (0..ROWS).map(|number| format!("user{number:05}@example.com\n"));
    format!("email\n{}", rows.collect::<String>())
}

/// An import that has been given half of it and waits for more, for as long as the pipe is open.
fn half_way(house: &House, rows: &str) -> (Child, ChildStdin) {
    let mut child = command(house.folder(), &[])
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
    while house.emails().is_empty() {
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
fn what_is_interrupted_says_where_to_go_on_and_goes_on_there() {
    let (house, rows) = (House::new(), rows());
    let (child, pipe) = half_way(&house, &rows);
    interrupt(&child);
    let stopped = Said::from(child.wait_with_output().expect("ends"));
    drop(pipe);
    let complaint = stopped.complaint();
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
    let emails = house.emails();
    assert_eq!(emails.len(), line - 1, "the header is a line");
    let expected: Vec<_> = rows.lines().skip(1).take(emails.len()).collect();
    assert_eq!(emails, expected);

    house.write("users.csv", &rows);
    let from = (line + 1).to_string();
    let said = house
        .users(&["import", "users.csv", "--from-line", &from])
        .well();
    let left = usize::try_from(ROWS).expect("fits") - emails.len();
    assert!(
        said.starts_with(&format!("{left} rows read: {left} inserted")),
        "{said}"
    );
    let again = house.users(&["import", "users.csv"]).well();
    assert!(again.contains(&format!("{ROWS} skipped")), "{again}");
}

#[test]
fn the_same_command_goes_on_wherever_its_data_are() {
    let house = House::of_files();
    let rows = "email\na@example.com\nbad\nb@example.com\nc@example.com\n";
    house.write("all of them.csv", rows);
    let import = [
        "--data-dir",
        "else where",
        "users",
        "import",
        "all of them.csv",
    ];
    let goes = |more: &[&str]| -> Said {
        let mut given = command(house.folder(), &[]);
        given.args(import).args(more).stdin(Stdio::null());
        given.output().expect("runs").into()
    };
    house.write("one.csv", "email\nb@example.com\n");
    let one = ["--data-dir", "else where", "users", "import", "one.csv"];
    let output = command(house.folder(), &[]).args(one).output();
    Said::from(output.expect("runs")).well();

    let stopped = goes(&["--on-conflict", "fail", "--rejects", "no.csv"]).complaint();
    let next = "Go on with the same command, with --from-line 4, \
                with --on-conflict skip or update, with another file for --rejects\n";
    assert!(stopped.ends_with(next), "{stopped}");
    let said = goes(&["--from-line", "4", "--rejects", "more.csv"]).well();
    assert!(
        said.starts_with("2 rows read: 1 inserted, 0 updated, 0 unchanged, 1 skipped"),
        "{said}"
    );
    let elsewhere = house.folder().join("data");
    assert!(!elsewhere.exists(), "nothing was made elsewhere");
}

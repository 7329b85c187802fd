//! Commands that need an installation, in a place without one: they report it and create nothing.

use std::{collections::BTreeMap, fs, path::Path, process::Output};

use guestlist_mongodb::mongodb::{self, bson::doc};
use guestlist_postgres::tokio_postgres::{self, NoTls};
use guestlist_sqlite::rusqlite::Connection;

use super::refusal;
use crate::{
    binary::{command, output},
    test_database::TestDatabase,
};

const SECRET: (&str, &str) = ("SECRET_KEY", "a secret key of more than thirty-two bytes");

/// All commands that need an installation. The engine does not matter.
const COMMANDS: [&[&str]; 20] = [
    &["users", "list"],
    &["users", "show", "ada@example.org"],
    &["users", "disable", "ada@example.org"],
    &["users", "enable", "ada@example.org"],
    &["users", "unlock", "ada@example.org"],
    &["users", "set-password", "ada@example.org"],
    &["users", "remove-second-factor", "ada@example.org"],
    &["users", "verify", "ada@example.org"],
    &["users", "delete", "ada@example.org"],
    &["users", "export"],
    &["doctor"],
    &["invitations", "list"],
    &["invitations", "make"],
    &["tokens", "list"],
    &["tokens", "issue", "--service", "gateway"],
    &["tokens", "revoke", "019aaaaa-0000-7000-8000-000000000000"],
    &["keys", "list"],
    &["keys", "rotate"],
    &["sessions", "end-all", "--yes"],
    &["log"],
];

/// Returns all files of a folder with their content.
fn content(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).expect("reads");
    let entry = |entry: std::io::Result<fs::DirEntry>| {
        let path = entry.expect("reads").path();
        let name = path.display().to_string();
        (name, fs::read(path).unwrap_or_default())
    };
    entries.map(entry).collect()
}

#[test]
fn no_command_makes_anything_in_a_folder_or_a_file_without_an_installation() {
    let no_tables = "planner.sqlite has no tables of this program";
    let foreign = "CREATE TABLE bookmarks (url TEXT); INSERT INTO bookmarks VALUES ('a')";
    for (made_by, words) in [
        (None, "planner.sqlite does not exist"),
        (Some(""), no_tables),
        (Some("CREATE TABLE t (x); DROP TABLE t"), no_tables),
        (Some(foreign), no_tables),
    ] {
        let folder = tempfile::tempdir().expect("makes a folder");
        let path = folder.path().join("planner.sqlite");
        match made_by {
            None => {}
            Some("") => fs::write(path, "").expect("writes"),
            Some(sql) => {
                let file = Connection::open(path).expect("opens");
                file.execute_batch(sql).expect("makes");
            }
        }
        let before = content(folder.path());
        let url = ("DATABASE_URL", "sqlite:planner.sqlite");
        let of_files: [&[&str]; 2] = [
            &["backup", "a.backup"],
            &[
                "copy",
                "--from",
                "sqlite:planner.sqlite",
                "--to",
                "sqlite:b",
            ],
        ];
        for arguments in COMMANDS.into_iter().chain(of_files) {
            let said = refusal(folder.path(), &[url], arguments);
            assert!(
                said.contains("there is no installation"),
                "{arguments:?}: {said}"
            );
            if arguments[0] != "copy" {
                assert!(said.contains(words), "{arguments:?}: {said}");
                assert!(said.contains("`guestlist serve` makes one"), "{said}");
                assert!(said.contains("environment variable DATABASE_URL"), "{said}");
            }
            assert_eq!(content(folder.path()), before, "{arguments:?}");
        }
    }
}

#[tokio::test]
async fn no_command_makes_anything_in_an_empty_postgresql_database() {
    let Some(database) = TestDatabase::in_postgres() else {
        return;
    };
    for arguments in COMMANDS {
        without_installation(&database, arguments);
    }
    let (client, connection) = tokio_postgres::connect(database.url(), NoTls)
        .await
        .expect("connects");
    tokio::spawn(connection);
    let made = "SELECT count(*) FROM pg_class WHERE relnamespace = current_schema()::regnamespace";
    let made: i64 = client.query_one(made, &[]).await.expect("counts").get(0);
    assert_eq!(made, 0);
}

#[tokio::test]
async fn no_command_makes_anything_in_an_empty_mongodb_database() {
    let Some(database) = TestDatabase::in_mongodb() else {
        return;
    };
    for arguments in COMMANDS {
        without_installation(&database, arguments);
    }
    let (url, _) = database.url().split_once('?').expect("has parameters");
    let client = mongodb::Client::with_uri_str(url).await.expect("connects");
    let opened = client.default_database().expect("is named");
    let names = opened.list_collection_names().await.expect("lists");
    assert_eq!(names, [""; 0]);
    // The database has a collection of another program.
    let theirs = opened.collection::<mongodb::bson::Document>("theirs");
    theirs.insert_one(doc! { "a": 1 }).await.expect("inserts");
    without_installation(&database, &["users", "list"]);
    let names = opened.list_collection_names().await.expect("lists");
    assert_eq!(names, ["theirs"]);
}

/// Runs the command. Asserts that it reports no installation, and creates nothing in its folder.
fn without_installation(database: &TestDatabase, arguments: &[&str]) {
    let folder = tempfile::tempdir().expect("makes a folder");
    let environment = [("DATABASE_URL", database.url()), SECRET];
    let said = refusal(folder.path(), &environment, arguments);
    // The command reports the missing installation before it needs the secret.
    assert_eq!(refusal(folder.path(), &environment[..1], arguments), said);
    for words in [
        "there is no installation here: ",
        "has no tables of this program; `guestlist serve` makes one. The database is that of setting `database.url`, \
         read from environment variable DATABASE_URL; --data-dir and --database-url name another database",
    ] {
        assert!(said.contains(words), "{arguments:?}: {said}");
    }
    assert_eq!(content(folder.path()).len(), 0, "{arguments:?}");
    let to = format!("sqlite:{}", folder.path().join("b.sqlite").display());
    let copy = ["copy", "--from", database.url(), "--to", &to];
    let said = refusal(folder.path(), &environment, &copy);
    assert!(
        said.contains("--from: there is no installation in "),
        "{said}"
    );
    assert_eq!(content(folder.path()).len(), 0);
}

fn runs(folder: &Path, arguments: &[&str], stdin: &str) -> Output {
    let mut command = command(folder, &[]);
    command.args(arguments);
    output(command, stdin.as_bytes())
}

#[test]
fn the_first_user_makes_an_installation_and_a_refused_one_makes_nothing() {
    let folder = tempfile::tempdir().expect("makes a folder");
    let add = ["users", "add", "ada@example.com"];
    for (password, words) in [
        ("", "stdin has no password"),
        ("short\n", "at least 8 characters"),
        ("ada@example.com\n", "password"),
    ] {
        let refused = runs(folder.path(), &add, password);
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success() && said.contains(words), "{said}");
        assert_eq!(content(folder.path()).len(), 0, "{password}");
    }
    let added = runs(folder.path(), &add, "exemplary words\n");
    let said = String::from_utf8_lossy(&added.stderr).into_owned();
    assert!(added.status.success(), "{said}");
    for words in [
        "made an installation in sqlite:./data/guestlist.sqlite",
        "its secret key in ./data/secret.key",
    ] {
        assert!(said.contains(words), "{said}");
    }
    let list = runs(folder.path(), &["users", "list"], "");
    assert!(String::from_utf8_lossy(&list.stdout).contains("ada@example.com"));
    let another = ["users", "add", "bob@example.com"];
    let added = runs(folder.path(), &another, "exemplary words\n");
    assert_eq!(String::from_utf8_lossy(&added.stderr), "");
}

#[test]
fn the_first_import_makes_an_installation_and_a_rehearsal_or_a_wrong_file_makes_nothing() {
    let folder = tempfile::tempdir().expect("makes a folder");
    fs::write(folder.path().join("wrong.csv"), "mail\nada@example.com\n").expect("writes");
    fs::write(folder.path().join("users.csv"), "email\nada@example.com\n").expect("writes");
    fs::write(folder.path().join("kept.csv"), "kept").expect("writes");
    let before = content(folder.path());
    for (arguments, words) in [
        (&["missing.csv"][..], "missing.csv"),
        (&["wrong.csv"], "; use email"),
        (&["users.csv", "--rejects", "kept.csv"], "kept.csv"),
    ] {
        let arguments = [&["users", "import"], arguments].concat();
        let refused = runs(folder.path(), &arguments, "");
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success() && said.contains(words), "{said}");
        assert_eq!(content(folder.path()), before, "{arguments:?}");
    }
    let rehearsal = ["users", "import", "users.csv", "--dry-run"];
    let rehearsed = runs(folder.path(), &rehearsal, "");
    let said = String::from_utf8_lossy(&rehearsed.stderr).into_owned();
    assert!(
        rehearsed.status.success() && !said.contains("made"),
        "{said}"
    );
    let told = String::from_utf8_lossy(&rehearsed.stdout).into_owned();
    assert!(told.contains("dry run, nothing was written"), "{told}");
    assert_eq!(content(folder.path()), before);
    let imported = runs(folder.path(), &["users", "import", "users.csv"], "");
    let said = String::from_utf8_lossy(&imported.stderr).into_owned();
    assert!(imported.status.success(), "{said}");
    assert!(said.contains("made an installation in sqlite:"), "{said}");
}

#[test]
fn an_import_that_imports_no_row_makes_nothing() {
    let folder = tempfile::tempdir().expect("makes a folder");
    let from_stdin = ["users", "import", "-"];
    let long = format!(
        r#"{{"users":[{}{{}}]}}"#,
        r#"{"email":"a@b.co"},"#.repeat(10_000)
    );
    for (input, words) in [
        ("", "stdin is empty"),
        ("\u{feff}\n", "stdin is empty"),
        ("{bad\n", "1 of 1 row was refused; imported: 0"),
        ("email\nada\nbob\n", "2 of 2 rows were refused; imported: 0"),
        (
            r#"{"kind":"x","users":[{"email":"ada@example.com"}]}"#,
            "jq -c '.users[]'",
        ),
        (&long, "jq -c '.users[]'"),
    ] {
        let refused = runs(folder.path(), &from_stdin, input);
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success(), "{input:.60}: {said}");
        assert!(said.contains(words), "{input:.60}: {said}");
        assert_eq!(content(folder.path()).len(), 0, "{input:.60}");
    }
    // The first good row makes the installation, wherever it is.
    let bad = "nobody\n".repeat(30_000);
    let input = format!("email\n{bad}ada@example.com\n");
    let imported = runs(folder.path(), &from_stdin, &input);
    let said = String::from_utf8_lossy(&imported.stderr).into_owned();
    assert!(
        said.contains("30000 of 30001 rows were refused; imported: 1"),
        "{said:.600}"
    );
    assert_eq!(said.matches("made an installation in ").count(), 1);
    let list = runs(folder.path(), &["users", "list"], "");
    assert!(String::from_utf8_lossy(&list.stdout).contains("ada@example.com"));
}

#[test]
fn a_restore_or_a_filter_without_its_file_makes_nothing() {
    let folder = tempfile::tempdir().expect("makes a folder");
    for arguments in [
        &["restore", "missing.backup"][..],
        &["breached", "build", "missing.txt"],
    ] {
        let said = refusal(folder.path(), &[], arguments);
        assert!(said.contains("missing."), "{said}");
        assert_eq!(content(folder.path()).len(), 0, "{arguments:?}");
    }
}

/// A new key in place of the missing one would hide that sessions and tokens need the old one.
#[test]
fn without_the_secret_key_commands_create_no_other_key_and_nothing_under_it() {
    let folder = tempfile::tempdir().expect("makes a folder");
    let add = ["users", "add", "ada@example.com"];
    assert!(
        runs(folder.path(), &add, "exemplary words\n")
            .status
            .success()
    );
    let key = folder.path().join("data/secret.key");
    fs::remove_file(&key).expect("removes");
    for arguments in [
        &["users", "list"][..],
        &["users", "disable", "ada@example.com"],
        &["users", "export"],
        &["doctor"],
        &["tokens", "list"],
        &["keys", "list"],
    ] {
        let output = runs(folder.path(), arguments, "");
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        assert!(!key.exists(), "{arguments:?}");
    }
    for arguments in [
        &["tokens", "issue", "--service", "gateway"][..],
        &["keys", "rotate"],
        &["users", "unlock", "ada@example.com"],
    ] {
        let said = refusal(folder.path(), &[], arguments);
        assert!(
            said.contains("secret.key does not exist") && said.contains("SECRET_KEY"),
            "{said}"
        );
        assert!(!key.exists(), "{arguments:?}");
    }
}

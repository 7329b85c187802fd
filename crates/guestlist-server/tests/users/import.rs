//! Import and export of many users.

use super::{Installation, bcrypt};
use crate::test_app::{PASSWORD, TestApp};

const HEADER: &str = "email,password_hash,name,created_at,email_verified,disabled";

/// The same three users as [`ndjson`].
fn csv() -> String {
    let (a, b) = (bcrypt("a"), bcrypt("b"));
    format!(
        "{HEADER}\n\
         Ada@example.com,{a},\"Lovelace, \"\"Ada\"\"\",2024-02-29 12:34:56,t,0\n\
         bob@example.com,{b},,1709210096,no,YES\n\
         cyd@example.com,!,Cyd,,,\n"
    )
}

fn ndjson() -> String {
    let (a, b) = (bcrypt("a"), bcrypt("b"));
    format!(
        r#"{{"email":"Ada@example.com","password_hash":"{a}","name":"Lovelace, \"Ada\"","created_at":"2024-02-29T12:34:56Z","email_verified":true,"disabled":false}}
{{"email":"bob@example.com","password_hash":"{b}","created_at":1709210096000,"email_verified":"no","disabled":1}}

{{"email":"cyd@example.com","name":"Cyd","password_hash":null}}
"#
    )
}

fn assert_all_three(installation: &Installation) {
    let users = installation.all_users();
    let [ada, bob, cyd] = &users[..] else {
        panic!("{users:?}")
    };
    assert_eq!(ada["email"], "Ada@example.com");
    assert_eq!(ada["name"], "Lovelace, \"Ada\"");
    assert_eq!(ada["password_hash"], bcrypt("a"));
    assert_eq!(ada["email_verified"], true);
    assert_eq!(ada["disabled"], false);
    assert_eq!(bob["disabled"], true);
    for user in [ada, bob] {
        assert_eq!(user["created_at"], "2024-02-29T12:34:56Z");
    }
    assert!(bob["name"].is_null() && cyd["password_hash"].is_null());
    assert_eq!(cyd["email_verified"], false);
}

#[test]
fn csv_and_ndjson_import_the_same_users_from_a_file_and_from_stdin() {
    for content in [
        csv(),
        ndjson(),
        csv().replace('\n', "\r\n"),
        format!("\u{feff}{}", csv()),
    ] {
        for from_stdin in [false, true] {
            let installation = Installation::new();
            let said = if from_stdin {
                installation.users_with(&["import", "-"], content.as_bytes())
            } else {
                installation.write("users", &content);
                installation.users(&["import", "users"])
            };
            let said = said.success();
            assert!(
                said.starts_with("3 rows read: 3 inserted, 0 updated"),
                "{said}"
            );
            assert_all_three(&installation);
        }
    }
}

#[test]
fn an_address_of_the_local_network_is_imported_only_with_the_flag() {
    let installation = Installation::new();
    installation.write(
        "users.csv",
        format!("email,password_hash\nAdmin@localhost,{}\n", bcrypt("a")),
    );
    let refused = installation.users(&["import", "users.csv"]);
    assert!(!refused.well);
    assert!(refused.err.contains("--local-addresses"), "{}", refused.err);
    assert!(installation.all_users().is_empty());
    let taken = installation
        .users(&["import", "users.csv", "--local-addresses"])
        .success();
    assert!(taken.contains("1 inserted"), "{taken}");
    let shown = installation.users(&["show", "admin@localhost"]).success();
    assert!(shown.contains("Admin@localhost"), "{shown}");
    let added = installation.users(&["add", "other@localhost"]);
    assert!(!added.well, "a new account cannot have such an address");
}

#[test]
fn a_dry_run_prints_the_same_counts_and_writes_nothing() {
    let installation = Installation::new();
    installation.write("users.csv", csv() + "ADA@example.com,,,,,\nnobody,,,,,\n");
    let dry = installation.users(&["import", "users.csv", "--dry-run"]);
    assert!(!dry.well);
    assert!(
        dry.err
            .contains("line 6: email: an e-mail address looks like"),
        "{}",
        dry.err
    );
    assert!(dry.err.contains("would be imported: 3"), "{}", dry.err);
    assert!(installation.emails().is_empty());
    let real = installation.users(&["import", "users.csv"]);
    let counts = |said: &str| said.split(';').next().unwrap_or_default().to_owned();
    assert_eq!(
        counts(&dry.out),
        format!("dry run, nothing was written: {}", counts(&real.out))
    );
    assert_eq!(
        counts(&real.out),
        "5 rows read: 3 inserted, 0 updated, 0 unchanged, 1 skipped, 1 refused"
    );
    assert_all_three(&installation);
}

#[test]
fn a_second_import_of_the_same_file_changes_nothing() {
    let installation = Installation::new();
    installation.write("users.csv", csv());
    installation.users(&["import", "users.csv"]).success();
    let before = installation.all_users();
    for (policy, words) in [
        ("skip", "0 inserted, 0 updated, 0 unchanged, 3 skipped"),
        ("update", "0 inserted, 0 updated, 3 unchanged, 0 skipped"),
    ] {
        let said = installation
            .users(&["import", "users.csv", "--on-conflict", policy])
            .success();
        assert!(said.contains(words), "{said}");
        assert_eq!(installation.all_users(), before);
    }
}

#[test]
fn on_conflict_skips_updates_or_stops_at_an_existing_address() {
    let rows = format!(
        "email,name,password_hash\nnew@example.com,New,\nADA@example.com,Ada,{}\nlast@example.com,Last,\n",
        bcrypt("z")
    );
    let start = || {
        let installation = Installation::new();
        installation.write("users.csv", csv());
        installation.users(&["import", "users.csv"]).success();
        installation.write("more.csv", &rows);
        installation
    };
    let installation = start();
    let said = installation.users(&["import", "more.csv"]).success();
    assert!(
        said.contains("2 inserted, 0 updated, 0 unchanged, 1 skipped"),
        "{said}"
    );
    assert_eq!(installation.all_users()[0]["name"], "Lovelace, \"Ada\"");

    let installation = start();
    let said = installation
        .users(&["import", "more.csv", "--on-conflict", "update"])
        .success();
    assert!(said.contains("2 inserted, 1 updated"), "{said}");
    let ada = &installation.all_users()[0];
    assert_eq!(
        (&ada["name"], &ada["password_hash"]),
        (&"Ada".into(), &bcrypt("z").into())
    );
    assert_eq!(
        (&ada["email"], &ada["email_verified"]),
        (&"Ada@example.com".into(), &true.into())
    );

    let installation = start();
    let fail = ["import", "more.csv", "--on-conflict", "fail"];
    let dry = installation
        .users(&[&fail[..], &["--dry-run"]].concat())
        .failure();
    assert!(
        dry.contains("line 3") && dry.contains("nothing was written"),
        "{dry}"
    );
    let complaint = installation.users(&fail).failure();
    for words in ["line 3", "after line 2", "--from-line 3"] {
        assert!(complaint.contains(words), "{complaint}");
    }
    let emails = installation.emails().join(" ");
    assert!(
        emails.contains("new@") && !emails.contains("last@"),
        "{emails}"
    );
}

#[test]
fn the_second_row_of_an_address_is_a_conflict_with_the_first() {
    for (policy, words, name) in [
        (
            "skip",
            "1 inserted, 0 updated, 0 unchanged, 1 skipped",
            "One",
        ),
        ("update", "1 inserted, 1 updated", "Two"),
    ] {
        for dry in [true, false] {
            let installation = Installation::new();
            installation.write(
                "users.csv",
                "email,name\na@example.com,One\nA@Example.com,Two\n",
            );
            let mut arguments = vec!["import", "users.csv", "--on-conflict", policy];
            arguments.extend(dry.then_some("--dry-run"));
            let said = installation.users(&arguments).success();
            assert!(said.contains(words), "{said}");
            assert_eq!(
                installation
                    .all_users()
                    .first()
                    .map(|user| user["name"].clone()),
                (!dry).then(|| name.into())
            );
        }
    }
}

#[test]
fn refused_rows_are_written_to_the_rejects_file_with_line_and_reason() {
    let installation = Installation::new();
    let hash = bcrypt("a");
    installation.write(
        "users.csv",
        format!(
            "email,password_hash,name\n\
             good@example.com,{hash},\n\
             bad,{hash},\"x, \"\"y\"\"\"\n\
             other@example.com,plain-text,\n\
             short@example.com\n"
        ),
    );
    let complaint = installation
        .users(&["import", "users.csv", "--rejects", "rejects.csv"])
        .failure();
    assert!(
        complaint.contains("3 of 4 rows were refused; imported: 1"),
        "{complaint}"
    );
    assert!(
        !complaint.contains("line 3"),
        "the reasons are in the file: {complaint}"
    );
    let rejects = installation.read("rejects.csv");
    let lines: Vec<_> = rejects.lines().collect();
    assert_eq!(lines[0], "line,reason,record");
    assert!(lines[1].starts_with("3,\"email: "), "{rejects}");
    assert!(
        lines[1].ends_with(&format!(",\"bad,{hash},\"\"x, \"\"\"\"y\"\"\"\"\"\"\"")),
        "{rejects}"
    );
    assert!(lines[2].starts_with("4,\"password_hash: "), "{rejects}");
    assert!(
        lines[3].starts_with(
            "5,\"the row has 1 field and the header has 3; write a comma for each empty field\""
        ),
        "{rejects}"
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let metadata =
            std::fs::metadata(installation.folder().join("rejects.csv")).expect("is there");
        assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
    }
    let refused = installation
        .users(&["import", "users.csv", "--rejects", "rejects.csv"])
        .failure();
    assert!(refused.contains("rejects.csv exists already"), "{refused}");
    assert_eq!(installation.read("rejects.csv"), rejects);
}

#[test]
fn an_export_imported_elsewhere_gives_the_same_users() {
    let installation = Installation::new();
    installation.write("users.csv", csv());
    installation.users(&["import", "users.csv"]).success();
    installation
        .users_with(&["add", "dot@example.com", "--role", "admin"], b"exemplary")
        .success();
    let waits = r#"{"email":"eve@example.org","approved":false}"#;
    installation
        .users_with(&["import", "-"], waits.as_bytes())
        .success();
    installation
        .users(&["export", "--with-hashes", "--output", "out.ndjson"])
        .success();
    let without = installation.users(&["export"]).success();
    assert!(
        !without.contains("password_hash") && !without.contains('$'),
        "{without}"
    );
    let again = installation
        .users(&["export", "--output", "out.ndjson"])
        .failure();
    assert!(again.contains("exists already"), "{again}");

    let elsewhere = Installation::new();
    elsewhere.write("in.ndjson", installation.read("out.ndjson"));
    let said = elsewhere.users(&["import", "in.ndjson"]).success();
    assert!(said.contains("5 inserted"), "{said}");
    assert_eq!(elsewhere.all_users(), installation.all_users());
    let of = |email: &str| {
        let users = elsewhere.all_users();
        let user = users.iter().find(|user| user["email"] == email);
        let user = user.expect("is imported");
        (user["role"].clone(), user["approved"].clone())
    };
    assert_eq!(of("dot@example.com"), ("admin".into(), true.into()));
    assert_eq!(of("eve@example.org"), ("member".into(), false.into()));

    let id = &installation.all_users()[0]["id"];
    let taken = format!(r#"{{"email":"eve@example.com","id":{id}}}"#);
    for dry in [&[][..], &["--dry-run"]] {
        let arguments = [&["import", "-", "--on-conflict", "update"], dry].concat();
        let complaint = elsewhere.users_with(&arguments, taken.as_bytes()).failure();
        assert!(
            complaint.contains("line 1: another user has this id"),
            "{complaint}"
        );
    }
    assert_eq!(elsewhere.all_users(), installation.all_users());
}

/// Earlier versions accepted a `;` before the `@`.
#[tokio::test]
async fn an_account_with_an_address_of_an_earlier_version_can_be_used_and_moved() {
    const EMAIL: &str = "a;b@example.com";
    let installation = Installation::in_a_file();
    let refused = installation.users_with(&["add", EMAIL], b"exemplary\n");
    refused.failure();
    installation
        .users_with(&["add", "ada@example.com"], b"exemplary\n")
        .success();
    let exported = installation.users(&["export", "--with-hashes"]).success();

    let elsewhere = Installation::in_a_file();
    elsewhere.write("in.ndjson", exported.replace("ada@example.com", EMAIL));
    let said = elsewhere.users(&["import", "in.ndjson"]).success();
    assert!(said.contains("1 inserted"), "{said}");
    let shown = elsewhere.users(&["show", EMAIL]).success();
    assert!(shown.contains(EMAIL), "{shown}");
    let app = TestApp::on_installation(elsewhere).await;
    app.sign_in(EMAIL).await;
    let form = "grant_type=password&username=a%3Bb%40example.com&password=exemplary";
    let token = app.form("/api/v1/token", form).await;
    assert_eq!(token.status, 200, "{token:?}");
    let credentials = serde_json::json!({ "email": "c;d@example.com", "password": PASSWORD });
    let refused = app.post("/user/signup", None, &credentials).await;
    assert_eq!(refused.status, 422, "{refused:?}");
}

#[test]
fn a_row_with_a_hash_of_an_unlisted_scheme_is_refused() {
    let installation = Installation::new();
    installation.write("users.csv", csv());
    installation.write("guestlist.toml", "[passwords]\nschemes = ['argon2']\n");
    for dry in [&["--dry-run"][..], &[]] {
        let arguments = [&["import", "users.csv"], dry].concat();
        let said = installation.users(&arguments);
        assert!(!said.well, "{}", said.out);
        let reason = "password_hash: is of the scheme bcrypt, which the settings do not list";
        for words in [format!("line 2: {reason}"), format!("line 3: {reason}")] {
            assert!(said.err.contains(&words), "{}", said.err);
        }
        assert!(
            said.out.contains("1 inserted") && said.out.contains("2 refused"),
            "{}",
            said.out
        );
    }
    assert_eq!(installation.emails(), ["cyd@example.com"]);
}

#[cfg(unix)]
mod the_output_file {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::Installation;

    const REJECTS: [&str; 4] = ["import", "users.csv", "--rejects", "out"];
    const EXPORT: [&str; 3] = ["export", "--output", "out"];

    #[test]
    fn is_never_written_through_a_symlink() {
        let installation = Installation::new();
        installation.install();
        installation.write("users.csv", "email\nbad\n");
        for target in ["there", "not there"] {
            installation.write("there", "");
            let link = installation.folder().join("out");
            symlink(installation.folder().join(target), &link).expect("links");
            for arguments in [&REJECTS[..], &EXPORT] {
                let complaint = installation.users(arguments).failure();
                assert!(complaint.contains("out exists already"), "{complaint}");
            }
            std::fs::remove_file(link).expect("removes");
        }
        assert_eq!(installation.read("there"), "");
        assert!(!installation.folder().join("not there").exists());
    }

    #[test]
    fn may_exist_empty_for_rejects_but_not_for_an_export_and_is_private() {
        let installation = Installation::new();
        installation.install();
        installation.write("users.csv", "email\nbad\na@example.com\n");
        installation.write("out", "");
        let path = installation.folder().join("out");
        let open = std::fs::Permissions::from_mode(0o644);
        std::fs::set_permissions(&path, open).expect("sets");
        let complaint = installation.users(&EXPORT).failure();
        assert!(complaint.contains("out exists already"), "{complaint}");
        installation.users(&REJECTS).failure();
        assert_eq!(installation.read("out").lines().count(), 2);
        let mode = std::fs::metadata(&path)
            .expect("is there")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
        std::fs::remove_file(&path).expect("removes");
        installation.users(&EXPORT).success();
        let mode = std::fs::metadata(&path)
            .expect("is there")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn is_a_regular_file() {
        let installation = Installation::new();
        installation.write("users.csv", "email\na@example.com\n");
        let rejects = ["import", "users.csv", "--rejects", "/dev/null"];
        let complaint = installation.users(&rejects).failure();
        assert!(
            complaint.contains("/dev/null exists already"),
            "{complaint}"
        );
    }
}

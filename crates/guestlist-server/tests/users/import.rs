//! Many users at once, in and out.

use super::{House, bcrypt};

const HEADER: &str = "email,password_hash,name,created_at,email_verified,disabled";

/// Three users in each form, the same ones.
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

fn assert_all_three(house: &House) {
    let users = house.everybody();
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
fn csv_and_ndjson_come_to_the_same_from_a_file_and_from_stdin() {
    for content in [
        csv(),
        ndjson(),
        csv().replace('\n', "\r\n"),
        format!("\u{feff}{}", csv()),
    ] {
        for from_stdin in [false, true] {
            let house = House::new();
            let said = if from_stdin {
                house.users_with(&["import", "-"], content.as_bytes())
            } else {
                house.write("users", &content);
                house.users(&["import", "users"])
            };
            let said = said.well();
            assert!(
                said.starts_with("3 rows read: 3 inserted, 0 updated"),
                "{said}"
            );
            assert_all_three(&house);
        }
    }
}

#[test]
fn an_address_of_the_local_network_is_taken_only_if_asked_for() {
    let house = House::new();
    house.write(
        "users.csv",
        format!("email,password_hash\nAdmin@localhost,{}\n", bcrypt("a")),
    );
    let refused = house.users(&["import", "users.csv"]);
    assert!(!refused.well);
    assert!(refused.err.contains("--local-addresses"), "{}", refused.err);
    assert!(house.everybody().is_empty());
    let taken = house
        .users(&["import", "users.csv", "--local-addresses"])
        .well();
    assert!(taken.contains("1 inserted"), "{taken}");
    let shown = house.users(&["show", "admin@localhost"]).well();
    assert!(shown.contains("Admin@localhost"), "{shown}");
    let added = house.users(&["add", "other@localhost"]);
    assert!(!added.well, "no new account has such an address");
}

#[test]
fn a_dry_run_says_the_same_and_writes_nothing() {
    let house = House::new();
    house.write("users.csv", csv() + "ADA@example.com,,,,,\nnobody,,,,,\n");
    let dry = house.users(&["import", "users.csv", "--dry-run"]);
    assert!(!dry.well);
    assert!(
        dry.err
            .contains("line 6: email: an e-mail address looks like"),
        "{}",
        dry.err
    );
    assert!(dry.err.contains("3 would have come in"), "{}", dry.err);
    assert!(house.emails().is_empty());
    let real = house.users(&["import", "users.csv"]);
    let counts = |said: &str| said.split(';').next().unwrap_or_default().to_owned();
    assert_eq!(
        counts(&dry.out),
        format!("dry run, nothing was written: {}", counts(&real.out))
    );
    assert_eq!(
        counts(&real.out),
        "5 rows read: 3 inserted, 0 updated, 0 unchanged, 1 skipped, 1 refused"
    );
    assert_all_three(&house);
}

#[test]
fn an_import_twice_changes_nothing() {
    let house = House::new();
    house.write("users.csv", csv());
    house.users(&["import", "users.csv"]).well();
    let before = house.everybody();
    for (policy, words) in [
        ("skip", "0 inserted, 0 updated, 0 unchanged, 3 skipped"),
        ("update", "0 inserted, 0 updated, 3 unchanged, 0 skipped"),
    ] {
        let said = house
            .users(&["import", "users.csv", "--on-conflict", policy])
            .well();
        assert!(said.contains(words), "{said}");
        assert_eq!(house.everybody(), before);
    }
}

#[test]
fn an_address_that_is_here_is_left_or_updated_or_stops_the_import() {
    let rows = format!(
        "email,name,password_hash\nnew@example.com,New,\nADA@example.com,Ada,{}\nlast@example.com,Last,\n",
        bcrypt("z")
    );
    let start = || {
        let house = House::new();
        house.write("users.csv", csv());
        house.users(&["import", "users.csv"]).well();
        house.write("more.csv", &rows);
        house
    };
    let house = start();
    let said = house.users(&["import", "more.csv"]).well();
    assert!(
        said.contains("2 inserted, 0 updated, 0 unchanged, 1 skipped"),
        "{said}"
    );
    assert_eq!(house.everybody()[0]["name"], "Lovelace, \"Ada\"");

    let house = start();
    let said = house
        .users(&["import", "more.csv", "--on-conflict", "update"])
        .well();
    assert!(said.contains("2 inserted, 1 updated"), "{said}");
    let ada = &house.everybody()[0];
    assert_eq!(
        (&ada["name"], &ada["password_hash"]),
        (&"Ada".into(), &bcrypt("z").into())
    );
    assert_eq!(
        (&ada["email"], &ada["email_verified"]),
        (&"Ada@example.com".into(), &true.into())
    );

    let house = start();
    let fail = ["import", "more.csv", "--on-conflict", "fail"];
    let dry = house
        .users(&[&fail[..], &["--dry-run"]].concat())
        .complaint();
    assert!(
        dry.contains("line 3") && dry.contains("nothing was written"),
        "{dry}"
    );
    let complaint = house.users(&fail).complaint();
    for words in ["line 3", "after line 2", "--from-line 3"] {
        assert!(complaint.contains(words), "{complaint}");
    }
    let emails = house.emails().join(" ");
    assert!(
        emails.contains("new@") && !emails.contains("last@"),
        "{emails}"
    );
}

#[test]
fn of_two_rows_of_one_address_the_second_meets_the_first() {
    for (policy, words, name) in [
        (
            "skip",
            "1 inserted, 0 updated, 0 unchanged, 1 skipped",
            "One",
        ),
        ("update", "1 inserted, 1 updated", "Two"),
    ] {
        for dry in [true, false] {
            let house = House::new();
            house.write(
                "users.csv",
                "email,name\na@example.com,One\nA@Example.com,Two\n",
            );
            let mut arguments = vec!["import", "users.csv", "--on-conflict", policy];
            arguments.extend(dry.then_some("--dry-run"));
            let said = house.users(&arguments).well();
            assert!(said.contains(words), "{said}");
            assert_eq!(
                house.everybody().first().map(|user| user["name"].clone()),
                (!dry).then(|| name.into())
            );
        }
    }
}

#[test]
fn what_is_refused_is_kept_with_its_line_and_the_reason() {
    let house = House::new();
    let hash = bcrypt("a");
    house.write(
        "users.csv",
        format!(
            "email,password_hash,name\n\
             good@example.com,{hash},\n\
             bad,{hash},\"x, \"\"y\"\"\"\n\
             other@example.com,plain-text,\n\
             short@example.com\n"
        ),
    );
    let complaint = house
        .users(&["import", "users.csv", "--rejects", "rejects.csv"])
        .complaint();
    assert!(
        complaint.contains("3 of 4 rows were refused; 1 came in"),
        "{complaint}"
    );
    assert!(
        !complaint.contains("line 3"),
        "they are in the file: {complaint}"
    );
    let rejects = house.read("rejects.csv");
    let lines: Vec<_> = rejects.lines().collect();
    assert_eq!(lines[0], "line,reason,record");
    assert!(lines[1].starts_with("3,\"email: "), "{rejects}");
    assert!(
        lines[1].ends_with(&format!(",\"bad,{hash},\"\"x, \"\"\"\"y\"\"\"\"\"\"\"")),
        "{rejects}"
    );
    assert!(lines[2].starts_with("4,\"password_hash: "), "{rejects}");
    assert!(
        lines[3].starts_with("5,\"there are 1 fields here and 3 in the header; "),
        "{rejects}"
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let metadata = std::fs::metadata(house.folder().join("rejects.csv")).expect("is there");
        assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
    }
    let refused = house
        .users(&["import", "users.csv", "--rejects", "rejects.csv"])
        .complaint();
    assert!(
        refused.contains("rejects.csv is there already"),
        "{refused}"
    );
    assert_eq!(house.read("rejects.csv"), rejects);
}

#[test]
fn an_export_comes_in_elsewhere_as_the_same_users() {
    let house = House::new();
    house.write("users.csv", csv());
    house.users(&["import", "users.csv"]).well();
    house
        .users_with(&["add", "dot@example.com"], b"exemplary")
        .well();
    house
        .users(&["export", "--with-hashes", "--output", "out.ndjson"])
        .well();
    let without = house.users(&["export"]).well();
    assert!(
        !without.contains("password_hash") && !without.contains('$'),
        "{without}"
    );
    let again = house
        .users(&["export", "--output", "out.ndjson"])
        .complaint();
    assert!(again.contains("is there already"), "{again}");

    let elsewhere = House::new();
    elsewhere.write("in.ndjson", house.read("out.ndjson"));
    let said = elsewhere.users(&["import", "in.ndjson"]).well();
    assert!(said.contains("4 inserted"), "{said}");
    assert_eq!(elsewhere.everybody(), house.everybody());

    let id = &house.everybody()[0]["id"];
    let taken = format!(r#"{{"email":"eve@example.com","id":{id}}}"#);
    for dry in [&[][..], &["--dry-run"]] {
        let arguments = [&["import", "-", "--on-conflict", "update"], dry].concat();
        let complaint = elsewhere
            .users_with(&arguments, taken.as_bytes())
            .complaint();
        assert!(
            complaint.contains("line 1: another user has this id"),
            "{complaint}"
        );
    }
    assert_eq!(elsewhere.everybody(), house.everybody());
}

#[test]
fn a_hash_of_a_scheme_that_the_settings_do_not_list_is_refused_at_its_row() {
    let house = House::new();
    house.write("users.csv", csv());
    house.write("guestlist.toml", "[passwords]\nschemes = ['argon2']\n");
    for dry in [&["--dry-run"][..], &[]] {
        let arguments = [&["import", "users.csv"], dry].concat();
        let said = house.users(&arguments);
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
    assert_eq!(house.emails(), ["cyd@example.com"]);
}

#[cfg(unix)]
mod a_file_with_records {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::House;

    const REJECTS: [&str; 4] = ["import", "users.csv", "--rejects", "out"];
    const EXPORT: [&str; 3] = ["export", "--output", "out"];

    #[test]
    fn is_never_reached_through_a_link() {
        let house = House::new();
        house.install();
        house.write("users.csv", "email\nbad\n");
        for target in ["there", "not there"] {
            house.write("there", "");
            let link = house.folder().join("out");
            symlink(house.folder().join(target), &link).expect("links");
            for arguments in [&REJECTS[..], &EXPORT] {
                let complaint = house.users(arguments).complaint();
                assert!(complaint.contains("out is there already"), "{complaint}");
            }
            std::fs::remove_file(link).expect("removes");
        }
        assert_eq!(house.read("there"), "");
        assert!(!house.folder().join("not there").exists());
    }

    #[test]
    fn may_be_there_empty_for_rejects_and_becomes_private_but_an_export_makes_its_own() {
        let house = House::new();
        house.install();
        house.write("users.csv", "email\nbad\na@example.com\n");
        house.write("out", "");
        let path = house.folder().join("out");
        let open = std::fs::Permissions::from_mode(0o644);
        std::fs::set_permissions(&path, open).expect("sets");
        let complaint = house.users(&EXPORT).complaint();
        assert!(complaint.contains("out is there already"), "{complaint}");
        house.users(&REJECTS).complaint();
        assert_eq!(house.read("out").lines().count(), 2);
        let mode = std::fs::metadata(&path)
            .expect("is there")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
        std::fs::remove_file(&path).expect("removes");
        house.users(&EXPORT).well();
        let mode = std::fs::metadata(&path)
            .expect("is there")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn is_a_file() {
        let house = House::new();
        house.write("users.csv", "email\na@example.com\n");
        let rejects = ["import", "users.csv", "--rejects", "/dev/null"];
        let complaint = house.users(&rejects).complaint();
        assert!(
            complaint.contains("/dev/null is there already"),
            "{complaint}"
        );
    }
}

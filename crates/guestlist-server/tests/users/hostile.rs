//! Import files that are broken, by accident or on purpose.

use super::Installation;

/// Imports these bytes, and returns the line and the reason of each refused row.
fn refused(installation: &Installation, content: &[u8]) -> Vec<String> {
    installation.write("users", content);
    let said = installation.users(&["import", "users"]);
    let lines = said.err.lines().filter(|line| line.starts_with("line "));
    lines.map(str::to_owned).collect()
}

#[test]
fn a_bad_row_of_csv_is_refused_with_its_line_and_all_others_are_imported() {
    let long = "x".repeat(1 << 20);
    let wide = ",".repeat(10_000);
    for (row, words) in [
        (b"nul\0@example.com,".to_vec(), "email: "),
        (b"nul@example.com,A\0".to_vec(), "name: "),
        (b"bad\xff@example.com,".to_vec(), "not UTF-8"),
        (b"lone\r@example.com,".to_vec(), "email: "),
        (b"\"open@example.com,".to_vec(), "a quote is not closed"),
        (
            format!("{long}@example.com,").into_bytes(),
            "longer than 64 KiB",
        ),
        (
            format!("\"{long}\"@example.com,").into_bytes(),
            "longer than 64 KiB",
        ),
        (wide.into_bytes(), "10001 fields"),
        (b"evil\x1b[2J@example.com,".to_vec(), "email: "),
    ] {
        let installation = Installation::new();
        let content = [
            b"email,name\na@example.com,\n",
            &row[..],
            b"\nb@example.com,\n",
        ]
        .concat();
        let refused = refused(&installation, &content);
        assert_eq!(refused.len(), 1, "{refused:?}");
        assert!(
            refused[0].starts_with("line 3: ") && refused[0].contains(words),
            "{refused:?}"
        );
        assert_eq!(installation.emails(), ["a@example.com", "b@example.com"]);
    }
}

#[test]
fn an_open_quote_costs_only_its_own_user() {
    let installation = Installation::new();
    let rows = b"email,name\na@example.com,\"Ada\nb@example.com,\"Bob\"\nc@example.com,\"Cy\"\n";
    let told = refused(&installation, rows);
    let expected = "line 2: a quote is not closed: text follows the next quote, in line 3, \
                    so that one does not close it";
    assert_eq!(told, [expected]);
    assert_eq!(installation.emails(), ["b@example.com", "c@example.com"]);
    // A user with quotes in the name follows after one line, or after many.
    for (quoted, next) in [(1, 501), (50, 550)] {
        let rows = (1..=1_000).map(|n| match n {
            500 => "u500@example.com,\"Name open,\n".to_owned(),
            n if n % quoted == 0 => format!("u{n}@example.com,\"Name {n}\"\n"),
            n => format!("u{n}@example.com,Name {n}\n"),
        });
        let installation = Installation::new();
        installation.write("users", format!("email,name\n{}", rows.collect::<String>()));
        let said = installation.users(&["import", "users"]);
        let words = format!(
            "line 501: a quote is not closed: text follows the next quote, in line {}",
            next + 1
        );
        assert!(said.err.contains(&words), "{}", said.err);
        let counts = "1 of 1000 rows was refused; imported: 999";
        assert!(said.err.contains(counts), "{}", said.err);
    }
}

/// A line of a quoted field may look like a user.
#[test]
fn a_refused_record_of_several_lines_is_not_read_line_by_line() {
    let installation = Installation::new();
    let rows = b"email,name\na@example.com,\"Ada\neve@example.com,Eve\nx\"\nb@example.com,Bob\n";
    let told = refused(&installation, rows);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].starts_with("line 2: name: "), "{told:?}");
    assert_eq!(installation.emails(), ["b@example.com"]);
}

#[test]
fn a_bad_line_of_ndjson_is_refused_and_all_others_are_imported() {
    let deep = format!(r#"{{"email":{}"#, "[".repeat(50_000));
    for (line, words) in [
        (br#"{"email":"nul\u0000@example.com"}"#.to_vec(), "email: "),
        (b"{\"email\":\"bad\xff@example.com\"}".to_vec(), "not UTF-8"),
        (
            br#"{"email":"c@example.com","is_admin":true}"#.to_vec(),
            "unknown member `is_admin`; use email, password_hash",
        ),
        (
            br#"{"email":"c@example.com","email":"d@example.com"}"#.to_vec(),
            "email: is there twice",
        ),
        (br#"{"email":"c@example.com""#.to_vec(), "column 24"),
        (deep.into_bytes(), ""),
        (vec![b'{'; 1 << 20], "longer than 64 KiB"),
    ] {
        let installation = Installation::new();
        let good = br#"{"email":"a@example.com"}"#;
        let last = br#"{"email":"b@example.com"}"#;
        let content = [&good[..], b"\r\n", &line, b"\n", last].concat();
        let refused = refused(&installation, &content);
        assert_eq!(refused.len(), 1, "{refused:?}");
        assert!(
            refused[0].starts_with("line 2: ") && refused[0].contains(words),
            "{refused:?}"
        );
        assert_eq!(installation.emails(), ["a@example.com", "b@example.com"]);
    }
}

#[test]
fn an_unknown_header_stops_the_import_before_the_first_row() {
    let many = (0..10_000).fold(String::from("email"), |many, n| format!("{many},c{n}"));
    for (header, words) in [
        (
            "email,passwort",
            "unknown column \"passwort\"; use email, password_hash, name, created_at",
        ),
        ("email,email", "email twice"),
        ("name,disabled", "no column email"),
        (&many, "\"c0\""),
        ("\"email,name", "line 1, the header: a quote"),
    ] {
        let installation = Installation::new();
        installation.write("users", format!("{header}\na@example.com,\n"));
        let complaint = installation.users(&["import", "users"]).failure();
        assert!(
            complaint.contains("line 1") && complaint.contains(words),
            "{complaint}"
        );
        assert!(!complaint.contains("--from-line"), "{complaint}");
        assert!(installation.emails().is_empty());
    }
}

#[test]
fn a_header_alone_is_accepted_and_an_empty_or_a_missing_file_is_named() {
    let installation = Installation::new();
    for content in ["", "\n\n", "\u{feff}"] {
        installation.write("users", content);
        let complaint = installation.users(&["import", "users"]).failure();
        let words = " is empty: write the users to it, as CSV with a header or as NDJSON\n";
        assert_eq!(complaint, format!("guestlist: users{words}"));
        let complaint = installation
            .users_with(&["import", "-"], content.as_bytes())
            .failure();
        assert_eq!(complaint, format!("guestlist: stdin{words}"));
    }
    for content in ["email,name\n", "email"] {
        installation.write("users", content);
        let said = installation.users(&["import", "users"]).success();
        assert!(said.starts_with("0 rows read"), "{said}");
        assert!(said.ends_with("\nthere are no users in users\n"), "{said}");
        let with_rejects = ["import", "users", "--rejects", "rejects.csv"];
        installation.users(&with_rejects).success();
        let said = installation.users(&["list"]).failure();
        assert!(said.contains("there is no installation here"), "{said}");
    }
    let complaint = installation.users(&["import", "nowhere.csv"]).failure();
    assert!(complaint.contains("nowhere.csv"), "{complaint}");
    let complaint = installation.users(&["import", "."]).failure();
    assert_eq!(complaint, "guestlist: cannot read .: this is a folder\n");
}

#[test]
fn a_file_that_is_no_list_of_users_is_refused_with_one_line_that_names_the_fix() {
    let utf16: Vec<u8> = "\u{feff}email,name\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    for (content, words) in [
        (&b"\x7fELF\x02\x01\x01\0\0\xb0\n\xff"[..], "not UTF-8"),
        (
            b"SQLite format 3\0\x10\0\x01\x01\0\x40\x20\x20\xff",
            "not UTF-8",
        ),
        (b"\x1f\x8b\x08\x08", "not UTF-8"),
        (&utf16, "not UTF-8"),
        (b"[{\"email\":\"a@example.com\"}]", "`jq -c '.[]'`"),
        (
            b"{\"users\": [\n  {\n    \"email\": \"a@example.com\"\n  }\n]}",
            "NDJSON has one object a line",
        ),
        (b"e\0m\0a\0i\0l\0", "save the file as CSV in UTF-8"),
        (&utf16, "save the file as CSV in UTF-8"),
        (b"email\ra@example.com\r", "the line ends are CR"),
        (b"{\n  \"email\": \"a@example.com\"\n}", "`jq -c .`"),
        (
            b"line,reason,record\n3,\"email: x\",\"bad\"\n",
            "this is a file of refused rows, which --rejects wrote",
        ),
        (
            b"email;name\na@example.com;Ada\n",
            "put commas between the fields",
        ),
        (
            b"a@example.com,Ada\n",
            "the first line must name the columns",
        ),
    ] {
        let installation = Installation::new();
        installation.write("users.db", content);
        let said = installation.users(&["import", "users.db", "--rejects", "rejects.csv"]);
        let complaint = said.failure();
        assert!(
            complaint.starts_with("guestlist: cannot read users.db: ") && complaint.contains(words),
            "{complaint}"
        );
        assert_eq!(complaint.lines().count(), 1, "{complaint}");
        assert!(installation.emails().is_empty());
        installation.write("users.db", "email\na@example.com\n");
        installation
            .users(&["import", "users.db", "--rejects", "rejects.csv"])
            .success();
    }
}

#[test]
fn without_a_rejects_file_only_the_first_reasons_are_printed() {
    let installation = Installation::new();
    let rows: String = (0..100).map(|n| format!("row{n}\n")).collect();
    let refused = refused(&installation, format!("email\n{rows}").as_bytes());
    assert_eq!(refused.len(), 10, "{refused:?}");
    installation.write("rejects", "");
    let arguments = ["import", "users", "--rejects", "rejects"];
    let complaint = installation.users(&arguments).failure();
    assert!(complaint.contains("100 of 100 rows"), "{complaint}");
    assert_eq!(installation.read("rejects").lines().count(), 101);
}

#[test]
fn from_line_is_at_least_one_and_says_if_no_row_is_left() {
    let installation = Installation::new();
    installation.write("users", "email\na@example.com\n");
    let complaint = installation
        .users(&["import", "users", "--from-line", "0"])
        .failure();
    assert!(complaint.contains("--from-line"), "{complaint}");
    let said = installation
        .users(&["import", "users", "--from-line", "9"])
        .success();
    let words = "\nthere are no users in users from line 9 on\n";
    assert!(said.ends_with(words), "{said}");
}

#[test]
fn an_open_quote_in_the_last_line_is_told_as_such() {
    let installation = Installation::new();
    let told = refused(&installation, b"email,name\na@example.com,\"Ada\n");
    let expected = "line 2: a quote is not closed before the end of the file";
    assert_eq!(told, [expected]);
}

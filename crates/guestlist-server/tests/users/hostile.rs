//! Files that are broken, by accident or on purpose.

use super::House;

/// Imports those bytes; the lines and the reasons of what was refused.
fn refused(house: &House, content: &[u8]) -> Vec<String> {
    house.write("users", content);
    let said = house.users(&["import", "users"]);
    let lines = said.err.lines().filter(|line| line.starts_with("line "));
    lines.map(str::to_owned).collect()
}

#[test]
fn a_bad_row_is_refused_by_its_line_and_all_others_come_in() {
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
        let house = House::new();
        let content = [
            b"email,name\na@example.com,\n",
            &row[..],
            b"\nb@example.com,\n",
        ]
        .concat();
        let refused = refused(&house, &content);
        assert_eq!(refused.len(), 1, "{refused:?}");
        assert!(
            refused[0].starts_with("line 3: ") && refused[0].contains(words),
            "{refused:?}"
        );
        assert_eq!(house.emails(), ["a@example.com", "b@example.com"]);
    }
}

#[test]
fn a_bad_line_of_ndjson_is_refused_and_all_others_come_in() {
    let deep = format!(r#"{{"email":{}"#, "[".repeat(50_000));
    for (line, words) in [
        (br#"{"email":"nul\u0000@example.com"}"#.to_vec(), "email: "),
        (b"{\"email\":\"bad\xff@example.com\"}".to_vec(), "not UTF-8"),
        (
            br#"{"email":"c@example.com","is_admin":true}"#.to_vec(),
            "unknown field",
        ),
        (
            br#"{"email":"c@example.com","email":"d@example.com"}"#.to_vec(),
            "duplicate field",
        ),
        (br#"{"email":"c@example.com""#.to_vec(), "column 24"),
        (deep.into_bytes(), ""),
        (vec![b'{'; 1 << 20], "longer than 64 KiB"),
    ] {
        let house = House::new();
        let good = br#"{"email":"a@example.com"}"#;
        let last = br#"{"email":"b@example.com"}"#;
        let content = [&good[..], b"\r\n", &line, b"\n", last].concat();
        let refused = refused(&house, &content);
        assert_eq!(refused.len(), 1, "{refused:?}");
        assert!(
            refused[0].starts_with("line 2: ") && refused[0].contains(words),
            "{refused:?}"
        );
        assert_eq!(house.emails(), ["a@example.com", "b@example.com"]);
    }
}

#[test]
fn a_header_that_is_not_understood_stops_before_anything_comes_in() {
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
        let house = House::new();
        house.write("users", format!("{header}\na@example.com,\n"));
        let complaint = house.users(&["import", "users"]).complaint();
        assert!(
            complaint.contains("line 1") && complaint.contains(words),
            "{complaint}"
        );
        assert!(!complaint.contains("--from-line"), "{complaint}");
        assert!(house.emails().is_empty());
    }
}

#[test]
fn what_holds_nobody_is_read_and_what_is_not_there_is_named() {
    let house = House::new();
    for content in ["", "\n\n", "\u{feff}", "email,name\n", "email"] {
        house.write("users", content);
        let said = house.users(&["import", "users"]).well();
        assert!(said.starts_with("0 rows read"), "{said}");
        assert!(said.ends_with("\nthere are no users in users\n"), "{said}");
    }
    let complaint = house.users(&["import", "nowhere.csv"]).complaint();
    assert!(complaint.contains("nowhere.csv"), "{complaint}");
    let complaint = house.users(&["import", "."]).complaint();
    assert_eq!(complaint, "guestlist: cannot read .: this is a folder\n");
}

#[test]
fn what_is_no_list_of_users_is_refused_whole_in_one_line_that_says_what_to_do() {
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
        (
            b"email;name\na@example.com;Ada\n",
            "put commas between the fields",
        ),
        (
            b"a@example.com,Ada\n",
            "the first line must name the columns",
        ),
    ] {
        let house = House::new();
        house.write("users.db", content);
        let said = house.users(&["import", "users.db", "--rejects", "rejects.csv"]);
        let complaint = said.complaint();
        assert!(
            complaint.starts_with("guestlist: cannot read users.db: ") && complaint.contains(words),
            "{complaint}"
        );
        assert_eq!(complaint.lines().count(), 1, "{complaint}");
        assert!(house.emails().is_empty());
        house.write("users.db", "email\na@example.com\n");
        house
            .users(&["import", "users.db", "--rejects", "rejects.csv"])
            .well();
    }
}

#[test]
fn only_the_first_reasons_are_told_where_there_is_no_file_for_them() {
    let house = House::new();
    let rows: String = (0..100).map(|n| format!("row{n}\n")).collect();
    let refused = refused(&house, format!("email\n{rows}").as_bytes());
    assert_eq!(refused.len(), 10, "{refused:?}");
    house.write("rejects", "");
    let arguments = ["import", "users", "--rejects", "rejects"];
    let complaint = house.users(&arguments).complaint();
    assert!(complaint.contains("100 of 100 rows"), "{complaint}");
    assert_eq!(house.read("rejects").lines().count(), 101);
}

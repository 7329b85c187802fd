//! Tests that `docs/import.md` is correct: its commands are run, its SQL made the exports, and
//! its tables of hashes and limits match the code.

use guestlist::{PasswordHash, UnreadableHash};

use super::system::System;
use crate::{
    guide::{fenced, in_the_workspace, section},
    users::Installation,
};

/// Sections that are not about one system. Tests of this file run their commands.
const HOW: &str = "How a move goes";
const ANOTHER: &str = "From one guestlist to another";

fn guide() -> String {
    in_the_workspace("docs/import.md")
}

/// Returns the commands of a section that run our binary.
pub(super) fn lines_of(heading: &str) -> Vec<String> {
    let guide = guide();
    let lines = fenced(section(&guide, heading))
        .into_iter()
        .filter(|line| line.contains("guestlist users"));
    lines
        .map(|line| line.strip_prefix("$ ").expect(line).to_owned())
        .collect()
}

#[test]
fn every_command_of_the_guide_is_in_a_section_that_a_test_runs() {
    let systems = System::WITH_SQL.iter().chain([&System::FIREBASE]);
    let mut followed: Vec<_> = systems.map(|system| system.heading).collect();
    followed.extend([HOW, ANOTHER]);
    let guide = guide();
    let all = fenced(&guide)
        .into_iter()
        .filter(|line| line.contains("guestlist users"));
    let found: usize = followed.iter().map(|heading| lines_of(heading).len()).sum();
    assert_eq!(all.count(), found);
    for heading in followed {
        assert!(!lines_of(heading).is_empty(), "{heading}");
    }
}

#[test]
fn the_commands_of_the_general_section_work() {
    let installation = Installation::new();
    let system = System::FASTAPI_PASSLIB;
    installation.write(system.file, system.read(system.file));
    for (line, words) in lines_of(HOW).iter().zip([
        "dry run, nothing was written: 8 rows read: 8 inserted",
        "8 rows read: 8 inserted",
        "8 rows read: 0 inserted, 0 updated, 0 unchanged, 8 skipped",
        "8 rows read: 0 inserted, 0 updated, 8 unchanged, 0 skipped",
        "5 rows read: 0 inserted, 0 updated, 0 unchanged, 5 skipped",
        "8 rows read: 0 inserted, 0 updated, 0 unchanged, 8 skipped",
    ]) {
        let said = installation.types(line).success();
        assert!(said.starts_with(words), "{line}: {said}");
    }
    assert_eq!(lines_of(HOW).len(), 6);
    assert_eq!(installation.all_users().len(), system.users);
}

#[test]
fn users_of_one_guestlist_are_imported_into_another() {
    let (old, new) = (
        super::import_as_the_guide_says(&System::DJANGO),
        Installation::new(),
    );
    let lines = lines_of(ANOTHER);
    let [export, import] = &lines[..] else {
        panic!("{lines:?}")
    };
    old.types(export).success();
    new.write("users.ndjson", old.read("users.ndjson"));
    new.types(import).success();
    assert_eq!(new.all_users(), old.all_users());
}

#[test]
fn the_export_commands_of_the_guide_are_those_that_made_the_fixtures() {
    let guide = guide();
    for system in System::WITH_SQL {
        let script = system.read("export.sh");
        let (before, sql) = script.split_once("<<'SQL'\n").expect("has SQL");
        let sql = sql.trim_end().strip_suffix(";\nSQL").expect("ends");
        let sql = sql.split_whitespace().collect::<Vec<_>>().join(" ");
        let database = before
            .rsplit_once("-csv ")
            .and_then(|(_, rest)| rest.split_once(' '));
        let (database, _) = database.expect("names a database");
        let line = format!("$ sqlite3 -header -csv {database} \"{sql}\" > export.csv");
        assert!(fenced(&guide).contains(&&*line), "{line}");

        let provenance = system.provenance();
        let copy = provenance
            .split('`')
            .find(|code| code.starts_with("\\copy "));
        let copy = copy.expect("has a line for psql");
        assert!(fenced(&guide).contains(&copy), "{copy}");
    }
    let script = System::FIREBASE.read("export.sh");
    let (_, jq) = script.split_once("\njq ").expect("runs jq");
    assert!(guide.contains(&format!("```sh\njq {jq}```")), "{jq}");
}

/// Returns the cells of the rows of the table under the third-level heading `heading`.
fn table(heading: &str) -> Vec<Vec<String>> {
    let guide = guide();
    let (_, text) = guide
        .split_once(&format!("\n### {heading}\n"))
        .expect(heading);
    let text = text.split("\n#").next().unwrap_or_default();
    let rows = text.lines().filter(|line| line.starts_with('|')).skip(2);
    let cells = |row: &str| {
        row.trim_matches('|')
            .split('|')
            .map(|cell| cell.trim().to_owned())
            .collect()
    };
    rows.map(cells).collect()
}

#[test]
fn the_table_of_hashes_lists_exactly_the_formats_that_are_read() {
    let table = table("The hashes");
    let prefixes: Vec<&str> = table
        .iter()
        .filter(|row| !row[0].contains("hexadecimal"))
        .flat_map(|row| row[0].split('`').skip(1).step_by(2))
        .collect();
    assert!(prefixes.len() > 20, "{prefixes:?}");
    let answers = in_the_workspace("crates/guestlist/src/password/schemes/known_answers.csv");
    let mut reader = csv::Reader::from_reader(answers.as_bytes());
    let known: Vec<(String, String, String, String)> = reader
        .deserialize()
        .collect::<Result<_, _>>()
        .expect("is CSV");
    let known = known.iter().filter(|(format, ..)| format != "better-auth");
    let hashes: Vec<_> = known
        .map(|(.., hash)| hash.strip_prefix("{CRYPT}").unwrap_or(hash))
        .collect();
    for prefix in &prefixes {
        let mut spelled = hashes.iter().filter(|hash| hash.starts_with(prefix));
        let hash = spelled.next().expect(prefix);
        PasswordHash::parse(hash).expect(prefix);
    }
    for hash in hashes {
        assert!(
            prefixes.iter().any(|prefix| hash.starts_with(prefix)),
            "{hash}"
        );
    }
}

#[test]
fn the_table_of_limits_matches_the_code() {
    let argon2 = |costs| format!("$argon2id$v=19${costs}$c2FsdHNhbHQ$MDEyMzQ1Njc4OWFiY2RlZg");
    let output = "A".repeat(43);
    let scrypt = |costs| format!("$scrypt${costs}$c2FsdHNhbHQ${output}");
    let cases = [
        ("m", 1, argon2("m=262145,t=1,p=1")),
        ("p", 1, argon2("m=1024,t=1,p=17")),
        ("m·t", 1024, argon2("m=1024,t=1025,p=1")),
        (
            "cost",
            1,
            "$2b$16$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW".to_owned(),
        ),
        ("N", 1, scrypt("ln=21,r=8,p=1")),
        ("r", 1, scrypt("ln=4,r=33,p=1")),
        ("p", 1, scrypt("ln=4,r=8,p=17")),
        ("N·r", 1 << 20, scrypt("ln=20,r=3,p=1")),
        ("N·r·p", 1 << 20, scrypt("ln=17,r=8,p=5")),
        (
            "iterations",
            1,
            format!("$pbkdf2-sha256$10000001$c2FsdHNhbHQ${output}"),
        ),
        ("rounds", 1, format!("$5$rounds=1000001$salt${output}")),
    ];
    // The error names the limit of one parameter. The table has the limit of its product with the
    // other parameters.
    let limits = cases.map(
        |(parameter, others, hash)| match PasswordHash::parse(&hash) {
            Err(UnreadableHash::TooExpensive { format, limit, .. }) => {
                vec![
                    format.to_owned(),
                    parameter.to_owned(),
                    (limit * others).to_string(),
                ]
            }
            other => panic!("{hash}: {other:?}"),
        },
    );
    assert_eq!(table("The limits"), limits);
}

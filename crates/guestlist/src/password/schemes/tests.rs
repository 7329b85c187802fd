//! Every format against hashes that the original software made: `scripts/known-answers` says which, and
//! makes them again.

use std::{sync::Mutex, thread, time::Duration};

use proptest::prelude::*;

use super::*;

const KNOWN: &str = include_str!("known_answers.csv");
const UNREADABLE: &str = include_str!("unreadable.csv");

#[derive(Clone, Debug)]
struct Answer {
    format: String,
    password: String,
    hash: String,
}

fn rows(text: &str) -> Vec<csv::StringRecord> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    reader.records().map(|row| row.expect("is CSV")).collect()
}

fn known() -> Vec<Answer> {
    let answer = |row: csv::StringRecord| Answer {
        format: row[0].to_owned(),
        password: row[2].to_owned(),
        hash: row[3].to_owned(),
    };
    rows(KNOWN).into_iter().map(answer).collect()
}

/// The bytes the original software was given: better-auth turns them into normal form KC itself.
fn bytes(answer: &Answer) -> Vec<u8> {
    use unicode_normalization::UnicodeNormalization;
    let password = &answer.password;
    if answer.format == "better-auth" {
        return password.nfkc().collect::<String>().into_bytes();
    }
    password.as_bytes().to_vec()
}

fn verifies(text: &str, password: &[u8]) -> bool {
    let mut memory = PasswordCost::default().memory();
    parse(text).is_ok_and(|hash| hash.verify(password, &mut memory))
}

/// Whether the original software made it at the cost it usually has.
fn is_dear(answer: &Answer) -> bool {
    [
        "rounds=535000",
        "rounds=656000",
        "12$",
        ",12",
        "r=12",
        "$131000",
        "=25000",
        "$25000",
        "$29000",
        "00000$",
        "32768",
        "16384",
        "n=14",
        "ln=16",
        "65536",
        "102400",
    ]
    .iter()
    .any(|cost| answer.hash.contains(cost))
}

/// One of each format, of those that cost little.
fn one_of_each() -> Vec<Answer> {
    let mut one: Vec<Answer> = Vec::new();
    for answer in known() {
        if !is_dear(&answer) && !one.iter().any(|other| other.format == answer.format) {
            one.push(answer);
        }
    }
    assert!(one.len() >= 30, "{one:?}");
    one
}

#[test]
fn hashes_made_by_the_original_software_verify_and_a_wrong_password_does_not() {
    let todo = Mutex::new(known());
    assert!(todo.lock().expect("no panic yet").len() > 180);
    let work = || {
        while let Some(answer) = { todo.lock().expect("no panic").pop() } {
            let hash = &answer.hash;
            let parsed = parse(hash).unwrap_or_else(|why| panic!("{answer:?}: {why}"));
            let mut memory = PasswordCost::default().memory();
            let mut bytes = bytes(&answer);
            assert!(parsed.verify(&bytes, &mut memory), "{answer:?}");
            if is_dear(&answer) {
                continue;
            }
            let wrong = [&bytes[..], b"?"].concat();
            // What stands after byte 72 is not seen by all of them.
            if answer.format != "bcrypt-72" {
                assert!(!parsed.verify(&wrong, &mut memory), "{answer:?}");
            }
            if let Some(first) = bytes.first_mut() {
                *first ^= 1;
            }
            assert!(
                answer.password.is_empty() || !parsed.verify(&bytes, &mut memory),
                "{answer:?}"
            );
        }
    };
    thread::scope(|scope| {
        scope.spawn(work);
        scope.spawn(work);
    });
}

#[test]
fn what_bcrypt_never_saw_does_not_count_for_hashes_of_others() {
    let cut: Vec<_> = known()
        .into_iter()
        .filter(|answer| answer.format == "bcrypt-72")
        .collect();
    assert!(cut.len() >= 4);
    for answer in cut {
        let seen = &answer.password.as_bytes()[..72];
        for tail in [b"".as_slice(), b"another tail"] {
            assert!(verifies(&answer.hash, &[seen, tail].concat()), "{answer:?}");
        }
        assert!(!verifies(&answer.hash, &seen[..71]), "{answer:?}");
        assert!(parse(&answer.hash).is_ok_and(|hash| hash.is_cut()));
    }
}

/// Parts of what the rows of [`UNREADABLE`] are, the first that fits, and what is said of those.
const REASONS: [(&[&str], &str); 5] = [
    (&["bcrypt $2x$", "bcrypt-2x"], "different passwords match"),
    (
        &[
            "unsalted", "hex MD5", "hex SHA", "hex_", "{MD5}", "{SHA}", "MySQL", "NT hash",
            "nthash", "LM hash", "oracle10",
        ],
        "is unsalted",
    ),
    (
        &[
            "Django md5",
            "Django sha1",
            "md5-crypt",
            "md5_crypt",
            "$apr1$",
            "phpass",
            "PostgreSQL",
            "$7$",
            "scrypt-7",
            "yescrypt",
            "Drupal 7",
            "ldap_salted",
            "sha1_crypt",
            "atlassian",
            "django_des_crypt",
            "cta_pbkdf2",
            "dlitz",
        ],
        "which is not read here",
    ),
    (
        &[
            "unusable",
            "DES crypt",
            "des_crypt",
            "Cisco",
            "bsdi_crypt",
            "bigcrypt",
            "oracle11",
            "mssql",
            "grub",
            "fshp",
            "scram",
            "plaintext",
            "empty",
        ],
        "is of no format that is read here",
    ),
    // Made without a salt.
    (
        &[
            "passlib-pbkdf2-sha256",
            "passlib-scrypt",
            "passlib-sha256-crypt",
        ],
        "salt",
    ),
];

#[test]
fn what_cannot_be_read_is_refused_by_name() {
    let rows = rows(UNREADABLE);
    assert!(rows.len() > 50);
    for row in rows {
        let (what, hash) = (&row[0], &row[1]);
        let why = match parse(hash) {
            Ok(parsed) => panic!("{what} was read: {parsed:?}"),
            Err(why) => why,
        };
        let why = why.to_string();
        let (_, expected) = REASONS
            .iter()
            .find(|(whats, _)| whats.iter().any(|part| what.contains(part)))
            .unwrap_or_else(|| panic!("{what}: {why}"));
        assert!(why.contains(expected), "{what}: {why}");
    }
}

#[test]
fn what_is_cut_off_opens_nothing() {
    for answer in one_of_each() {
        for (end, _) in answer.hash.char_indices() {
            let cut = &answer.hash[..end];
            assert!(!verifies(cut, &bytes(&answer)), "{cut}");
        }
        // A column of 60 or 64 characters, as some tables have: only what fits in it is whole.
        for width in [32, 60, 64, 80] {
            if answer.hash.len() > width {
                let cut = &answer.hash[..width];
                let short = answer.format.contains("argon2") && width == 64;
                assert!(parse(cut).is_err() || short, "{} {cut}", answer.format);
            }
        }
    }
}

#[test]
fn no_other_spelling_of_a_hash_opens_anything() {
    for answer in one_of_each() {
        let (hash, password) = (&answer.hash, bytes(&answer));
        let mut variants = vec![
            format!("{hash}="),
            format!("{hash}=="),
            format!("{hash}$"),
            format!("{hash}\0"),
            format!("{hash}\n"),
            format!(" {hash}"),
            format!("{hash}{hash}"),
            hash.trim_end_matches('=').to_owned() + "===",
        ];
        if hash.ends_with('=') {
            variants.push(hash.trim_end_matches('=').to_owned());
        }
        let upper = hash.to_uppercase();
        if upper != *hash {
            variants.push(upper);
        }
        for (at, _) in hash.char_indices() {
            let (before, after) = hash.split_at(at);
            let rest = &after[1..];
            variants.push(format!("{before}{rest}"));
            for other in ["=", "+", ".", "_", "A", "0", " ", "é", "$"] {
                // Another digit is another hash, and this one has no cheaper cost.
                if answer.format == "better-auth" && other == "0" {
                    continue;
                }
                variants.push(format!("{before}{other}{after}"));
                if !after.starts_with(other) {
                    variants.push(format!("{before}{other}{rest}"));
                }
            }
        }
        for variant in variants {
            // Firebase writes Base64 in either alphabet.
            let standard = |text: &str| text.replace('_', "/").replace('-', "+");
            let other_alphabet =
                answer.format == "firebase-scrypt" && standard(&variant) == standard(hash);
            assert!(
                other_alphabet || !verifies(&variant, &password),
                "{variant}"
            );
        }
    }
}

#[test]
fn what_would_cost_too_much_is_refused_by_the_name_of_the_parameter() {
    let salt = "c2FsdHNhbHRzYWx0c2FsdA";
    let output = "qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqo";
    let hex = "ab".repeat(64);
    let crypt = ".".repeat(53);
    for (hash, parameter) in [
        (
            format!("$argon2id$v=19$m=262145,t=1,p=1${salt}${output}"),
            "m",
        ),
        (
            format!("$argon2id$v=19$m=262144,t=5,p=1${salt}${output}"),
            "t",
        ),
        (
            format!("$argon2id$v=19$m=4294967296,t=1,p=1${salt}${output}"),
            "m",
        ),
        (
            format!("$argon2id$v=19$m=1024,t=1,p=17${salt}${output}"),
            "p",
        ),
        (format!("$2b$16${}.", &crypt[..52]), "cost"),
        (format!("$2b$31${}.", &crypt[..52]), "cost"),
        (
            format!(
                "$bcrypt-sha256$v=2,t=2b,r=16${}.${}.",
                &crypt[..21],
                &crypt[..30]
            ),
            "cost",
        ),
        (format!("$scrypt$ln=21,r=8,p=1${salt}${output}"), "N"),
        (format!("$scrypt$ln=32,r=8,p=1${salt}${output}"), "N"),
        (format!("$scrypt$ln=4,r=33,p=1${salt}${output}"), "r"),
        (format!("$scrypt$ln=19,r=8,p=1${salt}${output}"), "r"),
        (format!("$scrypt$ln=17,r=8,p=5${salt}${output}"), "p"),
        (format!("scrypt:18446744073709551616:8:1$salt${hex}"), "N"),
        (format!("scrypt:2097152:8:1$salt${hex}"), "N"),
        (
            format!("$pbkdf2-sha256$10000001${salt}${output}"),
            "iterations",
        ),
        (
            format!("$pbkdf2-sha256$i=99999999999,l=32${salt}${output}"),
            "iterations",
        ),
        (
            format!("$6$rounds=1000001$salt${}", "A".repeat(86)),
            "rounds",
        ),
        (
            format!("$fbscrypt$v=1,n=21,r=8,p=1,ss=Bw==,sk={output}=${salt}==${output}="),
            "N",
        ),
    ] {
        match parse(&hash) {
            Err(UnreadableHash::TooDear {
                parameter: named, ..
            }) => {
                assert_eq!(named, parameter, "{hash}");
            }
            other => panic!("{hash}: {other:?}"),
        }
        // Nobody who signs in waits for it either.
        assert!(!verifies(&hash, b"exemplary"));
    }
}

#[test]
fn a_long_password_under_many_rounds_of_sha_crypt_is_not_computed() {
    let hash = format!("$6$rounds=1000000$salt${}1", "A".repeat(85));
    let long = vec![b'x'; 4096];
    let took = {
        let clock = crate::SystemClock::new();
        let begun = crate::Clock::monotonic(&clock);
        assert!(!verifies(&hash, &long));
        crate::Clock::monotonic(&clock) - begun
    };
    assert!(took < Duration::from_millis(100), "{took:?}");
}

#[test]
fn each_scheme_reads_what_it_makes() {
    for cost in PasswordCost::EACH_FOR_TESTS {
        let mut memory = cost.memory();
        let text = cost
            .hash("exemplary ☃".as_bytes(), &mut memory)
            .expect("hashes");
        let again = cost
            .hash("exemplary ☃".as_bytes(), &mut memory)
            .expect("hashes");
        assert_ne!(text, again, "each has a salt of its own");
        let parsed = parse(&text).expect("reads");
        assert_eq!(parsed.scheme(), cost.scheme());
        assert!(parsed.is_made_with(cost) && !parsed.is_cut());
        assert!(parsed.verify("exemplary ☃".as_bytes(), &mut memory));
        assert!(!parsed.verify(b"exemplary", &mut memory));
        for other in PasswordCost::EACH_FOR_TESTS {
            assert_eq!(
                parsed.is_made_with(other),
                other == cost,
                "{text} {other:?}"
            );
        }
        let decoy = cost.decoy().expect("is made");
        assert_eq!(decoy.len(), text.len());
        assert!(parse(&decoy).is_ok_and(|decoy| decoy.is_made_with(cost)));
    }
}

#[test]
fn the_usual_costs_are_not_below_the_floors() {
    let of = |scheme| PasswordCost::of(scheme);
    assert_eq!(of(Scheme::Argon2), PasswordCost::argon2id(19_456, 2).ok());
    assert_eq!(of(Scheme::Bcrypt), PasswordCost::bcrypt(12).ok());
    assert_eq!(of(Scheme::Scrypt), PasswordCost::scrypt(17, 8, 1).ok());
    assert_eq!(
        of(Scheme::Pbkdf2),
        PasswordCost::pbkdf2_sha256(600_000).ok()
    );
    assert_eq!((of(Scheme::ShaCrypt), of(Scheme::Firebase)), (None, None));
}

proptest! {
    #[test]
    fn nothing_panics_the_parser(
        prefix in "(\\$argon2id\\$|\\$2b\\$|\\$bcrypt-sha256\\$|\\$scrypt\\$|scrypt[:$]|\\$pbkdf2-sha256\\$|pbkdf2[_:]sha256[:$]|\\$6\\$|\\$fbscrypt\\$|\\{CRYPT\\}|)",
        rest in "[\\PC\\x00-\\x20]{0,80}",
    ) {
        let _ = parse(&format!("{prefix}{rest}"));
    }

    #[test]
    fn nothing_panics_the_parser_with_a_hash_changed_in_two_places(
        row in 0usize..150, first in 0usize..150, second in 0usize..150, with in "\\PC{0,2}",
    ) {
        let answer = &known()[row];
        let mut chars: Vec<char> = answer.hash.chars().collect();
        for at in [first, second] {
            let at = at % chars.len().max(1);
            chars.splice(at..at.saturating_add(1).min(chars.len()), with.chars());
        }
        let _ = parse(&chars.into_iter().collect::<String>());
    }
}

//! Tests every format with hashes that the original software made. `scripts/known-answers` lists
//! the software and makes the hashes again.

mod refused;

use std::{sync::Mutex, thread, time::Duration};

use proptest::prelude::*;

use super::*;

const KNOWN: &str = include_str!("known_answers.csv");

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

/// Returns the bytes that the original software hashed: better-auth uses normalization form KC.
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

/// Whether the original software made the hash with its usual, expensive cost.
fn is_expensive(answer: &Answer) -> bool {
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

/// Returns one cheap hash of each format.
fn one_of_each() -> Vec<Answer> {
    let mut one: Vec<Answer> = Vec::new();
    for answer in known() {
        if !is_expensive(&answer) && !one.iter().any(|other| other.format == answer.format) {
            one.push(answer);
        }
    }
    assert!(one.len() >= 30, "{one:?}");
    one
}

#[test]
fn hashes_of_the_original_software_match_only_the_right_password() {
    let todo = Mutex::new(known());
    assert!(todo.lock().expect("no panic yet").len() > 180);
    let work = || {
        while let Some(answer) = { todo.lock().expect("no panic").pop() } {
            let hash = &answer.hash;
            let parsed = parse(hash).unwrap_or_else(|why| panic!("{answer:?}: {why}"));
            let mut memory = PasswordCost::default().memory();
            let mut bytes = bytes(&answer);
            assert!(parsed.verify(&bytes, &mut memory), "{answer:?}");
            if is_expensive(&answer) {
                continue;
            }
            let wrong = [&bytes[..], b"?"].concat();
            // Some formats do not cover bytes after the 72nd.
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
fn bytes_that_bcrypt_does_not_read_are_ignored_for_foreign_hashes() {
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

#[test]
fn each_scheme_reads_its_own_hashes() {
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
        let dummy_hash = cost.dummy_hash().expect("is made");
        assert_eq!(dummy_hash.len(), text.len());
        assert!(parse(&dummy_hash).is_ok_and(|dummy_hash| dummy_hash.is_made_with(cost)));
    }
}

#[test]
fn the_usual_costs_are_not_below_the_minimum() {
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
    fn the_parser_never_panics(
        prefix in "(\\$argon2id\\$|\\$2b\\$|\\$bcrypt-sha256\\$|\\$scrypt\\$|scrypt[:$]|\\$pbkdf2-sha256\\$|pbkdf2[_:]sha256[:$]|\\$6\\$|\\$fbscrypt\\$|\\{CRYPT\\}|)",
        rest in "[\\PC\\x00-\\x20]{0,80}",
    ) {
        let _ = parse(&format!("{prefix}{rest}"));
    }

    #[test]
    fn the_parser_never_panics_on_a_changed_hash(
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

//! Every format against hashes that the original software made: `scripts/known-answers` says which, and
//! makes them again.

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

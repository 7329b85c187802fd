//! Tests of hashes that cannot be read, or that cost too much to compute.

use super::*;

const UNREADABLE: &str = include_str!("../unreadable.csv");

/// Parts of the names in [`UNREADABLE`], and the expected reason; the first match counts.
const REASONS: [(&[&str], &str); 5] = [
    (&["bcrypt $2x$", "bcrypt-2x"], "different passwords match"),
    (
        &[
            "unsalted", "hex MD5", "hex SHA", "hex_", "{MD5}", "{SHA}", "MySQL", "NT hash",
            "nthash", "LM hash", "oracle10",
        ],
        "has no salt",
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
        "has the unsupported format",
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
        "has an unknown format",
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
fn an_unreadable_hash_is_refused_with_its_format() {
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
fn a_truncated_hash_matches_no_password() {
    for answer in one_of_each() {
        for (end, _) in answer.hash.char_indices() {
            let cut = &answer.hash[..end];
            assert!(!verifies(cut, &bytes(&answer)), "{cut}");
        }
        // Some tables cut a column at 60 or 64 characters: only a hash that fits is complete.
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
fn no_other_form_of_a_hash_matches_a_password() {
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
                // Another digit makes another hash, and this format has no lower cost.
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
fn a_hash_that_costs_too_much_is_refused_with_the_parameter() {
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
            Err(UnreadableHash::TooExpensive {
                parameter: named, ..
            }) => {
                assert_eq!(named, parameter, "{hash}");
            }
            other => panic!("{hash}: {other:?}"),
        }
        // At a sign-in it is not computed either.
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

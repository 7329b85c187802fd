//! bcrypt, as OpenBSD, PHP and Python's libraries made it: `$2a$`, `$2b$` and `$2y$` with a cost and
//! 53 characters. It sees 72 bytes of a password and nothing after a NUL.

use super::{Password, PasswordHash};

/// A stored string of a higher cost is never computed: it doubles with every step.
const MAX_COST: u32 = 15;
/// More of a password bcrypt never looked at.
const SEEN_BYTES: usize = 72;

/// Made by `bcrypt` 5.0 of PyPI: `bcrypt.hashpw(b"exemplary", bcrypt.gensalt(4))`.
#[cfg(test)]
pub(crate) const BCRYPT_OF_EXEMPLARY: &str = include_str!("bcrypt_of_exemplary.txt").trim_ascii();

/// The cost of a well-formed string that we can afford to compute.
pub(crate) fn parse(text: &str) -> Option<u32> {
    let rest = ["$2a$", "$2b$", "$2y$"]
        .iter()
        .find_map(|prefix| text.strip_prefix(prefix))?;
    let (cost, salt_and_output) = rest.split_once('$')?;
    let digits = cost.len() == 2 && cost.bytes().all(|b| b.is_ascii_digit());
    let cost: u32 = digits.then(|| cost.parse().ok()).flatten()?;
    let spelled = salt_and_output.len() == 53
        && salt_and_output
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'/');
    ((4..=MAX_COST).contains(&cost) && spelled).then_some(cost)
}

/// Whether bcrypt looked at the whole password: otherwise a mistyped tail could become the password.
pub(crate) fn sees_all_of(password: &Password) -> bool {
    let bytes = password.expose().as_bytes();
    bytes.len() <= SEEN_BYTES && !bytes.contains(&0)
}

pub(crate) fn verify(password: &Password, hash: &PasswordHash) -> bool {
    let bytes = password.expose().as_bytes();
    let seen = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
    parse(hash.as_stored()).is_some() && ::bcrypt::verify(seen, hash.as_stored()).unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verifies(password: &str, hash: &str) -> bool {
        verify(&Password::new(password), &PasswordHash::from_stored(hash))
    }

    #[test]
    fn hashes_of_other_libraries_verify_under_each_name() {
        assert!(BCRYPT_OF_EXEMPLARY.starts_with("$2b$04$"));
        for name in ["$2a$", "$2b$", "$2y$"] {
            let hash = BCRYPT_OF_EXEMPLARY.replace("$2b$", name);
            assert!(verifies("exemplary", &hash), "{name}");
            assert!(!verifies("Exemplary", &hash), "{name}");
        }
    }

    #[test]
    fn what_is_malformed_or_too_dear_is_not_read() {
        let hash = BCRYPT_OF_EXEMPLARY;
        for end in 0..hash.len() {
            assert!(parse(&hash[..end]).is_none(), "{end}");
        }
        for other in [
            hash.replace("$2b$", "$2x$"),
            hash.replace("$04$", "$4$"),
            hash.replace("$04$", "$03$"),
            hash.replace("$04$", "$16$"),
            hash.replace("$04$", "$31$"),
            format!("{hash}."),
            format!("{}!", &hash[..hash.len() - 1]),
        ] {
            assert!(parse(&other).is_none(), "{other}");
        }
    }

    #[test]
    fn a_password_bcrypt_saw_only_part_of_replaces_nothing() {
        assert!(sees_all_of(&Password::new("x".repeat(72))));
        assert!(!sees_all_of(&Password::new("x".repeat(73))));
        assert!(!sees_all_of(&Password::new("abc\0def")));
    }
}

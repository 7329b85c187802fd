//! Why a text cannot be read as a hash. Completes "the password hash …".

use super::Scheme;

/// Why a hash of another system cannot be imported.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnreadableHash {
    /// The format is unknown.
    #[error("has an unknown format")]
    Unknown,
    /// The format is known, and too weak to be used.
    #[error("has the unsupported format {0}: the user must choose a new password")]
    Unsupported(&'static str),
    /// The hash has no salt, so equal passwords have equal hashes.
    #[error("has no salt ({0}): the user must choose a new password")]
    Unsalted(&'static str),
    /// `$2x$`: made by a version of crypt_blowfish that lost bits of passwords.
    #[error("begins with $2x$: a flawed bcrypt made it, under which different passwords match")]
    Flawed,
    /// The hash starts like one of this format, and is malformed or truncated.
    #[error("has the format {0}, but is malformed or truncated")]
    Malformed(&'static str),
    /// A salt, key or output is too short or too long.
    #[error("has the format {format}, but its {what} has an invalid length")]
    Length {
        /// The format.
        format: &'static str,
        /// The part with the invalid length.
        what: &'static str,
    },
    /// Computing the hash would take too much time or memory.
    #[error("is too expensive: {parameter} of {format} may be at most {limit}")]
    TooExpensive {
        /// The format.
        format: &'static str,
        /// The parameter.
        parameter: &'static str,
        /// The most that is computed, given the other parameters.
        limit: u32,
    },
    /// The settings do not list the hash's scheme.
    #[error("is of the scheme {0}, which the settings do not list")]
    NotListed(Scheme),
}

const UNSUPPORTED: [(&str, &str); 17] = [
    ("$1$", "md5-crypt"),
    ("$apr1$", "Apache md5-crypt"),
    ("$P$", "phpass"),
    ("$H$", "phpass"),
    ("$S$", "Drupal 7"),
    ("$7$", "scrypt of libxcrypt"),
    ("$y$", "yescrypt"),
    ("$gy$", "gost-yescrypt"),
    ("$md5", "Sun MD5"),
    ("$sha1$", "sha1-crypt"),
    ("$p5k2$", "PBKDF2 of dlitz or cta"),
    ("{SSHA", "LDAP SSHA"),
    ("{SMD5}", "LDAP SMD5"),
    ("{PKCS5S2}", "Atlassian PBKDF2"),
    ("md5$", "Django's MD5"),
    ("sha1$", "Django's SHA-1"),
    ("crypt$", "Django's crypt"),
];

const UNSALTED: [(&str, &str); 6] = [
    ("{MD5}", "LDAP MD5"),
    ("{SHA", "LDAP SHA"),
    ("md5$$", "Django's MD5"),
    ("sha1$$", "Django's SHA-1"),
    ("unsalted_md5$$", "Django's MD5"),
    ("$3$", "NT hash"),
];

/// Explains why no scheme reads this text.
pub(super) fn name(text: &str) -> UnreadableHash {
    let begins = |table: &[(&str, &'static str)]| {
        let mut rows = table.iter();
        rows.find(|(prefix, _)| text.starts_with(prefix))
            .map(|(_, name)| *name)
    };
    if let Some(name) = begins(&UNSALTED) {
        return UnreadableHash::Unsalted(name);
    }
    if let Some(name) = begins(&UNSUPPORTED) {
        return UnreadableHash::Unsupported(name);
    }
    let digits = text.strip_prefix('*').unwrap_or(text);
    if text
        .strip_prefix("md5")
        .is_some_and(|digits| digits.len() == 32)
    {
        return UnreadableHash::Unsupported("PostgreSQL's MD5");
    }
    if digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        match digits.len() {
            16 | 32 => return UnreadableHash::Unsalted("MD5, NT or LM"),
            40 => return UnreadableHash::Unsalted("SHA-1 or MySQL"),
            64 | 128 => return UnreadableHash::Unsalted("SHA-2"),
            _ => {}
        }
    }
    UnreadableHash::Unknown
}

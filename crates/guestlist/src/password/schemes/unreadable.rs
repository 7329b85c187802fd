//! Why a string is not read as a hash. Completes "the password hash …".

/// Why a hash of another system cannot be taken over.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnreadableHash {
    /// It is of no format we know.
    #[error("is of no format that is read here")]
    Unknown,
    /// It is of a format we know by name, and nobody should use any more.
    #[error("is of the format {0}, which is not read here: let this person choose a new password")]
    Unsupported(&'static str),
    /// It has no salt, so that equal passwords have equal hashes.
    #[error("is unsalted ({0}): let this person choose a new password")]
    Unsalted(&'static str),
    /// `$2x$`: made by a version of crypt_blowfish that lost bits of passwords.
    #[error("begins with $2x$: a flawed bcrypt made it, under which different passwords match")]
    Flawed,
    /// It begins like one and goes on otherwise, or was cut off.
    #[error("is of the format {0}, but malformed or cut off")]
    Malformed(&'static str),
    /// A salt, key or output is shorter or longer than makes sense.
    #[error("is of the format {format}, but its {what} has a length that makes no sense")]
    Length {
        /// Its format.
        format: &'static str,
        /// What is too short or too long.
        what: &'static str,
    },
    /// Computing it would take too long, or too much memory.
    #[error("is too dear: {parameter} of {format} may be {limit} at most here")]
    TooDear {
        /// Its format.
        format: &'static str,
        /// Which of its parameters.
        parameter: &'static str,
        /// The most that is computed, with the other parameters as they are.
        limit: u32,
    },
    /// The settings do not list its scheme.
    #[error("is of the scheme {0}, which the settings do not list")]
    NotListed(super::Scheme),
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

/// What is known of a string that no scheme reads.
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

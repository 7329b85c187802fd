//! The secret of a server, and the keys derived from it (HKDF, RFC 5869): every purpose has its own
//! key.

use std::{
    fmt, fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

/// The fewest bytes of a secret (RFC 7518, section 3.2, for HMAC-SHA-256).
const MIN_BYTES: usize = 32;
/// The fewest different bytes of a secret; one with fewer was typed carelessly.
const MIN_DIFFERENT_BYTES: usize = 8;

/// The secret that all keys of a server are derived from.
#[derive(Clone)]
pub struct SecretKey(Zeroizing<Vec<u8>>);

impl SecretKey {
    /// Creates a secret from random bytes that you have, such as those of an environment variable.
    ///
    /// # Errors
    ///
    /// There are fewer than 32 bytes, or fewer than 8 different ones.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Result<Self, SecretKeyError> {
        let key = Self::weak(bytes)?;
        let mut different = key.0.to_vec();
        different.sort_unstable();
        different.dedup();
        if key.0.len() < MIN_BYTES {
            Err(SecretKeyError::Short(key.0.len()))
        } else if different.len() < MIN_DIFFERENT_BYTES {
            Err(SecretKeyError::Monotonous)
        } else {
            Ok(key)
        }
    }

    /// Creates a secret of any length, even one that an attacker can guess. Such a secret is only
    /// for tests, and for a server that only programs on its own machine can reach.
    ///
    /// # Errors
    ///
    /// There are no bytes.
    pub fn weak(bytes: impl Into<Vec<u8>>) -> Result<Self, SecretKeyError> {
        let bytes = Zeroizing::new(bytes.into());
        if bytes.is_empty() {
            return Err(SecretKeyError::Empty);
        }
        Ok(Self(bytes))
    }

    /// Returns a secret of 32 random bytes.
    ///
    /// # Errors
    ///
    /// The operating system gives no random bytes.
    pub fn random() -> io::Result<Self> {
        let mut bytes = Zeroizing::new([0; MIN_BYTES]);
        getrandom::fill(bytes.as_mut())?;
        Ok(Self(Zeroizing::new(bytes.to_vec())))
    }

    /// Reads the secret from a file, in base64url (RFC 4648, section 5). If the file does not
    /// exist, creates it with 32 random bytes, readable only by the user of this process.
    ///
    /// # Errors
    ///
    /// The file cannot be read or created, or does not contain a secret that [`new`](Self::new)
    /// accepts.
    pub fn load_or_create(path: impl AsRef<Path>) -> Result<Self, SecretKeyError> {
        let path = path.as_ref();
        let file = |source| SecretKeyError::File {
            path: path.to_owned(),
            source,
        };
        if !path.try_exists().map_err(file)? {
            create(path).map_err(file)?;
        }
        let text = Zeroizing::new(fs::read_to_string(path).map_err(file)?);
        let bytes = URL_SAFE_NO_PAD
            .decode(text.trim())
            .map_err(|_| SecretKeyError::Unreadable(path.to_owned()))?;
        Self::new(bytes)
    }

    /// Derives a key of 32 bytes for a purpose of the application (HKDF-SHA-256, RFC 5869). The
    /// same secret and purpose always give the same key. A key reveals neither the secret nor the
    /// key of another purpose.
    pub fn derive_for_application(&self, purpose: &str) -> Zeroizing<[u8; 32]> {
        self.derive(&format!("application: {purpose}"))
    }

    /// Derives a key for one purpose. It reveals neither the secret nor any other key.
    pub(crate) fn derive(&self, purpose: &str) -> Zeroizing<[u8; 32]> {
        let mut key = Zeroizing::new([0; 32]);
        Hkdf::<Sha256>::new(Some(b"guestlist"), &self.0)
            .expand(purpose.as_bytes(), key.as_mut())
            .expect("32 bytes are less than HKDF can give");
        key
    }
}

/// Writes the file under another name first, so that other processes see only a complete key. If
/// two processes start at the same time, both use the key of the process that was faster.
fn create(path: &Path) -> io::Result<()> {
    let secret = SecretKey::random()?;
    let draft = path.with_extension(format!("draft-{}", std::process::id()));
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let _ = fs::remove_file(&draft);
    let mut file = options.open(&draft)?;
    let text = Zeroizing::new(URL_SAFE_NO_PAD.encode(&*secret.0));
    writeln!(file, "{}", *text)?;
    file.sync_all()?;
    let linked = fs::hard_link(&draft, path);
    fs::remove_file(&draft)?;
    match linked {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        linked => linked,
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(…)")
    }
}

/// The current secret and the previous one. The previous one still verifies what was made with it.
#[derive(Clone, Debug)]
pub(crate) struct Secrets {
    current: SecretKey,
    previous: Option<SecretKey>,
}

/// Which of the two secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    /// The current secret.
    Current,
    /// The previous secret.
    Previous,
}

impl Secrets {
    /// Ignores a previous secret that equals the current one.
    pub(crate) fn new(current: SecretKey, previous: Option<SecretKey>) -> Self {
        let previous = previous.filter(|previous| previous.0 != current.0);
        Self { current, previous }
    }

    /// The secret that new things are made with.
    pub(crate) fn current(&self) -> &SecretKey {
        &self.current
    }

    /// The previous secret, which still verifies, if there is one.
    pub(crate) fn previous(&self) -> Option<&SecretKey> {
        self.previous.as_ref()
    }

    /// The current secret, then the previous one, if there is one.
    pub(crate) fn newest_first(&self) -> impl Iterator<Item = (Which, &SecretKey)> {
        let previous = self.previous.as_ref().map(|key| (Which::Previous, key));
        [(Which::Current, &self.current)]
            .into_iter()
            .chain(previous)
    }
}

/// Why a secret is refused.
#[derive(Debug, thiserror::Error)]
pub enum SecretKeyError {
    /// The secret is empty.
    #[error("the secret key is empty")]
    Empty,
    /// The secret has fewer than 32 bytes.
    #[error("the secret key has {0} bytes; it needs at least 32")]
    Short(usize),
    /// The secret has fewer than 8 different bytes.
    #[error("the secret key is not random enough: it needs at least 8 different bytes")]
    Monotonous,
    /// The file does not contain a secret.
    #[error("{0} does not contain a secret key")]
    Unreadable(PathBuf),
    /// The file cannot be read or created.
    #[error("cannot read or create the secret key file {path}")]
    File {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8725, section 3.5
    #[test]
    fn weak_secrets_are_refused() {
        assert!(matches!(SecretKey::new(""), Err(SecretKeyError::Empty)));
        assert!(matches!(
            SecretKey::new("secret"),
            Err(SecretKeyError::Short(6))
        ));
        assert!(matches!(
            SecretKey::new([7_u8; 31]),
            Err(SecretKeyError::Short(31))
        ));
        for bytes in [[0_u8; 32], *b"changechangechangechangechangeme"] {
            assert!(matches!(
                SecretKey::new(bytes),
                Err(SecretKeyError::Monotonous)
            ));
        }
        assert!(SecretKey::new(*b"0123456789abcdef0123456789abcdef").is_ok());
    }

    #[test]
    fn every_purpose_has_a_key_of_its_own() {
        let secret = SecretKey::weak("HI5HL3V3L$3CR3T").expect("is a key");
        assert_eq!(secret.derive("a"), secret.derive("a"));
        assert_ne!(secret.derive("a"), secret.derive("b"));
    }

    #[test]
    fn a_secret_is_created_once_and_read_afterwards() {
        let folder = std::env::temp_dir().join(format!("guestlist-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("makes a folder");
        let path = folder.join("secret.key");
        let first = SecretKey::load_or_create(&path).expect("makes a key");
        let again = SecretKey::load_or_create(&path).expect("reads the key");
        assert_eq!(*first.0, *again.0);
        #[cfg(unix)]
        {
            let mode = std::os::unix::fs::PermissionsExt::mode(
                &fs::metadata(&path).expect("is there").permissions(),
            );
            assert_eq!(mode & 0o777, 0o600);
        }
        fs::write(&path, "?").expect("writes");
        assert!(matches!(
            SecretKey::load_or_create(&path),
            Err(SecretKeyError::Unreadable(_))
        ));
        fs::remove_dir_all(&folder).expect("cleans up");
    }
}

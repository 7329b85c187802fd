//! The secrets of links and codes, derived from their record and never stored.
//!
//! The secret of a link is `HMAC-SHA-256(key, id ‖ purpose ‖ salt)`. The key is derived from the
//! installation's secret; id, purpose and salt are in the record. So a stolen database opens
//! nothing, a stolen key alone opens nothing, and a new secret of the installation ends all links.
//! The token of a link is base64url (RFC 4648, section 5) of the 16 bytes of the id and the 32 bytes
//! of the secret. 48 bytes are a multiple of three, so a token has exactly one form.

use std::{fmt, str::FromStr};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::{Salt, SecretKey, secret_key::Secrets};

const ID: usize = 16;
const SECRET: usize = 32;
/// The length of a token; other texts are not decoded.
const LEN: usize = (ID + SECRET) / 3 * 4;
/// The digits of a code.
const DIGITS: usize = 6;
/// How many codes there are: ten to the power of [`DIGITS`].
const CODES: u64 = 1_000_000;

/// What a link does. A link of one purpose is refused where another is expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LinkPurpose {
    /// Verifies the address of an account.
    VerifyEmail,
    /// Sets another password.
    ResetPassword,
    /// Confirms another address of an account.
    ChangeEmail,
    /// Sets the address of an account back to the one before.
    UndoEmail,
    /// Permits a sign-up.
    Invitation,
    /// Makes the first administrator.
    Setup,
    /// Says that a notice is about something that the user did not do.
    NotMe,
}

impl LinkPurpose {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::VerifyEmail,
        Self::ResetPassword,
        Self::ChangeEmail,
        Self::UndoEmail,
        Self::Invitation,
        Self::Setup,
        Self::NotMe,
    ];

    /// Returns the purpose's stored name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::VerifyEmail => "verify_email",
            Self::ResetPassword => "reset_password",
            Self::ChangeEmail => "change_email",
            Self::UndoEmail => "undo_email",
            Self::Invitation => "invitation",
            Self::Setup => "setup",
            Self::NotMe => "not_me",
        }
    }

    /// Returns the first segment of the link's path, which the token follows:
    /// `{base_url}/verify-email/{token}`.
    pub const fn path(self) -> &'static str {
        match self {
            Self::VerifyEmail => "verify-email",
            Self::ResetPassword => "reset-password",
            Self::ChangeEmail => "change-email",
            Self::UndoEmail => "undo-email",
            Self::Invitation => "invitation",
            Self::Setup => "setup",
            Self::NotMe => "not-me",
        }
    }

    /// The byte in the MAC. It never changes, or every existing link of the purpose would end.
    const fn byte(self) -> u8 {
        match self {
            Self::VerifyEmail => 1,
            Self::ResetPassword => 2,
            Self::ChangeEmail => 3,
            Self::UndoEmail => 4,
            Self::Invitation => 5,
            Self::Setup => 6,
            Self::NotMe => 7,
        }
    }
}

impl fmt::Display for LinkPurpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for LinkPurpose {
    type Err = LinkPurposeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|purpose| purpose.as_str() == text)
            .ok_or(LinkPurposeError)
    }
}

/// The text is not the stored name of a purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the purpose of a link")]
pub struct LinkPurposeError;

/// The token of a link, as it stands in a mail. It cannot be printed or compared.
pub struct LinkToken(Zeroizing<String>);

impl LinkToken {
    /// Returns the token itself. Use it only to write the link that its owner gets.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Returns the link: the base URL, the path of the purpose, and the token.
    pub fn url(&self, base_url: &str, purpose: LinkPurpose) -> Zeroizing<String> {
        let base_url = base_url.trim_end_matches('/');
        Zeroizing::new(format!("{base_url}/{}/{}", purpose.path(), *self.0))
    }
}

impl fmt::Debug for LinkToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkToken(…)")
    }
}

/// A token that a browser sent, taken apart but not verified yet.
pub(crate) struct ShownLink {
    /// The id of the record that the token names. Find the record, then ask [`LinkKeys::made`].
    pub(crate) id: Uuid,
    secret: Zeroizing<[u8; SECRET]>,
}

impl ShownLink {
    /// Takes a token apart; `None` if the text does not have the form of a token.
    pub(crate) fn parse(token: &str) -> Option<Self> {
        if token.len() != LEN {
            return None;
        }
        let mut whole = Zeroizing::new([0; ID + SECRET]);
        let read = URL_SAFE_NO_PAD.decode_slice(token, whole.as_mut()).ok()?;
        let (id, secret) = whole.get(..read)?.split_at_checked(ID)?;
        Some(Self {
            id: Uuid::from_slice(id).ok()?,
            secret: Zeroizing::new(secret.try_into().ok()?),
        })
    }
}

impl fmt::Debug for ShownLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ShownLink({}, …)", self.id)
    }
}

/// Derives and verifies the secrets of links and codes.
pub(crate) struct LinkKeys {
    current: Zeroizing<[u8; 32]>,
    previous: Option<Zeroizing<[u8; 32]>>,
}

impl LinkKeys {
    pub(crate) fn new(secrets: &Secrets) -> Self {
        let derive = |secret: &SecretKey| secret.derive("links");
        Self {
            current: derive(secrets.current()),
            previous: secrets.previous().map(derive),
        }
    }

    /// Derives the token of a link, under the current secret. The same record always gives the same
    /// token.
    pub(crate) fn token(&self, id: Uuid, purpose: LinkPurpose, salt: &Salt) -> LinkToken {
        let secret = link_mac(&self.current, id, purpose, salt).finalize();
        let mut whole = Zeroizing::new([0; ID + SECRET]);
        let (front, back) = whole.split_at_mut(ID);
        front.copy_from_slice(id.as_bytes());
        back.copy_from_slice(&secret.into_bytes());
        LinkToken(Zeroizing::new(URL_SAFE_NO_PAD.encode(whole.as_ref())))
    }

    /// Whether this installation made the link for the record of that id, purpose and salt, under
    /// the current secret or the previous one. The time does not depend on the sent secret.
    pub(crate) fn made(&self, shown: &ShownLink, purpose: LinkPurpose, salt: &Salt) -> bool {
        self.newest_first().any(|key| {
            let mac = link_mac(key, shown.id, purpose, salt);
            mac.verify_slice(shown.secret.as_ref()).is_ok()
        })
    }

    /// Derives the six-digit code of a record, under the current secret.
    pub(crate) fn code(&self, id: Uuid, purpose: LinkPurpose, salt: &Salt) -> Zeroizing<String> {
        code(&self.current, id, purpose, salt)
    }

    /// Whether the text is the code of the record of that id, purpose and salt, under the current
    /// secret or the previous one. Spaces and hyphens in the text are ignored. The caller must have
    /// counted the try before ([`MessageStore::try_code`](crate::MessageStore::try_code)).
    pub(crate) fn is_code(&self, typed: &str, id: Uuid, purpose: LinkPurpose, salt: &Salt) -> bool {
        let typed: Zeroizing<String> = Zeroizing::new(
            typed
                .chars()
                .filter(|c| !matches!(c, ' ' | '-' | '\u{a0}'))
                .take(DIGITS + 1)
                .collect(),
        );
        self.newest_first().any(|key| {
            let code = code(key, id, purpose, salt);
            code.as_bytes().ct_eq(typed.as_bytes()).into()
        })
    }

    fn newest_first(&self) -> impl Iterator<Item = &Zeroizing<[u8; 32]>> {
        std::iter::once(&self.current).chain(&self.previous)
    }
}

impl fmt::Debug for LinkKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkKeys(…)")
    }
}

fn link_mac(key: &[u8; 32], id: Uuid, purpose: LinkPurpose, salt: &Salt) -> Hmac<Sha256> {
    let mut hmac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    hmac.update(id.as_bytes());
    hmac.update(&[purpose.byte()]);
    hmac.update(salt.as_stored());
    hmac
}

/// The word at the end separates codes from links, whose input is shorter. The remainder of 64 bits
/// favours no code by more than one part in 10^13.
fn code(key: &[u8; 32], id: Uuid, purpose: LinkPurpose, salt: &Salt) -> Zeroizing<String> {
    let mut hmac = link_mac(key, id, purpose, salt);
    hmac.update(b"code");
    let mac = hmac.finalize().into_bytes();
    let number = mac
        .iter()
        .take(8)
        .fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    Zeroizing::new(format!("{:0width$}", number % CODES, width = DIGITS))
}

#[cfg(test)]
mod tests;

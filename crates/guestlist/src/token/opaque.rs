//! Opaque tokens: random bits that reveal only the id of their record.
//!
//! Each kind has a readable prefix, by which scanners find a leaked token, and carries the id of
//! its record, by which the store finds it. A checksum catches mistyped or cut tokens before the
//! store is asked. It does not show who made the token: every program can compute it.
//!
//! The checksum is the first 48 bits of a SHA-256, which needs no new dependency. The whole is
//! base64url (RFC 4648, section 5): every length here is a multiple of three bytes, so no bits are
//! unused, and a token has exactly one form.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use uuid::Uuid;
use zeroize::Zeroizing;

const PREFIX: usize = 4;
const CHECKSUM: usize = 6;
/// The bytes of the record's id and of 256 random bits.
const PAYLOAD: usize = 16 + 32;
/// The bytes of a refresh token: the session's id, the generation, 256 random bits, and a MAC of
/// these (HMAC-SHA-256).
pub(super) const REFRESH_PAYLOAD: usize = 16 + 4 + 32 + 32;

/// The kind of a token. A token of one kind is refused where another is expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// Identifies a user by a session, for about a day: `gla_…`.
    Access,
    /// Is traded for new tokens of its session: `glr_…`.
    Refresh,
    /// Identifies a user by a session, from a cookie: `glc_…`.
    Cookie,
    /// Identifies a user for a program, with a limited scope: `glp_…`.
    Personal,
    /// Identifies a service, for introspection: `gls_…`.
    Service,
}

/// An opaque token. It cannot be printed, compared or serialised.
pub struct OpaqueToken {
    kind: TokenKind,
    record: Uuid,
    text: Zeroizing<String>,
}

/// The text is not a token: its prefix, length, form or checksum is wrong.
#[derive(Debug)]
pub(crate) struct NoToken;

impl TokenKind {
    pub(crate) const ALL: [Self; 5] = [
        Self::Access,
        Self::Refresh,
        Self::Cookie,
        Self::Personal,
        Self::Service,
    ];

    /// Returns the prefix of this kind's tokens.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Access => "gla_",
            Self::Refresh => "glr_",
            Self::Cookie => "glc_",
            Self::Personal => "glp_",
            Self::Service => "gls_",
        }
    }

    /// Whether a text, if it is an opaque token, is one of this kind.
    pub(crate) fn is_kind_of(self, text: &str) -> bool {
        text.starts_with(self.prefix())
    }

    /// Returns the length in bytes, without the checksum.
    const fn payload_len(self) -> usize {
        match self {
            Self::Refresh => REFRESH_PAYLOAD,
            Self::Access | Self::Cookie | Self::Personal | Self::Service => PAYLOAD,
        }
    }
}

impl OpaqueToken {
    /// Creates a token of this kind for this record.
    ///
    /// # Panics
    ///
    /// Panics if the operating system gives no randomness.
    pub(crate) fn new(kind: TokenKind, record: Uuid) -> Self {
        Self::with_bits(kind, record, &random())
    }

    /// Returns the token with exactly these bits.
    pub(super) fn with_bits(kind: TokenKind, record: Uuid, bits: &[u8; 32]) -> Self {
        let mut payload = Zeroizing::new([0; PAYLOAD]);
        payload[..16].copy_from_slice(record.as_bytes());
        payload[16..].copy_from_slice(bits);
        Self::with_payload(kind, payload.as_ref())
    }

    /// Returns the token with this payload, which must start with the id of the record.
    pub(super) fn with_payload(kind: TokenKind, payload: &[u8]) -> Self {
        let mut whole = Zeroizing::new(payload.to_vec());
        whole.extend_from_slice(&checksum(kind, payload));
        let mut text = Zeroizing::new(kind.prefix().to_owned());
        URL_SAFE_NO_PAD.encode_string(whole.as_slice(), &mut text);
        Self {
            kind,
            record: record(payload),
            text,
        }
    }

    /// Parses a token of any kind, if it has its exact form.
    pub(crate) fn parse(text: &str) -> Result<Self, NoToken> {
        let (kind, payload) = open(text)?;
        Ok(Self {
            kind,
            record: record(&payload),
            text: Zeroizing::new(text.to_owned()),
        })
    }

    /// Returns the kind of the token.
    pub fn kind(&self) -> TokenKind {
        self.kind
    }

    /// Returns the id of the record, which the token names. The secret part is not checked yet.
    pub(crate) fn record(&self) -> Uuid {
        self.record
    }

    /// Returns the token itself. The caller must give the token only to the client that asked for
    /// the token.
    pub fn expose(&self) -> &str {
        &self.text
    }
}

/// Returns the kind and the payload of a token in its exact form.
pub(super) fn open(text: &str) -> Result<(TokenKind, Zeroizing<Vec<u8>>), NoToken> {
    let (prefix, rest) = text.split_at_checked(PREFIX).ok_or(NoToken)?;
    let kind = TokenKind::ALL
        .into_iter()
        .find(|kind| kind.prefix() == prefix)
        .ok_or(NoToken)?;
    let len = kind.payload_len();
    if rest.len() != (len + CHECKSUM) / 3 * 4 {
        return Err(NoToken);
    }
    let mut whole = Zeroizing::new(URL_SAFE_NO_PAD.decode(rest).map_err(|_| NoToken)?);
    if whole[len..] != checksum(kind, &whole[..len]) {
        return Err(NoToken);
    }
    whole.truncate(len);
    Ok((kind, whole))
}

fn record(payload: &[u8]) -> Uuid {
    Uuid::from_bytes(*payload.first_chunk().expect("a payload begins with an id"))
}

fn checksum(kind: TokenKind, payload: &[u8]) -> [u8; CHECKSUM] {
    let whole = Sha256::new()
        .chain_update(kind.prefix())
        .chain_update(payload)
        .finalize();
    *whole.first_chunk().expect("a hash is longer than that")
}

/// Returns random bits of the operating system.
pub(crate) fn random<const N: usize>() -> Zeroizing<[u8; N]> {
    let mut bits = Zeroizing::new([0; N]);
    getrandom::fill(bits.as_mut()).expect("building the Guestlist checked for randomness");
    bits
}

impl fmt::Debug for OpaqueToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OpaqueToken({}…)", self.kind.prefix())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const RECORD: Uuid = Uuid::from_u128(0x0189_0a5d_2c00_7000_8000_0000_0000_000a);

    /// The expected values were computed with `hashlib` and `base64` of Python's standard library.
    #[test]
    fn the_form_of_each_kind_never_changes() {
        let bits: [u8; 32] = std::array::from_fn(|at| u8::try_from(at).expect("is small"));
        for (kind, expected) in [
            (
                TokenKind::Access,
                "gla_AYkKXSwAcACAAAAAAAAACgABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4fglMgJtJh",
            ),
            (
                TokenKind::Cookie,
                "glc_AYkKXSwAcACAAAAAAAAACgABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4fJSom5-Ag",
            ),
            (
                TokenKind::Personal,
                "glp_AYkKXSwAcACAAAAAAAAACgABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4fvrV5mVVz",
            ),
            (
                TokenKind::Service,
                "gls_AYkKXSwAcACAAAAAAAAACgABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4fReVSm7Nv",
            ),
        ] {
            let token = OpaqueToken::with_bits(kind, RECORD, &bits);
            assert_eq!(token.expose(), expected);
            let read = OpaqueToken::parse(expected).expect("is a token");
            assert_eq!((read.kind(), read.record()), (kind, RECORD));
        }
    }

    #[test]
    fn two_tokens_of_one_record_differ() {
        let token = || OpaqueToken::new(TokenKind::Access, RECORD);
        assert_ne!(token().expose(), token().expose());
    }

    /// RFC 6749, sections 10.3 and 10.10; refresh tokens have a test of their own. In 100 tokens
    /// each bit takes both values, except in one run of 2^91.
    #[test]
    fn every_kind_has_256_random_bits() {
        let kinds = TokenKind::ALL.into_iter();
        for kind in kinds.filter(|kind| *kind != TokenKind::Refresh) {
            let bits = || -> [u8; 32] {
                let token = OpaqueToken::new(kind, RECORD);
                let (_, payload) = open(token.expose()).expect("is a token");
                payload[16..].try_into().expect("are 32 bytes")
            };
            let (first, mut varied) = (bits(), [0; 32]);
            for _ in 0..100 {
                for (at, byte) in bits().into_iter().enumerate() {
                    varied[at] |= byte ^ first[at];
                }
            }
            assert_eq!(varied, [0xff; 32], "{kind:?}");
        }
    }

    #[test]
    fn a_token_cannot_be_printed() {
        let token = OpaqueToken::new(TokenKind::Personal, RECORD);
        assert_eq!(format!("{token:?}"), "OpaqueToken(glp_…)");
    }

    #[test]
    fn a_malformed_token_is_refused() {
        let good = OpaqueToken::new(TokenKind::Access, RECORD);
        let good = good.expose();
        for text in [
            "",
            "gla",
            "gla_",
            "null",
            "a.b.c",
            &good[1..],
            &good[..good.len() - 1],
            &format!("{good}A"),
            &format!("{good}="),
            &format!(" {good}"),
            &format!("{good}\n"),
            &good.replacen("gla_", "glr_", 1),
            &good.replacen("gla_", "glp_", 1),
            &good.replacen("gla_", "GLA_", 1),
            &good.to_uppercase(),
            "gläöü_",
        ] {
            assert!(OpaqueToken::parse(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_changed_character_is_refused(
            bits: [u8; 32], at in 0_usize..76, to in "[A-Za-z0-9_.~+/=-]",
        ) {
            let token = OpaqueToken::with_bits(TokenKind::Access, RECORD, &bits);
            let mut changed = token.expose().to_owned();
            changed.replace_range(at..=at, &to);
            prop_assume!(changed != token.expose());
            prop_assert!(OpaqueToken::parse(&changed).is_err());
        }

        #[test]
        fn no_random_text_is_a_token(text: String) {
            prop_assert!(OpaqueToken::parse(&text).is_err());
        }
    }
}

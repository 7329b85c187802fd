//! Refresh tokens: opaque tokens that also contain their generation, with a MAC.
//!
//! The MAC shows whether this server ever made a token, without a record of old ones. So a token of
//! an old generation that is authentic was stolen, by the client that sends it or from it.
//!
//! The next tokens are derived from the token, the session's salt and a key, so that they can be
//! made again if an answer was lost. Without the token, the key and the salt give nothing.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::{
    OpaqueToken, TokenHash, TokenKind,
    hash::TokenKey,
    opaque::{self, NoToken, REFRESH_PAYLOAD, random},
};
use crate::{Salt, SecretKey, SessionId, secret_key::Secrets};

/// The bytes of the MAC, HMAC-SHA-256.
const MAC: usize = 32;
/// The bytes that the MAC covers: the rest of the payload.
const SIGNED: usize = REFRESH_PAYLOAD - MAC;

/// Creates and verifies refresh tokens.
pub(crate) struct RefreshKeys {
    current: Keys,
    previous: Option<Keys>,
}

struct Keys {
    mac: Zeroizing<[u8; 32]>,
    successor: Zeroizing<[u8; 32]>,
    stored: TokenKey,
}

/// An authentic refresh token, current or not.
pub(crate) struct RefreshToken {
    pub(crate) session: SessionId,
    pub(crate) generation: u32,
    bits: Zeroizing<[u8; 32]>,
}

/// The tokens that follow a refresh token, made and hashed with the same secret.
pub(crate) struct Successor {
    pub(crate) refresh: OpaqueToken,
    pub(crate) refresh_hash: TokenHash,
    /// The access token, for a session with opaque tokens.
    pub(crate) access: OpaqueToken,
    pub(crate) access_hash: TokenHash,
}

impl RefreshKeys {
    pub(crate) fn new(secrets: &Secrets) -> Self {
        Self {
            current: Keys::derive(secrets.current()),
            previous: secrets.previous().map(Keys::derive),
        }
    }

    /// Creates the first refresh token of a session.
    pub(crate) fn first(&self, session: SessionId) -> OpaqueToken {
        self.current.token(session, 0, &random())
    }

    /// Parses and verifies a token that was made with the current secret or the previous one.
    pub(crate) fn read(&self, text: &str) -> Result<RefreshToken, NoToken> {
        let (kind, payload) = opaque::open(text)?;
        let (signed, mac) = payload.split_at_checked(SIGNED).ok_or(NoToken)?;
        let authentic = self.newest_first().any(|keys| keys.signed(signed, mac));
        if kind != TokenKind::Refresh || !authentic {
            return Err(NoToken);
        }
        let (id, rest) = signed.split_first_chunk().ok_or(NoToken)?;
        let (generation, bits) = rest.split_first_chunk().ok_or(NoToken)?;
        Ok(RefreshToken {
            session: uuid::Uuid::from_bytes(*id).into(),
            generation: u32::from_be_bytes(*generation),
            bits: Zeroizing::new(bits.try_into().map_err(|_| NoToken)?),
        })
    }

    /// Derives the tokens that follow, with the current secret.
    pub(crate) fn successor(&self, of: &RefreshToken, salt: &Salt) -> Successor {
        self.current.successor(of, salt)
    }

    /// Derives the tokens that may have followed: with the current secret, then with the previous
    /// one.
    pub(crate) fn successors(
        &self,
        of: &RefreshToken,
        salt: &Salt,
    ) -> impl Iterator<Item = Successor> {
        self.newest_first().map(|keys| keys.successor(of, salt))
    }

    fn newest_first(&self) -> impl Iterator<Item = &Keys> {
        std::iter::once(&self.current).chain(&self.previous)
    }
}

impl Keys {
    fn derive(secret: &SecretKey) -> Self {
        Self {
            mac: secret.derive("refresh token, MAC"),
            successor: secret.derive("refresh token, successor"),
            stored: TokenKey::derive(secret),
        }
    }

    fn token(&self, session: SessionId, generation: u32, bits: &[u8; 32]) -> OpaqueToken {
        let mut payload = Zeroizing::new(Vec::with_capacity(REFRESH_PAYLOAD));
        payload.extend_from_slice(session.as_uuid().as_bytes());
        payload.extend_from_slice(&generation.to_be_bytes());
        payload.extend_from_slice(bits);
        let mac = hmac(&self.mac, &[payload.as_slice()]).finalize();
        payload.extend_from_slice(&mac.into_bytes());
        OpaqueToken::with_payload(TokenKind::Refresh, &payload)
    }

    fn signed(&self, signed: &[u8], mac: &[u8]) -> bool {
        hmac(&self.mac, &[signed]).verify_slice(mac).is_ok()
    }

    fn successor(&self, of: &RefreshToken, salt: &Salt) -> Successor {
        let bits = |what: &str| -> Zeroizing<[u8; 32]> {
            let parts = [what.as_bytes(), salt.as_stored(), of.bits.as_ref()];
            Zeroizing::new(hmac(&self.successor, &parts).finalize().into_bytes().into())
        };
        // The generation cannot overflow: a session would have to be refreshed a thousand times a
        // second.
        let generation = of.generation.saturating_add(1);
        let refresh = self.token(of.session, generation, &bits("refresh"));
        let record = of.session.as_uuid();
        let access = OpaqueToken::with_bits(TokenKind::Access, record, &bits("access"));
        Successor {
            refresh_hash: self.stored.hash(refresh.expose()),
            access_hash: self.stored.hash(access.expose()),
            refresh,
            access,
        }
    }
}

fn hmac(key: &[u8; 32], parts: &[&[u8]]) -> Hmac<Sha256> {
    let mut hmac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    for part in parts {
        hmac.update(part);
    }
    hmac
}

impl std::fmt::Debug for RefreshKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RefreshKeys(…)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    const SALT: Salt = Salt::from_stored([7; 16]);

    fn session() -> SessionId {
        Uuid::from_u128(0x0189_0a5d_2c00_7000_8000_0000_0000_000a).into()
    }

    fn secret(text: &str) -> SecretKey {
        SecretKey::weak(text).expect("is a key")
    }

    fn keys() -> RefreshKeys {
        RefreshKeys::new(&Secrets::new(secret("HI5HL3V3L$3CR3T"), None))
    }

    /// The expected values were computed with `hmac` of Python's standard library.
    #[test]
    fn the_form_of_a_token_and_its_successors_never_changes() {
        let bits = std::array::from_fn(|at| u8::try_from(at).expect("is small"));
        let first = keys().current.token(session(), 258, &bits);
        assert_eq!(
            first.expose(),
            "glr_AYkKXSwAcACAAAAAAAAACgAAAQIAAQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eH2WbL23AOn63soEa_EzIcQyPRgyPGyhHTR84WPYKvYziwrdOyYey"
        );
        let read = keys().read(first.expose()).expect("is ours");
        assert_eq!((read.session, read.generation), (session(), 258));
        let next = keys().successor(&read, &SALT);
        assert_eq!(
            next.refresh.expose(),
            "glr_AYkKXSwAcACAAAAAAAAACgAAAQOnY6lgl9AifKJMAOt0iJ1R35OnXWzgNa7TLOz9mtjdNgB__Xjl-wHT45hP-JtsV4wh70feavb0O7i2cv3i8HEiDZPPJpdI"
        );
        assert_eq!(
            next.access.expose(),
            "gla_AYkKXSwAcACAAAAAAAAACqZOpsBn5_izMDwnQ2DJg4BZeG2-RUUFxMg5Nn2H_sm-_WYlEzbd"
        );
    }

    /// RFC 6749, sections 10.3 and 10.10, as for the other kinds.
    #[test]
    fn the_first_token_of_a_session_has_256_random_bits() {
        let keys = keys();
        let bits = || {
            let first = keys.first(session());
            *keys.read(first.expose()).expect("is ours").bits
        };
        let (first, mut varied) = (bits(), [0; 32]);
        for _ in 0..100 {
            for (at, byte) in bits().into_iter().enumerate() {
                varied[at] |= byte ^ first[at];
            }
        }
        assert_eq!(varied, [0xff; 32]);
    }

    #[test]
    fn a_token_of_another_key_or_kind_is_refused() {
        let other = RefreshKeys::new(&Secrets::new(secret("another"), None)).first(session());
        assert!(OpaqueToken::parse(other.expose()).is_ok());
        assert!(keys().read(other.expose()).is_err());
        let access = OpaqueToken::new(TokenKind::Access, session().as_uuid());
        assert!(keys().read(access.expose()).is_err());
    }

    #[test]
    fn a_token_of_the_previous_key_is_accepted_and_has_a_successor_under_each_key() {
        let changed = RefreshKeys::new(&Secrets::new(
            secret("another"),
            Some(secret("HI5HL3V3L$3CR3T")),
        ));
        let old = keys().first(session());
        let read = changed.read(old.expose()).expect("is ours");
        let expected = keys().successor(&keys().read(old.expose()).expect("is ours"), &SALT);
        let rebuilt: Vec<_> = changed.successors(&read, &SALT).collect();
        assert_eq!(rebuilt.len(), 2);
        assert_ne!(rebuilt[0].refresh.expose(), expected.refresh.expose());
        assert_eq!(rebuilt[1].refresh.expose(), expected.refresh.expose());
        assert_eq!(rebuilt[1].access.expose(), expected.access.expose());
        assert_eq!(rebuilt[1].refresh_hash, expected.refresh_hash);
        assert_eq!(rebuilt[1].access_hash, expected.access_hash);
    }

    #[test]
    fn successors_depend_on_the_token_and_the_salt() {
        let (keys, token) = (keys(), keys().first(session()));
        let read = || keys.read(token.expose()).expect("is ours");
        let follows = |of, salt| keys.successor(&of, &salt).refresh.expose().to_owned();
        let next = follows(read(), SALT);
        assert_eq!(follows(read(), SALT), next);
        assert_ne!(follows(read(), Salt::from_stored([8; 16])), next);
        let other = keys.first(session());
        let other = keys.read(other.expose()).expect("is ours");
        assert_ne!(follows(other, SALT), next);
    }

    /// An attacker who changes bits can correct the checksum, but not the MAC.
    #[test]
    fn any_changed_bit_under_the_mac_is_refused() {
        let token = keys().first(session());
        let (_, payload) = opaque::open(token.expose()).expect("is a token");
        for bit in 0..payload.len() * 8 {
            let mut changed = payload.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            let changed = OpaqueToken::with_payload(TokenKind::Refresh, &changed);
            assert!(keys().read(changed.expose()).is_err(), "bit {bit}");
        }
        assert!(keys().read(token.expose()).is_ok());
    }

    proptest! {
        #[test]
        fn any_changed_character_is_refused(at in 0_usize..124, to in "[A-Za-z0-9_-]") {
            let token = keys().first(session());
            let mut changed = token.expose().to_owned();
            changed.replace_range(at..=at, &to);
            prop_assume!(changed != token.expose());
            prop_assert!(keys().read(&changed).is_err());
        }
    }
}

//! What many records come to, so that those of two databases can be compared.

use std::fmt;

use sha2::{Digest, Sha256};

use super::Record;
use crate::{Client, Key, Session, Timestamp, Token, TokenOwner, User};

/// Adds records up, one after the other, to a [`Sum`]: the same ones in the same order come to the same,
/// whatever engine keeps them.
///
/// It is a SHA-256 (FIPS 180-4) over the fields of the records in the order of their declaration. A
/// number is its eight bytes, the most significant first; a text or bytes have their length in front,
/// as such a number; what may be absent has a byte in front, 1, and is the byte 0 if it is.
#[derive(Clone, Debug, Default)]
pub struct Checksum {
    records: u64,
    hash: Sha256,
}

/// What [`Checksum`] comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sum {
    /// How many records there were.
    pub records: u64,
    /// Over all of them.
    pub sha256: [u8; 32],
}

impl fmt::Display for Sum {
    /// The first eight bytes, in hexadecimal: for people to compare.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = self.sha256.iter().take(8);
        bytes.try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl Checksum {
    /// Of nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Begins the next record of somebody else's, whose fields follow.
    pub fn begin(&mut self) -> &mut Self {
        self.records += 1;
        self
    }

    /// The next field: a number.
    pub fn number(&mut self, number: i64) -> &mut Self {
        self.hash.update(number.to_be_bytes());
        self
    }

    /// The next field: bytes.
    pub fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.hash.update(length.to_be_bytes());
        self.hash.update(bytes);
        self
    }

    /// The next field: a text.
    pub fn text(&mut self, text: &str) -> &mut Self {
        self.bytes(text.as_bytes())
    }

    /// The next field: a moment.
    pub fn moment(&mut self, moment: Timestamp) -> &mut Self {
        self.number(moment.as_millis())
    }

    /// The next field, which may be absent.
    pub fn maybe<T>(
        &mut self,
        field: Option<T>,
        add: impl for<'a> FnOnce(&'a mut Self, T) -> &'a mut Self,
    ) -> &mut Self {
        self.hash.update([u8::from(field.is_some())]);
        match field {
            Some(field) => add(self, field),
            None => self,
        }
    }

    /// The next record.
    pub fn record(&mut self, record: &Record) {
        self.begin();
        match record {
            Record::User(user) => self.user(user),
            Record::Session(session) => self.session(session),
            Record::Token(token) => self.token(token),
            Record::Key(key) => self.key(key),
        };
    }

    /// What it comes to.
    pub fn finish(self) -> Sum {
        Sum {
            records: self.records,
            sha256: self.hash.finalize().into(),
        }
    }

    // Each names every field, so that a new one is not forgotten here.

    fn user(&mut self, user: &User) -> &mut Self {
        let User {
            id,
            email,
            password_hash,
            name,
            created_at,
            verified_at,
            disabled_at,
            epoch,
            token_epoch,
        } = user;
        self.bytes(id.as_uuid().as_bytes())
            .text(email.key())
            .text(email.as_given())
            .maybe(
                password_hash.as_ref().map(|hash| hash.as_stored()),
                Self::text,
            )
            .maybe(name.as_ref().map(|name| name.as_str()), Self::text)
            .moment(*created_at)
            .maybe(*verified_at, Self::moment)
            .maybe(*disabled_at, Self::moment)
            .number(epoch.0)
            .number(token_epoch.0)
    }

    fn session(&mut self, session: &Session) -> &mut Self {
        let Session {
            id,
            user_id,
            epoch,
            secret_hash,
            secret_expires_at,
            refresh_hash,
            generation,
            refreshed_at,
            refreshed_by,
            retries,
            salt,
            scope,
            created_at,
            last_seen_at,
            proven_at,
            expires_at,
            idle_for,
            how,
            client,
        } = session;
        self.bytes(id.as_uuid().as_bytes())
            .bytes(user_id.as_uuid().as_bytes())
            .number(epoch.0)
            .maybe(
                secret_hash.as_ref().map(|hash| &hash.as_stored()[..]),
                Self::bytes,
            )
            .maybe(*secret_expires_at, Self::moment)
            .maybe(
                refresh_hash.as_ref().map(|hash| &hash.as_stored()[..]),
                Self::bytes,
            )
            .number((*generation).into())
            .maybe(*refreshed_at, Self::moment)
            .client(refreshed_by)
            .number((*retries).into())
            .bytes(salt.as_stored())
            .text(scope.as_str())
            .moment(*created_at)
            .moment(*last_seen_at)
            .moment(*proven_at)
            .moment(*expires_at)
            .number(idle_for.as_millis().try_into().unwrap_or(i64::MAX))
            .text(how.as_str())
            .client(client)
    }

    fn client(&mut self, client: &Client) -> &mut Self {
        let Client { device, address } = client;
        self.maybe(device.as_deref(), Self::text).maybe(
            address.map(|address| address.to_string()).as_deref(),
            Self::text,
        )
    }

    fn token(&mut self, token: &Token) -> &mut Self {
        let Token {
            id,
            owner,
            token_epoch,
            hash,
            name,
            scope,
            created_at,
            expires_at,
            last_used_at,
        } = token;
        let user = owner.user().map(|user| user.as_uuid());
        let service = match owner {
            TokenOwner::User(_) => None,
            TokenOwner::Service(name) => Some(name.as_str()),
        };
        self.bytes(id.as_uuid().as_bytes())
            .maybe(user.as_ref().map(|user| &user.as_bytes()[..]), Self::bytes)
            .maybe(service, Self::text)
            .number(token_epoch.0)
            .bytes(hash.as_stored())
            .text(name.as_str())
            .text(scope.as_str())
            .moment(*created_at)
            .maybe(*expires_at, Self::moment)
            .maybe(*last_used_at, Self::moment)
    }

    fn key(&mut self, key: &Key) -> &mut Self {
        let Key {
            kid,
            algorithm,
            sealed,
            public,
            created_at,
            signs_from,
            signs_until,
            verifies_until,
        } = key;
        self.text(kid)
            .text(algorithm)
            .bytes(sealed)
            .text(public)
            .moment(*created_at)
            .moment(*signs_from)
            .moment(*signs_until)
            .moment(*verifies_until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Email, Epoch, PasswordHash, UserName, testing::user};

    fn sum(records: &[Record]) -> Sum {
        let mut checksum = Checksum::new();
        records.iter().for_each(|record| checksum.record(record));
        checksum.finish()
    }

    #[test]
    fn every_field_of_a_user_and_the_order_of_users_count() {
        let ada = user("ada@example.com");
        let of = |change: fn(&mut User)| {
            let mut changed = ada.clone();
            change(&mut changed);
            sum(&[Record::User(changed)])
        };
        let same = of(|_| {});
        assert_eq!(same, sum(&[Record::User(ada.clone())]));
        let changes: [fn(&mut User); 9] = [
            |user| user.id = crate::UserId::new(user.created_at),
            |user| {
                user.email = Email::from_stored("ada@example.com".into(), "Ada@example.com".into())
            },
            |user| user.password_hash = None,
            |user| user.password_hash = Some(PasswordHash::from_stored("!!")),
            |user| user.name = Some(UserName::from_stored(String::new())),
            |user| user.verified_at = Some(Timestamp::from_millis(0)),
            |user| user.disabled_at = Some(Timestamp::from_millis(0)),
            |user| user.epoch = Epoch(1),
            |user| user.token_epoch = Epoch(1),
        ];
        let mut sums: Vec<_> = changes.into_iter().map(of).collect();
        sums.push(same);
        for (at, one) in sums.iter().enumerate() {
            assert!(!sums[..at].contains(one), "{at}");
        }
        let (one, other) = (
            Record::User(ada.clone()),
            Record::User(user("b@example.com")),
        );
        let forth = sum(&[one.clone(), other.clone()]);
        assert_ne!(forth, sum(&[other, one]));
        assert_eq!(forth.records, 2);
    }

    #[test]
    fn what_is_absent_is_not_what_is_empty_and_no_field_runs_into_the_next() {
        let text = |one: &'static str, other: &'static str| {
            let mut checksum = Checksum::new();
            checksum.text(one).text(other);
            checksum.finish()
        };
        assert_ne!(text("ab", "c"), text("a", "bc"));
        let maybe = |text| {
            let mut checksum = Checksum::new();
            checksum.maybe(text, Checksum::text);
            checksum.finish()
        };
        assert_ne!(maybe(None), maybe(Some("")));
    }
}

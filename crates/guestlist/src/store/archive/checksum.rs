//! A sum over many records, so that the records of two databases can be compared.

use std::fmt;

use sha2::{Digest, Sha256};

use super::Archived;
use crate::Timestamp;

/// Adds up records, one after the other, to a [`Sum`]. The same records in the same order have the same sum in every
/// engine.
///
/// It is a SHA-256 (FIPS 180-4) over the fields of the records in the order of their declaration. A number is its eight
/// bytes, the most significant first. A text or bytes have their length in front, as such a number. A field that may be
/// absent is the byte 0 if it is absent, and has the byte 1 in front otherwise.
#[derive(Clone, Debug, Default)]
pub struct Checksum {
    records: u64,
    hash: Sha256,
}

/// The result of a [`Checksum`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sum {
    /// How many records were added.
    pub records: u64,
    /// The hash over all of them.
    pub sha256: [u8; 32],
}

impl fmt::Display for Sum {
    /// Writes the first eight bytes in hexadecimal, for people to compare.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = self.sha256.iter().take(8);
        bytes.try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl Checksum {
    /// The sum of no records.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the next field: a number.
    pub fn number(&mut self, number: i64) -> &mut Self {
        self.hash.update(number.to_be_bytes());
        self
    }

    /// Adds the next field: bytes.
    pub fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.hash.update(length.to_be_bytes());
        self.hash.update(bytes);
        self
    }

    /// Adds the next field: a text.
    pub fn text(&mut self, text: &str) -> &mut Self {
        self.bytes(text.as_bytes())
    }

    /// Adds the next field: a moment.
    pub fn moment(&mut self, moment: Timestamp) -> &mut Self {
        self.number(moment.as_millis())
    }

    /// Adds the next field, which may be absent.
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

    /// Adds the next record.
    pub fn record(&mut self, record: &impl Archived) {
        self.records += 1;
        record.add_to(self);
    }

    /// Returns the sum.
    pub fn finish(self) -> Sum {
        Sum {
            records: self.records,
            sha256: self.hash.finalize().into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Email, Epoch, PasswordHash, Record, User, UserName, testing::user};

    fn sum(records: &[Record]) -> Sum {
        let mut checksum = Checksum::new();
        records
            .iter()
            .for_each(|record| record.add_to(&mut checksum));
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

//! A sum over many records, so that the records of two databases can be compared.

use std::{
    fmt,
    hash::{Hash, Hasher},
};

use sha2::{Digest, Sha256};

/// Adds up records, one after the other, to a [`Sum`]. The same records in the same order have the
/// same sum in every engine.
///
/// It is a SHA-256 (FIPS 180-4) over what the records' [`Hash`] writes. Rust may change what that
/// is, so compare only sums of the same program, and store none.
#[derive(Clone, Debug, Default)]
pub struct Checksum {
    records: u64,
    input: Input,
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

    /// Adds the next record.
    pub fn record(&mut self, record: &impl Hash) {
        self.records += 1;
        record.hash(&mut self.input);
    }

    /// Returns the sum.
    pub fn finish(self) -> Sum {
        Sum {
            records: self.records,
            sha256: self.input.0.finalize().into(),
        }
    }
}

/// Gives SHA-256 what a [`Hash`] writes. Numbers have the same bytes on every platform.
#[derive(Clone, Debug, Default)]
struct Input(Sha256);

macro_rules! in_little_endian {
    ($($write:ident($number:ty);)+) => {
        $(fn $write(&mut self, number: $number) {
            self.write(&number.to_le_bytes());
        })+
    };
}

impl Hasher for Input {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    in_little_endian! {
        write_u16(u16);
        write_u32(u32);
        write_u64(u64);
        write_u128(u128);
        write_i16(i16);
        write_i32(i32);
        write_i64(i64);
        write_i128(i128);
    }

    /// A length has eight bytes, whatever the size of a pointer is.
    fn write_usize(&mut self, number: usize) {
        self.write_u64(u64::try_from(number).unwrap_or(u64::MAX));
    }

    fn write_isize(&mut self, number: isize) {
        self.write_i64(i64::try_from(number).unwrap_or(i64::MAX));
    }

    /// Returns the first eight bytes of the hash of the input until now. A [`Checksum`] uses all
    /// bytes instead.
    fn finish(&self) -> u64 {
        let sha256: [u8; 32] = self.0.clone().finalize().into();
        sha256
            .first_chunk()
            .map_or(0, |first| u64::from_le_bytes(*first))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Email, Epoch, PasswordHash, Record, Timestamp, User, UserName, testing::user};

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
        let changes: [fn(&mut User); 11] = [
            |user| user.id = crate::UserId::new(user.created_at),
            |user| {
                user.email = Email::from_stored("ada@example.com".into(), "Ada@example.com".into())
            },
            |user| user.password_hash = None,
            |user| user.password_hash = Some(PasswordHash::from_stored("!!")),
            |user| user.name = Some(UserName::from_stored(String::new())),
            |user| user.verified_at = Some(Timestamp::from_millis(0)),
            |user| user.disabled_at = Some(Timestamp::from_millis(0)),
            |user| user.role = crate::Role::Admin,
            |user| user.approved_at = None,
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
        let sum = |record: &dyn Fn(&mut Checksum)| {
            let mut checksum = Checksum::new();
            record(&mut checksum);
            checksum.finish()
        };
        assert_ne!(
            sum(&|it| it.record(&("ab", "c"))),
            sum(&|it| it.record(&("a", "bc")))
        );
        assert_ne!(
            sum(&|it| it.record(&None::<String>)),
            sum(&|it| it.record(&Some(String::new())))
        );
        assert_ne!(
            sum(&|it| it.record(&(vec![1_u8], vec![2_u8, 3]))),
            sum(&|it| it.record(&(vec![1_u8, 2], vec![3_u8])))
        );
    }

    /// Numbers are in little-endian order, and lengths have eight bytes.
    #[test]
    fn a_number_has_the_same_bytes_on_every_platform() {
        let of = |record: &dyn Fn(&mut Input)| {
            let mut input = Input::default();
            record(&mut input);
            <[u8; 32]>::from(input.0.finalize())
        };
        let bytes = |bytes: &[u8]| <[u8; 32]>::from(Sha256::digest(bytes));
        assert_eq!(of(&|it| it.write_i64(-2)), bytes(&(-2_i64).to_le_bytes()));
        assert_eq!(of(&|it| it.write_u32(7)), bytes(&[7, 0, 0, 0]));
        for length in [of(&|it| it.write_usize(7)), of(&|it| it.write_isize(7))] {
            assert_eq!(length, bytes(&[7, 0, 0, 0, 0, 0, 0, 0]));
        }
    }
}

//! Users as a sign-up makes them.

use guestlist::{Email, Epoch, PasswordHash, Timestamp, User, UserId};

/// Of no password that anybody knows.
const HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// The user of that number.
pub(crate) fn user(number: u64) -> anyhow::Result<User> {
    let now = Timestamp::from_millis(1_800_000_000_000 + i64::try_from(number)?);
    // What differs comes first and in no order, as in life.
    let word = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    Ok(User {
        id: UserId::new(now),
        email: Email::parse(&format!("{word:016x}@example.com"))?,
        password_hash: Some(PasswordHash::parse(HASH)?),
        name: None,
        created_at: now,
        verified_at: None,
        disabled_at: None,
        epoch: Epoch::default(),
        token_epoch: Epoch::default(),
    })
}

/// Another one for each number, around and around.
pub(crate) fn one_of<T>(all: &[T], number: u64) -> &T {
    let count = u64::try_from(all.len()).expect("a length fits");
    &all[usize::try_from(number % count).expect("it is less than a length")]
}

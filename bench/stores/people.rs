//! Users as a sign-up creates them.

use guestlist::{Email, Epoch, PasswordHash, Role, Timestamp, User, UserId};

/// A hash that no known password matches.
const HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Returns the user with this number.
pub(crate) fn user(number: u64) -> anyhow::Result<User> {
    let now = Timestamp::from_millis(1_800_000_000_000 + i64::try_from(number)?);
    // The part that differs is first and not sorted, as in real data.
    let word = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    Ok(User {
        id: UserId::new(now),
        email: Email::parse(&format!("{word:016x}@example.com"))?,
        password_hash: Some(PasswordHash::parse(HASH)?),
        name: None,
        created_at: now,
        verified_at: None,
        disabled_at: None,
        role: Role::Member,
        approved_at: Some(now),
        epoch: Epoch::default(),
        token_epoch: Epoch::default(),
    })
}

/// Returns the item for this number, and starts again after the last.
pub(crate) fn one_of<T>(all: &[T], number: u64) -> &T {
    let count = u64::try_from(all.len()).expect("a length fits");
    &all[usize::try_from(number % count).expect("it is less than a length")]
}

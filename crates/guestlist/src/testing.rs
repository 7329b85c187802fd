//! For tests, ours and yours: the contract of stores, a store in memory, a store that fails on
//! purpose, and a clock that a test sets.

mod clock;
pub mod contract;
mod faulty;
mod memory;
mod service;
mod signatures;

pub use clock::ManualClock;
pub use faulty::{Fault, Faults, Faulty, FaultyStore};
pub use memory::MemoryStore;
pub use service::{free_address, service};
pub use signatures::Signatures;

use std::sync::Arc;

use crate::{
    Clock, Email, Epoch, Guestlist, PasswordCost, PasswordHash, Role, SecretKey, Store,
    SystemClock, User, UserId,
};

/// Parses an e-mail address.
///
/// # Panics
/// If it is invalid.
pub fn email(text: &str) -> Email {
    Email::parse(text).expect("is an address")
}

/// A new user with an unknown password.
pub fn user(address: &str) -> User {
    let now = SystemClock::new().now();
    User {
        id: UserId::new(now),
        email: email(address),
        password_hash: Some(PasswordHash::from_stored("!")),
        name: None,
        created_at: now,
        verified_at: None,
        disabled_at: None,
        role: Role::Member,
        approved_at: Some(now),
        epoch: Epoch::default(),
        token_epoch: Epoch::default(),
    }
}

/// A `Guestlist` over a store in memory, with cheap password hashes.
pub fn guestlist() -> Guestlist {
    guestlist_over(Arc::new(MemoryStore::new()))
}

/// A `Guestlist` over that store, with cheap password hashes and its own secret.
///
/// # Panics
/// If the machine has no threads left.
pub fn guestlist_over(store: Arc<dyn Store>) -> Guestlist {
    let secret = SecretKey::new(UserId::new(SystemClock::new().now()).to_string());
    Guestlist::builder_over(store, secret.expect("36 characters"))
        .password_cost(PasswordCost::for_tests())
        .build()
        .expect("builds")
}

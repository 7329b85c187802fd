//! The door an application can have: accounts, passwords that age well, sessions and access tokens.
//!
//! Everything starts at [`Guestlist`]: it holds a [`Store`] and the rules, one use case a method.
//! This crate knows no HTTP and no database: `guestlist-axum` speaks the one, a crate per engine
//! (`guestlist-sqlite`) the other.

mod guestlist;

mod auth;
mod clock;
mod email;
mod id;
mod identity_cache;
mod imported_user;
mod password;
mod secret_key;
mod session;
mod store;
mod token;
mod user;

#[cfg(feature = "testing")]
pub mod testing;

pub use auth::{
    DeleteUserError, DisableUserError, EnableUserError, IdentifyError, Identity, ImportRehearsal,
    NewPasswordError, SetPasswordError, SignInError, SignOutError, SignUpError, SignedIn,
};
pub use clock::{Clock, SystemClock, Timestamp};
pub use email::{Email, EmailError};
pub use guestlist::{BuildError, Builder, Guestlist};
pub use id::{IdError, SessionId, UserId, new_uuid};
pub use imported_user::ImportedUser;
pub use password::{
    Advice, BreachedListError, BreachedPasswords, BuiltFilter, HashError, HashStanding,
    NoSuchScheme, Password, PasswordCost, PasswordCostError, PasswordError, PasswordHash,
    PasswordPolicy, Scheme, UnreadableHash,
};
pub use secret_key::{SecretKey, SecretKeyError};
pub use session::{Client, Session};
pub use store::{
    Ended, EpochRaise, HashExchange, OnConflict, SessionInsertion, Store, StoreError, UserImport,
    UserInsertion,
};
pub use token::AccessToken;
pub use user::{Epoch, User, UserName, UserNameError};

//! The door an application can have: accounts, passwords that age well, sessions and access tokens.
//!
//! Everything starts at [`Guestlist`]: it holds a [`Store`] and the rules, one use case a method.
//! This crate knows no HTTP and no database: `guestlist-axum` speaks the one, a crate per engine
//! (`guestlist-sqlite`) the other.
//!
//! A door that serves has its [`upkeep`](Guestlist::upkeep) run beside: what is over leaves the store, what was used
//! is noted, and the keys that sign are renewed.

mod guestlist;

mod auth;
mod clock;
mod email;
mod id;
mod identity_cache;
mod imported_user;
mod key;
mod last_seen;
mod lifetimes;
mod log_limit;
mod password;
mod scope;
mod secret_key;
mod session;
mod store;
mod text;
mod token;
mod user;

#[cfg(feature = "testing")]
pub mod testing;

pub use auth::{
    By, ChangeEmailError, ChangeNameError, ChangePasswordError, DeleteUserError, DisableUserError,
    EnableUserError, EndOtherSessionsError, FreshError, IdentifyError, Identity, ImportRehearsal,
    Introspection, KeyStanding, KnownService, ListedKey, MadeToken, MakeTokenError,
    NewPasswordError, OpenSession, ProveError, RefreshError, RetireTokenError, RevokeError,
    RotateKeysError, SetPasswordError, SignInError, SignOutError, SignUpError, SignedIn, Strategy,
    TendKeysError, Upkeep, Wanted,
};
pub use clock::{Clock, SystemClock, Timestamp};
pub use email::{Email, EmailError};
pub use guestlist::{BuildError, Builder, Guestlist};
pub use id::{IdError, SessionId, TokenId, UserId, new_uuid};
pub use imported_user::ImportedUser;
pub use key::Key;
pub use lifetimes::Lifetimes;
pub use log_limit::{LogLimit, Suppressed};
pub use password::{
    Advice, BreachedListError, BreachedPasswords, BuiltFilter, HashError, HashRefusal,
    HashStanding, NoSuchScheme, Password, PasswordCost, PasswordCostError, PasswordError,
    PasswordHash, PasswordPolicy, Scheme, SlowHash, UnreadableHash,
};
pub use scope::{Scope, ScopeError};
pub use secret_key::{SecretKey, SecretKeyError};
pub use session::{Client, Proof, ProofError, Salt, Session};
pub use store::archive::{Archive, Checksum, Record, RecordKind, Sum};
#[doc(hidden)]
pub use store::bounded::bounded_step;
pub use store::pauses::Pauses;
pub use store::queue::{QueueFull, ReadLimits, Turn, Turns};
pub use store::{
    Census, EmailChange, Ended, EpochRaise, Extent, HashExchange, KeyCensus, KeyInsertion,
    NameChange, OnConflict, Rotation, SecretExchange, SessionInsertion, SessionProof,
    SessionRotation, Store, StoreError, TokenInsertion, UserImport, UserInsertion,
};
pub use text::{Unseen, find_unseen, is_blank, without_unseen};
pub use token::{
    AccessToken, Algorithm, FormOf, JwkSet, NoSuchAlgorithm, OpaqueToken, Token, TokenHash,
    TokenKeyId, TokenKind, TokenName, TokenOwner, cut_tokens, holds_token,
};
pub use user::{Epoch, User, UserName, UserNameError};

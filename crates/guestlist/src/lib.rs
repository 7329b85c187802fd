//! Authentication for an application: accounts, passwords whose hashes stay up to date, sessions
//! and access tokens.
//!
//! Start at [`Guestlist`]: it holds a [`Store`] and the rules, and each use case is a method. This
//! crate knows neither HTTP nor databases: `guestlist-axum` adds HTTP, and one crate per engine
//! (such as `guestlist-sqlite`) adds storage.
//!
//! ```
//! use guestlist::{Client, Email, Guestlist, Password, SecretKey, Store, Wanted};
//!
//! async fn first_user(store: impl Store) -> Result<(), Box<dyn std::error::Error>> {
//!     let secret = SecretKey::load_or_create("secret.key")?;
//!     let guestlist = Guestlist::builder(store, secret).build()?;
//!
//!     let email = Email::parse("ada@example.com")?;
//!     let typed = || Password::new("a long exemplary password");
//!     let ada = guestlist.sign_up(email.clone(), typed()).await?;
//!
//!     let client = Client::default();
//!     let signed_in = guestlist.sign_in(Some(&email), typed(), client, Wanted::DATABASE).await?;
//!     let identity = guestlist.identify(signed_in.access_token.expose()).await?;
//!     assert_eq!(identity.user.id, ada.id);
//!     Ok(())
//! }
//! ```
//!
//! Types with the method `as_stored` or `from_stored` have a stored form; only a store uses it.
//! Errors say why an operation was not done, and each case that a caller may handle is a variant.
//!
//! A server runs [`upkeep`](Guestlist::upkeep) in the background: it removes expired records from
//! the store, writes when sessions and tokens were last used, and renews signing keys.

mod guestlist;

mod auth;
mod causes;
mod clock;
mod email;
mod id;
mod identity;
mod identity_cache;
mod imported_user;
mod key;
mod last_seen;
mod lifetimes;
mod log_limit;
mod mail;
mod message;
mod password;
mod scope;
mod secret_key;
mod session;
mod store;
mod text;
mod token;
mod user;
mod wanted;

#[cfg(feature = "testing")]
pub mod testing;

pub use auth::{
    ChangeEmailError, ChangeNameError, ChangePasswordError, CodeTry, DeleteUserError,
    DisableUserError, EnableUserError, EndOtherSessionsError, IdentifyError, ImportRehearsal,
    Introspection, KeyStanding, KnownService, ListedKey, MadeToken, MakeTokenError,
    NewPasswordError, OpenSession, ReauthenticateError, ReauthenticatedError, RefreshError,
    RetireTokenError, RevokeError, RotateKeysError, SentMessages, SetPasswordError, SignInError,
    SignOutError, SignUpError, SignedIn, TendKeysError, Upkeep,
};
pub use causes::causes;
pub use clock::{Clock, SystemClock, Timestamp};
pub use email::{Email, EmailError};
pub use guestlist::{BuildError, Builder, Guestlist};
pub use id::{IdError, MessageId, SessionId, TokenId, UserId, new_uuid};
pub use identity::{By, Identity};
pub use imported_user::ImportedUser;
pub use key::Key;
pub use lifetimes::Lifetimes;
pub use log_limit::{LogLimit, Suppressed};
pub use mail::{DefaultTexts, Mail, MailContent, MailError, MailText, MailTexts, Mailer, Site};
pub use message::{
    CODE_TRIES, Delivery, DeliveryState, DeliveryStateError, LinkEnd, LinkEndError, Message,
    MessageCode, MessageData, MessageKind, MessageKindError, MessageLink, OnRepeat,
};
pub use password::{
    Advice, BreachedListError, BreachedPasswords, BuiltFilter, HashError, HashRefusal,
    HashStanding, NoSuchScheme, Password, PasswordCost, PasswordCostError, PasswordError,
    PasswordHash, PasswordPolicy, Scheme, SlowHash, UnreadableHash,
};
pub use scope::{Scope, ScopeError};
pub use secret_key::{SecretKey, SecretKeyError};
pub use session::{Client, Salt, Session, SignInMethod, SignInMethodError};
pub use store::archive::{ArchiveOf, Archived, Checksum, Sum};
#[doc(hidden)]
pub use store::created_names::names_created_by;
pub use store::operation::{Operation, Wrapper};
pub use store::pauses::Pauses;
pub use store::queue::{QueueFull, ReadLimits, Turn, Turns};
#[doc(hidden)]
pub use store::time_limit::TimeLimited;
pub use store::{
    Archive, Census, CopyMark, EmailChange, Ended, EpochRaise, Extent, HashExchange, KeyCensus,
    KeyInsertion, KeyStore, Maintenance, Marked, MessageFilter, MessageInsertion, MessageStore,
    NameChange, OnConflict, Reauthentication, Record, RecordKind, Rotation, SecretExchange,
    SessionInsertion, SessionRotation, SessionStore, Store, StoreError, TokenInsertion, TokenStore,
    UserImport, UserInsertion, UserStore, operations,
};
pub use text::{Unseen, find_unseen, is_blank, with_commas, without_unseen};
pub use token::{
    AccessToken, Algorithm, FormOf, JwkSet, LinkPurpose, LinkPurposeError, LinkToken,
    NoSuchAlgorithm, OpaqueToken, Token, TokenHash, TokenKeyId, TokenKind, TokenName, TokenOwner,
    cut_tokens, holds_token,
};
pub use user::{Epoch, User, UserName, UserNameError};
pub use wanted::{Strategy, Wanted};

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

mod account_rules;
mod admission;
mod auth;
mod causes;
mod clock;
mod device;
mod email;
mod factor;
mod id;
mod identity;
mod identity_cache;
mod imported_user;
mod invitation;
mod key;
mod last_seen;
mod lifetimes;
mod limit_keys;
mod limits;
mod log_limit;
mod mail;
mod message;
mod network;
mod password;
mod role;
mod scope;
mod secret_key;
mod security_event;
mod session;
mod store;
mod text;
mod token;
mod underway;
mod user;
mod user_filter;
mod wanted;

#[cfg(feature = "testing")]
pub mod testing;

pub use account_rules::AccountRules;
pub use admission::{
    Admission, AdmittedBecause, ShownInvitation, SignUpPolicy, SignUpRefusal, UnknownPolicy,
};
pub use auth::{
    ApproveUserError, ChangeEmailError, ChangeNameError, ChangePasswordError, CodeError, CodeTry,
    ConcealedSignUp, ConfirmEmailChangeError, DeleteUserError, DeviceToken, DisableUserError,
    EmailChangeRequest, EnableUserError, EndOtherSessionsError, FinishSignInError, FirstAdminError,
    IdentifyError, ImportRehearsal, Introspection, KeyStanding, KnownService, LinkError,
    LinkRefusal, ListedKey, MadeInvitation, MadeResetLink, MadeToken, MakeInvitationError,
    MakeResetLinkError, MakeTokenError, NewInvitation, NewPasswordError, NewUser, Notice,
    OpenSession, ReauthenticateError, ReauthenticatedError, RefreshError, Registration,
    RequestVerificationError, ResetPasswordError, RetireTokenError, RevokeError, RotateKeysError,
    SecondFactor, SecondFactorError, SentMessages, SetPasswordError, SetRoleError, SignInError,
    SignOutError, SignUpError, SignedIn, TendKeysError, TotpSetUp, UndoEmailChangeError, Upkeep,
    VerifyEmailError,
};
pub use causes::causes;
pub use clock::{Clock, SystemClock, Timestamp};
pub use device::device_in_words;
pub use email::{Email, EmailError};
pub use factor::{Factor, FactorKind, FactorKindError, RecoveryCodeHash, RecoveryCodes};
pub use guestlist::{BuildError, Builder, Guestlist};
pub use id::{
    FactorId, IdError, InvitationId, MessageId, SecurityEventId, SessionId, TokenId, UserId,
    new_uuid,
};
pub use identity::{By, Identity};
pub use imported_user::ImportedUser;
pub use invitation::Invitation;
pub use key::Key;
pub use lifetimes::Lifetimes;
pub use limits::{Limits, Rate, RetryAfter};
pub use log_limit::{LogLimit, Suppressed};
pub use mail::{DefaultTexts, Mail, MailContent, MailError, MailText, MailTexts, Mailer, Site};
pub use message::{
    CODE_TRIES, Delivery, DeliveryState, DeliveryStateError, EventRemoval, LinkEnd, LinkEndError,
    Message, MessageCode, MessageData, MessageKind, MessageKindError, MessageLink, OnRepeat,
    RemovedEvent,
};
pub use password::{
    Advice, BreachedListError, BreachedPasswords, BuiltFilter, HashError, HashRefusal,
    HashStanding, NoSuchScheme, Password, PasswordCost, PasswordCostError, PasswordError,
    PasswordHash, PasswordPolicy, Scheme, SlowHash, UnreadableHash,
};
pub use role::{Role, UnknownRole};
pub use scope::{Scope, ScopeError};
pub use secret_key::{SecretKey, SecretKeyError};
pub use security_event::{
    Actor, ActorError, EventDetails, EventDetailsError, SecurityEvent, SecurityEventKind,
    SecurityEventKindError, detail,
};
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
    Approval, Archive, Census, CopyMark, EmailChange, EmailRestoration, EmailVerification, Ended,
    EpochRaise, EventBound, EventInsertion, Extent, FactorConfirmation, FactorInsertion,
    FactorStore, FirstAdmin, HashExchange, InvitationStore, KeyCensus, KeyInsertion, KeyStore,
    LimitKey, LimitStore, Maintenance, Marked, MessageFilter, MessageInsertion, MessageStore,
    NameChange, OnConflict, Reauthentication, Record, RecordKind, RecoveryCodeStore,
    RecoveryCodeUse, RecoveryCodesInsertion, Redemption, RoleChange, Rotation, SecretExchange,
    SecurityEventStore, SessionInsertion, SessionRotation, SessionStore, StepUse, Store,
    StoreError, Take, Taking, TokenInsertion, TokenStore, UserImport, UserInsertion, UserStore,
    operations,
};
pub use text::{Unseen, counted, find_unseen, is_blank, with_commas, without_unseen};
pub use token::{
    AccessToken, Algorithm, FormOf, JwkSet, LinkPurpose, LinkPurposeError, LinkToken,
    NoSuchAlgorithm, OpaqueToken, RecoveryCode, SignInChallenge, Token, TokenHash, TokenKeyId,
    TokenKind, TokenName, TokenOwner, TotpSecret, cut_tokens, holds_token,
};
pub use user::{Epoch, User, UserName, UserNameError};
pub use user_filter::{UserFilter, UserSearch, UserSearchError, UserStanding};
pub use wanted::{Strategy, Wanted};

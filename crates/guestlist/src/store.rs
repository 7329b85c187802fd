//! What the library needs of a database, cut by record: each method is one atomic operation, named
//! for its meaning.
//!
//! A store returns what is stored and judges nothing; the rules are in the use cases. How to write
//! a store: implement the trait of each record, then stamp
//! [`store_contract!`](crate::store_contract) onto the store.

pub(crate) mod counters;
pub(crate) mod factors;
pub(crate) mod invitations;
pub(crate) mod keys;
pub(crate) mod maintenance;
pub(crate) mod messages;
pub(crate) mod recovery_codes;
pub(crate) mod security_events;
pub(crate) mod sessions;
pub(crate) mod tokens;
pub(crate) mod users;

pub(crate) mod archive;
pub(crate) mod created_names;
pub(crate) mod error;
pub(crate) mod operation;
pub(crate) mod pauses;
pub(crate) mod queue;
pub(crate) mod time_limit;

use std::fmt;

pub use counters::{LimitKey, LimitStore, Take, Taking};
pub use error::StoreError;
pub use factors::{FactorConfirmation, FactorInsertion, FactorStore, StepUse};
pub use invitations::{InvitationStore, Redemption};
pub use keys::{KeyInsertion, KeyStore};
pub use maintenance::{Census, CopyMark, KeyCensus, Maintenance};
pub use messages::{Marked, MessageFilter, MessageInsertion, MessageStore};
pub use recovery_codes::{RecoveryCodeStore, RecoveryCodeUse, RecoveryCodesInsertion};
pub use security_events::{EventBound, EventInsertion, SecurityEventStore};
pub use sessions::{
    Reauthentication, Rotation, SecretExchange, SessionInsertion, SessionRotation, SessionStore,
};
pub use tokens::{TokenInsertion, TokenStore};
pub use users::{
    Approval, EmailChange, EmailRestoration, EmailVerification, Ended, EpochRaise, Extent,
    FirstAdmin, HashExchange, NameChange, OnConflict, RoleChange, UserImport, UserInsertion,
    UserStore,
};

use crate::{Factor, Invitation, Key, Message, RecoveryCodes, SecurityEvent, Session, Token, User};

/// Everything that the library stores. Every type that implements the trait of each record is a
/// store.
///
/// The library gives up an operation after three seconds and treats it as [`StoreError::Unknown`],
/// except operations whose time grows with the amount of data, such as [`UserStore::import_users`].
/// A store that can tell sooner should.
pub trait Store:
    UserStore
    + SessionStore
    + TokenStore
    + KeyStore
    + LimitStore
    + MessageStore
    + FactorStore
    + RecoveryCodeStore
    + InvitationStore
    + SecurityEventStore
    + Maintenance
{
}

impl<S> Store for S where
    S: UserStore
        + SessionStore
        + TokenStore
        + KeyStore
        + LimitStore
        + MessageStore
        + FactorStore
        + RecoveryCodeStore
        + InvitationStore
        + SecurityEventStore
        + Maintenance
{
}

/// A function for each operation of a [`Store`], with the name of the method. It returns the
/// [operation](crate::Operation). [Wrappers](crate::Wrapper) and their tests use these functions.
pub mod operations {
    use super::{
        FactorStore, InvitationStore, KeyStore, LimitStore, Maintenance, MessageStore,
        RecoveryCodeStore, SecurityEventStore, SessionStore, TokenStore, UserStore,
        operation::Operation,
    };

    pub use super::{
        counters::operation::*, factors::operation::*, invitations::operation::*,
        keys::operation::*, maintenance::operation::*, messages::operation::*,
        recovery_codes::operation::*, security_events::operation::*, sessions::operation::*,
        tokens::operation::*, users::operation::*,
    };

    /// Returns all operations of a store.
    pub fn all() -> impl Iterator<Item = Operation> {
        let records = [
            <dyn UserStore>::OPERATIONS,
            <dyn SessionStore>::OPERATIONS,
            <dyn TokenStore>::OPERATIONS,
            <dyn KeyStore>::OPERATIONS,
            <dyn LimitStore>::OPERATIONS,
            <dyn MessageStore>::OPERATIONS,
            <dyn FactorStore>::OPERATIONS,
            <dyn RecoveryCodeStore>::OPERATIONS,
            <dyn InvitationStore>::OPERATIONS,
            <dyn SecurityEventStore>::OPERATIONS,
            <dyn Maintenance>::OPERATIONS,
        ];
        records.into_iter().flatten().copied()
    }
}

archive::archive_of! {
    /// Users.
    User
    /// Sessions of users.
    Session
    /// Personal access tokens, and the tokens of services.
    Token
    /// Keys that sign tokens.
    Key
    /// Mails, with their links.
    Message
    /// Second factors of users.
    Factor
    /// Recovery codes of users.
    RecoveryCodes
    /// Invitations to sign up.
    Invitation
    /// Events of accounts.
    SecurityEvent
}

impl fmt::Display for RecordKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

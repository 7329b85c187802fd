//! What the library needs of a database, cut by record: each method is one atomic operation, named
//! for its meaning.
//!
//! A store returns what is stored and judges nothing; the rules are in the use cases. How to write
//! a store: implement the trait of each record, then stamp
//! [`store_contract!`](crate::store_contract) onto the store.

pub(crate) mod invitations;
pub(crate) mod keys;
pub(crate) mod maintenance;
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

pub use error::StoreError;
pub use invitations::{InvitationStore, Redemption};
pub use keys::{KeyInsertion, KeyStore};
pub use maintenance::{Census, CopyMark, KeyCensus, Maintenance};
pub use sessions::{
    Reauthentication, Rotation, SecretExchange, SessionInsertion, SessionRotation, SessionStore,
};
pub use tokens::{TokenInsertion, TokenStore};
pub use users::{
    Approval, EmailChange, Ended, EpochRaise, Extent, FirstAdmin, HashExchange, NameChange,
    OnConflict, RoleChange, UserImport, UserInsertion, UserStore,
};

use crate::{Invitation, Key, Session, Token, User};

/// Everything that the library stores. Every type that implements the trait of each record is a
/// store.
///
/// The library gives up an operation after three seconds and treats it as [`StoreError::Unknown`],
/// except operations whose time grows with the amount of data, such as [`UserStore::import_users`].
/// A store that can tell sooner should.
pub trait Store:
    UserStore + SessionStore + TokenStore + KeyStore + InvitationStore + Maintenance
{
}

impl<S: UserStore + SessionStore + TokenStore + KeyStore + InvitationStore + Maintenance> Store
    for S
{
}

/// A function for each operation of a [`Store`], with the name of the method. It returns the
/// [operation](crate::Operation). [Wrappers](crate::Wrapper) and their tests use these functions.
pub mod operations {
    use super::{
        InvitationStore, KeyStore, Maintenance, SessionStore, TokenStore, UserStore,
        operation::Operation,
    };

    pub use super::{
        invitations::operation::*, keys::operation::*, maintenance::operation::*,
        sessions::operation::*, tokens::operation::*, users::operation::*,
    };

    /// Returns all operations of a store.
    pub fn all() -> impl Iterator<Item = Operation> {
        let records = [
            <dyn UserStore>::OPERATIONS,
            <dyn SessionStore>::OPERATIONS,
            <dyn TokenStore>::OPERATIONS,
            <dyn KeyStore>::OPERATIONS,
            <dyn InvitationStore>::OPERATIONS,
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
    /// Invitations to sign up.
    Invitation
}

impl fmt::Display for RecordKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

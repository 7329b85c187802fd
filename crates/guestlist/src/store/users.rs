//! Users in a store.

use super::{StoreError, archive::Archived};
use crate::{
    Email, Epoch, ImportedUser, PasswordHash, Role, Timestamp, User, UserFilter, UserId, UserName,
};

crate::operations! {
    /// The operations on users.
    pub trait UserStore {
        /// Stores a new user, if no user has that e-mail address. The database decides.
        async fn insert_user(&self, user: &User) -> Result<UserInsertion, StoreError>;

        /// Returns the user with that id.
        async fn find_user(&self, id: UserId) -> Result<Option<User>, StoreError>;

        /// Returns the user with that e-mail address, compared by [`Email::key`].
        async fn find_user_by_email(&self, email: &Email) -> Result<Option<User>, StoreError>;

        /// Replaces a password hash by a better hash of the same password, if the stored hash is
        /// the expected one.
        async fn upgrade_password_hash(
            &self,
            user: UserId,
            expected: &PasswordHash,
            new: &PasswordHash,
        ) -> Result<HashExchange, StoreError>;

        /// Sets the user's password and raises both epochs, if the session epoch is the expected
        /// one.
        async fn set_password(
            &self,
            user: UserId,
            expected: Epoch,
            new: &PasswordHash,
        ) -> Result<EpochRaise, StoreError>;

        /// Sets the user's e-mail address, if the session epoch is the expected one. The same
        /// operation notes that the new address was verified at `verified_at`. With `None` it is
        /// unverified, but another spelling of the same address stays verified. A unique index
        /// decides whether the address is taken.
        async fn set_email(
            &self,
            user: UserId,
            expected: Epoch,
            new: &Email,
            verified_at: Option<Timestamp>,
        ) -> Result<EmailChange, StoreError>;

        /// Notes that the user's address was verified at `now`, if it is still that one.
        async fn verify_email(
            &self,
            user: UserId,
            email: &Email,
            now: Timestamp,
        ) -> Result<EmailVerification, StoreError>;

        /// Sets the e-mail address back to an earlier one after a change that the owner did not
        /// want, verified at `now`. The same operation removes the password and raises both epochs,
        /// whatever they are. A unique index decides whether the address is taken.
        async fn restore_email(
            &self,
            user: UserId,
            email: &Email,
            now: Timestamp,
        ) -> Result<EmailRestoration, StoreError>;

        /// Sets or removes the user's name, if the session epoch is the expected one.
        async fn set_name(
            &self,
            user: UserId,
            expected: Epoch,
            new: Option<&UserName>,
        ) -> Result<NameChange, StoreError>;

        /// Disables the user and raises both epochs. Returns the new session epoch, or `None` if
        /// the user does not exist.
        async fn disable_user(
            &self,
            user: UserId,
            now: Timestamp,
        ) -> Result<Option<Epoch>, StoreError>;

        /// Enables the user. The epochs stay, so ended sessions and tokens stay ended. Returns the
        /// session epoch, or `None` if the user does not exist.
        async fn enable_user(&self, user: UserId) -> Result<Option<Epoch>, StoreError>;

        /// Sets the user's role. The epochs stay, so sessions and tokens stay valid.
        async fn set_role(&self, user: UserId, role: Role) -> Result<RoleChange, StoreError>;

        /// Sets when the user was approved, unless the user is approved already.
        async fn approve_user(
            &self,
            user: UserId,
            now: Timestamp,
        ) -> Result<Approval, StoreError>;

        /// Whether there is an administrator who is not disabled.
        async fn has_admin(&self) -> Result<bool, StoreError>;

        /// Makes an enabled user an approved administrator, if there is no administrator who is
        /// not disabled. Of several such calls at the same time, one succeeds.
        async fn make_first_admin(
            &self,
            user: UserId,
            now: Timestamp,
        ) -> Result<FirstAdmin, StoreError>;

        /// Returns up to `limit` users in the order of their ids. The list begins after the id
        /// `after`, or at the beginning of the order if `after` is `None`.
        async fn list_users(
            &self,
            after: Option<UserId>,
            limit: u32,
        ) -> Result<Vec<User>, StoreError>;

        /// Returns up to `limit` users who match the filter, in the order of their ids. The list
        /// begins after the id `after`, or at the beginning of the order if `after` is `None`.
        /// [`UserFilter::matches`] says who matches.
        async fn find_users(
            &self,
            filter: &UserFilter,
            after: Option<UserId>,
            limit: u32,
        ) -> Result<Vec<User>, StoreError>;

        /// Imports users of another system. Returns the outcome of each row, in their order.
        ///
        /// Each row is one atomic operation, and rows are imported one after the other. After an
        /// error an unknown number of the first rows is imported; importing all of them again is
        /// safe.
        ///
        /// The database's unique indexes decide whether an address or id is taken. With
        /// [`OnConflict::Update`], the row's values replace stored values that differ; a new
        /// password hash, and disabling an enabled user, raise both epochs. With
        /// [`OnConflict::Fail`], the import stops at the first taken address, whose
        /// [`UserImport::EmailTaken`] is the last outcome.
        #[takes(long)]
        async fn import_users(
            &self,
            users: &[ImportedUser],
            on_conflict: OnConflict,
        ) -> Result<Vec<UserImport>, StoreError>;

        /// Ends all sessions of the user by raising the session epoch, if that epoch is the
        /// expected one. With [`Extent::SessionsAndTokens`], the same operation raises the epoch of
        /// personal access tokens.
        async fn end_sessions_of(
            &self,
            user: UserId,
            expected: Epoch,
            extent: Extent,
        ) -> Result<EpochRaise, StoreError>;

        /// Raises both epochs of up to `limit` users in the order of their ids. Begins after the id
        /// `after`, or with the smallest id if `after` is `None`. Returns the ids of these users in
        /// the same order, or an empty list if there are no more users. Each user is an atomic
        /// operation of its own. After an error some of them may be done; repeating the call is
        /// safe.
        #[takes(long)]
        async fn end_everything(
            &self,
            after: Option<UserId>,
            limit: u32,
        ) -> Result<Vec<UserId>, StoreError>;

        /// Deletes the user and all of the user's sessions and tokens.
        async fn delete_user(&self, user: UserId) -> Result<Ended, StoreError>;
    }
}

/// The outcome of [`UserStore::insert_user`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserInsertion {
    /// The user is stored.
    Done,
    /// Another user has that address; nothing was changed.
    Taken,
}

/// The outcome of [`UserStore::upgrade_password_hash`] and
/// [`TokenStore::rehash_token`](super::TokenStore::rehash_token).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HashExchange {
    /// The new hash is stored.
    Replaced,
    /// The stored hash is another one, or the user or token does not exist; nothing was changed.
    Stale,
}

/// The outcome of [`UserStore::set_password`] and [`UserStore::end_sessions_of`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EpochRaise {
    /// It is done, and this is the new session epoch.
    Raised(Epoch),
    /// The epoch is another one, or the user does not exist; nothing was changed.
    Stale,
}

/// The outcome of [`UserStore::verify_email`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmailVerification {
    /// The address is verified.
    Verified,
    /// The user has another address, or does not exist; nothing was changed.
    Stale,
}

/// The outcome of [`UserStore::restore_email`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmailRestoration {
    /// The address is back, and this is the new session epoch.
    Restored(Epoch),
    /// Another user has that address; nothing was changed.
    Taken,
    /// The user does not exist.
    Gone,
}

/// The outcome of [`UserStore::set_email`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmailChange {
    /// The address is stored.
    Changed,
    /// Another user has the address; nothing was changed.
    Taken,
    /// The epoch is another one, or the user does not exist; nothing was changed.
    Stale,
}

/// The outcome of [`UserStore::set_name`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameChange {
    /// The name is stored.
    Changed,
    /// The epoch is another one, or the user does not exist; nothing was changed.
    Stale,
}

/// The outcome of [`UserStore::set_role`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoleChange {
    /// The user has the role now.
    Done,
    /// The user does not exist.
    UserGone,
}

/// The outcome of [`UserStore::approve_user`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Approval {
    /// The user is approved now.
    Now,
    /// The user was approved already; nothing was changed.
    Before,
    /// The user does not exist.
    UserGone,
}

/// The outcome of [`UserStore::make_first_admin`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FirstAdmin {
    /// The user is the administrator now.
    Done,
    /// There is an administrator already; nothing was changed.
    Exists,
    /// The user does not exist or is disabled; nothing was changed.
    UserGone,
}

/// What [`UserStore::import_users`] does with an address that a stored user has already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnConflict {
    /// Leaves the stored user unchanged.
    Skip,
    /// Stores the row's values.
    Update,
    /// Stops.
    Fail,
}

/// The outcome of one row of [`UserStore::import_users`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserImport {
    /// The user is new here.
    Inserted,
    /// This user had the address already, and now has the row's values.
    Updated(UserId),
    /// A user has the address and the row's values already; nothing was changed.
    Unchanged,
    /// A user has the address already and was to be left unchanged.
    Skipped,
    /// A user has the address already, and the import was to stop; nothing was changed.
    EmailTaken,
    /// A user with another address has the id; nothing was changed, whatever the policy.
    IdTaken,
    /// One try of the password hash would cost too much; nothing was changed. No store returns
    /// this: [`Guestlist::import_users`](crate::Guestlist::import_users) does.
    SlowHash,
}

/// How much [`UserStore::end_sessions_of`] ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// All sessions. Personal access tokens stay valid.
    Sessions,
    /// All sessions and all personal access tokens.
    SessionsAndTokens,
}

/// The outcome of an operation that ends or deletes a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The record existed and is gone.
    Now,
    /// The record did not exist.
    Before,
}

impl Archived for User {
    const PLURAL: &'static str = "users";

    fn archive_id(&self) -> String {
        self.id.to_string()
    }
}

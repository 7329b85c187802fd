//! What the door needs of a database: each method is one atomic step, named for its meaning.
//!
//! A store returns what is stored and judges nothing; the rules are in the use cases. How to write
//! one: implement [`Store`], then stamp [`store_contract!`](crate::store_contract) onto it.

pub(crate) mod archive;
pub(crate) mod bounded;
pub(crate) mod pauses;
pub(crate) mod queue;
pub(crate) mod steps;

use std::{error::Error, fmt};

use async_trait::async_trait;

use crate::{
    Client, Email, Epoch, ImportedUser, Key, PasswordHash, Session, SessionId, Timestamp, Token,
    TokenHash, TokenId, TokenKeyId, User, UserId, UserName,
};

/// The promises of the door's store. The same ones hold for every engine.
///
/// A door gives a step up after three seconds and takes it for [`StoreError::Unknown`], but for what has much to do:
/// [`import_users`](Self::import_users), [`end_everything`](Self::end_everything), [`sweep`](Self::sweep),
/// [`census`](Self::census) and [`census_of_key`](Self::census_of_key). A store that can tell sooner should.
#[async_trait]
pub trait Store: fmt::Debug + Send + Sync + 'static {
    /// Keeps a new user, unless somebody has that e-mail address already. The database decides.
    async fn insert_user(&self, user: &User) -> Result<UserInsertion, StoreError>;

    /// The user of that id.
    async fn find_user(&self, id: UserId) -> Result<Option<User>, StoreError>;

    /// The user with that e-mail address, compared by [`Email::key`].
    async fn find_user_by_email(&self, email: &Email) -> Result<Option<User>, StoreError>;

    /// Replaces a hash by a better one of the same password, if it still is the expected one.
    async fn upgrade_password_hash(
        &self,
        user: UserId,
        expected: &PasswordHash,
        new: &PasswordHash,
    ) -> Result<HashExchange, StoreError>;

    /// Gives the user another password and raises both epochs, in one step, if the epoch of sessions
    /// still is the expected one.
    async fn set_password(
        &self,
        user: UserId,
        expected: Epoch,
        new: &PasswordHash,
    ) -> Result<EpochRaise, StoreError>;

    /// Gives the user another e-mail address, which nobody has verified, in one step, if the epoch of
    /// sessions still is the expected one; another spelling of the same address stays verified. The
    /// database's unique index decides what is taken.
    async fn set_email(
        &self,
        user: UserId,
        expected: Epoch,
        new: &Email,
    ) -> Result<EmailChange, StoreError>;

    /// Gives the user another name or none, in one step, if the epoch of sessions still is the expected
    /// one.
    async fn set_name(
        &self,
        user: UserId,
        expected: Epoch,
        new: Option<&UserName>,
    ) -> Result<NameChange, StoreError>;

    /// Keeps the user out and raises both epochs, in one step. The new epoch of sessions, or none
    /// without such a user.
    async fn disable_user(&self, user: UserId, now: Timestamp)
    -> Result<Option<Epoch>, StoreError>;

    /// Lets the user in again. The epochs stay, so what was ended stays ended; that of sessions is
    /// returned, or none without such a user.
    async fn enable_user(&self, user: UserId) -> Result<Option<Epoch>, StoreError>;

    /// Up to `limit` users in the order of their ids: the first ones, or those after that id.
    async fn list_users(&self, after: Option<UserId>, limit: u32) -> Result<Vec<User>, StoreError>;

    /// Takes in users of another system: what became of each, in their order.
    ///
    /// A row is one atomic step, and rows are done one after the other. After an error nothing is
    /// known but that the rows that were done are the first ones; to do them all again is safe.
    ///
    /// The database's unique indexes decide what is taken. With [`OnConflict::Update`], what a row
    /// says replaces what is kept, where that differs; another password hash, and disabling
    /// somebody who was not, raise both epochs. With [`OnConflict::Fail`], nothing is done after the
    /// first address that is taken, whose [`UserImport::EmailTaken`] is the last outcome.
    async fn import_users(
        &self,
        users: &[ImportedUser],
        on_conflict: OnConflict,
    ) -> Result<Vec<UserImport>, StoreError>;

    /// Ends all sessions of the user by raising their epoch, if it still is the expected one. With
    /// [`Extent::SessionsAndTokens`], the same step raises the epoch of personal tokens, too.
    async fn end_sessions_of(
        &self,
        user: UserId,
        expected: Epoch,
        extent: Extent,
    ) -> Result<EpochRaise, StoreError>;

    /// Raises both epochs of up to `limit` users in the order of their ids: the first ones, or those after that id. Their
    /// ids, in that order; none if there are no more users. Each user is a step of its own. After an error some of them may
    /// be done; to do them again is safe.
    async fn end_everything(
        &self,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Vec<UserId>, StoreError>;

    /// Deletes the user and all sessions and tokens.
    async fn delete_user(&self, user: UserId) -> Result<Ended, StoreError>;

    /// Keeps a new session, if its user exists, and ends other sessions of the user if there would be more than
    /// `quota` of them.
    ///
    /// Of the others, the oldest `2 * quota` by id are looked at. Those go first that
    /// [`Session::order_of_ending`] puts first. A user who has more sessions, from before there was a quota, loses
    /// `quota + 1` of them at each sign-in until the quota holds. Insertions that race may leave a few too many,
    /// which the next one ends.
    async fn insert_session(
        &self,
        session: &Session,
        quota: u32,
    ) -> Result<SessionInsertion, StoreError>;

    /// The session of that id together with its user, dead or alive. Who reads the two apart reads the session
    /// first: an epoch never goes back, so that what lives by a user read later lived then.
    async fn find_session(&self, id: SessionId) -> Result<Option<(Session, User)>, StoreError>;

    /// Up to `limit` sessions of the user, dead or alive, in the order of their ids: the first ones,
    /// or those after that id.
    async fn list_sessions(
        &self,
        user: UserId,
        after: Option<SessionId>,
        limit: u32,
    ) -> Result<Vec<Session>, StoreError>;

    /// Lets what is given follow what opens the session, in one step, if its generation still is the
    /// expected one: the generation rises by one, it has no retries, and it was refreshed and last seen at
    /// that moment.
    async fn rotate_session(
        &self,
        id: SessionId,
        expected_generation: u32,
        successor: &Rotation,
        now: Timestamp,
    ) -> Result<SessionRotation, StoreError>;

    /// One more [`Session::retries`], if the session has that generation; how many there are by now. None if it has another
    /// generation, or is gone.
    async fn count_retry(&self, id: SessionId, generation: u32) -> Result<Option<u32>, StoreError>;

    /// The password was proven at that moment. With an exchange the session is opened by another
    /// token from then on. All or nothing: only in the expected epoch, and from the expected token.
    async fn prove_session(
        &self,
        id: SessionId,
        expected: Epoch,
        now: Timestamp,
        exchange: Option<&SecretExchange>,
    ) -> Result<SessionProof, StoreError>;

    /// Those sessions were last seen then; one that was seen later, or is gone, is left alone. Each
    /// is a step of its own.
    async fn touch_sessions(&self, seen: &[(SessionId, Timestamp)]) -> Result<(), StoreError>;

    /// Ends one session.
    async fn end_session(&self, id: SessionId) -> Result<Ended, StoreError>;

    /// Keeps a new token, if its owner exists (a service always does) and has fewer than `quota` tokens. A service
    /// has no quota.
    ///
    /// If the user has `quota` tokens, those that expired at the new one's `created_at` or before, and those of an
    /// earlier token epoch, are removed first. Of insertions that race for the last places, some may be refused
    /// although there was room; never are more kept than `quota`.
    async fn insert_token(&self, token: &Token, quota: u32) -> Result<TokenInsertion, StoreError>;

    /// The token of that id, dead or alive, together with the user who owns it, if one does.
    async fn find_token(&self, id: TokenId) -> Result<Option<(Token, Option<User>)>, StoreError>;

    /// Up to `limit` tokens of that user, or of all services where none is given, dead or alive, in
    /// the order of their ids: the first ones, or those after that id.
    async fn list_tokens(
        &self,
        user: Option<UserId>,
        after: Option<TokenId>,
        limit: u32,
    ) -> Result<Vec<Token>, StoreError>;

    /// Those tokens were last used then, as [`touch_sessions`](Self::touch_sessions) does it.
    async fn touch_tokens(&self, used: &[(TokenId, Timestamp)]) -> Result<(), StoreError>;

    /// Replaces the hash of a token by another one of the same token, if it still is the expected one.
    async fn rehash_token(
        &self,
        id: TokenId,
        expected: &TokenHash,
        new: &TokenHash,
    ) -> Result<HashExchange, StoreError>;

    /// Removes a token of that user, or of a service where none is given; nobody else's.
    async fn retire_token(&self, user: Option<UserId>, id: TokenId) -> Result<Ended, StoreError>;

    /// Keeps a new key, unless there is one of that name.
    async fn insert_key(&self, key: &Key) -> Result<KeyInsertion, StoreError>;

    /// All keys, in the order in which they were made, then by name.
    async fn list_keys(&self) -> Result<Vec<Key>, StoreError>;

    /// Lets a key sign and verify until then, where that is earlier than what is kept; the key as it
    /// is now, or none of that name.
    async fn retire_key(
        &self,
        kid: &str,
        signs_until: Timestamp,
        verifies_until: Timestamp,
    ) -> Result<Option<Key>, StoreError>;

    /// Removes up to `limit` sessions and tokens that expired, and keys that verify nothing since,
    /// before that moment; how many went.
    async fn sweep(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError>;

    /// Counts what is kept, and what [`sweep`](Self::sweep) would remove then, at one moment. For an
    /// operator who asks: it may take as long as there is much to count.
    async fn census(&self, before: Timestamp) -> Result<Census, StoreError>;

    /// Counts what is stored under that key, dead or alive. For an operator who asks.
    async fn census_of_key(&self, key: TokenKeyId) -> Result<KeyCensus, StoreError>;

    /// Answers if the database does.
    async fn ready(&self) -> Result<(), StoreError>;
}

/// What became of [`Store::insert_user`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserInsertion {
    /// The user is kept.
    Done,
    /// Somebody else has that address; nothing was changed.
    EmailTaken,
}

/// What became of [`Store::upgrade_password_hash`] or [`Store::rehash_token`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HashExchange {
    /// The new hash is kept.
    Replaced,
    /// Another hash is there, or the user or token is gone; nothing was changed.
    SomebodyWasFaster,
}

/// What became of [`Store::set_password`] or [`Store::end_sessions_of`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EpochRaise {
    /// It is done, and that is the new epoch.
    Raised(Epoch),
    /// The epoch is another one, or the user is gone; nothing was changed.
    SomebodyWasFaster,
}

/// What became of [`Store::set_email`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmailChange {
    /// It is kept.
    Changed,
    /// Another user has the address; nothing was changed.
    EmailTaken,
    /// The epoch is another one, or the user is gone; nothing was changed.
    SomebodyWasFaster,
}

/// What became of [`Store::set_name`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameChange {
    /// It is kept.
    Changed,
    /// The epoch is another one, or the user is gone; nothing was changed.
    SomebodyWasFaster,
}

/// What [`Store::import_users`] does with an address that somebody here has already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnConflict {
    /// Leaves the user as it is.
    Skip,
    /// Takes over what the row says.
    Update,
    /// Stops.
    Fail,
}

/// What became of one row of [`Store::import_users`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserImport {
    /// The user is new here.
    Inserted,
    /// That user had the address already, and now is as the row says.
    Updated(UserId),
    /// A user has the address already and is as the row says; nothing was changed.
    Unchanged,
    /// A user has the address already and was to be left alone; nothing was changed.
    Skipped,
    /// A user has the address already, and this was to stop; nothing was changed.
    EmailTaken,
    /// A user with another address has the id; nothing was changed, whatever the policy.
    IdTaken,
    /// One try of the password hash would cost too much; nothing was changed.
    /// [`Guestlist::import_users`](crate::Guestlist::import_users) says so, and no store does.
    SlowHash,
}

/// What became of [`Store::insert_session`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionInsertion {
    /// The session is kept.
    Done {
        /// The sessions that were ended because the user had too many.
        ended: Vec<SessionId>,
    },
    /// There is no such user (any more); nothing was changed.
    UserGone,
}

/// How much [`Store::end_sessions_of`] ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// All sessions. Personal tokens stay.
    Sessions,
    /// All sessions and all personal tokens.
    SessionsAndTokens,
}

/// What opens a session after [`Store::rotate_session`], and who refreshed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotation {
    /// Of the refresh token.
    pub refresh_hash: TokenHash,
    /// Of the opaque access token, if the session has one.
    pub secret_hash: Option<TokenHash>,
    /// From when on that one opens nothing.
    pub secret_expires_at: Option<Timestamp>,
    /// Where the refresh came from.
    pub client: Client,
}

/// What became of [`Store::rotate_session`].
#[derive(Clone, Debug)]
pub enum SessionRotation {
    /// It is done.
    Rotated,
    /// The generation is another one; nothing was changed, and that is what stands.
    SomebodyWasFaster(Box<(Session, User)>),
    /// There is no such session (any more).
    Gone,
}

/// What opens a session from [`Store::prove_session`] on, in place of what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecretExchange {
    /// Of the token that opens it now.
    pub expected: TokenHash,
    /// Of the token that shall.
    pub new: TokenHash,
}

/// What became of [`Store::prove_session`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionProof {
    /// It is kept.
    Proven,
    /// The epoch or the token is another one, or the session is gone; nothing was changed.
    SomebodyWasFaster,
}

/// What became of [`Store::insert_token`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenInsertion {
    /// The token is kept.
    Done,
    /// The user has as many tokens as the quota allows; the token was not kept.
    QuotaReached,
    /// There is no such user (any more); nothing was changed.
    UserGone,
}

/// What became of [`Store::insert_key`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyInsertion {
    /// The key is kept.
    Done,
    /// There is a key of that name; nothing was changed.
    KidTaken,
}

/// How many records there are, dead or alive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Census {
    /// Sessions.
    pub sessions: u64,
    /// Tokens of users.
    pub personal_tokens: u64,
    /// Tokens of services.
    pub service_tokens: u64,
    /// Keys that sign tokens.
    pub keys: u64,
    /// Of all these, those that are over and wait for the sweep.
    pub over: u64,
}

/// How many records are stored under one key, dead or alive: see [`TokenKeyId`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeyCensus {
    /// Sessions of which a token is stored under it.
    pub sessions: u64,
    /// Tokens of users.
    pub personal_tokens: u64,
    /// Tokens of services.
    pub service_tokens: u64,
}

/// What became of something that was to be ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It was there and is gone.
    Now,
    /// It was not there.
    Before,
}

/// The store could not do what was asked. Nobody is let in on it.
#[derive(Debug)]
pub enum StoreError {
    /// It was not done.
    Failed(Box<dyn Error + Send + Sync>),
    /// It may or may not have been done: the answer got lost after the question was sent.
    Unknown(Box<dyn Error + Send + Sync>),
}

impl StoreError {
    /// A step that was not done, and why.
    pub fn failed(why: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Failed(why.into())
    }

    /// A step that may have been done, and why that is not known.
    pub fn unknown(why: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Unknown(why.into())
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(_) => f.write_str("the store failed"),
            Self::Unknown(_) => f.write_str("the store's answer got lost"),
        }
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Failed(why) | Self::Unknown(why) => Some(why.as_ref()),
        }
    }
}

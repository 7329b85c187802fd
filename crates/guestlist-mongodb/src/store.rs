//! The promises of the door's store, each kept by one operation on one document.
//!
//! A user's document decides: a session or token is found with its user, and without one it opens nothing. So
//! what a deletion leaves behind, because it was interrupted or somebody signed in just then, is dead, and goes when it
//! expires.

use async_trait::async_trait;
use guestlist::{
    Census, Email, EmailChange, Ended, Epoch, EpochRaise, Extent, HashExchange, ImportedUser, Key,
    KeyCensus, KeyInsertion, NameChange, OnConflict, PasswordHash, Rotation, SecretExchange,
    Session, SessionId, SessionInsertion, SessionProof, SessionRotation, Store, StoreError,
    Timestamp, Token, TokenHash, TokenId, TokenInsertion, TokenKeyId, User, UserId, UserImport,
    UserInsertion, UserName,
};
use mongodb::bson::{Bson, Document, doc};

use crate::{
    Database, Insertion, OpenError, Records,
    document::{self, CopyDocument, KeyDocument, SessionDocument, TokenDocument, UserDocument},
    failure,
    filter::{after_id, expired, id, id_or_email, verifies_nothing},
    import, indexes,
    records::UniqueUpdate,
};

/// So many documents are removed at once when the collections are brought up to date.
const BATCH: u64 = 1_000;
/// What the schema of these collections is called.
const PART: &str = "guestlist";
/// So often somebody may leave just then whose address or id a new user wants.
const TRIES: u32 = 5;

/// The door's store in a database of MongoDB.
#[derive(Clone, Debug)]
pub struct MongodbStore {
    pub(crate) users: Records<UserDocument>,
    pub(crate) sessions: Records<SessionDocument>,
    pub(crate) tokens: Records<TokenDocument>,
    pub(crate) keys: Records<KeyDocument>,
    pub(crate) copies: Records<CopyDocument>,
}

impl MongodbStore {
    /// Opens the database of that URL and makes its indexes where they are not there.
    pub async fn open(url: &str) -> Result<Self, OpenError> {
        Self::over(Database::open(url).await?).await
    }

    /// Whether a store has been made in this database. It changes nothing.
    ///
    /// # Errors
    ///
    /// If the server does not answer.
    pub async fn is_in(database: &Database) -> Result<bool, OpenError> {
        Ok(database.version_of(PART).await? > 0)
    }

    /// The same in a database that is open already.
    pub async fn over(database: Database) -> Result<Self, OpenError> {
        let store = Self {
            users: database.records("users"),
            sessions: database.records("sessions"),
            tokens: database.records("tokens"),
            keys: database.records("keys"),
            copies: database.records("guestlist_copies"),
        };
        let collections = ["users", "sessions", "tokens", "keys"];
        database.refuse_other_documents(PART, &collections).await?;
        if (1..2).contains(&database.version_of(PART).await?) {
            store.end_what_is_not_keyed().await?;
        }
        database
            .migrate(PART, indexes::VERSION, indexes::all())
            .await?;
        Ok(store)
    }

    /// The hash of a token is under a key of the installation's secret since the second version. What was stored before
    /// is no such hash: these sessions and tokens end. Another node that did this already may have new ones meanwhile,
    /// which stay.
    async fn end_what_is_not_keyed(&self) -> Result<(), OpenError> {
        let failed = |collection| move |source| OpenError::Documents { collection, source };
        let earlier = doc! { "retries": { "$exists": false } };
        delete_in_batches(&self.sessions, earlier)
            .await
            .map_err(failed("sessions"))?;
        // Binary data is compared by its length first.
        let least = TokenHash::from_stored(&[]);
        let earlier = doc! { "hash": { "$lt": document::hash(&least) } };
        delete_in_batches(&self.tokens, earlier)
            .await
            .map_err(failed("tokens"))
    }

    async fn is_there(&self, user: UserId) -> Result<bool, StoreError> {
        Ok(self.users.find(id(&user)).await?.is_some())
    }

    /// Ends sessions of the new one's user until no more than `quota` are left, and returns which.
    async fn end_sessions_over_quota(
        &self,
        new: &Session,
        quota: u32,
    ) -> Result<Vec<SessionId>, StoreError> {
        let mut others = self
            .list_sessions(new.user_id, None, quota.saturating_mul(2).saturating_add(1))
            .await?;
        others.retain(|other| other.id != new.id);
        let window = usize::try_from(quota)
            .unwrap_or(usize::MAX)
            .saturating_mul(2);
        others.truncate(window);
        others.sort_by_key(|other| other.order_of_ending(new));
        let quota = usize::try_from(quota).unwrap_or(usize::MAX);
        others.truncate((others.len() + 1).saturating_sub(quota));
        let ended: Vec<_> = others.iter().map(|other| other.id).collect();
        let ids: Vec<_> = ended.iter().map(ToString::to_string).collect();
        let theirs = doc! { "_id": { "$in": ids }, "user": new.user_id.to_string() };
        self.sessions.delete_all(theirs).await?;
        Ok(ended)
    }

    /// The epoch after a change that only somebody who knew it could make.
    async fn raise(
        &self,
        user: UserId,
        expected: Epoch,
        change: Document,
    ) -> Result<EpochRaise, StoreError> {
        let filter = doc! { "_id": user.to_string(), "epoch": expected.0 };
        Ok(match self.users.update(filter, change).await? {
            true => EpochRaise::Raised(expected.next()),
            false => EpochRaise::SomebodyWasFaster,
        })
    }

    /// The epoch before a change, if there is such a user.
    async fn change(&self, user: UserId, change: Document) -> Result<Option<Epoch>, StoreError> {
        let changed = self.users.find_and_update(id(&user), change).await?;
        Ok(changed.map(|user| Epoch(user.epoch)))
    }
}

#[async_trait]
impl Store for MongodbStore {
    async fn insert_user(&self, user: &User) -> Result<UserInsertion, StoreError> {
        for _ in 0..TRIES {
            let insertion = self
                .users
                .insert(user.into(), id_or_email(&user.id, &user.email));
            if insertion.await? == Insertion::Done {
                return Ok(UserInsertion::Done);
            }
            if self.find_user_by_email(&user.email).await?.is_some() {
                return Ok(UserInsertion::EmailTaken);
            }
            if self.is_there(user.id).await? {
                return Err(StoreError::failed("another user has that id"));
            }
            // Whoever had one of them has left in between.
        }
        Err(StoreError::failed(
            "a unique index that is not guestlist's keeps the user out",
        ))
    }

    async fn find_user(&self, user: UserId) -> Result<Option<User>, StoreError> {
        let found = self.users.find(id(&user)).await?;
        found.map(User::try_from).transpose()
    }

    async fn find_user_by_email(&self, email: &Email) -> Result<Option<User>, StoreError> {
        let found = self.users.find(doc! { "email": email.key() }).await?;
        found.map(User::try_from).transpose()
    }

    async fn upgrade_password_hash(
        &self,
        user: UserId,
        expected: &PasswordHash,
        new: &PasswordHash,
    ) -> Result<HashExchange, StoreError> {
        let filter = doc! { "_id": user.to_string(), "password": expected.as_stored() };
        let change = doc! { "$set": { "password": new.as_stored() } };
        Ok(match self.users.update(filter, change).await? {
            true => HashExchange::Replaced,
            false => HashExchange::SomebodyWasFaster,
        })
    }

    async fn set_password(
        &self,
        user: UserId,
        expected: Epoch,
        new: &PasswordHash,
    ) -> Result<EpochRaise, StoreError> {
        let change = doc! {
            "$set": { "password": new.as_stored() },
            "$inc": { "epoch": 1_i64, "token_epoch": 1_i64 },
        };
        self.raise(user, expected, change).await
    }

    /// Whether it is another address, or another spelling of the same one, is looked up first; the change is made only
    /// if the address still is what was seen.
    async fn set_email(
        &self,
        user: UserId,
        expected: Epoch,
        new: &Email,
    ) -> Result<EmailChange, StoreError> {
        for _ in 0..TRIES {
            let found = self.users.find(id(&user)).await?;
            let Some(seen) = found.filter(|user| user.epoch == expected.0) else {
                return Ok(EmailChange::SomebodyWasFaster);
            };
            let mut change =
                doc! { "$set": { "email": new.key(), "email_as_given": new.as_given() } };
            if seen.email != new.key() {
                change.insert("$unset", doc! { "verified_at": "" });
            }
            let filter = doc! { "_id": user.to_string(), "epoch": expected.0, "email": seen.email };
            let rivals = doc! { "email": new.key(), "_id": { "$ne": user.to_string() } };
            match self.users.update_unique(filter, change, rivals).await? {
                UniqueUpdate::Done => return Ok(EmailChange::Changed),
                UniqueUpdate::Taken => return Ok(EmailChange::EmailTaken),
                // Somebody changed the address or raised the epoch in between.
                UniqueUpdate::None => {}
            }
        }
        Ok(EmailChange::SomebodyWasFaster)
    }

    async fn set_name(
        &self,
        user: UserId,
        expected: Epoch,
        new: Option<&UserName>,
    ) -> Result<NameChange, StoreError> {
        let change = match new {
            Some(name) => doc! { "$set": { "name": name.as_str() } },
            None => doc! { "$unset": { "name": "" } },
        };
        let filter = doc! { "_id": user.to_string(), "epoch": expected.0 };
        Ok(match self.users.update(filter, change).await? {
            true => NameChange::Changed,
            false => NameChange::SomebodyWasFaster,
        })
    }

    async fn disable_user(
        &self,
        user: UserId,
        now: Timestamp,
    ) -> Result<Option<Epoch>, StoreError> {
        let change = doc! {
            "$set": { "disabled_at": now.as_millis() },
            "$inc": { "epoch": 1_i64, "token_epoch": 1_i64 },
        };
        let before = self.change(user, change).await?;
        Ok(before.map(Epoch::next))
    }

    async fn enable_user(&self, user: UserId) -> Result<Option<Epoch>, StoreError> {
        let change = doc! { "$unset": { "disabled_at": "" } };
        self.change(user, change).await
    }

    async fn list_users(&self, after: Option<UserId>, limit: u32) -> Result<Vec<User>, StoreError> {
        let filter = after_id(doc! {}, after);
        let users = self.users.list(filter, doc! { "_id": 1 }, limit).await?;
        users.into_iter().map(User::try_from).collect()
    }

    async fn import_users(
        &self,
        users: &[ImportedUser],
        on_conflict: OnConflict,
    ) -> Result<Vec<UserImport>, StoreError> {
        import::users(&self.users, users, on_conflict).await
    }

    async fn end_sessions_of(
        &self,
        user: UserId,
        expected: Epoch,
        extent: Extent,
    ) -> Result<EpochRaise, StoreError> {
        let mut raised = doc! { "epoch": 1_i64 };
        if extent == Extent::SessionsAndTokens {
            raised.insert("token_epoch", 1_i64);
        }
        self.raise(user, expected, doc! { "$inc": raised }).await
    }

    async fn end_everything(
        &self,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Vec<UserId>, StoreError> {
        let page = self.list_users(after, limit).await?;
        let mut ended = Vec::with_capacity(page.len());
        for user in page {
            let raised = doc! { "$inc": { "epoch": 1_i64, "token_epoch": 1_i64 } };
            self.users
                .update(id(&user.id), raised)
                .await
                .map_err(failure::halfway)?;
            ended.push(user.id);
        }
        Ok(ended)
    }

    /// With the user's document everything of theirs is dead. The rest is tidying up, and is done again by whoever asks
    /// again; what is left nevertheless goes when it expires.
    async fn delete_user(&self, user: UserId) -> Result<Ended, StoreError> {
        let ended = ended(self.users.delete(id(&user)).await?);
        let theirs = doc! { "user": user.to_string() };
        let sessions = self.sessions.delete_all(theirs.clone()).await;
        let tokens = self.tokens.delete_all(theirs).await;
        for error in [sessions.err(), tokens.err()].into_iter().flatten() {
            tracing::warn!(%error, "what a deleted user left opens nothing, and stays until it expires");
        }
        Ok(ended)
    }

    /// Looks for the user afterwards: whoever is deleted in between takes the session along, or is missed here.
    async fn insert_session(
        &self,
        session: &Session,
        quota: u32,
    ) -> Result<SessionInsertion, StoreError> {
        if self
            .sessions
            .insert(session.into(), id(&session.id))
            .await?
            == Insertion::Taken
        {
            return Err(StoreError::failed("another session has that id"));
        }
        let theirs = doc! { "user": session.user_id.to_string() };
        let (is_there, counted) = tokio::join!(
            self.is_there(session.user_id),
            self.sessions.count_up_to(theirs, u64::from(quota) + 1)
        );
        if is_there.map_err(failure::halfway)? {
            let mut ended = vec![];
            if counted.map_err(failure::halfway)? > u64::from(quota) {
                let end = self.end_sessions_over_quota(session, quota).await;
                ended = end.map_err(failure::halfway)?;
            }
            return Ok(SessionInsertion::Done { ended });
        }
        self.end_session(session.id)
            .await
            .map_err(failure::halfway)?;
        Ok(SessionInsertion::UserGone)
    }

    /// The session first: an epoch never goes back, so that what is alive by a user who is read later was alive then.
    async fn find_session(
        &self,
        session: SessionId,
    ) -> Result<Option<(Session, User)>, StoreError> {
        let Some(found) = self.sessions.find(id(&session)).await? else {
            return Ok(None);
        };
        let session = Session::try_from(found)?;
        let user = self.find_user(session.user_id).await?;
        Ok(user.map(|user| (session, user)))
    }

    async fn list_sessions(
        &self,
        user: UserId,
        after: Option<SessionId>,
        limit: u32,
    ) -> Result<Vec<Session>, StoreError> {
        let filter = after_id(doc! { "user": user.to_string() }, after);
        let sessions = self.sessions.list(filter, doc! { "_id": 1 }, limit).await?;
        sessions.into_iter().map(Session::try_from).collect()
    }

    async fn rotate_session(
        &self,
        id: SessionId,
        expected_generation: u32,
        successor: &Rotation,
        now: Timestamp,
    ) -> Result<SessionRotation, StoreError> {
        let filter = doc! { "_id": id.to_string(), "generation": i64::from(expected_generation) };
        let change = doc! {
            "$inc": { "generation": 1_i64 },
            "$set": {
                "refresh_hash": document::hash(&successor.refresh_hash),
                "secret_hash": successor.secret_hash.as_ref().map(document::hash),
                "secret_expires_at": successor.secret_expires_at.map(Timestamp::as_millis),
                "refreshed_at": now.as_millis(),
                "refreshed_device": &successor.client.device,
                "refreshed_address": successor.client.address.map(|address| address.to_string()),
                "retries": 0_i64,
            },
            "$max": { "last_seen_at": now.as_millis() },
        };
        if self.sessions.update(filter, change).await? {
            return Ok(SessionRotation::Rotated);
        }
        let stands = self.find_session(id).await?.map(Box::new);
        Ok(stands.map_or(SessionRotation::Gone, SessionRotation::SomebodyWasFaster))
    }

    async fn count_retry(&self, id: SessionId, generation: u32) -> Result<Option<u32>, StoreError> {
        let filter = doc! { "_id": id.to_string(), "generation": i64::from(generation) };
        let change = doc! { "$inc": { "retries": 1_i64 } };
        let before = self.sessions.find_and_update(filter, change).await?;
        let before = before.map(Session::try_from).transpose();
        let before = before.map_err(failure::halfway)?;
        Ok(before.map(|before| before.retries.saturating_add(1)))
    }

    async fn prove_session(
        &self,
        id: SessionId,
        expected: Epoch,
        now: Timestamp,
        exchange: Option<&SecretExchange>,
    ) -> Result<SessionProof, StoreError> {
        let mut filter = doc! { "_id": id.to_string(), "epoch": expected.0 };
        let mut proven = doc! { "proven_at": now.as_millis() };
        if let Some(exchange) = exchange {
            filter.insert("secret_hash", document::hash(&exchange.expected));
            proven.insert("secret_hash", document::hash(&exchange.new));
        }
        let change = doc! { "$set": proven };
        Ok(match self.sessions.update(filter, change).await? {
            true => SessionProof::Proven,
            false => SessionProof::SomebodyWasFaster,
        })
    }

    async fn touch_sessions(&self, seen: &[(SessionId, Timestamp)]) -> Result<(), StoreError> {
        let seen = seen.iter().map(|(id, at)| (id.to_string(), *at));
        self.sessions.touch("last_seen_at", seen).await
    }

    async fn end_session(&self, session: SessionId) -> Result<Ended, StoreError> {
        self.sessions.delete(id(&session)).await.map(ended)
    }

    /// As [`insert_session`](Self::insert_session). Tokens are counted before and afterwards: of several that are made
    /// at once, each sees all that were kept before it, so one too many is seen at least by itself, and is removed.
    async fn insert_token(&self, token: &Token, quota: u32) -> Result<TokenInsertion, StoreError> {
        let Some(owner) = token.owner.user() else {
            return match self.tokens.insert(token.into(), id(&token.id)).await? {
                Insertion::Done => Ok(TokenInsertion::Done),
                Insertion::Taken => Err(StoreError::failed("another token has that id")),
            };
        };
        let quota = u64::from(quota);
        let theirs = doc! { "user": owner.to_string() };
        let count = |most| self.tokens.count_up_to(theirs.clone(), most);
        if count(quota).await? == quota {
            let expired = doc! { "expires_at": { "$lte": token.created_at.as_millis() } };
            let ended = doc! { "token_epoch": { "$lt": token.token_epoch.0 } };
            let dead = doc! { "user": owner.to_string(), "$or": [expired, ended] };
            self.tokens.delete_all(dead).await?;
            if count(quota).await? == quota {
                return Ok(TokenInsertion::QuotaReached);
            }
        }
        if self.tokens.insert(token.into(), id(&token.id)).await? == Insertion::Taken {
            return Err(StoreError::failed("another token has that id"));
        }
        let (is_there, counted) = tokio::join!(self.is_there(owner), count(quota + 1));
        let is_there = is_there.map_err(failure::halfway)?;
        let is_within = counted.map_err(failure::halfway)? <= quota;
        if is_there && is_within {
            return Ok(TokenInsertion::Done);
        }
        self.tokens
            .delete(id(&token.id))
            .await
            .map_err(failure::halfway)?;
        Ok(if is_there {
            TokenInsertion::QuotaReached
        } else {
            TokenInsertion::UserGone
        })
    }

    /// As [`find_session`](Self::find_session).
    async fn find_token(
        &self,
        token: TokenId,
    ) -> Result<Option<(Token, Option<User>)>, StoreError> {
        let Some(found) = self.tokens.find(id(&token)).await? else {
            return Ok(None);
        };
        let token = Token::try_from(found)?;
        let Some(owner) = token.owner.user() else {
            return Ok(Some((token, None)));
        };
        let owner = self.find_user(owner).await?;
        Ok(owner.map(|owner| (token, Some(owner))))
    }

    async fn list_tokens(
        &self,
        user: Option<UserId>,
        after: Option<TokenId>,
        limit: u32,
    ) -> Result<Vec<Token>, StoreError> {
        let filter = after_id(doc! { "user": user.map(|user| user.to_string()) }, after);
        let tokens = self.tokens.list(filter, doc! { "_id": 1 }, limit).await?;
        tokens.into_iter().map(Token::try_from).collect()
    }

    async fn touch_tokens(&self, used: &[(TokenId, Timestamp)]) -> Result<(), StoreError> {
        let used = used.iter().map(|(id, at)| (id.to_string(), *at));
        self.tokens.touch("last_used_at", used).await
    }

    async fn rehash_token(
        &self,
        id: TokenId,
        expected: &TokenHash,
        new: &TokenHash,
    ) -> Result<HashExchange, StoreError> {
        let filter = doc! { "_id": id.to_string(), "hash": document::hash(expected) };
        let change = doc! { "$set": { "hash": document::hash(new) } };
        Ok(match self.tokens.update(filter, change).await? {
            true => HashExchange::Replaced,
            false => HashExchange::SomebodyWasFaster,
        })
    }

    async fn retire_token(&self, user: Option<UserId>, id: TokenId) -> Result<Ended, StoreError> {
        // No user is what a service's token has.
        let user = user.map(|user| user.to_string());
        let filter = doc! { "_id": id.to_string(), "user": user };
        self.tokens.delete(filter).await.map(ended)
    }

    async fn insert_key(&self, key: &Key) -> Result<KeyInsertion, StoreError> {
        Ok(match self.keys.insert(key.into(), id(&key.kid)).await? {
            Insertion::Done => KeyInsertion::Done,
            Insertion::Taken => KeyInsertion::KidTaken,
        })
    }

    /// A look-up: there are a few, and tokens cannot be verified without them.
    async fn list_keys(&self) -> Result<Vec<Key>, StoreError> {
        let order = doc! { "created_at": 1, "_id": 1 };
        let keys = self.keys.all(order).await?;
        Ok(keys.into_iter().map(Key::from).collect())
    }

    async fn retire_key(
        &self,
        kid: &str,
        signs_until: Timestamp,
        verifies_until: Timestamp,
    ) -> Result<Option<Key>, StoreError> {
        let earlier = doc! {
            "$min": {
                "signs_until": signs_until.as_millis(),
                "verifies_until": verifies_until.as_millis(),
            },
        };
        let before = self.keys.find_and_update(doc! { "_id": kid }, earlier);
        Ok(before.await?.map(|before| {
            let before = Key::from(before);
            Key {
                signs_until: before.signs_until.min(signs_until),
                verifies_until: before.verifies_until.min(verifies_until),
                ..before
            }
        }))
    }

    async fn sweep(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        let limit = u64::from(limit);
        let by_end = || doc! { "expires": 1 };
        let mut swept = self
            .sessions
            .delete_some(expired(before), by_end(), limit)
            .await?;
        let left = limit.saturating_sub(swept);
        swept += self
            .tokens
            .delete_some(expired(before), by_end(), left)
            .await?;
        let left = limit.saturating_sub(swept);
        let by_end = doc! { "verifies_until": 1 };
        swept += self
            .keys
            .delete_some(verifies_nothing(before), by_end, left)
            .await?;
        Ok(swept)
    }

    /// One count after the other: what comes or goes meanwhile is in some of them.
    async fn census(&self, before: Timestamp) -> Result<Census, StoreError> {
        let of_a_service = doc! { "user": Bson::Null };
        let service_tokens = self.tokens.count(of_a_service).await?;
        let tokens = self.tokens.count(doc! {}).await?;
        Ok(Census {
            sessions: self.sessions.count(doc! {}).await?,
            personal_tokens: tokens.saturating_sub(service_tokens),
            service_tokens,
            keys: self.keys.count(doc! {}).await?,
            over: self.sessions.count(expired(before)).await?
                + self.tokens.count(expired(before)).await?
                + self.keys.count(verifies_nothing(before)).await?,
        })
    }

    /// One count after the other, as [`census`](Self::census).
    async fn census_of_key(&self, key: TokenKeyId) -> Result<KeyCensus, StoreError> {
        let [least, greatest] = key.range().map(|hash| document::hash(&hash));
        let range = doc! { "$gte": least, "$lte": greatest };
        let sessions = doc! { "$or": [{ "secret_hash": &range }, { "refresh_hash": &range }] };
        let of_a_service = doc! { "hash": &range, "user": Bson::Null };
        let service_tokens = self.tokens.count(of_a_service).await?;
        let tokens = self.tokens.count(doc! { "hash": &range }).await?;
        Ok(KeyCensus {
            sessions: self.sessions.count(sessions).await?,
            personal_tokens: tokens.saturating_sub(service_tokens),
            service_tokens,
        })
    }

    async fn ready(&self) -> Result<(), StoreError> {
        self.users.find(doc! {}).await.map(drop)
    }
}

/// However many there are, none of the steps takes long.
async fn delete_in_batches<D: Send + Sync + 'static>(
    records: &Records<D>,
    filter: Document,
) -> Result<(), StoreError> {
    loop {
        let deleted = records.delete_some(filter.clone(), doc! { "_id": 1 }, BATCH);
        if deleted.await? < BATCH {
            return Ok(());
        }
    }
}

fn ended(was_there: bool) -> Ended {
    if was_there { Ended::Now } else { Ended::Before }
}

//! Users in memory.

use async_trait::async_trait;

use super::{MemoryStore, Records, count, ended, page, size};
use crate::{
    Approval, ArchiveOf, Email, EmailChange, EmailRestoration, EmailVerification, Ended, Epoch,
    EpochRaise, Extent, FirstAdmin, HashExchange, ImportedUser, NameChange, OnConflict,
    PasswordHash, Role, RoleChange, StoreError, Timestamp, User, UserFilter, UserId, UserImport,
    UserInsertion, UserName, UserStore,
};

#[async_trait]
impl UserStore for MemoryStore {
    async fn insert_user(&self, user: &User) -> Result<UserInsertion, StoreError> {
        let mut records = self.records();
        if records
            .users
            .values()
            .any(|other| other.email == user.email)
        {
            return Ok(UserInsertion::Taken);
        }
        records.users.insert(user.id, user.clone());
        Ok(UserInsertion::Done)
    }

    async fn find_user(&self, id: UserId) -> Result<Option<User>, StoreError> {
        Ok(self.records().users.get(&id).cloned())
    }

    async fn find_user_by_email(&self, email: &Email) -> Result<Option<User>, StoreError> {
        let records = self.records();
        Ok(records
            .users
            .values()
            .find(|user| user.email == *email)
            .cloned())
    }

    async fn upgrade_password_hash(
        &self,
        user: UserId,
        expected: &PasswordHash,
        new: &PasswordHash,
    ) -> Result<HashExchange, StoreError> {
        let mut records = self.records();
        let hash = records
            .users
            .get_mut(&user)
            .and_then(|user| user.password_hash.as_mut());
        match hash.filter(|hash| hash.as_stored() == expected.as_stored()) {
            Some(hash) => {
                *hash = new.clone();
                Ok(HashExchange::Replaced)
            }
            None => Ok(HashExchange::Stale),
        }
    }

    async fn set_password(
        &self,
        user: UserId,
        expected: Epoch,
        new: &PasswordHash,
    ) -> Result<EpochRaise, StoreError> {
        let mut records = self.records();
        let user = records.users.get_mut(&user);
        Ok(match user.filter(|user| user.epoch == expected) {
            Some(user) => {
                user.password_hash = Some(new.clone());
                user.raise_both();
                EpochRaise::Raised(user.epoch)
            }
            None => EpochRaise::Stale,
        })
    }

    async fn set_email(
        &self,
        user: UserId,
        expected: Epoch,
        new: &Email,
        verified_at: Option<Timestamp>,
    ) -> Result<EmailChange, StoreError> {
        let mut records = self.records();
        let has_it = |other: &User| other.id != user && other.email == *new;
        let is_taken = records.users.values().any(has_it);
        let user = records.users.get_mut(&user);
        Ok(match user.filter(|user| user.epoch == expected) {
            None => EmailChange::Stale,
            Some(_) if is_taken => EmailChange::Taken,
            Some(user) => {
                let kept = user.verified_at.filter(|_| user.email == *new);
                user.verified_at = verified_at.or(kept);
                user.email = new.clone();
                EmailChange::Changed
            }
        })
    }

    async fn verify_email(
        &self,
        user: UserId,
        email: &Email,
        now: Timestamp,
    ) -> Result<EmailVerification, StoreError> {
        let mut records = self.records();
        let user = records.users.get_mut(&user);
        Ok(match user.filter(|user| user.email == *email) {
            Some(user) => {
                user.verified_at = Some(now);
                EmailVerification::Verified
            }
            None => EmailVerification::Stale,
        })
    }

    async fn restore_email(
        &self,
        user: UserId,
        email: &Email,
        now: Timestamp,
    ) -> Result<EmailRestoration, StoreError> {
        let mut records = self.records();
        let has_it = |other: &User| other.id != user && other.email == *email;
        let is_taken = records.users.values().any(has_it);
        Ok(match records.users.get_mut(&user) {
            None => EmailRestoration::Gone,
            Some(_) if is_taken => EmailRestoration::Taken,
            Some(user) => {
                user.email = email.clone();
                user.verified_at = Some(now);
                user.password_hash = None;
                user.raise_both();
                EmailRestoration::Restored(user.epoch)
            }
        })
    }

    async fn set_name(
        &self,
        user: UserId,
        expected: Epoch,
        new: Option<&UserName>,
    ) -> Result<NameChange, StoreError> {
        let mut records = self.records();
        let user = records.users.get_mut(&user);
        Ok(match user.filter(|user| user.epoch == expected) {
            Some(user) => {
                user.name = new.cloned();
                NameChange::Changed
            }
            None => NameChange::Stale,
        })
    }

    async fn disable_user(
        &self,
        user: UserId,
        now: Timestamp,
    ) -> Result<Option<Epoch>, StoreError> {
        Ok(self.records().users.get_mut(&user).map(|user| {
            user.disabled_at = Some(now);
            user.raise_both();
            user.epoch
        }))
    }

    async fn enable_user(&self, user: UserId) -> Result<Option<Epoch>, StoreError> {
        Ok(self.records().users.get_mut(&user).map(|user| {
            user.disabled_at = None;
            user.epoch
        }))
    }

    async fn set_role(&self, user: UserId, role: Role) -> Result<RoleChange, StoreError> {
        Ok(match self.records().users.get_mut(&user) {
            Some(user) => {
                user.role = role;
                RoleChange::Done
            }
            None => RoleChange::UserGone,
        })
    }

    async fn approve_user(&self, user: UserId, now: Timestamp) -> Result<Approval, StoreError> {
        Ok(match self.records().users.get_mut(&user) {
            Some(user) if user.approved_at.is_some() => Approval::Before,
            Some(user) => {
                user.approved_at = Some(now);
                Approval::Now
            }
            None => Approval::UserGone,
        })
    }

    async fn has_admin(&self) -> Result<bool, StoreError> {
        Ok(self.records().users.values().any(User::is_active_admin))
    }

    async fn make_first_admin(
        &self,
        user: UserId,
        now: Timestamp,
    ) -> Result<FirstAdmin, StoreError> {
        let mut records = self.records();
        if records.users.values().any(User::is_active_admin) {
            return Ok(FirstAdmin::Exists);
        }
        let user = records.users.get_mut(&user);
        Ok(match user.filter(|user| user.disabled_at.is_none()) {
            Some(user) => {
                user.role = Role::Admin;
                user.approved_at.get_or_insert(now);
                FirstAdmin::Done
            }
            None => FirstAdmin::UserGone,
        })
    }

    async fn list_users(&self, after: Option<UserId>, limit: u32) -> Result<Vec<User>, StoreError> {
        let records = self.records();
        let mut users: Vec<_> = records.users.values().collect();
        users.retain(|user| Some(user.id) > after);
        users.sort_by_key(|user| user.id);
        users.truncate(size(limit));
        Ok(users.into_iter().cloned().collect())
    }

    async fn find_users(
        &self,
        filter: &UserFilter,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Vec<User>, StoreError> {
        let records = self.records();
        let mut users: Vec<_> = records
            .users
            .values()
            .filter(|user| after.is_none_or(|after| user.id > after) && filter.matches(user))
            .collect();
        users.sort_unstable_by_key(|user| user.id);
        Ok(users.into_iter().take(size(limit)).cloned().collect())
    }

    async fn import_users(
        &self,
        users: &[ImportedUser],
        on_conflict: OnConflict,
    ) -> Result<Vec<UserImport>, StoreError> {
        let mut records = self.records();
        let mut outcomes = Vec::new();
        for user in users {
            outcomes.push(records.import(user, on_conflict));
            if outcomes.last() == Some(&UserImport::EmailTaken) {
                break;
            }
        }
        Ok(outcomes)
    }

    async fn end_sessions_of(
        &self,
        user: UserId,
        expected: Epoch,
        extent: Extent,
    ) -> Result<EpochRaise, StoreError> {
        let mut records = self.records();
        let user = records.users.get_mut(&user);
        Ok(match user.filter(|user| user.epoch == expected) {
            Some(user) => {
                match extent {
                    Extent::Sessions => user.epoch = user.epoch.next(),
                    Extent::SessionsAndTokens => user.raise_both(),
                }
                EpochRaise::Raised(user.epoch)
            }
            None => EpochRaise::Stale,
        })
    }

    async fn end_everything(
        &self,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Vec<UserId>, StoreError> {
        let mut records = self.records();
        let mut users: Vec<_> = records.users.values_mut().collect();
        users.retain(|user| Some(user.id) > after);
        users.sort_by_key(|user| user.id);
        users.truncate(size(limit));
        Ok(users
            .into_iter()
            .map(|user| {
                user.raise_both();
                user.id
            })
            .collect())
    }

    async fn delete_user(&self, user: UserId) -> Result<Ended, StoreError> {
        let mut records = self.records();
        records
            .sessions
            .retain(|_, session| session.user_id != user);
        records
            .tokens
            .retain(|_, token| token.owner.user() != Some(user));
        records
            .messages
            .retain(|_, message| message.user_id != Some(user));
        records.factors.retain(|_, factor| factor.user_id != user);
        records.recovery_codes.remove(&user);
        records
            .invitations
            .retain(|_, invitation| invitation.created_by != Some(user));
        records
            .security_events
            .retain(|_, event| event.user_id != user);
        Ok(ended(records.users.remove(&user).is_some()))
    }
}

#[async_trait]
impl ArchiveOf<User> for MemoryStore {
    async fn count_all(&self) -> Result<u64, StoreError> {
        Ok(count(self.records().users.len()))
    }

    async fn page(&self, after: Option<&str>, limit: u32) -> Result<Vec<User>, StoreError> {
        Ok(page(self.records().users.values(), after, limit))
    }

    async fn put_all(&self, put: &[User]) -> Result<(), StoreError> {
        let put = put.iter().map(|record| (record.id, record.clone()));
        self.records().users.extend(put);
        Ok(())
    }
}

impl Records {
    pub(super) fn import(&mut self, row: &ImportedUser, on_conflict: OnConflict) -> UserImport {
        let holder = self.users.get(&row.id);
        if holder.is_some_and(|holder| holder.email != row.email) {
            return UserImport::IdTaken;
        }
        let taken = self.users.values_mut().find(|user| user.email == row.email);
        let Some(user) = taken else {
            self.users.insert(row.id, row.clone().into_user());
            return UserImport::Inserted;
        };
        match on_conflict {
            OnConflict::Skip => UserImport::Skipped,
            OnConflict::Fail => UserImport::EmailTaken,
            OnConflict::Update if take_over(user, row) => UserImport::Updated(user.id),
            OnConflict::Update => UserImport::Unchanged,
        }
    }
}

/// Stores the row's values that differ from the user's. Returns whether there were any.
fn take_over(user: &mut User, row: &ImportedUser) -> bool {
    let text = |hash: &PasswordHash| hash.as_stored().to_owned();
    let kept = user.password_hash.as_ref().map(text);
    let new_hash = row
        .password_hash
        .as_ref()
        .filter(|new| Some(text(new)) != kept);
    let new_name = row.name.as_ref().filter(|_| row.name != user.name);
    let differs = |said: Option<bool>, is: bool| said.filter(|said| *said != is);
    let verified = differs(row.verified, user.verified_at.is_some());
    let disabled = differs(row.disabled, user.disabled_at.is_some());
    if new_hash.is_some() || disabled == Some(true) {
        user.raise_both();
    }
    let changed =
        new_hash.is_some() || new_name.is_some() || verified.is_some() || disabled.is_some();
    if let Some(new) = new_hash {
        user.password_hash = Some(new.clone());
    }
    if let Some(new) = new_name {
        user.name = Some(new.clone());
    }
    if let Some(verified) = verified {
        user.verified_at = verified.then_some(row.at);
    }
    if let Some(disabled) = disabled {
        user.disabled_at = disabled.then_some(row.at);
    }
    changed
}

impl User {
    fn raise_both(&mut self) {
        self.epoch = self.epoch.next();
        self.token_epoch = self.token_epoch.next();
    }
}

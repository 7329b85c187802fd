//! Computes the outcomes of an import without writing anything.

use std::{
    collections::{HashMap, hash_map::RandomState},
    hash::BuildHasher,
};

use futures_util::future::{join, join_all};

use super::import_users::Judged;
use crate::{
    Guestlist, ImportedUser, OnConflict, PasswordHash, StoreError, User, UserId, UserImport,
};

/// How many rows are looked up at once.
const AT_ONCE: usize = 500;

/// An import that only reads. It remembers the addresses and ids of earlier rows, about 100 bytes a
/// row, so that a repeated row gets the outcome that the store would give.
#[derive(Debug)]
pub struct ImportRehearsal {
    guestlist: Guestlist,
    /// Makes fingerprints of texts with random keys, so that an attacker cannot choose two
    /// texts with the same one.
    fingerprints: RandomState,
    users: HashMap<u64, Standing>,
    ids: HashMap<UserId, u64>,
}

/// The parts of a user that decide whether a row changes the user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Standing {
    id: UserId,
    password_hash: Option<u64>,
    name: Option<u64>,
    verified: bool,
    disabled: bool,
}

impl Guestlist {
    /// Starts an import that changes nothing, to see its outcomes beforehand.
    pub fn rehearse_import(&self) -> ImportRehearsal {
        ImportRehearsal {
            guestlist: self.clone(),
            fingerprints: RandomState::new(),
            users: HashMap::new(),
            ids: HashMap::new(),
        }
    }
}

impl ImportRehearsal {
    /// Returns what [`Guestlist::import_users`] would return for these rows after all earlier ones.
    pub async fn import_users(
        &mut self,
        users: &[ImportedUser],
        on_conflict: OnConflict,
    ) -> Result<Vec<UserImport>, StoreError> {
        let judged = Judged::new(&self.guestlist, users).await;
        let outcomes = self.taken(judged.taken(users), on_conflict).await?;
        Ok(judged.with_the_refused(outcomes))
    }

    /// Does the same for users whose password hashes are not too slow.
    async fn taken(
        &mut self,
        users: &[ImportedUser],
        on_conflict: OnConflict,
    ) -> Result<Vec<UserImport>, StoreError> {
        let mut outcomes = Vec::with_capacity(users.len());
        for users in users.chunks(AT_ONCE) {
            let kept = join_all(users.iter().map(|user| self.look(user))).await;
            for (user, kept) in users.iter().zip(kept) {
                outcomes.push(self.import_user(user, kept?, on_conflict));
                if outcomes.last() == Some(&UserImport::EmailTaken) {
                    return Ok(outcomes);
                }
            }
        }
        Ok(outcomes)
    }

    /// Returns the stored users with this id and with this address.
    async fn look(&self, user: &ImportedUser) -> Result<[Option<User>; 2], StoreError> {
        let store = self.guestlist.store();
        let (holder, taken) = join(
            store.find_user(user.id),
            store.find_user_by_email(&user.email),
        )
        .await;
        Ok([holder?, taken?])
    }

    fn import_user(
        &mut self,
        user: &ImportedUser,
        [holder, taken]: [Option<User>; 2],
        on_conflict: OnConflict,
    ) -> UserImport {
        let email = self.fingerprints.hash_one(user.email.key());
        let holder = match self.ids.get(&user.id) {
            Some(holder) => Some(*holder),
            None => holder.map(|holder| self.fingerprints.hash_one(holder.email.key())),
        };
        if holder.is_some_and(|holder| holder != email) {
            return UserImport::IdTaken;
        }
        let standing = match self.users.get(&email) {
            Some(standing) => Some(*standing),
            None => taken.map(|taken| self.standing(&taken)),
        };
        let Some(mut standing) = standing else {
            let new = self.standing(&user.clone().into_user());
            self.users.insert(email, new);
            self.ids.insert(user.id, email);
            return UserImport::Inserted;
        };
        match on_conflict {
            OnConflict::Skip => UserImport::Skipped,
            OnConflict::Fail => UserImport::EmailTaken,
            OnConflict::Update => {
                let changed = self.take_over(&mut standing, user);
                self.users.insert(email, standing);
                if changed {
                    UserImport::Updated(standing.id)
                } else {
                    UserImport::Unchanged
                }
            }
        }
    }

    fn of_hash(&self, hash: Option<&PasswordHash>) -> Option<u64> {
        hash.map(|hash| self.fingerprints.hash_one(hash.as_stored()))
    }

    fn standing(&self, user: &User) -> Standing {
        let name = user.name.as_ref().map(|name| name.as_str());
        Standing {
            id: user.id,
            password_hash: self.of_hash(user.password_hash.as_ref()),
            name: name.map(|name| self.fingerprints.hash_one(name)),
            verified: user.verified_at.is_some(),
            disabled: user.disabled_at.is_some(),
        }
    }

    /// Applies the row to the user. Returns whether that changed anything.
    fn take_over(&self, standing: &mut Standing, user: &ImportedUser) -> bool {
        let before = *standing;
        let name = user.name.as_ref().map(|name| name.as_str());
        let name = name.map(|name| self.fingerprints.hash_one(name));
        *standing = Standing {
            id: before.id,
            password_hash: self
                .of_hash(user.password_hash.as_ref())
                .or(before.password_hash),
            name: name.or(before.name),
            verified: user.verified.unwrap_or(before.verified),
            disabled: user.disabled.unwrap_or(before.disabled),
        };
        *standing != before
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        Role, Timestamp, UserName,
        testing::{email, guestlist},
    };

    const NOW: Timestamp = Timestamp::from_millis(1_795_219_200_000);

    prop_compose! {
        /// Uses few addresses, ids and values, so that rows conflict.
        fn row()(
            (id, address) in (0_u128..6, 0..4),
            (hash, name) in (prop::option::of(0..3), prop::option::of(0..3)),
            (verified, disabled) in any::<(Option<bool>, Option<bool>)>(),
        ) -> ImportedUser {
            ImportedUser {
                id: uuid::Uuid::from_u128(id).into(),
                email: email(&format!("user{address}@example.com")),
                password_hash: hash.map(|hash| PasswordHash::from_stored(format!("{hash}"))),
                name: name.map(|name| UserName::from_stored(format!("{name}"))),
                created_at: NOW,
                verified,
                disabled,
                at: NOW,
                role: Role::Member,
                approved: true,
            }
        }
    }

    proptest! {
        #[test]
        fn a_rehearsal_returns_the_outcomes_of_the_import(
            kept in prop::collection::vec(row(), 0..3),
            slices in prop::collection::vec(prop::collection::vec(row(), 0..6), 0..4),
            policy in prop::sample::select(vec![
                OnConflict::Skip,
                OnConflict::Update,
                OnConflict::Fail,
            ]),
        ) {
            let mut runtime = tokio::runtime::Builder::new_current_thread();
            runtime.enable_time().build().expect("builds").block_on(async {
                let guestlist = guestlist();
                guestlist.import_users(&kept, OnConflict::Skip).await.expect("imports");
                let users = || async { guestlist.list_users(None, 100).await.expect("lists") };
                let before = format!("{:?}", users().await);
                let mut rehearsal = guestlist.rehearse_import();
                let mut rehearsed = Vec::new();
                for slice in &slices {
                    let outcomes = rehearsal.import_users(slice, policy).await.expect("looks");
                    let stops = outcomes.last() == Some(&UserImport::EmailTaken);
                    rehearsed.push(outcomes);
                    if stops {
                        break;
                    }
                }
                assert_eq!(format!("{:?}", users().await), before);
                for (slice, rehearsed) in slices.iter().zip(rehearsed) {
                    let outcomes = guestlist.import_users(slice, policy).await.expect("imports");
                    assert_eq!(outcomes, rehearsed);
                }
            });
        }
    }
}

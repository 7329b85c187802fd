//! Imports users from another system, many at once, with their password hashes.

use crate::{
    Guestlist, ImportedUser, OnConflict, PasswordHash, StoreError, UserImport,
    identity_cache::Tombstone,
};

impl Guestlist {
    /// Imports the users, and returns one outcome for each, in their order. It is safe to repeat an
    /// import; [`UserStore::import_users`](crate::UserStore::import_users) defines the rules. A
    /// user whose password hash costs too much on this machine is refused with
    /// [`UserImport::SlowHash`]; [`admits`](Self::admits) returns the cost.
    pub async fn import_users(
        &self,
        users: &[ImportedUser],
        on_conflict: OnConflict,
    ) -> Result<Vec<UserImport>, StoreError> {
        let judged = Judged::new(self, users).await;
        let outcomes = self.store().import_users(judged.taken(users), on_conflict);
        let outcomes = outcomes.await?;
        self.have_ended(outcomes.iter().filter_map(|outcome| match outcome {
            UserImport::Updated(user) => Some(Tombstone::User(*user)),
            _ => None,
        }));
        Ok(judged.with_the_refused(outcomes))
    }
}

/// Decides which users are passed to the store, by the cost of their password hashes.
pub(super) struct Judged {
    is_slow: Vec<bool>,
    /// The users to pass on, if at least one is refused.
    taken: Option<Vec<ImportedUser>>,
}

impl Judged {
    pub(super) async fn new(guestlist: &Guestlist, users: &[ImportedUser]) -> Self {
        let hashes: Vec<_> = users
            .iter()
            .map(|user| user.password_hash.clone())
            .collect();
        let judge = {
            let guestlist = guestlist.clone();
            move || {
                let is_slow = |hash: &PasswordHash| guestlist.hasher().is_slow(hash);
                let judged = hashes.iter().map(|hash| hash.as_ref().is_some_and(is_slow));
                judged.collect::<Vec<_>>()
            }
        };
        // Each kind of hash is measured once, so this is fast even if the hashing threads are busy.
        let is_slow = match guestlist.hasher().off_thread(judge.clone()).await {
            Ok(is_slow) => is_slow,
            Err(_) => judge(),
        };
        let taken = is_slow.contains(&true).then(|| {
            let taken = users.iter().zip(&is_slow).filter(|(_, is_slow)| !**is_slow);
            taken.map(|(user, _)| user.clone()).collect()
        });
        Self { is_slow, taken }
    }

    pub(super) fn taken<'a>(&'a self, users: &'a [ImportedUser]) -> &'a [ImportedUser] {
        self.taken.as_deref().unwrap_or(users)
    }

    /// Merges the store's outcomes with those of the refused users.
    pub(super) fn with_the_refused(self, outcomes: Vec<UserImport>) -> Vec<UserImport> {
        if self.taken.is_none() {
            return outcomes;
        }
        let mut outcomes = outcomes.into_iter();
        let mut all = Vec::with_capacity(self.is_slow.len());
        for is_slow in self.is_slow {
            if is_slow {
                all.push(UserImport::SlowHash);
            } else if let Some(outcome) = outcomes.next() {
                all.push(outcome);
            }
            if all.last() == Some(&UserImport::EmailTaken) {
                break;
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Client, Password, Role, User, Wanted,
        testing::{email, guestlist},
    };

    fn row(user: &User) -> ImportedUser {
        ImportedUser {
            id: user.id,
            email: user.email.clone(),
            password_hash: user.password_hash.clone(),
            name: None,
            created_at: user.created_at,
            verified: None,
            disabled: None,
            at: user.created_at,
            role: Role::Member,
            approved: true,
        }
    }

    #[tokio::test]
    async fn an_imported_user_signs_in_with_the_old_password() {
        let (here, there) = (guestlist(), guestlist());
        let password = || Password::new("exemplary");
        let ada = there.sign_up(email("ada@example.com"), password()).await;
        let ada = ada.expect("signs up");
        let outcomes = here.import_users(&[row(&ada)], OnConflict::Skip).await;
        assert_eq!(outcomes.expect("imports"), [UserImport::Inserted]);
        let signed_in = here
            .sign_in(
                Some(&ada.email),
                password(),
                Client::default(),
                Wanted::DATABASE,
            )
            .await;
        assert_eq!(signed_in.expect("signs in").user.id, ada.id);
    }

    #[tokio::test]
    async fn an_update_that_disables_a_user_ends_sessions_at_once() {
        let guestlist = guestlist();
        let password = || Password::new("exemplary");
        let ada = guestlist.sign_up(email("ada@example.com"), password());
        let ada = ada.await.expect("signs up");
        let signed_in = guestlist.sign_in(
            Some(&ada.email),
            password(),
            Client::default(),
            Wanted::DATABASE,
        );
        let token = signed_in.await.expect("signs in").access_token;
        for (disabled, is_in) in [(None, true), (Some(true), false)] {
            let row = ImportedUser {
                disabled,
                ..row(&ada)
            };
            let imported = guestlist.import_users(&[row], OnConflict::Update).await;
            imported.expect("imports");
            let identified = guestlist.identify(token.expose()).await;
            assert_eq!(identified.is_ok(), is_in);
        }
    }

    #[tokio::test]
    async fn a_user_with_an_unreadable_hash_cannot_sign_in() {
        let guestlist = guestlist();
        let mut ada = row(&crate::testing::user("ada@example.com"));
        ada.password_hash = Some(PasswordHash::from_stored("exemplary"));
        let imported = guestlist.import_users(std::slice::from_ref(&ada), OnConflict::Skip);
        imported.await.expect("imports");
        let password = Password::new("exemplary");
        let signed_in = guestlist.sign_in(
            Some(&ada.email),
            password,
            Client::default(),
            Wanted::DATABASE,
        );
        assert!(signed_in.await.is_err());
    }

    /// Returns a [`Guestlist`] that imports hashes of at most 50 ms, and two hashes of PBKDF2: one
    /// below the limit on every machine, and one above.
    fn guestlist_with_a_limit() -> (Guestlist, [PasswordHash; 2]) {
        let secret = crate::SecretKey::new("0123456789abcdef0123456789abcdef").expect("is a key");
        let guestlist = Guestlist::builder(crate::testing::MemoryStore::default(), secret)
            .password_cost(crate::PasswordCost::for_tests())
            .import_hash_limit(std::time::Duration::from_millis(50))
            .build();
        let hash = |iterations: u32| {
            let output = "A".repeat(43);
            PasswordHash::from_stored(format!("$pbkdf2-sha256${iterations}$c2FsdHNhbHQ${output}"))
        };
        (guestlist.expect("builds"), [hash(1_000), hash(10_000_000)])
    }

    #[tokio::test]
    async fn a_hash_that_costs_too_much_is_refused_in_an_import_and_in_its_rehearsal() {
        let (guestlist, [quick, slow]) = guestlist_with_a_limit();
        assert!(guestlist.admits(&quick).is_ok());
        let refused = guestlist.admits(&slow).expect_err("is refused").to_string();
        assert!(
            refused.contains("pbkdf2 with iterations=10000000"),
            "{refused}"
        );
        assert!(refused.contains("0.05 s are allowed"), "{refused}");
        let user = |name: &str, hash: &PasswordHash| {
            let mut user = row(&crate::testing::user(&format!("{name}@example.com")));
            user.password_hash = Some(hash.clone());
            user
        };
        let users = [
            user("ada", &slow),
            user("bob", &quick),
            user("eve", &slow),
            user("bob", &quick),
            user("mia", &slow),
        ];
        for (policy, expected) in [
            (
                OnConflict::Fail,
                &[
                    UserImport::SlowHash,
                    UserImport::Inserted,
                    UserImport::SlowHash,
                    UserImport::EmailTaken,
                ][..],
            ),
            (
                OnConflict::Skip,
                &[
                    UserImport::SlowHash,
                    UserImport::Inserted,
                    UserImport::SlowHash,
                    UserImport::Skipped,
                    UserImport::SlowHash,
                ],
            ),
        ] {
            let (guestlist, _) = guestlist_with_a_limit();
            let rehearsed = guestlist
                .rehearse_import()
                .import_users(&users, policy)
                .await;
            assert_eq!(rehearsed.expect("looks"), expected);
            let imported = guestlist.import_users(&users, policy).await;
            assert_eq!(imported.expect("imports"), expected);
            let kept = guestlist.list_users(None, 10).await.expect("lists");
            assert_eq!(kept.len(), 1, "no refused user is stored");
        }
    }

    #[tokio::test]
    async fn a_stored_hash_is_verified_whatever_it_costs() {
        let (guestlist, _) = guestlist_with_a_limit();
        // A hash of "exemplary" whose cost is above this test's limit on most machines.
        let mut memory = crate::PasswordCost::for_tests().memory();
        let dear = crate::PasswordCost::pbkdf2_sha256(1_500_000).expect("is a cost");
        let hash = dear.hash(b"exemplary", &mut memory).expect("hashes");
        let mut ada = crate::testing::user("ada@example.com");
        ada.password_hash = Some(PasswordHash::from_stored(hash));
        guestlist.store().insert_user(&ada).await.expect("is new");
        let signed_in = guestlist.sign_in(
            Some(&ada.email),
            Password::new("exemplary"),
            Client::default(),
            Wanted::DATABASE,
        );
        assert_eq!(signed_in.await.expect("signs in").user.id, ada.id);
    }
}

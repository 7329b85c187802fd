//! Users of another system come in, many at once, with the passwords they have.

use crate::{
    Guestlist, ImportedUser, OnConflict, StoreError, UserImport, identity_cache::Tombstone,
};

impl Guestlist {
    /// Takes in those users: what became of each, in their order. To do the same again is safe;
    /// [`Store::import_users`](crate::Store::import_users) has the rules.
    pub async fn import_users(
        &self,
        users: &[ImportedUser],
        on_conflict: OnConflict,
    ) -> Result<Vec<UserImport>, StoreError> {
        let outcomes = self.store().import_users(users, on_conflict).await?;
        self.have_ended(outcomes.iter().filter_map(|outcome| match outcome {
            UserImport::Updated(user) => Some(Tombstone::User(*user)),
            _ => None,
        }));
        Ok(outcomes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Client, Password, PasswordHash, User, Wanted,
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
        }
    }

    #[tokio::test]
    async fn whoever_comes_with_a_hash_signs_in_with_the_old_password() {
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
    async fn an_update_that_disables_shuts_what_was_open_at_once() {
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
    async fn a_hash_that_nobody_here_can_read_opens_nothing() {
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
}

//! An operator verifies the address of a user.

use crate::{
    Actor, EmailVerification, Guestlist, HashExchange, SecurityEventKind, StoreError, UserId,
    identity_cache::Tombstone,
};

impl Guestlist {
    /// Verifies the address that the user has now, without a mail. It is for an operator who knows
    /// that the address is the user's, for example where no mail can be sent. From then on the
    /// password of a concealed account counts, so the operator must also know that the user, not a
    /// stranger, made the account. Returns `false` if there is no such user, or if another request
    /// changed the password or the address in between.
    pub async fn verify_user(&self, user: UserId) -> Result<bool, StoreError> {
        let Some(user) = self.store().find_user(user).await? else {
            return Ok(false);
        };
        if self.confirm_password(&user).await? == HashExchange::Stale {
            return Ok(false);
        }
        let verified = self.store().verify_email(user.id, &user.email, self.now());
        let verified = verified.await?;
        // Cached identities are unverified.
        self.has_ended(Tombstone::User(user.id));
        if verified == EmailVerification::Stale {
            return Ok(false);
        }
        let event = self.event_by(Actor::System, user.id, SecurityEventKind::EmailVerified);
        self.record_event(event).await;
        self.ask_for_approval_of_verified(&user);
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        AccountRules, Client, NewUser, Registration, SignInError, UserId, UserStore, Wanted,
        auth::fixture::{Fixture, PASSWORD, password},
        testing::email,
    };

    /// Without it, a broken mail server would keep the first administrator out.
    #[tokio::test]
    async fn a_user_whom_an_operator_verified_signs_in() {
        let rules = AccountRules {
            sends_mail: true,
            require_verified: true,
            conceal: false,
        };
        let fixture = Fixture::with(|builder| builder.account_rules(rules)).await;
        let sign_in = async || {
            let client = Client::default();
            let typed = password(PASSWORD);
            let email = Some(&fixture.user.email);
            fixture
                .guestlist
                .sign_in(email, typed, client, Wanted::JWT)
                .await
        };
        assert!(matches!(sign_in().await, Err(SignInError::Unverified)));
        let verified = fixture.guestlist.verify_user(fixture.user.id).await;
        assert!(verified.expect("verifies"));
        assert!(sign_in().await.is_ok());
        let missing = fixture.guestlist.verify_user(UserId::new(fixture.now()));
        assert!(!missing.await.expect("answers"));
    }

    /// The operator saw "verified", and the sign-in still was refused as a wrong password.
    #[tokio::test]
    async fn a_concealed_account_that_an_operator_verified_signs_in() {
        let rules = AccountRules {
            sends_mail: true,
            require_verified: true,
            conceal: true,
        };
        let fixture = Fixture::with(|builder| builder.account_rules(rules)).await;
        let (guestlist, address) = (&fixture.guestlist, email("bea@example.com"));
        let anyone = Client::default();
        let new = NewUser::new(address.clone(), password(PASSWORD));
        let registered = guestlist.register(&anyone, new).await;
        assert!(matches!(registered, Ok(Registration::Concealed(_))));
        let sign_in = async || {
            let (typed, client) = (password(PASSWORD), Client::default());
            let signed_in = guestlist.sign_in(Some(&address), typed, client, Wanted::JWT);
            signed_in.await.map(drop)
        };
        let early = sign_in().await;
        assert!(matches!(early, Err(SignInError::WrongCredentials)));
        let bea = fixture.store.find_user_by_email(&address).await;
        let bea = bea.expect("answers").expect("is there").id;
        assert!(guestlist.verify_user(bea).await.expect("verifies"));
        sign_in().await.expect("signs in");
    }
}

//! An operator verifies the address of a user.

use crate::{
    Actor, EmailVerification, Guestlist, SecurityEventKind, StoreError, UserId,
    identity_cache::Tombstone,
};

impl Guestlist {
    /// Verifies the address that the user has now, without a mail. It is for an operator who knows
    /// that the address is the user's, for example where no mail can be sent. Returns `false` if
    /// there is no such user.
    pub async fn verify_user(&self, user: UserId) -> Result<bool, StoreError> {
        let Some(user) = self.store().find_user(user).await? else {
            return Ok(false);
        };
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
        AccountRules, SignInError, UserId, Wanted,
        auth::fixture::{Fixture, PASSWORD, password},
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
            let client = crate::Client::default();
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
}

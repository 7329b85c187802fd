//! Signing in with an e-mail address and a password.

use std::sync::LazyLock;

use futures_util::future::join;

use super::{
    SignedIn,
    tries::{TriedFrom, Try, checks_passwords},
};
use crate::{
    Client, Email, Guestlist, HashError, HashExchange, LogLimit, Password, PasswordHash,
    RetryAfter, SecurityEventKind, Session, SignInChallenge, StoreError, User, Wanted, detail,
    password::Verdict,
};

/// Limits the log lines about passwords that are too long. Only these sign-ins are refused without
/// a hash, so only their number has no other limit.
static TOO_LONG: LazyLock<LogLimit<()>> = LazyLock::new(|| {
    LogLimit::new(100, |(), suppressed| {
        tracing::warn!("sign-in refused: the password is too long: {suppressed}");
    })
});

impl Guestlist {
    /// Creates a session if the password is that user's, and returns the wanted credentials.
    ///
    /// `email` is `None` if the text that was typed is not an address: it counts as unknown.
    /// `client` is stored with the session.
    ///
    /// # Errors
    ///
    /// - [`SignInError::WrongCredentials`] if the password is wrong. An unknown address, a user
    ///   without a password, a disabled user and a concealed account whose address was never
    ///   verified get the same answer after the same work.
    /// - [`SignInError::TooManyTries`] if a [limit](crate::Limits) of wrong passwords is reached.
    ///   Nothing is said about the password.
    /// - [`SignInError::NotApproved`] if the password is right and the user waits for an approval.
    /// - [`SignInError::Unverified`] if the password is right and
    ///   [`AccountRules::require_verified`](crate::AccountRules::require_verified) is set.
    /// - [`SignInError::SecondFactorRequired`] if the password is right and the user has a second
    ///   factor. Nothing is created; [`finish_sign_in`](Self::finish_sign_in) takes the challenge.
    /// - [`SignInError::Hash`] if too many passwords wait to be hashed.
    pub async fn sign_in(
        &self,
        email: Option<&Email>,
        password: Password,
        client: Client,
        wanted: Wanted,
    ) -> Result<SignedIn, SignInError> {
        self.sign_in_on_device(email, password, client, wanted, None)
            .await
    }

    /// Does the same for a browser that may have signed in before: `held` is its
    /// [`DeviceToken`](crate::DeviceToken), unchecked. On a known device the limits of the account
    /// do not apply, because others may have used them up.
    ///
    /// # Errors
    ///
    /// The errors of [`sign_in`](Self::sign_in).
    pub async fn sign_in_on_device(
        &self,
        email: Option<&Email>,
        password: Password,
        client: Client,
        wanted: Wanted,
        held: Option<&str>,
    ) -> Result<SignedIn, SignInError> {
        if !self.policy().could_be_hashed(&password) {
            if TOO_LONG.admits(()) {
                tracing::warn!("sign-in refused: the password is too long");
            }
            return Err(SignInError::WrongCredentials);
        }
        let user = match email {
            Some(email) => self.store().find_user_by_email(email).await?,
            None => None,
        };
        let expected = user.as_ref().and_then(|user| user.password_hash.clone());
        let known = user.as_ref().zip(held);
        let device = known.and_then(|(user, held)| {
            self.device_keys()
                .find(held, (user.id, user.epoch), self.now())
        });
        let is_known_device = device.is_some();
        let from = TriedFrom::Client {
            address: client.address,
            device,
        };
        let tried = Try {
            account: email,
            from,
        };
        let (verdict, counted) = self.try_password(tried, password, expected).await?;
        let Some(user) = user else {
            return refused("no such user");
        };
        let Verdict::Match { replacement } = verdict else {
            let hash = user.password_hash.as_ref();
            let reason = match hash.map_or(Ok(()), |hash| self.reads(hash)) {
                Ok(()) => detail::WRONG_PASSWORD,
                Err(why) => {
                    tracing::warn!(user = %user.id, "the password hash {why}");
                    detail::UNREADABLE_HASH
                }
            };
            return self.refuse_sign_in(&user, client, reason);
        };
        if user.disabled_at.is_some() {
            return self.refuse_sign_in(&user, client, detail::DISABLED);
        }
        let hash = user.password_hash.as_ref();
        if hash.is_some_and(PasswordHash::is_unconfirmed) {
            // Any other answer would tell the visitor who chose the password that no account had
            // the address before.
            tracing::warn!(user = %user.id, "sign-in refused: the account is not confirmed yet");
            return Err(SignInError::WrongCredentials);
        }
        if user.approved_at.is_none() {
            tracing::warn!(user = %user.id, "sign-in refused: not approved yet");
            self.give_back_try(counted).await?;
            return Err(SignInError::NotApproved);
        }
        if self.account_rules().require_verified && user.verified_at.is_none() {
            tracing::warn!(user = %user.id, "sign-in refused: the e-mail address is not verified");
            self.give_back_try(counted).await?;
            return Err(SignInError::Unverified);
        }
        if let Some(replacement) = replacement {
            let upgraded = self.upgrade_password_hash(&user, &replacement);
            if upgraded.await? == HashExchange::Stale {
                return self.refuse_sign_in(&user, client, detail::PASSWORD_CHANGED);
            }
        }
        if self.confirmed_factor(user.id).await?.is_some() {
            self.give_back_try(counted).await?;
            let challenge = self.challenge(&user, &client)?;
            tracing::info!(user = %user.id, "the password was right; a code is required");
            return Err(SignInError::SecondFactorRequired(challenge));
        }
        let signed_in = self.sign_in_verified(user, client, wanted, is_known_device);
        // At the same time, so that both writes share a commit.
        let (signed_in, given_back) = join(signed_in, self.give_back_try(counted)).await;
        given_back?;
        signed_in
    }

    /// Replaces the hash, and never undoes a password change that happens at the same time. If such
    /// a change ended the user's sessions, the verified password is the old one: returns
    /// [`HashExchange::Stale`].
    async fn upgrade_password_hash(
        &self,
        user: &User,
        replacement: &PasswordHash,
    ) -> Result<HashExchange, StoreError> {
        let Some(expected) = &user.password_hash else {
            return Ok(HashExchange::Replaced);
        };
        let exchange = self
            .store()
            .upgrade_password_hash(user.id, expected, replacement);
        if exchange.await? == HashExchange::Replaced {
            tracing::info!(user = %user.id, "password hash upgraded");
            return Ok(HashExchange::Replaced);
        }
        Ok(match self.store().find_user(user.id).await? {
            Some(now) if now.epoch == user.epoch => HashExchange::Replaced,
            _ => HashExchange::Stale,
        })
    }

    /// Records the refusal in the background, so that its time does not tell that the account
    /// exists.
    fn refuse_sign_in<T>(
        &self,
        user: &User,
        client: Client,
        reason: &str,
    ) -> Result<T, SignInError> {
        let event = self.event(user.id, SecurityEventKind::SignInRefused);
        let event = event.from_client(client).with(detail::REASON, reason);
        self.record_in_background(event);
        Err(SignInError::WrongCredentials)
    }

    /// The session gets the epoch that was read before the password was verified.
    async fn sign_in_verified(
        &self,
        user: User,
        client: Client,
        wanted: Wanted,
        is_known_device: bool,
    ) -> Result<SignedIn, SignInError> {
        let (now, lifetimes) = (self.now(), self.lifetimes());
        let ends = now.plus(lifetimes.session);
        let session = Session::new(&user, client, now, ends, lifetimes.idle);
        let event = self.event(user.id, SecurityEventKind::SignIn);
        let event = event
            .from_client(session.client.clone())
            .with(detail::SESSION, session.id)
            .with(detail::HOW, session.how.as_str());
        let opened = self.open_and_tell(user, session, wanted, event, is_known_device);
        match opened.await? {
            Some(signed_in) => Ok(signed_in),
            None => refused("the user was deleted in the meantime"),
        }
    }
}

fn refused<T>(why: &str) -> Result<T, SignInError> {
    tracing::warn!("sign-in refused: {why}");
    Err(SignInError::WrongCredentials)
}

/// Why a sign-in was refused.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// The e-mail address is unknown, or the password is wrong. The caller is not told which.
    #[error("wrong e-mail or password")]
    WrongCredentials,
    /// There were too many tries.
    #[error("too many tries; try again in {0}")]
    TooManyTries(RetryAfter),
    /// The password is right, and an administrator has not approved the account yet.
    #[error("an administrator of this site has not approved your account yet; try again later")]
    NotApproved,
    /// The password is right, and a code of the second factor is required.
    #[error("a code of the second factor is required")]
    SecondFactorRequired(SignInChallenge),
    /// The password is right, and the e-mail address must be verified first. A wrong password never
    /// gets this answer.
    #[error("verify your e-mail address first: open the link in the mail that was sent to it")]
    Unverified,
    /// The password could not be hashed.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

checks_passwords!(SignInError);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        UserStore,
        testing::{MemoryStore, email, guestlist, guestlist_over},
    };
    use std::sync::Arc;

    async fn sign_in(
        guestlist: &Guestlist,
        address: &str,
        password: &str,
    ) -> Result<SignedIn, SignInError> {
        let email = email(address);
        let password = Password::new(password);
        guestlist
            .sign_in(Some(&email), password, Client::default(), Wanted::DATABASE)
            .await
    }

    #[tokio::test]
    async fn the_right_password_signs_in_with_any_case_of_the_address() {
        let guestlist = guestlist();
        let password = Password::new("exemplary");
        let user = guestlist
            .sign_up(email("alice@example.com"), password)
            .await;
        let user = user.expect("signs up");
        let signed_in = sign_in(&guestlist, "ALICE@Example.Com", "exemplary").await;
        let signed_in = signed_in.expect("signs in");
        assert_eq!(signed_in.user.id, user.id);
        assert_eq!(signed_in.session.user_id, user.id);
    }

    /// Earlier versions accepted a `;` before the `@`.
    #[tokio::test]
    async fn an_address_that_no_new_account_may_have_still_signs_in() {
        let guestlist = guestlist();
        let stored = "a;b@example.com";
        let user = User {
            email: Email::from_stored(stored.to_owned(), stored.to_owned()),
            password_hash: Some(
                guestlist
                    .hash_new_password(Password::new("exemplary"), &email("ada@example.com"))
                    .await
                    .expect("hashes"),
            ),
            ..crate::testing::user("ada@example.com")
        };
        guestlist.store().insert_user(&user).await.expect("inserts");
        assert!(Email::parse(stored).is_err());
        let typed = Email::parse_local("A;B@example.com").expect("an existing account has it");
        let password = Password::new("exemplary");
        let signed_in = guestlist
            .sign_in(Some(&typed), password, Client::default(), Wanted::DATABASE)
            .await;
        assert_eq!(signed_in.expect("signs in").user.id, user.id);
    }

    #[tokio::test]
    async fn unknown_users_wrong_passwords_and_disabled_users_get_the_same_answer() {
        let store = Arc::new(MemoryStore::new());
        let guestlist = guestlist_over(store.clone());
        for address in ["alice@example.com", "bob@example.com"] {
            let user = guestlist
                .sign_up(email(address), Password::new("exemplary"))
                .await;
            let user = user.expect("signs up");
            if address.starts_with("bob") {
                store
                    .disable_user(user.id, user.created_at)
                    .await
                    .expect("disables");
            }
        }
        let long = "x".repeat(5_000);
        for (address, password) in [
            ("nobody@example.com", "exemplary"),
            ("alice@example.com", "Exemplary"),
            ("alice@example.com", ""),
            ("alice@example.com", long.as_str()),
            ("bob@example.com", "exemplary"),
        ] {
            let refused = sign_in(&guestlist, address, password).await;
            let wrong = matches!(refused, Err(SignInError::WrongCredentials));
            assert!(wrong, "{address}");
        }
        let nameless = guestlist.sign_in(
            None,
            Password::new("exemplary"),
            Client::default(),
            Wanted::JWT,
        );
        assert!(matches!(nameless.await, Err(SignInError::WrongCredentials)));
    }

    #[tokio::test]
    async fn an_older_hash_is_replaced_at_the_next_sign_in() {
        let store = Arc::new(MemoryStore::new());
        let guestlist = guestlist_over(store.clone());
        let mut user = crate::testing::user("old@example.com");
        // Made by `bcrypt` 5.0 of PyPI: `bcrypt.hashpw(b"exemplary", bcrypt.gensalt(4))`.
        let old = "$2b$04$hZhnyKD9X7Ik1.X0uwS.WOKk5UZHjYsFcjDioKEbPpQHOx4w1DKti";
        user.password_hash = Some(PasswordHash::from_stored(old));
        store.insert_user(&user).await.expect("inserts");
        sign_in(&guestlist, "old@example.com", "exemplary")
            .await
            .expect("signs in");
        let stored = store
            .find_user(user.id)
            .await
            .expect("answers")
            .expect("is there");
        let first = stored
            .password_hash
            .expect("is there")
            .as_stored()
            .to_owned();
        assert!(first.starts_with("$argon2id$"), "{first}");
        sign_in(&guestlist, "old@example.com", "exemplary")
            .await
            .expect("signs in");
        let stored = store
            .find_user(user.id)
            .await
            .expect("answers")
            .expect("is there");
        assert_eq!(stored.password_hash.expect("is there").as_stored(), first);
    }
}

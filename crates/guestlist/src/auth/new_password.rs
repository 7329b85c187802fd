//! The checks that every new password passes before it is hashed.

use std::{io, sync::Arc};

use crate::{Advice, Email, Guestlist, HashError, Password, PasswordError, PasswordHash};

impl Guestlist {
    /// Checks a new password with the policy, and with the list of breached passwords if there is
    /// one. Returns its hash.
    pub(crate) async fn hash_new_password(
        &self,
        password: Password,
        email: &Email,
    ) -> Result<PasswordHash, NewPasswordError> {
        let mut judged = self.policy().check(&password, Some(email));
        if judged.is_ok() && self.is_breached(&password).await? {
            judged = Err(PasswordError::Breached);
        }
        match judged {
            Ok(()) => Ok(self.hasher().hash(password).await?),
            Err(reason) => {
                let advice = self.advice(reason, password, email).await;
                Err(NewPasswordError::Refused { reason, advice })
            }
        }
    }

    async fn is_breached(&self, password: &Password) -> Result<bool, NewPasswordError> {
        let Some(breached) = self.breached_passwords().map(Arc::clone) else {
            return Ok(false);
        };
        let password = password.clone();
        let look = move || breached.contains(&password);
        let found = self.hasher().off_thread(look).await?;
        found.map_err(NewPasswordError::Unread)
    }

    /// Returns advice, or none if the hashing threads have no time, because the refusal is more
    /// urgent. A password that is too long gets none, because no advice would make it shorter.
    async fn advice(&self, reason: PasswordError, password: Password, email: &Email) -> Advice {
        if matches!(reason, PasswordError::TooLong(_)) {
            return Advice::default();
        }
        let (policy, email) = (self.policy().clone(), email.clone());
        let think = move || policy.advice(&password, &email);
        self.hasher().off_thread(think).await.unwrap_or_default()
    }
}

/// Why a new password was refused.
#[derive(Debug, thiserror::Error)]
pub enum NewPasswordError {
    /// The policy or the list of breached passwords refuses it.
    #[error("{reason}")]
    Refused {
        /// The reason.
        reason: PasswordError,
        /// How to choose a better one; empty if there was no time to find out.
        advice: Advice,
    },
    /// The password could not be hashed.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// The filter of breached passwords cannot be read, so the password cannot be checked.
    #[error("the filter of breached passwords cannot be read")]
    Unread(#[source] io::Error),
}

#[cfg(test)]
mod tests {
    use std::{fs::File, path::Path};

    use super::*;
    use crate::{
        BreachedPasswords, SecretKey,
        testing::{MemoryStore, email},
    };

    /// The SHA-1 hash of `exemplary`, by `sha1sum`.
    const LIST: &str = "bd272912dae1a26573ccffeab79f246be635d327:1\n";

    fn guestlist(filter: Option<&Path>) -> Guestlist {
        let secret = SecretKey::new("0123456789abcdef0123456789abcdef").expect("is a key");
        let mut builder = Guestlist::builder(MemoryStore::default(), secret)
            .password_cost(crate::PasswordCost::for_tests());
        if let Some(filter) = filter {
            BreachedPasswords::build(LIST.as_bytes(), 1, 1, filter, |_| ()).expect("builds");
            builder = builder.breached_passwords(BreachedPasswords::open(filter).expect("opens"));
        }
        builder.build().expect("builds")
    }

    async fn refusal(guestlist: &Guestlist, password: &str) -> (PasswordError, Advice) {
        let email = email("ada@example.com");
        let hashed = guestlist.hash_new_password(Password::new(password), &email);
        match hashed.await {
            Err(NewPasswordError::Refused { reason, advice }) => (reason, advice),
            other => panic!("{password}: {other:?}"),
        }
    }

    #[tokio::test]
    async fn without_a_list_nothing_is_breached() {
        let (guestlist, email) = (guestlist(None), email("ada@example.com"));
        let hashed = guestlist.hash_new_password(Password::new("exemplary"), &email);
        assert!(hashed.await.is_ok());
    }

    #[tokio::test]
    async fn a_breached_password_is_refused_and_no_other() {
        let folder = tempfile::tempdir().expect("makes a folder");
        let guestlist = guestlist(Some(&folder.path().join("filter")));
        let (reason, advice) = refusal(&guestlist, "exemplary").await;
        assert_eq!(reason, PasswordError::Breached);
        assert!(advice.words().next().is_some());
        let email = email("ada@example.com");
        let hashed = guestlist.hash_new_password(Password::new("testpassword"), &email);
        assert!(hashed.await.is_ok());
    }

    #[tokio::test]
    async fn with_an_unreadable_filter_every_new_password_is_refused() {
        let folder = tempfile::tempdir().expect("makes a folder");
        let filter = folder.path().join("filter");
        let guestlist = guestlist(Some(&filter));
        let file = File::options().write(true).open(filter).expect("opens");
        file.set_len(40).expect("cuts");
        let email = email("ada@example.com");
        let hashed = guestlist.hash_new_password(Password::new("testpassword"), &email);
        assert!(matches!(hashed.await, Err(NewPasswordError::Unread(_))));
    }

    #[tokio::test]
    async fn a_refusal_has_advice_unless_the_password_is_too_long() {
        let guestlist = guestlist(None);
        let (reason, advice) = refusal(&guestlist, "password").await;
        assert_eq!(reason, PasswordError::TooCommon);
        assert!(advice.warning.is_some() && !advice.suggestions.is_empty());
        let (reason, advice) = refusal(&guestlist, &"ab".repeat(1 << 19)).await;
        assert_eq!(
            (reason, advice),
            (PasswordError::TooLong(1024), Advice::default())
        );
    }
}

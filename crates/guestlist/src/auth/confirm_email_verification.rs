//! The owner of a mailbox verifies the address of an account, by link or code.

use super::link::{LinkError, LinkRefusal};
use crate::{
    CodeTry, EmailVerification, EpochRaise, Guestlist, HashExchange, LinkPurpose, Message,
    NewPasswordError, Password, PasswordHash, SecurityEvent, SecurityEventKind, StoreError, User,
    UserId, identity_cache::Tombstone,
};

const PURPOSE: LinkPurpose = LinkPurpose::VerifyEmail;

impl Guestlist {
    /// Returns the user of an active link for a verification, and changes nothing. It is for the
    /// page that shows the form.
    pub async fn check_verification_link(&self, token: &str) -> Result<User, LinkError> {
        self.verification_link(token).await.map(|(_, user)| user)
    }

    /// Verifies the address that the link was sent to, if the account still has it. No session is
    /// opened.
    ///
    /// The visitor who opens the link owns the mailbox, but another one may have signed up with its
    /// address. So pass a new password unless the link was opened where the account was made: in a
    /// session of that user, or in the browser that [signed up](Self::made_sign_up). It replaces
    /// the password, and ends all sessions and personal access tokens. A refused password spends
    /// nothing. `sealed` is what the browser keeps of its sign-up, if it keeps anything.
    ///
    /// # Errors
    ///
    /// [`VerifyEmailError::PasswordRequired`] if the account was made while addresses were
    /// concealed, in another browser, and `new` is missing.
    pub async fn confirm_email_verification(
        &self,
        token: &str,
        new: Option<Password>,
        sealed: Option<&str>,
    ) -> Result<User, VerifyEmailError> {
        let (message, mut user) = self.verification_link(token).await?;
        let hash = user.password_hash.as_ref();
        let is_unconfirmed = hash.is_some_and(PasswordHash::is_unconfirmed);
        let made_here = sealed.is_some_and(|sealed| self.made_sign_up(&user, sealed));
        if new.is_none() && is_unconfirmed && !made_here {
            return Err(VerifyEmailError::PasswordRequired);
        }
        let hash = match new {
            Some(new) => Some(self.hash_new_password(new, &user.email).await?),
            None => None,
        };
        if let Some(hash) = hash {
            let set = self.store().set_password(user.id, user.epoch, &hash);
            let set = set.await;
            self.has_ended(Tombstone::User(user.id));
            if set? == EpochRaise::Stale {
                return Err(LinkError::from(LinkRefusal::Used).into());
            }
            user.password_hash = Some(hash);
            // A stranger may have signed up with the address and set it up.
            self.drop_second_factor(user.id, &message).await?;
        }
        let kind = SecurityEventKind::EmailVerified;
        let event = self.event_by_link(&message, user.id, kind);
        self.verify(&user, &message, event).await?;
        self.mark_used(&message, PURPOSE).await?;
        Ok(user)
    }

    /// Verifies the address of the signed-in user by the code of the newest mail. Each mail accepts
    /// five tries. If the address is verified already, every code does.
    pub async fn confirm_email_verification_by_code(
        &self,
        user: UserId,
        code: &str,
    ) -> Result<(), VerifyEmailError> {
        let found = self.store().find_user(user).await?;
        let user = found.ok_or(VerifyEmailError::NoCode)?;
        if user.verified_at.is_some() {
            return Ok(());
        }
        let refused = match self.try_link_code(user.id, PURPOSE, code).await? {
            CodeTry::Right(message) => {
                let event = self.event(user.id, SecurityEventKind::EmailVerified);
                self.verify(&user, &message, event).await?;
                // The link in the mail and the code work once together.
                return Ok(self.mark_used(&message, PURPOSE).await?);
            }
            CodeTry::Malformed => return Err(VerifyEmailError::MalformedCode),
            CodeTry::Wrong { left } => VerifyEmailError::WrongCode { left },
            CodeTry::NoTriesLeft => VerifyEmailError::WrongCode { left: 0 },
            CodeTry::NoCode => VerifyEmailError::NoCode,
        };
        // The same code may have been sent twice, and the other request was faster.
        let found = self.store().find_user(user.id).await?;
        match found.is_some_and(|user| user.verified_at.is_some()) {
            true => Ok(()),
            false => Err(refused),
        }
    }

    /// Verifies the address of the message. From now on the password of a concealed account counts.
    async fn verify(
        &self,
        user: &User,
        message: &Message,
        event: SecurityEvent,
    ) -> Result<(), VerifyEmailError> {
        if self.confirm_password(user).await? == HashExchange::Stale {
            // Another visitor signed up with the address, and a newer mail is on the way.
            return Err(LinkError::from(LinkRefusal::Superseded).into());
        }
        let verified = self
            .store()
            .verify_email(user.id, &message.to, self.now())
            .await;
        // Cached identities are unverified.
        self.has_ended(Tombstone::User(user.id));
        if verified? == EmailVerification::Stale {
            return Err(LinkError::from(LinkRefusal::Revoked).into());
        }
        self.record_event(event).await;
        self.ask_for_approval_of_verified(user);
        Ok(())
    }

    /// Makes the password of a concealed account count, if it does not yet. `Stale` says that
    /// another visitor has signed up with the address since the user was read.
    pub(super) async fn confirm_password(&self, user: &User) -> Result<HashExchange, StoreError> {
        let unconfirmed = user.password_hash.as_ref();
        let Some(unconfirmed) = unconfirmed.filter(|hash| hash.is_unconfirmed()) else {
            return Ok(HashExchange::Replaced);
        };
        let confirmed = unconfirmed.clone().into_confirmed();
        let store = self.store();
        store
            .upgrade_password_hash(user.id, unconfirmed, &confirmed)
            .await
    }

    async fn verification_link(&self, token: &str) -> Result<(Message, User), LinkError> {
        let message = self.active_link(token, PURPOSE).await?;
        let user = match message.user_id {
            Some(user) => self.store().find_user(user).await?,
            None => None,
        };
        let user = user.filter(|user| user.disabled_at.is_none() && user.email == message.to);
        let user = user.ok_or(LinkRefusal::Revoked)?;
        if user.verified_at.is_some() {
            return Err(LinkRefusal::Used.into());
        }
        Ok((message, user))
    }
}

/// Why the address was not verified.
#[derive(Debug, thiserror::Error)]
pub enum VerifyEmailError {
    /// Another visitor may have signed up with this address.
    #[error("choose a password: another visitor may have signed up with this address")]
    PasswordRequired,
    /// The link does nothing.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// The text is no code. It is not counted.
    #[error("the code has six digits")]
    MalformedCode,
    /// The code is wrong.
    #[error("the code is wrong; {}", tries_left(*.left))]
    WrongCode {
        /// How many tries are left. With none left, a new mail has a new code.
        left: u32,
    },
    /// No mail with a code is valid.
    #[error("no code is valid now; ask for a new mail")]
    NoCode,
    /// The new password was refused. The link still works.
    #[error(transparent)]
    Password(#[from] NewPasswordError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn tries_left(left: u32) -> String {
    match left {
        0 => "no try is left, so ask for a new mail".to_owned(),
        1 => "one try is left".to_owned(),
        left => format!("{left} tries are left"),
    }
}

#[cfg(test)]
mod tests;

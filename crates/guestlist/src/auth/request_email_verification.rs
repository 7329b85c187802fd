//! A user asks for a mail that verifies the address of the account.

use std::time::Duration;

use crate::{
    Email, Guestlist, LinkPurpose, Message, MessageData, MessageKind, StoreError, User, UserId,
};

/// How long the link and the code for a verification are valid.
const LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

impl Guestlist {
    /// Queues a mail with a link and a six-digit code for the address of a signed-in user. An earlier
    /// mail of this kind does nothing any more. No mail is queued if the address is verified already.
    pub async fn request_email_verification(
        &self,
        user: UserId,
    ) -> Result<(), RequestVerificationError> {
        let found = self.store().find_user(user).await?;
        let user = found.ok_or(RequestVerificationError::NoSuchUser)?;
        if user.verified_at.is_some() {
            return Err(RequestVerificationError::Verified);
        }
        self.insert_verification(Some(&user), &user.email, true)
            .await?;
        Ok(())
    }

    /// Does the same for a visitor who names an address. The answer and the work are the same for
    /// an unverified address, a verified one and an unknown one. Each stores one message, and the
    /// sender drops those that no account waits for.
    pub async fn request_email_verification_of(&self, email: &Email) -> Result<(), StoreError> {
        let found = self.store().find_user_by_email(email).await?;
        let waits = |user: &User| user.verified_at.is_none() && user.disabled_at.is_none();
        let user = found.filter(waits);
        self.send_verification(user.as_ref(), email).await
    }

    /// Queues the mail. `email` is used if there is no user. The mail has a code unless users sign in
    /// only after the verification: only a signed-in user can enter a code.
    pub(super) async fn send_verification(
        &self,
        user: Option<&User>,
        email: &Email,
    ) -> Result<(), StoreError> {
        let has_code = !self.account_rules().verifies_first();
        self.insert_verification(user, email, has_code).await
    }

    async fn insert_verification(
        &self,
        user: Option<&User>,
        email: &Email,
        has_code: bool,
    ) -> Result<(), StoreError> {
        let now = self.now();
        let to = user.map_or(email, |user| &user.email);
        if !self.counts_mail(to).await? {
            return Ok(());
        }
        let mut message = Message::new(
            MessageKind::VerifyEmail,
            user.map(|user| user.id),
            to.clone(),
            MessageData::new(),
            now,
        )
        .with_link(
            LinkPurpose::VerifyEmail,
            Some(to.key().to_owned()),
            now.plus(LIFETIME),
        );
        if has_code {
            message = message.with_code();
        }
        self.store().insert_message(&message).await.map(drop)
    }
}

/// Why no mail was queued.
#[derive(Debug, thiserror::Error)]
pub enum RequestVerificationError {
    /// The address is verified.
    #[error("the e-mail address is verified already")]
    Verified,
    /// No user has this id.
    #[error("there is no such user")]
    NoSuchUser,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

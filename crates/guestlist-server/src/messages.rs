//! The outbox, as administrators and the command line see it: mails without links and codes, and
//! what can be done with them.

use guestlist::{
    Actor, DefaultTexts, DeliveryState, MailText, Marked, Message, MessageId, MessageKind, Site,
    StoreError, UserId,
};
use guestlist_axum::Problem;

use crate::app::App;

/// A message and its text.
#[derive(Debug)]
pub(crate) struct ShownMessage {
    pub(crate) message: Message,
    /// The text without link and code. `None` for a reset of the password.
    pub(crate) text: Option<MailText>,
}

impl App {
    /// Returns the message with that id, and its text as far as an administrator may read it.
    pub(crate) async fn show_message(
        &self,
        id: MessageId,
    ) -> Result<Option<ShownMessage>, StoreError> {
        let Some(message) = self.guestlist.find_message(id).await? else {
            return Ok(None);
        };
        let site = Site {
            name: self.name.to_string(),
            base_url: self.base_url.clone(),
            time_zone: Some(self.planner.time_zone().rules().clone()),
        };
        let text = self
            .guestlist
            .text_without_link(&message, &DefaultTexts, &site);
        let text = text.await?;
        Ok(Some(ShownMessage { message, text }))
    }

    /// Sends a mail again, as the administrator `admin`.
    ///
    /// # Errors
    ///
    /// 404 if the mail does not exist, and 409 if it did not fail.
    pub(crate) async fn retry_message(&self, admin: UserId, id: MessageId) -> Result<(), Problem> {
        let guestlist = self.guestlist.acting_as(Actor::Admin(admin));
        match guestlist.retry_message(id).await? {
            Marked::Done => Ok(()),
            Marked::Stale if guestlist.find_message(id).await?.is_none() => {
                Err(Problem::not_found())
            }
            Marked::Stale => {
                let detail = "this mail did not fail, so it is not sent again";
                Err(Problem::conflict("message_not_failed", detail))
            }
        }
    }

    /// Queues all held mails, as the administrator `admin`. Returns how many.
    pub(crate) async fn release_messages(&self, admin: UserId) -> Result<u64, StoreError> {
        let guestlist = self.guestlist.acting_as(Actor::Admin(admin));
        guestlist.release_held_messages().await
    }
}

/// Whether a retry does something: the mail failed, or waits after a failed attempt.
pub(crate) fn can_retry(message: &Message) -> bool {
    let delivery = &message.delivery;
    match delivery.state {
        DeliveryState::Failed => true,
        DeliveryState::Queued => delivery.error.is_some(),
        DeliveryState::Held | DeliveryState::Sent | DeliveryState::Dropped => false,
    }
}

/// Returns what a mail is about, in words.
pub(crate) fn kind_in_words(kind: MessageKind) -> &'static str {
    match kind {
        MessageKind::VerifyEmail => "Verification of the address",
        MessageKind::ResetPassword => "Reset of the password",
        MessageKind::ResetLink => "Password reset link, never sent",
        MessageKind::ChangeEmail => "Confirmation of another address",
        MessageKind::EmailChanged => "The address was changed",
        MessageKind::PasswordChanged => "The password was changed",
        MessageKind::AccountChanged => "An administrator changed the account",
        MessageKind::NewDevice => "Sign-in from a new device",
        MessageKind::SecondFactorChanged => "The second factor was changed",
        MessageKind::RecoveryCodeUsed => "A recovery code was used",
        MessageKind::Invitation => "Invitation",
        MessageKind::SignUpOnKnownAddress => "Sign-up with an address that has an account",
        MessageKind::ApprovalNeeded => "An account waits for approval",
        MessageKind::Approved => "The account was approved",
        MessageKind::EventRemoved => "An administrator removed an event",
    }
}

/// Returns the state of a mail, in words.
pub(crate) fn state_in_words(state: DeliveryState) -> &'static str {
    match state {
        DeliveryState::Held => "Held",
        DeliveryState::Queued => "Waiting",
        DeliveryState::Sent => "Sent",
        DeliveryState::Failed => "Failed",
        DeliveryState::Dropped => "Dropped",
    }
}

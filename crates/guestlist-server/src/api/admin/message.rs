//! A mail as administrators see it: no link, no code.

use guestlist::{DeliveryState, Message, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use crate::messages::{ShownMessage, kind_in_words};

/// A mail in the outbox.
#[derive(Serialize, ToSchema)]
#[schema(as = AdminMessage)]
pub(crate) struct MessageBody {
    #[schema(format = Uuid)]
    id: String,
    /// What the mail is about, such as `verify_email` or `event_removed`. Later versions may add
    /// kinds.
    #[schema(example = "verify_email")]
    kind: &'static str,
    /// The same in words.
    #[schema(example = "Verification of the address")]
    title: &'static str,
    /// Where the mail goes.
    #[schema(example = "reader@packt.com")]
    to: String,
    /// The id of the user whom the mail concerns; `null` if no account has the address.
    #[schema(format = Uuid)]
    user: Option<String>,
    /// `held` (since a restore), `queued`, `sent`, `failed` or `dropped` (it needs no sending).
    #[schema(example = "queued")]
    state: &'static str,
    /// How often a server tried to send the mail.
    attempts: u32,
    /// RFC 3339, in UTC.
    #[schema(format = DateTime)]
    created_at: String,
    /// When the next attempt is; `null` if the mail does not wait. RFC 3339, in UTC.
    #[schema(format = DateTime)]
    next_attempt_at: Option<String>,
    /// When a mail server took the mail. RFC 3339, in UTC.
    #[schema(format = DateTime)]
    sent_at: Option<String>,
    /// Why the last attempt failed, or why the mail was dropped.
    error: Option<String>,
}

impl From<&Message> for MessageBody {
    fn from(message: &Message) -> Self {
        let delivery = &message.delivery;
        let text = |at: Timestamp| at.to_string();
        let waits = delivery.state == DeliveryState::Queued;
        Self {
            id: message.id.to_string(),
            kind: message.kind.as_str(),
            title: kind_in_words(message.kind),
            to: message.to.to_string(),
            user: message.user_id.map(|user| user.to_string()),
            state: delivery.state.as_str(),
            attempts: delivery.attempt,
            created_at: text(message.created_at),
            next_attempt_at: waits.then(|| text(delivery.next_at)),
            sent_at: delivery.sent_at.map(text),
            error: delivery.error.clone(),
        }
    }
}

/// A mail in the outbox, with its text.
#[derive(Serialize, ToSchema)]
#[schema(as = AdminMessageWithText)]
pub(crate) struct ShownMessageBody {
    #[serde(flatten)]
    message: MessageBody,
    /// The subject; `null` for a reset of the password.
    subject: Option<String>,
    /// The text without the link and the code, which only the receiver of the mail sees; `null` for
    /// a reset of the password.
    text: Option<String>,
}

impl From<ShownMessage> for ShownMessageBody {
    fn from(shown: ShownMessage) -> Self {
        let (subject, text) = shown.text.map(|text| (text.subject, text.text)).unzip();
        Self {
            message: MessageBody::from(&shown.message),
            subject,
            text,
        }
    }
}

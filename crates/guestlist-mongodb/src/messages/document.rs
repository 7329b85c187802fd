//! The document of a message.

use guestlist::{
    Delivery, Email, Message, MessageCode, MessageData, MessageLink, OnRepeat, Salt, StoreError,
    Timestamp,
};
use mongodb::bson::{Binary, Document, doc};
use serde::{Deserialize, Serialize};

use crate::values::{array, binary, parsed, unreadable};

/// A mail, with its link and its entry in the outbox: `db.messages.find({})`.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct MessageDocument {
    #[serde(rename = "_id")]
    pub(super) id: String,
    /// The user and the kind, if this message's link is the one of that user and kind that has not
    /// ended; otherwise the id. A unique index allows each value once.
    pub(super) slot: String,
    kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<String>,
    to: String,
    to_given: String,
    data: String,
    created_at: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    purpose: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    link_salt: Option<Binary>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bound_to: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    link_end: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    link_ended_at: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code_salt: Option<Binary>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code_tries: Option<i64>,
    state: String,
    pub(super) attempt: i64,
    queued_at: i64,
    pub(super) next_at: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    sent_at: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

impl MessageDocument {
    /// Whether this message can be sent again in place of the new one.
    pub(super) fn is_same(&self, new: &Self, now: Timestamp) -> bool {
        self.to == new.to
            && self.kind == new.kind
            && self.bound_to == new.bound_to
            && self.link_end.is_none()
            && self.expires_at.is_some_and(|end| now.as_millis() < end)
    }

    /// Matches the messages without a user that can be sent again in place of this one.
    pub(super) fn same(&self, now: Timestamp) -> Document {
        doc! {
            "to": &self.to,
            "kind": &self.kind,
            "user": { "$exists": false },
            "bound_to": self.bound_to.clone(),
            "link_end": { "$exists": false },
            "expires_at": { "$gt": now.as_millis() },
        }
    }
}

fn slot(message: &Message) -> String {
    let unended = message
        .link
        .as_ref()
        .is_some_and(|link| link.ended.is_none());
    match message.user_id {
        Some(user) if unended && message.kind.on_repeat() != OnRepeat::Insert => {
            format!("{user} {}", message.kind)
        }
        _ => message.id.to_string(),
    }
}

impl From<&Message> for MessageDocument {
    fn from(message: &Message) -> Self {
        let (link, code) = (message.link.as_ref(), message.code.as_ref());
        let ended = link.and_then(|link| link.ended);
        let delivery = &message.delivery;
        let salt = |salt: &Salt| binary(*salt.as_stored());
        Self {
            id: message.id.to_string(),
            slot: slot(message),
            kind: message.kind.as_str().to_owned(),
            user: message.user_id.map(|user| user.to_string()),
            to: message.to.key().to_owned(),
            to_given: message.to.as_given().to_owned(),
            data: message.data.to_stored(),
            created_at: message.created_at.as_millis(),
            purpose: link.map(|link| link.purpose.as_str().to_owned()),
            link_salt: link.map(|link| salt(&link.salt)),
            bound_to: link.and_then(|link| link.bound_to.clone()),
            expires_at: link.map(|link| link.expires_at.as_millis()),
            link_end: ended.map(|(end, _)| end.as_str().to_owned()),
            link_ended_at: ended.map(|(_, at)| at.as_millis()),
            code_salt: code.map(|code| salt(&code.salt)),
            code_tries: code.map(|code| code.tries.into()),
            state: delivery.state.as_str().to_owned(),
            attempt: delivery.attempt.into(),
            queued_at: delivery.queued_at.as_millis(),
            next_at: delivery.next_at.as_millis(),
            sent_at: delivery.sent_at.map(Timestamp::as_millis),
            error: delivery.error.clone(),
        }
    }
}

impl TryFrom<MessageDocument> for Message {
    type Error = StoreError;

    fn try_from(stored: MessageDocument) -> Result<Self, StoreError> {
        let salt = |salt: &Binary| array(salt).map(Salt::from_stored);
        let number = |number: i64| {
            let number = u32::try_from(number);
            number.map_err(|_| unreadable("a count is negative or too large"))
        };
        let link = match (stored.purpose, stored.link_salt, stored.expires_at) {
            (None, None, None) => None,
            (Some(purpose), Some(link_salt), Some(expires_at)) => Some(MessageLink {
                purpose: parsed(&purpose)?,
                salt: salt(&link_salt)?,
                bound_to: stored.bound_to,
                expires_at: Timestamp::from_millis(expires_at),
                ended: match (stored.link_end, stored.link_ended_at) {
                    (Some(end), Some(at)) => Some((parsed(&end)?, Timestamp::from_millis(at))),
                    _ => None,
                },
            }),
            _ => return Err(unreadable("a part of a link is missing")),
        };
        let code = match (stored.code_salt, stored.code_tries) {
            (Some(code_salt), Some(tries)) => Some(MessageCode {
                salt: salt(&code_salt)?,
                tries: number(tries)?,
            }),
            _ => None,
        };
        let data = MessageData::from_stored(&stored.data);
        Ok(Self {
            id: parsed(&stored.id)?,
            kind: parsed(&stored.kind)?,
            user_id: stored.user.as_deref().map(parsed).transpose()?,
            to: Email::from_stored(stored.to, stored.to_given),
            data: data.map_err(|error| unreadable(&error.to_string()))?,
            created_at: Timestamp::from_millis(stored.created_at),
            link,
            code,
            delivery: Delivery {
                state: parsed(&stored.state)?,
                attempt: number(stored.attempt)?,
                queued_at: Timestamp::from_millis(stored.queued_at),
                next_at: Timestamp::from_millis(stored.next_at),
                sent_at: stored.sent_at.map(Timestamp::from_millis),
                error: stored.error,
            },
        })
    }
}

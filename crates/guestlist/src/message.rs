//! The record of a message: one record is the link, the mail and the entry in the outbox, so that
//! one insert makes all three.

mod kind;
mod removed_event;

use std::{collections::BTreeMap, fmt, str::FromStr};

use crate::{Email, LinkPurpose, MessageId, Salt, Timestamp, UserId};

pub use kind::{MessageKind, MessageKindError, OnRepeat};
pub use removed_event::{EventRemoval, RemovedEvent};

/// How many wrong codes a message accepts. The sixth try is refused.
pub const CODE_TRIES: u32 = 5;

/// A mail to one address, with the link that it contains.
///
/// It contains no secret and no hash of one: the secret of its link and its code are derived from
/// the installation's secret, the id, the purpose and the salt.
#[derive(Clone, Debug)]
pub struct Message {
    /// The id, which is in the link and in the `Message-ID` of the mail.
    pub id: MessageId,
    /// What the message is about.
    pub kind: MessageKind,
    /// The user whom the message concerns; `None` if no account has the address.
    pub user_id: Option<UserId>,
    /// Where the mail goes.
    pub to: Email,
    /// What the text needs, beside what is read when it is sent.
    pub data: MessageData,
    /// When the message was inserted first.
    pub created_at: Timestamp,
    /// The link in the mail, if the kind has one.
    pub link: Option<MessageLink>,
    /// The six-digit code in the mail, if the kind has one.
    pub code: Option<MessageCode>,
    /// What became of the mail.
    pub delivery: Delivery,
}

impl Message {
    /// Creates a message without a link, which is due at once.
    pub fn new(
        kind: MessageKind,
        user_id: Option<UserId>,
        to: Email,
        data: MessageData,
        now: Timestamp,
    ) -> Self {
        Self {
            id: MessageId::new(now),
            kind,
            user_id,
            to,
            data,
            created_at: now,
            link: None,
            code: None,
            delivery: Delivery {
                state: DeliveryState::Queued,
                attempt: 0,
                queued_at: now,
                next_at: now,
                sent_at: None,
                error: None,
            },
        }
    }

    /// Adds a link with a new salt.
    #[must_use]
    pub fn with_link(
        mut self,
        purpose: LinkPurpose,
        bound_to: Option<String>,
        expires_at: Timestamp,
    ) -> Self {
        self.link = Some(MessageLink {
            purpose,
            salt: Salt::new(),
            bound_to,
            expires_at,
            ended: None,
        });
        self
    }

    /// Adds a six-digit code with a new salt. It does the same as the link, for the signed-in user,
    /// and ends with the link.
    #[must_use]
    pub fn with_code(mut self) -> Self {
        self.code = Some(MessageCode {
            salt: Salt::new(),
            tries: 0,
        });
        self
    }

    /// Whether the link still does something at that time. It is false for a message without
    /// a link.
    pub fn has_active_link(&self, now: Timestamp) -> bool {
        self.link.as_ref().is_some_and(|link| link.is_active(now))
    }
}

/// Small texts by name, such as the device of a notice. Values may contain any character:
/// the mailer encodes them.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct MessageData(BTreeMap<String, String>);

impl MessageData {
    /// Returns data without any text.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a text in place of the one of that name.
    #[must_use]
    pub fn with(mut self, name: &str, text: impl Into<String>) -> Self {
        self.0.insert(name.to_owned(), text.into());
        self
    }

    /// Returns the text of that name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Returns the names and texts, in the order of the names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, text)| (name.as_str(), text.as_str()))
    }

    /// Restores data from its stored text ([`to_stored`](Self::to_stored)).
    ///
    /// # Errors
    ///
    /// The text is not a JSON object of texts.
    pub fn from_stored(json: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(json).map(Self)
    }

    /// Returns the text to store: a JSON object.
    pub fn to_stored(&self) -> String {
        serde_json::to_string(&self.0).expect("texts become JSON")
    }
}

/// Shows the names alone: a text may be private.
impl fmt::Debug for MessageData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// The link of a message. Its secret is derived, see [`LinkPurpose`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MessageLink {
    /// What the link does.
    pub purpose: LinkPurpose,
    /// A random value, which the secret is derived from.
    pub salt: Salt,
    /// What the link may change: the address for a verification or a change, the user's epoch for a
    /// reset of the password.
    pub bound_to: Option<String>,
    /// When the link expires.
    pub expires_at: Timestamp,
    /// When and why the link ended before it expired; `None` if it did not.
    pub ended: Option<(LinkEnd, Timestamp)>,
}

impl MessageLink {
    /// Whether the link still does something at that time.
    pub fn is_active(&self, now: Timestamp) -> bool {
        self.ended.is_none() && now < self.expires_at
    }
}

/// Why a link ended before it expired.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LinkEnd {
    /// It was used.
    Used,
    /// A newer message has a link of the same purpose.
    Superseded,
    /// Something else happened that made it wrong, such as another address of the account.
    Revoked,
    /// The database was restored from a backup: it is unknown whether the link was used.
    Restored,
}

impl LinkEnd {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Used, Self::Superseded, Self::Revoked, Self::Restored];

    /// Returns the stored name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Used => "used",
            Self::Superseded => "superseded",
            Self::Revoked => "revoked",
            Self::Restored => "restored",
        }
    }
}

impl fmt::Display for LinkEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for LinkEnd {
    type Err = LinkEndError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|end| end.as_str() == text)
            .ok_or(LinkEndError)
    }
}

/// The text is not the stored name of an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the end of a link")]
pub struct LinkEndError;

/// The six-digit code of a message. The code itself is derived, see [`LinkPurpose`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MessageCode {
    /// A random value, which the code is derived from.
    pub salt: Salt,
    /// How often a code was tried: at most [`CODE_TRIES`].
    pub tries: u32,
}

/// What became of a mail.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Delivery {
    /// Whether it is waiting, sent, or given up.
    pub state: DeliveryState,
    /// How often a node took it to send it. A node that was too slow is recognised by it.
    pub attempt: u32,
    /// When it was queued last. The time until it is given up counts from here.
    pub queued_at: Timestamp,
    /// When it may be taken next, if it is queued.
    pub next_at: Timestamp,
    /// When the mail server took it, if it did.
    pub sent_at: Option<Timestamp>,
    /// Why the last attempt failed, or why it was dropped. It is `None` while a node sends it.
    pub error: Option<String>,
}

/// Where a mail is on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DeliveryState {
    /// It waits for an administrator, because the database was restored from a backup.
    Held,
    /// It waits to be sent.
    Queued,
    /// A mail server took it.
    Sent,
    /// It was given up; an administrator can retry it.
    Failed,
    /// It needs no sending: no account has the address, or its link or invitation ended.
    Dropped,
}

impl DeliveryState {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Held,
        Self::Queued,
        Self::Sent,
        Self::Failed,
        Self::Dropped,
    ];

    /// Returns the stored name, which administrators see too.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Dropped => "dropped",
        }
    }
}

impl fmt::Display for DeliveryState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for DeliveryState {
    type Err = DeliveryStateError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or(DeliveryStateError)
    }
}

/// The text is not the name of a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a state of a message: held, queued, sent, failed or dropped")]
pub struct DeliveryStateError;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_comes_back_as_stored_and_prints_no_text() {
        let data = MessageData::new()
            .with("device", "\"\\\r\n\0 \u{1f980} Firefox")
            .with("address", "");
        let stored = data.to_stored();
        assert_eq!(MessageData::from_stored(&stored).ok(), Some(data.clone()));
        assert!(!format!("{data:?}").contains("Firefox"));
        for bad in ["", "[]", "{\"a\":1}", "{"] {
            assert!(MessageData::from_stored(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn names_are_read_back() {
        for end in LinkEnd::ALL {
            assert_eq!(end.as_str().parse(), Ok(end));
        }
        for state in DeliveryState::ALL {
            assert_eq!(state.as_str().parse(), Ok(state));
        }
        assert!("Sent".parse::<DeliveryState>().is_err());
        assert!("".parse::<LinkEnd>().is_err());
    }
}

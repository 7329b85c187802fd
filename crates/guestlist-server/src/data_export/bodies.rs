//! Records in an export that no other answer has.

use guestlist::{Message, MessageLink, SecondFactor};
use serde::Serialize;

/// A second factor, without its secret and the hashes of recovery codes.
#[derive(Debug, Serialize)]
pub(super) struct SecondFactorBody {
    kind: &'static str,
    since: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_used_at: Option<String>,
    recovery_codes_left: u32,
}

impl From<&SecondFactor> for SecondFactorBody {
    fn from(factor: &SecondFactor) -> Self {
        Self {
            kind: guestlist::FactorKind::Totp.as_str(),
            since: factor.since.to_string(),
            last_used_at: factor.last_used_at.map(|at| at.to_string()),
            recovery_codes_left: factor.codes_left,
        }
    }
}

/// A mail to the user. Its link and code are in no record: they are derived when it is sent. What
/// became of the mail is left out: a mail to another address would tell whether that address has an
/// account. So is what its text names: a mail about another user has their address.
#[derive(Debug, Serialize)]
pub(super) struct MessageBody<'m> {
    id: String,
    kind: &'static str,
    to: &'m str,
    created_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<LinkBody>,
}

/// What a link is for, and how long it works.
#[derive(Debug, Serialize)]
struct LinkBody {
    purpose: String,
    expires_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<String>,
}

impl<'m> From<&'m Message> for MessageBody<'m> {
    fn from(message: &'m Message) -> Self {
        Self {
            id: message.id.to_string(),
            kind: message.kind.as_str(),
            to: message.to.as_given(),
            created_at: message.created_at.to_string(),
            link: message.link.as_ref().map(LinkBody::from),
        }
    }
}

impl From<&MessageLink> for LinkBody {
    fn from(link: &MessageLink) -> Self {
        Self {
            purpose: link.purpose.to_string(),
            expires_at: link.expires_at.to_string(),
            ended_at: link.ended.map(|(_, at)| at.to_string()),
        }
    }
}

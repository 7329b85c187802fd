//! Mails: what a message becomes when it is sent, and who sends it.

mod event_removed;
mod html;
mod line;
mod notices;
mod site;
mod texts;

use std::fmt;

use async_trait::async_trait;

use crate::Email;

pub(crate) use line::one_line;
pub(crate) use notices::{notice_data, told, told_event};
pub use site::Site;
pub use texts::{DefaultTexts, MailContent, MailText, MailTexts};
pub(crate) use texts::{NOT_ME, UNDONE};

/// A mail that is ready to be sent. The mailer encodes it (RFC 5322, RFC 2047, RFC 6532), and adds
/// the sender, the date and `Auto-Submitted: auto-generated` (RFC 3834, section 5).
#[derive(Clone)]
pub struct Mail {
    /// The `Message-ID`, with its angle brackets. It is the same at each attempt.
    pub message_id: String,
    /// Where the mail goes.
    pub to: Email,
    /// The subject: one line.
    pub subject: String,
    /// The plain text, which comes first.
    pub text: String,
    /// The same in HTML, if it helps.
    pub html: Option<String>,
}

/// Shows the id alone: the text may contain a link.
impl fmt::Debug for Mail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mail({}, …)", self.message_id)
    }
}

/// Hands mails to a mail server.
#[async_trait]
pub trait Mailer: fmt::Debug + Send + Sync + 'static {
    /// Sends one mail. Returns when the mail server took it.
    ///
    /// # Errors
    ///
    /// The mail server refused the mail or did not answer: [`MailError`] says whether another
    /// attempt makes sense.
    async fn send(&self, mail: &Mail) -> Result<(), MailError>;
}

/// Why a mail was not sent. The text is stored, and administrators see it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    /// Another attempt may succeed: no answer, or a reply with a code of 4xx (RFC 5321, section
    /// 4.2.1).
    #[error("{0}")]
    Temporary(String),
    /// Another attempt would fail too: a reply with a code of 5xx, or an address that the mail
    /// server cannot take.
    #[error("{0}")]
    Permanent(String),
}

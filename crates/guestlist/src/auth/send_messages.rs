//! Sends the mails that wait in the store.

use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::timeout;

use crate::{
    Guestlist, LinkToken, Mail, MailContent, MailError, MailTexts, Mailer, Marked, Message,
    MessageKind, SignUpRefusal, Site, StoreError, Timestamp, User, mail::one_line,
};

/// How many mails are sent at the same time.
const AT_ONCE: u32 = 8;
/// How long a mail server may take for one mail.
const LIMIT: Duration = Duration::from_secs(60);
/// How long a node has its messages to itself: longer than it can take to send them.
const LEASE: Duration = Duration::from_secs(180);
/// The shortest and the longest time between two attempts.
const MINUTE: Duration = Duration::from_secs(60);
const SIX_HOURS: Duration = Duration::from_secs(6 * 60 * 60);
/// When a message is given up, counted from when it was queued.
const TWO_DAYS: Duration = Duration::from_secs(48 * 60 * 60);
/// The longest stored error, in characters.
const MAX_ERROR: usize = 500;

/// What became of the messages of one call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SentMessages {
    /// How many were due.
    pub due: u32,
    /// How many of them the mail server took.
    pub sent: u32,
}

impl Guestlist {
    /// Sends up to eight mails that are due, at the same time, and notes what became of them. Any
    /// number of nodes may call this on one store. Call it again at once if eight were due, and
    /// otherwise after a few seconds.
    ///
    /// A mail is sent at least once. If the node stops between the mail server's answer and the
    /// note, another one sends it again with the same `Message-ID`. A temporary refusal is tried
    /// again after one minute, then after as long as the message waits already, at most six hours.
    /// After 48 hours the message is failed, as it is at once after a permanent refusal.
    ///
    /// # Errors
    ///
    /// The store failed. Messages whose outcome could not be noted are sent again.
    pub async fn send_due_messages(
        &self,
        mailer: &dyn Mailer,
        texts: &dyn MailTexts,
        site: &Site,
    ) -> Result<SentMessages, StoreError> {
        let claimed = self.store().claim_due_messages(self.now(), AT_ONCE, LEASE);
        let claimed = claimed.await?;
        let sends = claimed
            .iter()
            .map(|message| self.send_message(message, mailer, texts, site));
        let outcomes = join_all(sends).await;
        let mut report = SentMessages::default();
        for outcome in outcomes {
            report.due += 1;
            report.sent += u32::from(outcome?);
        }
        Ok(report)
    }

    /// Sends one message. Returns whether the mail server took it.
    async fn send_message(
        &self,
        message: &Message,
        mailer: &dyn Mailer,
        texts: &dyn MailTexts,
        site: &Site,
    ) -> Result<bool, StoreError> {
        let (id, attempt) = (message.id, message.delivery.attempt);
        let now = self.now();
        let user = match message.user_id {
            Some(user) => self.store().find_user(user).await?,
            None => None,
        };
        let reason = match message.kind {
            MessageKind::Invitation => self.why_not_invite(message, now).await?,
            _ => why_not(message, user.as_ref(), now),
        };
        if let Some(reason) = reason {
            tracing::debug!(%id, kind = %message.kind, reason, "mail dropped");
            return self
                .store()
                .mark_dropped(id, attempt, reason)
                .await
                .map(|_| false);
        }
        if message.delivery.queued_at.plus(TWO_DAYS) <= now {
            let error = "not sent within 48 hours";
            let failed = self.store().mark_failed(id, attempt, None, error);
            return failed.await.map(|_| false);
        }
        let token = self.token_of_link(message);
        let (mail, code) = self.written(message, user.as_ref(), token.as_ref(), texts, site);
        let sent = timeout(LIMIT, mailer.send(&mail)).await;
        let sent = sent.unwrap_or_else(|_| {
            Err(MailError::Temporary(
                "the mail server did not answer in time".to_owned(),
            ))
        });
        let now = self.now();
        let (error, is_permanent) = match sent {
            Ok(()) => {
                let marked = self.store().mark_sent(id, attempt, now).await?;
                if marked == Marked::Stale {
                    tracing::warn!(%id, "a mail was sent after its lease; another node sends it too");
                }
                return Ok(true);
            }
            Err(MailError::Temporary(error)) => (error, false),
            Err(MailError::Permanent(error)) => (error, true),
        };
        let secrets = [
            token.as_ref().map(LinkToken::expose),
            code.as_ref().map(|code| code.as_str()),
        ];
        let error = shown(&error, secrets.into_iter().flatten());
        let next_at = next_attempt(message.delivery.queued_at, now).filter(|_| !is_permanent);
        tracing::warn!(%id, kind = %message.kind, attempt, error, gives_up = next_at.is_none(), "mail not sent");
        let failed = self.store().mark_failed(id, attempt, next_at, &error);
        failed.await.map(|_| false)
    }

    /// Returns why the mail of an invitation needs no sending. The link belongs to the invitation,
    /// which may be used or deleted while the mail waits, and which survives a restore that ends
    /// the links of messages.
    async fn why_not_invite(
        &self,
        message: &Message,
        now: Timestamp,
    ) -> Result<Option<&'static str>, StoreError> {
        let id = message.id.as_uuid().into();
        let found = self.store().find_invitation(id).await?;
        let salt = message.link.as_ref().map(|link| link.salt);
        let Some(invitation) = found.filter(|found| Some(found.salt) == salt) else {
            return Ok(Some("the invitation was deleted"));
        };
        Ok(match invitation.is_over(now) {
            None => None,
            Some(SignUpRefusal::InvitationRevoked) => Some("the invitation was revoked"),
            Some(SignUpRefusal::InvitationUsed) => Some("the invitation was used"),
            Some(_) => Some("the invitation expired"),
        })
    }

    /// Writes the mail, and returns its code beside it.
    fn written(
        &self,
        message: &Message,
        user: Option<&User>,
        token: Option<&LinkToken>,
        texts: &dyn MailTexts,
        site: &Site,
    ) -> (Mail, Option<zeroize::Zeroizing<String>>) {
        let code = self.code_of(message);
        let link = message.link.as_ref().zip(token);
        let link = link.map(|(link, token)| token.url(&site.base_url, link.purpose));
        let text = texts.text(&MailContent {
            message,
            user,
            site,
            link: link.as_ref().map(|link| link.as_str()),
            code: code.as_ref().map(|code| code.as_str()),
        });
        let mail = Mail {
            message_id: site.message_id(message),
            to: message.to.clone(),
            subject: one_line(&text.subject),
            text: text.text,
            html: text.html,
        };
        (mail, code)
    }
}

/// Returns why a message that is not an invitation needs no sending.
fn why_not(message: &Message, user: Option<&User>, now: Timestamp) -> Option<&'static str> {
    if message.link.is_some() && !message.has_active_link(now) {
        Some("its link ended")
    } else if user.is_none() {
        Some("no account has this address")
    } else {
        None
    }
}

/// Returns when to try again: after as long as the message waits already, so that the pauses
/// double; `None` if that is too late.
fn next_attempt(queued_at: Timestamp, now: Timestamp) -> Option<Timestamp> {
    let pause = queued_at.until(now).clamp(MINUTE, SIX_HOURS);
    let next_at = now.plus(pause);
    (next_at < queued_at.plus(TWO_DAYS)).then_some(next_at)
}

/// Makes an error one line of limited length, without the secrets of the mail and without e-mail
/// addresses: a mail server may repeat a part of the mail.
fn shown<'s>(error: &str, secrets: impl Iterator<Item = &'s str>) -> String {
    let mut error = error.to_owned();
    for secret in secrets {
        error = error.replace(secret, "…");
    }
    without_addresses(&one_line(&error))
        .chars()
        .take(MAX_ERROR)
        .collect()
}

/// Replaces each word with an `@`. A word ends at a character that no address has without quotes;
/// an address in quotes is one word up to its end.
fn without_addresses(error: &str) -> String {
    let is_end = |c: char| c.is_whitespace() || "<>()[]:;,\"'".contains(c);
    let mut shown = String::with_capacity(error.len());
    let mut rest = error;
    while let Some(at) = rest.find('@') {
        let (before, domain) = rest.split_at(at);
        let domain = &domain[1..];
        let is_quoted = before.ends_with('"');
        let start = match is_quoted {
            true => before[..at - 1].rfind('"').unwrap_or(0),
            false => before.rfind(is_end).map_or(0, |end| {
                end + before[end..].chars().next().map_or(0, char::len_utf8)
            }),
        };
        shown.push_str(&before[..start]);
        shown.push('…');
        // The domain may be an address of the network: `@[192.0.2.1]`.
        let literal = domain.strip_prefix('[').and_then(|inside| inside.find(']'));
        let end = match literal {
            Some(length) => length + 2,
            None => domain.find(is_end).unwrap_or(domain.len()),
        };
        rest = &domain[end..];
    }
    shown.push_str(rest);
    shown
}

#[cfg(test)]
mod tests;

//! `guestlist outbox show`

use std::io::{self, Write};

use anyhow::bail;
use guestlist::{DeliveryState, Message, MessageId, Timestamp};

use crate::{app::App, messages::ShownMessage};

/// Prints what is known about a mail, and its text. Its link and code are derived when it is sent,
/// and are not shown: they belong to the owner of the address.
pub(super) async fn run(app: &App, id: MessageId) -> anyhow::Result<()> {
    let Some(ShownMessage { message, text }) = app.show_message(id).await? else {
        bail!("{id}: no mail has this id; `guestlist outbox list` shows all");
    };
    let mut out = io::stdout().lock();
    for (what, value) in lines(&message) {
        writeln!(out, "{what:12}  {value}")?;
    }
    if let Some(text) = text {
        let body = text
            .text
            .replace(|c: char| c.is_control() && c != '\n', "\u{fffd}");
        write!(out, "\n{}\n\n{body}", text.subject)?;
    }
    Ok(())
}

fn lines(message: &Message) -> [(&'static str, String); 13] {
    let (link, delivery) = (message.link.as_ref(), &message.delivery);
    let or_none = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    let at = |at: Option<Timestamp>| or_none(at.map(|at| at.to_string()));
    let ended = link.and_then(|link| link.ended);
    // A held mail must be released first, and the other states are final.
    let is_queued = delivery.state == DeliveryState::Queued;
    [
        ("id", message.id.to_string()),
        ("kind", message.kind.to_string()),
        ("to", message.to.to_string()),
        (
            "user",
            or_none(message.user_id.map(|user| user.to_string())),
        ),
        ("created", message.created_at.to_string()),
        ("state", delivery.state.to_string()),
        ("attempts", delivery.attempt.to_string()),
        ("next attempt", at(is_queued.then_some(delivery.next_at))),
        ("sent", at(delivery.sent_at)),
        ("error", or_none(delivery.error.clone())),
        ("link", or_none(link.map(|link| link.purpose.to_string()))),
        ("link expires", at(link.map(|link| link.expires_at))),
        (
            "link ended",
            or_none(ended.map(|(end, at)| format!("{end}, {at}"))),
        ),
    ]
}

#[cfg(test)]
mod tests {
    use guestlist::{MessageData, MessageKind};

    use super::*;

    #[test]
    fn only_a_queued_mail_has_a_next_attempt() {
        let to = guestlist::testing::email("ada@example.com");
        let now = Timestamp::from_millis(1_795_219_200_000);
        let mut message = Message::new(MessageKind::Approved, None, to, MessageData::new(), now);
        for state in DeliveryState::ALL {
            message.delivery.state = state;
            let lines = lines(&message);
            let next = lines.iter().find(|(what, _)| *what == "next attempt");
            let (_, next) = next.expect("is a line");
            assert_eq!(
                next != "-",
                state == DeliveryState::Queued,
                "{state}: {next}"
            );
        }
    }
}

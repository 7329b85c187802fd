//! Messages with every field.

use crate::{
    Delivery, DeliveryState, LinkEnd, LinkPurpose, Message, MessageData, MessageKind, Salt,
    Timestamp, User,
};

/// Returns messages without any optional field (and of no user), and with all of them.
pub(super) fn messages(user: &User, moments: [Timestamp; 3]) -> Vec<Message> {
    let [first, now, last] = moments;
    let message = |user_id, kind, moment: Timestamp| Message {
        created_at: moment,
        ..Message::new(
            kind,
            user_id,
            user.email.clone(),
            MessageData::new().with("device", "\u{1f980}\"\\\r\n"),
            now,
        )
    };
    let mut records = vec![message(None, MessageKind::ResetPassword, now)];
    for (end, state, moment) in [
        (None, DeliveryState::Queued, first),
        (Some(LinkEnd::Used), DeliveryState::Held, now),
        (Some(LinkEnd::Superseded), DeliveryState::Sent, last),
        (Some(LinkEnd::Revoked), DeliveryState::Failed, first),
        (Some(LinkEnd::Restored), DeliveryState::Dropped, last),
    ] {
        let message = message(Some(user.id), MessageKind::VerifyEmail, moment);
        let bound_to = Some(user.email.as_given().to_owned());
        let mut full = message
            .with_link(LinkPurpose::VerifyEmail, bound_to, moment)
            .with_code();
        if let (Some(link), Some(code)) = (&mut full.link, &mut full.code) {
            link.ended = end.map(|end| (end, moment));
            link.salt = Salt::from_stored([0x80; 16]);
            code.tries = u32::from(u8::MAX);
        }
        full.delivery = Delivery {
            state,
            attempt: u32::MAX,
            queued_at: moment,
            next_at: moment,
            sent_at: Some(moment),
            error: Some("é".repeat(1_000)),
        };
        records.push(full);
    }
    records
}

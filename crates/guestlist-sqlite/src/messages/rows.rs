//! Messages: statements and rows.

use guestlist::{
    Delivery, Email, LinkEnd, Message, MessageCode, MessageData, MessageId, MessageLink, Salt,
};
use rusqlite::{
    Row,
    types::{Type, Value},
};

use crate::{
    statements::statements,
    values::{Id, Instant, optional_instant, word},
};

/// The columns that [`message`] reads.
macro_rules! message_columns {
    () => {
        "id, kind, user_id, to_key, to_given, data, created_at, purpose, link_salt, bound_to, \
         expires_at, link_end, link_ended_at, code_salt, code_tries, state, attempt, queued_at, \
         next_at, sent_at, error"
    };
}

macro_rules! insert_message {
    ($insert:literal) => {
        concat!(
            $insert,
            " INTO {messages} (",
            message_columns!(),
            ") SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17,
                 ?18, ?19, ?20, ?21
             WHERE ?3 IS NULL OR EXISTS (SELECT 1 FROM {users} u WHERE u.id = ?3)"
        )
    };
}

/// A change of a message that is queued and at the attempt (2).
macro_rules! mark {
    ($set:literal) => {
        concat!(
            "UPDATE {messages} SET ",
            $set,
            " WHERE id = ?1 AND attempt = ?2 AND state = 'queued'"
        )
    };
}

/// Whether a message comes after the id (1), newest first, and is of the kind (2). No UUID is
/// after sixteen bytes of ones.
macro_rules! of_page {
    () => {
        "id < coalesce(?1, x'ffffffffffffffffffffffffffffffffff') AND (?2 IS NULL OR kind = ?2)"
    };
}

statements! {
    /// The statements on messages.
    MessageStatements {
        insert_message = insert_message!("INSERT");

        /// Queues the message to that address (1) again that can take the place of a new one.
        resend_message = "
            UPDATE {messages} SET
                queued_at = CASE state WHEN 'queued' THEN queued_at ELSE ?5 END,
                next_at = CASE state WHEN 'queued' THEN next_at ELSE ?5 END,
                error = CASE state WHEN 'queued' THEN error END,
                state = 'queued'
            WHERE id = (
                SELECT id FROM {messages}
                WHERE to_key = ?1 AND kind = ?2 AND user_id IS ?3 AND bound_to IS ?4
                    AND purpose IS NOT NULL AND link_end IS NULL AND expires_at > ?5
                ORDER BY id DESC LIMIT 1)
            RETURNING id";

        supersede_messages = "
            UPDATE {messages} SET
                link_ended_at = CASE WHEN purpose IS NOT NULL AND link_end IS NULL THEN ?3
                    ELSE link_ended_at END,
                link_end = CASE WHEN purpose IS NOT NULL THEN coalesce(link_end, 'superseded') END,
                error = CASE WHEN state IN ('queued', 'held') THEN 'superseded' ELSE error END,
                state = CASE WHEN state IN ('queued', 'held') THEN 'dropped' ELSE state END
            WHERE user_id = ?1 AND kind = ?2
                AND (purpose IS NOT NULL AND link_end IS NULL OR state IN ('queued', 'held'))";

        find_message = concat!("SELECT ", message_columns!(), " FROM {messages} WHERE id = ?1");

        find_active_link = concat!(
            "SELECT ",
            message_columns!(),
            " FROM {messages}
            WHERE user_id = ?1 AND purpose = ?2 AND link_end IS NULL AND expires_at > ?3
            ORDER BY id DESC LIMIT 1"
        );

        find_active_link_to = concat!(
            "SELECT ",
            message_columns!(),
            " FROM {messages}
            WHERE to_key = ?1 AND purpose = ?2 AND link_end IS NULL AND expires_at > ?3
            ORDER BY id DESC LIMIT 1"
        );

        consume_link = concat!(
            "UPDATE {messages} SET link_end = 'used', link_ended_at = ?3
            WHERE id = ?1 AND purpose = ?2 AND link_end IS NULL AND expires_at > ?3
            RETURNING ",
            message_columns!()
        );

        end_links = "
            UPDATE {messages} SET
                link_end = 'revoked',
                link_ended_at = ?3,
                error = CASE WHEN state IN ('queued', 'held') THEN 'revoked' ELSE error END,
                state = CASE WHEN state IN ('queued', 'held') THEN 'dropped' ELSE state END
            WHERE user_id = ?1 AND purpose = ?2 AND link_end IS NULL AND expires_at > ?3";

        try_code = concat!(
            "UPDATE {messages} SET code_tries = code_tries + 1
            WHERE id = ?1 AND purpose IS NOT NULL AND link_end IS NULL AND expires_at > ?2
                AND code_tries < ?3
            RETURNING ",
            message_columns!()
        );

        claim_due_messages = concat!(
            "UPDATE {messages} SET attempt = attempt + 1, next_at = ?3, error = NULL
            WHERE id IN (
                SELECT id FROM {messages} WHERE state = 'queued' AND next_at <= ?1
                ORDER BY next_at, id LIMIT ?2)
            RETURNING ",
            message_columns!()
        );

        mark_sent = mark!("state = 'sent', sent_at = ?3");

        mark_failed = mark!(
            "state = CASE WHEN ?3 IS NULL THEN 'failed' ELSE 'queued' END,
             next_at = coalesce(?3, next_at), error = ?4"
        );

        mark_dropped = mark!("state = 'dropped', error = ?3");

        retry_message = "
            UPDATE {messages} SET state = 'queued', queued_at = ?2, next_at = ?2, error = NULL
            WHERE id = ?1 AND (state = 'failed' OR state = 'queued' AND error IS NOT NULL)";

        end_links_of_a_backup = "
            UPDATE {messages} SET link_end = 'restored', link_ended_at = ?1
            WHERE purpose IS NOT NULL AND link_end IS NULL AND expires_at > ?1";

        hold_messages = "UPDATE {messages} SET state = 'held' WHERE state = 'queued'";

        release_held = "
            UPDATE {messages} SET state = 'queued', queued_at = ?1, next_at = ?1, error = NULL
            WHERE state = 'held'";

        list_messages = concat!(
            "SELECT ",
            message_columns!(),
            " FROM {messages}
            WHERE ",
            of_page!(),
            " AND (?4 IS NULL OR +state = ?4)
            ORDER BY id DESC LIMIT ?3"
        );

        list_messages_of = concat!(
            "SELECT ",
            message_columns!(),
            " FROM {messages}
            WHERE user_id = ?5 AND ",
            of_page!(),
            " AND (?4 IS NULL OR +state = ?4)
            ORDER BY id DESC LIMIT ?3"
        );

        /// Sorts the messages in that state, so it is for states of few messages.
        list_messages_in_state = concat!(
            "SELECT ",
            message_columns!(),
            " FROM {messages}
            WHERE state = ?4 AND ",
            of_page!(),
            "
            ORDER BY id DESC LIMIT ?3"
        );

        purge_messages = "
            DELETE FROM {messages} WHERE id IN (
                SELECT id FROM {messages}
                WHERE created_at < ?1 AND (expires_at IS NULL OR +expires_at < ?1)
                ORDER BY created_at LIMIT ?2)";

        put_message = insert_message!("INSERT OR REPLACE");

        all_messages = concat!(
            "SELECT ",
            message_columns!(),
            " FROM {messages} WHERE id > coalesce(?1, x'') ORDER BY id LIMIT ?2"
        );

        count_messages = "SELECT count(*) FROM {messages}";
    }
}

/// Reads `message_columns!`.
pub(super) fn message(row: &Row<'_>) -> rusqlite::Result<Message> {
    let salt = |at| row.get(at).map(Salt::from_stored);
    let data = MessageData::from_stored(row.get_ref(5)?.as_str()?);
    let link = match row.get_ref(7)?.as_str_or_null()? {
        None => None,
        Some(_) => Some(MessageLink {
            purpose: word(row, 7)?,
            salt: salt(8)?,
            bound_to: row.get(9)?,
            expires_at: row.get::<_, Instant>(10)?.0,
            ended: match row.get_ref(11)?.as_str_or_null()? {
                None => None,
                Some(_) => Some((word::<LinkEnd>(row, 11)?, row.get::<_, Instant>(12)?.0)),
            },
        }),
    };
    let code = match row.get::<_, Option<u32>>(14)? {
        None => None,
        Some(tries) => Some(MessageCode {
            salt: salt(13)?,
            tries,
        }),
    };
    Ok(Message {
        id: MessageId::from(row.get::<_, Id>(0)?.0),
        kind: word(row, 1)?,
        user_id: row.get::<_, Option<Id>>(2)?.map(|id| id.0.into()),
        to: Email::from_stored(row.get(3)?, row.get(4)?),
        data: data.map_err(|error| {
            rusqlite::Error::FromSqlConversionFailure(5, Type::Text, Box::new(error))
        })?,
        created_at: row.get::<_, Instant>(6)?.0,
        link,
        code,
        delivery: Delivery {
            state: word(row, 15)?,
            attempt: row.get(16)?,
            queued_at: row.get::<_, Instant>(17)?.0,
            next_at: row.get::<_, Instant>(18)?.0,
            sent_at: optional_instant(row, 19)?,
            error: row.get(20)?,
        },
    })
}

/// The parameters of the statements that insert a message.
pub(super) fn values_of(message: &Message) -> Vec<Value> {
    let text = |text: &str| Value::Text(text.to_owned());
    let or_null = |value: Option<Value>| value.unwrap_or(Value::Null);
    let instant = |at: guestlist::Timestamp| Value::Integer(at.as_millis());
    let salt = |salt: &Salt| Value::Blob(salt.as_stored().to_vec());
    let (link, code) = (message.link.as_ref(), message.code.as_ref());
    let ended = link.and_then(|link| link.ended);
    let bound_to = link.and_then(|link| link.bound_to.as_deref());
    let delivery = &message.delivery;
    vec![
        Value::Blob(message.id.as_uuid().as_bytes().to_vec()),
        text(message.kind.as_str()),
        or_null(
            message
                .user_id
                .map(|user| Value::Blob(user.as_uuid().as_bytes().to_vec())),
        ),
        text(message.to.key()),
        text(message.to.as_given()),
        Value::Text(message.data.to_stored()),
        instant(message.created_at),
        or_null(link.map(|link| text(link.purpose.as_str()))),
        or_null(link.map(|link| salt(&link.salt))),
        or_null(bound_to.map(text)),
        or_null(link.map(|link| instant(link.expires_at))),
        or_null(ended.map(|(end, _)| text(end.as_str()))),
        or_null(ended.map(|(_, at)| instant(at))),
        or_null(code.map(|code| salt(&code.salt))),
        or_null(code.map(|code| Value::Integer(code.tries.into()))),
        text(delivery.state.as_str()),
        Value::Integer(delivery.attempt.into()),
        instant(delivery.queued_at),
        instant(delivery.next_at),
        or_null(delivery.sent_at.map(instant)),
        or_null(delivery.error.as_deref().map(text)),
    ]
}

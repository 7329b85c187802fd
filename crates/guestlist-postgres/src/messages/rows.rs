//! Messages: statements and rows.

use guestlist::{
    Delivery, Email, LinkEnd, Message, MessageCode, MessageData, MessageId, MessageLink, Salt,
    Timestamp,
};
use tokio_postgres::Row;
use uuid::Uuid;

use crate::{
    statements::{before_all, statements},
    values::{Column, Unreadable, bytes, instant, number, optional_instant, without_nul, word},
};

/// The columns that [`message`] reads.
macro_rules! message_columns {
    () => {
        "m.id, m.kind, m.user_id, m.to_key, m.to_given, m.data, m.created_at, m.purpose, \
         m.link_salt, m.bound_to, m.expires_at, m.link_end, m.link_ended_at, m.code_salt, \
         m.code_tries, m.state, m.attempt, m.queued_at, m.next_at, m.sent_at, m.error"
    };
}

macro_rules! insert_message {
    ($condition:literal) => {
        concat!(
            "INSERT INTO messages (id, kind, user_id, to_key, to_given, data, created_at, purpose,
                link_salt, bound_to, expires_at, link_end, link_ended_at, code_salt, code_tries,
                state, attempt, queued_at, next_at, sent_at, error)
            SELECT $1::uuid, $2::text, $3::uuid, $4::text, $5::text, $6::text, $7::bigint, $8::text,
                $9::bytea, $10::text, $11::bigint, $12::text, $13::bigint, $14::bytea, $15::bigint,
                $16::text, $17::bigint, $18::bigint, $19::bigint, $20::bigint, $21::text ",
            $condition
        )
    };
}

/// Whether a message to that address can take the place of a new one.
macro_rules! same_message {
    () => {
        "s.to_key = $1 AND s.kind = $2 AND s.user_id IS NOT DISTINCT FROM $3
            AND s.bound_to IS NOT DISTINCT FROM $4 AND s.purpose IS NOT NULL
            AND s.link_end IS NULL AND s.expires_at > $5"
    };
}

macro_rules! supersede_messages {
    ($condition:expr) => {
        concat!(
            "UPDATE messages m SET
                link_ended_at = CASE WHEN m.purpose IS NOT NULL AND m.link_end IS NULL THEN $5
                    ELSE m.link_ended_at END,
                link_end = CASE WHEN m.purpose IS NOT NULL
                    THEN coalesce(m.link_end, 'superseded') END,
                error = CASE WHEN m.state IN ('queued', 'held') THEN 'superseded' ELSE m.error END,
                state = CASE WHEN m.state IN ('queued', 'held') THEN 'dropped' ELSE m.state END
            WHERE m.user_id = $3 AND m.kind = $2
                AND (m.purpose IS NOT NULL AND m.link_end IS NULL OR m.state IN ('queued', 'held'))
                AND ",
            $condition
        )
    };
}

/// A change of a message that is queued and at the attempt (2).
macro_rules! mark {
    ($set:literal) => {
        concat!(
            "UPDATE messages m SET ",
            $set,
            " WHERE m.id = $1 AND m.attempt = $2 AND m.state = 'queued'"
        )
    };
}

/// Whether a message comes after the id (1), newest first, and is of the kind (2).
macro_rules! of_page {
    () => {
        "m.id < coalesce($1, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid)
            AND ($2::text IS NULL OR m.kind = $2)"
    };
}

statements! {
    /// Locks the user's row. So a concurrent insertion for the same user waits, and then sees this
    /// message.
    HOLD_USER = "SELECT 1 FROM users WHERE id = $1 FOR NO KEY UPDATE";

    INSERT_MESSAGE_WITHOUT_USER = insert_message!("WHERE $3::uuid IS NULL");

    INSERT_MESSAGE = insert_message!("WHERE EXISTS (SELECT 1 FROM users u WHERE u.id = $3::uuid)");

    /// Inserts nothing if another message can take its place.
    INSERT_RESET = insert_message!(
        "WHERE EXISTS (SELECT 1 FROM users u WHERE u.id = $3::uuid) AND NOT EXISTS (
            SELECT 1 FROM messages s
            WHERE s.to_key = $4::text AND s.kind = $2::text AND s.user_id = $3::uuid
                AND s.bound_to IS NOT DISTINCT FROM $10::text AND s.purpose IS NOT NULL
                AND s.link_end IS NULL AND s.expires_at > $7::bigint)"
    );

    /// Queues the message to that address (1) again that can take the place of a new one.
    RESEND_MESSAGE = concat!(
        "UPDATE messages m SET
            queued_at = CASE m.state WHEN 'queued' THEN m.queued_at ELSE $5 END,
            next_at = CASE m.state WHEN 'queued' THEN m.next_at ELSE $5 END,
            error = CASE m.state WHEN 'queued' THEN m.error END,
            state = 'queued'
        WHERE m.id = (SELECT s.id FROM messages s WHERE ",
        same_message!(),
        " ORDER BY s.id DESC LIMIT 1) AND m.link_end IS NULL
        RETURNING m.id"
    );

    SUPERSEDE_MESSAGES = supersede_messages!("$1::text IS NOT NULL AND $4::text IS NULL");

    /// Ends nothing if another message can take the place of the new one.
    SUPERSEDE_RESETS = supersede_messages!(concat!(
        "NOT EXISTS (SELECT 1 FROM messages s WHERE ",
        same_message!(),
        ")"
    ));

    FIND_MESSAGE = concat!("SELECT ", message_columns!(), " FROM messages m WHERE m.id = $1");

    FIND_ACTIVE_LINK = concat!(
        "SELECT ",
        message_columns!(),
        " FROM messages m
        WHERE m.user_id = $1 AND m.purpose = $2 AND m.link_end IS NULL AND m.expires_at > $3
        ORDER BY m.id DESC LIMIT 1"
    );

    FIND_ACTIVE_LINK_TO = concat!(
        "SELECT ",
        message_columns!(),
        " FROM messages m
        WHERE m.to_key = $1 AND m.purpose = $2 AND m.link_end IS NULL AND m.expires_at > $3
        ORDER BY m.id DESC LIMIT 1"
    );

    CONSUME_LINK = concat!(
        "UPDATE messages m SET link_end = 'used', link_ended_at = $3
        WHERE m.id = $1 AND m.purpose = $2 AND m.link_end IS NULL AND m.expires_at > $3
        RETURNING ",
        message_columns!()
    );

    END_LINKS = "
        UPDATE messages m SET
            link_end = 'revoked',
            link_ended_at = $3,
            error = CASE WHEN m.state IN ('queued', 'held') THEN 'revoked' ELSE m.error END,
            state = CASE WHEN m.state IN ('queued', 'held') THEN 'dropped' ELSE m.state END
        WHERE m.user_id = $1 AND m.purpose = $2 AND m.link_end IS NULL AND m.expires_at > $3";

    TRY_CODE = concat!(
        "UPDATE messages m SET code_tries = m.code_tries + 1
        WHERE m.id = $1 AND m.purpose IS NOT NULL AND m.link_end IS NULL AND m.expires_at > $2
            AND m.code_tries < $3
        RETURNING ",
        message_columns!()
    );

    CLAIM_DUE_MESSAGES = concat!(
        "UPDATE messages m SET attempt = m.attempt + 1, next_at = $3, error = NULL
        WHERE m.id = ANY (ARRAY(
            SELECT id FROM messages WHERE state = 'queued' AND next_at <= $1
            ORDER BY state, next_at, id LIMIT $2 FOR UPDATE SKIP LOCKED))
        RETURNING ",
        message_columns!()
    );

    MARK_SENT = mark!("state = 'sent', sent_at = $3");

    MARK_FAILED = mark!(
        "state = CASE WHEN $3::bigint IS NULL THEN 'failed' ELSE 'queued' END,
         next_at = coalesce($3::bigint, m.next_at), error = $4"
    );

    MARK_DROPPED = mark!("state = 'dropped', error = $3");

    RETRY_MESSAGE = "
        UPDATE messages m SET state = 'queued', queued_at = $2, next_at = $2, error = NULL
        WHERE m.id = $1 AND (m.state = 'failed' OR m.state = 'queued' AND m.error IS NOT NULL)";

    END_LINKS_OF_A_BACKUP = "
        UPDATE messages m SET link_end = 'restored', link_ended_at = $1
        WHERE m.purpose IS NOT NULL AND m.link_end IS NULL AND m.expires_at > $1";

    HOLD_MESSAGES = "UPDATE messages m SET state = 'held' WHERE m.state = 'queued'";

    RELEASE_HELD = "
        UPDATE messages m SET state = 'queued', queued_at = $1, next_at = $1, error = NULL
        WHERE m.state = 'held'";

    LIST_MESSAGES = concat!(
        "SELECT ",
        message_columns!(),
        " FROM messages m WHERE ",
        of_page!(),
        " AND ($4::text IS NULL OR m.state = $4)
        ORDER BY m.id DESC LIMIT $3"
    );

    LIST_MESSAGES_OF = concat!(
        "SELECT ",
        message_columns!(),
        " FROM messages m WHERE m.user_id = $5 AND ",
        of_page!(),
        " AND ($4::text IS NULL OR m.state = $4)
        ORDER BY m.id DESC LIMIT $3"
    );

    /// Sorts the messages in that state, so it is for states of few messages. `OFFSET 0` keeps the
    /// planner from reading all messages in the order of their ids instead.
    LIST_MESSAGES_IN_STATE = concat!(
        "SELECT ",
        message_columns!(),
        " FROM (SELECT * FROM messages WHERE state = $4 OFFSET 0) m WHERE ",
        of_page!(),
        " ORDER BY m.id DESC LIMIT $3"
    );

    PURGE_MESSAGES = "
        DELETE FROM messages WHERE id = ANY (ARRAY(
            SELECT id FROM messages
            WHERE created_at < $1 AND (expires_at IS NULL OR expires_at < $1)
            ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED))";

    PUT_MESSAGE = insert_message!(
        "ON CONFLICT (id) DO UPDATE
        SET (kind, user_id, to_key, to_given, data, created_at, purpose, link_salt, bound_to,
             expires_at, link_end, link_ended_at, code_salt, code_tries, state, attempt, queued_at,
             next_at, sent_at, error)
          = ($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
             $21)"
    );

    ALL_MESSAGES = concat!(
        "SELECT ",
        message_columns!(),
        " FROM messages m WHERE m.id > coalesce($1, ",
        before_all!(),
        ") ORDER BY m.id LIMIT $2"
    );

    COUNT_MESSAGES = "SELECT count(*) FROM messages";
}

/// Reads `message_columns!`.
pub(super) fn message(row: &Row) -> Result<Message, Unreadable> {
    let salt = |at: usize| -> Result<Salt, Unreadable> {
        Ok(Salt::from_stored(bytes(row.try_get(at)?, at)?))
    };
    let data = MessageData::from_stored(row.try_get(5)?);
    let link = match row.try_get::<_, Option<&str>>(7)? {
        None => None,
        Some(_) => Some(MessageLink {
            purpose: word(row, 7)?,
            salt: salt(8)?,
            bound_to: row.try_get(9)?,
            expires_at: instant(row, 10)?,
            ended: match row.try_get::<_, Option<&str>>(11)? {
                None => None,
                Some(_) => Some((word::<LinkEnd>(row, 11)?, instant(row, 12)?)),
            },
        }),
    };
    let code = match row.try_get::<_, Option<i64>>(14)? {
        None => None,
        Some(_) => Some(MessageCode {
            salt: salt(13)?,
            tries: number(row, 14)?,
        }),
    };
    Ok(Message {
        id: MessageId::from(row.try_get::<_, Uuid>(0)?),
        kind: word(row, 1)?,
        user_id: row.try_get::<_, Option<Uuid>>(2)?.map(Into::into),
        to: Email::from_stored(row.try_get(3)?, row.try_get(4)?),
        data: data.map_err(|error| Unreadable::Form(5, error.into()))?,
        created_at: instant(row, 6)?,
        link,
        code,
        delivery: Delivery {
            state: word(row, 15)?,
            attempt: number(row, 16)?,
            queued_at: instant(row, 17)?,
            next_at: instant(row, 18)?,
            sent_at: optional_instant(row, 19)?,
            error: row.try_get(20)?,
        },
    })
}

/// The parameters of the statements that insert a message.
pub(super) fn message_params(message: &Message) -> Vec<Column> {
    let (link, code) = (message.link.as_ref(), message.code.as_ref());
    let ended = link.and_then(|link| link.ended);
    let delivery = &message.delivery;
    let error = delivery.error.as_deref();
    vec![
        Box::new(message.id.as_uuid()),
        Box::new(message.kind.as_str()),
        Box::new(message.user_id.map(|user| user.as_uuid())),
        Box::new(message.to.key().to_owned()),
        Box::new(message.to.as_given().to_owned()),
        Box::new(message.data.to_stored()),
        Box::new(message.created_at.as_millis()),
        Box::new(link.map(|link| link.purpose.as_str())),
        Box::new(link.map(|link| link.salt.as_stored().to_vec())),
        Box::new(link.and_then(|link| link.bound_to.clone())),
        Box::new(link.map(|link| link.expires_at.as_millis())),
        Box::new(ended.map(|(end, _)| end.as_str())),
        Box::new(ended.map(|(_, at)| at.as_millis())),
        Box::new(code.map(|code| code.salt.as_stored().to_vec())),
        Box::new(code.map(|code| i64::from(code.tries))),
        Box::new(delivery.state.as_str()),
        Box::new(i64::from(delivery.attempt)),
        Box::new(delivery.queued_at.as_millis()),
        Box::new(delivery.next_at.as_millis()),
        Box::new(delivery.sent_at.map(Timestamp::as_millis)),
        Box::new(error.map(|error| without_nul(error).into_owned())),
    ]
}

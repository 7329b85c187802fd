//! Every statement, once. The order of columns and parameters is that of `row.rs`.

macro_rules! shown {
    () => {
        "SELECT e.id, e.creator, e.title, e.description, e.image, e.tags, e.location, e.online_url,
            e.starts_at, e.starts_wall, e.ends_at, e.ends_wall, e.time_zone, e.start_date,
            e.end_date, e.capacity, e.visibility, e.created_at, e.updated_at, e.version,
            u.email, u.email_as_given, e.sort_at, u.name, e.fingerprint,
            u.disabled_at IS NOT NULL AS is_disabled
        FROM events e
        CROSS JOIN LATERAL (
            SELECT email, email_as_given, name, disabled_at FROM users
            WHERE users.id = e.creator OFFSET 0
        ) AS u "
    };
}

macro_rules! text_bytes {
    () => {
        "octet_length(e.title) + octet_length(e.description)"
    };
}

/// The parts of a list that all lists share. OFFSET 0 has the creator looked up for each event, so that the
/// events stay in the order of their index and the rest of them is never read.
///
/// What is more than $12 bytes stays in the database, except for the first row beyond them, which tells that the
/// list goes on. The two longest texts are counted here and the whole event is counted by the reader of the rows, so
/// no row is left out that has room. The length of a text is known without reading it.
macro_rules! list {
    ($whose:literal, $after:literal, $order:literal) => {
        concat!(
            "SELECT * FROM (SELECT e.*, sum(",
            text_bytes!(),
            ") OVER (ORDER BY ",
            $order,
            " ROWS UNBOUNDED PRECEDING) AS so_far FROM (",
            shown!(),
            "WHERE ",
            $whose,
            " AND ",
            $after,
            " AND ($4::text IS NULL OR strpos(e.search_text, $4) > 0)
              AND e.tags @> $5
              AND e.sort_at > $6 AND ($7 OR e.sort_at < $8)
              AND e.over_at > $9 AND e.over_at <= $10
              ORDER BY ",
            $order,
            " LIMIT $11) AS e) AS e WHERE e.so_far - (",
            text_bytes!(),
            ") <= $12 ORDER BY ",
            $order
        )
    };
}

macro_rules! public {
    ($after:literal, $order:literal) => {
        list!(
            "e.visibility = 'public' AND u.disabled_at IS NULL AND $3::uuid IS NULL",
            $after,
            $order
        )
    };
}

macro_rules! of_creator {
    ($after:literal, $order:literal) => {
        list!("e.creator = $3", $after, $order)
    };
}

pub(super) const LIST_PUBLIC_BY_START: &str =
    public!("(e.sort_at, e.id) > ($1, $2)", "e.sort_at, e.id");
pub(super) const LIST_PUBLIC_BY_START_DESC: &str =
    public!("(e.sort_at, e.id) < ($1, $2)", "e.sort_at DESC, e.id DESC");
pub(super) const LIST_PUBLIC_BY_CREATION: &str =
    public!("(e.created_at, e.id) > ($1, $2)", "e.created_at, e.id");
pub(super) const LIST_PUBLIC_BY_CREATION_DESC: &str = public!(
    "(e.created_at, e.id) < ($1, $2)",
    "e.created_at DESC, e.id DESC"
);
pub(super) const LIST_OF_CREATOR_BY_START: &str =
    of_creator!("(e.sort_at, e.id) > ($1, $2)", "e.sort_at, e.id");
pub(super) const LIST_OF_CREATOR_BY_START_DESC: &str =
    of_creator!("(e.sort_at, e.id) < ($1, $2)", "e.sort_at DESC, e.id DESC");
pub(super) const LIST_OF_CREATOR_BY_CREATION: &str =
    of_creator!("(e.created_at, e.id) > ($1, $2)", "e.created_at, e.id");
pub(super) const LIST_OF_CREATOR_BY_CREATION_DESC: &str = of_creator!(
    "(e.created_at, e.id) < ($1, $2)",
    "e.created_at DESC, e.id DESC"
);

macro_rules! put_event {
    () => {
        "INSERT INTO events (id, title, description, image, tags, location, online_url,
            starts_at, starts_wall, ends_at, ends_wall, time_zone, start_date, end_date, capacity,
            visibility, updated_at, version, sort_at, search_text, over_at, creator, created_at, fingerprint)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,
            $20, $21, $22, $23, $24)"
    };
}

/// Whoever makes an event for that user meanwhile waits, and so counts this one.
pub(super) const HOLD_CREATOR: &str = "SELECT 1 FROM users WHERE id = $1 FOR NO KEY UPDATE";

/// If the creator, whose row is held, has fewer events than that (24).
pub(super) const INSERT_EVENT: &str = "
    INSERT INTO events (id, title, description, image, tags, location, online_url,
        starts_at, starts_wall, ends_at, ends_wall, time_zone, start_date, end_date, capacity,
        visibility, updated_at, version, sort_at, search_text, over_at, creator, created_at, fingerprint)
    SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,
        $20, $21, $22, $23, $24
    WHERE $25 > (SELECT count(*) FROM (
        SELECT 1 FROM events e WHERE e.creator = $22 LIMIT $25) AS theirs)
    ON CONFLICT (id) DO NOTHING";

pub(super) const UPDATE_EVENT: &str = "
    UPDATE events SET title = $2, description = $3, image = $4, tags = $5, location = $6,
        online_url = $7, starts_at = $8, starts_wall = $9, ends_at = $10, ends_wall = $11,
        time_zone = $12, start_date = $13, end_date = $14, capacity = $15, visibility = $16,
        updated_at = $17, version = $18, sort_at = $19, search_text = $20, over_at = $21
    WHERE id = $1 AND version = $22
        AND EXISTS (SELECT 1 FROM users u WHERE u.id = events.creator)";

pub(super) const FIND_EVENT: &str = concat!(shown!(), "WHERE e.id = $1");

pub(super) const IS_THERE: &str =
    "SELECT 1 FROM events e JOIN users u ON u.id = e.creator WHERE e.id = $1";

pub(super) const DELETE_EVENT: &str = "
    DELETE FROM events WHERE id = $1 AND version = $2
        AND EXISTS (SELECT 1 FROM users u WHERE u.id = events.creator)";

pub(super) const DELETE_EVENTS_OF: &str = "DELETE FROM events WHERE creator = $1";

pub(super) const SWEEP_EVENTS: &str = "
    DELETE FROM events WHERE id = ANY (ARRAY(
        SELECT e.id FROM events e
        WHERE NOT EXISTS (SELECT 1 FROM users u WHERE u.id = e.creator) LIMIT $1))";

pub(super) const PUT_EVENT: &str = concat!(
    put_event!(),
    " ON CONFLICT (id) DO UPDATE
    SET (title, description, image, tags, location, online_url, starts_at, starts_wall, ends_at,
         ends_wall, time_zone, start_date, end_date, capacity, visibility, updated_at, version,
         sort_at, search_text, over_at, creator, created_at, fingerprint)
      = ($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
         $21, $22, $23, $24)"
);

/// No id is less than this one, and none is that.
pub(super) const ALL_EVENTS: &str = concat!(
    shown!(),
    "WHERE e.id > coalesce($1, '00000000-0000-0000-0000-000000000000'::uuid)
     ORDER BY e.id LIMIT $2"
);

/// What the last migration has marked.
pub(super) const EVENTS_TO_RENEW: &str = concat!(
    shown!(),
    "WHERE e.over_at = -1 AND e.id > coalesce($1, '00000000-0000-0000-0000-000000000000'::uuid)
     ORDER BY e.id LIMIT $2"
);

pub(super) const RENEW_EVENT: &str = "
    UPDATE events SET tags = $2, over_at = $3 WHERE id = $1 AND over_at = -1";

pub(super) const COUNT_EVENTS: &str = "SELECT count(*) FROM events";

#[cfg(test)]
pub(super) const LISTS: [&str; 8] = [
    LIST_PUBLIC_BY_START,
    LIST_PUBLIC_BY_START_DESC,
    LIST_PUBLIC_BY_CREATION,
    LIST_PUBLIC_BY_CREATION_DESC,
    LIST_OF_CREATOR_BY_START,
    LIST_OF_CREATOR_BY_START_DESC,
    LIST_OF_CREATOR_BY_CREATION,
    LIST_OF_CREATOR_BY_CREATION_DESC,
];

#[cfg(test)]
pub(super) const OTHERS: [&str; 13] = [
    HOLD_CREATOR,
    INSERT_EVENT,
    UPDATE_EVENT,
    FIND_EVENT,
    IS_THERE,
    DELETE_EVENT,
    DELETE_EVENTS_OF,
    SWEEP_EVENTS,
    PUT_EVENT,
    ALL_EVENTS,
    EVENTS_TO_RENEW,
    RENEW_EVENT,
    COUNT_EVENTS,
];

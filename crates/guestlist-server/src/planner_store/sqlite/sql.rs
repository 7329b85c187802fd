//! Every statement, once. The order of columns is that of `row.rs`.

macro_rules! shown {
    () => {
        "SELECT e.id, e.creator, e.title, e.description, e.image, e.tags, e.location, e.online_url,
            e.starts_at, e.starts_wall, e.ends_at, e.ends_wall, e.time_zone, e.start_date,
            e.end_date, e.capacity, e.visibility, e.created_at, e.updated_at, e.version,
            u.email, u.email_as_given, u.name, e.fingerprint, u.disabled_at IS NOT NULL
        FROM events e CROSS JOIN users u ON u.id = e.creator "
    };
}

/// The parts of a list that all lists share. CROSS JOIN keeps the events in front, in the order of
/// their index; whoever reads the rows stops when there are enough.
macro_rules! list {
    ($whose:literal, $after:literal, $order:literal) => {
        concat!(
            shown!(),
            "WHERE ",
            $whose,
            " AND ",
            $after,
            " AND (:q IS NULL OR instr(e.search_text, :q) > 0)
              AND e.sort_at > :starts_after AND (:undecided OR e.sort_at < :starts_before)
              AND e.over_at > :over_after AND e.over_at <= :over_by
              AND NOT EXISTS (SELECT 1 FROM json_each(:tags) wanted WHERE wanted.value NOT IN
                  (SELECT tag.value FROM json_each(e.tags) tag))
              ORDER BY ",
            $order
        )
    };
}

macro_rules! public {
    ($after:literal, $order:literal) => {
        list!(
            "e.visibility = 'public' AND u.disabled_at IS NULL AND :creator IS NULL",
            $after,
            $order
        )
    };
}

macro_rules! of_creator {
    ($after:literal, $order:literal) => {
        list!("e.creator = :creator", $after, $order)
    };
}

pub(super) const LIST_PUBLIC_BY_START: &str =
    public!("(e.sort_at, e.id) > (:key, :id)", "e.sort_at, e.id");
pub(super) const LIST_PUBLIC_BY_START_DESC: &str = public!(
    "(e.sort_at, e.id) < (:key, :id)",
    "e.sort_at DESC, e.id DESC"
);
pub(super) const LIST_PUBLIC_BY_CREATION: &str =
    public!("(e.created_at, e.id) > (:key, :id)", "e.created_at, e.id");
pub(super) const LIST_PUBLIC_BY_CREATION_DESC: &str = public!(
    "(e.created_at, e.id) < (:key, :id)",
    "e.created_at DESC, e.id DESC"
);
pub(super) const LIST_OF_CREATOR_BY_START: &str =
    of_creator!("(e.sort_at, e.id) > (:key, :id)", "e.sort_at, e.id");
pub(super) const LIST_OF_CREATOR_BY_START_DESC: &str = of_creator!(
    "(e.sort_at, e.id) < (:key, :id)",
    "e.sort_at DESC, e.id DESC"
);
pub(super) const LIST_OF_CREATOR_BY_CREATION: &str =
    of_creator!("(e.created_at, e.id) > (:key, :id)", "e.created_at, e.id");
pub(super) const LIST_OF_CREATOR_BY_CREATION_DESC: &str = of_creator!(
    "(e.created_at, e.id) < (:key, :id)",
    "e.created_at DESC, e.id DESC"
);

macro_rules! insert_event {
    ($insert:literal, $otherwise:literal) => {
        concat!(
            $insert,
            " INTO events (id, creator, title, description, image, tags, location, online_url,
        starts_at, starts_wall, ends_at, ends_wall, time_zone, start_date, end_date, capacity,
        visibility, created_at, updated_at, version, sort_at, over_at, search_text, fingerprint)
    VALUES (:id, :creator, :title, :description, :image, :tags, :location, :online_url,
        :starts_at, :starts_wall, :ends_at, :ends_wall, :time_zone, :start_date, :end_date,
        :capacity, :visibility, :created_at, :updated_at, :version, :sort_at, :over_at, :search_text,
        :fingerprint)",
            $otherwise
        )
    };
}

/// What is there stays.
pub(super) const INSERT_EVENT: &str = insert_event!("INSERT", " ON CONFLICT (id) DO NOTHING");

/// No more are counted than that.
pub(super) const COUNT_EVENTS_OF: &str = "
    SELECT count(*) FROM (SELECT 1 FROM events WHERE creator = ?1 LIMIT ?2)";

pub(super) const UPDATE_EVENT: &str = "
    UPDATE events SET title = :title, description = :description, image = :image, tags = :tags,
        location = :location, online_url = :online_url, starts_at = :starts_at,
        starts_wall = :starts_wall, ends_at = :ends_at, ends_wall = :ends_wall,
        time_zone = :time_zone, start_date = :start_date, end_date = :end_date,
        capacity = :capacity, visibility = :visibility, updated_at = :updated_at,
        version = :version, sort_at = :sort_at, over_at = :over_at, search_text = :search_text
    WHERE id = :id AND version = :expected AND creator IN (SELECT id FROM users)";

pub(super) const FIND_EVENT: &str = concat!(shown!(), "WHERE e.id = ?1");

pub(super) const IS_THERE: &str =
    "SELECT 1 FROM events e CROSS JOIN users u ON u.id = e.creator WHERE e.id = ?1";

pub(super) const DELETE_EVENT: &str = "
    DELETE FROM events
    WHERE id = ?1 AND version = ?2 AND creator IN (SELECT id FROM users)";

pub(super) const DELETE_EVENTS_OF: &str = "DELETE FROM events WHERE creator = ?1";

pub(super) const SWEEP_EVENTS: &str = "
    DELETE FROM events WHERE id IN
        (SELECT id FROM events WHERE creator NOT IN (SELECT id FROM users) LIMIT ?1)";

/// Nothing refers to an event.
pub(super) const PUT_EVENT: &str = insert_event!("INSERT OR REPLACE", "");

/// No id is less than the empty one.
pub(super) const ALL_EVENTS: &str = concat!(
    shown!(),
    "WHERE e.id > coalesce(?1, x'') ORDER BY e.id LIMIT ?2"
);

/// What the last migration has marked. No id is less than the empty one.
pub(super) const EVENTS_TO_RENEW: &str = concat!(
    shown!(),
    "WHERE e.over_at = -1 AND e.id > coalesce(?1, x'') ORDER BY e.id LIMIT ?2"
);

pub(super) const RENEW_EVENT: &str = "
    UPDATE events SET tags = :tags, over_at = :over_at WHERE id = :id AND over_at = -1";

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
pub(super) const ALL: [&str; 21] = [
    LIST_PUBLIC_BY_START,
    LIST_PUBLIC_BY_START_DESC,
    LIST_PUBLIC_BY_CREATION,
    LIST_PUBLIC_BY_CREATION_DESC,
    LIST_OF_CREATOR_BY_START,
    LIST_OF_CREATOR_BY_START_DESC,
    LIST_OF_CREATOR_BY_CREATION,
    LIST_OF_CREATOR_BY_CREATION_DESC,
    INSERT_EVENT,
    COUNT_EVENTS_OF,
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

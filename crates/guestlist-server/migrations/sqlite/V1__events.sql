-- `sort_at` and `search_text` are what the planner's rules make of the other columns.
CREATE TABLE events (
    id          BLOB    NOT NULL PRIMARY KEY,
    creator     BLOB    NOT NULL,
    title       TEXT    NOT NULL,
    description TEXT    NOT NULL,
    image       TEXT,
    tags        TEXT    NOT NULL,
    location    TEXT,
    online_url  TEXT,
    starts_at   INTEGER,
    starts_wall TEXT,
    ends_at     INTEGER,
    ends_wall   TEXT,
    time_zone   TEXT,
    start_date  TEXT,
    end_date    TEXT,
    capacity    INTEGER,
    visibility  TEXT    NOT NULL,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    version     INTEGER NOT NULL,
    sort_at     INTEGER NOT NULL,
    search_text TEXT    NOT NULL
) STRICT;

CREATE INDEX public_events_by_start ON events (sort_at, id) WHERE visibility = 'public';
CREATE INDEX public_events_by_creation ON events (created_at, id) WHERE visibility = 'public';
CREATE INDEX events_of_a_creator_by_start ON events (creator, sort_at, id);
CREATE INDEX events_of_a_creator_by_creation ON events (creator, created_at, id);

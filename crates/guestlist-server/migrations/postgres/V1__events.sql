-- `sort_at` and `search_text` are what the planner's rules make of the other columns. Times are
-- milliseconds since 1970.
CREATE TABLE events (
    id          uuid   NOT NULL PRIMARY KEY,
    creator     uuid   NOT NULL,
    title       text   NOT NULL,
    description text   NOT NULL,
    image       text,
    tags        text[] COLLATE "C" NOT NULL,
    location    text,
    online_url  text,
    starts_at   bigint,
    starts_wall text,
    ends_at     bigint,
    ends_wall   text,
    time_zone   text,
    start_date  text,
    end_date    text,
    capacity    bigint,
    visibility  text   COLLATE "C" NOT NULL,
    created_at  bigint NOT NULL,
    updated_at  bigint NOT NULL,
    version     bigint NOT NULL,
    sort_at     bigint NOT NULL,
    search_text text   COLLATE "C" NOT NULL
);

CREATE INDEX public_events_by_start ON events (sort_at, id) WHERE visibility = 'public';
CREATE INDEX public_events_by_creation ON events (created_at, id) WHERE visibility = 'public';
CREATE INDEX events_of_a_creator_by_start ON events (creator, sort_at, id);
CREATE INDEX events_of_a_creator_by_creation ON events (creator, created_at, id);

-- `over_at` is what the planner's rules make of the other columns. It stands in the indexes so that what is over
-- is passed by without a look at the rows.
ALTER TABLE events ADD COLUMN over_at INTEGER NOT NULL DEFAULT 9223372036854775807;

UPDATE events SET over_at = coalesce(
    ends_at,
    starts_at,
    (CAST(unixepoch(end_date) AS INTEGER) + 86400) * 1000,
    9223372036854775807
);

DROP INDEX public_events_by_start;
DROP INDEX events_of_a_creator_by_start;
CREATE INDEX public_events_by_start ON events (sort_at, id, over_at) WHERE visibility = 'public';
CREATE INDEX events_of_a_creator_by_start ON events (creator, sort_at, id, over_at);

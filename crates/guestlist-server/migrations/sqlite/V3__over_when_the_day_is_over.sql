-- Days and starts without an end are over when the day is over in the event's zone, and a tag has one spelling.
-- The program knows the rules of zones and spellings, SQL does not: -1 marks the rows that the program
-- brings up to date before it serves. The index finds them, and is empty afterwards.
UPDATE events SET over_at = -1
WHERE start_date IS NOT NULL
    OR starts_at IS NOT NULL AND (ends_at IS NULL OR ends_at <= starts_at)
    OR tags GLOB '*[^ -~]*';

CREATE INDEX events_to_renew ON events (id) WHERE over_at = -1;

-- An event without an end is over when its day is over in its zone, and each tag has one spelling. Only the
-- program knows the rules of zones and spellings. So -1 marks the rows that it brings up to date before it
-- serves. The index finds them, and is empty afterwards.
UPDATE events SET over_at = -1
WHERE start_date IS NOT NULL
    OR starts_at IS NOT NULL AND (ends_at IS NULL OR ends_at <= starts_at)
    OR tags GLOB '*[^ -~]*';

CREATE INDEX events_to_renew ON events (id) WHERE over_at = -1;

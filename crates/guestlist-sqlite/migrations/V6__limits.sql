-- Counters of tries: the time in milliseconds at which all counted tries are paid off. The key is a MAC. A counter whose
-- time has passed is the same as none, and is removed.
CREATE TABLE limits (
    key     BLOB    NOT NULL PRIMARY KEY,
    paid_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX limits_by_paid_at ON limits (paid_at);

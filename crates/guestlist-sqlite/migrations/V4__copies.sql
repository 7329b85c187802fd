-- While there is a row, a copy of another database into this one is not finished.
CREATE TABLE copy_mark (
    only_one INTEGER NOT NULL PRIMARY KEY CHECK (only_one = 1),
    mark     TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

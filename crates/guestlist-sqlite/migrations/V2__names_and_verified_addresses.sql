-- What people call a user, and since when the address is known to be theirs.
ALTER TABLE users ADD COLUMN name TEXT;
ALTER TABLE users ADD COLUMN verified_at INTEGER;

-- What a user may do, and since when an administrator lets the user sign in. Users of before are approved members.
ALTER TABLE users ADD COLUMN role TEXT NOT NULL DEFAULT 'member';
ALTER TABLE users ADD COLUMN approved_at INTEGER;
UPDATE users SET approved_at = created_at;

CREATE INDEX administrators ON users (role) WHERE role = 'admin';

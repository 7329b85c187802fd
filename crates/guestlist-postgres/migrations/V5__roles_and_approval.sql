-- What a user may do, and since when an administrator lets the user sign in. Users of before are approved members, and
-- so are those whom a node of the version before adds while it still runs.
ALTER TABLE users ADD COLUMN role text COLLATE "C" NOT NULL DEFAULT 'member';
ALTER TABLE users ADD COLUMN approved_at bigint DEFAULT (extract(epoch FROM now()) * 1000)::bigint;
UPDATE users SET approved_at = created_at;

CREATE INDEX administrators ON users (role) WHERE role = 'admin';

-- The hash of a token is an HMAC-SHA-256 under a key of the installation's secret from now on, after the 8 bytes of the
-- key's id. What was stored before is no such hash: these sessions and tokens end.
DELETE FROM sessions;
DELETE FROM tokens;

-- Where a session was refreshed from last, and how often the refresh token before the current one was shown again.
ALTER TABLE sessions ADD COLUMN refreshed_device text;
ALTER TABLE sessions ADD COLUMN refreshed_address text;
ALTER TABLE sessions ADD COLUMN retries bigint NOT NULL DEFAULT 0;

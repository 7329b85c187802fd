-- Codes of the second factor count against the limits of sign-in; the factor has no count of its own.
ALTER TABLE factors DROP COLUMN tries;
ALTER TABLE factors DROP COLUMN tried_at;

-- Of the request that made the event, if that had a key. The id of such an event follows from the key.
ALTER TABLE events ADD COLUMN fingerprint BLOB;

-- Officials upload for places; registered accounts can wait for an administrator.

-- +goose Up

-- 1: the account uploads for its places only, and for none if it has none. 0: everywhere.
ALTER TABLE users ADD COLUMN bound_to_places INTEGER NOT NULL DEFAULT 0 CHECK (bound_to_places IN (0, 1));
-- Since when a registered account waits until an administrator accepts it; NULL: it may sign in.
ALTER TABLE users ADD COLUMN waiting_since INTEGER;
CREATE INDEX users_waiting ON users (waiting_since) WHERE waiting_since IS NOT NULL AND deleted_at IS NULL;

-- The check of the constituency is deferred: a change of an election moves the places afterwards, in the same transaction.
CREATE TABLE account_places (
    user_id         INTEGER NOT NULL REFERENCES users (id),
    constituency_id INTEGER NOT NULL REFERENCES constituencies (id) DEFERRABLE INITIALLY DEFERRED,
    given_at        INTEGER NOT NULL, -- Unix time in milliseconds
    PRIMARY KEY (user_id, constituency_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX account_places_by_constituency ON account_places (constituency_id);

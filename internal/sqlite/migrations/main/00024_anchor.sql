-- What ties the database to the anchor beside it, a file that says how far the database had come.

-- +goose Up

-- The random number that is in the anchor too. Empty until the first start with an anchor.
CREATE TABLE folder_anchor (
    identity BLOB NOT NULL PRIMARY KEY CHECK (length(identity) = 16)
) STRICT, WITHOUT ROWID;

-- The elections that had begun and were not certified when a database that lacked acts was accepted, with the event that
-- records it. Each is an open point of its election.
CREATE TABLE accepted_rollbacks (
    election_id INTEGER NOT NULL REFERENCES elections (id),
    event_id    INTEGER NOT NULL,
    reason      TEXT    NOT NULL,
    accepted_at INTEGER NOT NULL,
    PRIMARY KEY (election_id, event_id)
) STRICT, WITHOUT ROWID;

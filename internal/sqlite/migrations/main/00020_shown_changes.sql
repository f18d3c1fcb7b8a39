-- The time of the last visible change of an election, for the process after a restart.

-- +goose Up

-- Written at a stop, never while votes are cast online. The fingerprint tells whether the visible figures are still the same.
CREATE TABLE shown_changes (
    election_id INTEGER PRIMARY KEY REFERENCES elections (id),
    shown       BLOB    NOT NULL CHECK (length(shown) = 32), -- SHA-256
    changed_at  INTEGER NOT NULL -- Unix time in nanoseconds
) STRICT;

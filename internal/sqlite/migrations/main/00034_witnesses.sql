-- Witnesses, who countersign the heads of the audit log, and their countersignatures.

-- +goose Up

CREATE TABLE witnesses (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    name          TEXT    NOT NULL CHECK (name <> ''), -- of the key, as in its signatures
    key           TEXT    NOT NULL CHECK (key <> ''),  -- the verifier key, which begins with the name
    operator      TEXT    NOT NULL CHECK (operator <> ''), -- who operates the witness
    registered_at INTEGER NOT NULL,
    removed_at    INTEGER CHECK (removed_at >= registered_at) -- NULL: its countersignatures are accepted
) STRICT;
CREATE UNIQUE INDEX witnesses_of_one_name ON witnesses (name) WHERE removed_at IS NULL;

-- +goose StatementBegin
CREATE TRIGGER witnesses_delete BEFORE DELETE ON witnesses
BEGIN SELECT raise(ABORT, 'witnesses are removed by a time, never deleted'); END;
-- +goose StatementEnd

-- The last countersignature of each witness, the first one of it after each certification, and one of another history of
-- the log if a witness sent it.
CREATE TABLE countersignatures (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    witness_id  INTEGER NOT NULL REFERENCES witnesses (id),
    size        INTEGER NOT NULL CHECK (size > 0), -- events
    signed_at   INTEGER NOT NULL, -- Unix time in seconds, by the clock of the witness
    note        TEXT    NOT NULL, -- the checkpoint with the signatures of the log and of the witness
    received_at INTEGER NOT NULL, -- Unix time in milliseconds
    conflicts   INTEGER NOT NULL DEFAULT 0 CHECK (conflicts IN (0, 1)), -- 1: the log does not begin with this tree
    UNIQUE (witness_id, conflicts, size, signed_at)
) STRICT;

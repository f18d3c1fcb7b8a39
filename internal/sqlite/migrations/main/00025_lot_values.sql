-- The values from which reproducible lots are drawn: phrases of two or more people, or a public value.

-- +goose Up

-- named is the person who chose the phrase, or the public value as it was named in advance, which has no commitment.
CREATE TABLE lot_values (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    election_id  INTEGER NOT NULL REFERENCES elections (id),
    named        TEXT    NOT NULL CHECK (named <> ''),
    commitment   TEXT CHECK (length(commitment) = 64 AND commitment NOT GLOB '*[^0-9a-f]*'),
    committed_by TEXT    NOT NULL,
    committed_at INTEGER NOT NULL,
    value        TEXT,
    revealed_by  TEXT,
    revealed_at  INTEGER,
    UNIQUE (election_id, named),
    UNIQUE (election_id, commitment),
    CHECK ((value IS NULL) = (revealed_at IS NULL) AND (value IS NULL) = (revealed_by IS NULL))
) STRICT;

-- 2 is a lot from lot_values. A seeded lot of formula 0 is from lot_seeds, the phrase of one person.
ALTER TABLE lots ADD COLUMN formula INTEGER NOT NULL DEFAULT 0 CHECK (formula IN (0, 2));

-- +goose StatementBegin
CREATE TRIGGER certified_lot_values_insert BEFORE INSERT ON lot_values
WHEN EXISTS (SELECT 1 FROM elections WHERE id = NEW.election_id AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER certified_lot_values_update BEFORE UPDATE ON lot_values
WHEN EXISTS (SELECT 1 FROM elections WHERE id IN (OLD.election_id, NEW.election_id) AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER certified_lot_values_delete BEFORE DELETE ON lot_values
WHEN EXISTS (SELECT 1 FROM elections WHERE id = OLD.election_id AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd

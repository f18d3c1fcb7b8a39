-- Open points of a certification, which a written reason lifts, and the facts that they follow from.

-- +goose Up

-- The reasons. A reason holds while the facts are those that it was written for.
CREATE TABLE lifted_points (
    id                 INTEGER PRIMARY KEY AUTOINCREMENT,
    election_id        INTEGER NOT NULL REFERENCES elections (id),
    code               TEXT    NOT NULL CHECK (code <> ''),
    constituency_id    INTEGER REFERENCES constituencies (id), -- NULL: the whole election
    facts              TEXT    NOT NULL CHECK (json_valid(facts)), -- an array of integers
    reason             TEXT    NOT NULL CHECK (reason <> ''),
    administrator_id   INTEGER NOT NULL,
    administrator_name TEXT    NOT NULL,
    lifted_at          INTEGER NOT NULL,
    voided_at          INTEGER -- when another reason replaced it, or a confirmation found other facts
) STRICT;
CREATE UNIQUE INDEX lifted_points_that_hold ON lifted_points (election_id, code, coalesce(constituency_id, 0)) WHERE voided_at IS NULL;

-- +goose StatementBegin
CREATE TRIGGER certified_lifted_points_insert BEFORE INSERT ON lifted_points
WHEN EXISTS (SELECT 1 FROM elections WHERE id = NEW.election_id AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER certified_lifted_points_update BEFORE UPDATE ON lifted_points
WHEN EXISTS (SELECT 1 FROM elections WHERE id IN (OLD.election_id, NEW.election_id) AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER lifted_points_delete BEFORE DELETE ON lifted_points
BEGIN SELECT raise(ABORT, 'reasons are voided, never deleted'); END;
-- +goose StatementEnd

-- How often a batch was retracted after the end. Events of earlier versions tell it; a certified election keeps its
-- figures, which do not have it.
ALTER TABLE batches ADD COLUMN retractions_after_end INTEGER NOT NULL DEFAULT 0 CHECK (retractions_after_end >= 0);
UPDATE batches SET retractions_after_end = (
    SELECT count(*) FROM audit_events a JOIN elections e ON e.id = batches.election_id
    WHERE a.action IN ('batch-retracting', 'batch-retracted') AND a.subject = 'batch ' || batches.id AND a.at >= e.ends_at)
WHERE id IN (SELECT CAST(substr(subject, 7) AS INTEGER) FROM audit_events WHERE action IN ('batch-retracting', 'batch-retracted'))
    AND election_id IN (SELECT id FROM elections WHERE certified_at IS NULL);

-- What was done with voter keys, in numbers. Acts of earlier versions are in the audit log alone.
CREATE TABLE voter_key_acts (
    constituency_id        INTEGER PRIMARY KEY REFERENCES constituencies (id),
    issued_after_opening   INTEGER NOT NULL DEFAULT 0 CHECK (issued_after_opening >= 0),
    replaced               INTEGER NOT NULL DEFAULT 0 CHECK (replaced >= replaced_after_opening),
    replaced_after_opening INTEGER NOT NULL DEFAULT 0 CHECK (replaced_after_opening >= 0),
    revoked                INTEGER NOT NULL DEFAULT 0 CHECK (revoked >= 0)
) STRICT;

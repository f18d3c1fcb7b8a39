-- Polling stations of constituencies.

-- +goose Up

-- A constituency without a row here is one station. The check of the constituency is deferred: a change of an election
-- moves stations after its constituencies, in the same transaction.
CREATE TABLE stations (
    id                INTEGER PRIMARY KEY AUTOINCREMENT,
    election_id       INTEGER NOT NULL REFERENCES elections (id),
    constituency_id   INTEGER NOT NULL REFERENCES constituencies (id) DEFERRABLE INITIALLY DEFERRED,
    position          INTEGER NOT NULL CHECK (position > 0), -- in the constituency
    number            TEXT    NOT NULL CHECK (number <> ''),
    name              TEXT    NOT NULL DEFAULT '',
    place             TEXT    NOT NULL DEFAULT '',
    registered_voters INTEGER NOT NULL DEFAULT 0 CHECK (registered_voters >= 0), -- 0: unknown
    kind              TEXT    NOT NULL CHECK (kind IN ('ordinary', 'abroad', 'postal', 'mobile', 'central')),
    -- Why no ballots of it are awaited: 'closed' without ballots, or 'annulled'; '': they are.
    exclusion         TEXT    NOT NULL DEFAULT '' CHECK (exclusion IN ('', 'closed', 'annulled')),
    exclusion_reason  TEXT    NOT NULL DEFAULT '',
    excluded_at       INTEGER, -- Unix time in milliseconds
    CHECK ((exclusion = '') = (excluded_at IS NULL) AND (exclusion = '') = (exclusion_reason = ''))
) STRICT;
CREATE INDEX stations_by_constituency ON stations (constituency_id, position);
CREATE INDEX stations_by_election ON stations (election_id, id);

-- +goose StatementBegin
CREATE TRIGGER certified_stations_insert BEFORE INSERT ON stations
WHEN EXISTS (SELECT 1 FROM elections WHERE id = NEW.election_id AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER certified_stations_update BEFORE UPDATE ON stations
WHEN EXISTS (SELECT 1 FROM elections WHERE id IN (OLD.election_id, NEW.election_id) AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER certified_stations_delete BEFORE DELETE ON stations
WHEN EXISTS (SELECT 1 FROM elections WHERE id = OLD.election_id AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd

-- Polling stations that can be searched, and amendments of elections that have opened.

-- +goose Up

-- Number, name and place as a search compares them: the program's own form of capitals and accents.
ALTER TABLE stations ADD COLUMN search TEXT NOT NULL DEFAULT '';
UPDATE stations SET search = lower(number || ' ' || name || ' ' || place)
WHERE election_id IN (SELECT id FROM elections WHERE certified_at IS NULL);

-- Polling stations as places of officials, beside account_places. The check of the station is deferred: a change of an
-- election removes stations and then the places, in the same transaction.
CREATE TABLE account_stations (
    user_id    INTEGER NOT NULL REFERENCES users (id),
    station_id INTEGER NOT NULL REFERENCES stations (id) DEFERRABLE INITIALLY DEFERRED,
    given_at   INTEGER NOT NULL, -- Unix time in milliseconds
    PRIMARY KEY (user_id, station_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX account_stations_by_station ON account_stations (station_id);

-- What an administrator changed after the opening, with the reason: registered voters of constituencies and polling
-- stations, a station's name, place and kind, stations that were added, closed, annulled or opened again.
CREATE TABLE amendments (
    id                 INTEGER PRIMARY KEY AUTOINCREMENT,
    election_id        INTEGER NOT NULL REFERENCES elections (id),
    constituency_id    INTEGER NOT NULL REFERENCES constituencies (id),
    station_id         INTEGER REFERENCES stations (id), -- NULL: of the constituency itself
    field              TEXT    NOT NULL CHECK (field IN ('registered-voters', 'name', 'place', 'kind', 'added', 'exclusion')),
    was                TEXT    NOT NULL,
    became             TEXT    NOT NULL CHECK (became <> was),
    reason             TEXT    NOT NULL CHECK (reason <> ''),
    administrator_name TEXT    NOT NULL,
    approved_by        TEXT    NOT NULL DEFAULT '', -- the second administrator, where the act needed one
    amended_at         INTEGER NOT NULL -- Unix time in milliseconds
) STRICT;
CREATE INDEX amendments_by_election ON amendments (election_id, id);
CREATE INDEX amendments_by_station ON amendments (station_id) WHERE station_id IS NOT NULL;

-- Amendments are never changed, and a certified election gets no more.
-- +goose StatementBegin
CREATE TRIGGER certified_amendments_insert BEFORE INSERT ON amendments
WHEN EXISTS (SELECT 1 FROM elections WHERE id = NEW.election_id AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER amendments_update BEFORE UPDATE ON amendments
BEGIN SELECT raise(ABORT, 'an amendment is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER amendments_delete BEFORE DELETE ON amendments
BEGIN SELECT raise(ABORT, 'an amendment is never deleted'); END;
-- +goose StatementEnd

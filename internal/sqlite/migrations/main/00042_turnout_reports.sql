-- Turnout reports: how many voters have come so far, as officials report it at the hours that an election names.

-- +goose Up

-- The hours, with a blank between two: times of day, such as 11:00, and instants in RFC 3339; '' is none.
ALTER TABLE elections ADD COLUMN turnout_reports_at TEXT NOT NULL DEFAULT '';

-- A report stays. Another figure for the same place and hour is a report of its own that replaces it, with a reason.
CREATE TABLE turnout_reports (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    election_id     INTEGER NOT NULL REFERENCES elections (id),
    constituency_id INTEGER NOT NULL REFERENCES constituencies (id),
    station_id      INTEGER REFERENCES stations (id), -- NULL: the constituency, which has no stations
    place           INTEGER NOT NULL CHECK (place = coalesce(station_id, -constituency_id)), -- one number for both
    hour            INTEGER NOT NULL, -- Unix time in milliseconds
    voters          INTEGER NOT NULL CHECK (voters >= 0), -- who have come so far
    reason          TEXT    NOT NULL DEFAULT '',
    reporter_id     INTEGER NOT NULL,
    reporter_name   TEXT    NOT NULL,
    reported_at     INTEGER NOT NULL, -- Unix time in milliseconds
    replaces        INTEGER REFERENCES turnout_reports (id),
    replaced_at     INTEGER, -- NULL: this figure holds
    CHECK (replaces IS NULL OR reason <> '')
) STRICT;
CREATE UNIQUE INDEX turnout_reports_that_hold ON turnout_reports (place, hour) WHERE replaced_at IS NULL;
CREATE UNIQUE INDEX turnout_reports_replaced ON turnout_reports (replaces) WHERE replaces IS NOT NULL;
CREATE INDEX turnout_reports_by_election ON turnout_reports (election_id, id);
CREATE INDEX turnout_reports_by_station ON turnout_reports (station_id) WHERE station_id IS NOT NULL;

-- +goose StatementBegin
CREATE TRIGGER certified_turnout_reports_insert BEFORE INSERT ON turnout_reports
WHEN EXISTS (SELECT 1 FROM elections WHERE id = NEW.election_id AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER certified_turnout_reports_update BEFORE UPDATE ON turnout_reports
WHEN EXISTS (SELECT 1 FROM elections WHERE id IN (OLD.election_id, NEW.election_id) AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
-- A report is never deleted or rewritten; only that it was replaced is noted, once.
-- +goose StatementBegin
CREATE TRIGGER turnout_reports_stay BEFORE UPDATE ON turnout_reports
WHEN OLD.replaced_at IS NOT NULL OR OLD.id <> NEW.id OR OLD.election_id <> NEW.election_id OR OLD.constituency_id <> NEW.constituency_id
    OR OLD.station_id IS NOT NEW.station_id OR OLD.place <> NEW.place OR OLD.hour <> NEW.hour OR OLD.voters <> NEW.voters OR OLD.reason <> NEW.reason
    OR OLD.reporter_id <> NEW.reporter_id OR OLD.reporter_name <> NEW.reporter_name OR OLD.reported_at <> NEW.reported_at
    OR OLD.replaces IS NOT NEW.replaces
BEGIN SELECT raise(ABORT, 'a turnout report is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER turnout_reports_are_kept BEFORE DELETE ON turnout_reports
BEGIN SELECT raise(ABORT, 'a turnout report is never deleted'); END;
-- +goose StatementEnd

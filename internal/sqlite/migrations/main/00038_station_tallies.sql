-- Batches of polling stations, files of several, and the tallies of each.

-- +goose Up

-- NULL: the constituency itself, which has no stations.
ALTER TABLE batches ADD COLUMN station_id INTEGER REFERENCES stations (id);
ALTER TABLE uploads ADD COLUMN station_id INTEGER REFERENCES stations (id);
CREATE INDEX batches_by_station ON batches (station_id, id) WHERE station_id IS NOT NULL;
CREATE INDEX uploads_by_station ON uploads (station_id) WHERE station_id IS NOT NULL;

-- A part is the lines of one station in a file of several: bytes from file_offset on, whose first line is first_line of the file.
-- 0: the batch is its whole file. spool_file is unique, so the name of a part ends with "@" and first_line.
ALTER TABLE batches ADD COLUMN first_line INTEGER NOT NULL DEFAULT 0 CHECK (first_line >= 0);
ALTER TABLE batches ADD COLUMN file_offset INTEGER NOT NULL DEFAULT 0 CHECK (file_offset >= 0 AND (file_offset = 0) = (first_line = 0));
-- The SHA-256 of the whole file, of a part only.
ALTER TABLE batches ADD COLUMN sent_sha256 BLOB CHECK (sent_sha256 IS NULL OR length(sent_sha256) = 32 AND first_line > 0);
CREATE INDEX batches_by_sent_content ON batches (constituency_id, sent_sha256) WHERE sent_sha256 IS NOT NULL;

-- The part that a station has in the tallies and totals of its constituency. As there, no row has only zeros.
CREATE TABLE station_tallies (
    station_id  INTEGER NOT NULL REFERENCES stations (id),
    poll_number INTEGER NOT NULL,
    votes       INTEGER NOT NULL CHECK (votes >= 0),
    PRIMARY KEY (station_id, poll_number)
) STRICT, WITHOUT ROWID;

CREATE TABLE station_totals (
    station_id INTEGER PRIMARY KEY REFERENCES stations (id),
    invalid    INTEGER NOT NULL CHECK (invalid >= 0),
    duplicates INTEGER NOT NULL CHECK (duplicates >= 0)
) STRICT;

-- +goose StatementBegin
CREATE TRIGGER certified_station_tallies_insert BEFORE INSERT ON station_tallies
WHEN EXISTS (SELECT 1 FROM elections e JOIN stations s ON s.election_id = e.id WHERE s.id = NEW.station_id AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER certified_station_tallies_update BEFORE UPDATE ON station_tallies
WHEN EXISTS (SELECT 1 FROM elections e JOIN stations s ON s.election_id = e.id WHERE s.id IN (OLD.station_id, NEW.station_id) AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER certified_station_tallies_delete BEFORE DELETE ON station_tallies
WHEN EXISTS (SELECT 1 FROM elections e JOIN stations s ON s.election_id = e.id WHERE s.id = OLD.station_id AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER certified_station_totals_insert BEFORE INSERT ON station_totals
WHEN EXISTS (SELECT 1 FROM elections e JOIN stations s ON s.election_id = e.id WHERE s.id = NEW.station_id AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER certified_station_totals_update BEFORE UPDATE ON station_totals
WHEN EXISTS (SELECT 1 FROM elections e JOIN stations s ON s.election_id = e.id WHERE s.id IN (OLD.station_id, NEW.station_id) AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER certified_station_totals_delete BEFORE DELETE ON station_totals
WHEN EXISTS (SELECT 1 FROM elections e JOIN stations s ON s.election_id = e.id WHERE s.id = OLD.station_id AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd

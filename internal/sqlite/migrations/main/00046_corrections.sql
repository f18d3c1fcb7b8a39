-- Corrections of certified elections: what they reopen, and walls that stay closed for everything else.

-- +goose Up

-- A correction leads to the certification with its number, and one of an election is open at a time: until it is certified,
-- or ended because nothing changed.
CREATE TABLE corrections (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    election_id INTEGER NOT NULL REFERENCES elections (id),
    number      INTEGER NOT NULL CHECK (number > 1),
    reason      TEXT    NOT NULL CHECK (reason <> ''),
    ordered_by  TEXT    NOT NULL CHECK (ordered_by <> ''), -- such as a court, with its decision
    figures     TEXT    NOT NULL CHECK (length(figures) = 64), -- SHA-256 of the certified figures that it corrects
    opened_by   TEXT    NOT NULL,
    approved_by TEXT    NOT NULL DEFAULT '', -- the second administrator; '' if there is none
    opened_at   INTEGER NOT NULL, -- Unix time in milliseconds
    ended_at    INTEGER,          -- without a change
    end_reason  TEXT    NOT NULL DEFAULT '',
    ended_by    TEXT    NOT NULL DEFAULT '',
    certified_at INTEGER,
    UNIQUE (election_id, number),
    CHECK (ended_at IS NULL OR certified_at IS NULL),
    CHECK ((ended_at IS NULL) = (end_reason = '') AND (ended_at IS NULL) = (ended_by = ''))
) STRICT;
CREATE UNIQUE INDEX corrections_open ON corrections (election_id) WHERE ended_at IS NULL AND certified_at IS NULL;

-- The polling stations that a correction names, each with its act. They are stored before their correction, in the same
-- transaction, and none can be added to a correction that is there.
CREATE TABLE correction_stations (
    election_id     INTEGER NOT NULL,
    number          INTEGER NOT NULL,
    place           INTEGER NOT NULL CHECK (place = coalesce(station_id, -constituency_id)), -- one number for both
    station_id      INTEGER REFERENCES stations (id), -- NULL: the constituency, which has no stations
    constituency_id INTEGER NOT NULL REFERENCES constituencies (id),
    act             TEXT    NOT NULL CHECK (act IN ('annul', 'recount', 'repeat')),
    was             TEXT    NOT NULL CHECK (json_valid(was)), -- the tallies and totals of the place at the opening
    PRIMARY KEY (election_id, number, place),
    FOREIGN KEY (election_id, number) REFERENCES corrections (election_id, number) DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;
CREATE INDEX correction_stations_by_place ON correction_stations (place);
CREATE INDEX correction_stations_by_constituency ON correction_stations (constituency_id);
CREATE INDEX correction_stations_by_station ON correction_stations (station_id) WHERE station_id IS NOT NULL;

-- The constituencies whose online votes a correction annuls. They count again if it ends without a change.
CREATE TABLE annulled_online_votes (
    election_id     INTEGER NOT NULL,
    number          INTEGER NOT NULL,
    constituency_id INTEGER NOT NULL REFERENCES constituencies (id),
    votes           INTEGER NOT NULL CHECK (votes >= 0), -- in all
    PRIMARY KEY (election_id, number, constituency_id),
    FOREIGN KEY (election_id, number) REFERENCES corrections (election_id, number) DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;
CREATE INDEX annulled_online_votes_by_constituency ON annulled_online_votes (constituency_id);

-- What all walls ask: the open corrections, and the places that they reopen.
CREATE VIEW open_corrections AS SELECT election_id, number FROM corrections WHERE ended_at IS NULL AND certified_at IS NULL;
CREATE VIEW reopened_places AS SELECT s.election_id, s.number, s.place, s.constituency_id
    FROM correction_stations s JOIN open_corrections o ON o.election_id = s.election_id AND o.number = s.number;

-- The number of the certification that a row belongs to.
ALTER TABLE confirmations ADD COLUMN number INTEGER NOT NULL DEFAULT 1 CHECK (number > 0);
ALTER TABLE lifted_points ADD COLUMN number INTEGER NOT NULL DEFAULT 1 CHECK (number > 0);
ALTER TABLE lots ADD COLUMN number INTEGER NOT NULL DEFAULT 1 CHECK (number > 0);
DROP INDEX confirmations_that_stand;
CREATE UNIQUE INDEX confirmations_that_stand ON confirmations (election_id, number, administrator_id) WHERE voided_at IS NULL;
DROP INDEX lifted_points_that_hold;
CREATE UNIQUE INDEX lifted_points_that_hold ON lifted_points (election_id, number, code, coalesce(constituency_id, 0), coalesce(station_id, 0))
    WHERE voided_at IS NULL;

-- The number of the correction in which a batch or a protocol was accepted or last moved; 0: in none.
ALTER TABLE batches ADD COLUMN correction INTEGER NOT NULL DEFAULT 0 CHECK (correction >= 0);
ALTER TABLE protocols ADD COLUMN correction INTEGER NOT NULL DEFAULT 0 CHECK (correction >= 0);

-- An election has a record for each of its certifications.
CREATE TABLE numbered_certifications (
    election_id  INTEGER NOT NULL REFERENCES elections (id),
    number       INTEGER NOT NULL DEFAULT 1 CHECK (number > 0),
    figures      TEXT    NOT NULL CHECK (length(figures) = 64),
    certified_at INTEGER NOT NULL,
    audit_head   TEXT    NOT NULL CHECK (length(audit_head) = 64),
    audit_events INTEGER NOT NULL CHECK (audit_events > 0),
    PRIMARY KEY (election_id, number)
) STRICT;
INSERT INTO numbered_certifications (election_id, number, figures, certified_at, audit_head, audit_events)
    SELECT election_id, 1, figures, certified_at, audit_head, audit_events FROM certifications;
DROP TABLE certifications;
ALTER TABLE numbered_certifications RENAME TO certifications;

-- +goose StatementBegin
CREATE TRIGGER certifications_update BEFORE UPDATE ON certifications
BEGIN SELECT raise(ABORT, 'a certification never changes'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER certifications_delete BEFORE DELETE ON certifications
BEGIN SELECT raise(ABORT, 'a certification never changes'); END;
-- +goose StatementEnd

-- A correction is opened once, after the certification, and closed once. Nothing else of it changes.
-- +goose StatementBegin
CREATE TRIGGER corrections_insert BEFORE INSERT ON corrections
WHEN NOT EXISTS (SELECT 1 FROM elections WHERE id = NEW.election_id AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is not certified'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER corrections_update BEFORE UPDATE ON corrections
WHEN OLD.ended_at IS NOT NULL OR OLD.certified_at IS NOT NULL OR OLD.id <> NEW.id OR OLD.election_id <> NEW.election_id
    OR OLD.number <> NEW.number OR OLD.reason <> NEW.reason OR OLD.ordered_by <> NEW.ordered_by OR OLD.figures <> NEW.figures
    OR OLD.opened_by <> NEW.opened_by OR OLD.approved_by <> NEW.approved_by OR OLD.opened_at <> NEW.opened_at
BEGIN SELECT raise(ABORT, 'a correction never changes'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER corrections_delete BEFORE DELETE ON corrections
BEGIN SELECT raise(ABORT, 'a correction is never deleted'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER correction_stations_insert BEFORE INSERT ON correction_stations
WHEN EXISTS (SELECT 1 FROM corrections WHERE election_id = NEW.election_id AND number = NEW.number)
BEGIN SELECT raise(ABORT, 'a correction never changes'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER correction_stations_update BEFORE UPDATE ON correction_stations
BEGIN SELECT raise(ABORT, 'a correction never changes'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER correction_stations_delete BEFORE DELETE ON correction_stations
BEGIN SELECT raise(ABORT, 'a correction never changes'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER annulled_online_votes_insert BEFORE INSERT ON annulled_online_votes
WHEN EXISTS (SELECT 1 FROM corrections WHERE election_id = NEW.election_id AND number = NEW.number)
BEGIN SELECT raise(ABORT, 'a correction never changes'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER annulled_online_votes_update BEFORE UPDATE ON annulled_online_votes
BEGIN SELECT raise(ABORT, 'a correction never changes'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER annulled_online_votes_delete BEFORE DELETE ON annulled_online_votes
BEGIN SELECT raise(ABORT, 'a correction never changes'); END;
-- +goose StatementEnd

-- The walls of a certified election, each with its opening: the place that an open correction names.
-- Batches.
DROP TRIGGER certified_batches_insert;
-- +goose StatementBegin
CREATE TRIGGER certified_batches_insert BEFORE INSERT ON batches
WHEN EXISTS (SELECT 1 FROM elections WHERE id IN (NEW.election_id) AND certified_at IS NOT NULL)
    AND NOT EXISTS (SELECT 1 FROM reopened_places WHERE place = coalesce(NEW.station_id, -NEW.constituency_id)
        AND constituency_id = NEW.constituency_id AND election_id = NEW.election_id)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
DROP TRIGGER certified_batches_update;
-- +goose StatementBegin
CREATE TRIGGER certified_batches_update BEFORE UPDATE ON batches
WHEN EXISTS (SELECT 1 FROM elections WHERE id IN (OLD.election_id, NEW.election_id) AND certified_at IS NOT NULL)
    AND NOT (OLD.id IS NEW.id AND OLD.election_id IS NEW.election_id AND OLD.constituency_id IS NEW.constituency_id AND OLD.station_id IS NEW.station_id
    AND EXISTS (SELECT 1 FROM reopened_places WHERE place = coalesce(NEW.station_id, -NEW.constituency_id)
        AND constituency_id = NEW.constituency_id AND election_id = NEW.election_id))
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
-- Tallies and totals of constituencies move with those of their stations; urna verify and the second count compare the sums.
DROP TRIGGER certified_constituency_tallies_insert;
-- +goose StatementBegin
CREATE TRIGGER certified_constituency_tallies_insert BEFORE INSERT ON constituency_tallies
WHEN EXISTS (SELECT 1 FROM elections e JOIN constituencies c ON c.election_id = e.id
        WHERE c.id IN (NEW.constituency_id) AND certified_at IS NOT NULL)
    AND NOT EXISTS (SELECT 1 FROM reopened_places WHERE constituency_id = NEW.constituency_id)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
DROP TRIGGER certified_constituency_tallies_update;
-- +goose StatementBegin
CREATE TRIGGER certified_constituency_tallies_update BEFORE UPDATE ON constituency_tallies
WHEN EXISTS (SELECT 1 FROM elections e JOIN constituencies c ON c.election_id = e.id
        WHERE c.id IN (OLD.constituency_id, NEW.constituency_id) AND certified_at IS NOT NULL)
    AND NOT (OLD.constituency_id = NEW.constituency_id AND EXISTS (SELECT 1 FROM reopened_places WHERE constituency_id = NEW.constituency_id))
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
DROP TRIGGER certified_constituency_tallies_delete;
-- +goose StatementBegin
CREATE TRIGGER certified_constituency_tallies_delete BEFORE DELETE ON constituency_tallies
WHEN EXISTS (SELECT 1 FROM elections e JOIN constituencies c ON c.election_id = e.id
        WHERE c.id IN (OLD.constituency_id) AND certified_at IS NOT NULL)
    AND NOT EXISTS (SELECT 1 FROM reopened_places WHERE constituency_id = OLD.constituency_id)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
DROP TRIGGER certified_constituency_totals_insert;
-- +goose StatementBegin
CREATE TRIGGER certified_constituency_totals_insert BEFORE INSERT ON constituency_totals
WHEN EXISTS (SELECT 1 FROM elections e JOIN constituencies c ON c.election_id = e.id
        WHERE c.id IN (NEW.constituency_id) AND certified_at IS NOT NULL)
    AND NOT EXISTS (SELECT 1 FROM reopened_places WHERE constituency_id = NEW.constituency_id)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
DROP TRIGGER certified_constituency_totals_update;
-- +goose StatementBegin
CREATE TRIGGER certified_constituency_totals_update BEFORE UPDATE ON constituency_totals
WHEN EXISTS (SELECT 1 FROM elections e JOIN constituencies c ON c.election_id = e.id
        WHERE c.id IN (OLD.constituency_id, NEW.constituency_id) AND certified_at IS NOT NULL)
    AND NOT (OLD.constituency_id = NEW.constituency_id AND EXISTS (SELECT 1 FROM reopened_places WHERE constituency_id = NEW.constituency_id))
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
DROP TRIGGER certified_constituency_totals_delete;
-- +goose StatementBegin
CREATE TRIGGER certified_constituency_totals_delete BEFORE DELETE ON constituency_totals
WHEN EXISTS (SELECT 1 FROM elections e JOIN constituencies c ON c.election_id = e.id
        WHERE c.id IN (OLD.constituency_id) AND certified_at IS NOT NULL)
    AND NOT EXISTS (SELECT 1 FROM reopened_places WHERE constituency_id = OLD.constituency_id)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
DROP TRIGGER certified_station_tallies_insert;
-- +goose StatementBegin
CREATE TRIGGER certified_station_tallies_insert BEFORE INSERT ON station_tallies
WHEN EXISTS (SELECT 1 FROM elections e JOIN stations s ON s.election_id = e.id
        WHERE s.id IN (NEW.station_id) AND certified_at IS NOT NULL)
    AND NOT EXISTS (SELECT 1 FROM reopened_places WHERE place = NEW.station_id)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
DROP TRIGGER certified_station_tallies_update;
-- +goose StatementBegin
CREATE TRIGGER certified_station_tallies_update BEFORE UPDATE ON station_tallies
WHEN EXISTS (SELECT 1 FROM elections e JOIN stations s ON s.election_id = e.id
        WHERE s.id IN (OLD.station_id, NEW.station_id) AND certified_at IS NOT NULL)
    AND NOT (OLD.station_id = NEW.station_id AND EXISTS (SELECT 1 FROM reopened_places WHERE place = NEW.station_id))
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
DROP TRIGGER certified_station_tallies_delete;
-- +goose StatementBegin
CREATE TRIGGER certified_station_tallies_delete BEFORE DELETE ON station_tallies
WHEN EXISTS (SELECT 1 FROM elections e JOIN stations s ON s.election_id = e.id
        WHERE s.id IN (OLD.station_id) AND certified_at IS NOT NULL)
    AND NOT EXISTS (SELECT 1 FROM reopened_places WHERE place = OLD.station_id)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
DROP TRIGGER certified_station_totals_insert;
-- +goose StatementBegin
CREATE TRIGGER certified_station_totals_insert BEFORE INSERT ON station_totals
WHEN EXISTS (SELECT 1 FROM elections e JOIN stations s ON s.election_id = e.id
        WHERE s.id IN (NEW.station_id) AND certified_at IS NOT NULL)
    AND NOT EXISTS (SELECT 1 FROM reopened_places WHERE place = NEW.station_id)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
DROP TRIGGER certified_station_totals_update;
-- +goose StatementBegin
CREATE TRIGGER certified_station_totals_update BEFORE UPDATE ON station_totals
WHEN EXISTS (SELECT 1 FROM elections e JOIN stations s ON s.election_id = e.id
        WHERE s.id IN (OLD.station_id, NEW.station_id) AND certified_at IS NOT NULL)
    AND NOT (OLD.station_id = NEW.station_id AND EXISTS (SELECT 1 FROM reopened_places WHERE place = NEW.station_id))
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
DROP TRIGGER certified_station_totals_delete;
-- +goose StatementBegin
CREATE TRIGGER certified_station_totals_delete BEFORE DELETE ON station_totals
WHEN EXISTS (SELECT 1 FROM elections e JOIN stations s ON s.election_id = e.id
        WHERE s.id IN (OLD.station_id) AND certified_at IS NOT NULL)
    AND NOT EXISTS (SELECT 1 FROM reopened_places WHERE place = OLD.station_id)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
-- Of a station its annulment, or the end of one, with the amendment that records it.
DROP TRIGGER certified_stations_update;
-- +goose StatementBegin
CREATE TRIGGER certified_stations_update BEFORE UPDATE ON stations
WHEN EXISTS (SELECT 1 FROM elections WHERE id IN (OLD.election_id, NEW.election_id) AND certified_at IS NOT NULL)
    AND NOT (OLD.id IS NEW.id AND OLD.election_id IS NEW.election_id AND OLD.constituency_id IS NEW.constituency_id AND OLD.position IS NEW.position AND OLD.number IS NEW.number
    AND OLD.name IS NEW.name AND OLD.place IS NEW.place AND OLD.registered_voters IS NEW.registered_voters AND OLD.kind IS NEW.kind AND OLD.search IS NEW.search
    AND EXISTS (SELECT 1 FROM reopened_places WHERE place = NEW.id))
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
DROP TRIGGER certified_amendments_insert;
-- +goose StatementBegin
CREATE TRIGGER certified_amendments_insert BEFORE INSERT ON amendments
WHEN EXISTS (SELECT 1 FROM elections WHERE id IN (NEW.election_id) AND certified_at IS NOT NULL)
    AND NOT (NEW.field = 'exclusion' AND EXISTS (SELECT 1 FROM reopened_places WHERE place = coalesce(NEW.station_id, -NEW.constituency_id)
        AND constituency_id = NEW.constituency_id AND election_id = NEW.election_id))
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
-- Protocols, with the entries, settlements and explanations of the present round. What was typed before stays as it is.
DROP TRIGGER certified_protocols_insert;
-- +goose StatementBegin
CREATE TRIGGER certified_protocols_insert BEFORE INSERT ON protocols
WHEN EXISTS (SELECT 1 FROM elections WHERE id IN (NEW.election_id) AND certified_at IS NOT NULL)
    AND NOT EXISTS (SELECT 1 FROM reopened_places WHERE place = coalesce(NEW.station_id, -NEW.constituency_id)
        AND constituency_id = NEW.constituency_id AND election_id = NEW.election_id)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
DROP TRIGGER certified_protocols_update;
-- +goose StatementBegin
CREATE TRIGGER certified_protocols_update BEFORE UPDATE ON protocols
WHEN EXISTS (SELECT 1 FROM elections WHERE id IN (OLD.election_id, NEW.election_id) AND certified_at IS NOT NULL)
    AND NOT (OLD.id IS NEW.id AND OLD.election_id IS NEW.election_id AND OLD.constituency_id IS NEW.constituency_id AND OLD.station_id IS NEW.station_id
    AND EXISTS (SELECT 1 FROM reopened_places WHERE place = coalesce(NEW.station_id, -NEW.constituency_id)
        AND constituency_id = NEW.constituency_id AND election_id = NEW.election_id))
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
DROP TRIGGER certified_protocol_scans_insert;
-- +goose StatementBegin
CREATE TRIGGER certified_protocol_scans_insert BEFORE INSERT ON protocol_scans
WHEN EXISTS (SELECT 1 FROM elections WHERE id IN (NEW.election_id) AND certified_at IS NOT NULL)
    AND NOT EXISTS (SELECT 1 FROM reopened_places WHERE place = coalesce(NEW.station_id, -NEW.constituency_id)
        AND constituency_id = NEW.constituency_id AND election_id = NEW.election_id)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
DROP TRIGGER certified_protocol_entries_insert;
-- +goose StatementBegin
CREATE TRIGGER certified_protocol_entries_insert BEFORE INSERT ON protocol_entries
WHEN EXISTS (SELECT 1 FROM elections e JOIN protocols p ON p.election_id = e.id
        WHERE p.id = NEW.protocol_id AND e.certified_at IS NOT NULL)
    AND NOT EXISTS (SELECT 1 FROM protocols p JOIN reopened_places r ON r.place = p.station_id
        WHERE p.id = NEW.protocol_id AND p.round = NEW.round)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
DROP TRIGGER certified_protocol_settlements_insert;
-- +goose StatementBegin
CREATE TRIGGER certified_protocol_settlements_insert BEFORE INSERT ON protocol_settlements
WHEN EXISTS (SELECT 1 FROM elections e JOIN protocols p ON p.election_id = e.id
        WHERE p.id = NEW.protocol_id AND e.certified_at IS NOT NULL)
    AND NOT EXISTS (SELECT 1 FROM protocols p JOIN reopened_places r ON r.place = p.station_id
        WHERE p.id = NEW.protocol_id AND p.round = NEW.round)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
DROP TRIGGER certified_protocol_explanations_insert;
-- +goose StatementBegin
CREATE TRIGGER certified_protocol_explanations_insert BEFORE INSERT ON protocol_explanations
WHEN EXISTS (SELECT 1 FROM elections e JOIN protocols p ON p.election_id = e.id
        WHERE p.id = NEW.protocol_id AND e.certified_at IS NOT NULL)
    AND NOT EXISTS (SELECT 1 FROM protocols p JOIN reopened_places r ON r.place = p.station_id
        WHERE p.id = NEW.protocol_id AND p.round = NEW.round)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
DROP TRIGGER certified_protocol_settlements_update;
-- +goose StatementBegin
CREATE TRIGGER certified_protocol_settlements_update BEFORE UPDATE ON protocol_settlements
WHEN EXISTS (SELECT 1 FROM elections e JOIN protocols p ON p.election_id = e.id
        WHERE p.id IN (OLD.protocol_id, NEW.protocol_id) AND e.certified_at IS NOT NULL)
    AND NOT (OLD.protocol_id = NEW.protocol_id AND OLD.round = NEW.round
    AND EXISTS (SELECT 1 FROM protocols p JOIN reopened_places r ON r.place = p.station_id
        WHERE p.id = NEW.protocol_id AND p.round = NEW.round))
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
-- Confirmations, reasons and lots of the certification that the correction leads to.
DROP TRIGGER certified_confirmations_insert;
-- +goose StatementBegin
CREATE TRIGGER certified_confirmations_insert BEFORE INSERT ON confirmations
WHEN EXISTS (SELECT 1 FROM elections WHERE id IN (NEW.election_id) AND certified_at IS NOT NULL)
    AND NOT EXISTS (SELECT 1 FROM open_corrections WHERE election_id = NEW.election_id AND number = NEW.number)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
DROP TRIGGER certified_confirmations_update;
-- +goose StatementBegin
CREATE TRIGGER certified_confirmations_update BEFORE UPDATE ON confirmations
WHEN EXISTS (SELECT 1 FROM elections WHERE id IN (OLD.election_id, NEW.election_id) AND certified_at IS NOT NULL)
    AND NOT (OLD.election_id = NEW.election_id AND OLD.number = NEW.number AND EXISTS (SELECT 1 FROM open_corrections WHERE election_id = NEW.election_id AND number = NEW.number))
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
DROP TRIGGER certified_lifted_points_insert;
-- +goose StatementBegin
CREATE TRIGGER certified_lifted_points_insert BEFORE INSERT ON lifted_points
WHEN EXISTS (SELECT 1 FROM elections WHERE id IN (NEW.election_id) AND certified_at IS NOT NULL)
    AND NOT EXISTS (SELECT 1 FROM open_corrections WHERE election_id = NEW.election_id AND number = NEW.number)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
DROP TRIGGER certified_lifted_points_update;
-- +goose StatementBegin
CREATE TRIGGER certified_lifted_points_update BEFORE UPDATE ON lifted_points
WHEN EXISTS (SELECT 1 FROM elections WHERE id IN (OLD.election_id, NEW.election_id) AND certified_at IS NOT NULL)
    AND NOT (OLD.election_id = NEW.election_id AND OLD.number = NEW.number AND EXISTS (SELECT 1 FROM open_corrections WHERE election_id = NEW.election_id AND number = NEW.number))
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
DROP TRIGGER certified_lots_insert;
-- +goose StatementBegin
CREATE TRIGGER certified_lots_insert BEFORE INSERT ON lots
WHEN EXISTS (SELECT 1 FROM elections WHERE id IN (NEW.election_id) AND certified_at IS NOT NULL)
    AND NOT EXISTS (SELECT 1 FROM open_corrections WHERE election_id = NEW.election_id AND number = NEW.number)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
DROP TRIGGER certified_lot_participants_insert;
-- +goose StatementBegin
CREATE TRIGGER certified_lot_participants_insert BEFORE INSERT ON lot_participants
WHEN EXISTS (SELECT 1 FROM elections e JOIN lots l ON l.election_id = e.id
        WHERE l.id = NEW.lot_id AND certified_at IS NOT NULL)
    AND NOT EXISTS (SELECT 1 FROM lots l JOIN open_corrections o ON o.election_id = l.election_id AND o.number = l.number
        WHERE l.id = NEW.lot_id)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd

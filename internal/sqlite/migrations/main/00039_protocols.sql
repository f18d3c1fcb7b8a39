-- Protocols of polling stations: the signed sums of a station, typed by two people.

-- +goose Up

-- One for each station of which anything was entered. What it says follows from the entries of its round and the
-- settlements of what differs in them.
CREATE TABLE protocols (
    id                   INTEGER PRIMARY KEY AUTOINCREMENT,
    election_id          INTEGER NOT NULL REFERENCES elections (id),
    constituency_id      INTEGER NOT NULL REFERENCES constituencies (id),
    station_id           INTEGER NOT NULL UNIQUE REFERENCES stations (id),
    round                INTEGER NOT NULL DEFAULT 1 CHECK (round > 0), -- one more with each reopening
    state                TEXT    NOT NULL CHECK (state IN ('first-entry', 'second-entry', 'different', 'definitive', 'waiting', 'retracted', 'reopened')),
    differences          TEXT    NOT NULL DEFAULT '', -- the names of the numbers that differ, with blanks between them
    reason               TEXT    NOT NULL DEFAULT '', -- of the last retraction, restoration or reopening
    retractions_after_end INTEGER NOT NULL DEFAULT 0 CHECK (retractions_after_end >= 0), -- with reopenings out of the count
    definitive_at        INTEGER, -- Unix time in milliseconds, of this round
    late                 TEXT    NOT NULL DEFAULT '', -- why; '': it is not
    late_state           TEXT    NOT NULL DEFAULT '' CHECK (late_state IN ('', 'waiting', 'approved', 'refused') AND (late = '') = (late_state = '')),
    late_official        TEXT    NOT NULL DEFAULT '',
    late_reason          TEXT    NOT NULL DEFAULT '',
    late_decider         TEXT    NOT NULL DEFAULT '',
    late_remark          TEXT    NOT NULL DEFAULT '',
    CHECK ((state = 'waiting') = (late_state = 'waiting')),
    CHECK ((state = 'different') = (differences <> '') OR state IN ('definitive', 'waiting', 'retracted')),
    CHECK ((definitive_at IS NOT NULL) = (state IN ('definitive', 'waiting', 'retracted')))
) STRICT;
CREATE INDEX protocols_by_election ON protocols (election_id, state, id);
CREATE INDEX protocols_by_constituency ON protocols (constituency_id, id);

-- What a person typed. content is JSON with a random nonce; the audit log has its SHA-256 only, which tells nothing.
CREATE TABLE protocol_entries (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    protocol_id INTEGER NOT NULL REFERENCES protocols (id),
    round       INTEGER NOT NULL CHECK (round > 0),
    number      INTEGER NOT NULL CHECK (number IN (1, 2)),
    typist_id   INTEGER NOT NULL,
    typist_name TEXT    NOT NULL,
    content     TEXT    NOT NULL CHECK (json_valid(content)),
    commitment  BLOB    NOT NULL CHECK (length(commitment) = 32),
    entered_at  INTEGER NOT NULL,
    UNIQUE (protocol_id, round, number),
    UNIQUE (protocol_id, round, typist_id)
) STRICT;

-- What was decided about a number that differs. There are none before counts may be shown.
CREATE TABLE protocol_settlements (
    protocol_id INTEGER NOT NULL REFERENCES protocols (id),
    round       INTEGER NOT NULL CHECK (round > 0),
    name        TEXT    NOT NULL CHECK (name <> ''), -- such as fields.invalid or votes.2
    value       INTEGER CHECK (value >= 0),          -- NULL: the paper has none
    choice      TEXT    NOT NULL CHECK (choice IN ('first', 'second', 'third')),
    settler_id  INTEGER NOT NULL,
    settler_name TEXT   NOT NULL,
    settled_at  INTEGER NOT NULL,
    PRIMARY KEY (protocol_id, round, name)
) STRICT, WITHOUT ROWID;

-- Explanations of warnings beside those that came with an entry. There are none before counts may be shown.
CREATE TABLE protocol_explanations (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    protocol_id  INTEGER NOT NULL REFERENCES protocols (id),
    round        INTEGER NOT NULL CHECK (round > 0),
    code         TEXT    NOT NULL CHECK (code <> ''), -- of the check, such as W3
    explanation  TEXT    NOT NULL CHECK (explanation <> ''),
    author_id    INTEGER NOT NULL,
    author_name  TEXT    NOT NULL,
    explained_at INTEGER NOT NULL
) STRICT;
CREATE INDEX protocol_explanations_by_protocol ON protocol_explanations (protocol_id, round);

-- What people are typing. Only the person who typed it reads it, and its entry deletes it.
CREATE TABLE protocol_drafts (
    station_id   INTEGER NOT NULL REFERENCES stations (id),
    account_id   INTEGER NOT NULL,
    account_name TEXT    NOT NULL,
    content      TEXT    NOT NULL CHECK (json_valid(content)),
    saved_at     INTEGER NOT NULL,
    PRIMARY KEY (station_id, account_id)
) STRICT, WITHOUT ROWID;

-- Officials who settle what differs. The check of the constituency is deferred, as that of account_places.
CREATE TABLE protocol_coordinators (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    election_id     INTEGER NOT NULL REFERENCES elections (id),
    constituency_id INTEGER REFERENCES constituencies (id) DEFERRABLE INITIALLY DEFERRED, -- NULL: the whole election
    account_id      INTEGER NOT NULL,
    account_name    TEXT    NOT NULL,
    named_at        INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX protocol_coordinators_once ON protocol_coordinators (election_id, account_id, coalesce(constituency_id, 0));

-- Pictures of the paper. The files are beside the database, by their SHA-256.
CREATE TABLE protocol_scans (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    election_id     INTEGER NOT NULL REFERENCES elections (id),
    constituency_id INTEGER NOT NULL REFERENCES constituencies (id),
    station_id      INTEGER NOT NULL REFERENCES stations (id),
    sha256          BLOB    NOT NULL CHECK (length(sha256) = 32),
    bytes           INTEGER NOT NULL CHECK (bytes > 0),
    media_type      TEXT    NOT NULL CHECK (media_type IN ('application/pdf', 'image/jpeg', 'image/png')),
    file_name       TEXT    NOT NULL,
    official_id     INTEGER NOT NULL,
    official_name   TEXT    NOT NULL,
    attached_at     INTEGER NOT NULL,
    UNIQUE (station_id, sha256)
) STRICT;

-- A certification makes all of it final.
-- +goose StatementBegin
CREATE TRIGGER certified_protocols_insert BEFORE INSERT ON protocols
WHEN EXISTS (SELECT 1 FROM elections e WHERE e.id = NEW.election_id AND e.certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER certified_protocols_update BEFORE UPDATE ON protocols
WHEN EXISTS (SELECT 1 FROM elections e WHERE e.id IN (OLD.election_id, NEW.election_id) AND e.certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER certified_protocols_delete BEFORE DELETE ON protocols
WHEN EXISTS (SELECT 1 FROM elections e WHERE e.id = OLD.election_id AND e.certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER certified_protocol_scans_insert BEFORE INSERT ON protocol_scans
WHEN EXISTS (SELECT 1 FROM elections e WHERE e.id = NEW.election_id AND e.certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER certified_protocol_scans_update BEFORE UPDATE ON protocol_scans
WHEN EXISTS (SELECT 1 FROM elections e WHERE e.id IN (OLD.election_id, NEW.election_id) AND e.certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER certified_protocol_scans_delete BEFORE DELETE ON protocol_scans
WHEN EXISTS (SELECT 1 FROM elections e WHERE e.id = OLD.election_id AND e.certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER certified_protocol_entries_insert BEFORE INSERT ON protocol_entries
WHEN EXISTS (SELECT 1 FROM elections e WHERE e.id IN (SELECT p.election_id FROM protocols p WHERE p.id IN (NEW.protocol_id)) AND e.certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER certified_protocol_entries_update BEFORE UPDATE ON protocol_entries
WHEN EXISTS (SELECT 1 FROM elections e WHERE e.id IN (SELECT p.election_id FROM protocols p WHERE p.id IN (OLD.protocol_id, NEW.protocol_id)) AND e.certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER certified_protocol_entries_delete BEFORE DELETE ON protocol_entries
WHEN EXISTS (SELECT 1 FROM elections e WHERE e.id IN (SELECT p.election_id FROM protocols p WHERE p.id IN (OLD.protocol_id)) AND e.certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER certified_protocol_settlements_insert BEFORE INSERT ON protocol_settlements
WHEN EXISTS (SELECT 1 FROM elections e WHERE e.id IN (SELECT p.election_id FROM protocols p WHERE p.id IN (NEW.protocol_id)) AND e.certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER certified_protocol_settlements_update BEFORE UPDATE ON protocol_settlements
WHEN EXISTS (SELECT 1 FROM elections e WHERE e.id IN (SELECT p.election_id FROM protocols p WHERE p.id IN (OLD.protocol_id, NEW.protocol_id)) AND e.certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER certified_protocol_settlements_delete BEFORE DELETE ON protocol_settlements
WHEN EXISTS (SELECT 1 FROM elections e WHERE e.id IN (SELECT p.election_id FROM protocols p WHERE p.id IN (OLD.protocol_id)) AND e.certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER certified_protocol_explanations_insert BEFORE INSERT ON protocol_explanations
WHEN EXISTS (SELECT 1 FROM elections e WHERE e.id IN (SELECT p.election_id FROM protocols p WHERE p.id IN (NEW.protocol_id)) AND e.certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER certified_protocol_explanations_update BEFORE UPDATE ON protocol_explanations
WHEN EXISTS (SELECT 1 FROM elections e WHERE e.id IN (SELECT p.election_id FROM protocols p WHERE p.id IN (OLD.protocol_id, NEW.protocol_id)) AND e.certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER certified_protocol_explanations_delete BEFORE DELETE ON protocol_explanations
WHEN EXISTS (SELECT 1 FROM elections e WHERE e.id IN (SELECT p.election_id FROM protocols p WHERE p.id IN (OLD.protocol_id)) AND e.certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd

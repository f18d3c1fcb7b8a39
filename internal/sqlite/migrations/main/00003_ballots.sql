-- Batches, the ballot ledger and the tallies.

-- +goose Up

-- An accepted file. Ids are given at acceptance and are the order in which batches claim GUIDs.
CREATE TABLE batches (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    election_id     INTEGER NOT NULL REFERENCES elections (id),
    constituency_id INTEGER NOT NULL REFERENCES constituencies (id),
    official_id     INTEGER NOT NULL,
    official_name   TEXT    NOT NULL,
    file_name       TEXT    NOT NULL,
    spool_file      TEXT    NOT NULL UNIQUE,
    sha256          BLOB    NOT NULL CHECK (length(sha256) = 32),
    bytes           INTEGER NOT NULL CHECK (bytes >= 0),
    lines           INTEGER NOT NULL CHECK (lines >= 0),
    state           TEXT    NOT NULL CHECK (state IN ('queued', 'processing', 'counted', 'retracting', 'retracted', 'restoring', 'failed')),
    processed       INTEGER NOT NULL DEFAULT 0, -- lines in the count; chunks go in, and out, in the order of GUIDs
    valid           INTEGER NOT NULL DEFAULT 0 CHECK (valid >= 0),
    invalid         INTEGER NOT NULL DEFAULT 0 CHECK (invalid >= 0),
    duplicates      INTEGER NOT NULL DEFAULT 0 CHECK (duplicates >= 0),
    failure         TEXT    NOT NULL DEFAULT '',
    reason          TEXT    NOT NULL DEFAULT '', -- of the last retraction or restoration
    accepted_at     INTEGER NOT NULL,
    counted_at      INTEGER,
    CHECK (processed <= lines),
    CHECK (processed = valid + invalid + duplicates),
    CHECK (state <> 'counted' OR processed = lines),
    CHECK (state <> 'retracted' OR processed = 0)
) STRICT;
CREATE INDEX batches_by_election ON batches (election_id, id);
CREATE INDEX batches_by_official ON batches (official_id, id);
CREATE INDEX batches_by_content ON batches (constituency_id, sha256);
CREATE INDEX batches_waiting ON batches (id) WHERE state IN ('queued', 'processing', 'failed', 'retracting', 'restoring');

-- A file that is on disk and waits for the answer to a question before it is accepted.
CREATE TABLE uploads (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    election_id     INTEGER NOT NULL REFERENCES elections (id),
    constituency_id INTEGER NOT NULL REFERENCES constituencies (id),
    official_id     INTEGER NOT NULL,
    file_name       TEXT    NOT NULL,
    spool_file      TEXT    NOT NULL UNIQUE,
    sha256          BLOB    NOT NULL CHECK (length(sha256) = 32),
    bytes           INTEGER NOT NULL,
    lines           INTEGER NOT NULL,
    same_as         INTEGER NOT NULL REFERENCES batches (id),
    received_at     INTEGER NOT NULL
) STRICT;

-- The ledger: who holds which GUID. Of all lines in the count that claim it, the first in the order of batches
-- and then of lines holds it. Clustered on its key, so that sorted batches are written in sequence. Its
-- references are kept by the one writer, not by foreign keys, which would cost a look-up a ballot.
CREATE TABLE ballots (
    election_id INTEGER NOT NULL,
    guid        BLOB    NOT NULL,
    batch_id    INTEGER NOT NULL,
    claim       INTEGER NOT NULL, -- the line's number in its file x 100,000 + its poll number
    PRIMARY KEY (election_id, guid)
) STRICT, WITHOUT ROWID;

-- Lines that do not count: duplicates, which lost their GUID to an earlier line, and invalid ballots,
-- which hold theirs and have a poll number that does not exist.
CREATE TABLE invalid_lines (
    batch_id    INTEGER NOT NULL REFERENCES batches (id),
    line        INTEGER NOT NULL CHECK (line > 0),
    guid        BLOB    NOT NULL CHECK (length(guid) = 16),
    poll_number INTEGER NOT NULL CHECK (poll_number BETWEEN 0 AND 99999),
    reason      TEXT    NOT NULL CHECK (reason IN ('duplicate-ballot', 'unknown-poll-number')),
    PRIMARY KEY (batch_id, line)
) STRICT, WITHOUT ROWID;
CREATE INDEX invalid_lines_by_guid ON invalid_lines (guid, batch_id, line);

-- The tallies, kept in step with the ledger in every transaction. Poll number 0 is blank.
CREATE TABLE batch_tallies (
    batch_id    INTEGER NOT NULL REFERENCES batches (id),
    poll_number INTEGER NOT NULL,
    votes       INTEGER NOT NULL CHECK (votes >= 0),
    PRIMARY KEY (batch_id, poll_number)
) STRICT, WITHOUT ROWID;

CREATE TABLE constituency_tallies (
    constituency_id INTEGER NOT NULL REFERENCES constituencies (id),
    poll_number     INTEGER NOT NULL,
    votes           INTEGER NOT NULL CHECK (votes >= 0),
    PRIMARY KEY (constituency_id, poll_number)
) STRICT, WITHOUT ROWID;

CREATE TABLE constituency_totals (
    constituency_id INTEGER PRIMARY KEY REFERENCES constituencies (id),
    invalid         INTEGER NOT NULL CHECK (invalid >= 0),
    duplicates      INTEGER NOT NULL CHECK (duplicates >= 0)
) STRICT;

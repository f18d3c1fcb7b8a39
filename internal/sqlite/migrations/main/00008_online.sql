-- Voter keys, votes cast online, and the close. Nothing here says when a vote came or which key cast it:
-- no time, no sequence, no row number, and nothing that a key and a ballot have in common.

-- +goose Up

-- Tells whether the secret beside the database is the one that its keys were hashed with.
CREATE TABLE voter_secret (
    proof BLOB NOT NULL PRIMARY KEY CHECK (length(proof) = 16)
) STRICT, WITHOUT ROWID;

-- A roll of voters whose keys were issued together. Its keys are valid once its state is issued.
CREATE TABLE voter_rolls (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    election_id INTEGER NOT NULL REFERENCES elections (id),
    state       TEXT    NOT NULL CHECK (state IN ('issuing', 'issued', 'withdrawing', 'withdrawn')),
    keys        INTEGER NOT NULL CHECK (keys >= 0), -- as issued
    changed_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX voter_rolls_by_election ON voter_rolls (election_id, id);

-- Clustered on the keyed hash of personal id and key; found by the keyed hash of election and personal
-- id if a key is lost. Both are pseudorandom.
CREATE TABLE voter_keys (
    pair            BLOB    NOT NULL PRIMARY KEY CHECK (length(pair) = 16),
    voter           BLOB    NOT NULL UNIQUE CHECK (length(voter) = 16),
    roll_id         INTEGER NOT NULL REFERENCES voter_rolls (id),
    constituency_id INTEGER NOT NULL REFERENCES constituencies (id),
    used            INTEGER NOT NULL CHECK (used IN (0, 1))
) STRICT, WITHOUT ROWID;

-- The public number of keys, kept in step in every transaction.
CREATE TABLE voter_key_totals (
    constituency_id INTEGER PRIMARY KEY REFERENCES constituencies (id),
    keys            INTEGER NOT NULL CHECK (keys >= 0)
) STRICT;

-- One row for each vote, with a fresh random GUID; the close gives each another one. The one writer keeps the
-- references; foreign keys would cost a look-up for each ballot.
CREATE TABLE online_ballots (
    election_id     INTEGER NOT NULL,
    guid            BLOB    NOT NULL,
    constituency_id INTEGER NOT NULL,
    poll_number     INTEGER NOT NULL,
    PRIMARY KEY (election_id, guid)
) STRICT, WITHOUT ROWID;

-- The count of online_ballots, in step in every transaction, and as much of it as is shown before the
-- close: it moves by ten votes of the constituency or more at once.
CREATE TABLE online_tallies (
    constituency_id INTEGER NOT NULL REFERENCES constituencies (id),
    poll_number     INTEGER NOT NULL,
    votes           INTEGER NOT NULL CHECK (votes >= 0),
    shown           INTEGER NOT NULL CHECK (shown BETWEEN 0 AND votes),
    PRIMARY KEY (constituency_id, poll_number)
) STRICT, WITHOUT ROWID;

-- The remaining steps of an election's close, after elections.closed_at has ended the voting permanently.
CREATE TABLE online_closings (
    election_id INTEGER PRIMARY KEY REFERENCES elections (id),
    step        TEXT    NOT NULL CHECK (step IN ('closed', 'shuffled', 'finished'))
) STRICT;

-- A running sum over the online ballots of each constituency, keyed with a secret outside the database.

-- +goose Up

-- All columns have a fixed size, so that each group of votes replaces the row where it is and leaves nothing of the last
-- one in the file. The rows of an election are made before its first vote.
CREATE TABLE online_sums (
    constituency_id INTEGER PRIMARY KEY REFERENCES constituencies (id),
    used            BLOB NOT NULL CHECK (length(used) = 8),  -- the number of used keys, big-endian
    nonce           BLOB NOT NULL CHECK (length(nonce) = 16), -- random in each group
    sum             BLOB NOT NULL CHECK (length(sum) = 32)
) STRICT;

-- Since when an election has sums. It does not move with votes.
CREATE TABLE online_sum_starts (
    election_id INTEGER PRIMARY KEY REFERENCES elections (id),
    begun_at    INTEGER NOT NULL, -- Unix time in milliseconds
    found       INTEGER NOT NULL CHECK (found IN (0, 1)) -- whether ballots were there before, which the sums took as they were
) STRICT;

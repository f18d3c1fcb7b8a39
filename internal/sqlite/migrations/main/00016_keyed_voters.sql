-- Which key a voter has, in a table of its own. As a second index of voter_keys it lay in another random
-- order than the table, so that every chunk of a roll that was stored wrote most of its pages again. Now each
-- table is filled in its own order.

-- +goose Up

DROP VIEW used_voter_keys;

-- Found by the keyed hash of election and personal id, if a key is lost or a roll names a voter again. A voter
-- has one key in an election. The roll is the key's.
CREATE TABLE keyed_voters (
    voter   BLOB    NOT NULL PRIMARY KEY CHECK (length(voter) = 16),
    pair    BLOB    NOT NULL CHECK (length(pair) = 16),
    roll_id INTEGER NOT NULL REFERENCES voter_rolls (id)
) STRICT, WITHOUT ROWID;
INSERT INTO keyed_voters (voter, pair, roll_id) SELECT voter, pair, roll_id FROM voter_keys ORDER BY voter;

CREATE TABLE lean_voter_keys (
    pair            BLOB    NOT NULL PRIMARY KEY CHECK (length(pair) = 16),
    roll_id         INTEGER NOT NULL REFERENCES voter_rolls (id),
    constituency_id INTEGER NOT NULL REFERENCES constituencies (id),
    flag            INTEGER NOT NULL CHECK (flag >= 0)
) STRICT, WITHOUT ROWID;
INSERT INTO lean_voter_keys (pair, roll_id, constituency_id, flag)
SELECT pair, roll_id, constituency_id, flag FROM voter_keys ORDER BY pair;
DROP TABLE voter_keys;
ALTER TABLE lean_voter_keys RENAME TO voter_keys;

-- The keys that have voted. The hexadecimal digit with a key's bit is four bits, the highest first.
CREATE VIEW used_voter_keys AS
SELECT k.pair, k.roll_id, k.constituency_id
FROM voter_keys k JOIN voter_flags f ON f.page = k.flag / 32000
WHERE instr('123456789ABCDEF', substr(hex(substr(f.flags, 1 + k.flag % 32000 / 8, 1)), 1 + k.flag % 8 / 4, 1)) >> (3 - k.flag % 4) & 1;

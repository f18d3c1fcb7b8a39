-- Which voter keys are used, as one bit for each in rows that hold 32,000 of them: a group of votes then
-- writes a page for every row it touches, and not one for every vote. Which bit is a key's is random within
-- its roll, so that it tells neither the roll's order nor anything else of the voter.

-- +goose Up

-- Flag n is bit n % 32000 of row n / 32000, counted from the highest bit of the first byte.
CREATE TABLE voter_flags (
    page    INTEGER PRIMARY KEY,
    roll_id INTEGER NOT NULL REFERENCES voter_rolls (id),
    flags   BLOB    NOT NULL CHECK (length(flags) BETWEEN 1 AND 4000)
) STRICT;
CREATE INDEX voter_flags_by_roll ON voter_flags (roll_id);

-- How often keys were removed. A vote whose key was looked up before the last removal looks it up again.
CREATE TABLE voter_key_removals (
    only  INTEGER PRIMARY KEY CHECK (only = 1),
    times INTEGER NOT NULL
) STRICT;
INSERT INTO voter_key_removals (only, times) VALUES (1, 0);

CREATE TABLE flagged_voter_keys (
    pair            BLOB    NOT NULL PRIMARY KEY CHECK (length(pair) = 16),
    voter           BLOB    NOT NULL UNIQUE CHECK (length(voter) = 16),
    roll_id         INTEGER NOT NULL REFERENCES voter_rolls (id),
    constituency_id INTEGER NOT NULL REFERENCES constituencies (id),
    flag            INTEGER NOT NULL CHECK (flag >= 0)
) STRICT, WITHOUT ROWID;

INSERT INTO flagged_voter_keys (pair, voter, roll_id, constituency_id, flag)
WITH sizes AS (SELECT roll_id, (count(*) + 31999) / 32000 AS pages FROM voter_keys GROUP BY roll_id),
    starts AS (SELECT roll_id, 1 + sum(pages) OVER (ORDER BY roll_id) - pages AS page FROM sizes)
SELECT k.pair, k.voter, k.roll_id, k.constituency_id,
    32000 * s.page + row_number() OVER (PARTITION BY k.roll_id ORDER BY random()) - 1
FROM voter_keys k JOIN starts s ON s.roll_id = k.roll_id
ORDER BY k.pair;

INSERT INTO voter_flags (page, roll_id, flags)
WITH bytes AS (
    SELECT n.flag / 32000 AS page, n.flag % 32000 / 8 AS place, n.roll_id, sum(k.used * (128 >> n.flag % 8)) AS value
    FROM flagged_voter_keys n JOIN voter_keys k ON k.pair = n.pair
    GROUP BY 1, 2
)
SELECT page, roll_id, unhex(group_concat(printf('%02x', value), '' ORDER BY place)) FROM bytes GROUP BY page;

DROP TABLE voter_keys;
ALTER TABLE flagged_voter_keys RENAME TO voter_keys;

-- The keys that have voted. The hexadecimal digit with a key's bit is four bits, the highest first.
CREATE VIEW used_voter_keys AS
SELECT k.pair, k.voter, k.roll_id, k.constituency_id
FROM voter_keys k JOIN voter_flags f ON f.page = k.flag / 32000
WHERE instr('123456789ABCDEF', substr(hex(substr(f.flags, 1 + k.flag % 32000 / 8, 1)), 1 + k.flag % 8 / 4, 1)) >> (3 - k.flag % 4) & 1;

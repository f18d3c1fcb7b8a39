-- A close has one more step: the file was rewritten, and the log of changes waits to be emptied. A reader of an old state
-- keeps the log from being emptied; the file is not rewritten again meanwhile.

-- +goose Up

CREATE TABLE online_closings_48 (
    election_id INTEGER PRIMARY KEY REFERENCES elections (id),
    step        TEXT    NOT NULL CHECK (step IN ('closed', 'shuffled', 'rewritten', 'finished'))
) STRICT;
INSERT INTO online_closings_48 (election_id, step) SELECT election_id, step FROM online_closings;
DROP TABLE online_closings;
ALTER TABLE online_closings_48 RENAME TO online_closings;

-- Elections that were created through the EPMS contract, and whether their times had an offset.

-- +goose Up
CREATE TABLE epms_elections (
    election_id       INTEGER PRIMARY KEY REFERENCES elections (id),
    start_with_offset INTEGER NOT NULL CHECK (start_with_offset IN (0, 1)),
    end_with_offset   INTEGER NOT NULL CHECK (end_with_offset IN (0, 1))
) STRICT;

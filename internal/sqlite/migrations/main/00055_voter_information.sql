-- What an election tells its voters besides its definition: whom they can ask, in which languages, and what letters say.

-- +goose Up
CREATE TABLE voter_information (
    election_id       INTEGER PRIMARY KEY REFERENCES elections (id),
    contact           TEXT    NOT NULL DEFAULT '',
    sender            TEXT    NOT NULL DEFAULT '',
    languages         TEXT    NOT NULL DEFAULT '',
    hides_personal_id INTEGER NOT NULL DEFAULT 0 CHECK (hides_personal_id IN (0, 1)),
    texts             TEXT    NOT NULL DEFAULT '' CHECK (texts = '' OR texts LIKE '{%}'),
    logo              TEXT    NOT NULL DEFAULT ''
) STRICT;

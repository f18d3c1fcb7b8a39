-- A map of an election's constituencies, as Urna draws it. It is no part of the definition and can change at any time.

-- +goose Up
CREATE TABLE constituency_maps (
    election_id bigint PRIMARY KEY REFERENCES elections (id),
    outlines    TEXT    NOT NULL CHECK (outlines LIKE '{%}'),
    source      TEXT    NOT NULL DEFAULT ''
);

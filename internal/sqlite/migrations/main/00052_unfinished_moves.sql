-- The mark of a database into which urna move copies another one. No program opens it until the copy is verified.

-- +goose Up

CREATE TABLE unfinished_moves (
    source   TEXT    NOT NULL PRIMARY KEY, -- where the data come from
    begun_at INTEGER NOT NULL              -- Unix time in milliseconds
) STRICT, WITHOUT ROWID;

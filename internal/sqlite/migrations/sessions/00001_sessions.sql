-- +goose Up
CREATE TABLE sessions (
    token      TEXT    NOT NULL PRIMARY KEY, -- a hash of what the browser holds
    data       BLOB    NOT NULL,
    expires_at INTEGER NOT NULL              -- Unix milliseconds
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

-- The schema "sessions". Written by go test ./internal/sqlite -run TestSchema -update.

CREATE TABLE sessions (
    token      TEXT    NOT NULL PRIMARY KEY, -- a hash of what the browser holds
    data       BLOB    NOT NULL,
    expires_at INTEGER NOT NULL              -- Unix milliseconds
, user_id INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;

CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE INDEX sessions_by_user ON sessions (user_id);

CREATE TABLE passkey_challenges (
    session    TEXT    NOT NULL,
    act        TEXT    NOT NULL CHECK (act IN ('add', 'sign-in', 'confirm')),
    user_id    INTEGER NOT NULL,
    purpose    TEXT    NOT NULL,
    data       BLOB    NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (session, act)
) STRICT, WITHOUT ROWID;

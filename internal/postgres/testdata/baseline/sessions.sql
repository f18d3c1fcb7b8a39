-- The schema "sessions", version 3. Written by go test ./internal/postgres -run TestSchema -update.

CREATE TABLE sessions (
    token      TEXT    NOT NULL PRIMARY KEY, -- a hash of what the browser holds
    data       bytea    NOT NULL,
    expires_at bigint NOT NULL              -- Unix milliseconds
, user_id bigint NOT NULL DEFAULT 0);

CREATE TABLE passkey_challenges (
    session    TEXT    NOT NULL,
    act        TEXT    NOT NULL CHECK (act IN ('add', 'sign-in', 'confirm')),
    user_id    bigint NOT NULL,
    purpose    TEXT    NOT NULL,
    data       bytea    NOT NULL,
    expires_at bigint NOT NULL,
    PRIMARY KEY (session, act)
);

CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE INDEX sessions_by_user ON sessions (user_id);

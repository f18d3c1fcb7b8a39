-- Challenges that passkeys sign. Each is for one browser session, account and purpose, and is taken once.

-- +goose Up
CREATE TABLE passkey_challenges (
    session    TEXT    NOT NULL,
    act        TEXT    NOT NULL CHECK (act IN ('add', 'sign-in', 'confirm')),
    user_id    INTEGER NOT NULL,
    purpose    TEXT    NOT NULL,
    data       BLOB    NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (session, act)
) STRICT, WITHOUT ROWID;

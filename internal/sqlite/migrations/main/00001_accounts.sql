-- Accounts, tokens and the audit log. All times are Unix milliseconds.

-- +goose Up
CREATE TABLE users (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    email         TEXT    NOT NULL COLLATE NOCASE CHECK (length(email) BETWEEN 3 AND 255),
    forename      TEXT    NOT NULL CHECK (forename <> ''),
    surname       TEXT    NOT NULL CHECK (surname <> ''),
    jmbg          TEXT    CHECK (jmbg IS NULL OR (length(jmbg) = 13 AND jmbg NOT GLOB '*[^0-9]*')),
    role          TEXT    NOT NULL CHECK (role IN ('administrator', 'official')),
    password_hash TEXT    NOT NULL,
    disabled_at   INTEGER,
    created_at    INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX users_by_email ON users (email);
CREATE UNIQUE INDEX users_by_jmbg ON users (jmbg) WHERE jmbg IS NOT NULL;

-- A family is one sign-in of an API client; every token of it carries its id.
CREATE TABLE token_families (
    id         TEXT    NOT NULL PRIMARY KEY,
    user_id    INTEGER NOT NULL REFERENCES users (id),
    created_at INTEGER NOT NULL,
    revoked_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX token_families_by_user ON token_families (user_id);

CREATE TABLE refresh_tokens (
    hash       BLOB    NOT NULL PRIMARY KEY CHECK (length(hash) = 32),
    family_id  TEXT    NOT NULL REFERENCES token_families (id),
    expires_at INTEGER NOT NULL,
    used_at    INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE audit_events (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    at         INTEGER NOT NULL,
    actor_id   INTEGER NOT NULL, -- 0: the command line or Urna itself
    actor_name TEXT    NOT NULL,
    actor_from TEXT    NOT NULL,
    action     TEXT    NOT NULL CHECK (action <> ''),
    subject    TEXT    NOT NULL,
    detail     TEXT    NOT NULL CHECK (json_valid(detail)),
    hash       TEXT    NOT NULL CHECK (length(hash) = 64)
) STRICT;
-- +goose StatementBegin
CREATE TRIGGER audit_events_are_not_changed BEFORE UPDATE ON audit_events
BEGIN SELECT raise(ABORT, 'audit events are never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_events_are_not_deleted BEFORE DELETE ON audit_events
BEGIN SELECT raise(ABORT, 'audit events are never deleted'); END;
-- +goose StatementEnd

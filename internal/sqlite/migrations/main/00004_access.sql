-- Second factor, forced password change, deletion with a tombstone, sign-ins by address.

-- +goose Up
ALTER TABLE users ADD COLUMN must_change_password INTEGER NOT NULL DEFAULT 0 CHECK (must_change_password IN (0, 1));
-- Counts the changes that end the account's browser sessions.
ALTER TABLE users ADD COLUMN session_epoch INTEGER NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN deleted_at INTEGER;
ALTER TABLE users ADD COLUMN totp_secret BLOB;        -- sealed with the server's key
ALTER TABLE users ADD COLUMN totp_enabled_at INTEGER; -- NULL while it is not confirmed
ALTER TABLE users ADD COLUMN totp_last_step INTEGER NOT NULL DEFAULT 0; -- of the last code taken

-- A deleted account stays as a tombstone; its e-mail and JMBG may be used again.
DROP INDEX users_by_email;
DROP INDEX users_by_jmbg;
CREATE UNIQUE INDEX users_by_email ON users (email) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX users_by_jmbg ON users (jmbg) WHERE jmbg IS NOT NULL AND deleted_at IS NULL;

CREATE TABLE recovery_codes (
    user_id INTEGER NOT NULL REFERENCES users (id),
    hash    BLOB    NOT NULL CHECK (length(hash) = 32),
    used_at INTEGER,
    PRIMARY KEY (user_id, hash)
) STRICT, WITHOUT ROWID;

-- Where an account has signed in from: such an address is never kept out by guesses made elsewhere.
CREATE TABLE sign_in_addresses (
    user_id INTEGER NOT NULL REFERENCES users (id),
    address TEXT    NOT NULL,
    last_at INTEGER NOT NULL,
    PRIMARY KEY (user_id, address)
) STRICT, WITHOUT ROWID;

-- The one-time link with which a new data folder gets its first administrator.
CREATE TABLE setup_links (
    hash       BLOB    NOT NULL PRIMARY KEY CHECK (length(hash) = 32),
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Passkeys (WebAuthn), a second factor beside the codes of an authenticator app.

-- +goose Up
CREATE TABLE passkeys (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id         INTEGER NOT NULL REFERENCES users (id),
    domain          TEXT    NOT NULL CHECK (domain <> ''), -- the relying party id for which it was made
    credential_id   BLOB    NOT NULL CHECK (length(credential_id) BETWEEN 1 AND 1023),
    public_key      BLOB    NOT NULL CHECK (length(public_key) > 0), -- COSE
    user_handle     BLOB    NOT NULL CHECK (length(user_handle) = 32), -- by which authenticators know the account
    backup_eligible INTEGER NOT NULL CHECK (backup_eligible IN (0, 1)), -- may be copied to other devices
    transports      TEXT    NOT NULL, -- how a browser reaches it, separated by commas
    name            TEXT    NOT NULL CHECK (name <> ''),
    created_at      INTEGER NOT NULL,
    last_used_at    INTEGER,
    sign_count      INTEGER NOT NULL CHECK (sign_count >= 0) -- of the last signature; 0 if the authenticator does not count
) STRICT;
CREATE UNIQUE INDEX passkeys_by_credential ON passkeys (domain, credential_id);
CREATE INDEX passkeys_by_user ON passkeys (user_id);

-- What the database knows of the folder that contains it.

-- +goose Up

-- A keyed hash under each secret file of the folder. It tells whether a file is the one that was used before, and
-- nothing of its content. That of voters.key was kept in a table of its own.
CREATE TABLE folder_secrets (
    name        TEXT NOT NULL PRIMARY KEY,
    fingerprint BLOB NOT NULL CHECK (length(fingerprint) = 16)
) STRICT, WITHOUT ROWID;
INSERT INTO folder_secrets (name, fingerprint) SELECT 'voters.key', proof FROM voter_secret;
DROP TABLE voter_secret;

-- Copies of this database that were kept beside it before a migration. The close of an election with online votes
-- removes them, and names those that are no longer there.
CREATE TABLE database_copies (
    name    TEXT    NOT NULL PRIMARY KEY,
    made_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The address of the election service as voters open it, and other settings of the folder.
CREATE TABLE settings (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

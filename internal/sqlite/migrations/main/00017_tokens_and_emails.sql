-- Refresh tokens whose answer was lost; e-mail addresses with other letters than those of ASCII.

-- +goose Up
ALTER TABLE refresh_tokens ADD COLUMN used_from TEXT NOT NULL DEFAULT ''; -- the address of the first use
ALTER TABLE refresh_tokens ADD COLUMN replaces BLOB;          -- the hash of the token that this one was given for
ALTER TABLE refresh_tokens ADD COLUMN access_id TEXT;         -- the id of the access token issued with it
ALTER TABLE refresh_tokens ADD COLUMN access_used_at INTEGER; -- that token's first use
ALTER TABLE refresh_tokens ADD COLUMN ended_at INTEGER;       -- since then another pair has its place
CREATE UNIQUE INDEX refresh_tokens_by_access_id ON refresh_tokens (access_id) WHERE access_id IS NOT NULL;
CREATE INDEX refresh_tokens_by_replaced ON refresh_tokens (replaces) WHERE replaces IS NOT NULL;

-- NOCASE knows the letters of ASCII alone; the others are compared by the program.
CREATE INDEX users_by_other_email ON users (email) WHERE deleted_at IS NULL AND email GLOB '*[^ -~]*';

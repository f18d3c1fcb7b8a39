-- The owner of a session, so that people can see and end their own.

-- +goose Up
ALTER TABLE sessions ADD COLUMN user_id INTEGER NOT NULL DEFAULT 0; -- 0: not signed in
CREATE INDEX sessions_by_user ON sessions (user_id);

-- Whose a session is, so that people can see and end their own.

-- +goose Up
ALTER TABLE sessions ADD COLUMN user_id INTEGER NOT NULL DEFAULT 0; -- 0: nobody
CREATE INDEX sessions_by_user ON sessions (user_id);

-- The rows that an audited change touched, and since when the log has them.

-- +goose Up

-- A JSON object for each event that changed rows; its SHA-256 is in the event's detail under "rows". It is kept apart,
-- so that pages, exports and bundles show the detail alone and their readers can still follow the chain.
CREATE TABLE audit_images (
    event_id INTEGER PRIMARY KEY,
    images   TEXT    NOT NULL CHECK (json_valid(images))
) STRICT;
-- +goose StatementBegin
CREATE TRIGGER audit_images_are_not_changed BEFORE UPDATE ON audit_images
BEGIN SELECT raise(ABORT, 'audit events are never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_images_are_not_deleted BEFORE DELETE ON audit_images
BEGIN SELECT raise(ABORT, 'audit events are never deleted'); END;
-- +goose StatementEnd

-- The tables and columns whose rows the log has, as its events say. The program compares it with its own list at each
-- start; urna verify reads the events.
CREATE TABLE audit_coverage (
    name    TEXT NOT NULL PRIMARY KEY,
    columns TEXT NOT NULL -- with a space between two
) STRICT, WITHOUT ROWID;

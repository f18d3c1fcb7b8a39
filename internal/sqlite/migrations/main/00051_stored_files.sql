-- Files of batches, scans and kept bundles, if the database keeps them. Both tables are empty on SQLite, where files are
-- in the data folder; PostgreSQL's schema is translated from this one.

-- +goose Up

-- A name of a content. A file exists once its name does: its parts are stored before.
CREATE TABLE stored_files (
    folder     TEXT    NOT NULL, -- spool, scans or bundles
    name       TEXT    NOT NULL,
    content_id TEXT    NOT NULL,
    bytes      INTEGER NOT NULL CHECK (bytes >= 0),
    PRIMARY KEY (folder, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX stored_files_by_content ON stored_files (content_id);

-- A part of a content: a mebibyte, and the last one the remainder.
CREATE TABLE stored_parts (
    content_id TEXT    NOT NULL,
    part       INTEGER NOT NULL CHECK (part >= 0), -- from 0
    content    BLOB    NOT NULL CHECK (length(content) <= 1048576),
    PRIMARY KEY (content_id, part)
) STRICT;

CREATE TRIGGER stored_parts_update BEFORE UPDATE ON stored_parts
BEGIN SELECT raise(ABORT, 'a stored file never changes'); END;

CREATE TRIGGER stored_parts_delete BEFORE DELETE ON stored_parts
WHEN EXISTS (SELECT 1 FROM stored_files WHERE content_id = OLD.content_id)
BEGIN SELECT raise(ABORT, 'a stored file has a name'); END;

CREATE TRIGGER stored_files_update BEFORE UPDATE ON stored_files
BEGIN SELECT raise(ABORT, 'a stored file never changes'); END;

-- The name of a batch's part is that of its file, "@" and a number. "A" follows "@".
CREATE TRIGGER stored_files_delete BEFORE DELETE ON stored_files
WHEN OLD.folder <> 'spool' OR EXISTS (SELECT 1 FROM batches WHERE spool_file = OLD.name)
    OR EXISTS (SELECT 1 FROM batches WHERE spool_file >= OLD.name || '@' AND spool_file < OLD.name || 'A')
BEGIN SELECT raise(ABORT, 'an accepted file is never deleted'); END;

-- Uploads wait for their official's confirmation; each becomes at most one batch.

-- +goose Up

-- The batch that a confirmed upload became: confirming it twice finds the same batch.
ALTER TABLE batches ADD COLUMN upload_id INTEGER;
CREATE UNIQUE INDEX batches_by_upload ON batches (upload_id) WHERE upload_id IS NOT NULL;

-- A file that is on disk and checked, and not accepted. Which standing batch has the same content is
-- asked whenever it matters, since it changes while an upload waits.
CREATE TABLE waiting_uploads (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    election_id     INTEGER NOT NULL REFERENCES elections (id),
    constituency_id INTEGER NOT NULL REFERENCES constituencies (id),
    official_id     INTEGER NOT NULL,
    file_name       TEXT    NOT NULL,
    spool_file      TEXT    NOT NULL UNIQUE,
    sha256          BLOB    NOT NULL CHECK (length(sha256) = 32),
    bytes           INTEGER NOT NULL CHECK (bytes >= 0),
    lines           INTEGER NOT NULL CHECK (lines > 0),
    received_at     INTEGER NOT NULL
) STRICT;
INSERT INTO waiting_uploads (id, election_id, constituency_id, official_id, file_name, spool_file, sha256, bytes, lines, received_at)
    SELECT id, election_id, constituency_id, official_id, file_name, spool_file, sha256, bytes, lines, received_at FROM uploads;
DROP TABLE uploads;
ALTER TABLE waiting_uploads RENAME TO uploads;
CREATE INDEX uploads_by_official ON uploads (official_id, id);

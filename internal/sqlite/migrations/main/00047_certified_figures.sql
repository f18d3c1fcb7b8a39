-- What was certified, with each certification of an election: its figures, and its bundles once it is corrected.

-- +goose Up

-- The document of the figures whose SHA-256 is in certifications. Of an election that an earlier version certified it is
-- stored when a correction begins.
CREATE TABLE certified_figures (
    election_id INTEGER NOT NULL,
    number      INTEGER NOT NULL,
    document    BLOB    NOT NULL,
    PRIMARY KEY (election_id, number),
    FOREIGN KEY (election_id, number) REFERENCES certifications (election_id, number)
) STRICT;
-- +goose StatementBegin
CREATE TRIGGER certified_figures_update BEFORE UPDATE ON certified_figures
BEGIN SELECT raise(ABORT, 'a certification never changes'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER certified_figures_delete BEFORE DELETE ON certified_figures
BEGIN SELECT raise(ABORT, 'a certification never changes'); END;
-- +goose StatementEnd

-- The bundles of certifications for which a correction began. They cannot be written again, so their files stay.
CREATE TABLE certified_bundles (
    election_id INTEGER NOT NULL,
    number      INTEGER NOT NULL,
    form        TEXT    NOT NULL CHECK (form IN ('full', 'public')),
    file        TEXT    NOT NULL CHECK (file <> ''), -- its name in the folder of bundles
    bytes       INTEGER NOT NULL CHECK (bytes > 0),
    sha256      BLOB    NOT NULL CHECK (length(sha256) = 32),
    PRIMARY KEY (election_id, number, form),
    FOREIGN KEY (election_id, number) REFERENCES certifications (election_id, number)
) STRICT;
-- +goose StatementBegin
CREATE TRIGGER certified_bundles_update BEFORE UPDATE ON certified_bundles
BEGIN SELECT raise(ABORT, 'a certification never changes'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER certified_bundles_delete BEFORE DELETE ON certified_bundles
BEGIN SELECT raise(ABORT, 'a certification never changes'); END;
-- +goose StatementEnd

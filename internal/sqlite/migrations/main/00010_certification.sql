-- Lots, certification and second rounds; and triggers that keep a certified election unchanged.

-- +goose Up

-- How many administrators certify. It is fixed with the rest of the definition.
ALTER TABLE elections ADD COLUMN confirmations INTEGER NOT NULL DEFAULT 1 CHECK (confirmations IN (1, 2));
ALTER TABLE elections ADD COLUMN second_round_of INTEGER REFERENCES elections (id);
CREATE UNIQUE INDEX elections_by_first_round ON elections (second_round_of) WHERE second_round_of IS NOT NULL;

-- A lot as it was drawn: the order of the participants, and what it was drawn for. Whether it holds
-- follows from comparing that with the figures; nothing here says so.
CREATE TABLE lots (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    election_id     INTEGER NOT NULL REFERENCES elections (id),
    constituency_id INTEGER NOT NULL REFERENCES constituencies (id),
    seats           INTEGER NOT NULL CHECK (seats > 0), -- at stake
    seeded          INTEGER NOT NULL CHECK (seeded IN (0, 1)),
    place           TEXT    NOT NULL,
    witnesses       TEXT    NOT NULL,
    note            TEXT    NOT NULL,
    recorded_by     TEXT    NOT NULL,
    recorded_at     INTEGER NOT NULL
) STRICT;
CREATE INDEX lots_by_election ON lots (election_id, id);

CREATE TABLE lot_participants (
    lot_id         INTEGER NOT NULL REFERENCES lots (id),
    position       INTEGER NOT NULL CHECK (position > 0), -- in which it was drawn
    participant_id INTEGER NOT NULL REFERENCES participants (id),
    votes          INTEGER NOT NULL CHECK (votes >= 0), -- when it was drawn
    PRIMARY KEY (lot_id, position),
    UNIQUE (lot_id, participant_id)
) STRICT, WITHOUT ROWID;

-- The reproducible lot: a seed phrase, known by its hash before the end and revealed after it.
CREATE TABLE lot_seeds (
    election_id  INTEGER PRIMARY KEY REFERENCES elections (id),
    commitment   TEXT    NOT NULL CHECK (length(commitment) = 64 AND commitment NOT GLOB '*[^0-9a-f]*'),
    committed_by TEXT    NOT NULL,
    committed_at INTEGER NOT NULL,
    seed         TEXT,
    revealed_at  INTEGER,
    CHECK ((seed IS NULL) = (revealed_at IS NULL))
) STRICT;

-- Who confirmed which figures, by their SHA-256. Figures that change void a confirmation.
CREATE TABLE confirmations (
    id                 INTEGER PRIMARY KEY AUTOINCREMENT,
    election_id        INTEGER NOT NULL REFERENCES elections (id),
    administrator_id   INTEGER NOT NULL,
    administrator_name TEXT    NOT NULL,
    figures            TEXT    NOT NULL CHECK (length(figures) = 64),
    confirmed_at       INTEGER NOT NULL,
    voided_at          INTEGER
) STRICT;
CREATE UNIQUE INDEX confirmations_that_stand ON confirmations (election_id, administrator_id) WHERE voided_at IS NULL;

-- The record of certification, with the head of the audit chain right after it.
CREATE TABLE certifications (
    election_id  INTEGER PRIMARY KEY REFERENCES elections (id),
    figures      TEXT    NOT NULL CHECK (length(figures) = 64),
    certified_at INTEGER NOT NULL,
    audit_head   TEXT    NOT NULL CHECK (length(audit_head) = 64),
    audit_events INTEGER NOT NULL CHECK (audit_events > 0)
) STRICT;

-- Triggers that refuse changes to a certified election. The domain refuses first; these refuse statements that
-- bypass it. The ledger has no trigger, which would cost every ballot: it changes only together with the tallies.
-- +goose StatementBegin
CREATE TRIGGER certified_elections_do_not_change BEFORE UPDATE ON elections WHEN OLD.certified_at IS NOT NULL
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER certified_elections_stay BEFORE DELETE ON elections WHEN OLD.certified_at IS NOT NULL
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER certified_constituencies_insert BEFORE INSERT ON constituencies
WHEN EXISTS (SELECT 1 FROM elections WHERE id = NEW.election_id AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER certified_constituencies_update BEFORE UPDATE ON constituencies
WHEN EXISTS (SELECT 1 FROM elections WHERE id = OLD.election_id AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER certified_constituencies_delete BEFORE DELETE ON constituencies
WHEN EXISTS (SELECT 1 FROM elections WHERE id = OLD.election_id AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER certified_candidacies_insert BEFORE INSERT ON candidacies
WHEN EXISTS (SELECT 1 FROM elections e JOIN constituencies c ON c.election_id = e.id WHERE c.id = NEW.constituency_id AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER certified_candidacies_update BEFORE UPDATE ON candidacies
WHEN EXISTS (SELECT 1 FROM elections e JOIN constituencies c ON c.election_id = e.id WHERE c.id = OLD.constituency_id AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER certified_candidacies_delete BEFORE DELETE ON candidacies
WHEN EXISTS (SELECT 1 FROM elections e JOIN constituencies c ON c.election_id = e.id WHERE c.id = OLD.constituency_id AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER certified_batches_insert BEFORE INSERT ON batches
WHEN EXISTS (SELECT 1 FROM elections WHERE id = NEW.election_id AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER certified_batches_update BEFORE UPDATE ON batches
WHEN EXISTS (SELECT 1 FROM elections WHERE id = OLD.election_id AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER certified_batches_delete BEFORE DELETE ON batches
WHEN EXISTS (SELECT 1 FROM elections WHERE id = OLD.election_id AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER certified_constituency_tallies_insert BEFORE INSERT ON constituency_tallies
WHEN EXISTS (SELECT 1 FROM elections e JOIN constituencies c ON c.election_id = e.id WHERE c.id = NEW.constituency_id AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER certified_constituency_tallies_update BEFORE UPDATE ON constituency_tallies
WHEN EXISTS (SELECT 1 FROM elections e JOIN constituencies c ON c.election_id = e.id WHERE c.id = OLD.constituency_id AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER certified_constituency_tallies_delete BEFORE DELETE ON constituency_tallies
WHEN EXISTS (SELECT 1 FROM elections e JOIN constituencies c ON c.election_id = e.id WHERE c.id = OLD.constituency_id AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER certified_constituency_totals_insert BEFORE INSERT ON constituency_totals
WHEN EXISTS (SELECT 1 FROM elections e JOIN constituencies c ON c.election_id = e.id WHERE c.id = NEW.constituency_id AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER certified_constituency_totals_update BEFORE UPDATE ON constituency_totals
WHEN EXISTS (SELECT 1 FROM elections e JOIN constituencies c ON c.election_id = e.id WHERE c.id = OLD.constituency_id AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER certified_constituency_totals_delete BEFORE DELETE ON constituency_totals
WHEN EXISTS (SELECT 1 FROM elections e JOIN constituencies c ON c.election_id = e.id WHERE c.id = OLD.constituency_id AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER certified_online_tallies_insert BEFORE INSERT ON online_tallies
WHEN EXISTS (SELECT 1 FROM elections e JOIN constituencies c ON c.election_id = e.id WHERE c.id = NEW.constituency_id AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER certified_online_tallies_update BEFORE UPDATE ON online_tallies
WHEN EXISTS (SELECT 1 FROM elections e JOIN constituencies c ON c.election_id = e.id WHERE c.id = OLD.constituency_id AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER certified_online_tallies_delete BEFORE DELETE ON online_tallies
WHEN EXISTS (SELECT 1 FROM elections e JOIN constituencies c ON c.election_id = e.id WHERE c.id = OLD.constituency_id AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER certified_lots_insert BEFORE INSERT ON lots
WHEN EXISTS (SELECT 1 FROM elections WHERE id = NEW.election_id AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER certified_lots_update BEFORE UPDATE ON lots
WHEN EXISTS (SELECT 1 FROM elections WHERE id = OLD.election_id AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER certified_lots_delete BEFORE DELETE ON lots
WHEN EXISTS (SELECT 1 FROM elections WHERE id = OLD.election_id AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER certified_lot_participants_insert BEFORE INSERT ON lot_participants
WHEN EXISTS (SELECT 1 FROM elections e JOIN lots l ON l.election_id = e.id WHERE l.id = NEW.lot_id AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER certified_lot_participants_update BEFORE UPDATE ON lot_participants
WHEN EXISTS (SELECT 1 FROM elections e JOIN lots l ON l.election_id = e.id WHERE l.id = OLD.lot_id AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER certified_lot_participants_delete BEFORE DELETE ON lot_participants
WHEN EXISTS (SELECT 1 FROM elections e JOIN lots l ON l.election_id = e.id WHERE l.id = OLD.lot_id AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER certified_lot_seeds_insert BEFORE INSERT ON lot_seeds
WHEN EXISTS (SELECT 1 FROM elections WHERE id = NEW.election_id AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER certified_lot_seeds_update BEFORE UPDATE ON lot_seeds
WHEN EXISTS (SELECT 1 FROM elections WHERE id = OLD.election_id AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER certified_lot_seeds_delete BEFORE DELETE ON lot_seeds
WHEN EXISTS (SELECT 1 FROM elections WHERE id = OLD.election_id AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER certified_confirmations_insert BEFORE INSERT ON confirmations
WHEN EXISTS (SELECT 1 FROM elections WHERE id = NEW.election_id AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER certified_confirmations_update BEFORE UPDATE ON confirmations
WHEN EXISTS (SELECT 1 FROM elections WHERE id = OLD.election_id AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER certified_confirmations_delete BEFORE DELETE ON confirmations
WHEN EXISTS (SELECT 1 FROM elections WHERE id = OLD.election_id AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER certifications_update BEFORE UPDATE ON certifications
BEGIN SELECT raise(ABORT, 'a certification never changes'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER certifications_delete BEFORE DELETE ON certifications
BEGIN SELECT raise(ABORT, 'a certification never changes'); END;
-- +goose StatementEnd

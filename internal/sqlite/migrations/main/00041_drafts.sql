-- Drafts of elections, withdrawn elections, and participants that were never candidates.

-- +goose Up

-- When the election was published; NULL: it is a draft, which only administrators see.
ALTER TABLE elections ADD COLUMN published_at INTEGER;
ALTER TABLE elections ADD COLUMN withdrawn_at INTEGER CHECK (withdrawn_at IS NULL OR published_at IS NOT NULL AND certified_at IS NULL);
ALTER TABLE elections ADD COLUMN withdrawal_reason TEXT NOT NULL DEFAULT '' CHECK ((withdrawal_reason = '') = (withdrawn_at IS NULL));

-- When an election in which the participant is a candidate was first public; NULL: none was.
ALTER TABLE participants ADD COLUMN candidate_since INTEGER;

-- All elections of earlier versions were public from their creation on, the certified ones too.
DROP TRIGGER certified_elections_do_not_change;
UPDATE elections SET published_at = created_at;
UPDATE participants SET candidate_since = (SELECT min(e.published_at) FROM elections e JOIN constituencies c ON c.election_id = e.id
    JOIN candidacies k ON k.constituency_id = c.id WHERE k.participant_id = participants.id);
-- +goose StatementBegin
CREATE TRIGGER certified_elections_do_not_change BEFORE UPDATE ON elections WHEN OLD.certified_at IS NOT NULL
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER published_elections_stay BEFORE DELETE ON elections WHEN OLD.published_at IS NOT NULL AND OLD.certified_at IS NULL
BEGIN SELECT raise(ABORT, 'the election was published'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER elections_are_published_once BEFORE UPDATE ON elections
WHEN OLD.published_at IS NOT NULL AND OLD.certified_at IS NULL AND NEW.published_at IS NOT OLD.published_at
BEGIN SELECT raise(ABORT, 'the election was published'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER participants_with_candidacies_stay BEFORE DELETE ON participants WHEN OLD.candidate_since IS NOT NULL
BEGIN SELECT raise(ABORT, 'the participant was a candidate'); END;
-- +goose StatementEnd

-- A withdrawn election does not change, and neither a draft nor a withdrawn election takes anything.
-- +goose StatementBegin
CREATE TRIGGER withdrawn_elections_do_not_change BEFORE UPDATE ON elections WHEN OLD.withdrawn_at IS NOT NULL
BEGIN SELECT raise(ABORT, 'the election is withdrawn'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER withdrawn_constituencies_insert BEFORE INSERT ON constituencies
WHEN EXISTS (SELECT 1 FROM elections WHERE id = NEW.election_id AND withdrawn_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is withdrawn'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER withdrawn_constituencies_update BEFORE UPDATE ON constituencies
WHEN EXISTS (SELECT 1 FROM elections WHERE id IN (OLD.election_id, NEW.election_id) AND withdrawn_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is withdrawn'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER withdrawn_constituencies_delete BEFORE DELETE ON constituencies
WHEN EXISTS (SELECT 1 FROM elections WHERE id = OLD.election_id AND withdrawn_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is withdrawn'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER withdrawn_candidacies_insert BEFORE INSERT ON candidacies
WHEN EXISTS (SELECT 1 FROM elections e JOIN constituencies c ON c.election_id = e.id WHERE c.id = NEW.constituency_id AND withdrawn_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is withdrawn'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER withdrawn_candidacies_update BEFORE UPDATE ON candidacies
WHEN EXISTS (SELECT 1 FROM elections e JOIN constituencies c ON c.election_id = e.id WHERE c.id IN (OLD.constituency_id, NEW.constituency_id) AND withdrawn_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is withdrawn'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER withdrawn_candidacies_delete BEFORE DELETE ON candidacies
WHEN EXISTS (SELECT 1 FROM elections e JOIN constituencies c ON c.election_id = e.id WHERE c.id = OLD.constituency_id AND withdrawn_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is withdrawn'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER withdrawn_stations_insert BEFORE INSERT ON stations
WHEN EXISTS (SELECT 1 FROM elections WHERE id = NEW.election_id AND withdrawn_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is withdrawn'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER withdrawn_stations_update BEFORE UPDATE ON stations
WHEN EXISTS (SELECT 1 FROM elections WHERE id IN (OLD.election_id, NEW.election_id) AND withdrawn_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is withdrawn'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER withdrawn_stations_delete BEFORE DELETE ON stations
WHEN EXISTS (SELECT 1 FROM elections WHERE id = OLD.election_id AND withdrawn_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is withdrawn'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER closed_off_batches_insert BEFORE INSERT ON batches
WHEN EXISTS (SELECT 1 FROM elections WHERE id = NEW.election_id AND (published_at IS NULL OR withdrawn_at IS NOT NULL))
BEGIN SELECT raise(ABORT, 'the election is a draft or withdrawn'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER closed_off_rolls_insert BEFORE INSERT ON voter_rolls
WHEN EXISTS (SELECT 1 FROM elections WHERE id = NEW.election_id AND (published_at IS NULL OR withdrawn_at IS NOT NULL))
BEGIN SELECT raise(ABORT, 'the election is a draft or withdrawn'); END;
-- +goose StatementEnd

-- The events with which elections became public.
DROP INDEX audit_events_of_creations;
CREATE INDEX audit_events_of_publications ON audit_events (subject, id) WHERE action IN ('election-created', 'election-published');

-- A second round that was withdrawn can be created again.
DROP INDEX elections_by_first_round;
CREATE UNIQUE INDEX elections_by_first_round ON elections (second_round_of) WHERE second_round_of IS NOT NULL AND withdrawn_at IS NULL;

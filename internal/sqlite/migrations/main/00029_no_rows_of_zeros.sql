-- Tallies and totals without rows of zeros, so that each row can be proved from the ledger.

-- +goose Up

DROP TRIGGER certified_constituency_tallies_delete;
DROP TRIGGER certified_constituency_totals_delete;
DELETE FROM batch_tallies WHERE votes = 0;
DELETE FROM constituency_tallies WHERE votes = 0;
DELETE FROM constituency_totals WHERE invalid = 0 AND duplicates = 0;
-- +goose StatementBegin
CREATE TRIGGER certified_constituency_tallies_delete BEFORE DELETE ON constituency_tallies
WHEN EXISTS (SELECT 1 FROM elections e JOIN constituencies c ON c.election_id = e.id WHERE c.id = OLD.constituency_id AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER certified_constituency_totals_delete BEFORE DELETE ON constituency_totals
WHEN EXISTS (SELECT 1 FROM elections e JOIN constituencies c ON c.election_id = e.id WHERE c.id = OLD.constituency_id AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd

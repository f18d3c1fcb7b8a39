-- A row of another election cannot be moved into a certified one either. The triggers of 00010 checked the old
-- row only, not the new one.

-- +goose Up
DROP TRIGGER certified_constituencies_update;
-- +goose StatementBegin
CREATE TRIGGER certified_constituencies_update BEFORE UPDATE ON constituencies
WHEN EXISTS (SELECT 1 FROM elections WHERE id IN (OLD.election_id, NEW.election_id) AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
DROP TRIGGER certified_candidacies_update;
-- +goose StatementBegin
CREATE TRIGGER certified_candidacies_update BEFORE UPDATE ON candidacies
WHEN EXISTS (SELECT 1 FROM elections e JOIN constituencies c ON c.election_id = e.id WHERE c.id IN (OLD.constituency_id, NEW.constituency_id) AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
DROP TRIGGER certified_batches_update;
-- +goose StatementBegin
CREATE TRIGGER certified_batches_update BEFORE UPDATE ON batches
WHEN EXISTS (SELECT 1 FROM elections WHERE id IN (OLD.election_id, NEW.election_id) AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
DROP TRIGGER certified_constituency_tallies_update;
-- +goose StatementBegin
CREATE TRIGGER certified_constituency_tallies_update BEFORE UPDATE ON constituency_tallies
WHEN EXISTS (SELECT 1 FROM elections e JOIN constituencies c ON c.election_id = e.id WHERE c.id IN (OLD.constituency_id, NEW.constituency_id) AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
DROP TRIGGER certified_constituency_totals_update;
-- +goose StatementBegin
CREATE TRIGGER certified_constituency_totals_update BEFORE UPDATE ON constituency_totals
WHEN EXISTS (SELECT 1 FROM elections e JOIN constituencies c ON c.election_id = e.id WHERE c.id IN (OLD.constituency_id, NEW.constituency_id) AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
DROP TRIGGER certified_online_tallies_update;
-- +goose StatementBegin
CREATE TRIGGER certified_online_tallies_update BEFORE UPDATE ON online_tallies
WHEN EXISTS (SELECT 1 FROM elections e JOIN constituencies c ON c.election_id = e.id WHERE c.id IN (OLD.constituency_id, NEW.constituency_id) AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
DROP TRIGGER certified_lots_update;
-- +goose StatementBegin
CREATE TRIGGER certified_lots_update BEFORE UPDATE ON lots
WHEN EXISTS (SELECT 1 FROM elections WHERE id IN (OLD.election_id, NEW.election_id) AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
DROP TRIGGER certified_lot_participants_update;
-- +goose StatementBegin
CREATE TRIGGER certified_lot_participants_update BEFORE UPDATE ON lot_participants
WHEN EXISTS (SELECT 1 FROM elections e JOIN lots l ON l.election_id = e.id WHERE l.id IN (OLD.lot_id, NEW.lot_id) AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
DROP TRIGGER certified_lot_seeds_update;
-- +goose StatementBegin
CREATE TRIGGER certified_lot_seeds_update BEFORE UPDATE ON lot_seeds
WHEN EXISTS (SELECT 1 FROM elections WHERE id IN (OLD.election_id, NEW.election_id) AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd
DROP TRIGGER certified_confirmations_update;
-- +goose StatementBegin
CREATE TRIGGER certified_confirmations_update BEFORE UPDATE ON confirmations
WHEN EXISTS (SELECT 1 FROM elections WHERE id IN (OLD.election_id, NEW.election_id) AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;
-- +goose StatementEnd

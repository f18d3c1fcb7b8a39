-- How many administrators certify may be left to the opening: two if there are two administrators then, else one. Until it is
-- recorded, confirmations holds 1 and means nothing. Elections that were made before keep the number that they have.

-- +goose Up
ALTER TABLE elections ADD COLUMN certifiers_at_opening INTEGER NOT NULL DEFAULT 0 CHECK (certifiers_at_opening IN (0, 1));
ALTER TABLE elections ADD COLUMN certifiers_decided_at INTEGER;

-- A list's own threshold, thresholds measured over the whole election, and what a majority is more than
-- half of.

-- +goose Up
ALTER TABLE elections ADD COLUMN threshold_scope TEXT NOT NULL DEFAULT 'constituency'
    CHECK (threshold_scope IN ('constituency', 'nationwide'));
ALTER TABLE elections ADD COLUMN majority_base TEXT NOT NULL DEFAULT 'valid'
    CHECK (majority_base IN ('valid', 'votes-cast'));
ALTER TABLE candidacies ADD COLUMN threshold_percent TEXT NOT NULL DEFAULT ''; -- '' is the election's

-- To whom voter keys are sealed, so that the person who sends a roll sees no key. All are recipients of age with a blank
-- between two; '' is none.

-- +goose Up

-- The recipients to which an election wants all its keys sealed.
ALTER TABLE elections ADD COLUMN seal_keys_to TEXT NOT NULL DEFAULT '';

-- Those to which the keys of a roll were sealed.
ALTER TABLE voter_rolls ADD COLUMN sealed_to TEXT NOT NULL DEFAULT '';

-- How many of the replaced keys were sealed.
ALTER TABLE voter_key_acts ADD COLUMN replaced_sealed INTEGER NOT NULL DEFAULT 0 CHECK (replaced_sealed BETWEEN 0 AND replaced);

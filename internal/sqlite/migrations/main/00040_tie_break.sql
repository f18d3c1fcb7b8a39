-- The rules of the law that decide a tie, in the order in which they are asked, with a blank between two. A lot is the last
-- one.

-- +goose Up
ALTER TABLE elections ADD COLUMN tie_break TEXT NOT NULL DEFAULT 'lot' CHECK (tie_break IN (
    'lot', 'more-votes lot', 'fewer-votes lot', 'list-order lot', 'more-votes list-order lot', 'fewer-votes list-order lot'
));

-- Whether the figures of every polling station are published.

-- +goose Up

-- 1: also those of a station with fewer than ten ballots. 0: these are published together with others.
ALTER TABLE elections ADD COLUMN publish_every_station INTEGER NOT NULL DEFAULT 0 CHECK (publish_every_station IN (0, 1));

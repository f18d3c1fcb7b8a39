-- Whether the figures of every polling station are published; reasons for stations that are not counted.

-- +goose Up

-- 1: also those of a station with fewer than ten ballots. 0: these are published together with others.
ALTER TABLE elections ADD COLUMN publish_every_station INTEGER NOT NULL DEFAULT 0 CHECK (publish_every_station IN (0, 1));

-- The polling station of an open point; NULL: the constituency, or several of its stations.
ALTER TABLE lifted_points ADD COLUMN station_id INTEGER REFERENCES stations (id);
DROP INDEX lifted_points_that_hold;
CREATE UNIQUE INDEX lifted_points_that_hold ON lifted_points (election_id, code, coalesce(constituency_id, 0), coalesce(station_id, 0)) WHERE voided_at IS NULL;

-- The numbers from 0 to 999. Joined with themselves they enumerate the records of a packed parameter. A
-- recursive query would pass each record through an internal queue, which costs as much as storing it.

-- +goose Up
CREATE TABLE numbers (n INTEGER PRIMARY KEY) STRICT;
INSERT INTO numbers (n)
WITH RECURSIVE r (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM r WHERE n < 999) SELECT n FROM r;

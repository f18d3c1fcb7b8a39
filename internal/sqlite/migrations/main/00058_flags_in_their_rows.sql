-- For PostgreSQL alone, which stores the flags of keys as they are (decision 88).

-- +goose Up
SELECT 1;

-- Flags are changed by each group of votes. Compressing a row of them takes longer than all else that a group does.

-- +goose Up
ALTER TABLE voter_flags ALTER COLUMN flags SET STORAGE PLAIN;

UPDATE voter_flags SET flags = set_bit(flags, 0, get_bit(flags, 0));

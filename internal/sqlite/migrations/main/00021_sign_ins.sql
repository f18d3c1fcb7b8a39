-- Refused sign-ins to no account are counted; familiar addresses are found without their account.

-- +goose Up

-- One row: how many sign-ins to no account were refused since the last event that told of some, and when.
CREATE TABLE refused_sign_ins (
    id       INTEGER PRIMARY KEY CHECK (id = 1),
    first_at INTEGER NOT NULL, -- Unix time in milliseconds, as last_at
    last_at  INTEGER NOT NULL CHECK (last_at >= 0),
    count    INTEGER NOT NULL CHECK (count >= 0)
) STRICT;

CREATE INDEX sign_in_addresses_by_address ON sign_in_addresses (address);

-- Observers read elections and change nothing.

-- +goose Up

-- The column is replaced, because a CHECK cannot be changed. An account without a role would have the one that may least.
ALTER TABLE users ADD COLUMN present_role TEXT NOT NULL DEFAULT 'observer' CHECK (present_role IN ('administrator', 'official', 'observer'));
UPDATE users SET present_role = role;
ALTER TABLE users DROP COLUMN role;
ALTER TABLE users RENAME COLUMN present_role TO role;

-- The elections that an observer reads if users.bound_to_places is 1.
CREATE TABLE account_elections (
    user_id     INTEGER NOT NULL REFERENCES users (id),
    election_id INTEGER NOT NULL REFERENCES elections (id),
    given_at    INTEGER NOT NULL, -- Unix time in milliseconds
    PRIMARY KEY (user_id, election_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX account_elections_by_election ON account_elections (election_id);

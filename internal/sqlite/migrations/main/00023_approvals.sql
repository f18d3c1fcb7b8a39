-- Acts that need a second administrator.

-- +goose Up
CREATE TABLE approvals (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    act              TEXT    NOT NULL CHECK (act <> ''),
    subject          TEXT    NOT NULL CHECK (subject <> ''),
    election_id      INTEGER NOT NULL, -- 0: an act on accounts
    since            INTEGER NOT NULL, -- when its election was published; 0: an act on accounts
    parameters       TEXT    NOT NULL CHECK (json_valid(parameters)),
    secret           TEXT, -- what the act needs and no log has, such as the hash of a new password; NULL from the decision on
    reason           TEXT    NOT NULL,
    proposer_id      INTEGER NOT NULL, -- 0: a command on the machine
    proposer_name    TEXT    NOT NULL,
    proposer_from    TEXT    NOT NULL,
    proposed_at      INTEGER NOT NULL,
    expires_at       INTEGER, -- of a proposal or of a granted approval; NULL: never
    -- granted: approved, and not done yet
    state            TEXT    NOT NULL CHECK (state IN ('waiting', 'granted', 'done', 'refused', 'withdrawn')),
    decider_id       INTEGER NOT NULL DEFAULT 0,
    decider_name     TEXT    NOT NULL DEFAULT '',
    decision_reason  TEXT    NOT NULL DEFAULT '',
    decided_at       INTEGER,
    -- without a second administrator: by a command on the machine, or after 24 hours without an objection
    alone            TEXT    NOT NULL DEFAULT '' CHECK (alone IN ('', 'operator', 'unopposed')),
    CHECK ((state = 'waiting') = (decided_at IS NULL)),
    CHECK (secret IS NULL OR state = 'waiting')
) STRICT;
CREATE INDEX approvals_waiting ON approvals (id) WHERE state IN ('waiting', 'granted');
CREATE INDEX approvals_by_election ON approvals (election_id, id);

-- The history of accounts, which decides whether two administrators existed, is read from the log.
CREATE INDEX audit_events_of_accounts ON audit_events (id) WHERE action IN ('user-added', 'user-changed', 'user-deleted');

-- Participants, elections, constituencies and candidacies.

-- +goose Up
CREATE TABLE participants (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    name       TEXT    NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    short_name TEXT    NOT NULL CHECK (length(short_name) <= 20),
    kind       TEXT    NOT NULL CHECK (kind IN ('party', 'individual')),
    color      TEXT    NOT NULL CHECK (color = '' OR color GLOB '#[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]'),
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE elections (
    id                   INTEGER PRIMARY KEY AUTOINCREMENT,
    title                TEXT    NOT NULL CHECK (length(title) BETWEEN 1 AND 200),
    kind                 TEXT    NOT NULL CHECK (kind IN ('parliamentary', 'presidential')),
    starts_at            INTEGER NOT NULL,
    ends_at              INTEGER NOT NULL CHECK (ends_at > starts_at),
    time_zone            TEXT    NOT NULL CHECK (time_zone <> ''),
    public_view          TEXT    NOT NULL CHECK (public_view IN ('turnout', 'running-count')),
    takes_batches        INTEGER NOT NULL CHECK (takes_batches IN (0, 1)),
    takes_online         INTEGER NOT NULL CHECK (takes_online IN (0, 1)),
    method               TEXT    NOT NULL,
    threshold_percent    TEXT    NOT NULL,
    threshold_base       TEXT    NOT NULL,
    threshold_comparison TEXT    NOT NULL CHECK (threshold_comparison IN ('>=', '>')),
    majority             TEXT    NOT NULL CHECK (majority IN ('absolute', 'plurality')),
    blank_ballots        INTEGER NOT NULL CHECK (blank_ballots IN (0, 1)),
    rehearsal            INTEGER NOT NULL CHECK (rehearsal IN (0, 1)),
    closed_at            INTEGER,
    certified_at         INTEGER,
    created_at           INTEGER NOT NULL,
    CHECK (takes_batches + takes_online > 0)
) STRICT;

CREATE TABLE constituencies (
    id                  INTEGER PRIMARY KEY AUTOINCREMENT,
    election_id         INTEGER NOT NULL REFERENCES elections (id),
    position            INTEGER NOT NULL CHECK (position > 0),
    name                TEXT    NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    seats               INTEGER NOT NULL CHECK (seats BETWEEN 1 AND 10000),
    registered_voters   INTEGER NOT NULL CHECK (registered_voters >= 0),
    declared_votes_cast INTEGER CHECK (declared_votes_cast >= 0),
    UNIQUE (election_id, position),
    UNIQUE (election_id, name)
) STRICT;

CREATE TABLE candidacies (
    constituency_id INTEGER NOT NULL REFERENCES constituencies (id),
    poll_number     INTEGER NOT NULL CHECK (poll_number BETWEEN 1 AND 99999),
    participant_id  INTEGER NOT NULL REFERENCES participants (id),
    weight          TEXT    NOT NULL, -- a rational; '' is 1
    exempt          INTEGER NOT NULL CHECK (exempt IN (0, 1)),
    max_seats       INTEGER NOT NULL CHECK (max_seats >= 0), -- 0: no bound
    PRIMARY KEY (constituency_id, poll_number),
    UNIQUE (constituency_id, participant_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX candidacies_by_participant ON candidacies (participant_id);

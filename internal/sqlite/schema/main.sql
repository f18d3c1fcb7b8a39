-- The schema "main". Written by go test ./internal/sqlite -run TestSchema -update.

CREATE TABLE users (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    email         TEXT    NOT NULL COLLATE NOCASE CHECK (length(email) BETWEEN 3 AND 255),
    forename      TEXT    NOT NULL CHECK (forename <> ''),
    surname       TEXT    NOT NULL CHECK (surname <> ''),
    jmbg          TEXT    CHECK (jmbg IS NULL OR (length(jmbg) = 13 AND jmbg NOT GLOB '*[^0-9]*')),
    password_hash TEXT    NOT NULL,
    disabled_at   INTEGER,
    created_at    INTEGER NOT NULL
, must_change_password INTEGER NOT NULL DEFAULT 0 CHECK (must_change_password IN (0, 1)), session_epoch INTEGER NOT NULL DEFAULT 0, deleted_at INTEGER, totp_secret BLOB, totp_enabled_at INTEGER, totp_last_step INTEGER NOT NULL DEFAULT 0, bound_to_places INTEGER NOT NULL DEFAULT 0 CHECK (bound_to_places IN (0, 1)), waiting_since INTEGER, role TEXT NOT NULL DEFAULT 'observer' CHECK (role IN ('administrator', 'official', 'observer'))) STRICT;

CREATE TABLE token_families (
    id         TEXT    NOT NULL PRIMARY KEY,
    user_id    INTEGER NOT NULL REFERENCES users (id),
    created_at INTEGER NOT NULL,
    revoked_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX token_families_by_user ON token_families (user_id);

CREATE TABLE refresh_tokens (
    hash       BLOB    NOT NULL PRIMARY KEY CHECK (length(hash) = 32),
    family_id  TEXT    NOT NULL REFERENCES token_families (id),
    expires_at INTEGER NOT NULL,
    used_at    INTEGER
, used_from TEXT NOT NULL DEFAULT '', replaces BLOB, access_id TEXT, access_used_at INTEGER, ended_at INTEGER) STRICT, WITHOUT ROWID;

CREATE TABLE audit_events (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    at         INTEGER NOT NULL,
    actor_id   INTEGER NOT NULL, -- 0: the command line or Urna itself
    actor_name TEXT    NOT NULL,
    actor_from TEXT    NOT NULL,
    action     TEXT    NOT NULL CHECK (action <> ''),
    subject    TEXT    NOT NULL,
    detail     TEXT    NOT NULL CHECK (json_valid(detail)),
    hash       TEXT    NOT NULL CHECK (length(hash) = 64)
) STRICT;

CREATE TRIGGER audit_events_are_not_changed BEFORE UPDATE ON audit_events
BEGIN SELECT raise(ABORT, 'audit events are never changed'); END;

CREATE TRIGGER audit_events_are_not_deleted BEFORE DELETE ON audit_events
BEGIN SELECT raise(ABORT, 'audit events are never deleted'); END;

CREATE TABLE participants (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    name       TEXT    NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    short_name TEXT    NOT NULL CHECK (length(short_name) <= 20),
    kind       TEXT    NOT NULL CHECK (kind IN ('party', 'individual')),
    color      TEXT    NOT NULL CHECK (color = '' OR color GLOB '#[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]'),
    created_at INTEGER NOT NULL
, candidate_since INTEGER, names TEXT NOT NULL DEFAULT '' CHECK (names = '' OR names LIKE '{%}')) STRICT;

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
    created_at           INTEGER NOT NULL, confirmations INTEGER NOT NULL DEFAULT 1 CHECK (confirmations IN (1, 2)), second_round_of INTEGER REFERENCES elections (id), threshold_scope TEXT NOT NULL DEFAULT 'constituency'
    CHECK (threshold_scope IN ('constituency', 'nationwide')), majority_base TEXT NOT NULL DEFAULT 'valid'
    CHECK (majority_base IN ('valid', 'votes-cast')), form_key TEXT CHECK (length(form_key) BETWEEN 20 AND 64), certifiers_at_opening INTEGER NOT NULL DEFAULT 0 CHECK (certifiers_at_opening IN (0, 1)), certifiers_decided_at INTEGER, seal_keys_to TEXT NOT NULL DEFAULT '', batches_until INTEGER CHECK (batches_until IS NULL OR batches_until > starts_at), tie_break TEXT NOT NULL DEFAULT 'lot' CHECK (tie_break IN (
    'lot', 'more-votes lot', 'fewer-votes lot', 'list-order lot', 'more-votes list-order lot', 'fewer-votes list-order lot'
)), published_at INTEGER, withdrawn_at INTEGER CHECK (withdrawn_at IS NULL OR published_at IS NOT NULL AND certified_at IS NULL), withdrawal_reason TEXT NOT NULL DEFAULT '' CHECK ((withdrawal_reason = '') = (withdrawn_at IS NULL)), turnout_reports_at TEXT NOT NULL DEFAULT '', publish_every_station INTEGER NOT NULL DEFAULT 0 CHECK (publish_every_station IN (0, 1)), protocol_form TEXT NOT NULL DEFAULT '', names TEXT NOT NULL DEFAULT '' CHECK (names = '' OR names LIKE '{%}'),
    CHECK (takes_batches + takes_online > 0)
) STRICT;

CREATE TABLE constituencies (
    id                  INTEGER PRIMARY KEY AUTOINCREMENT,
    election_id         INTEGER NOT NULL REFERENCES elections (id),
    position            INTEGER NOT NULL CHECK (position > 0),
    name                TEXT    NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    seats               INTEGER NOT NULL CHECK (seats BETWEEN 1 AND 10000),
    registered_voters   INTEGER NOT NULL CHECK (registered_voters >= 0),
    declared_votes_cast INTEGER CHECK (declared_votes_cast >= 0), names TEXT NOT NULL DEFAULT '' CHECK (names = '' OR names LIKE '{%}'),
    UNIQUE (election_id, position),
    UNIQUE (election_id, name)
) STRICT;

CREATE TABLE candidacies (
    constituency_id INTEGER NOT NULL REFERENCES constituencies (id),
    poll_number     INTEGER NOT NULL CHECK (poll_number BETWEEN 1 AND 99999),
    participant_id  INTEGER NOT NULL REFERENCES participants (id),
    weight          TEXT    NOT NULL, -- a rational; '' is 1
    exempt          INTEGER NOT NULL CHECK (exempt IN (0, 1)),
    max_seats       INTEGER NOT NULL CHECK (max_seats >= 0), threshold_percent TEXT NOT NULL DEFAULT '', -- 0: no bound
    PRIMARY KEY (constituency_id, poll_number),
    UNIQUE (constituency_id, participant_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX candidacies_by_participant ON candidacies (participant_id);

CREATE TABLE batches (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    election_id     INTEGER NOT NULL REFERENCES elections (id),
    constituency_id INTEGER NOT NULL REFERENCES constituencies (id),
    official_id     INTEGER NOT NULL,
    official_name   TEXT    NOT NULL,
    file_name       TEXT    NOT NULL,
    spool_file      TEXT    NOT NULL UNIQUE,
    sha256          BLOB    NOT NULL CHECK (length(sha256) = 32),
    bytes           INTEGER NOT NULL CHECK (bytes >= 0),
    lines           INTEGER NOT NULL CHECK (lines >= 0),
    state           TEXT    NOT NULL CHECK (state IN ('queued', 'processing', 'counted', 'retracting', 'retracted', 'restoring', 'failed')),
    processed       INTEGER NOT NULL DEFAULT 0, -- lines in the count; chunks go in, and out, in the order of GUIDs
    valid           INTEGER NOT NULL DEFAULT 0 CHECK (valid >= 0),
    invalid         INTEGER NOT NULL DEFAULT 0 CHECK (invalid >= 0),
    duplicates      INTEGER NOT NULL DEFAULT 0 CHECK (duplicates >= 0),
    failure         TEXT    NOT NULL DEFAULT '',
    reason          TEXT    NOT NULL DEFAULT '', -- of the last retraction or restoration
    accepted_at     INTEGER NOT NULL,
    counted_at      INTEGER, upload_id INTEGER, retractions_after_end INTEGER NOT NULL DEFAULT 0 CHECK (retractions_after_end >= 0), late TEXT NOT NULL DEFAULT '', late_state TEXT NOT NULL DEFAULT ''
    CHECK (late_state IN ('', 'waiting', 'approved', 'refused') AND (late = '') = (late_state = '') AND (late_state <> 'waiting' OR state = 'retracted')), late_reason TEXT NOT NULL DEFAULT '', late_decider TEXT NOT NULL DEFAULT '', late_remark TEXT NOT NULL DEFAULT '', station_id INTEGER REFERENCES stations (id), first_line INTEGER NOT NULL DEFAULT 0 CHECK (first_line >= 0), file_offset INTEGER NOT NULL DEFAULT 0 CHECK (file_offset >= 0 AND (file_offset = 0) = (first_line = 0)), sent_sha256 BLOB CHECK (sent_sha256 IS NULL OR length(sent_sha256) = 32 AND first_line > 0), correction INTEGER NOT NULL DEFAULT 0 CHECK (correction >= 0),
    CHECK (processed <= lines),
    CHECK (processed = valid + invalid + duplicates),
    CHECK (state <> 'counted' OR processed = lines),
    CHECK (state <> 'retracted' OR processed = 0)
) STRICT;

CREATE INDEX batches_by_election ON batches (election_id, id);

CREATE INDEX batches_by_official ON batches (official_id, id);

CREATE INDEX batches_by_content ON batches (constituency_id, sha256);

CREATE INDEX batches_waiting ON batches (id) WHERE state IN ('queued', 'processing', 'failed', 'retracting', 'restoring');

CREATE TABLE ballots (
    election_id INTEGER NOT NULL,
    guid        BLOB    NOT NULL,
    batch_id    INTEGER NOT NULL,
    claim       INTEGER NOT NULL, -- the line's number in its file x 100,000 + its poll number
    PRIMARY KEY (election_id, guid)
) STRICT, WITHOUT ROWID;

CREATE TABLE invalid_lines (
    batch_id    INTEGER NOT NULL REFERENCES batches (id),
    line        INTEGER NOT NULL CHECK (line > 0),
    guid        BLOB    NOT NULL CHECK (length(guid) = 16),
    poll_number INTEGER NOT NULL CHECK (poll_number BETWEEN 0 AND 99999),
    reason      TEXT    NOT NULL CHECK (reason IN ('duplicate-ballot', 'unknown-poll-number')),
    PRIMARY KEY (batch_id, line)
) STRICT, WITHOUT ROWID;

CREATE INDEX invalid_lines_by_guid ON invalid_lines (guid, batch_id, line);

CREATE TABLE batch_tallies (
    batch_id    INTEGER NOT NULL REFERENCES batches (id),
    poll_number INTEGER NOT NULL,
    votes       INTEGER NOT NULL CHECK (votes >= 0),
    PRIMARY KEY (batch_id, poll_number)
) STRICT, WITHOUT ROWID;

CREATE TABLE constituency_tallies (
    constituency_id INTEGER NOT NULL REFERENCES constituencies (id),
    poll_number     INTEGER NOT NULL,
    votes           INTEGER NOT NULL CHECK (votes >= 0),
    PRIMARY KEY (constituency_id, poll_number)
) STRICT, WITHOUT ROWID;

CREATE TABLE constituency_totals (
    constituency_id INTEGER PRIMARY KEY REFERENCES constituencies (id),
    invalid         INTEGER NOT NULL CHECK (invalid >= 0),
    duplicates      INTEGER NOT NULL CHECK (duplicates >= 0)
) STRICT;

CREATE UNIQUE INDEX users_by_email ON users (email) WHERE deleted_at IS NULL;

CREATE UNIQUE INDEX users_by_jmbg ON users (jmbg) WHERE jmbg IS NOT NULL AND deleted_at IS NULL;

CREATE TABLE recovery_codes (
    user_id INTEGER NOT NULL REFERENCES users (id),
    hash    BLOB    NOT NULL CHECK (length(hash) = 32),
    used_at INTEGER,
    PRIMARY KEY (user_id, hash)
) STRICT, WITHOUT ROWID;

CREATE TABLE sign_in_addresses (
    user_id INTEGER NOT NULL REFERENCES users (id),
    address TEXT    NOT NULL,
    last_at INTEGER NOT NULL,
    PRIMARY KEY (user_id, address)
) STRICT, WITHOUT ROWID;

CREATE TABLE setup_links (
    hash       BLOB    NOT NULL PRIMARY KEY CHECK (length(hash) = 32),
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE epms_elections (
    election_id       INTEGER PRIMARY KEY REFERENCES elections (id),
    start_with_offset INTEGER NOT NULL CHECK (start_with_offset IN (0, 1)),
    end_with_offset   INTEGER NOT NULL CHECK (end_with_offset IN (0, 1))
) STRICT;

CREATE TABLE numbers (n INTEGER PRIMARY KEY) STRICT;

CREATE UNIQUE INDEX batches_by_upload ON batches (upload_id) WHERE upload_id IS NOT NULL;

CREATE TABLE "uploads" (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    election_id     INTEGER NOT NULL REFERENCES elections (id),
    constituency_id INTEGER NOT NULL REFERENCES constituencies (id),
    official_id     INTEGER NOT NULL,
    file_name       TEXT    NOT NULL,
    spool_file      TEXT    NOT NULL UNIQUE,
    sha256          BLOB    NOT NULL CHECK (length(sha256) = 32),
    bytes           INTEGER NOT NULL CHECK (bytes >= 0),
    lines           INTEGER NOT NULL CHECK (lines > 0),
    received_at     INTEGER NOT NULL
, station_id INTEGER REFERENCES stations (id)) STRICT;

CREATE INDEX uploads_by_official ON uploads (official_id, id);

CREATE TABLE voter_rolls (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    election_id INTEGER NOT NULL REFERENCES elections (id),
    state       TEXT    NOT NULL CHECK (state IN ('issuing', 'issued', 'withdrawing', 'withdrawn')),
    keys        INTEGER NOT NULL CHECK (keys >= 0), -- as issued
    changed_at  INTEGER NOT NULL
, sealed_to TEXT NOT NULL DEFAULT '') STRICT;

CREATE INDEX voter_rolls_by_election ON voter_rolls (election_id, id);

CREATE TABLE voter_key_totals (
    constituency_id INTEGER PRIMARY KEY REFERENCES constituencies (id),
    keys            INTEGER NOT NULL CHECK (keys >= 0)
) STRICT;

CREATE TABLE online_ballots (
    election_id     INTEGER NOT NULL,
    guid            BLOB    NOT NULL,
    constituency_id INTEGER NOT NULL,
    poll_number     INTEGER NOT NULL,
    PRIMARY KEY (election_id, guid)
) STRICT, WITHOUT ROWID;

CREATE TABLE online_tallies (
    constituency_id INTEGER NOT NULL REFERENCES constituencies (id),
    poll_number     INTEGER NOT NULL,
    votes           INTEGER NOT NULL CHECK (votes >= 0),
    shown           INTEGER NOT NULL CHECK (shown BETWEEN 0 AND votes),
    PRIMARY KEY (constituency_id, poll_number)
) STRICT, WITHOUT ROWID;

CREATE TABLE lots (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    election_id     INTEGER NOT NULL REFERENCES elections (id),
    constituency_id INTEGER NOT NULL REFERENCES constituencies (id),
    seats           INTEGER NOT NULL CHECK (seats > 0), -- at stake
    seeded          INTEGER NOT NULL CHECK (seeded IN (0, 1)),
    place           TEXT    NOT NULL,
    witnesses       TEXT    NOT NULL,
    note            TEXT    NOT NULL,
    recorded_by     TEXT    NOT NULL,
    recorded_at     INTEGER NOT NULL
, formula INTEGER NOT NULL DEFAULT 0 CHECK (formula IN (0, 2)), number INTEGER NOT NULL DEFAULT 1 CHECK (number > 0)) STRICT;

CREATE INDEX lots_by_election ON lots (election_id, id);

CREATE TABLE lot_participants (
    lot_id         INTEGER NOT NULL REFERENCES lots (id),
    position       INTEGER NOT NULL CHECK (position > 0), -- in which it was drawn
    participant_id INTEGER NOT NULL REFERENCES participants (id),
    votes          INTEGER NOT NULL CHECK (votes >= 0), -- when it was drawn
    PRIMARY KEY (lot_id, position),
    UNIQUE (lot_id, participant_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE lot_seeds (
    election_id  INTEGER PRIMARY KEY REFERENCES elections (id),
    commitment   TEXT    NOT NULL CHECK (length(commitment) = 64 AND commitment NOT GLOB '*[^0-9a-f]*'),
    committed_by TEXT    NOT NULL,
    committed_at INTEGER NOT NULL,
    seed         TEXT,
    revealed_at  INTEGER,
    CHECK ((seed IS NULL) = (revealed_at IS NULL))
) STRICT;

CREATE TABLE confirmations (
    id                 INTEGER PRIMARY KEY AUTOINCREMENT,
    election_id        INTEGER NOT NULL REFERENCES elections (id),
    administrator_id   INTEGER NOT NULL,
    administrator_name TEXT    NOT NULL,
    figures            TEXT    NOT NULL CHECK (length(figures) = 64),
    confirmed_at       INTEGER NOT NULL,
    voided_at          INTEGER
, number INTEGER NOT NULL DEFAULT 1 CHECK (number > 0)) STRICT;

CREATE TRIGGER certified_elections_stay BEFORE DELETE ON elections WHEN OLD.certified_at IS NOT NULL
BEGIN SELECT raise(ABORT, 'the election is certified'); END;

CREATE TRIGGER certified_constituencies_insert BEFORE INSERT ON constituencies
WHEN EXISTS (SELECT 1 FROM elections WHERE id = NEW.election_id AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;

CREATE TRIGGER certified_constituencies_delete BEFORE DELETE ON constituencies
WHEN EXISTS (SELECT 1 FROM elections WHERE id = OLD.election_id AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;

CREATE TRIGGER certified_candidacies_insert BEFORE INSERT ON candidacies
WHEN EXISTS (SELECT 1 FROM elections e JOIN constituencies c ON c.election_id = e.id WHERE c.id = NEW.constituency_id AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;

CREATE TRIGGER certified_candidacies_delete BEFORE DELETE ON candidacies
WHEN EXISTS (SELECT 1 FROM elections e JOIN constituencies c ON c.election_id = e.id WHERE c.id = OLD.constituency_id AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;

CREATE TRIGGER certified_batches_delete BEFORE DELETE ON batches
WHEN EXISTS (SELECT 1 FROM elections WHERE id = OLD.election_id AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;

CREATE TRIGGER certified_online_tallies_insert BEFORE INSERT ON online_tallies
WHEN EXISTS (SELECT 1 FROM elections e JOIN constituencies c ON c.election_id = e.id WHERE c.id = NEW.constituency_id AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;

CREATE TRIGGER certified_online_tallies_delete BEFORE DELETE ON online_tallies
WHEN EXISTS (SELECT 1 FROM elections e JOIN constituencies c ON c.election_id = e.id WHERE c.id = OLD.constituency_id AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;

CREATE TRIGGER certified_lots_delete BEFORE DELETE ON lots
WHEN EXISTS (SELECT 1 FROM elections WHERE id = OLD.election_id AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;

CREATE TRIGGER certified_lot_participants_delete BEFORE DELETE ON lot_participants
WHEN EXISTS (SELECT 1 FROM elections e JOIN lots l ON l.election_id = e.id WHERE l.id = OLD.lot_id AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;

CREATE TRIGGER certified_lot_seeds_insert BEFORE INSERT ON lot_seeds
WHEN EXISTS (SELECT 1 FROM elections WHERE id = NEW.election_id AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;

CREATE TRIGGER certified_lot_seeds_delete BEFORE DELETE ON lot_seeds
WHEN EXISTS (SELECT 1 FROM elections WHERE id = OLD.election_id AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;

CREATE TRIGGER certified_confirmations_delete BEFORE DELETE ON confirmations
WHEN EXISTS (SELECT 1 FROM elections WHERE id = OLD.election_id AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;

CREATE UNIQUE INDEX elections_form_key ON elections (form_key) WHERE form_key IS NOT NULL;

CREATE TRIGGER certified_constituencies_update BEFORE UPDATE ON constituencies
WHEN EXISTS (SELECT 1 FROM elections WHERE id IN (OLD.election_id, NEW.election_id) AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;

CREATE TRIGGER certified_candidacies_update BEFORE UPDATE ON candidacies
WHEN EXISTS (SELECT 1 FROM elections e JOIN constituencies c ON c.election_id = e.id WHERE c.id IN (OLD.constituency_id, NEW.constituency_id) AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;

CREATE TRIGGER certified_online_tallies_update BEFORE UPDATE ON online_tallies
WHEN EXISTS (SELECT 1 FROM elections e JOIN constituencies c ON c.election_id = e.id WHERE c.id IN (OLD.constituency_id, NEW.constituency_id) AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;

CREATE TRIGGER certified_lots_update BEFORE UPDATE ON lots
WHEN EXISTS (SELECT 1 FROM elections WHERE id IN (OLD.election_id, NEW.election_id) AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;

CREATE TRIGGER certified_lot_participants_update BEFORE UPDATE ON lot_participants
WHEN EXISTS (SELECT 1 FROM elections e JOIN lots l ON l.election_id = e.id WHERE l.id IN (OLD.lot_id, NEW.lot_id) AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;

CREATE TRIGGER certified_lot_seeds_update BEFORE UPDATE ON lot_seeds
WHEN EXISTS (SELECT 1 FROM elections WHERE id IN (OLD.election_id, NEW.election_id) AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;

CREATE TABLE voter_flags (
    page    INTEGER PRIMARY KEY,
    roll_id INTEGER NOT NULL REFERENCES voter_rolls (id),
    flags   BLOB    NOT NULL CHECK (length(flags) BETWEEN 1 AND 4000)
) STRICT;

CREATE INDEX voter_flags_by_roll ON voter_flags (roll_id);

CREATE TABLE voter_key_removals (
    only  INTEGER PRIMARY KEY CHECK (only = 1),
    times INTEGER NOT NULL
) STRICT;

CREATE TABLE keyed_voters (
    voter   BLOB    NOT NULL PRIMARY KEY CHECK (length(voter) = 16),
    pair    BLOB    NOT NULL CHECK (length(pair) = 16),
    roll_id INTEGER NOT NULL REFERENCES voter_rolls (id)
) STRICT, WITHOUT ROWID;

CREATE TABLE "voter_keys" (
    pair            BLOB    NOT NULL PRIMARY KEY CHECK (length(pair) = 16),
    roll_id         INTEGER NOT NULL REFERENCES voter_rolls (id),
    constituency_id INTEGER NOT NULL REFERENCES constituencies (id),
    flag            INTEGER NOT NULL CHECK (flag >= 0)
) STRICT, WITHOUT ROWID;

CREATE VIEW used_voter_keys AS
SELECT k.pair, k.roll_id, k.constituency_id
FROM voter_keys k JOIN voter_flags f ON f.page = k.flag / 32000
WHERE instr('123456789ABCDEF', substr(hex(substr(f.flags, 1 + k.flag % 32000 / 8, 1)), 1 + k.flag % 8 / 4, 1)) >> (3 - k.flag % 4) & 1;

CREATE UNIQUE INDEX refresh_tokens_by_access_id ON refresh_tokens (access_id) WHERE access_id IS NOT NULL;

CREATE INDEX refresh_tokens_by_replaced ON refresh_tokens (replaces) WHERE replaces IS NOT NULL;

CREATE INDEX users_by_other_email ON users (email) WHERE deleted_at IS NULL AND email GLOB '*[^ -~]*';

CREATE TABLE folder_secrets (
    name        TEXT NOT NULL PRIMARY KEY,
    fingerprint BLOB NOT NULL CHECK (length(fingerprint) = 16)
) STRICT, WITHOUT ROWID;

CREATE TABLE database_copies (
    name    TEXT    NOT NULL PRIMARY KEY,
    made_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE settings (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE shown_changes (
    election_id INTEGER PRIMARY KEY REFERENCES elections (id),
    shown       BLOB    NOT NULL CHECK (length(shown) = 32), -- SHA-256
    changed_at  INTEGER NOT NULL -- Unix time in nanoseconds
) STRICT;

CREATE TABLE refused_sign_ins (
    id       INTEGER PRIMARY KEY CHECK (id = 1),
    first_at INTEGER NOT NULL, -- Unix time in milliseconds, as last_at
    last_at  INTEGER NOT NULL CHECK (last_at >= 0),
    count    INTEGER NOT NULL CHECK (count >= 0)
) STRICT;

CREATE INDEX sign_in_addresses_by_address ON sign_in_addresses (address);

CREATE TABLE audit_images (
    event_id INTEGER PRIMARY KEY,
    images   TEXT    NOT NULL CHECK (json_valid(images))
) STRICT;

CREATE TRIGGER audit_images_are_not_changed BEFORE UPDATE ON audit_images
BEGIN SELECT raise(ABORT, 'audit events are never changed'); END;

CREATE TRIGGER audit_images_are_not_deleted BEFORE DELETE ON audit_images
BEGIN SELECT raise(ABORT, 'audit events are never deleted'); END;

CREATE TABLE audit_coverage (
    name    TEXT NOT NULL PRIMARY KEY,
    columns TEXT NOT NULL -- with a space between two
) STRICT, WITHOUT ROWID;

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

CREATE TABLE folder_anchor (
    identity BLOB NOT NULL PRIMARY KEY CHECK (length(identity) = 16)
) STRICT, WITHOUT ROWID;

CREATE TABLE accepted_rollbacks (
    election_id INTEGER NOT NULL REFERENCES elections (id),
    event_id    INTEGER NOT NULL,
    reason      TEXT    NOT NULL,
    accepted_at INTEGER NOT NULL,
    PRIMARY KEY (election_id, event_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE lot_values (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    election_id  INTEGER NOT NULL REFERENCES elections (id),
    named        TEXT    NOT NULL CHECK (named <> ''),
    commitment   TEXT CHECK (length(commitment) = 64 AND commitment NOT GLOB '*[^0-9a-f]*'),
    committed_by TEXT    NOT NULL,
    committed_at INTEGER NOT NULL,
    value        TEXT,
    revealed_by  TEXT,
    revealed_at  INTEGER,
    UNIQUE (election_id, named),
    UNIQUE (election_id, commitment),
    CHECK ((value IS NULL) = (revealed_at IS NULL) AND (value IS NULL) = (revealed_by IS NULL))
) STRICT;

CREATE TRIGGER certified_lot_values_insert BEFORE INSERT ON lot_values
WHEN EXISTS (SELECT 1 FROM elections WHERE id = NEW.election_id AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;

CREATE TRIGGER certified_lot_values_update BEFORE UPDATE ON lot_values
WHEN EXISTS (SELECT 1 FROM elections WHERE id IN (OLD.election_id, NEW.election_id) AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;

CREATE TRIGGER certified_lot_values_delete BEFORE DELETE ON lot_values
WHEN EXISTS (SELECT 1 FROM elections WHERE id = OLD.election_id AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;

CREATE TABLE lifted_points (
    id                 INTEGER PRIMARY KEY AUTOINCREMENT,
    election_id        INTEGER NOT NULL REFERENCES elections (id),
    code               TEXT    NOT NULL CHECK (code <> ''),
    constituency_id    INTEGER REFERENCES constituencies (id), -- NULL: the whole election
    facts              TEXT    NOT NULL CHECK (json_valid(facts)), -- an array of integers
    reason             TEXT    NOT NULL CHECK (reason <> ''),
    administrator_id   INTEGER NOT NULL,
    administrator_name TEXT    NOT NULL,
    lifted_at          INTEGER NOT NULL,
    voided_at          INTEGER -- when another reason replaced it, or a confirmation found other facts
, station_id INTEGER REFERENCES stations (id), number INTEGER NOT NULL DEFAULT 1 CHECK (number > 0)) STRICT;

CREATE TRIGGER lifted_points_delete BEFORE DELETE ON lifted_points
BEGIN SELECT raise(ABORT, 'reasons are voided, never deleted'); END;

CREATE TABLE voter_key_acts (
    constituency_id        INTEGER PRIMARY KEY REFERENCES constituencies (id),
    issued_after_opening   INTEGER NOT NULL DEFAULT 0 CHECK (issued_after_opening >= 0),
    replaced               INTEGER NOT NULL DEFAULT 0 CHECK (replaced >= replaced_after_opening),
    replaced_after_opening INTEGER NOT NULL DEFAULT 0 CHECK (replaced_after_opening >= 0),
    revoked                INTEGER NOT NULL DEFAULT 0 CHECK (revoked >= 0)
, replaced_sealed INTEGER NOT NULL DEFAULT 0 CHECK (replaced_sealed BETWEEN 0 AND replaced)) STRICT;

CREATE TABLE online_sums (
    constituency_id INTEGER PRIMARY KEY REFERENCES constituencies (id),
    used            BLOB NOT NULL CHECK (length(used) = 8),  -- the number of used keys, big-endian
    nonce           BLOB NOT NULL CHECK (length(nonce) = 16), -- random in each group
    sum             BLOB NOT NULL CHECK (length(sum) = 32)
) STRICT;

CREATE TABLE online_sum_starts (
    election_id INTEGER PRIMARY KEY REFERENCES elections (id),
    begun_at    INTEGER NOT NULL, -- Unix time in milliseconds
    found       INTEGER NOT NULL CHECK (found IN (0, 1)) -- whether ballots were there before, which the sums took as they were
) STRICT;

CREATE INDEX audit_events_of_sign_ins ON audit_events (id)
    WHERE action IN ('user-changed', 'second-factor-begun', 'second-factor-added', 'second-factor-removed', 'recovery-codes-renewed');

CREATE INDEX audit_events_of_approvals ON audit_events (id)
    WHERE action IN ('approval-given', 'approval-refused', 'approval-withdrawn', 'approval-used', 'done-by-operator');

CREATE INDEX users_waiting ON users (waiting_since) WHERE waiting_since IS NOT NULL AND deleted_at IS NULL;

CREATE TABLE account_places (
    user_id         INTEGER NOT NULL REFERENCES users (id),
    constituency_id INTEGER NOT NULL REFERENCES constituencies (id) DEFERRABLE INITIALLY DEFERRED,
    given_at        INTEGER NOT NULL, -- Unix time in milliseconds
    PRIMARY KEY (user_id, constituency_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX account_places_by_constituency ON account_places (constituency_id);

CREATE TABLE passkeys (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id         INTEGER NOT NULL REFERENCES users (id),
    domain          TEXT    NOT NULL CHECK (domain <> ''), -- the relying party id for which it was made
    credential_id   BLOB    NOT NULL CHECK (length(credential_id) BETWEEN 1 AND 1023),
    public_key      BLOB    NOT NULL CHECK (length(public_key) > 0), -- COSE
    user_handle     BLOB    NOT NULL CHECK (length(user_handle) = 32), -- by which authenticators know the account
    backup_eligible INTEGER NOT NULL CHECK (backup_eligible IN (0, 1)), -- may be copied to other devices
    transports      TEXT    NOT NULL, -- how a browser reaches it, separated by commas
    name            TEXT    NOT NULL CHECK (name <> ''),
    created_at      INTEGER NOT NULL,
    last_used_at    INTEGER,
    sign_count      INTEGER NOT NULL CHECK (sign_count >= 0) -- of the last signature; 0 if the authenticator does not count
) STRICT;

CREATE UNIQUE INDEX passkeys_by_credential ON passkeys (domain, credential_id);

CREATE INDEX passkeys_by_user ON passkeys (user_id);

CREATE TABLE witnesses (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    name          TEXT    NOT NULL CHECK (name <> ''), -- of the key, as in its signatures
    key           TEXT    NOT NULL CHECK (key <> ''),  -- the verifier key, which begins with the name
    operator      TEXT    NOT NULL CHECK (operator <> ''), -- who operates the witness
    registered_at INTEGER NOT NULL,
    removed_at    INTEGER CHECK (removed_at >= registered_at) -- NULL: its countersignatures are accepted
) STRICT;

CREATE UNIQUE INDEX witnesses_of_one_name ON witnesses (name) WHERE removed_at IS NULL;

CREATE TRIGGER witnesses_delete BEFORE DELETE ON witnesses
BEGIN SELECT raise(ABORT, 'witnesses are removed by a time, never deleted'); END;

CREATE TABLE countersignatures (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    witness_id  INTEGER NOT NULL REFERENCES witnesses (id),
    size        INTEGER NOT NULL CHECK (size > 0), -- events
    signed_at   INTEGER NOT NULL, -- Unix time in seconds, by the clock of the witness
    note        TEXT    NOT NULL, -- the checkpoint with the signatures of the log and of the witness
    received_at INTEGER NOT NULL, -- Unix time in milliseconds
    conflicts   INTEGER NOT NULL DEFAULT 0 CHECK (conflicts IN (0, 1)), -- 1: the log does not begin with this tree
    UNIQUE (witness_id, conflicts, size, signed_at)
) STRICT;

CREATE INDEX batches_late ON batches (election_id) WHERE late_state = 'waiting';

CREATE INDEX audit_events_of_accounts ON audit_events (id)
    WHERE action IN ('user-added', 'user-accepted', 'user-changed', 'user-refused', 'user-deleted');

CREATE TABLE stations (
    id                INTEGER PRIMARY KEY AUTOINCREMENT,
    election_id       INTEGER NOT NULL REFERENCES elections (id),
    constituency_id   INTEGER NOT NULL REFERENCES constituencies (id) DEFERRABLE INITIALLY DEFERRED,
    position          INTEGER NOT NULL CHECK (position > 0), -- in the constituency
    number            TEXT    NOT NULL CHECK (number <> ''),
    name              TEXT    NOT NULL DEFAULT '',
    place             TEXT    NOT NULL DEFAULT '',
    registered_voters INTEGER NOT NULL DEFAULT 0 CHECK (registered_voters >= 0), -- 0: unknown
    kind              TEXT    NOT NULL CHECK (kind IN ('ordinary', 'abroad', 'postal', 'mobile', 'central')),
    -- Why no ballots of it are awaited: 'closed' without ballots, or 'annulled'; '': they are.
    exclusion         TEXT    NOT NULL DEFAULT '' CHECK (exclusion IN ('', 'closed', 'annulled')),
    exclusion_reason  TEXT    NOT NULL DEFAULT '',
    excluded_at       INTEGER, search TEXT NOT NULL DEFAULT '', -- Unix time in milliseconds
    CHECK ((exclusion = '') = (excluded_at IS NULL) AND (exclusion = '') = (exclusion_reason = ''))
) STRICT;

CREATE INDEX stations_by_constituency ON stations (constituency_id, position);

CREATE INDEX stations_by_election ON stations (election_id, id);

CREATE TRIGGER certified_stations_insert BEFORE INSERT ON stations
WHEN EXISTS (SELECT 1 FROM elections WHERE id = NEW.election_id AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;

CREATE TRIGGER certified_stations_delete BEFORE DELETE ON stations
WHEN EXISTS (SELECT 1 FROM elections WHERE id = OLD.election_id AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;

CREATE INDEX batches_by_station ON batches (station_id, id) WHERE station_id IS NOT NULL;

CREATE INDEX uploads_by_station ON uploads (station_id) WHERE station_id IS NOT NULL;

CREATE INDEX batches_by_sent_content ON batches (constituency_id, sent_sha256) WHERE sent_sha256 IS NOT NULL;

CREATE TABLE station_tallies (
    station_id  INTEGER NOT NULL REFERENCES stations (id),
    poll_number INTEGER NOT NULL,
    votes       INTEGER NOT NULL CHECK (votes >= 0),
    PRIMARY KEY (station_id, poll_number)
) STRICT, WITHOUT ROWID;

CREATE TABLE station_totals (
    station_id INTEGER PRIMARY KEY REFERENCES stations (id),
    invalid    INTEGER NOT NULL CHECK (invalid >= 0),
    duplicates INTEGER NOT NULL CHECK (duplicates >= 0)
) STRICT;

CREATE TABLE protocols (
    id                   INTEGER PRIMARY KEY AUTOINCREMENT,
    election_id          INTEGER NOT NULL REFERENCES elections (id),
    constituency_id      INTEGER NOT NULL REFERENCES constituencies (id),
    station_id           INTEGER NOT NULL UNIQUE REFERENCES stations (id),
    round                INTEGER NOT NULL DEFAULT 1 CHECK (round > 0), -- one more with each reopening
    state                TEXT    NOT NULL CHECK (state IN ('first-entry', 'second-entry', 'different', 'definitive', 'waiting', 'retracted', 'reopened')),
    differences          TEXT    NOT NULL DEFAULT '', -- the names of the numbers that differ, with blanks between them
    reason               TEXT    NOT NULL DEFAULT '', -- of the last retraction, restoration or reopening
    retractions_after_end INTEGER NOT NULL DEFAULT 0 CHECK (retractions_after_end >= 0), -- with reopenings out of the count
    definitive_at        INTEGER, -- Unix time in milliseconds, of this round
    late                 TEXT    NOT NULL DEFAULT '', -- why; '': it is not
    late_state           TEXT    NOT NULL DEFAULT '' CHECK (late_state IN ('', 'waiting', 'approved', 'refused') AND (late = '') = (late_state = '')),
    late_official        TEXT    NOT NULL DEFAULT '',
    late_reason          TEXT    NOT NULL DEFAULT '',
    late_decider         TEXT    NOT NULL DEFAULT '',
    late_remark          TEXT    NOT NULL DEFAULT '', correction INTEGER NOT NULL DEFAULT 0 CHECK (correction >= 0),
    CHECK ((state = 'waiting') = (late_state = 'waiting')),
    CHECK ((state = 'different') = (differences <> '') OR state IN ('definitive', 'waiting', 'retracted')),
    CHECK ((definitive_at IS NOT NULL) = (state IN ('definitive', 'waiting', 'retracted')))
) STRICT;

CREATE INDEX protocols_by_election ON protocols (election_id, state, id);

CREATE INDEX protocols_by_constituency ON protocols (constituency_id, id);

CREATE TABLE protocol_entries (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    protocol_id INTEGER NOT NULL REFERENCES protocols (id),
    round       INTEGER NOT NULL CHECK (round > 0),
    number      INTEGER NOT NULL CHECK (number IN (1, 2)),
    typist_id   INTEGER NOT NULL,
    typist_name TEXT    NOT NULL,
    content     TEXT    NOT NULL CHECK (json_valid(content)),
    commitment  BLOB    NOT NULL CHECK (length(commitment) = 32),
    entered_at  INTEGER NOT NULL,
    UNIQUE (protocol_id, round, number),
    UNIQUE (protocol_id, round, typist_id)
) STRICT;

CREATE TABLE protocol_settlements (
    protocol_id INTEGER NOT NULL REFERENCES protocols (id),
    round       INTEGER NOT NULL CHECK (round > 0),
    name        TEXT    NOT NULL CHECK (name <> ''), -- such as fields.invalid or votes.2
    value       INTEGER CHECK (value >= 0),          -- NULL: the paper has none
    choice      TEXT    NOT NULL CHECK (choice IN ('first', 'second', 'third')),
    settler_id  INTEGER NOT NULL,
    settler_name TEXT   NOT NULL,
    settled_at  INTEGER NOT NULL,
    PRIMARY KEY (protocol_id, round, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE protocol_explanations (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    protocol_id  INTEGER NOT NULL REFERENCES protocols (id),
    round        INTEGER NOT NULL CHECK (round > 0),
    code         TEXT    NOT NULL CHECK (code <> ''), -- of the check, such as W3
    explanation  TEXT    NOT NULL CHECK (explanation <> ''),
    author_id    INTEGER NOT NULL,
    author_name  TEXT    NOT NULL,
    explained_at INTEGER NOT NULL
) STRICT;

CREATE INDEX protocol_explanations_by_protocol ON protocol_explanations (protocol_id, round);

CREATE TABLE protocol_drafts (
    station_id   INTEGER NOT NULL REFERENCES stations (id),
    account_id   INTEGER NOT NULL,
    account_name TEXT    NOT NULL,
    content      TEXT    NOT NULL CHECK (json_valid(content)),
    saved_at     INTEGER NOT NULL,
    PRIMARY KEY (station_id, account_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE protocol_coordinators (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    election_id     INTEGER NOT NULL REFERENCES elections (id),
    constituency_id INTEGER REFERENCES constituencies (id) DEFERRABLE INITIALLY DEFERRED, -- NULL: the whole election
    account_id      INTEGER NOT NULL,
    account_name    TEXT    NOT NULL,
    named_at        INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX protocol_coordinators_once ON protocol_coordinators (election_id, account_id, coalesce(constituency_id, 0));

CREATE TABLE protocol_scans (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    election_id     INTEGER NOT NULL REFERENCES elections (id),
    constituency_id INTEGER NOT NULL REFERENCES constituencies (id),
    station_id      INTEGER NOT NULL REFERENCES stations (id),
    sha256          BLOB    NOT NULL CHECK (length(sha256) = 32),
    bytes           INTEGER NOT NULL CHECK (bytes > 0),
    media_type      TEXT    NOT NULL CHECK (media_type IN ('application/pdf', 'image/jpeg', 'image/png')),
    file_name       TEXT    NOT NULL,
    official_id     INTEGER NOT NULL,
    official_name   TEXT    NOT NULL,
    attached_at     INTEGER NOT NULL,
    UNIQUE (station_id, sha256)
) STRICT;

CREATE TRIGGER certified_protocols_delete BEFORE DELETE ON protocols
WHEN EXISTS (SELECT 1 FROM elections e WHERE e.id = OLD.election_id AND e.certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;

CREATE TRIGGER certified_protocol_scans_update BEFORE UPDATE ON protocol_scans
WHEN EXISTS (SELECT 1 FROM elections e WHERE e.id IN (OLD.election_id, NEW.election_id) AND e.certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;

CREATE TRIGGER certified_protocol_scans_delete BEFORE DELETE ON protocol_scans
WHEN EXISTS (SELECT 1 FROM elections e WHERE e.id = OLD.election_id AND e.certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;

CREATE TRIGGER certified_protocol_entries_update BEFORE UPDATE ON protocol_entries
WHEN EXISTS (SELECT 1 FROM elections e WHERE e.id IN (SELECT p.election_id FROM protocols p WHERE p.id IN (OLD.protocol_id, NEW.protocol_id)) AND e.certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;

CREATE TRIGGER certified_protocol_entries_delete BEFORE DELETE ON protocol_entries
WHEN EXISTS (SELECT 1 FROM elections e WHERE e.id IN (SELECT p.election_id FROM protocols p WHERE p.id IN (OLD.protocol_id)) AND e.certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;

CREATE TRIGGER certified_protocol_settlements_delete BEFORE DELETE ON protocol_settlements
WHEN EXISTS (SELECT 1 FROM elections e WHERE e.id IN (SELECT p.election_id FROM protocols p WHERE p.id IN (OLD.protocol_id)) AND e.certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;

CREATE TRIGGER certified_protocol_explanations_update BEFORE UPDATE ON protocol_explanations
WHEN EXISTS (SELECT 1 FROM elections e WHERE e.id IN (SELECT p.election_id FROM protocols p WHERE p.id IN (OLD.protocol_id, NEW.protocol_id)) AND e.certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;

CREATE TRIGGER certified_protocol_explanations_delete BEFORE DELETE ON protocol_explanations
WHEN EXISTS (SELECT 1 FROM elections e WHERE e.id IN (SELECT p.election_id FROM protocols p WHERE p.id IN (OLD.protocol_id)) AND e.certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;

CREATE TRIGGER certified_elections_do_not_change BEFORE UPDATE ON elections WHEN OLD.certified_at IS NOT NULL
BEGIN SELECT raise(ABORT, 'the election is certified'); END;

CREATE TRIGGER published_elections_stay BEFORE DELETE ON elections WHEN OLD.published_at IS NOT NULL AND OLD.certified_at IS NULL
BEGIN SELECT raise(ABORT, 'the election was published'); END;

CREATE TRIGGER elections_are_published_once BEFORE UPDATE ON elections
WHEN OLD.published_at IS NOT NULL AND OLD.certified_at IS NULL AND NEW.published_at IS NOT OLD.published_at
BEGIN SELECT raise(ABORT, 'the election was published'); END;

CREATE TRIGGER participants_with_candidacies_stay BEFORE DELETE ON participants WHEN OLD.candidate_since IS NOT NULL
BEGIN SELECT raise(ABORT, 'the participant was a candidate'); END;

CREATE TRIGGER withdrawn_elections_do_not_change BEFORE UPDATE ON elections WHEN OLD.withdrawn_at IS NOT NULL
BEGIN SELECT raise(ABORT, 'the election is withdrawn'); END;

CREATE TRIGGER withdrawn_constituencies_insert BEFORE INSERT ON constituencies
WHEN EXISTS (SELECT 1 FROM elections WHERE id = NEW.election_id AND withdrawn_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is withdrawn'); END;

CREATE TRIGGER withdrawn_constituencies_update BEFORE UPDATE ON constituencies
WHEN EXISTS (SELECT 1 FROM elections WHERE id IN (OLD.election_id, NEW.election_id) AND withdrawn_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is withdrawn'); END;

CREATE TRIGGER withdrawn_constituencies_delete BEFORE DELETE ON constituencies
WHEN EXISTS (SELECT 1 FROM elections WHERE id = OLD.election_id AND withdrawn_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is withdrawn'); END;

CREATE TRIGGER withdrawn_candidacies_insert BEFORE INSERT ON candidacies
WHEN EXISTS (SELECT 1 FROM elections e JOIN constituencies c ON c.election_id = e.id WHERE c.id = NEW.constituency_id AND withdrawn_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is withdrawn'); END;

CREATE TRIGGER withdrawn_candidacies_update BEFORE UPDATE ON candidacies
WHEN EXISTS (SELECT 1 FROM elections e JOIN constituencies c ON c.election_id = e.id WHERE c.id IN (OLD.constituency_id, NEW.constituency_id) AND withdrawn_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is withdrawn'); END;

CREATE TRIGGER withdrawn_candidacies_delete BEFORE DELETE ON candidacies
WHEN EXISTS (SELECT 1 FROM elections e JOIN constituencies c ON c.election_id = e.id WHERE c.id = OLD.constituency_id AND withdrawn_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is withdrawn'); END;

CREATE TRIGGER withdrawn_stations_insert BEFORE INSERT ON stations
WHEN EXISTS (SELECT 1 FROM elections WHERE id = NEW.election_id AND withdrawn_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is withdrawn'); END;

CREATE TRIGGER withdrawn_stations_update BEFORE UPDATE ON stations
WHEN EXISTS (SELECT 1 FROM elections WHERE id IN (OLD.election_id, NEW.election_id) AND withdrawn_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is withdrawn'); END;

CREATE TRIGGER withdrawn_stations_delete BEFORE DELETE ON stations
WHEN EXISTS (SELECT 1 FROM elections WHERE id = OLD.election_id AND withdrawn_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is withdrawn'); END;

CREATE TRIGGER closed_off_batches_insert BEFORE INSERT ON batches
WHEN EXISTS (SELECT 1 FROM elections WHERE id = NEW.election_id AND (published_at IS NULL OR withdrawn_at IS NOT NULL))
BEGIN SELECT raise(ABORT, 'the election is a draft or withdrawn'); END;

CREATE TRIGGER closed_off_rolls_insert BEFORE INSERT ON voter_rolls
WHEN EXISTS (SELECT 1 FROM elections WHERE id = NEW.election_id AND (published_at IS NULL OR withdrawn_at IS NOT NULL))
BEGIN SELECT raise(ABORT, 'the election is a draft or withdrawn'); END;

CREATE INDEX audit_events_of_publications ON audit_events (subject, id) WHERE action IN ('election-created', 'election-published');

CREATE UNIQUE INDEX elections_by_first_round ON elections (second_round_of) WHERE second_round_of IS NOT NULL AND withdrawn_at IS NULL;

CREATE TABLE turnout_reports (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    election_id     INTEGER NOT NULL REFERENCES elections (id),
    constituency_id INTEGER NOT NULL REFERENCES constituencies (id),
    station_id      INTEGER REFERENCES stations (id), -- NULL: the constituency, which has no stations
    place           INTEGER NOT NULL CHECK (place = coalesce(station_id, -constituency_id)), -- one number for both
    hour            INTEGER NOT NULL, -- Unix time in milliseconds
    voters          INTEGER NOT NULL CHECK (voters >= 0), -- who have come so far
    reason          TEXT    NOT NULL DEFAULT '',
    reporter_id     INTEGER NOT NULL,
    reporter_name   TEXT    NOT NULL,
    reported_at     INTEGER NOT NULL, -- Unix time in milliseconds
    replaces        INTEGER REFERENCES turnout_reports (id),
    replaced_at     INTEGER, -- NULL: this figure holds
    CHECK (replaces IS NULL OR reason <> '')
) STRICT;

CREATE UNIQUE INDEX turnout_reports_that_hold ON turnout_reports (place, hour) WHERE replaced_at IS NULL;

CREATE UNIQUE INDEX turnout_reports_replaced ON turnout_reports (replaces) WHERE replaces IS NOT NULL;

CREATE INDEX turnout_reports_by_election ON turnout_reports (election_id, id);

CREATE INDEX turnout_reports_by_station ON turnout_reports (station_id) WHERE station_id IS NOT NULL;

CREATE TRIGGER certified_turnout_reports_insert BEFORE INSERT ON turnout_reports
WHEN EXISTS (SELECT 1 FROM elections WHERE id = NEW.election_id AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;

CREATE TRIGGER certified_turnout_reports_update BEFORE UPDATE ON turnout_reports
WHEN EXISTS (SELECT 1 FROM elections WHERE id IN (OLD.election_id, NEW.election_id) AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;

CREATE TRIGGER turnout_reports_stay BEFORE UPDATE ON turnout_reports
WHEN OLD.replaced_at IS NOT NULL OR OLD.id <> NEW.id OR OLD.election_id <> NEW.election_id OR OLD.constituency_id <> NEW.constituency_id
    OR OLD.station_id IS NOT NEW.station_id OR OLD.place <> NEW.place OR OLD.hour <> NEW.hour OR OLD.voters <> NEW.voters OR OLD.reason <> NEW.reason
    OR OLD.reporter_id <> NEW.reporter_id OR OLD.reporter_name <> NEW.reporter_name OR OLD.reported_at <> NEW.reported_at
    OR OLD.replaces IS NOT NEW.replaces
BEGIN SELECT raise(ABORT, 'a turnout report is never changed'); END;

CREATE TRIGGER turnout_reports_are_kept BEFORE DELETE ON turnout_reports
BEGIN SELECT raise(ABORT, 'a turnout report is never deleted'); END;

CREATE TABLE account_stations (
    user_id    INTEGER NOT NULL REFERENCES users (id),
    station_id INTEGER NOT NULL REFERENCES stations (id) DEFERRABLE INITIALLY DEFERRED,
    given_at   INTEGER NOT NULL, -- Unix time in milliseconds
    PRIMARY KEY (user_id, station_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX account_stations_by_station ON account_stations (station_id);

CREATE TABLE amendments (
    id                 INTEGER PRIMARY KEY AUTOINCREMENT,
    election_id        INTEGER NOT NULL REFERENCES elections (id),
    constituency_id    INTEGER NOT NULL REFERENCES constituencies (id),
    station_id         INTEGER REFERENCES stations (id), -- NULL: of the constituency itself
    field              TEXT    NOT NULL CHECK (field IN ('registered-voters', 'name', 'place', 'kind', 'added', 'exclusion')),
    was                TEXT    NOT NULL,
    became             TEXT    NOT NULL CHECK (became <> was),
    reason             TEXT    NOT NULL CHECK (reason <> ''),
    administrator_name TEXT    NOT NULL,
    approved_by        TEXT    NOT NULL DEFAULT '', -- the second administrator, where the act needed one
    amended_at         INTEGER NOT NULL -- Unix time in milliseconds
) STRICT;

CREATE INDEX amendments_by_election ON amendments (election_id, id);

CREATE INDEX amendments_by_station ON amendments (station_id) WHERE station_id IS NOT NULL;

CREATE TRIGGER amendments_update BEFORE UPDATE ON amendments
BEGIN SELECT raise(ABORT, 'an amendment is never changed'); END;

CREATE TRIGGER amendments_delete BEFORE DELETE ON amendments
BEGIN SELECT raise(ABORT, 'an amendment is never deleted'); END;

CREATE TABLE corrections (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    election_id INTEGER NOT NULL REFERENCES elections (id),
    number      INTEGER NOT NULL CHECK (number > 1),
    reason      TEXT    NOT NULL CHECK (reason <> ''),
    ordered_by  TEXT    NOT NULL CHECK (ordered_by <> ''), -- such as a court, with its decision
    figures     TEXT    NOT NULL CHECK (length(figures) = 64), -- SHA-256 of the certified figures that it corrects
    opened_by   TEXT    NOT NULL,
    approved_by TEXT    NOT NULL DEFAULT '', -- the second administrator; '' if there is none
    opened_at   INTEGER NOT NULL, -- Unix time in milliseconds
    ended_at    INTEGER,          -- without a change
    end_reason  TEXT    NOT NULL DEFAULT '',
    ended_by    TEXT    NOT NULL DEFAULT '',
    certified_at INTEGER,
    UNIQUE (election_id, number),
    CHECK (ended_at IS NULL OR certified_at IS NULL),
    CHECK ((ended_at IS NULL) = (end_reason = '') AND (ended_at IS NULL) = (ended_by = ''))
) STRICT;

CREATE UNIQUE INDEX corrections_open ON corrections (election_id) WHERE ended_at IS NULL AND certified_at IS NULL;

CREATE TABLE correction_stations (
    election_id     INTEGER NOT NULL,
    number          INTEGER NOT NULL,
    place           INTEGER NOT NULL CHECK (place = coalesce(station_id, -constituency_id)), -- one number for both
    station_id      INTEGER REFERENCES stations (id), -- NULL: the constituency, which has no stations
    constituency_id INTEGER NOT NULL REFERENCES constituencies (id),
    act             TEXT    NOT NULL CHECK (act IN ('annul', 'recount', 'repeat')),
    was             TEXT    NOT NULL CHECK (json_valid(was)), -- the tallies and totals of the place at the opening
    PRIMARY KEY (election_id, number, place),
    FOREIGN KEY (election_id, number) REFERENCES corrections (election_id, number) DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;

CREATE INDEX correction_stations_by_place ON correction_stations (place);

CREATE INDEX correction_stations_by_constituency ON correction_stations (constituency_id);

CREATE INDEX correction_stations_by_station ON correction_stations (station_id) WHERE station_id IS NOT NULL;

CREATE TABLE annulled_online_votes (
    election_id     INTEGER NOT NULL,
    number          INTEGER NOT NULL,
    constituency_id INTEGER NOT NULL REFERENCES constituencies (id),
    votes           INTEGER NOT NULL CHECK (votes >= 0), -- in all
    PRIMARY KEY (election_id, number, constituency_id),
    FOREIGN KEY (election_id, number) REFERENCES corrections (election_id, number) DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;

CREATE INDEX annulled_online_votes_by_constituency ON annulled_online_votes (constituency_id);

CREATE VIEW open_corrections AS SELECT election_id, number FROM corrections WHERE ended_at IS NULL AND certified_at IS NULL;

CREATE VIEW reopened_places AS SELECT s.election_id, s.number, s.place, s.constituency_id
    FROM correction_stations s JOIN open_corrections o ON o.election_id = s.election_id AND o.number = s.number;

CREATE UNIQUE INDEX confirmations_that_stand ON confirmations (election_id, number, administrator_id) WHERE voided_at IS NULL;

CREATE UNIQUE INDEX lifted_points_that_hold ON lifted_points (election_id, number, code, coalesce(constituency_id, 0), coalesce(station_id, 0))
    WHERE voided_at IS NULL;

CREATE TABLE "certifications" (
    election_id  INTEGER NOT NULL REFERENCES elections (id),
    number       INTEGER NOT NULL DEFAULT 1 CHECK (number > 0),
    figures      TEXT    NOT NULL CHECK (length(figures) = 64),
    certified_at INTEGER NOT NULL,
    audit_head   TEXT    NOT NULL CHECK (length(audit_head) = 64),
    audit_events INTEGER NOT NULL CHECK (audit_events > 0),
    PRIMARY KEY (election_id, number)
) STRICT;

CREATE TRIGGER certifications_update BEFORE UPDATE ON certifications
BEGIN SELECT raise(ABORT, 'a certification never changes'); END;

CREATE TRIGGER certifications_delete BEFORE DELETE ON certifications
BEGIN SELECT raise(ABORT, 'a certification never changes'); END;

CREATE TRIGGER corrections_insert BEFORE INSERT ON corrections
WHEN NOT EXISTS (SELECT 1 FROM elections WHERE id = NEW.election_id AND certified_at IS NOT NULL)
BEGIN SELECT raise(ABORT, 'the election is not certified'); END;

CREATE TRIGGER corrections_update BEFORE UPDATE ON corrections
WHEN OLD.ended_at IS NOT NULL OR OLD.certified_at IS NOT NULL OR OLD.id <> NEW.id OR OLD.election_id <> NEW.election_id
    OR OLD.number <> NEW.number OR OLD.reason <> NEW.reason OR OLD.ordered_by <> NEW.ordered_by OR OLD.figures <> NEW.figures
    OR OLD.opened_by <> NEW.opened_by OR OLD.approved_by <> NEW.approved_by OR OLD.opened_at <> NEW.opened_at
BEGIN SELECT raise(ABORT, 'a correction never changes'); END;

CREATE TRIGGER corrections_delete BEFORE DELETE ON corrections
BEGIN SELECT raise(ABORT, 'a correction is never deleted'); END;

CREATE TRIGGER correction_stations_insert BEFORE INSERT ON correction_stations
WHEN EXISTS (SELECT 1 FROM corrections WHERE election_id = NEW.election_id AND number = NEW.number)
BEGIN SELECT raise(ABORT, 'a correction never changes'); END;

CREATE TRIGGER correction_stations_update BEFORE UPDATE ON correction_stations
BEGIN SELECT raise(ABORT, 'a correction never changes'); END;

CREATE TRIGGER correction_stations_delete BEFORE DELETE ON correction_stations
BEGIN SELECT raise(ABORT, 'a correction never changes'); END;

CREATE TRIGGER annulled_online_votes_insert BEFORE INSERT ON annulled_online_votes
WHEN EXISTS (SELECT 1 FROM corrections WHERE election_id = NEW.election_id AND number = NEW.number)
BEGIN SELECT raise(ABORT, 'a correction never changes'); END;

CREATE TRIGGER annulled_online_votes_update BEFORE UPDATE ON annulled_online_votes
BEGIN SELECT raise(ABORT, 'a correction never changes'); END;

CREATE TRIGGER annulled_online_votes_delete BEFORE DELETE ON annulled_online_votes
BEGIN SELECT raise(ABORT, 'a correction never changes'); END;

CREATE TRIGGER certified_batches_insert BEFORE INSERT ON batches
WHEN EXISTS (SELECT 1 FROM elections WHERE id IN (NEW.election_id) AND certified_at IS NOT NULL)
    AND NOT EXISTS (SELECT 1 FROM reopened_places WHERE place = coalesce(NEW.station_id, -NEW.constituency_id)
        AND constituency_id = NEW.constituency_id AND election_id = NEW.election_id)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;

CREATE TRIGGER certified_batches_update BEFORE UPDATE ON batches
WHEN EXISTS (SELECT 1 FROM elections WHERE id IN (OLD.election_id, NEW.election_id) AND certified_at IS NOT NULL)
    AND NOT (OLD.id IS NEW.id AND OLD.election_id IS NEW.election_id AND OLD.constituency_id IS NEW.constituency_id AND OLD.station_id IS NEW.station_id
    AND EXISTS (SELECT 1 FROM reopened_places WHERE place = coalesce(NEW.station_id, -NEW.constituency_id)
        AND constituency_id = NEW.constituency_id AND election_id = NEW.election_id))
BEGIN SELECT raise(ABORT, 'the election is certified'); END;

CREATE TRIGGER certified_constituency_tallies_insert BEFORE INSERT ON constituency_tallies
WHEN EXISTS (SELECT 1 FROM elections e JOIN constituencies c ON c.election_id = e.id
        WHERE c.id IN (NEW.constituency_id) AND certified_at IS NOT NULL)
    AND NOT EXISTS (SELECT 1 FROM reopened_places WHERE constituency_id = NEW.constituency_id)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;

CREATE TRIGGER certified_constituency_tallies_update BEFORE UPDATE ON constituency_tallies
WHEN EXISTS (SELECT 1 FROM elections e JOIN constituencies c ON c.election_id = e.id
        WHERE c.id IN (OLD.constituency_id, NEW.constituency_id) AND certified_at IS NOT NULL)
    AND NOT (OLD.constituency_id = NEW.constituency_id AND EXISTS (SELECT 1 FROM reopened_places WHERE constituency_id = NEW.constituency_id))
BEGIN SELECT raise(ABORT, 'the election is certified'); END;

CREATE TRIGGER certified_constituency_tallies_delete BEFORE DELETE ON constituency_tallies
WHEN EXISTS (SELECT 1 FROM elections e JOIN constituencies c ON c.election_id = e.id
        WHERE c.id IN (OLD.constituency_id) AND certified_at IS NOT NULL)
    AND NOT EXISTS (SELECT 1 FROM reopened_places WHERE constituency_id = OLD.constituency_id)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;

CREATE TRIGGER certified_constituency_totals_insert BEFORE INSERT ON constituency_totals
WHEN EXISTS (SELECT 1 FROM elections e JOIN constituencies c ON c.election_id = e.id
        WHERE c.id IN (NEW.constituency_id) AND certified_at IS NOT NULL)
    AND NOT EXISTS (SELECT 1 FROM reopened_places WHERE constituency_id = NEW.constituency_id)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;

CREATE TRIGGER certified_constituency_totals_update BEFORE UPDATE ON constituency_totals
WHEN EXISTS (SELECT 1 FROM elections e JOIN constituencies c ON c.election_id = e.id
        WHERE c.id IN (OLD.constituency_id, NEW.constituency_id) AND certified_at IS NOT NULL)
    AND NOT (OLD.constituency_id = NEW.constituency_id AND EXISTS (SELECT 1 FROM reopened_places WHERE constituency_id = NEW.constituency_id))
BEGIN SELECT raise(ABORT, 'the election is certified'); END;

CREATE TRIGGER certified_constituency_totals_delete BEFORE DELETE ON constituency_totals
WHEN EXISTS (SELECT 1 FROM elections e JOIN constituencies c ON c.election_id = e.id
        WHERE c.id IN (OLD.constituency_id) AND certified_at IS NOT NULL)
    AND NOT EXISTS (SELECT 1 FROM reopened_places WHERE constituency_id = OLD.constituency_id)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;

CREATE TRIGGER certified_station_tallies_insert BEFORE INSERT ON station_tallies
WHEN EXISTS (SELECT 1 FROM elections e JOIN stations s ON s.election_id = e.id
        WHERE s.id IN (NEW.station_id) AND certified_at IS NOT NULL)
    AND NOT EXISTS (SELECT 1 FROM reopened_places WHERE place = NEW.station_id)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;

CREATE TRIGGER certified_station_tallies_update BEFORE UPDATE ON station_tallies
WHEN EXISTS (SELECT 1 FROM elections e JOIN stations s ON s.election_id = e.id
        WHERE s.id IN (OLD.station_id, NEW.station_id) AND certified_at IS NOT NULL)
    AND NOT (OLD.station_id = NEW.station_id AND EXISTS (SELECT 1 FROM reopened_places WHERE place = NEW.station_id))
BEGIN SELECT raise(ABORT, 'the election is certified'); END;

CREATE TRIGGER certified_station_tallies_delete BEFORE DELETE ON station_tallies
WHEN EXISTS (SELECT 1 FROM elections e JOIN stations s ON s.election_id = e.id
        WHERE s.id IN (OLD.station_id) AND certified_at IS NOT NULL)
    AND NOT EXISTS (SELECT 1 FROM reopened_places WHERE place = OLD.station_id)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;

CREATE TRIGGER certified_station_totals_insert BEFORE INSERT ON station_totals
WHEN EXISTS (SELECT 1 FROM elections e JOIN stations s ON s.election_id = e.id
        WHERE s.id IN (NEW.station_id) AND certified_at IS NOT NULL)
    AND NOT EXISTS (SELECT 1 FROM reopened_places WHERE place = NEW.station_id)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;

CREATE TRIGGER certified_station_totals_update BEFORE UPDATE ON station_totals
WHEN EXISTS (SELECT 1 FROM elections e JOIN stations s ON s.election_id = e.id
        WHERE s.id IN (OLD.station_id, NEW.station_id) AND certified_at IS NOT NULL)
    AND NOT (OLD.station_id = NEW.station_id AND EXISTS (SELECT 1 FROM reopened_places WHERE place = NEW.station_id))
BEGIN SELECT raise(ABORT, 'the election is certified'); END;

CREATE TRIGGER certified_station_totals_delete BEFORE DELETE ON station_totals
WHEN EXISTS (SELECT 1 FROM elections e JOIN stations s ON s.election_id = e.id
        WHERE s.id IN (OLD.station_id) AND certified_at IS NOT NULL)
    AND NOT EXISTS (SELECT 1 FROM reopened_places WHERE place = OLD.station_id)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;

CREATE TRIGGER certified_stations_update BEFORE UPDATE ON stations
WHEN EXISTS (SELECT 1 FROM elections WHERE id IN (OLD.election_id, NEW.election_id) AND certified_at IS NOT NULL)
    AND NOT (OLD.id IS NEW.id AND OLD.election_id IS NEW.election_id AND OLD.constituency_id IS NEW.constituency_id AND OLD.position IS NEW.position AND OLD.number IS NEW.number
    AND OLD.name IS NEW.name AND OLD.place IS NEW.place AND OLD.registered_voters IS NEW.registered_voters AND OLD.kind IS NEW.kind AND OLD.search IS NEW.search
    AND EXISTS (SELECT 1 FROM reopened_places WHERE place = NEW.id))
BEGIN SELECT raise(ABORT, 'the election is certified'); END;

CREATE TRIGGER certified_amendments_insert BEFORE INSERT ON amendments
WHEN EXISTS (SELECT 1 FROM elections WHERE id IN (NEW.election_id) AND certified_at IS NOT NULL)
    AND NOT (NEW.field = 'exclusion' AND EXISTS (SELECT 1 FROM reopened_places WHERE place = coalesce(NEW.station_id, -NEW.constituency_id)
        AND constituency_id = NEW.constituency_id AND election_id = NEW.election_id))
BEGIN SELECT raise(ABORT, 'the election is certified'); END;

CREATE TRIGGER certified_protocols_insert BEFORE INSERT ON protocols
WHEN EXISTS (SELECT 1 FROM elections WHERE id IN (NEW.election_id) AND certified_at IS NOT NULL)
    AND NOT EXISTS (SELECT 1 FROM reopened_places WHERE place = coalesce(NEW.station_id, -NEW.constituency_id)
        AND constituency_id = NEW.constituency_id AND election_id = NEW.election_id)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;

CREATE TRIGGER certified_protocols_update BEFORE UPDATE ON protocols
WHEN EXISTS (SELECT 1 FROM elections WHERE id IN (OLD.election_id, NEW.election_id) AND certified_at IS NOT NULL)
    AND NOT (OLD.id IS NEW.id AND OLD.election_id IS NEW.election_id AND OLD.constituency_id IS NEW.constituency_id AND OLD.station_id IS NEW.station_id
    AND EXISTS (SELECT 1 FROM reopened_places WHERE place = coalesce(NEW.station_id, -NEW.constituency_id)
        AND constituency_id = NEW.constituency_id AND election_id = NEW.election_id))
BEGIN SELECT raise(ABORT, 'the election is certified'); END;

CREATE TRIGGER certified_protocol_scans_insert BEFORE INSERT ON protocol_scans
WHEN EXISTS (SELECT 1 FROM elections WHERE id IN (NEW.election_id) AND certified_at IS NOT NULL)
    AND NOT EXISTS (SELECT 1 FROM reopened_places WHERE place = coalesce(NEW.station_id, -NEW.constituency_id)
        AND constituency_id = NEW.constituency_id AND election_id = NEW.election_id)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;

CREATE TRIGGER certified_protocol_entries_insert BEFORE INSERT ON protocol_entries
WHEN EXISTS (SELECT 1 FROM elections e JOIN protocols p ON p.election_id = e.id
        WHERE p.id = NEW.protocol_id AND e.certified_at IS NOT NULL)
    AND NOT EXISTS (SELECT 1 FROM protocols p JOIN reopened_places r ON r.place = p.station_id
        WHERE p.id = NEW.protocol_id AND p.round = NEW.round)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;

CREATE TRIGGER certified_protocol_settlements_insert BEFORE INSERT ON protocol_settlements
WHEN EXISTS (SELECT 1 FROM elections e JOIN protocols p ON p.election_id = e.id
        WHERE p.id = NEW.protocol_id AND e.certified_at IS NOT NULL)
    AND NOT EXISTS (SELECT 1 FROM protocols p JOIN reopened_places r ON r.place = p.station_id
        WHERE p.id = NEW.protocol_id AND p.round = NEW.round)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;

CREATE TRIGGER certified_protocol_explanations_insert BEFORE INSERT ON protocol_explanations
WHEN EXISTS (SELECT 1 FROM elections e JOIN protocols p ON p.election_id = e.id
        WHERE p.id = NEW.protocol_id AND e.certified_at IS NOT NULL)
    AND NOT EXISTS (SELECT 1 FROM protocols p JOIN reopened_places r ON r.place = p.station_id
        WHERE p.id = NEW.protocol_id AND p.round = NEW.round)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;

CREATE TRIGGER certified_protocol_settlements_update BEFORE UPDATE ON protocol_settlements
WHEN EXISTS (SELECT 1 FROM elections e JOIN protocols p ON p.election_id = e.id
        WHERE p.id IN (OLD.protocol_id, NEW.protocol_id) AND e.certified_at IS NOT NULL)
    AND NOT (OLD.protocol_id = NEW.protocol_id AND OLD.round = NEW.round
    AND EXISTS (SELECT 1 FROM protocols p JOIN reopened_places r ON r.place = p.station_id
        WHERE p.id = NEW.protocol_id AND p.round = NEW.round))
BEGIN SELECT raise(ABORT, 'the election is certified'); END;

CREATE TRIGGER certified_confirmations_insert BEFORE INSERT ON confirmations
WHEN EXISTS (SELECT 1 FROM elections WHERE id IN (NEW.election_id) AND certified_at IS NOT NULL)
    AND NOT EXISTS (SELECT 1 FROM open_corrections WHERE election_id = NEW.election_id AND number = NEW.number)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;

CREATE TRIGGER certified_confirmations_update BEFORE UPDATE ON confirmations
WHEN EXISTS (SELECT 1 FROM elections WHERE id IN (OLD.election_id, NEW.election_id) AND certified_at IS NOT NULL)
    AND NOT (OLD.election_id = NEW.election_id AND OLD.number = NEW.number AND EXISTS (SELECT 1 FROM open_corrections WHERE election_id = NEW.election_id AND number = NEW.number))
BEGIN SELECT raise(ABORT, 'the election is certified'); END;

CREATE TRIGGER certified_lifted_points_insert BEFORE INSERT ON lifted_points
WHEN EXISTS (SELECT 1 FROM elections WHERE id IN (NEW.election_id) AND certified_at IS NOT NULL)
    AND NOT EXISTS (SELECT 1 FROM open_corrections WHERE election_id = NEW.election_id AND number = NEW.number)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;

CREATE TRIGGER certified_lifted_points_update BEFORE UPDATE ON lifted_points
WHEN EXISTS (SELECT 1 FROM elections WHERE id IN (OLD.election_id, NEW.election_id) AND certified_at IS NOT NULL)
    AND NOT (OLD.election_id = NEW.election_id AND OLD.number = NEW.number AND EXISTS (SELECT 1 FROM open_corrections WHERE election_id = NEW.election_id AND number = NEW.number))
BEGIN SELECT raise(ABORT, 'the election is certified'); END;

CREATE TRIGGER certified_lots_insert BEFORE INSERT ON lots
WHEN EXISTS (SELECT 1 FROM elections WHERE id IN (NEW.election_id) AND certified_at IS NOT NULL)
    AND NOT EXISTS (SELECT 1 FROM open_corrections WHERE election_id = NEW.election_id AND number = NEW.number)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;

CREATE TRIGGER certified_lot_participants_insert BEFORE INSERT ON lot_participants
WHEN EXISTS (SELECT 1 FROM elections e JOIN lots l ON l.election_id = e.id
        WHERE l.id = NEW.lot_id AND certified_at IS NOT NULL)
    AND NOT EXISTS (SELECT 1 FROM lots l JOIN open_corrections o ON o.election_id = l.election_id AND o.number = l.number
        WHERE l.id = NEW.lot_id)
BEGIN SELECT raise(ABORT, 'the election is certified'); END;

CREATE TABLE certified_figures (
    election_id INTEGER NOT NULL,
    number      INTEGER NOT NULL,
    document    BLOB    NOT NULL,
    PRIMARY KEY (election_id, number),
    FOREIGN KEY (election_id, number) REFERENCES certifications (election_id, number)
) STRICT;

CREATE TRIGGER certified_figures_update BEFORE UPDATE ON certified_figures
BEGIN SELECT raise(ABORT, 'a certification never changes'); END;

CREATE TRIGGER certified_figures_delete BEFORE DELETE ON certified_figures
BEGIN SELECT raise(ABORT, 'a certification never changes'); END;

CREATE TABLE certified_bundles (
    election_id INTEGER NOT NULL,
    number      INTEGER NOT NULL,
    form        TEXT    NOT NULL CHECK (form IN ('full', 'public')),
    file        TEXT    NOT NULL CHECK (file <> ''), -- its name in the folder of bundles
    bytes       INTEGER NOT NULL CHECK (bytes > 0),
    sha256      BLOB    NOT NULL CHECK (length(sha256) = 32),
    PRIMARY KEY (election_id, number, form),
    FOREIGN KEY (election_id, number) REFERENCES certifications (election_id, number)
) STRICT;

CREATE TRIGGER certified_bundles_update BEFORE UPDATE ON certified_bundles
BEGIN SELECT raise(ABORT, 'a certification never changes'); END;

CREATE TRIGGER certified_bundles_delete BEFORE DELETE ON certified_bundles
BEGIN SELECT raise(ABORT, 'a certification never changes'); END;

CREATE TABLE "online_closings" (
    election_id INTEGER PRIMARY KEY REFERENCES elections (id),
    step        TEXT    NOT NULL CHECK (step IN ('closed', 'shuffled', 'rewritten', 'finished'))
) STRICT;

CREATE TABLE stored_files (
    folder     TEXT    NOT NULL, -- spool, scans or bundles
    name       TEXT    NOT NULL,
    content_id TEXT    NOT NULL,
    bytes      INTEGER NOT NULL CHECK (bytes >= 0),
    PRIMARY KEY (folder, name)
) STRICT, WITHOUT ROWID;

CREATE INDEX stored_files_by_content ON stored_files (content_id);

CREATE TABLE stored_parts (
    content_id TEXT    NOT NULL,
    part       INTEGER NOT NULL CHECK (part >= 0), -- from 0
    content    BLOB    NOT NULL CHECK (length(content) <= 1048576),
    PRIMARY KEY (content_id, part)
) STRICT;

CREATE TRIGGER stored_parts_update BEFORE UPDATE ON stored_parts
BEGIN SELECT raise(ABORT, 'a stored file never changes'); END;

CREATE TRIGGER stored_parts_delete BEFORE DELETE ON stored_parts
WHEN EXISTS (SELECT 1 FROM stored_files WHERE content_id = OLD.content_id)
BEGIN SELECT raise(ABORT, 'a stored file has a name'); END;

CREATE TRIGGER stored_files_update BEFORE UPDATE ON stored_files
BEGIN SELECT raise(ABORT, 'a stored file never changes'); END;

CREATE TRIGGER stored_files_delete BEFORE DELETE ON stored_files
WHEN OLD.folder <> 'spool' OR EXISTS (SELECT 1 FROM batches WHERE spool_file = OLD.name)
    OR EXISTS (SELECT 1 FROM batches WHERE spool_file >= OLD.name || '@' AND spool_file < OLD.name || 'A')
BEGIN SELECT raise(ABORT, 'an accepted file is never deleted'); END;

CREATE TABLE unfinished_moves (
    source   TEXT    NOT NULL PRIMARY KEY, -- where the data come from
    begun_at INTEGER NOT NULL              -- Unix time in milliseconds
) STRICT, WITHOUT ROWID;

CREATE TABLE account_elections (
    user_id     INTEGER NOT NULL REFERENCES users (id),
    election_id INTEGER NOT NULL REFERENCES elections (id),
    given_at    INTEGER NOT NULL, -- Unix time in milliseconds
    PRIMARY KEY (user_id, election_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX account_elections_by_election ON account_elections (election_id);

CREATE TABLE voter_information (
    election_id       INTEGER PRIMARY KEY REFERENCES elections (id),
    contact           TEXT    NOT NULL DEFAULT '',
    sender            TEXT    NOT NULL DEFAULT '',
    languages         TEXT    NOT NULL DEFAULT '',
    hides_personal_id INTEGER NOT NULL DEFAULT 0 CHECK (hides_personal_id IN (0, 1)),
    texts             TEXT    NOT NULL DEFAULT '' CHECK (texts = '' OR texts LIKE '{%}'),
    logo              TEXT    NOT NULL DEFAULT ''
) STRICT;

CREATE TABLE constituency_maps (
    election_id INTEGER PRIMARY KEY REFERENCES elections (id),
    outlines    TEXT    NOT NULL CHECK (outlines LIKE '{%}'),
    source      TEXT    NOT NULL DEFAULT ''
) STRICT;

INSERT INTO numbers VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9), (10), (11), (12), (13), (14), (15), (16), (17), (18), (19), (20), (21), (22), (23), (24), (25), (26), (27), (28), (29), (30), (31), (32), (33), (34), (35), (36), (37), (38), (39), (40), (41), (42), (43), (44), (45), (46), (47), (48), (49), (50), (51), (52), (53), (54), (55), (56), (57), (58), (59), (60), (61), (62), (63), (64), (65), (66), (67), (68), (69), (70), (71), (72), (73), (74), (75), (76), (77), (78), (79), (80), (81), (82), (83), (84), (85), (86), (87), (88), (89), (90), (91), (92), (93), (94), (95), (96), (97), (98), (99), (100), (101), (102), (103), (104), (105), (106), (107), (108), (109), (110), (111), (112), (113), (114), (115), (116), (117), (118), (119), (120), (121), (122), (123), (124), (125), (126), (127), (128), (129), (130), (131), (132), (133), (134), (135), (136), (137), (138), (139), (140), (141), (142), (143), (144), (145), (146), (147), (148), (149), (150), (151), (152), (153), (154), (155), (156), (157), (158), (159), (160), (161), (162), (163), (164), (165), (166), (167), (168), (169), (170), (171), (172), (173), (174), (175), (176), (177), (178), (179), (180), (181), (182), (183), (184), (185), (186), (187), (188), (189), (190), (191), (192), (193), (194), (195), (196), (197), (198), (199), (200), (201), (202), (203), (204), (205), (206), (207), (208), (209), (210), (211), (212), (213), (214), (215), (216), (217), (218), (219), (220), (221), (222), (223), (224), (225), (226), (227), (228), (229), (230), (231), (232), (233), (234), (235), (236), (237), (238), (239), (240), (241), (242), (243), (244), (245), (246), (247), (248), (249), (250), (251), (252), (253), (254), (255), (256), (257), (258), (259), (260), (261), (262), (263), (264), (265), (266), (267), (268), (269), (270), (271), (272), (273), (274), (275), (276), (277), (278), (279), (280), (281), (282), (283), (284), (285), (286), (287), (288), (289), (290), (291), (292), (293), (294), (295), (296), (297), (298), (299), (300), (301), (302), (303), (304), (305), (306), (307), (308), (309), (310), (311), (312), (313), (314), (315), (316), (317), (318), (319), (320), (321), (322), (323), (324), (325), (326), (327), (328), (329), (330), (331), (332), (333), (334), (335), (336), (337), (338), (339), (340), (341), (342), (343), (344), (345), (346), (347), (348), (349), (350), (351), (352), (353), (354), (355), (356), (357), (358), (359), (360), (361), (362), (363), (364), (365), (366), (367), (368), (369), (370), (371), (372), (373), (374), (375), (376), (377), (378), (379), (380), (381), (382), (383), (384), (385), (386), (387), (388), (389), (390), (391), (392), (393), (394), (395), (396), (397), (398), (399), (400), (401), (402), (403), (404), (405), (406), (407), (408), (409), (410), (411), (412), (413), (414), (415), (416), (417), (418), (419), (420), (421), (422), (423), (424), (425), (426), (427), (428), (429), (430), (431), (432), (433), (434), (435), (436), (437), (438), (439), (440), (441), (442), (443), (444), (445), (446), (447), (448), (449), (450), (451), (452), (453), (454), (455), (456), (457), (458), (459), (460), (461), (462), (463), (464), (465), (466), (467), (468), (469), (470), (471), (472), (473), (474), (475), (476), (477), (478), (479), (480), (481), (482), (483), (484), (485), (486), (487), (488), (489), (490), (491), (492), (493), (494), (495), (496), (497), (498), (499), (500), (501), (502), (503), (504), (505), (506), (507), (508), (509), (510), (511), (512), (513), (514), (515), (516), (517), (518), (519), (520), (521), (522), (523), (524), (525), (526), (527), (528), (529), (530), (531), (532), (533), (534), (535), (536), (537), (538), (539), (540), (541), (542), (543), (544), (545), (546), (547), (548), (549), (550), (551), (552), (553), (554), (555), (556), (557), (558), (559), (560), (561), (562), (563), (564), (565), (566), (567), (568), (569), (570), (571), (572), (573), (574), (575), (576), (577), (578), (579), (580), (581), (582), (583), (584), (585), (586), (587), (588), (589), (590), (591), (592), (593), (594), (595), (596), (597), (598), (599), (600), (601), (602), (603), (604), (605), (606), (607), (608), (609), (610), (611), (612), (613), (614), (615), (616), (617), (618), (619), (620), (621), (622), (623), (624), (625), (626), (627), (628), (629), (630), (631), (632), (633), (634), (635), (636), (637), (638), (639), (640), (641), (642), (643), (644), (645), (646), (647), (648), (649), (650), (651), (652), (653), (654), (655), (656), (657), (658), (659), (660), (661), (662), (663), (664), (665), (666), (667), (668), (669), (670), (671), (672), (673), (674), (675), (676), (677), (678), (679), (680), (681), (682), (683), (684), (685), (686), (687), (688), (689), (690), (691), (692), (693), (694), (695), (696), (697), (698), (699), (700), (701), (702), (703), (704), (705), (706), (707), (708), (709), (710), (711), (712), (713), (714), (715), (716), (717), (718), (719), (720), (721), (722), (723), (724), (725), (726), (727), (728), (729), (730), (731), (732), (733), (734), (735), (736), (737), (738), (739), (740), (741), (742), (743), (744), (745), (746), (747), (748), (749), (750), (751), (752), (753), (754), (755), (756), (757), (758), (759), (760), (761), (762), (763), (764), (765), (766), (767), (768), (769), (770), (771), (772), (773), (774), (775), (776), (777), (778), (779), (780), (781), (782), (783), (784), (785), (786), (787), (788), (789), (790), (791), (792), (793), (794), (795), (796), (797), (798), (799), (800), (801), (802), (803), (804), (805), (806), (807), (808), (809), (810), (811), (812), (813), (814), (815), (816), (817), (818), (819), (820), (821), (822), (823), (824), (825), (826), (827), (828), (829), (830), (831), (832), (833), (834), (835), (836), (837), (838), (839), (840), (841), (842), (843), (844), (845), (846), (847), (848), (849), (850), (851), (852), (853), (854), (855), (856), (857), (858), (859), (860), (861), (862), (863), (864), (865), (866), (867), (868), (869), (870), (871), (872), (873), (874), (875), (876), (877), (878), (879), (880), (881), (882), (883), (884), (885), (886), (887), (888), (889), (890), (891), (892), (893), (894), (895), (896), (897), (898), (899), (900), (901), (902), (903), (904), (905), (906), (907), (908), (909), (910), (911), (912), (913), (914), (915), (916), (917), (918), (919), (920), (921), (922), (923), (924), (925), (926), (927), (928), (929), (930), (931), (932), (933), (934), (935), (936), (937), (938), (939), (940), (941), (942), (943), (944), (945), (946), (947), (948), (949), (950), (951), (952), (953), (954), (955), (956), (957), (958), (959), (960), (961), (962), (963), (964), (965), (966), (967), (968), (969), (970), (971), (972), (973), (974), (975), (976), (977), (978), (979), (980), (981), (982), (983), (984), (985), (986), (987), (988), (989), (990), (991), (992), (993), (994), (995), (996), (997), (998), (999);

INSERT INTO voter_key_removals VALUES (1, 0);

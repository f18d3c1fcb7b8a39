-- Batches that come late are accepted and wait for an administrator's decision.

-- +goose Up

-- From when on a batch is late; NULL: only the first confirmation makes it late.
ALTER TABLE elections ADD COLUMN batches_until INTEGER CHECK (batches_until IS NULL OR batches_until > starts_at);

-- Why a batch is late; '': it is not. While it waits its state is retracted: nothing of it is counted. An approval
-- restores it.
ALTER TABLE batches ADD COLUMN late TEXT NOT NULL DEFAULT '';
ALTER TABLE batches ADD COLUMN late_state TEXT NOT NULL DEFAULT ''
    CHECK (late_state IN ('', 'waiting', 'approved', 'refused') AND (late = '') = (late_state = '') AND (late_state <> 'waiting' OR state = 'retracted'));
ALTER TABLE batches ADD COLUMN late_reason TEXT NOT NULL DEFAULT ''; -- the official's
ALTER TABLE batches ADD COLUMN late_decider TEXT NOT NULL DEFAULT ''; -- the name of the person who decided
ALTER TABLE batches ADD COLUMN late_remark TEXT NOT NULL DEFAULT ''; -- what that person wrote
CREATE INDEX batches_late ON batches (election_id) WHERE late_state = 'waiting';

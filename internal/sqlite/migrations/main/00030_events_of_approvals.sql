-- Decided approvals are part of an election's figures, and are read from the log since the election's creation.

-- +goose Up

CREATE INDEX audit_events_of_approvals ON audit_events (id)
    WHERE action IN ('approval-given', 'approval-refused', 'approval-withdrawn', 'approval-used', 'done-by-operator');
CREATE INDEX audit_events_of_creations ON audit_events (subject, id) WHERE action = 'election-created';

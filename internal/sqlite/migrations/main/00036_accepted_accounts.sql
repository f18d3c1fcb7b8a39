-- The history of accounts also has the events that accept and refuse registered ones.

-- +goose Up
DROP INDEX audit_events_of_accounts;
CREATE INDEX audit_events_of_accounts ON audit_events (id)
    WHERE action IN ('user-added', 'user-accepted', 'user-changed', 'user-refused', 'user-deleted');

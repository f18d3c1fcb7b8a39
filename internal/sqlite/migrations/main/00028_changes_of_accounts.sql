-- Changes of what a person signs in with are read from the log before each confirmation of a certification.

-- +goose Up

CREATE INDEX audit_events_of_sign_ins ON audit_events (id)
    WHERE action IN ('user-changed', 'second-factor-begun', 'second-factor-added', 'second-factor-removed', 'recovery-codes-renewed');

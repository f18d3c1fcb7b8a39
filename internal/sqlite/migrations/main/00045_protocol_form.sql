-- The form of the protocols of an election's polling stations.

-- +goose Up

-- What differs from the plain form, as JSON (elections.ProtocolForm); '' is the plain one.
ALTER TABLE elections ADD COLUMN protocol_form TEXT NOT NULL DEFAULT '';

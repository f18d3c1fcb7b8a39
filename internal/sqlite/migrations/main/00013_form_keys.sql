-- The one-time key of the form that an election was made with: a form that is sent twice makes one election.

-- +goose Up
ALTER TABLE elections ADD COLUMN form_key TEXT CHECK (length(form_key) BETWEEN 20 AND 64);
CREATE UNIQUE INDEX elections_form_key ON elections (form_key) WHERE form_key IS NOT NULL;

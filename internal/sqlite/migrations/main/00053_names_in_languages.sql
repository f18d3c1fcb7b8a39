-- What elections, constituencies and participants are called in other languages: a JSON object of names by language, '' for
-- none. They are fixed with the names that they translate.

-- +goose Up
ALTER TABLE elections ADD COLUMN names TEXT NOT NULL DEFAULT '' CHECK (names = '' OR names LIKE '{%}');
ALTER TABLE constituencies ADD COLUMN names TEXT NOT NULL DEFAULT '' CHECK (names = '' OR names LIKE '{%}');
ALTER TABLE participants ADD COLUMN names TEXT NOT NULL DEFAULT '' CHECK (names = '' OR names LIKE '{%}');

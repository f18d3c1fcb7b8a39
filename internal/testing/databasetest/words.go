package databasetest

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"urna/internal/database"
	server "urna/internal/testing/postgres"
)

// words are functions of SQLite that statements of tests use.
const words = `
CREATE FUNCTION randomblob(n int) RETURNS bytea LANGUAGE sql VOLATILE AS $$
	SELECT substring(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) FROM 1 FOR n) $$;
CREATE FUNCTION zeroblob(n int) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$ SELECT decode(repeat('00', n), 'hex') $$;
CREATE FUNCTION hex(b bytea) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT upper(encode(b, 'hex')) $$;
CREATE FUNCTION unhex(t text) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$ SELECT decode(t, 'hex') $$;
CREATE FUNCTION group_concat_step(text, text, text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT coalesce($1 || $3, '') || $2 $$;
CREATE AGGREGATE group_concat(text, text) (sfunc = group_concat_step, stype = text);
CREATE FUNCTION min_step(bytea, bytea) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$ SELECT least($1, $2) $$;
CREATE AGGREGATE min(bytea) (sfunc = min_step, stype = bytea);
CREATE FUNCTION json_field(t text, field text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN field LIKE '$%' THEN jsonb_path_query_first(t::jsonb, field::jsonpath) #>> '{}' ELSE t::jsonb ->> field END $$;
CREATE OPERATOR ->> (LEFTARG = text, RIGHTARG = text, FUNCTION = json_field);
CREATE FUNCTION json_extract(t text, path text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT t::json ->> substring(path FROM 3) $$;`

func addWords(ctx context.Context, db *database.DB) error {
	return db.Write(ctx, func(tx *database.Tx) error {
		_, err := tx.SQL().ExecContext(ctx, words)
		return err
	})
}

// DropTrigger returns the statement that drops a trigger of the schema.
func DropTrigger(name string) string {
	if server.Wanted() {
		return "DROP FUNCTION " + name + "() CASCADE"
	}
	return "DROP TRIGGER " + name
}

// Trigger returns the statement that makes a trigger: at an event, such as "BEFORE INSERT ON ballots", it executes do for
// each row that the condition when holds for. Refuse is an act for it.
func Trigger(name, event, when, do string) string {
	if !server.Wanted() {
		return fmt.Sprintf("CREATE TRIGGER %s %s WHEN %s BEGIN %s; END", name, event, when, do)
	}
	return fmt.Sprintf("CREATE FUNCTION %[1]s() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF (%[3]s) THEN %[4]s; END IF; RETURN NEW; END $$; "+
		"CREATE TRIGGER %[1]s %[2]s FOR EACH ROW EXECUTE FUNCTION %[1]s()", name, event, when, do)
}

// Refuse is the act of a trigger that refuses the change with a sentence.
func Refuse(sentence string) string {
	if server.Wanted() {
		return "RAISE EXCEPTION '" + sentence + "'"
	}
	return "SELECT raise(ABORT, '" + sentence + "')"
}

// Violates reports whether an error is that of a statement which a constraint of the schema refuses.
func Violates(err error) bool {
	if failure, ok := errors.AsType[*pgconn.PgError](err); ok {
		const integrityConstraintViolation = "23"
		return strings.HasPrefix(failure.Code, integrityConstraintViolation)
	}
	return err != nil && strings.Contains(err.Error(), "constraint failed")
}

// Replacing returns a statement that may begin with INSERT OR REPLACE or UPDATE OR REPLACE without these words on PostgreSQL, which
// has no such act: on SQLite it deletes a row in the way without a trigger for that.
func Replacing(statement string) string {
	if server.Wanted() {
		return strings.Replace(statement, " OR REPLACE", "", 1)
	}
	return statement
}

// Triggers returns what the triggers stand before whose names begin with the prefix, such as "INSERT ON ballots".
func Triggers(ctx context.Context, tx *database.Tx, prefix string) (before []string, err error) {
	query := `SELECT substr(sql, instr(sql, ' BEFORE ') + 8) FROM sqlite_schema WHERE type = 'trigger' AND name LIKE $1 || '%'`
	if server.Wanted() {
		query = `SELECT event_manipulation || ' ON ' || event_object_table FROM information_schema.triggers
			WHERE trigger_schema = current_schema() AND trigger_name LIKE $1 || '%'`
	}
	rows, err := tx.SQL().QueryContext(ctx, query, prefix)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		before = append(before, strings.Join(strings.Fields(text)[:3], " ")) // INSERT ON ballots
	}
	return before, rows.Err()
}

// ReplaceBytes is an expression for a column of bytes, which are a text, with another text in place of one.
func ReplaceBytes(column, from, to string) string {
	if server.Wanted() {
		return fmt.Sprintf("convert_to(replace(convert_from(%s, 'UTF8'), '%s', '%s'), 'UTF8')", column, from, to)
	}
	return fmt.Sprintf("CAST(replace(CAST(%s AS TEXT), '%s', '%s') AS BLOB)", column, from, to)
}

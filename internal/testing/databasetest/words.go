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

package mirror

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"urna/results"
)

// DefaultSchema is the PostgreSQL schema of the tables.
const DefaultSchema = "urna"

// schemaName is the form of names of schemas that need no quotes.
var schemaName = regexp.MustCompile(`^[a-z_][a-z0-9_]{0,62}$`)

// CheckSchema refuses a name of a schema that would need quotes, or that PostgreSQL keeps for itself.
func CheckSchema(name string) error {
	if !schemaName.MatchString(name) || strings.HasPrefix(name, "pg_") {
		return fmt.Errorf("%q cannot be the name of the schema: use at most 63 small letters, digits and _, not beginning with a digit or pg_", name)
	}
	return nil
}

// rowsOfStatement bounds how many rows one INSERT has.
const rowsOfStatement = 500

// WriteScript writes a script for psql that copies the election into a schema, which CheckSchema has accepted, in one
// transaction. If the schema has the copy of another data folder, or knows a later state of the audit log, the script
// changes nothing.
func WriteScript(w io.Writer, c *results.Copy, schema string) error {
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "-- A copy of election %d for PostgreSQL, made by urna results.\n", c.Election.ID)
	_, _ = out.WriteString("\\set ON_ERROR_STOP on\nBEGIN;\n" + prepare(c, schema) + refuse(c, schema)) // Flush returns the first error
	replace(c, schema, func(statement string) { _, _ = out.WriteString(statement) })
	_, _ = out.WriteString("COMMIT;\n")
	return out.Flush()
}

// prepare returns statements that wait for other copies into the schema, and make its tables if there are none. Within the
// transaction a backslash in a text is a backslash.
func prepare(c *results.Copy, schema string) string {
	return "SET LOCAL client_encoding = 'UTF8';\nSET LOCAL standard_conforming_strings = on;\nSET LOCAL client_min_messages = warning;\n" +
		"SELECT pg_advisory_xact_lock(hashtext(" + literal("urna results "+schema) + "));\n" +
		"DO $urna$ BEGIN\nIF to_regclass(" + literal(schema+own) + ") IS NOT NULL THEN\nRAISE EXCEPTION '%', " +
		literal((&OwnSchemaError{schema}).Error()) + ";\nEND IF;\nIF to_regnamespace(" + literal(schema) + ") IS NULL THEN\nCREATE SCHEMA " + schema + ";\nEND IF;\n" +
		"IF to_regclass(" + literal(schema+".source") + ") IS NULL THEN\nSET LOCAL search_path TO " + schema + ";\n" + definition() +
		"END IF;\nEND $urna$;\nSET LOCAL search_path TO " + schema + ";\n" +
		"INSERT INTO source (id, format, log) VALUES (1, " + literal(Format) + ", " + literal(c.Log) + ") ON CONFLICT (id) DO NOTHING;\n"
}

// refuse returns the checks that a script makes by itself.
func refuse(c *results.Copy, schema string) string {
	events, head := cell(c.Audit.Events), literal(c.Audit.Hash)
	check := func(condition, sentence string) string {
		return "IF EXISTS (" + condition + ") THEN\nRAISE EXCEPTION '%', " + literal(sentence) + ";\nEND IF;\n"
	}
	return "DO $urna$ BEGIN\n" +
		check("SELECT 1 FROM source WHERE format <> "+literal(Format), (&FormatError{Schema: schema}).Error()) +
		check("SELECT 1 FROM source WHERE log <> "+literal(c.Log), (&OtherFolderError{Schema: schema}).Error()) +
		check("SELECT 1 FROM audit_heads WHERE events > "+events+" OR events = "+events+" AND head <> "+head, (&LogError{Schema: schema}).Error()) +
		"END $urna$;\n"
}

// replace calls add with statements that replace the rows of the election.
func replace(c *results.Copy, _ string, add func(statement string)) {
	tables, rows := Tables(), RowsOf(c)
	for _, t := range slices.Backward(tables) {
		if t.Parent != "" {
			add(fmt.Sprintf("DELETE FROM %s WHERE election_id = %d;\n", t.Name, c.Election.ID))
		}
	}
	for _, t := range tables {
		names := make([]string, len(t.Columns))
		for i, column := range t.Columns {
			names[i] = column.Name
		}
		for chunk := range slices.Chunk(rows[t.Name], rowsOfStatement) {
			var b strings.Builder
			fmt.Fprintf(&b, "INSERT INTO %s (%s) VALUES", t.Name, strings.Join(names, ", "))
			for i, row := range chunk {
				cells := make([]string, len(row))
				for k := range row {
					cells[k] = cell(row[k])
				}
				if i > 0 {
					b.WriteByte(',')
				}
				b.WriteString("\n(" + strings.Join(cells, ", ") + ")")
			}
			add(b.String() + onConflict(t) + ";\n")
		}
	}
}

// onConflict says what happens to a row that is there already. The time of the last change stays while the figures do.
func onConflict(t Table) string {
	switch t.Name {
	case "audit_heads":
		return "\nON CONFLICT (events) DO NOTHING"
	case "elections":
		var set []string
		for _, c := range t.Columns[1:] {
			if c.Name != "as_of" {
				set = append(set, fmt.Sprintf("%[1]s = excluded.%[1]s", c.Name))
			}
		}
		set = append(set, "as_of = CASE WHEN elections.figures = excluded.figures THEN elections.as_of ELSE excluded.as_of END")
		return "\nON CONFLICT (election_id) DO UPDATE SET " + strings.Join(set, ", ")
	default:
		return ""
	}
}

// literal returns a text as SQL reads it with standard_conforming_strings.
func literal(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

// cell returns a value as SQL reads it.
func cell(value any) string {
	switch v := value.(type) {
	case nil:
		return "NULL"
	case string:
		return literal(v)
	case int:
		return strconv.Itoa(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case bool:
		return strconv.FormatBool(v)
	case json.Number:
		return v.String()
	case time.Time:
		return literal(v.UTC().Format(time.RFC3339Nano))
	default:
		panic(fmt.Sprintf("mirror: a value of the type %T", value)) // RowsOf makes no other
	}
}

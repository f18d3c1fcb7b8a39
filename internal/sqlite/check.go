package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"

	"urna/internal/database"
)

// Check asks SQLite for damage and for rows without what they refer to, compares the schema with that of the migrations,
// and evaluates the CHECK constraints of the tables that are as the migrations make them. It is for a database that is open for reading.
func (e *engine) Check(ctx context.Context, on database.Querier) (faults []database.Fault, err error) {
	if err := e.checkPages(ctx, on, &faults); err != nil {
		return nil, fmt.Errorf("sqlite: check the pages: %w", err)
	}
	if err := checkReferences(ctx, on, &faults); err != nil {
		return nil, fmt.Errorf("sqlite: check the references: %w", err)
	}
	if err := e.checkObjects(ctx, on, &faults); err != nil {
		return nil, fmt.Errorf("sqlite: check the schema: %w", err)
	}
	return faults, nil
}

func (*engine) checkPages(ctx context.Context, on database.Querier, faults *[]database.Fault) error {
	rows, err := on.QueryContext(ctx, `PRAGMA integrity_check`) // a hundred at most
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var said string
		if err := rows.Scan(&said); err != nil {
			return err
		}
		if said != "ok" {
			*faults = append(*faults, database.Fault{Sentence: "the database is damaged: " + said})
		}
	}
	return rows.Err()
}

func checkReferences(ctx context.Context, on database.Querier, faults *[]database.Fault) error {
	rows, err := on.QueryContext(ctx, `SELECT "table", "parent", count(*) FROM pragma_foreign_key_check GROUP BY 1, 2`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var table, parent string
		var n int64
		if err := rows.Scan(&table, &parent, &n); err != nil {
			return err
		}
		*faults = append(*faults, database.Fault{Table: table, Sentence: fmt.Sprintf("%s: rows refer to rows of %s that do not exist", table, parent)})
	}
	return rows.Err()
}

// checkObjects compares tables, indexes, views and triggers with those that the migrations make.
func (e *engine) checkObjects(ctx context.Context, on database.Querier, faults *[]database.Fault) (err error) {
	fresh := sql.OpenDB(connector{name: ":memory:"})
	fresh.SetMaxOpenConns(1) // each connection has a database of its own
	defer func() { err = errors.Join(err, fresh.Close()) }()
	if err := createSchema(ctx, fresh, e.schema); err != nil {
		return err
	}
	want, err := objects(ctx, fresh)
	if err != nil {
		return err
	}
	got, err := objects(ctx, on)
	if err != nil {
		return err
	}
	whole := map[string]object{}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		o := want[name]
		switch found, there := got[name]; {
		case !there:
			*faults = append(*faults, database.Fault{Table: o.table, Sentence: fmt.Sprintf("the %s is missing", name)})
		case found != o:
			*faults = append(*faults, database.Fault{Table: o.table, Sentence: fmt.Sprintf("the %s was altered", name)})
		default:
			whole[name] = o
		}
		delete(got, name)
	}
	for _, name := range slices.Sorted(maps.Keys(got)) {
		*faults = append(*faults, database.Fault{Table: got[name].table, Sentence: fmt.Sprintf("the %s is none of Urna's", name)})
	}
	return checkConstraints(ctx, on, whole, faults)
}

// object is a table, index, view or trigger.
type object struct{ table, statement string }

// objects returns what a schema has, by kind and name.
func objects(ctx context.Context, on querier) (found map[string]object, err error) {
	rows, err := on.QueryContext(ctx, `SELECT type || ' ' || name, tbl_name, sql FROM sqlite_schema
		WHERE name NOT LIKE 'sqlite\_%' ESCAPE '\' AND tbl_name <> 'goose_db_version'`)
	if err != nil {
		return nil, err
	}
	defer func() { err = cmp.Or(err, rows.Close()) }()
	found = map[string]object{}
	for rows.Next() {
		var name string
		var o object
		if err := rows.Scan(&name, &o.table, &o.statement); err != nil {
			return nil, err
		}
		found[name] = o
	}
	return found, rows.Err()
}

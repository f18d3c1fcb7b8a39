package postgres

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"urna/internal/database"
)

// Check compares tables, constraints, indexes, views and triggers with those of a schema that is made beside it and
// not kept. Rows that contradict constraints, and damaged pages, are PostgreSQL's own to find (pg_amcheck).
func (e *engine) Check(ctx context.Context, on database.Querier) (faults []database.Fault, err error) {
	got, err := objects(ctx, on, schemaName(e.schema))
	if err != nil {
		return nil, fmt.Errorf("postgres: check the schema: %w", err)
	}
	want, err := e.fresh(ctx)
	if err != nil {
		return nil, fmt.Errorf("postgres: check the schema: %w", err)
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		o := want[name]
		switch found, there := got[name]; {
		case !there:
			faults = append(faults, database.Fault{Table: o.table, Sentence: fmt.Sprintf("the %s is missing", name)})
		case found != o:
			faults = append(faults, database.Fault{Table: o.table, Sentence: fmt.Sprintf("the %s was altered", name)})
		}
		delete(got, name)
	}
	for _, name := range slices.Sorted(maps.Keys(got)) {
		faults = append(faults, database.Fault{Table: got[name].table, Sentence: fmt.Sprintf("the %s is none of Urna's", name)})
	}
	return faults[:min(len(faults), mostFaults)], nil
}

const mostFaults = 100

// scratch is the schema that is made for a comparison and rolled back.
const scratch = "urna_check"

// fresh returns the objects of the schema as its script makes them.
func (e *engine) fresh(ctx context.Context) (all map[string]object, err error) {
	pool, err := e.writer.DB()
	if err != nil {
		return nil, err
	}
	tx, err := pool.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, tx.Rollback()) }()
	if _, err := tx.ExecContext(ctx, "CREATE SCHEMA "+scratch+"; SET LOCAL search_path = "+scratch+";\n"+e.design.whole); err != nil {
		return nil, err
	}
	return objects(ctx, tx, scratch)
}

// object is a table, constraint, index, view or trigger.
type object struct{ table, definition string }

// objects returns what a schema has, by kind and name. The triggers that remember changed rows, and the table of the
// version, are not of the script.
func objects(ctx context.Context, on database.Querier, schema string) (all map[string]object, err error) {
	rows, err := on.QueryContext(ctx, `WITH here AS (SELECT c.oid, c.relname::text AS name, c.relkind FROM pg_class c
			WHERE c.relnamespace = $1::regnamespace AND c.relname <> 'schema_version')
		SELECT 'table ' || h.name, h.name, string_agg(format('%s %s %s %s %s %s %s %s', a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, l.collname,
			pg_get_expr(d.adbin, d.adrelid), a.attidentity, a.attstorage, a.attstattarget), ', ' ORDER BY a.attnum)
			FROM here h JOIN pg_attribute a ON a.attrelid = h.oid AND a.attnum > 0 AND NOT a.attisdropped
			LEFT JOIN pg_attrdef d ON d.adrelid = h.oid AND d.adnum = a.attnum LEFT JOIN pg_collation l ON l.oid = a.attcollation
			WHERE h.relkind = 'r' GROUP BY h.name
		UNION ALL SELECT 'constraint ' || c.conname || ' of ' || h.name, h.name, pg_get_constraintdef(c.oid, true) FROM here h JOIN pg_constraint c ON c.conrelid = h.oid
		UNION ALL SELECT 'index ' || h.name, t.relname::text, pg_get_indexdef(h.oid, 0, true) FROM here h JOIN pg_index i ON i.indexrelid = h.oid
			JOIN pg_class t ON t.oid = i.indrelid WHERE h.relkind = 'i' AND t.relname <> 'schema_version'
		UNION ALL SELECT 'view ' || h.name, h.name, pg_get_viewdef(h.oid, true) FROM here h WHERE h.relkind = 'v'
		UNION ALL SELECT 'trigger ' || t.tgname, h.name, pg_get_triggerdef(t.oid, true) || t.tgenabled::text || p.prosrc FROM here h
			JOIN pg_trigger t ON t.tgrelid = h.oid AND NOT t.tgisinternal JOIN pg_proc p ON p.oid = t.tgfoid WHERE t.tgname NOT LIKE 'touched\_%'`, schema)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	all = map[string]object{}
	for rows.Next() {
		var name string
		var o object
		if err := rows.Scan(&name, &o.table, &o.definition); err != nil {
			return nil, err
		}
		all[name] = o
	}
	return all, rows.Err()
}

package postgres

import (
	"cmp"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"urna/internal/database"
)

// schemas holds SCHEMA.sql, which makes a schema as a whole, and in SCHEMA the steps that upgrade an earlier version, as
// NUMBER_NAME.sql with the numbers of SQLite's migrations.
//
//go:embed schema
var schemas embed.FS

// baselines are the oldest versions that can be upgraded: those of the first release with PostgreSQL.
//
//nolint:gochecknoglobals // a constant
var baselines = map[database.Schema]int64{database.Main: 55, database.Sessions: 3}

// design is a schema as this program has it.
type design struct {
	schema   database.Schema
	whole    string // makes it in an empty database
	version  int64
	baseline int64
	steps    []step // those after the baseline, in their order
}

// step upgrades a schema to its version from the one before.
type step struct {
	version      int64
	name, script string
}

// designs are the designs of this program.
//
//nolint:gochecknoglobals // constants of the program
var designs = sync.OnceValues(func() (all map[database.Schema]*design, err error) {
	all = map[database.Schema]*design{}
	for _, schema := range []database.Schema{database.Main, database.Sessions} {
		if all[schema], err = newDesign(schemas, "schema", schema, baselines[schema]); err != nil {
			return nil, fmt.Errorf("postgres: schema %s: %w", schema, err)
		}
	}
	return all, nil
})

var (
	versionLine = regexp.MustCompile(`^-- The schema "\w+", version (\d+)\.`)
	stepName    = regexp.MustCompile(`^(\d{5})_\w+\.sql$`)
)

// newDesign reads a design from a folder. The last step leads to the version of the whole.
func newDesign(files fs.FS, folder string, schema database.Schema, baseline int64) (*design, error) {
	whole, err := fs.ReadFile(files, path.Join(folder, string(schema)+".sql"))
	if err != nil {
		return nil, err
	}
	d := &design{schema: schema, whole: string(whole), baseline: baseline}
	found := versionLine.FindStringSubmatch(d.whole)
	if found == nil {
		return nil, errors.New("the script has no version")
	}
	if d.version, err = strconv.ParseInt(found[1], 10, 64); err != nil {
		return nil, err
	}
	folder = path.Join(folder, string(schema))
	entries, err := fs.ReadDir(files, folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, entry := range entries {
		number := stepName.FindStringSubmatch(entry.Name())
		if number == nil {
			return nil, fmt.Errorf("the step %s has another name than NUMBER_NAME.sql", entry.Name())
		}
		version, err := strconv.ParseInt(number[1], 10, 64)
		if err != nil {
			return nil, err
		}
		script, err := fs.ReadFile(files, path.Join(folder, entry.Name()))
		if err != nil {
			return nil, err
		}
		d.steps = append(d.steps, step{version, strings.TrimSuffix(entry.Name(), ".sql"), string(script)})
	}
	slices.SortFunc(d.steps, func(a, b step) int { return cmp.Compare(a.version, b.version) })
	last := baseline
	if n := len(d.steps); n > 0 {
		last = d.steps[n-1].version
	}
	if last != d.version {
		return nil, fmt.Errorf("the steps lead to version %d, and the schema has version %d", last, d.version)
	}
	return d, nil
}

// Script returns all SQL that makes schemas, for tests that keep a database with them.
func Script() string {
	all, err := designs()
	if err != nil {
		return ""
	}
	return all[database.Main].whole + all[database.Sessions].whole
}

package sqlite

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"gorm.io/gorm"

	"urna/internal/database"
)

// OlderSchemaError is returned by OpenForReading for a database that lacks migrations of this program.
type OlderSchemaError struct {
	Path  string
	Found int64 // the database's schema version
	Known int64 // the newest that this program knows
}

// Error names both versions.
func (e *OlderSchemaError) Error() string {
	return fmt.Sprintf("%s has schema version %d, and this program reads version %d", e.Path, e.Found, e.Known)
}

// OpenForReading opens a file that this program must not change: no migration, no write, no file beside it. Write
// refuses. Temporary tables may be made in a transaction of Read; they are kept outside the folder.
//
// A closed file is one that no program has open and that has no log beside it. It is read without locks, so that it
// can be on a read-only medium; a program that writes it meanwhile makes the answers wrong. Another file is read beside
// the programs that write it, through the log and the index beside it. Errors: OlderSchemaError, NewerSchemaError.
func OpenForReading(ctx context.Context, path string, schema database.Schema, closed bool) (*database.DB, error) {
	known, err := load(schema)
	if err != nil {
		return nil, fmt.Errorf("sqlite: %w", err)
	}
	settings := url.Values{"mode": {"ro"}}
	if closed {
		settings.Set("immutable", "1")
	}
	reader, err := connect(path, settings, "deferred", nil, 4)
	if err != nil {
		return nil, fmt.Errorf("sqlite: open %s for reading: %w", path, err)
	}
	s, err := readPoolSchema(ctx, reader, path, known)
	if err == nil && len(s.pending) > 0 {
		err = &OlderSchemaError{Path: path, Found: s.version, Known: known[len(known)-1].version}
	}
	if err != nil {
		return nil, errors.Join(err, closePool(reader))
	}
	return database.New(&engine{path: path, schema: schema, writer: reader, closed: closed}, reader, reader)
}

func readPoolSchema(ctx context.Context, g *gorm.DB, path string, known []migration) (s state, err error) {
	pool, err := g.DB()
	if err != nil {
		return s, err
	}
	return readSchema(ctx, pool, path, known)
}

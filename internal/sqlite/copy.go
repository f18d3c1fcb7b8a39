package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"

	"urna/internal/database"
)

// Copy is DB.Copy. VACUUM INTO writes the rows of one snapshot in the order of their keys, so that the copy has neither
// free pages nor an order of insertion. The reading connection is the copy's own.
func (e *engine) Copy(ctx context.Context, path string, read func(database.Querier) error) (schema int64, err error) {
	settings := url.Values{"mode": {"ro"}, "_cache_size": {"-8192"}}
	if e.closed {
		settings.Set("immutable", "1")
	}
	if e.vfs != "" {
		settings.Set("vfs", e.vfs)
	}
	source, err := connect(e.path, settings, "deferred", nil, 1)
	if err != nil {
		return 0, fmt.Errorf("sqlite: open %s for copying: %w", e.path, err)
	}
	pool, err := source.DB()
	if err != nil {
		return 0, fmt.Errorf("sqlite: copy: %w", err)
	}
	err = vacuumInto(ctx, pool, path)
	if err = errors.Join(err, pool.Close()); err != nil {
		return 0, e.Explain(fmt.Errorf("sqlite: copy the database: %w", err))
	}
	return e.readCopy(ctx, path, read)
}

// vacuumInto fills the empty file at path and syncs it.
func vacuumInto(ctx context.Context, pool *sql.DB, path string) error {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	_, err = pool.ExecContext(ctx, `VACUUM INTO ?`, path)
	return errors.Join(err, file.Sync(), file.Close())
}

// readCopy looks for damage in a copy and lets read read it.
func (e *engine) readCopy(ctx context.Context, path string, read func(database.Querier) error) (schema int64, err error) {
	copied, err := connect(path, url.Values{"mode": {"ro"}, "immutable": {"1"}, "_cache_size": {"-8192"}}, "deferred", nil, 1)
	if err != nil {
		return 0, fmt.Errorf("sqlite: open the copy: %w", err)
	}
	pool, err := copied.DB()
	if err != nil {
		return 0, fmt.Errorf("sqlite: open the copy: %w", err)
	}
	defer func() { err = errors.Join(err, pool.Close()) }()
	var said string
	if err := pool.QueryRowContext(ctx, `PRAGMA quick_check(1)`).Scan(&said); err != nil {
		return 0, fmt.Errorf("sqlite: check the copy: %w", err)
	}
	if said != "ok" {
		return 0, fmt.Errorf("sqlite: the copy is damaged: %s", said)
	}
	versions, err := appliedVersions(ctx, pool)
	if err != nil {
		return 0, fmt.Errorf("sqlite: read the copy's schema: %w", err)
	}
	for _, version := range versions {
		schema = max(schema, version)
	}
	return schema, read(pool)
}

package filestore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"

	"urna/internal/database"
)

// insertFile inserts a name, and reports whether it is new.
func insertFile(ctx context.Context, tx *database.Tx, folder, name, content string, size int64) (fresh bool, err error) {
	const insert = `INSERT INTO stored_files (folder, name, content_id, bytes) VALUES ($1, $2, $3, $4) ON CONFLICT (folder, name) DO NOTHING`
	done, err := tx.SQL().ExecContext(ctx, insert, folder, name, content, size)
	if err != nil {
		return false, fmt.Errorf("filestore: store a name: %w", err)
	}
	n, err := done.RowsAffected()
	return n == 1, err
}

func insertPart(ctx context.Context, tx *database.Tx, content string, number int64, bytes []byte) error {
	const insert = `INSERT INTO stored_parts (content_id, part, content) VALUES ($1, $2, $3)`
	if _, err := tx.SQL().ExecContext(ctx, insert, content, number, bytes); err != nil {
		return fmt.Errorf("filestore: store a part: %w", err)
	}
	return nil
}

// findFile returns the content and size of a file, or fs.ErrNotExist.
func findFile(ctx context.Context, on database.Querier, folder, name string) (content string, size int64, err error) {
	const query = `SELECT content_id, bytes FROM stored_files WHERE folder = $1 AND name = $2`
	err = on.QueryRowContext(ctx, query, folder, name).Scan(&content, &size)
	if errors.Is(err, sql.ErrNoRows) {
		return "", 0, &fs.PathError{Op: "open", Path: folder + "/" + name, Err: fs.ErrNotExist}
	}
	if err != nil {
		return "", 0, fmt.Errorf("filestore: find a file: %w", err)
	}
	return content, size, nil
}

func readPart(ctx context.Context, on database.Querier, content string, number int64) (bytes []byte, err error) {
	err = on.QueryRowContext(ctx, `SELECT content FROM stored_parts WHERE content_id = $1 AND part = $2`, content, number).Scan(&bytes)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, errPart
	}
	if err != nil {
		return nil, fmt.Errorf("filestore: read a part: %w", err)
	}
	return bytes, nil
}

// deleteFile deletes a name, and the content with its last one.
func deleteFile(ctx context.Context, tx *database.Tx, folder, name string) error {
	content, _, err := findFile(ctx, tx.SQL(), folder, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if _, err := tx.SQL().ExecContext(ctx, `DELETE FROM stored_files WHERE folder = $1 AND name = $2`, folder, name); err != nil {
		return fmt.Errorf("filestore: delete a name: %w", err)
	}
	var named bool
	err = tx.SQL().QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM stored_files WHERE content_id = $1)`, content).Scan(&named)
	if err != nil {
		return fmt.Errorf("filestore: delete a name: %w", err)
	}
	if named {
		return nil
	}
	return deleteParts(ctx, tx, content)
}

func deleteParts(ctx context.Context, tx *database.Tx, content string) error {
	if _, err := tx.SQL().ExecContext(ctx, `DELETE FROM stored_parts WHERE content_id = $1`, content); err != nil {
		return fmt.Errorf("filestore: delete a file: %w", err)
	}
	return nil
}

func listFiles(ctx context.Context, on database.Querier, folder string) ([]string, error) {
	rows, err := on.QueryContext(ctx, `SELECT name FROM stored_files WHERE folder = $1 ORDER BY name`, folder)
	return texts(rows, err)
}

// listNameless returns the contents that have no name.
func listNameless(ctx context.Context, on database.Querier) ([]string, error) {
	rows, err := on.QueryContext(ctx, `SELECT DISTINCT content_id FROM stored_parts p
		WHERE NOT EXISTS (SELECT 1 FROM stored_files f WHERE f.content_id = p.content_id)`)
	return texts(rows, err)
}

// texts reads a column of texts to its end.
func texts(rows *sql.Rows, err error) (all []string, _ error) {
	if err != nil {
		return nil, fmt.Errorf("filestore: list files: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var one string
		if err := rows.Scan(&one); err != nil {
			return nil, fmt.Errorf("filestore: list files: %w", err)
		}
		all = append(all, one)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("filestore: list files: %w", err)
	}
	return all, nil
}

package filestore

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"os"
	"path/filepath"

	"urna/internal/database"
)

// partBytes is the size of all parts of a file but the last one.
const partBytes = 1 << 20

// Database keeps files in the database. A file's parts are stored first, each in a transaction of its own, so that no large
// file holds the write lock; then its name. The transaction that refers to the file comes after.
type Database struct {
	db     *database.DB
	on     database.Querier // for reading
	folder string
}

// InDatabase returns the store of the files of a folder, which is a name in the database.
func InDatabase(db *database.DB, folder string) *Database {
	return &Database{db: db, on: db.Pool(), folder: folder}
}

// Within returns the store as a transaction sees it. Only its methods that read are called.
func (d *Database) Within(tx *database.Tx) *Database {
	return &Database{db: d.db, on: tx.SQL(), folder: d.folder}
}

// Keep stores the file.
func (d *Database) Keep(ctx context.Context, path string, file *os.File, name string) error {
	content := rand.Text()
	size, err := eachPart(file, func(n int64, part []byte) error {
		return d.db.Write(ctx, func(tx *database.Tx) error { return insertPart(ctx, tx, content, n, part) })
	})
	named := false
	if err == nil {
		err = d.db.Write(ctx, func(tx *database.Tx) (err error) {
			named, err = insertFile(ctx, tx, d.folder, name, content, size)
			return err
		})
	}
	if !named && !errors.Is(err, database.ErrUnknownOutcome) { // Clear removes what this cannot
		err = errors.Join(err, d.removeParts(context.WithoutCancel(ctx), content))
	}
	if err != nil {
		return err
	}
	return os.Remove(path)
}

// KeepWithin is Keep in a transaction that writes, for a file that stays where it is.
func (d *Database) KeepWithin(ctx context.Context, tx *database.Tx, file io.ReaderAt, name string) error {
	content := rand.Text()
	size, err := eachPart(file, func(n int64, part []byte) error { return insertPart(ctx, tx, content, n, part) })
	if err != nil {
		return err
	}
	named, err := insertFile(ctx, tx, d.folder, name, content, size)
	if err == nil && !named {
		err = deleteParts(ctx, tx, content)
	}
	return err
}

// eachPart calls store with the parts of a file, and returns its size.
func eachPart(file io.ReaderAt, store func(number int64, part []byte) error) (size int64, err error) {
	part := make([]byte, partBytes)
	for n := int64(0); ; n++ {
		got, err := file.ReadAt(part, size)
		last := errors.Is(err, io.EOF)
		if err != nil && !last {
			return size, err
		}
		if got > 0 {
			if err := store(n, part[:got]); err != nil {
				return size, err
			}
		}
		if size += int64(got); last {
			return size, nil
		}
	}
}

// Export writes a file of the database to a path where no file is. The file gets its name once it is whole.
func (d *Database) Export(ctx context.Context, name, path string) (err error) {
	from, err := d.Open(ctx, name)
	if err != nil {
		return err
	}
	draft, err := os.CreateTemp(filepath.Dir(path), "draft-*")
	if err == nil {
		_, err = io.Copy(draft, from)
		err = errors.Join(err, draft.Sync(), draft.Close())
		if err == nil {
			err = os.Rename(draft.Name(), path)
		}
		if err != nil {
			err = errors.Join(err, os.Remove(draft.Name()))
		}
	}
	return errors.Join(err, from.Close())
}

func (d *Database) removeParts(ctx context.Context, content string) error {
	return d.db.Write(ctx, func(tx *database.Tx) error { return deleteParts(ctx, tx, content) })
}

// Link gives the content a second name.
func (d *Database) Link(ctx context.Context, name, second string) error {
	return d.db.Write(ctx, func(tx *database.Tx) error {
		content, size, err := findFile(ctx, tx.SQL(), d.folder, name)
		if err == nil {
			_, err = insertFile(ctx, tx, d.folder, second, content, size)
		}
		return err
	})
}

// Open opens the file.
func (d *Database) Open(ctx context.Context, name string) (File, error) {
	content, size, err := findFile(ctx, d.on, d.folder, name)
	if err != nil {
		return nil, err
	}
	return &partsFile{ctx: ctx, on: d.on, content: content, size: size, have: -1}, nil
}

// Names returns the names of the folder.
func (d *Database) Names(ctx context.Context) ([]string, error) {
	return listFiles(ctx, d.on, d.folder)
}

// Remove removes the name.
func (d *Database) Remove(ctx context.Context, name string) error {
	return d.db.Write(ctx, func(tx *database.Tx) error { return deleteFile(ctx, tx, d.folder, name) })
}

// Clear removes the files of the folder whose names keep does not have, and parts that killed processes left, of all
// folders. It is called while no process stores files. A file that no row refers to was never accepted: both are in the
// same database.
func (d *Database) Clear(ctx context.Context, keep map[string]bool) error {
	names, err := d.Names(ctx)
	if err != nil {
		return err
	}
	for _, name := range names {
		if keep[name] {
			continue
		}
		if err := d.Remove(ctx, name); err != nil {
			return err
		}
	}
	contents, err := listNameless(ctx, d.on)
	if err != nil {
		return err
	}
	for _, content := range contents {
		if err := d.removeParts(ctx, content); err != nil {
			return err
		}
	}
	return nil
}

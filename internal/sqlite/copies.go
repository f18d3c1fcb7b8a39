package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"urna/internal/database"
)

// missing reports whether a database file does not exist yet, or is still empty.
func missing(path string) (bool, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("sqlite: %w", err)
	}
	return info.Size() == 0, nil
}

// The name of a copy: urna.schema-16.before-19.db is urna.db with schema version 16, made before its migration to
// version 19. A copy that is being written has partSuffix too.
const (
	copyFrom   = ".schema-"
	copyTo     = ".before-"
	partSuffix = ".part"
)

func copyName(path string, from, to int64) string {
	extension := filepath.Ext(path)
	return fmt.Sprintf("%s%s%d%s%d%s", strings.TrimSuffix(path, extension), copyFrom, from, copyTo, to, extension)
}

// copiesOf returns the paths of the copies beside a database, those that were broken off included.
func copiesOf(path string) ([]string, error) {
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	var found []string
	for _, entry := range entries {
		if _, ok := copyVersion(filepath.Base(path), entry.Name()); ok {
			found = append(found, filepath.Join(filepath.Dir(path), entry.Name()))
		}
	}
	return found, nil
}

// copyVersion returns the schema version of the copy with the name; false if it is no copy of the database.
func copyVersion(database, name string) (int64, bool) {
	extension := filepath.Ext(database)
	rest, ok := strings.CutPrefix(name, strings.TrimSuffix(database, extension)+copyFrom)
	if !ok {
		return 0, false
	}
	rest, ok = strings.CutSuffix(strings.TrimSuffix(rest, partSuffix), extension)
	from, to, cut := strings.Cut(rest, copyTo)
	version, err := strconv.ParseInt(from, 10, 64)
	_, err2 := strconv.ParseInt(to, 10, 64)
	return version, ok && cut && err == nil && err2 == nil
}

// keptFor returns the names of complete copies beside a database that a program with the newest version can open.
func keptFor(path string, newest int64) (names []string) {
	copies, err := copiesOf(path)
	if err != nil {
		return nil // it is only a hint
	}
	for _, c := range copies {
		if version, _ := copyVersion(filepath.Base(path), filepath.Base(c)); version <= newest && !strings.HasSuffix(c, partSuffix) {
			names = append(names, filepath.Base(c))
		}
	}
	return names
}

// keepCopy writes a consistent copy of the database beside it, for its owner only and synced, and returns its path.
func (e *engine) keepCopy(ctx context.Context, pool *sql.DB, from, to int64) (path string, err error) {
	if err := e.checkSpace(ctx, pool); err != nil {
		return "", err
	}
	path = copyName(e.path, from, to)
	part := path + partSuffix
	if err := os.Remove(part); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("keep a copy of the database: %w", err)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(part) // it may not exist; the next start removes it otherwise
			err = fmt.Errorf("keep a copy of the database before its upgrade; nothing was changed: %w", explain(err))
		}
	}()
	file, err := os.OpenFile(part, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600) // VACUUM fills an empty file
	if err != nil {
		return "", err
	}
	_, err = pool.ExecContext(ctx, `VACUUM INTO ?`, part)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return "", err
	}
	if err := os.Rename(part, path); err != nil {
		return "", err
	}
	return path, database.SyncFolder(filepath.Dir(path))
}

// checkSpace refuses a migration for which the disk is too full: the copy takes as much as the database, and tables
// that are rewritten can take as much again.
func (e *engine) checkSpace(ctx context.Context, pool *sql.DB) error {
	var pages, unused, size int64
	for pragma, value := range map[string]*int64{"page_count": &pages, "freelist_count": &unused, "page_size": &size} {
		if err := pool.QueryRowContext(ctx, "PRAGMA "+pragma).Scan(value); err != nil {
			return fmt.Errorf("read %s: %w", pragma, err)
		}
	}
	const margin = 1 << 20
	needed := 2*(pages-unused)*size + margin
	_, free, err := database.DiskSpace(filepath.Dir(e.path))
	if err != nil {
		return fmt.Errorf("ask for the free space of the disk: %w", err)
	}
	if free < needed {
		const mebibyte = 1 << 20
		return fmt.Errorf("the upgrade of %s needs %d MiB of free disk, for a copy of it and the work itself, and the disk has %d MiB: "+
			"make room and start again; nothing was changed", e.path, (needed+mebibyte-1)/mebibyte, free/mebibyte)
	}
	return nil
}

// reportCopy removes the copies of earlier migrations and says which copy there is now.
func (e *engine) reportCopy(kept string, from, to int64) error {
	slog.Info("the database was upgraded; a copy from before was kept", "copy", kept, "schema_before", from, "schema", to)
	copies, err := copiesOf(e.path)
	if err != nil {
		return fmt.Errorf("look for earlier copies: %w", err)
	}
	for _, c := range copies {
		if c == kept {
			continue
		}
		if err := os.Remove(c); err != nil {
			return fmt.Errorf("remove the copy of an earlier upgrade: %w", err)
		}
		slog.Info("the copy of an earlier upgrade was removed", "copy", c)
	}
	return database.SyncFolder(filepath.Dir(e.path))
}

// EraseCopies removes the copies that were kept beside the database before its migrations, and names copies that it
// cannot remove. It names them again at each call until ForgetCopies.
func (e *engine) EraseCopies(ctx context.Context, d *database.DB) (erased database.ErasedCopies, err error) {
	erased = database.ErasedCopies{Removed: []string{}, Unreachable: []string{}} // lists in the audit log, never null
	copies, err := copiesOf(e.path)
	if err != nil {
		return erased, fmt.Errorf("sqlite: look for copies: %w", err)
	}
	// Before the files are removed: the list then never names a file that is gone as one that was moved.
	if err := forgetFound(ctx, d, copies); err != nil {
		return erased, err
	}
	for _, c := range copies {
		name := filepath.Base(c)
		info, err := os.Lstat(c)
		if err == nil {
			err = os.Remove(c)
		}
		switch linked := err == nil && hasSecondName(info); {
		case err != nil:
			erased.Unreachable = append(erased.Unreachable, fmt.Sprintf("%s (could not be removed: %v)", name, errors.Unwrap(err)))
		case linked:
			erased.Removed = append(erased.Removed, name)
			erased.Unreachable = append(erased.Unreachable, name+" (has another name on this disk)")
		default:
			erased.Removed = append(erased.Removed, name)
		}
	}
	moved, err := movedCopies(ctx, d)
	if err != nil {
		return erased, err
	}
	for _, name := range moved {
		erased.Unreachable = append(erased.Unreachable, name+" (is no longer where it was made)")
	}
	others, err := e.lookAlikes()
	if err != nil {
		return erased, fmt.Errorf("sqlite: look for copies: %w", err)
	}
	erased.Unreachable = append(erased.Unreachable, others...)
	return erased, database.SyncFolder(filepath.Dir(e.path))
}

// hasSecondName reports whether a file can be read under another name too.
func hasSecondName(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && stat.Nlink > 1
}

// forgetFound takes copies that are still where they were made from the list of copies.
func forgetFound(ctx context.Context, d *database.DB, copies []string) error {
	err := d.Write(ctx, func(tx *database.Tx) error {
		for _, c := range copies {
			if _, err := tx.SQL().ExecContext(ctx, `DELETE FROM database_copies WHERE name = $1`, filepath.Base(c)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("sqlite: forget copies: %w", err)
	}
	return nil
}

// movedCopies returns the names of copies that were made here and are no longer here.
func movedCopies(ctx context.Context, d *database.DB) (names []string, err error) {
	err = d.Read(ctx, func(tx *database.Tx) error {
		return tx.Gorm().Raw(`SELECT name FROM database_copies ORDER BY name`).Scan(&names).Error
	})
	if err != nil {
		return nil, fmt.Errorf("sqlite: read the list of copies: %w", err)
	}
	return names, nil
}

// ForgetCopies empties the list of copies.
func (*engine) ForgetCopies(ctx context.Context, t *database.Tx) error {
	if _, err := t.SQL().ExecContext(ctx, `DELETE FROM database_copies`); err != nil {
		return fmt.Errorf("sqlite: forget copies: %w", err)
	}
	return nil
}

// lookAlikes returns the paths, within the database's folder, of files that are no part of the database and look like
// a copy of it: by their first bytes, or by a name such as urna.db.gz.
func (e *engine) lookAlikes() (found []string, err error) {
	base := filepath.Base(e.path)
	folder, err := filepath.EvalSymlinks(filepath.Dir(e.path)) // WalkDir does not follow a link
	if err != nil {
		return nil, err
	}
	own := e.ownFiles()
	err = filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist): // it went meanwhile
			return nil
		case errors.Is(err, fs.ErrPermission) && entry.IsDir(): // such as lost+found
			return fs.SkipDir
		case err != nil || !entry.Type().IsRegular():
			return err
		}
		info, err := entry.Info()
		if errors.Is(err, fs.ErrNotExist) { // it went meanwhile
			return nil
		}
		if err != nil {
			return err
		}
		_, kept := copyVersion(base, entry.Name())
		top := filepath.Dir(path) == folder
		// A file of an open database must not even be opened: closing it would end SQLite's locks.
		if slices.ContainsFunc(own, func(o fs.FileInfo) bool { return os.SameFile(o, info) }) ||
			top && (kept || strings.HasPrefix(entry.Name(), "sessions.")) {
			return nil
		}
		if strings.Contains(entry.Name(), base) || isDatabase(path) {
			relative, err := filepath.Rel(folder, path)
			found = append(found, relative)
			return err
		}
		return nil
	})
	return found, err
}

// ownFiles returns the files that the open database consists of.
func (e *engine) ownFiles() (own []fs.FileInfo) {
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if info, err := os.Stat(e.path + suffix); err == nil {
			own = append(own, info)
		}
	}
	return own
}

// isDatabase reports whether a file begins as one of SQLite's or as the log of one does.
func isDatabase(path string) bool {
	file, err := os.Open(path)
	if err != nil {
		return false
	}
	defer func() { _ = file.Close() }() // only read
	head := make([]byte, 16)
	n, _ := io.ReadFull(file, head)
	head = head[:n]
	return bytes.HasPrefix(head, []byte("SQLite format 3\x00")) ||
		bytes.HasPrefix(head, []byte{0x37, 0x7f, 0x06, 0x82}) || bytes.HasPrefix(head, []byte{0x37, 0x7f, 0x06, 0x83})
}

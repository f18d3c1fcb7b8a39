package batch

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"urna/internal/database"
)

// orphansFolder is the folder within the spool for files that the database does not know. Such a file was accepted with
// a database that was lost or replaced since, or its upload was cut in the moment before its acceptance.
const orphansFolder = "orphans"

// mostNamed bounds the names in a line of the log.
const mostNamed = 20

// sweep clears the spool of files that keep does not name. Files that were certainly not accepted, by their names, are
// deleted: uploads that were cut, and runs of sorting. All others of the folder become orphans, whose names are returned.
// In the database there are none: a file that it has and does not know was not accepted.
func (s spool) sweep(ctx context.Context, keep map[string]bool) (orphans []string, err error) {
	if s.stored != nil {
		return nil, errors.Join(s.stored.Clear(ctx, keep), s.sweepArriving())
	}
	entries, err := os.ReadDir(s.folder)
	if err != nil {
		return nil, fmt.Errorf("batch: read spool folder: %w", err)
	}
	for _, e := range entries {
		name := e.Name()
		switch {
		case keep[name] || name == orphansFolder && e.IsDir():
		case neverAccepted(name):
			err = s.removeArriving(name)
		default:
			orphans = append(orphans, name)
			err = s.orphan(name)
		}
		if err != nil {
			return orphans, err
		}
	}
	return orphans, nil
}

// neverAccepted reports whether a file's name says that no batch ever had the file.
func neverAccepted(name string) bool {
	return strings.HasSuffix(name, partEnd) || strings.HasSuffix(name, uploadEnd) || strings.HasPrefix(name, "run-")
}

// sweepArriving deletes what a killed process left in a folder in which files only arrive.
func (s spool) sweepArriving() error {
	entries, err := os.ReadDir(s.folder)
	if err != nil {
		return fmt.Errorf("batch: read spool folder: %w", err)
	}
	for _, e := range entries {
		if name := e.Name(); neverAccepted(name) && !strings.HasSuffix(name, uploadEnd) {
			if err := s.removeArriving(name); err != nil {
				return err
			}
		}
	}
	return nil
}

// orphan moves a file to the orphans, under a name that none of them has. One goroutine at a time may call it for a
// name; a server has the folder's lock.
func (s spool) orphan(name string) error {
	folder := s.path(orphansFolder)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("batch: make folder of orphans: %w", err)
	}
	target := filepath.Join(folder, name)
	for n := 2; ; n++ {
		if _, err := os.Lstat(target); errors.Is(err, os.ErrNotExist) {
			break
		} else if err != nil {
			return fmt.Errorf("batch: keep orphan: %w", err)
		}
		end := filepath.Ext(name)
		target = filepath.Join(folder, fmt.Sprintf("%s-%d%s", strings.TrimSuffix(name, end), n, end))
	}
	if err := os.Rename(s.path(name), target); err != nil {
		return fmt.Errorf("batch: keep orphan: %w", err)
	}
	return errors.Join(syncFolder(folder), syncFolder(s.folder))
}

// orphans returns the names of the files in the folder of orphans, sorted.
func (s spool) orphans() ([]string, error) {
	entries, err := os.ReadDir(s.path(orphansFolder))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("batch: read orphans: %w", err)
	}
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names, nil
}

// reportOrphans logs the orphans that the start found, and that earlier ones are still there.
func (s *Service) reportOrphans(ctx context.Context, found []string) error {
	all, err := s.spool.orphans()
	if err != nil || len(all) == 0 {
		return err
	}
	slog.WarnContext(ctx, "files in the spool folder that the database does not know were moved aside; nothing was deleted. If they were "+
		"accepted, the database is not the one that they were accepted with", "folder", s.spool.path(orphansFolder),
		"moved", len(found), "names", found[:min(len(found), mostNamed)], "in_all", len(all))
	return nil
}

// Orphans returns the names of files in the folder spool/orphans, which the database does not know. Nothing in Urna
// deletes them.
func (s *Service) Orphans() ([]string, error) { return s.spool.orphans() }

// Unknown returns the names of files of the spool that may have been accepted and that the database does not know, sorted.
// Those that a server moved aside begin with "orphans/". While a server runs, a file whose acceptance is being committed
// can be among them.
func (f Files) Unknown(ctx context.Context, db *database.DB) (unknown []string, err error) {
	s := f.spool(nil)
	names, err := s.files.Names(ctx) // before the batches: a file that is accepted meanwhile is known
	if err != nil {
		return nil, err
	}
	known, err := spoolFiles(db.Reader(ctx))
	if err != nil {
		return nil, err
	}
	if f.Stored == nil {
		unknown, err = s.orphans()
	}
	if err != nil {
		return nil, err
	}
	for i, name := range unknown {
		unknown[i] = orphansFolder + "/" + name
	}
	for _, name := range names {
		if !known[name] && !neverAccepted(name) {
			unknown = append(unknown, name)
		}
	}
	slices.Sort(unknown)
	return unknown, nil
}

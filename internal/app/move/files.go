package move

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"urna/ballots/batch"
	"urna/ballots/protocol"
	"urna/ballots/protocol/scan"
	"urna/internal/app"
	"urna/internal/app/backup"
	"urna/internal/database"
	"urna/internal/database/filestore"
	"urna/results/bundle"
)

// copySecrets copies the secret files and the certificate, and puts them on disk.
func copySecrets(from, to string) error {
	for _, name := range backup.Secrets() {
		source, err := os.Open(filepath.Join(from, name))
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return fmt.Errorf("copy the secrets: %w", err)
		}
		err = write(filepath.Join(to, name), source)
		if err = errors.Join(err, source.Close()); err != nil {
			return fmt.Errorf("copy the secrets: %w", err)
		}
	}
	return nil
}

// write writes a file that does not exist, and puts it on disk.
func write(path string, content io.Reader) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, content)
	return errors.Join(err, file.Sync(), file.Close())
}

// files are both ends of the files that are copied.
type files struct {
	from *app.App
	read *database.Tx
	db   *database.DB // the target
	into *database.Tx
	to   End
}

// copyFiles copies the files that the database of the source knows.
func (r *Report) copyFiles(ctx context.Context, f files) error {
	for _, kind := range []struct {
		folder string
		stored func(*database.DB) *filestore.Database
		known  func(context.Context, *database.Tx) (map[string]bool, error)
	}{
		{"spool", batch.Stored, batch.KnownFiles}, {"scans", scan.Stored, knownScans}, {"bundles", bundle.Stored, bundle.KnownFiles},
	} {
		known, err := kind.known(ctx, f.read)
		if err != nil {
			return err
		}
		var source filestore.Store = filestore.InFolder(f.from.Folder.Path(kind.folder))
		if f.to.Database == "" {
			source = kind.stored(f.from.DB).Within(f.read)
		}
		names, err := source.Names(ctx)
		if err != nil {
			return err
		}
		for _, name := range names {
			if !known[name] {
				if kind.folder != "bundles" { // they are written again
					r.Left = append(r.Left, kind.folder+"/"+name)
				}
				continue
			}
			if err := f.copy(ctx, source, kind.folder, kind.stored(f.db), name); err != nil {
				return fmt.Errorf("copy %s/%s: %w", kind.folder, name, err)
			}
			r.Files++
		}
	}
	return nil
}

func (f files) copy(ctx context.Context, source filestore.Store, folder string, stored *filestore.Database, name string) error {
	file, err := source.Open(ctx, name)
	if err != nil {
		return err
	}
	if f.to.Database != "" {
		err = stored.KeepWithin(ctx, f.into, file, name)
	} else {
		path := filepath.Join(f.to.Folder, folder)
		if err = os.MkdirAll(path, 0o700); err == nil {
			err = write(filepath.Join(path, name), file)
		}
	}
	return errors.Join(err, file.Close())
}

// knownScans returns the names of the files of scans.
func knownScans(_ context.Context, tx *database.Tx) (map[string]bool, error) {
	scans, err := protocol.AllScans(tx)
	known := map[string]bool{}
	for _, s := range scans {
		known[hex.EncodeToString(s.SHA256[:])] = true
	}
	return known, err
}

package restore

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"urna/internal/app"
	"urna/internal/app/anchor"
	"urna/internal/app/backup"
	"urna/internal/app/datafolder"
	"urna/internal/app/verify"
	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/sealed"
)

// Options say how a backup is read and restored.
type Options struct {
	Identities sealed.Identities // that open an encrypted backup
	Scratch    string            // the folder for temporary files; "" is the system's own
	Now        func() time.Time  // nil is time.Now
	Operator   audit.Actor       // of the event
	VFS        string            // as in app.Options

	// Anchor is the path of the anchor of the folder that was lost, if it was saved; "" is none. The report says what
	// the backup lacks.
	Anchor string
	// Replace lets the target be a data folder that no server uses. It is kept under another name.
	Replace bool
	// AcceptDifferences is the reason for restoring a backup in which verify finds differences; "" refuses it.
	AcceptDifferences string
}

// Report is what a backup has and what became of it.
type Report struct {
	Manifest backup.Manifest
	Verified *verify.Report
	// Compared tells that the backup was compared with an anchor; Missing has a sentence for each thing that it lacks.
	Compared bool
	Missing  []string
	// Asks tells that the first start of a server on the folder asks for a reason.
	Asks bool
	// Replaced is the name that the former folder has now; "" for none.
	Replaced string
}

// Errors of a restoration. Nothing was changed.
var (
	// ErrNotEmpty is returned for a target that has something in it.
	ErrNotEmpty = errors.New("the folder is not empty: name a new one, or give --replace to put the backup in the place of a data folder, which is kept under another name")
	// ErrNoFolder is returned for a target that is to be replaced and is no data folder.
	ErrNoFolder = errors.New("the folder is not empty and is no data folder of Urna: name another one")
)

// DifferencesError is returned for a backup in which verify finds differences.
type DifferencesError struct{ Sentences []string }

// Error names the differences and the remedy.
func (e *DifferencesError) Error() string {
	const most = 20
	shown := strings.Join(e.Sentences[:min(most, len(e.Sentences))], "; ")
	return fmt.Sprintf("the backup contradicts its own originals in %d places: %s. Use an earlier backup. If there is none that is whole, give "+
		"--accept-differences \"REASON\": that is recorded in the audit log. Nothing was changed", len(e.Sentences), shown)
}

// Check makes all checks of a backup and leaves nothing behind.
func Check(ctx context.Context, path string, o Options) (r Report, err error) {
	folder, err := os.MkdirTemp(scratch(o), "urna-check-*")
	if err != nil {
		return r, fmt.Errorf("make a folder for temporary files (name another place with --scratch): %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	if err := r.unpack(ctx, path, folder, o); err != nil {
		return r, err
	}
	return r, r.examine(ctx, folder, o)
}

func scratch(o Options) string {
	if o.Scratch != "" {
		return o.Scratch
	}
	return os.TempDir()
}

// Restore makes the data folder at target of the backup at path.
func Restore(ctx context.Context, path, target string, o Options) (r Report, err error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	target, err = filepath.Abs(target)
	if err != nil {
		return r, err
	}
	former, err := claim(target, o.Replace, o.Now)
	if err != nil {
		return r, err
	}
	if former != nil {
		defer func() { err = errors.Join(err, former.Close()) }()
		if o.Anchor == "" {
			o.Anchor = filepath.Join(target, anchor.Name)
		}
	}
	draft, err := newDraft(target)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, draft.end()) }()
	if err := r.unpack(ctx, path, draft.path, o); err != nil {
		return r, err
	}
	if err := r.examine(ctx, draft.path, o); err != nil {
		return r, err
	}
	if err := draft.unlocked(func() error { return r.record(ctx, draft.path, o) }); err != nil {
		return r, err
	}
	if err := draft.settle(); err != nil {
		return r, err
	}
	r.Replaced, err = draft.swap(target, former != nil, o.Now())
	return r, err
}

// claim refuses a target that must not be touched. It returns the data folder that is replaced, locked, or nil.
func claim(target string, replace bool, now func() time.Time) (*datafolder.Folder, error) {
	entries, err := os.ReadDir(target)
	switch {
	case errors.Is(err, fs.ErrNotExist) || err == nil && len(entries) == 0:
		return nil, nil //nolint:nilnil // nothing is replaced
	case err != nil:
		return nil, err
	}
	_, err = os.Stat(filepath.Join(target, datafolder.Database))
	switch {
	case !replace:
		return nil, fmt.Errorf("%s: %w", target, ErrNotEmpty)
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%s: %w", target, ErrNoFolder)
	case err != nil:
		return nil, err
	}
	folder, err := datafolder.OpenToRead(target, now)
	if err != nil {
		return nil, err
	}
	if err := folder.Lock(); err != nil {
		return nil, errors.Join(err, folder.Close())
	}
	return folder, nil
}

// unpack reads the backup into a folder.
func (r *Report) unpack(ctx context.Context, path, folder string, o Options) (err error) {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }() // only read
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if _, free, err := database.DiskSpace(folder); err == nil && free < info.Size() {
		const mebibyte = 1 << 20
		return fmt.Errorf("the backup needs %d MiB in %s, and the disk has %d MiB", info.Size()/mebibyte+1, filepath.Dir(folder), free/mebibyte)
	}
	r.Manifest, err = backup.Unpack(ctx, file, o.Identities, folder)
	return err
}

// examine makes all checks of verify and compares the backup with the anchor of the lost folder.
func (r *Report) examine(ctx context.Context, folder string, o Options) (err error) {
	reading, err := app.OpenForReading(ctx, folder, app.ReadOptions{Now: o.Now, Scratch: o.Scratch})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, reading.Close()) }()
	if r.Verified, err = verify.Folder(ctx, reading, verify.Options{Head: r.Manifest.Head}); err != nil {
		return err
	}
	if o.Anchor != "" {
		kept, err := anchor.Read(o.Anchor)
		if err != nil {
			return err
		}
		if !kept.Absent() {
			r.Compared = true
			if r.Missing, err = kept.Lacks(ctx, reading.DB.Pool()); err != nil {
				return err
			}
		}
	}
	if len(r.Verified.Differences) > 0 && o.AcceptDifferences == "" {
		e := &DifferencesError{}
		for _, d := range r.Verified.Differences {
			e.Sentences = append(e.Sentences, d.Sentence)
		}
		return e
	}
	return nil
}

// record appends the event of the restoration and ends all tokens.
func (r *Report) record(ctx context.Context, folder string, o Options) (err error) {
	a, err := app.Open(ctx, folder, app.Options{Now: o.Now, Lock: true, Operator: o.Operator, Restoring: true, VFS: o.VFS})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	detail := map[string]any{
		"made": r.Manifest.Made, "version": r.Manifest.Version, "events": r.Manifest.Events, "head": r.Manifest.Head,
	}
	if r.Compared {
		detail["lacks"] = r.Missing
	}
	if len(r.Verified.Differences) > 0 {
		detail["differences"], detail["reason"] = len(r.Verified.Differences), o.AcceptDifferences
	}
	r.Asks, err = a.RecordRestoration(ctx, detail)
	return err
}

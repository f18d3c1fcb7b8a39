package move

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"urna/ballots/online"
	"urna/internal/app"
	"urna/internal/app/verify"
	"urna/internal/audit"
	"urna/internal/database"
)

// End is where data are: a data folder, or a PostgreSQL database together with the folder of its secrets.
type End struct {
	Folder   string
	Database string // the URL; "" is SQLite in the folder
}

// Options are the ends of a move and how it is made.
type Options struct {
	From, To End
	Now      func() time.Time   // nil is time.Now
	Scratch  string             // the folder for temporary files; "" is the system's own
	Operator audit.Actor        // of the events
	Filled   func(string) error // for tests: is called before the target in the folder is verified
}

// Report says what was moved.
type Report struct {
	Rows, Files int64
	Left        []string // files of the source that its database does not know
	Head        string   // of the log, as it was moved
	Events      int64
	From, To    *verify.Report
}

// ErrNotEmpty is returned for a target that has data. Nothing was changed.
var ErrNotEmpty = errors.New("the target has data already: name an empty database and a new folder; nothing was changed")

// VotingError is returned while votes have an order that only a close erases.
type VotingError struct{ Elections []int64 }

// Error names the elections and the remedy.
func (e *VotingError) Error() string {
	return fmt.Sprintf("elections %v have begun and are not closed. The data that are left behind would tell the order of their votes, and the close "+
		"could not erase it. Move before the voting begins, or after it was closed in full; nothing was changed", e.Elections)
}

// DifferencesError is returned if the data of an end contradict their originals.
type DifferencesError struct {
	End    string
	Report *verify.Report
}

// Error names the first differences and the remedy.
func (e *DifferencesError) Error() string {
	const most = 10
	var said []string
	for _, d := range e.Report.Differences[:min(most, len(e.Report.Differences))] {
		said = append(said, d.Sentence)
	}
	return fmt.Sprintf("the data of %s contradict their originals in %d places: %s. Nothing was moved; run urna verify, and put the right data back",
		e.End, len(e.Report.Differences), strings.Join(said, "; "))
}

// Move moves the data. No server may use either end.
func Move(ctx context.Context, o Options) (r Report, err error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if (o.From.Database == "") == (o.To.Database == "") {
		return r, errors.New("one end is a data folder and the other one a PostgreSQL database, of the form postgres://USER@HOST/DATABASE")
	}
	folder, err := newFolder(o.To.Folder)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, folder.end()) }()
	from, err := o.From.open(ctx, o, false)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	// The source's one writing transaction lasts until the target is whole, so that nothing is written that it would lack.
	err = from.DB.Write(ctx, func(tx *database.Tx) error {
		if err := r.refuse(ctx, tx, o); err != nil {
			return err
		}
		if err := r.fill(ctx, from, tx, End{Folder: folder.path, Database: o.To.Database}, o); err != nil {
			return err
		}
		if err := folder.settle(o.To.Folder); err != nil {
			return err
		}
		// Until here no server opens the target.
		if err := r.arrive(ctx, o); err != nil {
			return err
		}
		return from.RecordLeaving(ctx, tx, map[string]any{"to": o.To.name(), "events": r.Events, "head": r.Head})
	})
	return r, err
}

// open opens an end without services that need secrets. A server that leads a PostgreSQL database is refused by app.Exclude: a
// lead would not outlast a long transaction.
func (e End) open(ctx context.Context, o Options, moving bool) (*app.App, error) {
	path, in := e.Folder, app.Options{Now: o.Now, Operator: o.Operator, Scratch: o.Scratch, Moving: moving}
	if e.Database == "" {
		in.Lock = true
	} else {
		path, in.Database, in.Secrets = "", e.Database, e.Folder
	}
	return app.Open(ctx, path, in)
}

// name names an end, without a password.
func (e End) name() string { return app.NameOf(e.Folder, e.Database) }

// refuse refuses data that must stay where they are.
func (r *Report) refuse(ctx context.Context, tx *database.Tx, o Options) error {
	if err := app.Exclude(ctx, tx, o.From.Database); err != nil {
		return err
	}
	open, err := online.Unerased(ctx, tx.SQL(), o.Now())
	if err == nil && len(open) > 0 {
		err = &VotingError{open}
	}
	if err != nil {
		return err
	}
	if r.Head, r.Events, err = audit.NewReader(tx.SQL()).Head(ctx); err != nil {
		return err
	}
	r.From, err = verified(ctx, o.From, r.Head, o)
	return err
}

// verified makes all checks of an end.
func verified(ctx context.Context, end End, head string, o Options) (report *verify.Report, err error) {
	path, in := end.Folder, app.ReadOptions{Now: o.Now, Scratch: o.Scratch}
	if end.Database != "" {
		path, in.Database, in.Secrets = "", end.Database, end.Folder
	}
	reading, err := app.OpenForReading(ctx, path, in)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, reading.Close()) }()
	if _, err := reading.CheckSecrets(ctx); err != nil {
		return nil, err
	}
	report, err = verify.Folder(ctx, reading, verify.Options{Head: head})
	if err == nil && len(report.Differences) > 0 {
		err = &DifferencesError{end.name(), report}
	}
	return report, err
}

// fill fills the target, which is marked as unfinished, and verifies it.
func (r *Report) fill(ctx context.Context, from *app.App, tx *database.Tx, to End, o Options) error {
	if err := copySecrets(o.From.Folder, to.Folder); err != nil {
		return err
	}
	db, err := app.OpenTarget(ctx, to.Folder, to.Database)
	if err != nil {
		return err
	}
	err = db.Write(ctx, func(into *database.Tx) error {
		if err := app.Exclude(ctx, into, to.Database); err != nil {
			return err
		}
		if err := mark(ctx, into, o); err != nil {
			return err
		}
		if r.Rows, err = copyTables(ctx, tx, into); err != nil {
			return err
		}
		return r.copyFiles(ctx, files{from, tx, db, into, to})
	})
	if err = errors.Join(err, db.Close()); err != nil {
		return err
	}
	if o.Filled != nil {
		if err := o.Filled(to.Folder); err != nil {
			return err
		}
	}
	r.To, err = verified(ctx, to, r.Head, o)
	return err
}

// arrive ends the mark of the target and records where the data came from.
func (r *Report) arrive(ctx context.Context, o Options) error {
	a, err := o.To.open(ctx, o, true)
	if err != nil {
		return err
	}
	err = a.DB.Write(ctx, func(tx *database.Tx) error {
		if err := unmark(ctx, tx); err != nil {
			return err
		}
		return a.RecordArrival(ctx, tx, map[string]any{"from": o.From.name(), "events": r.Events, "head": r.Head, "rows": r.Rows, "files": r.Files})
	})
	return errors.Join(err, a.Close())
}

// draftEnd ends the name of a folder in the making.
const draftEnd = ".moving"

// newData is a folder in the making, which gets its name at the end.
type newData struct {
	path string
	kept bool
}

// newFolder makes it beside the target, in the place of one that a killed move left.
func newFolder(target string) (*newData, error) {
	if entries, err := os.ReadDir(target); len(entries) > 0 || err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, errors.Join(fmt.Errorf("%s: %w", target, ErrNotEmpty), err)
	}
	d := &newData{path: filepath.Clean(target) + draftEnd}
	if err := os.RemoveAll(d.path); err != nil {
		return nil, err
	}
	return d, os.MkdirAll(d.path, 0o700)
}

// settle puts the folder on disk under its name.
func (d *newData) settle(target string) error {
	err := filepath.WalkDir(d.path, func(path string, e os.DirEntry, err error) error {
		if err != nil || !e.IsDir() {
			return err
		}
		return database.SyncFolder(path)
	})
	if err == nil {
		err = unix.Rename(d.path, target) // over an empty folder, too, which os.Rename refuses
	}
	if err != nil {
		return fmt.Errorf("name the new folder: %w", err)
	}
	d.kept = true
	return database.SyncFolder(filepath.Dir(filepath.Clean(target)))
}

// end removes it unless it has its name.
func (d *newData) end() error {
	if d.kept {
		return nil
	}
	return os.RemoveAll(d.path)
}

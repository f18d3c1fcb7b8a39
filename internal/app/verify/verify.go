package verify

import (
	"context"
	"fmt"

	"urna/ballots"
	"urna/elections"
	"urna/internal/app"
	"urna/internal/app/anchor"
	"urna/internal/audit/checkpoint"
	"urna/internal/database"
)

// Options are values from outside the folder with which it is compared.
type Options struct {
	// Head is a head of the audit chain that was noted outside the folder; "" is none.
	Head string
	// Witnesses are keys of witnesses, from their own publications. Each must have countersigned the log.
	Witnesses []checkpoint.WitnessKey
	// Checkpoints were kept outside the folder. The log must contain each.
	Checkpoints []Checkpoint
}

// Checkpoint is a signed checkpoint that was kept outside the folder.
type Checkpoint struct {
	Name   string // of the file
	Signed []byte
}

// checks run in this order. Each reads r.tx and reports its outcome to the run.
//
//nolint:gochecknoglobals // a constant
var checks = []struct {
	name  string
	check func(context.Context, *run) error
}{
	{"database", checkDatabase},
	{"chain", checkChain},
	{"log", checkLog},
	{"witnesses", checkWitnesses},
	{"anchor", checkAnchor},
	{"protocols", checkProtocols},
	{"scans", checkScans},
	{"recount", checkRecount},
	{"online sums", checkSums},
	{"files", checkFiles},
	{"certifications", checkCertified},
	{"secrets", checkSecrets},
	{"copies", checkCopies},
}

// run is the state that the checks share.
type run struct {
	*app.Reading

	options   Options
	tx        *database.Tx // the one snapshot that all checks read
	elections []*elections.Election
	check     string // the name of the present one
	report    *Report
	anchor    anchor.Kept           // read before the snapshot
	protocols []ballots.ProtocolSum // that are in the count, by what was typed
	usedKeys  map[int64]int64       // by constituency, as the recount found them; nil before it
}

// Folder makes all checks of an open folder on one snapshot of its database. It changes nothing. An error means that
// they could not be made; differences are in the report.
func Folder(ctx context.Context, folder *app.Reading, o Options) (*Report, error) {
	r := &run{
		Reading: folder, options: o,
		report: &Report{Checks: []Check{}, Differences: []Difference{}, NotChecked: []NotChecked{}},
	}
	kept, err := folder.ReadAnchor()
	if err != nil {
		return nil, err
	}
	r.anchor = kept
	err = folder.DB.Read(ctx, func(tx *database.Tx) (err error) {
		r.tx = tx
		if r.elections, err = folder.Elections.AllAndDraftsWithin(tx); err != nil {
			return err
		}
		for _, c := range checks {
			r.check = c.name
			err := c.check(ctx, r)
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err != nil {
				r.differs(ballots.Difference{Sentence: fmt.Sprintf("the check %q could not be made: %v", c.name, err)})
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return r.report, folder.Unchanged()
}

// shows reports whether an election shows its counts by participant now.
func (r *run) shows(e *elections.Election) bool { return e.ShowsCount(r.Elections.Now()) }

// sealed returns the ids of the elections that show no counts by participant now.
func (r *run) sealed() (ids []int64) {
	for _, e := range r.elections {
		if !r.shows(e) {
			ids = append(ids, e.ID)
		}
	}
	return ids
}

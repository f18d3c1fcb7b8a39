package batch

import (
	"context"
	"errors"
	"io"
	"sort"
	"time"

	"urna/ballots"
	"urna/internal/database"
)

// maxSamples is how many first lines of each sort a dry run shows.
const maxSamples = 5

// maxKept is how many first lines of each sort a dry run keeps for its official, who can download those that would not
// count.
const maxKept = 1000

// DryRun says what would come of a file if it were accepted: Lines = Valid + Invalid + Duplicates.
type DryRun struct {
	ballots.DryRun

	Lines int64
	// Votes are the lines with each known poll number, those included that would not count. Only the official who sent the
	// file may see them: they are votes.
	Votes map[int]int64
	// Stations are the polling stations of a file that has several, in its order, each of which gets a batch; nil for a
	// file that is one batch.
	Stations []StationDryRun
	// SameAs is the standing batch of the constituency with the same content; 0 for none.
	SameAs int64
	// Late says why the file would be late if it were sent now; "" if it would not be.
	Late LateCause
	// AsOf is the moment for which the figures hold: they know what was counted by then. Other files that
	// wait to be confirmed are not looked at.
	AsOf time.Time
	// Waiting are the batches of the election that were accepted by then and not counted in full: their
	// lines come first, and may turn more of the file's lines into duplicates.
	Waiting int
}

// StationDryRun is what would come of the lines of one polling station.
type StationDryRun struct {
	ballots.Outcome

	StationID int64
	FirstLine int64 // of the file
	Lines     int64
	Late      LateCause // as of a DryRun
}

// DryRun says what would come of a file, and stores nothing of it. alive is called now and then while it
// works, from one goroutine at a time. Refusals are those of Receive, without ErrSameFile.
func (s *Service) DryRun(ctx context.Context, d Delivery, body io.Reader, alive func()) (result DryRun, err error) {
	arriving, err := s.admitBefore(ctx, &d, true)
	if err != nil {
		return DryRun{}, err
	}
	defer arriving.end()
	f, err := s.store(ctx, arriving, d, body, partEnd)
	if err != nil {
		return DryRun{}, err
	}
	defer func() { err = errors.Join(err, s.spool.remove(context.WithoutCancel(ctx), f.name)) }()
	if err := s.dryRuns.acquire(ctx, alive); err != nil {
		return DryRun{}, err
	}
	defer s.dryRuns.release()
	row := batchRow{
		ElectionID: d.ElectionID, ConstituencyID: d.ConstituencyID, StationID: orNil(d.StationID), SpoolFile: f.name, SHA256: f.sha256[:], Lines: f.lines,
	}
	return s.dryRun(ctx, row, f.parts, func(int64) { alive() })
}

// dryRun sorts a file as counting does, and asks the ledger about it chunk by chunk. Each chunk is a reading
// transaction of its own, so that the writer and its log are held up by none.
func (s *Service) dryRun(ctx context.Context, row batchRow, parts []part, compared func(lines int64)) (result DryRun, err error) {
	slate, err := s.slate(ctx, row)
	if err != nil {
		return DryRun{}, err
	}
	sorter, err := s.sort(ctx, row)
	if err != nil {
		return DryRun{}, err
	}
	defer func() { err = errors.Join(err, sorter.Close()) }()
	sorted, err := sorter.Sort()
	if err != nil {
		return DryRun{}, err
	}
	result = DryRun{DryRun: *ballots.NewDryRun(maxKept), Lines: row.Lines, AsOf: s.options.Now()}
	result.countVotes(slate)
	db := s.db.Reader(ctx)
	err = s.db.Read(ctx, func(tx *database.Tx) error {
		result.Waiting, err = ballots.BatchesWaiting(ctx, tx, row.ElectionID)
		return err
	})
	if err != nil {
		return DryRun{}, err
	}
	if result.SameAs, err = findSame(db, row.ConstituencyID, row.SHA256); err != nil {
		return DryRun{}, err
	}
	if result.Late, err = s.Lateness(ctx, row.ElectionID, idOf(row.StationID)); err != nil {
		return DryRun{}, err
	}
	if err := s.dryRunParts(ctx, &result, row.ElectionID, parts); err != nil {
		return DryRun{}, err
	}
	for done := int64(0); ; {
		chunk, err := sorted.NextChunk(slate, s.options.ChunkLines)
		if err != nil || chunk == nil {
			return result, err
		}
		if err := s.db.Read(ctx, func(tx *database.Tx) error { return result.Add(ctx, tx, chunk) }); err != nil {
			return DryRun{}, err
		}
		done += chunk.Lines()
		compared(done)
	}
}

// countVotes has the dry run count the lines with each poll number that is known.
func (d *DryRun) countVotes(slate ballots.Slate) {
	d.Votes = make(map[int]int64, slate.Candidacies+1)
	d.Each = func(l ballots.Line, _ ballots.Outcome) {
		if slate.Knows(l.PollNumber) {
			d.Votes[int(l.PollNumber)]++
		}
	}
}

// Sample returns the first of the lines of a sort, as many as a preview shows.
func Sample(lines []ballots.DryRunLine) []ballots.DryRunLine {
	return lines[:min(len(lines), maxSamples)]
}

// dryRunParts begins the dry runs of the parts of a file. Lines are in the order of parts, so the dry run of the file
// says of each line what counting the parts one after another does.
func (s *Service) dryRunParts(ctx context.Context, result *DryRun, election int64, parts []part) (err error) {
	if len(parts) == 0 {
		return nil
	}
	result.Stations = make([]StationDryRun, len(parts))
	for i, p := range parts {
		of := StationDryRun{StationID: p.station, FirstLine: p.firstLine, Lines: p.lines}
		if of.Late, err = s.Lateness(ctx, election, p.station); err != nil {
			return err
		}
		if result.Late == "" {
			result.Late = of.Late
		}
		result.Stations[i] = of
	}
	votes := result.Each
	result.Each = func(l ballots.Line, o ballots.Outcome) {
		votes(l, o)
		after := sort.Search(len(parts), func(i int) bool { return parts[i].firstLine > l.Number })
		of := &result.Stations[after-1].Outcome
		of.Valid, of.Invalid, of.Duplicates = of.Valid+o.Valid, of.Invalid+o.Invalid, of.Duplicates+o.Duplicates
	}
	return nil
}

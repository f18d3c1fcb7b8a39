package batch

import (
	"context"
	"encoding/hex"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"urna/elections"
	"urna/internal/approval"
	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/database/filestore"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/internal/text"
)

// registry is what this package asks of elections.
type registry interface {
	Within(tx *database.Tx, id int64) (*elections.Election, error)
	// FiguresWereConfirmed reports whether an administrator ever confirmed figures of an election.
	FiguresWereConfirmed(tx *database.Tx, id int64) (bool, error)
	// StationWithin returns a polling station, or elections.ErrUnknownStation.
	StationWithin(tx *database.Tx, id int64) (elections.Station, error)
	// StationsWithin returns the polling stations of an election by constituency.
	StationsWithin(tx *database.Tx, electionID int64) (map[int64][]elections.Station, error)
	// CorrectionAct returns what the open correction orders for a place, or elections.ErrNotReopened.
	CorrectionAct(tx *database.Tx, e *elections.Election, constituencyID, stationID int64) (elections.CorrectionAct, error)
}

// approvals are asked about acts that need a second administrator.
type approvals interface {
	// Ask answers, within the transaction of an act, whether it may happen now; else the transaction commits without it.
	Ask(ctx context.Context, tx *database.Tx, r approval.Request) (*approval.Waiting, error)
}

// Options are what the service takes from outside.
type Options struct {
	Now func() time.Time
	// Transitions is the time by which elections open; nil is Now. It does not advance while the clock is in doubt.
	Transitions func() time.Time
	Folder      string // of the spool; created if it does not exist
	// Stored keeps the accepted files; nil keeps them in the folder.
	Stored *filestore.Database
	// OnCommit is called after every commit that changes an election's batches or figures.
	OnCommit func(electionID int64)
	// Workers is how many batches are parsed ahead at once; 0 is two.
	Workers int
	// ChunkLines is the most lines that one transaction counts; 0 is DefaultChunkLines.
	ChunkLines int
	// WantedLines is asked before each transaction how many lines it should count, at most ChunkLines; nil
	// always wants as many. It is called by one goroutine at a time.
	WantedLines func() int
	// RunLines is the most lines that are sorted in memory at once; 0 is ballots.DefaultRunLines.
	RunLines int
	// RetryAfter is the first wait after a fault of the machine; each further one is twice as long, up to
	// 64 times the first. 0 is a second.
	RetryAfter time.Duration
	// MaxWaitPerLine is how long batches wait for uploads under way to be counted with them, for each of their lines;
	// 0 is DefaultWaitPerLine.
	MaxWaitPerLine time.Duration
	// Approvals decide whether an act needs a second administrator. Without them none does, and no batch is late.
	Approvals approvals
	// MayUpload reports, within the transaction of an acceptance, whether the places of an account allow an upload for a
	// constituency; nil always allows it.
	MayUpload func(tx *database.Tx, account, constituency, station int64) (bool, error)
	// MaxBytes is the largest size of a compressed file after unpacking; 0 is no limit. The quotas of files that wait
	// for confirmation are multiples of it.
	MaxBytes int64
	// DiskReserve is how much of the disk, in bytes, uploads leave free; 0 is a twentieth of it, at least 64 MiB and at
	// most 1 GiB. Counting leaves half of it.
	DiskReserve int64
	// DiskFree returns the size of the disk and its free bytes; nil is database.DiskSpace.
	DiskFree func(folder string) (size, free int64, err error)
}

// DefaultChunkLines is a chunk's size: large enough that its transaction costs little beside its
// ballots, small enough to show progress and to let others write in between.
const DefaultChunkLines = 200_000

// Delivery is what comes with an upload.
type Delivery struct {
	Actor          audit.Actor
	ElectionID     int64
	ConstituencyID int64 // 0 where the election has just one, or StationID says it
	StationID      int64 // 0 where the constituency has no polling stations
	FileName       string
	// MaySplit says that a file may name a polling station in each line instead; then each station gets a batch.
	MaySplit   bool
	Again      bool // take the file even though a standing batch has the same content
	EPMSFormat bool // read the file as the EPMS contract asks; refusals are ErrEPMSFormat
	// Reason is why the file comes late, if it does; it may be left out.
	Reason string

	splits bool // the file must name the stations, by the rules for its place
}

// Service takes batches in and counts them. Its methods may be called concurrently.
type Service struct {
	db                *database.DB
	log               *audit.Log
	elections         registry
	spool             spool
	space             *space
	options           Options
	queue             *queue
	acceptances       acceptances
	uploadsInProgress atomic.Int64 // uploads under way that will be batches at once
	dryRuns           *dryRunWorker
}

// New returns the service over an open database. Nothing is counted before Start.
func New(db *database.DB, log *audit.Log, elections registry, o Options) (*Service, error) {
	if o.Workers == 0 {
		o.Workers = 2
	}
	if o.ChunkLines == 0 {
		o.ChunkLines = DefaultChunkLines
	}
	if o.Transitions == nil {
		o.Transitions = o.Now
	}
	if o.RetryAfter == 0 {
		o.RetryAfter = time.Second
	}
	if o.MaxWaitPerLine == 0 {
		o.MaxWaitPerLine = DefaultWaitPerLine
	}
	if o.MayUpload == nil {
		o.MayUpload = func(*database.Tx, int64, int64, int64) (bool, error) { return true, nil }
	}
	if o.OnCommit == nil {
		o.OnCommit = func(int64) {}
	}
	s := &Service{db: db, log: log, elections: elections, spool: newSpool(o.Folder, o.Stored, o.RunLines), space: newSpace(o), options: o}
	if err := s.spool.make(); err != nil {
		return nil, err
	}
	s.queue = newQueue(s)
	s.dryRuns = newDryRunWorker(s)
	return s, nil
}

// Start deletes uploads that were cut, moves files that no batch refers to aside, and begins to count the batches that
// wait. It is called once.
func (s *Service) Start(ctx context.Context) error {
	if err := s.expire(ctx); err != nil {
		return err
	}
	keep, err := spoolFiles(s.db.Reader(ctx))
	if err != nil {
		return err
	}
	orphans, err := s.spool.sweep(ctx, keep)
	if err = errors.Join(err, s.reportOrphans(ctx, orphans)); err != nil {
		return err
	}
	s.queue.start()
	s.dryRuns.start()
	return nil
}

// Stop commits the chunk in progress and returns when all goroutines have ended. Batches that are not counted yet
// wait in the database. Stop is idempotent.
func (s *Service) Stop() {
	s.dryRuns.stop()
	s.queue.stop()
}

// Receive takes a file in at once: spooled, checked, synced, and queued in the order of acceptance. When it
// returns without an error the batch is on disk and will be counted, a late one if an administrator approves it.
// Refusals: ErrMalformedFile,
// ErrTooLarge, ErrCompression, ErrSameFile, ErrConstituencyNeeded, ErrStationNeeded, ErrStationElsewhere,
// ErrStationExcluded, ErrElectionTakesNoBatches, ErrNotYourPlace, elections.ErrUnknownElection.
func (s *Service) Receive(ctx context.Context, d Delivery, body io.Reader) (Batch, error) {
	d.MaySplit = false
	batches, err := s.ReceiveAll(ctx, d, body)
	if err != nil {
		return Batch{}, err
	}
	return batches[0], nil
}

// ReceiveAll is Receive for a file that may be split into one batch for each polling station that its lines name: all of
// them are accepted, in the order of the file, or none.
func (s *Service) ReceiveAll(ctx context.Context, d Delivery, body io.Reader) ([]Batch, error) {
	arriving, err := s.admitBefore(ctx, &d, false)
	if err != nil {
		return nil, err
	}
	defer arriving.end()
	s.uploadsInProgress.Add(1)
	defer s.uploadsInProgress.Add(-1)
	f, err := s.store(ctx, arriving, d, body, acceptedEnd)
	if err != nil {
		return nil, err
	}
	rows := rowsOf(batchRow{
		OfficialID: d.Actor.ID, OfficialName: d.Actor.Name, FileName: cleanFileName(d.FileName),
		SpoolFile: f.name, SHA256: f.sha256[:], Bytes: f.bytes, Lines: f.lines,
	}, f.parts)
	if err := s.acceptOne(&acceptance{ctx: ctx, arriving: arriving, delivery: &d, rows: rows}); err != nil {
		return nil, s.refuse(ctx, err, f.name)
	}
	return batchesOfRows(rows), nil
}

// refuse removes the file of a batch that was not accepted and returns the refusal. Where it is not known
// whether it was, the file stays: a restart finds the batch with its file, or moves the file aside.
func (s *Service) refuse(ctx context.Context, refusal error, file string) error {
	if errors.Is(refusal, database.ErrUnknownOutcome) {
		return refusal
	}
	return errors.Join(refusal, s.spool.remove(context.WithoutCancel(ctx), file))
}

// admitBefore runs the acceptance checks before reading the body, so that a doomed upload fails early, and registers
// the file that arrives. The caller ends the arrival. Files that are quoted count for the quotas of files that wait.
func (s *Service) admitBefore(ctx context.Context, d *Delivery, quoted bool) (*arrival, error) {
	var waiting waitingBytes
	err := s.db.Read(ctx, func(tx *database.Tx) error {
		_, err := s.admit(tx, d)
		if err == nil && quoted {
			waiting, err = sumUploads(tx, d.Actor.ID, s.oldest())
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.space.begin(d.Actor.ID, waiting, quoted)
}

// cleanFileName returns a name that is safe to show: the last element, printable, of bounded length.
func cleanFileName(name string) string {
	name = filepath.Base(strings.ReplaceAll(strings.ToValidUTF8(name, "?"), `\`, "/"))
	name = strings.Map(func(r rune) rune {
		if !problem.InText("x" + string(r)).IsZero() {
			return '?'
		}
		return r
	}, name)
	if name == "." || name == "/" || !problem.InText(name).IsZero() {
		return "ballots.csv"
	}
	const most = 120
	if utf8.RuneCountInString(name) > most {
		name = string([]rune(name)[:most])
	}
	return name
}

// admit returns the election of a delivery, whose constituency it completes. It refuses where the election takes no
// batches now, and a place that is not the official's.
func (s *Service) admit(tx *database.Tx, d *Delivery) (*elections.Election, error) {
	e, err := s.elections.Within(tx, d.ElectionID)
	if err != nil {
		return nil, err
	}
	state := e.StateAt(s.options.Transitions())
	switch {
	case !e.Takes(elections.Batches):
		return nil, ErrElectionTakesNoBatches.With(messages.RefusalElectionTakesNoBatchesOnlineOnly())
	case state == elections.Scheduled:
		return nil, ErrElectionTakesNoBatches.With(messages.RefusalElectionTakesNoBatchesNotStarted())
	case state == elections.Certified:
		return nil, ErrElectionTakesNoBatches.With(messages.RefusalElectionTakesNoBatchesCertified())
	case state == elections.Withdrawn:
		return nil, ErrElectionTakesNoBatches.With(messages.RefusalElectionTakesNoBatchesWithdrawn())
	}
	c, err := s.admitPlace(tx, d, e)
	if err == nil && !d.splits { // else each part names its station
		err = s.refuseNotReopened(tx, e, c.ID, d.StationID)
	}
	if err != nil {
		return nil, err
	}
	may, err := s.options.MayUpload(tx, d.Actor.ID, c.ID, d.StationID)
	if err == nil && !may {
		err = NotYourPlace(e, c)
	}
	if err != nil {
		return nil, err
	}
	return e, problem.OptionalReason(text.Trim(d.Reason))
}

// accept inserts the batch as queued and tells the dispatcher once that is on disk. A late one waits for an
// administrator.
func (s *Service) accept(ctx context.Context, tx *database.Tx, d *Delivery, row *batchRow) error {
	e, err := s.admit(tx, d)
	if err != nil {
		return err
	}
	row.ElectionID, row.ConstituencyID, row.StationID = d.ElectionID, d.ConstituencyID, orNil(d.StationID)
	row.Correction = openCorrection(e)
	if !d.Again {
		same, err := findSame(tx, d.ConstituencyID, row.content())
		if err != nil {
			return err
		}
		if same != 0 {
			return sameFile(same)
		}
	}
	late, err := s.lateness(tx, e, d.StationID)
	if err != nil {
		return err
	}
	// Read after the lateness: verification refuses a batch that was late before the time that made it so.
	row.State, row.AcceptedAt = string(Queued), s.options.Now().UnixMilli()
	if row.Lines == 0 { // only a strict delivery may be empty
		row.State, row.CountedAt = string(Counted), &row.AcceptedAt
	}
	detail := map[string]any{
		"election": row.ElectionID, "constituency": row.ConstituencyID, "file": row.FileName,
		"sha256": hex.EncodeToString(row.SHA256), "lines": row.Lines, "again": d.Again,
	}
	if d.StationID != 0 {
		detail["station"] = d.StationID
	}
	if row.Correction != 0 {
		detail["correction"] = row.Correction
	}
	if late != "" {
		row.markLate(late, d.Reason)
		detail["late"], detail["reason"] = row.Late, row.LateReason
	}
	if err := insertBatch(tx, row); err != nil {
		return err
	}
	tx.AfterCommit(func() {
		if late != "" { // what was sorted is read again if it is approved
			s.spool.presort.discard(row.SpoolFile)
		}
		s.queue.wake()
		s.options.OnCommit(row.ElectionID)
	})
	err = s.log.Append(ctx, tx.SQL(), d.Actor, "batch-accepted", subject(row.ID), detail)
	if err != nil || late == "" {
		return err
	}
	return s.askLate(ctx, tx, d.Actor, row, e)
}

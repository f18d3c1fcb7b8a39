package batch

import (
	"fmt"
	"time"

	"urna/internal/messages"
	"urna/internal/problem"
)

// State is the state of a batch, from its acceptance to the count and out of it.
type State string

// The states of an accepted batch.
const (
	Queued     State = "queued"     // on disk, waiting for its turn
	Processing State = "processing" // some of its lines are counted
	Counted    State = "counted"    // all of them are
	Retracting State = "retracting"
	Retracted  State = "retracted"
	Restoring  State = "restoring"
	Failed     State = "failed"  // stopped by a fault of the machine; tried again
	Waiting    State = "waiting" // late: an administrator decides whether it is counted
)

// Batch is one accepted CSV file of ballots, from one official, for one constituency or one polling station of it.
type Batch struct {
	ID             int64 // in the order of acceptance
	ElectionID     int64
	ConstituencyID int64
	StationID      int64 // 0 where the constituency has no polling stations
	OfficialID     int64
	OfficialName   string // as it stood at acceptance
	FileName       string // as the official's machine called it
	SHA256         string // hex, of the CSV content, whether or not it came compressed
	Bytes          int64  // of the CSV content
	// FirstLine says that the batch is a part of its file, which has the ballots of several polling stations: the lines
	// from this number on. SHA256 and Bytes are those of the part, SentSHA256 is that of the file. 0 is the whole file.
	FirstLine  int64
	SentSHA256 string
	State      State
	Lines      int64 // lines with a ballot, as counted at acceptance
	Processed  int64 // lines in the count now; Valid + Invalid + Duplicates
	Valid      int64
	Invalid    int64
	Duplicates int64
	Failure    string // for people; "" where none
	Reason     string // of the last retraction or restoration; "" where none
	AcceptedAt time.Time
	// Correction is the number of the correction in which it was accepted or last moved; 0: in none.
	Correction int
	CountedAt  *time.Time
	// Late says that the batch was accepted late, and what was decided about it; nil if it was not late.
	Late *Late
}

// Progress returns the share of the batch that is counted, or taken out of the count, from 0 to 1.
func (b Batch) Progress() float64 {
	if b.State == Waiting {
		return 0
	}
	if b.Settled() || b.Lines == 0 {
		return 1
	}
	if b.State == Retracting {
		return 1 - float64(b.Processed)/float64(b.Lines)
	}
	return float64(b.Processed) / float64(b.Lines)
}

// Settled reports whether nothing of the batch is to be counted, retracted or restored unless a person decides so.
func (b Batch) Settled() bool {
	return b.State == Counted || b.State == Retracted || b.State == Waiting
}

// Filter chooses batches; zero fields choose all.
type Filter struct {
	ElectionID int64
	// Elections are those whose batches are chosen, none for an empty list; nil chooses from all.
	Elections      []int64
	ConstituencyID int64
	StationID      int64
	OfficialID     int64
	State          State
	Before         int64 // only ids below it: the cursor of a list, newest first
	Limit          int   // 0 is 100
}

// Official is a person who has uploaded a batch.
type Official struct {
	ID   int64
	Name string // as it stood at the latest batch
}

// What this package refuses, beside malformed files and unknown batches.
var (
	// ErrElectionTakesNoBatches is returned outside open and counting, and where batches are no channel.
	ErrElectionTakesNoBatches = problem.New(problem.Conflict, "election-takes-no-batches",
		messages.RefusalElectionTakesNoBatches())
	// ErrConstituencyNeeded is returned where an election has several constituencies and none was named.
	ErrConstituencyNeeded = &problem.Error{
		Kind: problem.Invalid, Code: "constituency-needed", Message: messages.RefusalConstituencyNeeded(),
		Fields: []problem.Field{{Name: "constituency_id", Message: messages.FieldChooseConstituency()}},
	}
	// ErrStationNeeded is returned where a constituency has polling stations and none was named.
	ErrStationNeeded = &problem.Error{
		Kind: problem.Invalid, Code: "station-needed", Message: messages.RefusalStationNeeded(),
		Fields: []problem.Field{{Name: "station_id", Message: messages.FieldChooseStation()}},
	}
	// ErrStationElsewhere is returned for a polling station that is none of the election or of the named constituency.
	ErrStationElsewhere = &problem.Error{
		Kind: problem.Invalid, Code: "station-elsewhere", Message: messages.RefusalStationElsewhere(),
		Fields: []problem.Field{{Name: "station_id", Message: messages.FieldChooseStation()}},
	}
	// ErrStationExcluded is returned for a polling station that was closed without ballots or annulled.
	ErrStationExcluded = problem.New(problem.Conflict, "station-excluded", messages.RefusalStationExcluded())
	// ErrNotYourPlace is returned for a constituency that the official's account does not upload for; its Extra holds
	// "constituency_id".
	ErrNotYourPlace = problem.New(problem.Forbidden, "not-your-place", messages.RefusalNotYourPlace())
	// ErrSameFile is returned for a file that a standing batch of the constituency has already; its
	// Extra holds "batch_id".
	ErrSameFile = problem.New(problem.Conflict, "same-file", messages.RefusalSameFile())
	// ErrNotCounted is returned for the retraction of a batch that is not counted.
	ErrNotCounted = problem.New(problem.Conflict, "batch-not-counted", messages.RefusalBatchNotCounted())
	// ErrNotRetracted is returned for the restoration of a batch that is not retracted.
	ErrNotRetracted = problem.New(problem.Conflict, "batch-not-retracted", messages.RefusalBatchNotRetracted())
	// ErrUnknownUpload is returned for an upload that does not exist, is another's, or has expired.
	ErrUnknownUpload = problem.New(problem.NotFound, "unknown-upload", messages.RefusalUnknownUpload())
	// ErrTooLarge is returned for a compressed file that comes to more than Options.MaxBytes.
	ErrTooLarge = problem.New(problem.TooLarge, "too-large", messages.RefusalTooLargeUnpacked())
	// ErrCompression is returned for a compressed file that is damaged, or that unpacks to far more than
	// ballots ever do.
	ErrCompression = problem.New(problem.Invalid, "bad-compression", messages.RefusalBadCompression())
	// ErrMalformedFile is returned for a file that is refused whole; its Fields are the first 20
	// problems, named "line N", and its Extra holds "problems", the number of all.
	ErrMalformedFile = problem.New(problem.Invalid, "malformed-file", messages.RefusalMalformedFile())
)

// sameFile returns ErrSameFile about the batch that has the file already.
func sameFile(batchID int64) *problem.Error {
	return ErrSameFile.With(messages.RefusalSameFileAs(batchID)).WithExtra("batch_id", batchID)
}

// lineField names a line of the file in a refusal's fields.
func lineField(line int64) string { return fmt.Sprintf("line %d", line) }

package countersign

import (
	"strconv"
	"time"

	"urna/internal/audit/checkpoint"
	"urna/internal/messages"
	"urna/internal/problem"
)

// Witness is a witness that administrators registered.
type Witness struct {
	ID           int64
	Name         string // of its key
	Key          string // the verifier key
	Operator     string // who operates it
	RegisteredAt time.Time
	Removed      bool

	// Last is its latest countersignature; nil before the first one.
	Last *Countersignature
	// Conflict is its countersignature of a checkpoint of this log that the log does not contain; nil if it sent none.
	Conflict *Countersignature
}

// Countersignature is a checkpoint that a witness has signed.
type Countersignature struct {
	ID         int64     // of the row; 0 before it is stored
	Size       int64     // events
	SignedAt   time.Time // by the clock of the witness
	ReceivedAt time.Time // by the clock of the server
	Note       string    // the checkpoint with the signatures of log and witness
	Conflicts  bool      // the log did not contain it when it was accepted

	witness int64
}

// LateAt returns when administrators should ask the operator of the witness unless it sends something before: it does not
// run, does not reach the server, or has found that the log does not begin as before.
func (w Witness) LateAt() time.Time {
	since := w.RegisteredAt
	if w.Last != nil && w.Last.ReceivedAt.After(since) {
		since = w.Last.ReceivedAt
	}
	return since.Add(LateAfter)
}

// Late reports whether that time has come.
func (w Witness) Late(now time.Time) bool { return !now.Before(w.LateAt()) }

// LateAfter is how long a witness may send nothing. It countersigns an unchanged log each ten minutes.
const LateAfter = time.Hour

// MaxWitnesses is the most witnesses that are registered at one time. A checkpoint with the signatures of all must be one
// that everybody can open: package note reads 100 signatures, and package checkpoint MaxNote bytes.
const MaxWitnesses = 50

// Head is the present state of the log.
type Head struct {
	checkpoint.Checkpoint

	Hash   string // of the last event, in hex
	Signed []byte // the checkpoint with the log's signature, and with the countersignatures of it that were accepted
}

// Draft describes a witness to register.
type Draft struct {
	Key      string // its verifier key
	Operator string
}

// Refusals.
var (
	// ErrUnknownWitness is returned for a witness that does not exist or was removed.
	ErrUnknownWitness = problem.New(problem.NotFound, "unknown-witness", messages.RefusalUnknownWitness())
	// ErrKnownWitness is returned for a witness whose name is registered already.
	ErrKnownWitness = problem.New(problem.Conflict, "known-witness", messages.RefusalKnownWitness())
	// ErrTooManyWitnesses is returned for a witness beyond MaxWitnesses.
	ErrTooManyWitnesses = problem.New(problem.Conflict, "too-many-witnesses", messages.RefusalTooManyWitnesses(strconv.Itoa(MaxWitnesses)))
	// ErrNoCheckpoint is returned for bytes that are not a checkpoint with signatures.
	ErrNoCheckpoint = problem.New(problem.Malformed, "no-checkpoint", messages.RefusalNoCheckpoint())
	// ErrForeignLog is returned for a checkpoint that this log has not signed.
	ErrForeignLog = problem.New(problem.Forbidden, "foreign-log", messages.RefusalForeignLog())
	// ErrNotRegistered is returned for a checkpoint that no registered witness has countersigned.
	ErrNotRegistered = problem.New(problem.Forbidden, "witness-not-registered", messages.RefusalWitnessNotRegistered())
	// ErrConflict is returned for a countersigned checkpoint of this log that the log does not contain, which was recorded.
	ErrConflict = problem.New(problem.Conflict, "log-conflict", messages.RefusalLogConflict())
	// ErrNoSuchTree is returned for the sizes of trees that the log does not have.
	ErrNoSuchTree = problem.New(problem.NotFound, "no-such-tree", messages.RefusalNoSuchTree())
)

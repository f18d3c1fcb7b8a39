package checkpoint

import (
	"errors"
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/note"
)

// Evidence proves that an event is in a log, and which witnesses have seen the log with it. It is an entry of results
// bundles.
type Evidence struct {
	Format    string   `json:"format"`
	Log       string   `json:"log"`       // the verifier key of the log
	Event     int64    `json:"event"`     // the number of the event
	Witnesses []string `json:"witnesses"` // the verifier keys of the witnesses whose countersignatures follow
	// Proofs are in the form of c2sp.org/tlog-proof: first the log's own one, whose checkpoint ends with the event, then
	// one for each witness.
	Proofs []string `json:"proofs"`
}

// EvidenceFormat names the format of the document.
const EvidenceFormat = "urna-witnesses-1"

// Seen says which witness has countersigned a log with the event, and when by its own clock.
type Seen struct {
	Witness WitnessKey
	Size    int64
	At      time.Time
}

// Check proves that the event with the hash, in hex, is in the log whose key the evidence names. It returns the log's own
// checkpoint, which ends with the event, and the countersignatures that hold by the keys in the evidence. Whose keys these
// are is for the caller to know.
func (e Evidence) Check(event int64, hash string) (head Checkpoint, seen []Seen, err error) {
	log, err := ParseLogKey(e.Log)
	if err != nil {
		return Checkpoint{}, nil, err
	}
	if e.Format != EvidenceFormat || e.Event != event || len(e.Proofs) != 1+len(e.Witnesses) {
		return Checkpoint{}, nil, fmt.Errorf("checkpoint: %w: it is not the evidence of event %d", ErrMalformed, event)
	}
	if head, _, err = e.open(0, hash, log); err != nil || head.Size != event {
		return Checkpoint{}, nil, errors.Join(fmt.Errorf("checkpoint: the log's own checkpoint does not end with event %d", event), err)
	}
	for i, vkey := range e.Witnesses {
		witness, err := ParseWitnessKey(vkey)
		if err != nil {
			return Checkpoint{}, nil, err
		}
		c, n, err := e.open(1+i, hash, log, witness)
		if err != nil {
			return Checkpoint{}, nil, err
		}
		signature, signed := Signed(n, witness)
		at, err := Time(signature)
		if !signed || err != nil {
			return Checkpoint{}, nil, fmt.Errorf("checkpoint: proof %d has no countersignature of %s", 2+i, witness.Name())
		}
		seen = append(seen, Seen{Witness: witness, Size: c.Size, At: at})
	}
	return head, seen, nil
}

// open reads and checks a proof; its checkpoint must have the log's signature.
func (e Evidence) open(i int, hash string, log LogKey, further ...note.Verifier) (Checkpoint, *note.Note, error) {
	proof, err := ParseInclusion([]byte(e.Proofs[i]))
	if err != nil {
		return Checkpoint{}, nil, err
	}
	c, n, err := Open(proof.Signed, append([]note.Verifier{log}, further...)...)
	if err != nil {
		return Checkpoint{}, nil, err
	}
	if _, signed := Signed(n, log); !signed || c.Origin != log.Name() || proof.Event != e.Event {
		return Checkpoint{}, nil, fmt.Errorf("checkpoint: proof %d is not of event %d of this log", 1+i, e.Event)
	}
	return c, n, proof.Check(c, hash)
}

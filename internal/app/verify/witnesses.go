package verify

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"urna/ballots"
	"urna/internal/audit"
	"urna/internal/audit/checkpoint"
	"urna/internal/audit/countersign"
)

// checkWitnesses compares the countersignatures of witnesses, and the checkpoints that were kept outside, with the tree
// over the audit log.
func checkWitnesses(ctx context.Context, r *run) error {
	stored, err := countersign.AllStored(ctx, r.tx)
	if err != nil {
		return err
	}
	log, err := r.logKey(ctx)
	if err != nil {
		return err
	}
	if log == nil && len(stored) > 0 {
		r.notChecked("the log's own signatures on countersigned checkpoints: signing.key is not in this folder")
	}
	w := &witnessRun{run: r, log: log, roots: map[int64]*tlog.Hash{}, latest: map[string]countersign.Stored{}}
	outside := w.outside()
	for _, s := range stored {
		w.roots[s.Size] = nil
	}
	if err := w.computeRoots(ctx); err != nil {
		return err
	}
	for _, s := range stored {
		w.compareStored(s)
	}
	for _, name := range slices.Sorted(maps.Keys(outside)) {
		w.compareOutside(name, outside[name])
	}
	w.given()
	r.checked(map[string]int64{"countersignatures": int64(len(stored)), "checkpoints": int64(len(outside))},
		"witnesses: %d countersignatures and %d checkpoints that were kept elsewhere were compared with the tree over the audit log",
		len(stored), len(outside))
	if len(r.options.Checkpoints) == 0 {
		r.notChecked("whether this is the last state that witnesses have seen: this needs the state file of a witness (--witness, --checkpoint)")
	}
	return nil
}

// logKey returns the key of the folder's log, nil without the right secret.
func (r *run) logKey(ctx context.Context) (*checkpoint.LogKey, error) {
	secret, err := r.SigningSecret(ctx, r.tx)
	if err != nil || secret == nil {
		return nil, err
	}
	signer, err := countersign.Signer(secret)
	return &signer.LogKey, err
}

// witnessRun is the state of the check.
type witnessRun struct {
	*run

	log    *checkpoint.LogKey            // nil if it is not known
	roots  map[int64]*tlog.Hash          // of the trees of the sizes that are asked for; nil for one that the log does not have
	latest map[string]countersign.Stored // by verifier key: the last countersignature that holds
	size   int64                         // of the log
}

// outside reads the checkpoints that were kept elsewhere, by the names of their files.
func (w *witnessRun) outside() map[string]checkpoint.Checkpoint {
	found := map[string]checkpoint.Checkpoint{}
	for _, kept := range w.options.Checkpoints {
		c, err := w.openOutside(kept.Signed)
		if err != nil {
			w.differs(ballots.Difference{Sentence: fmt.Sprintf("%s: %v", kept.Name, err)})
			continue
		}
		found[kept.Name] = c
		if c.Size > 0 {
			w.roots[c.Size] = nil
		}
	}
	return found
}

// openOutside reads a checkpoint. If keys of witnesses were given, one of them must have countersigned it.
func (w *witnessRun) openOutside(signed []byte) (checkpoint.Checkpoint, error) {
	if len(w.options.Witnesses) == 0 {
		return checkpoint.Read(signed)
	}
	verifiers := make([]note.Verifier, len(w.options.Witnesses))
	for i, key := range w.options.Witnesses {
		verifiers[i] = key
	}
	c, _, err := checkpoint.Open(signed, verifiers...)
	return c, err
}

// computeRoots computes the roots of all sizes that are asked for in one pass over the log.
func (w *witnessRun) computeRoots(ctx context.Context) error {
	var tree checkpoint.Range
	return audit.EachHash(ctx, w.tx.SQL(), 1, math.MaxInt64, func(_ int64, hash string) error {
		leaf, err := checkpoint.Leaf(hash)
		if err != nil {
			return err
		}
		tree.Append(leaf)
		w.size = tree.Size()
		if _, asked := w.roots[w.size]; asked {
			root := tree.Root()
			w.roots[w.size] = &root
		}
		return nil
	})
}

// contains reports whether the log begins with the tree of a checkpoint.
func (w *witnessRun) contains(c checkpoint.Checkpoint) bool {
	root := w.roots[c.Size]
	return root != nil && *root == c.Root
}

// compareStored checks a stored countersignature.
func (w *witnessRun) compareStored(s countersign.Stored) {
	row := fmt.Sprintf("countersignatures id %d", s.ID)
	differ := func(sentence string) {
		w.differs(ballots.Difference{Table: "countersignatures", Row: row, Sentence: row + ": " + sentence})
	}
	c, err := s.Check(w.log)
	switch {
	case err != nil:
		differ(err.Error())
	case s.Conflicts && w.contains(c):
		differ(fmt.Sprintf("it is said to contradict the log, and the log begins with its %d events", c.Size))
	case s.Conflicts && s.Witness.Removed: // administrators have dealt with it, which is an event
		w.checked(nil, "witnesses: the removed witness %s had countersigned another history of this log: %d events, at %s",
			s.Witness.Name, c.Size, s.SignedAt.Format(time.RFC3339))
	case s.Conflicts:
		differ(fmt.Sprintf("the witness %s countersigned another history of this log: %d events, at %s", s.Witness.Name, c.Size, s.SignedAt.Format(time.RFC3339)))
	case !w.contains(c):
		differ(fmt.Sprintf("the witness %s countersigned %d events at %s, and the log does not begin with them: it was shortened or rewritten",
			s.Witness.Name, c.Size, s.SignedAt.Format(time.RFC3339)))
	case w.log != nil && c.Origin != w.log.Name():
		w.notChecked("the log's own signature of %s: signing.key was replaced since", row)
		w.latest[s.Witness.Key] = s
	default:
		w.latest[s.Witness.Key] = s
	}
}

// compareOutside checks a checkpoint that was kept elsewhere.
func (w *witnessRun) compareOutside(name string, c checkpoint.Checkpoint) {
	switch {
	case w.log != nil && c.Origin != w.log.Name():
		w.differs(ballots.Difference{Sentence: fmt.Sprintf("%s is a checkpoint of the log %s, and this folder's log is %s", name, c.Origin, w.log.Name())})
	case c.Size > w.size:
		w.differs(ballots.Difference{Table: "audit_events", Sentence: fmt.Sprintf("the log ends with event %d, and %s has %d events: "+
			"the log was shortened, or an older folder was put back", w.size, name, c.Size)})
	case c.Size > 0 && !w.contains(c):
		w.differs(ballots.Difference{Table: "audit_events", Sentence: fmt.Sprintf("the log does not begin with the %d events of %s: it was rewritten", c.Size, name)})
	}
}

// given says of each witness whose key was given how far it has countersigned the log.
func (w *witnessRun) given() {
	for _, key := range w.options.Witnesses {
		s, found := w.latest[key.String()]
		if !found {
			w.differs(ballots.Difference{Table: "countersignatures", Sentence: fmt.Sprintf("no countersignature of the witness %s is stored", key.Name())})
			continue
		}
		w.checked(map[string]int64{"events": s.Size}, "witnesses: %s countersigned the log up to event %d, at %s by its clock",
			key.Name(), s.Size, s.SignedAt.Format(time.RFC3339))
	}
}

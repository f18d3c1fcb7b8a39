package verify

import (
	"context"
	"errors"
	"fmt"

	"urna/ballots"
	"urna/internal/audit"
)

// checkChain walks the audit log.
func checkChain(ctx context.Context, r *run) error {
	head, events, err := audit.Verify(ctx, r.tx.SQL(), r.options.Head)
	if broken, ok := errors.AsType[*audit.BrokenError](err); ok {
		r.differs(ballots.Difference{Table: "audit_events", Row: fmt.Sprintf("event %d", broken.ID), Sentence: err.Error()})
		return nil
	}
	if errors.Is(err, audit.ErrTailCut) {
		r.differs(ballots.Difference{Table: "audit_events", Sentence: err.Error()})
		return nil
	}
	if err != nil {
		return err
	}
	r.checked(map[string]int64{"events": events}, "audit log: %d events, the chain holds; its head is %s", events, head)
	backwards, first, err := audit.Backwards(ctx, r.tx.SQL())
	if err != nil {
		return err
	}
	if backwards > 0 { // an ordinary correction of the clock does so too
		r.checked(map[string]int64{"backwards": backwards}, "audit log: %d events are earlier than the event before them, the first is event %d: "+
			"the clock was set back", backwards, first)
	}
	if r.options.Head == "" {
		r.notChecked("whether events at the end of the audit log were cut off: this needs a head that was noted outside this folder (--head)")
	}
	return nil
}

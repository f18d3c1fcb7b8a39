package verify

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"urna/ballots"
	"urna/ballots/online"
	"urna/elections"
	"urna/internal/app"
	"urna/internal/audit"
)

// checkLog rebuilds definitions, accounts, batches, rolls, lots and confirmations from the audit log and compares them
// with the tables.
func checkLog(ctx context.Context, r *run) error {
	secret, err := r.LogSecret(ctx, r.tx)
	if err != nil {
		return err
	}
	found, err := audit.Replay(ctx, r.DB, r.tx.SQL(), app.LoggedTables(), secret)
	if err != nil {
		return err
	}
	for _, d := range found.Divergences {
		r.differs(ballots.Difference(d))
	}
	if err := errors.Join(checkCertifications(ctx, r), checkCorrections(ctx, r), checkClosings(ctx, r), checkNumbers(ctx, r)); err != nil {
		return err
	}
	if found.From > 0 {
		r.checked(map[string]int64{"events": found.Events, "rows": found.Rows, "tables": int64(found.Tables), "from": found.From},
			"log: %d events were replayed and compared with %d rows of %d tables: definitions, accounts, batches, rolls, lots, confirmations "+
				"and settings; the log proves them from event %d on", found.Events, found.Rows, found.Tables, found.From)
	}
	if len(found.Unproven) > 0 {
		r.notChecked("the rows of %s: an earlier version of the program wrote them, and no event recorded them; start this version once",
			strings.Join(found.Unproven, ", "))
	}
	if found.Undigested {
		r.notChecked("stored passwords, second factors, personal ids and sign-ins of accounts: the log has digests of them, and the right " +
			"server.key is not in this folder")
	}
	return nil
}

// checkCertifications compares the records of certification with their events.
func checkCertifications(ctx context.Context, r *run) error {
	found, err := elections.CompareCertifications(ctx, r.tx)
	for _, d := range found {
		place := ballots.Place(d.ElectionID, 0)
		r.differs(ballots.Difference{Table: "certifications", Row: place, Place: place, Sentence: d.Sentence})
	}
	return err
}

// checkCorrections finds rows of certified elections that changed although no open correction named them.
func checkCorrections(ctx context.Context, r *run) error {
	found, err := elections.CompareCorrections(ctx, r.tx, app.LoggedTables())
	for _, d := range found {
		r.differs(ballots.Difference{Table: d.Table, Row: d.Row, Place: ballots.Place(d.ElectionID, 0), Sentence: d.Sentence})
	}
	return err
}

// checkClosings compares the steps of closes with the elections, of which the log has when they closed.
func checkClosings(ctx context.Context, r *run) error {
	ids, err := online.CompareClosings(ctx, r.tx)
	for _, id := range ids {
		place := ballots.Place(id, 0)
		r.differs(ballots.Difference{
			Table: "online_closings", Row: place, Place: place, Sentence: place + ": closed without the steps of its close, or these without being closed",
		})
	}
	return err
}

// checkNumbers compares the table of the numbers from 0 to 999, which statements over many records rely on.
func checkNumbers(ctx context.Context, r *run) error {
	var good bool
	const query = `SELECT count(*) = 1000 AND min(n) = 0 AND max(n) = 999 FROM numbers`
	if err := r.tx.SQL().QueryRowContext(ctx, query).Scan(&good); err != nil {
		return fmt.Errorf("read the table of numbers: %w", err)
	}
	if !good {
		r.differs(ballots.Difference{Table: "numbers", Sentence: "the table numbers does not have the numbers from 0 to 999"})
	}
	return nil
}

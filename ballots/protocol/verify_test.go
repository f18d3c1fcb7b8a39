package protocol_test

import (
	"errors"
	"strings"
	"testing"

	"urna/ballots"
	"urna/ballots/protocol"
	"urna/internal/database"
)

// errUndo ends a transaction that stores nothing.
var errUndo = errors.New("undo")

// compare executes a statement, compares all protocols with what was typed and the tallies with the protocols, and rolls
// back.
func (h *env) compare(t *testing.T, statement string) (differences []string, found protocol.Compared) {
	t.Helper()
	err := h.db.Write(t.Context(), func(tx *database.Tx) error {
		if _, err := tx.SQL().ExecContext(t.Context(), statement); err != nil {
			return err
		}
		all, err := h.elections.AllWithin(tx)
		if err != nil {
			return err
		}
		report := func(d ballots.Difference) { differences = append(differences, d.Sentence) }
		if found, err = h.protocols.Compare(tx, all, report); err != nil {
			return err
		}
		r, err := ballots.RecountAll(t.Context(), tx, nil, found.Sums)
		for _, d := range r.Differences {
			differences = append(differences, d.Table+": "+d.Sentence)
		}
		return errors.Join(errUndo, err)
	})
	if !errors.Is(err, errUndo) || err.Error() != "undo" {
		t.Fatal(err)
	}
	return differences, found
}

// played is an election with protocols in every state, counted by hand.
func played(t *testing.T) *env {
	t.Helper()
	h := newEnv(t)
	h.enter(t, olga, h.stations[0])
	h.enter(t, oskar, h.stations[0])
	h.enter(t, olga, h.stations[1], "fields.signed", "100")
	h.enter(t, oskar, h.stations[1], "votes.1", "57", "votes.2", "41")
	h.enter(t, olga, h.stations[2])
	for _, station := range []int64{h.stations[3], h.stations[4]} {
		h.enter(t, olga, station)
		h.enter(t, petra, station)
	}
	h.end()
	decisions := []protocol.Decision{{Name: "fields.signed"}, {Name: "votes.1", Typed: "58"}, {Name: "votes.2", Typed: "40"}}
	if _, err := h.protocols.Settle(t.Context(), ada, h.stations[1], decisions, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := h.protocols.Retract(t.Context(), ada.Actor, h.stations[3], "wrong paper"); err != nil {
		t.Fatal(err)
	}
	if _, err := h.protocols.Reopen(t.Context(), ada.Actor, h.stations[4], "wrong paper"); err != nil {
		t.Fatal(err)
	}
	return h
}

func TestCompare_NothingWhereNothingWasChanged(t *testing.T) {
	t.Parallel()
	differences, found := played(t).compare(t, `SELECT 1`)
	if len(differences) != 0 || found.Protocols != 5 || found.Entries != 7 || len(found.Sums) != 2 {
		t.Errorf("want no difference of 5 protocols with 7 entries, 2 in the count, got %q, %+v", differences, found)
	}
}

// TestCompare_NamesWhatWasChanged changes one thing at a time, and wants it named without a number.
func TestCompare_NamesWhatWasChanged(t *testing.T) { //nolint:tparallel // its parts change one database in turn
	t.Parallel()
	h := played(t)
	for name, change := range map[string]struct{ statement, want string }{
		"a typed number":        {`UPDATE protocol_entries SET content = replace(content, '58', '59') WHERE id = 1`, "differs from the one that was entered"},
		"an entry of a round":   {`UPDATE protocol_entries SET content = content || ' ' WHERE protocol_id = 5 AND number = 1`, "differs from the one that was entered"},
		"a state":               {`UPDATE protocols SET state = 'definitive', definitive_at = 1 WHERE id = 3`, "it has 1 entries"},
		"a retraction":          {`UPDATE protocols SET state = 'retracted' WHERE id = 1`, "the tally says 116"},
		"a restoration":         {`UPDATE protocols SET state = 'definitive' WHERE id = 4`, "the tally says"},
		"the differences":       {`UPDATE protocols SET differences = 'votes.1' WHERE id = 2`, "differ in other numbers"},
		"a settled value":       {`UPDATE protocol_settlements SET value = value + 1 WHERE name = 'votes.1'`, "did not choose"},
		"a choice":              {`UPDATE protocol_settlements SET choice = 'third' WHERE name = 'votes.1'`, "did not choose"},
		"a settlement too few":  {`DELETE FROM protocol_settlements WHERE name = 'fields.signed'`, "are settled"},
		"a settlement too many": {`INSERT INTO protocol_settlements VALUES (1, 1, 'votes.1', 58, 'first', 1, 'Ada', 1)`, "does not differ"},
		"another constituency":  {`UPDATE protocols SET constituency_id = 2 WHERE id = 1`, "its station"},
		"another station":       {`UPDATE protocols SET station_id = 10 WHERE id = 1`, "its station"},
		"a tally":               {`UPDATE constituency_tallies SET votes = votes + 1`, "constituency_tallies"},
		"a station's tally":     {`UPDATE station_tallies SET votes = votes + 1 WHERE station_id = 1`, "station_tallies"},
		"invalid ballots":       {`UPDATE station_totals SET invalid = invalid + 1 WHERE station_id = 1`, "station_totals"},
	} {
		t.Run(name, func(t *testing.T) {
			differences, _ := h.compare(t, change.statement)
			if !strings.Contains(strings.Join(differences, "\n"), change.want) {
				t.Errorf("want %q, got %q", change.want, differences)
			}
		})
	}
}

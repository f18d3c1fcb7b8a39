package protocol_test

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"urna/ballots"
	"urna/ballots/protocol"
	"urna/elections"
	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/testing/databasetest"
)

// listed is how many stations the long lists of the tests have: more than share an event.
const listed = 1100

// newListEnv is an election whose first constituency has so many stations.
func newListEnv(t *testing.T, listed int) *env {
	t.Helper()
	return newEnv(t, func(d *elections.Draft) {
		d.Constituencies[0].Stations = nil
		for i := range listed {
			d.Constituencies[0].Stations = append(d.Constituencies[0].Stations, elections.StationDraft{Number: fmt.Sprint("N", i), RegisteredVoters: 1000})
		}
	})
}

// longList returns an entry for each of those stations, of which some have warnings and some explain them. The second list
// differs from the first one in every seventh.
func (h *env) longList(second bool) []protocol.Entry {
	entries := make([]protocol.Entry, len(h.stations)-stationsOfSouth)
	for i := range entries {
		n := numbers("votes.1", strconv.Itoa(58-i%5), "votes.2", strconv.Itoa(40+i%5))
		switch {
		case i%7 == 3 && second:
			n["votes.1"], n["votes.2"], n["fields.signed"] = n["votes.2"], n["votes.1"], "100"
		case i%7 == 1:
			n["fields.signed"] = "99"
		}
		entries[i] = protocol.Entry{StationID: h.stations[i], Numbers: n}
		if i%14 == 1 {
			entries[i].Explanations = map[string]string{"W1": "a voter did not sign"}
		}
	}
	return entries
}

// stationsOfSouth are those of the second constituency, of which the lists have none.
const stationsOfSouth = 5

// prepare puts some of the stations into other states than that of nothing entered.
func (h *env) prepare(t *testing.T) {
	t.Helper()
	h.enter(t, petra, h.stations[0])
	if _, err := h.protocols.Reopen(t.Context(), ada.Actor, h.stations[0], "wrong paper"); err != nil {
		t.Fatal(err)
	}
	for _, by := range []protocol.Person{olga, oskar} {
		for _, station := range []int64{h.stations[1], h.stations[2]} {
			if _, err := h.protocols.SaveDraft(t.Context(), by, protocol.Draft{StationID: station, Numbers: map[string]string{"votes.1": "5"}}); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// states returns what people see of all stations and their protocols, without times.
func (h *env) states(t *testing.T) (seen []string) {
	t.Helper()
	err := h.db.Read(t.Context(), func(tx *database.Tx) error {
		tallies, err := ballots.StationTallies(t.Context(), tx, h.election.ID)
		if err != nil {
			return err
		}
		for _, id := range slices.Sorted(maps.Keys(tallies)) {
			seen = append(seen, fmt.Sprintf("%d: %+v", id, tallies[id]))
		}
		places, err := ballots.Tallies(t.Context(), tx, h.election.ID)
		if err != nil {
			return err
		}
		seen = append(seen, fmt.Sprintf("%+v", places))
		records, err := h.protocols.RecordsOf(t.Context(), tx, []*elections.Election{h.election})
		if err != nil {
			return err
		}
		for _, r := range records[h.election.ID] {
			for k := range r.Entries {
				r.Entries[k].At, r.Entries[k].SHA256 = time.Time{}, nil
				_, r.Entries[k].Content, _ = strings.Cut(r.Entries[k].Content, `"values"`) // without the nonce
			}
			seen = append(seen, fmt.Sprintf("%+v", r))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for offset := 0; offset < len(h.stations); offset += 200 {
		page, _, err := h.protocols.List(t.Context(), protocol.ListFilter{ElectionID: h.election.ID, Offset: offset, Limit: 200})
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range page {
			for k := range one.Entries {
				one.Entries[k].At = time.Time{}
			}
			seen = append(seen, fmt.Sprintf("%+v", one))
		}
	}
	return seen
}

// proved compares the protocols with the entries and the tallies, and the tables with the log.
func (h *env) proved(t *testing.T, statement string) (differences []string) {
	t.Helper()
	differences, _ = h.compare(t, statement)
	err := h.db.Write(t.Context(), func(tx *database.Tx) error {
		if _, err := tx.SQL().ExecContext(t.Context(), statement); err != nil {
			return err
		}
		r, err := audit.Replay(t.Context(), h.db, tx.SQL(), slices.Concat(elections.LoggedTables(), protocol.LoggedTables()), nil)
		if err != nil {
			return err
		}
		for _, d := range r.Divergences {
			if d.Table == "audit_coverage" { // the app writes it
				continue
			}
			differences = append(differences, d.Table+": "+d.Row+": "+d.Sentence)
		}
		return errUndo
	})
	if !errors.Is(err, errUndo) {
		t.Fatal(err)
	}
	return differences
}

// TestEnterAll_IsWhatSingleEntriesAre enters the same protocols as two lists and one by one.
func TestEnterAll_IsWhatSingleEntriesAre(t *testing.T) {
	t.Parallel()
	const listed = 250
	var got, answers [2][]string
	for way := range got {
		h := newListEnv(t, listed)
		protocol.ShareEvents(h.protocols, 100)
		h.prepare(t)
		for second, by := range []protocol.Person{olga, oskar} {
			list := h.longList(second == 1)
			var all []protocol.Entered
			if way == 0 {
				found, err := h.protocols.EnterAll(t.Context(), by, list, func(i int, refusal error) { t.Errorf("line %d: %v", i, refusal) })
				if err != nil {
					t.Fatal(err)
				}
				all = found
			} else {
				for _, entry := range list {
					one, err := h.protocols.Enter(t.Context(), by, entry)
					if err != nil {
						t.Fatal(err)
					}
					all = append(all, one)
				}
			}
			for _, one := range all {
				answers[way] = append(answers[way], fmt.Sprintf("%+v", one))
			}
			if differences := h.proved(t, `SELECT 1`); len(differences) > 0 {
				t.Errorf("want everything proved, got %q", differences)
			}
		}
		got[way] = h.states(t)
	}
	for i := range answers[1] {
		if answers[0][i] != answers[1][i] {
			t.Fatalf("want the answer\n%s, got\n%s", answers[1][i], answers[0][i])
		}
	}
	if len(got[1]) < 2*listed || len(got[0]) != len(got[1]) {
		t.Fatalf("want %d lines of states, got %d", len(got[1]), len(got[0]))
	}
	for i := range got[1] {
		if got[0][i] != got[1][i] {
			t.Fatalf("want\n%s, got\n%s", got[1][i], got[0][i])
		}
	}
}

// TestEnterAll_HasAnEventForAThousand counts the events of lists; each protocol is in one of them.
func TestEnterAll_HasAnEventForAThousand(t *testing.T) {
	t.Parallel()
	h := newListEnv(t, listed)
	if _, err := h.protocols.EnterAll(t.Context(), olga, h.longList(false), nil); err != nil {
		t.Fatal(err)
	}
	var lists, protocols int
	for _, line := range h.logOf(t) {
		if strings.HasPrefix(line, "Olga Official protocols-entered election 1 ") {
			lists++
			protocols += strings.Count(line, `"sha256":"#"`)
		}
	}
	if lists != 2 || protocols != listed {
		t.Errorf("want two events with %d entries, got %d with %d", listed, lists, protocols)
	}
}

// TestEnterAll_AnAlteredEntryOfAListIsFound alters what was stored and recorded of a list's entries.
func TestEnterAll_AnAlteredEntryOfAListIsFound(t *testing.T) {
	t.Parallel()
	h := newListEnv(t, listed)
	for second, by := range []protocol.Person{olga, oskar} {
		if _, err := h.protocols.EnterAll(t.Context(), by, h.longList(second == 1), nil); err != nil {
			t.Fatal(err)
		}
	}
	for statement, want := range map[string]string{
		`UPDATE protocol_entries SET content = replace(content, '"votes.1":58', '"votes.1":59') WHERE id = 1`:                                                         "protocol 1: entry 1 of round 1 differs",
		`UPDATE protocol_entries SET commitment = zeroblob(32) WHERE id = 1050`:                                                                                       "protocol_entries: protocol_entries id 1050",
		`UPDATE protocol_entries SET typist_name = 'Eve' WHERE id = 1500`:                                                                                             "protocol_entries: protocol_entries id 1500",
		`UPDATE protocols SET state = 'retracted' WHERE id = 6`:                                                                                                       "protocols: protocols id 6",
		`DELETE FROM protocol_entries WHERE id = 2000`:                                                                                                                "protocol_entries: protocol_entries id 2000",
		`UPDATE station_tallies SET votes = votes + 1 WHERE station_id = 5 AND poll_number = 1`:                                                                       "station_tallies: ",
		databasetest.DropTrigger("audit_images_are_not_changed") + `; UPDATE audit_images SET images = replace(images, 'Olga', 'Inga') WHERE length(images) > 100000`: "are not those whose hash the event has",
		databasetest.DropTrigger("audit_images_are_not_deleted") + `; DELETE FROM audit_images WHERE length(images) = (SELECT max(length(images)) FROM audit_images)`: "are missing",
	} {
		if got := strings.Join(h.proved(t, statement), "\n"); !strings.Contains(got, want) {
			t.Errorf("%s: want %q, got %.300q", statement, want, got)
		}
	}
}

// TestEnterAll_AKillInTheMiddleLeavesNothing opens the files of the database as a kill would leave them after the first
// thousand of a list.
func TestEnterAll_AKillInTheMiddleLeavesNothing(t *testing.T) {
	t.Parallel()
	databasetest.NeedsSQLite(t, "the files of a server are not the program's")
	h := newListEnv(t, listed)
	h.prepare(t)
	var path string
	if err := h.db.Pool().QueryRowContext(t.Context(), `SELECT file FROM pragma_database_list WHERE name = 'main'`).Scan(&path); err != nil {
		t.Fatal(err)
	}
	killed, groups := t.TempDir(), 0
	protocols := protocol.New(h.db, h.log, h.elections, protocol.Options{Transitions: h.now.Now, Now: func() time.Time {
		if groups++; groups == 2 { // it is asked for the time of each thousand
			for _, end := range []string{"", "-wal"} {
				content, err := os.ReadFile(path + end)
				if err == nil {
					err = os.WriteFile(filepath.Join(killed, "urna.db"+end), content, 0o600)
				}
				if err != nil {
					t.Error(err)
				}
			}
		}
		return h.now.Now()
	}})
	if _, err := protocols.EnterAll(t.Context(), olga, h.longList(false), nil); err != nil || groups != 2 {
		t.Fatalf("want a list with two thousands, got %d, %v", groups, err)
	}
	count := func(db *database.DB) (counts [3]int) {
		t.Helper()
		err := db.Pool().QueryRowContext(t.Context(), `SELECT (SELECT count(*) FROM protocol_entries), (SELECT count(*) FROM protocol_drafts),
			(SELECT count(*) FROM audit_events WHERE action = 'protocols-entered')`).Scan(&counts[0], &counts[1], &counts[2])
		if err != nil {
			t.Fatal(err)
		}
		return counts
	}
	if got := count(databasetest.OpenIn(t, killed, database.Main)); got != [3]int{1, 4, 0} {
		t.Errorf("want the entry and the drafts of before, got %v", got)
	}
	if got := count(h.db); got != [3]int{1 + listed, 2, 2} {
		t.Errorf("want the list stored, got %v", got)
	}
}

// TestEnterAll_RefusesAStationTwice: the second line of a station is refused as a second entry of the person would be.
func TestEnterAll_RefusesAStationTwice(t *testing.T) {
	t.Parallel()
	h := newEnv(t)
	entry := protocol.Entry{StationID: h.stations[0], Numbers: numbers()}
	for _, c := range []struct {
		by   protocol.Person
		want error
	}{{olga, protocol.ErrSamePerson}, {oskar, protocol.ErrEntered}} {
		var refusals []error
		_, err := h.protocols.EnterAll(t.Context(), c.by, []protocol.Entry{entry, entry}, func(_ int, refusal error) { refusals = append(refusals, refusal) })
		if !errors.Is(err, protocol.ErrFindings) || len(refusals) != 1 || !errors.Is(refusals[0], c.want) {
			t.Errorf("want %v, got %v, %v", c.want, refusals, err)
		}
		h.enter(t, c.by, h.stations[0])
	}
}

// TestEnterAll_LateProtocolsWaitOneByOne: each of a list that is late has its own event and proposal.
func TestEnterAll_LateProtocolsWaitOneByOne(t *testing.T) {
	t.Parallel()
	h := newEnv(t)
	var list []protocol.Entry
	for _, station := range h.stations[:4] {
		list = append(list, protocol.Entry{StationID: station, Numbers: numbers(), LateReason: "the road was flooded"})
	}
	if _, err := h.protocols.EnterAll(t.Context(), olga, list[1:], nil); err != nil {
		t.Fatal(err)
	}
	h.end()
	h.confirm(t)
	answers, err := h.protocols.EnterAll(t.Context(), oskar, list, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []protocol.State{protocol.FirstEntry, protocol.Waiting, protocol.Waiting, protocol.Waiting} {
		if answers[i].State != want || h.view(t, ada, h.stations[i]).State != want {
			t.Errorf("station %d: want %s, got %+v", i, want, answers[i])
		}
	}
	late := slices.DeleteFunc(h.logOf(t), func(line string) bool { return !strings.Contains(line, `"late":"after-confirmation"`) })
	if len(late) < 3 || len(h.commission.proposed) != 3 {
		t.Errorf("want three late events and proposals, got %q and %+v", late, h.commission.proposed)
	}
	if differences := h.proved(t, `SELECT 1`); len(differences) > 0 {
		t.Errorf("want everything proved, got %q", differences)
	}
	if err := h.decide(t, h.stations[1], h.protocols.ApproveLate); err != nil {
		t.Error(err)
	}
	h.wantTally(t, h.stations[1], map[int]int64{1: 58, 2: 40}, 2)
}

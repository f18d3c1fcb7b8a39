package results_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"urna/auth"
	"urna/ballots"
	"urna/ballots/batch"
	"urna/elections"
	urna "urna/internal/app"
	"urna/internal/approval"
	"urna/internal/database"
	"urna/internal/testing/databasetest"
)

// certified makes an election of three stations that is certified: the first two sent ballots, the third was closed.
func (h *app) certified(t *testing.T) (e *elections.Election, stations []elections.Station, sent []batch.Batch) {
	t.Helper()
	e, stations = h.threeStations(t, nil)
	sent = []batch.Batch{h.fromStation(t, e, stations[0].ID, 0, 30, 20), h.fromStation(t, e, stations[1].ID, 0, 15, 25)}
	if _, err := h.elections.CloseStation(t.Context(), ada, stations[2].ID, "no polling"); err != nil {
		t.Fatal(err)
	}
	h.certify(t, e, ada)
	return e, stations, sent
}

// approved wants an act to wait, and has another administrator approve it.
func (h *app) approved(t *testing.T, err error) {
	t.Helper()
	waits, ok := errors.AsType[*approval.Waiting](err)
	if !ok {
		t.Fatalf("want the act to wait for a second administrator, got %v", err)
	}
	if _, err := h.folder.Approvals.Decide(t.Context(), bob, waits.ID, auth.Decision{Approve: true}); err != nil {
		t.Fatal(err)
	}
}

// correct opens a correction, which the second administrator approves, and returns it.
func (h *app) correct(t *testing.T, e *elections.Election, stations ...elections.StationOrder) elections.Correction {
	t.Helper()
	_, err := h.elections.OpenCorrection(t.Context(), ada, e.ID, elections.CorrectionDraft{
		Reason: "Two piles were counted as one.", OrderedBy: "Administrative court, U 12/26", Stations: stations,
	})
	h.approved(t, err)
	all, err := h.elections.Corrections(t.Context(), e.ID)
	if err != nil || len(all) == 0 {
		t.Fatalf("want the correction, got %v, %v", all, err)
	}
	return all[len(all)-1]
}

// wantState wants an election in a state.
func (h *app) wantState(t *testing.T, e *elections.Election, want elections.State) *elections.Election {
	t.Helper()
	now, err := h.elections.Election(t.Context(), e.ID)
	if err != nil || now.StateAt(h.now.Now()) != want {
		t.Fatalf("want the election %s, got %s, %v", want, now.StateAt(h.now.Now()), err)
	}
	return now
}

// counts returns the tallies of the stations that have any.
func (h *app) counts(t *testing.T, e *elections.Election) (tallies map[int64]ballots.Tally) {
	t.Helper()
	err := h.db.Read(t.Context(), func(tx *database.Tx) (err error) {
		tallies, err = ballots.StationTallies(t.Context(), tx, e.ID)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return tallies
}

// TestCorrection_ARecountIsABatchBesideTheOld: the named station takes another batch when the old one has left the count,
// and no other station takes anything; then the figures are certified again, under the next number.
func TestCorrection_ARecountIsABatchBesideTheOld(t *testing.T) {
	h := newApp(t)
	e, stations, sent := h.certified(t)
	first, err := h.results.Final(t.Context(), e.ID)
	if err != nil {
		t.Fatal(err)
	}
	c := h.correct(t, e, elections.StationOrder{StationID: stations[0].ID})
	named := c.Station(stations[0].ConstituencyID, stations[0].ID)
	if c.Number != 2 || c.ApprovedBy == "" || c.Figures != first.Hash || !c.Open() || named == nil || named.Act != elections.Recount ||
		!maps.Equal(named.Was.Votes, map[int]int64{1: 30, 2: 20}) {
		t.Fatalf("want correction 2 with the station and its count, got %+v", c)
	}
	h.wantState(t, e, elections.Correcting)

	send := func(place int64) error {
		_, err := h.batches.Receive(t.Context(), batch.Delivery{Actor: ada, ElectionID: e.ID, StationID: place, FileName: "b.csv"}, strings.NewReader(h.lines(0, 1)))
		return err
	}
	if err := send(stations[1].ID); !errors.Is(err, elections.ErrNotReopened) {
		t.Errorf("want a batch of another station refused, got %v", err)
	}
	_, err = h.batches.Receive(t.Context(), batch.Delivery{Actor: ada, ElectionID: e.ID, ConstituencyID: e.Constituencies[1].ID, FileName: "b.csv"}, strings.NewReader(h.lines(0, 1)))
	if !errors.Is(err, elections.ErrNotReopened) {
		t.Errorf("want a batch of another constituency refused, got %v", err)
	}
	if of, err := h.elections.StationsTakingBallots(t.Context(), h.wantState(t, e, elections.Correcting)); err != nil || len(of[e.Constituencies[0].ID]) != 1 ||
		of[e.Constituencies[0].ID][0].ID != stations[0].ID {
		t.Errorf("want the named station alone to take ballots, got %v, %v", of, err)
	}
	if _, err := h.batches.Retract(t.Context(), ada, sent[1].ID, "x"); !errors.Is(err, elections.ErrNotReopened) {
		t.Errorf("want another station's batch kept, got %v", err)
	}
	if _, err := h.elections.AnnulStation(t.Context(), ada, stations[0].ID, "x"); !errors.Is(err, elections.ErrNotReopened) {
		t.Errorf("want no annulment where a recount was ordered, got %v", err)
	}
	if _, err := h.batches.Retract(t.Context(), ada, sent[0].ID, "The court ordered a recount."); err != nil {
		t.Fatal(err) // the approval of the correction is that of the retraction
	}
	if b := h.rest(t, sent[0].ID); b.State != batch.Retracted || b.Correction != 2 {
		t.Fatalf("want the old batch retracted by correction 2, got %+v", b)
	}
	fresh := h.fromStation(t, e, stations[0].ID, 0, 10, 40)
	if fresh.State != batch.Counted || fresh.Correction != 2 || fresh.Late != nil {
		t.Fatalf("want the recount in the count, got %+v", fresh)
	}
	if got := h.counts(t, e); !maps.Equal(got[stations[0].ID].Votes, map[int]int64{1: 10, 2: 40}) || !maps.Equal(got[stations[1].ID].Votes, map[int]int64{1: 15, 2: 25}) {
		t.Errorf("want the named station's count replaced and the other's kept, got %v", got)
	}
	if _, err := h.elections.EndCorrection(t.Context(), ada, e.ID, 2, "x"); !errors.Is(err, elections.ErrCorrectionChanged) {
		t.Errorf("want a correction with changes certified, got %v", err)
	}
	h.lift(t, e)
	second := h.certify(t, e, ada)
	record := second.Certification.Record
	if record == nil || record.Number != 2 || record.Figures != second.Hash || second.Hash == first.Hash || len(second.Certification.Earlier) != 1 ||
		second.Certification.Earlier[0].Figures != first.Hash {
		t.Fatalf("want a second certification beside the first, got %+v", second.Certification)
	}
	if now := h.wantState(t, e, elections.Certified); !now.CertifiedAt.Equal(first.Certification.Record.At) || now.CorrectedAt == nil {
		t.Errorf("want the time of the first certification kept, got %v, %v", now.CertifiedAt, now.CorrectedAt)
	}
	if err := send(stations[0].ID); err == nil {
		t.Error("want nothing taken after the second certification")
	}
}

// TestCorrection_AnAnnulmentTakesTheStationOut is the act that the correction orders, and no other station's.
func TestCorrection_AnAnnulmentTakesTheStationOut(t *testing.T) {
	h := newApp(t)
	e, stations, sent := h.certified(t)
	h.correct(t, e, elections.StationOrder{StationID: stations[0].ID, Act: elections.Annul})
	_, err := h.batches.Receive(t.Context(), batch.Delivery{Actor: ada, ElectionID: e.ID, StationID: stations[0].ID, FileName: "b.csv"}, strings.NewReader(h.lines(0, 1)))
	if !errors.Is(err, elections.ErrNotReopened) {
		t.Errorf("want no ballots of a station that is annulled, got %v", err)
	}
	if _, err := h.elections.AnnulStation(t.Context(), ada, stations[1].ID, "x"); !errors.Is(err, elections.ErrNotReopened) {
		t.Errorf("want another station kept, got %v", err)
	}
	annulled, err := h.elections.AnnulStation(t.Context(), ada, stations[0].ID, "The court annulled it.")
	if err != nil || annulled.Exclusion != elections.AnnulledStation {
		t.Fatalf("want the station annulled, got %+v, %v", annulled, err)
	}
	h.rest(t, sent[0].ID)
	if got := h.counts(t, e); len(got[stations[0].ID].Votes) != 0 || !maps.Equal(got[stations[1].ID].Votes, map[int]int64{1: 15, 2: 25}) {
		t.Errorf("want the station's ballots out of the count, got %v", got)
	}
	h.lift(t, e)
	h.certify(t, e, ada)
	h.wantState(t, e, elections.Certified)
}

// TestCorrection_EndsWithoutAChange: the first certification holds, and the number is not used again.
func TestCorrection_EndsWithoutAChange(t *testing.T) {
	h := newApp(t)
	e, stations, _ := h.certified(t)
	before, err := h.results.Final(t.Context(), e.ID)
	if err != nil {
		t.Fatal(err)
	}
	h.correct(t, e, elections.StationOrder{StationID: stations[0].ID, Act: elections.Repeat})
	if _, err := h.elections.OpenCorrection(t.Context(), ada, e.ID, elections.CorrectionDraft{}); !errors.Is(err, elections.ErrCorrecting) {
		t.Errorf("want one correction at a time, got %v", err)
	}
	if _, err := h.elections.EndCorrection(t.Context(), ada, e.ID, 3, "x"); !errors.Is(err, elections.ErrNoCorrection) {
		t.Errorf("want the end of another correction refused, got %v", err)
	}
	ended, err := h.elections.EndCorrection(t.Context(), ada, e.ID, 2, "The court changed its decision.")
	if err != nil || ended.Open() || ended.EndedBy != ada.Name {
		t.Fatalf("want the correction ended, got %+v, %v", ended, err)
	}
	after, err := h.results.Final(t.Context(), e.ID)
	if err != nil || after.Hash != before.Hash || after.Results.State != elections.Certified || after.Results.Altered {
		t.Errorf("want the first certification to hold, got %s, altered %t, %v", after.Results.State, after.Results.Altered, err)
	}
	if c := h.correct(t, e, elections.StationOrder{StationID: stations[1].ID}); c.Number != 3 {
		t.Errorf("want number 3 after a correction that ended, got %d", c.Number)
	}
}

// TestCorrection_BallotsOfAnotherStationStayWhereTheyAre: a retraction by which ballots would begin to count in a station
// that the correction does not name is refused.
func TestCorrection_BallotsOfAnotherStationStayWhereTheyAre(t *testing.T) {
	h := newApp(t)
	e, stations := h.threeStations(t, nil)
	file := h.lines(0, 12, 11)
	var sent []batch.Batch
	for _, station := range stations[:2] {
		b, err := h.batches.Receive(t.Context(), batch.Delivery{Actor: ada, ElectionID: e.ID, StationID: station.ID, FileName: "b.csv", Again: true}, strings.NewReader(file))
		if err != nil {
			t.Fatal(err)
		}
		sent = append(sent, h.rest(t, b.ID))
	}
	if _, err := h.elections.CloseStation(t.Context(), ada, stations[2].ID, "no polling"); err != nil {
		t.Fatal(err)
	}
	h.lift(t, e)
	h.certify(t, e, ada)
	h.correct(t, e, elections.StationOrder{StationID: stations[0].ID})
	if _, err := h.batches.Retract(t.Context(), ada, sent[0].ID, "x"); !errors.Is(err, batch.ErrShared) {
		t.Fatalf("want the retraction refused, got %v", err)
	}
	if _, err := h.elections.EndCorrection(t.Context(), ada, e.ID, 2, "Both stations have to be named."); err != nil {
		t.Fatal(err)
	}
	h.correct(t, e, elections.StationOrder{StationID: stations[0].ID}, elections.StationOrder{StationID: stations[1].ID})
	if _, err := h.batches.Retract(t.Context(), ada, sent[0].ID, "x"); err != nil {
		t.Fatal(err)
	}
	h.rest(t, sent[0].ID)
	if got := h.counts(t, e)[stations[1].ID]; !maps.Equal(got.Votes, map[int]int64{1: 12, 2: 11}) {
		t.Errorf("want the ballots counted where they were sent too, got %v", got)
	}
	if _, err := h.batches.Restore(t.Context(), ada, sent[0].ID, "x"); err == nil {
		t.Error("want a restoration to wait for a second administrator")
	} else {
		h.approved(t, err)
	}
	h.rest(t, sent[0].ID)
	if got := h.counts(t, e)[stations[0].ID]; !maps.Equal(got.Votes, map[int]int64{1: 12, 2: 11}) {
		t.Errorf("want the ballots back, got %v", got)
	}
}

// TestCorrection_NeedsACertifiedResultAReasonAndStations tries what cannot be opened.
func TestCorrection_NeedsACertifiedResultAReasonAndStations(t *testing.T) {
	h := newApp(t)
	running, _ := h.threeStations(t, nil)
	whole := elections.CorrectionDraft{Reason: "x", OrderedBy: "y", Stations: []elections.StationOrder{{ConstituencyID: running.Constituencies[1].ID}}}
	if _, err := h.elections.OpenCorrection(t.Context(), ada, running.ID, whole); !errors.Is(err, elections.ErrNotCertified) {
		t.Errorf("want an uncertified election refused, got %v", err)
	}
	e, stations, _ := h.certified(t)
	north, south := e.Constituencies[0].ID, e.Constituencies[1].ID
	for name, d := range map[string]elections.CorrectionDraft{
		"reason":             {OrderedBy: "y", Stations: []elections.StationOrder{{ConstituencyID: south}}},
		"ordered_by":         {Reason: "x", Stations: []elections.StationOrder{{ConstituencyID: south}}},
		"stations":           {Reason: "x", OrderedBy: "y"},
		"stations[0]":        {Reason: "x", OrderedBy: "y", Stations: []elections.StationOrder{{ConstituencyID: north}}},
		"stations[1]":        {Reason: "x", OrderedBy: "y", Stations: []elections.StationOrder{{StationID: stations[0].ID}, {StationID: stations[0].ID, Act: elections.Annul}}},
		"stations[2]":        {Reason: "x", OrderedBy: "y", Stations: []elections.StationOrder{{StationID: stations[0].ID}, {StationID: stations[1].ID}, {ConstituencyID: south, Act: elections.Annul}}},
		"constituencies[0]":  {Reason: "x", OrderedBy: "y", Stations: []elections.StationOrder{{StationID: stations[0].ID}}, Constituencies: []int64{north}},
		"constituencies[0] ": {Reason: "x", OrderedBy: "y", Stations: []elections.StationOrder{{StationID: stations[0].ID, Act: elections.Repeat}}, Constituencies: []int64{running.Constituencies[0].ID}},
	} {
		_, err := h.elections.OpenCorrection(t.Context(), ada, e.ID, d)
		if err == nil || !strings.Contains(err.Error(), strings.TrimSpace(name)) {
			t.Errorf("%s: want the field named, got %v", name, err)
		}
	}
	h.wantState(t, e, elections.Certified)
}

var errUndone = errors.New("undone")

// TestCorrection_TheDatabaseOpensTheNamedStationAlone runs plain SQL on the rows of the station that is named, which the
// database takes, and of another one of the same constituency, which it refuses.
func TestCorrection_TheDatabaseOpensTheNamedStationAlone(t *testing.T) {
	h := newApp(t)
	e, stations, _ := h.certified(t)
	h.correct(t, e, elections.StationOrder{StationID: stations[0].ID})
	for _, statement := range []string{
		`INSERT INTO batches (election_id, constituency_id, station_id, official_id, official_name, file_name, spool_file, sha256, bytes, lines, state, accepted_at)
			SELECT election_id, constituency_id, id, 1, '', '', 'x', zeroblob(32), 0, 0, 'queued', 0 FROM stations WHERE id = %d`,
		`UPDATE batches SET reason = 'x' WHERE station_id = %d`,
		`UPDATE station_tallies SET votes = votes + 1 WHERE station_id = %d`,
		`DELETE FROM station_tallies WHERE station_id = %d`,
		`INSERT INTO station_tallies SELECT id, 9, 1 FROM stations WHERE id = %d`,
		`INSERT INTO station_totals SELECT id, 1, 1 FROM stations WHERE id = %d`,
		`UPDATE stations SET exclusion = 'annulled', exclusion_reason = 'x', excluded_at = 1 WHERE id = %d`,
		`INSERT INTO amendments (election_id, constituency_id, station_id, field, was, became, reason, administrator_name, amended_at)
			SELECT election_id, constituency_id, id, 'exclusion', '', 'annulled', 'x', 'Eve', 0 FROM stations WHERE id = %d`,
		`INSERT INTO protocols (election_id, constituency_id, station_id, state) SELECT election_id, constituency_id, id, 'reopened' FROM stations WHERE id = %d`,
	} {
		for i, refused := range []bool{false, true} {
			err := h.undone(t, fmt.Sprintf(statement, stations[i].ID))
			if got := err != nil && strings.Contains(err.Error(), "the election is certified"); got != refused || !refused && err != nil {
				t.Errorf("%s, station %d: want it refused %t, got %v", statement, i+1, refused, err)
			}
		}
	}
	for _, statement := range []string{ // of the named station too
		`UPDATE stations SET registered_voters = 1 WHERE id = %d`, `UPDATE stations SET number = '9' WHERE id = %d`, `DELETE FROM stations WHERE id = %d`,
		`DELETE FROM batches WHERE station_id = %d`, `UPDATE batches SET station_id = NULL WHERE station_id = %d`,
	} {
		if err := h.undone(t, fmt.Sprintf(statement, stations[0].ID)); err == nil || !strings.Contains(err.Error(), "the election is certified") {
			t.Errorf("%s: want it refused, got %v", statement, err)
		}
	}
}

// undone runs a statement in a transaction that is rolled back, and returns its error.
func (h *app) undone(t *testing.T, statement string) error {
	t.Helper()
	err := h.db.Write(t.Context(), func(tx *database.Tx) error {
		if _, err := tx.SQL().ExecContext(t.Context(), statement); err != nil {
			return err
		}
		return errUndone
	})
	if errors.Is(err, errUndone) {
		return nil
	}
	return err
}

// TestCorrection_TheLogNamesARowOutsideIt changes rows around the walls, which are taken down: those of the station that the
// correction names pass, and those of another station, and of the named one after the end, are named.
func TestCorrection_TheLogNamesARowOutsideIt(t *testing.T) {
	h := newApp(t)
	e, _, sent := h.certified(t)
	h.mustDo(t, databasetest.DropTrigger("certified_batches_update"))
	outside := func() (rows []string) {
		err := h.db.Read(t.Context(), func(tx *database.Tx) error {
			found, err := elections.CompareCorrections(t.Context(), tx, urna.LoggedTables())
			for _, d := range found {
				rows = append(rows, d.Row)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return rows
	}
	change := func(of batch.Batch, reason string) {
		h.mustDo(t, fmt.Sprintf(`UPDATE batches SET reason = '%s' WHERE id = %d`, reason, of.ID))
	}
	h.correct(t, e, elections.StationOrder{StationID: sent[0].StationID})
	change(sent[0], "x")
	if got := outside(); len(got) != 0 {
		t.Fatalf("want a change of the named station passed over, got %v", got)
	}
	change(sent[1], "x")
	if got, want := outside(), []string{fmt.Sprintf("batches id %d", sent[1].ID)}; !slices.Equal(got, want) {
		t.Errorf("want %v named, got %v", want, got)
	}
	change(sent[0], "")
	h.mustDo(t, `UPDATE corrections SET ended_at = 1, ended_by = 'Ada', end_reason = 'x'`)
	change(sent[0], "y")
	if got, want := outside(), []string{fmt.Sprintf("batches id %d", sent[1].ID), fmt.Sprintf("batches id %d", sent[0].ID)}; !slices.Equal(got, want) {
		t.Errorf("want %v named after the end, got %v", want, got)
	}
}

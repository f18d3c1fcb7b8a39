package results_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"urna/elections"
	"urna/internal/database"
	"urna/internal/testing/databasetest"
	"urna/results"
	"urna/results/apportion"
)

// TestCertified_TheDatabaseRefusesPlainSQL tries to add to a certified election, to change and to delete what
// belongs to it, and to push rows of another election into it, in each table that has a wall. Every trigger
// must have refused something.
func TestCertified_TheDatabaseRefusesPlainSQL(t *testing.T) {
	h := newApp(t)
	e := h.withRowsBehindWalls(t)
	other := h.withRowsBehindWalls(t)
	if _, err := h.results.Certify(t.Context(), bob, other.ID, ""); err != nil { // one of two
		t.Fatal(err)
	}
	h.certify(t, e, ada, bob)
	c, o := e.Constituencies[0].ID, other.Constituencies[0].ID
	refused := h.refusedByWalls(t, e.ID, c, other.ID, o)
	if err := h.do(t, fmt.Sprintf(`INSERT INTO certified_bundles VALUES (%d, 1, 'full', 'x', 1, zeroblob(32))`, e.ID)); err != nil {
		t.Fatal(err)
	}
	for table, change := range map[string]string{"certifications": "certified_at = 1", "certified_figures": "document = unhex('00')", "certified_bundles": "bytes = 1"} {
		for _, statement := range []string{"UPDATE " + table + " SET " + change, "DELETE FROM " + table} {
			if err := h.do(t, statement); err == nil || !strings.Contains(err.Error(), "a certification never changes") {
				t.Errorf("%s: want it refused, got %v", statement, err)
			}
			refused[statement[:6]+" ON "+table] = true
		}
	}
	for _, wall := range walls(t, h) {
		if !refused[wall] {
			t.Errorf("want a statement that the trigger before %s refuses", wall)
		}
	}
}

// TestCorrecting_TheDatabaseRefusesPlainSQLForOtherPlaces tries the same while a correction is open that names another
// place, and to change the correction.
func TestCorrecting_TheDatabaseRefusesPlainSQLForOtherPlaces(t *testing.T) {
	h := newApp(t)
	e := h.withRowsBehindWalls(t)
	other, third := h.withRowsBehindWalls(t), h.tied(t)
	if _, err := h.results.Certify(t.Context(), bob, other.ID, ""); err != nil { // one of two
		t.Fatal(err)
	}
	h.certify(t, e, ada, bob)
	opened := []string{
		fmt.Sprintf(`INSERT INTO correction_stations (election_id, number, place, constituency_id, act, was) VALUES (%d, 2, -%[2]d, %[2]d, 'recount', '{}')`, e.ID, third.Constituencies[0].ID),
		fmt.Sprintf(`INSERT INTO annulled_online_votes VALUES (%d, 2, %d, 0)`, e.ID, third.Constituencies[0].ID),
		fmt.Sprintf(`INSERT INTO corrections (election_id, number, reason, ordered_by, figures, opened_by, opened_at) VALUES (%d, 2, 'x', 'y', hex(zeroblob(32)), 'Ada', 0)`, e.ID),
	}
	if err := h.do(t, opened...); err != nil {
		t.Fatal(err)
	}
	h.wantState(t, e, elections.Correcting)
	h.refusedByWalls(t, e.ID, e.Constituencies[0].ID, other.ID, other.Constituencies[0].ID)
	for statement, want := range map[string]string{
		`INSERT INTO correction_stations (election_id, number, place, constituency_id, act, was) VALUES (%[1]d, 2, -%[2]d, %[2]d, 'recount', '{}')`: "a correction never changes",
		`UPDATE correction_stations SET act = 'annul'`: "a correction never changes", `DELETE FROM correction_stations`: "a correction never changes",
		`INSERT INTO annulled_online_votes VALUES (%[1]d, 2, %[2]d, 0)`: "a correction never changes",
		`UPDATE annulled_online_votes SET votes = 1`:                    "a correction never changes", `DELETE FROM annulled_online_votes`: "a correction never changes",
		`UPDATE corrections SET reason = 'z'`: "a correction never changes", `DELETE FROM corrections`: "a correction is never deleted",
		`INSERT INTO corrections (election_id, number, reason, ordered_by, figures, opened_by, opened_at) VALUES (%[3]d, 2, 'x', 'y', hex(zeroblob(32)), 'Ada', 0)`: "the election is not certified",
		`INSERT INTO corrections (election_id, number, reason, ordered_by, figures, opened_by, opened_at) VALUES (%[1]d, 3, 'x', 'y', hex(zeroblob(32)), 'Ada', 0)`: "",
	} {
		full := fmt.Sprintf(statement+" -- %[1]d %[2]d %[3]d", e.ID, e.Constituencies[0].ID, other.ID)
		err := h.do(t, full)
		if refused := databasetest.Violates(err) && want == "" || err != nil && want != "" && strings.Contains(err.Error(), want); !refused {
			t.Errorf("%s: want it refused (%s), got %v", full, want, err)
		}
	}
	if err := h.do(t, `UPDATE corrections SET ended_at = 1, ended_by = 'Ada', end_reason = 'x'`); err != nil {
		t.Fatal(err)
	}
	if err := h.do(t, `UPDATE corrections SET ended_at = NULL, ended_by = '', end_reason = ''`); err == nil || !strings.Contains(err.Error(), "a correction never changes") {
		t.Errorf("want a correction that ended kept so, got %v", err)
	}
}

// refusedByWalls runs the statements for an election and its constituency, with another election and its constituency, and
// wants each refused. It returns what the walls stand before.
func (h *app) refusedByWalls(t *testing.T, election, constituency, other, another int64) map[string]bool {
	t.Helper()
	refused := map[string]bool{}
	for table, statements := range wallStatements {
		for i, act := range []string{"INSERT", "UPDATE", "DELETE", "UPDATE"} {
			if statements[i] == "" {
				continue
			}
			statement := fmt.Sprintf(databasetest.Replacing(statements[i])+" -- %[1]d %[2]d %[3]d %[4]d", election, constituency, other, another)
			if err := h.do(t, statement); err == nil || !strings.Contains(err.Error(), "the election is certified") {
				t.Errorf("%s: want it refused because the election is certified, got %v", statement, err)
			}
			refused[act+" ON "+table] = true
		}
	}
	return refused
}

// walls returns what the triggers around certified elections stand before.
func walls(t *testing.T, h *app) (before []string) {
	t.Helper()
	err := h.db.Read(t.Context(), func(tx *database.Tx) (err error) {
		before, err = databasetest.Triggers(t.Context(), tx, "certif")
		return err
	})
	if err != nil || len(before) < 30 {
		t.Fatalf("want all triggers, got %v, %v", before, err)
	}
	return before
}

// withRowsBehindWalls makes an election with a row in each table that a certification closes.
func (h *app) withRowsBehindWalls(t *testing.T) *elections.Election {
	t.Helper()
	e := h.tied(t)
	if err := h.do(t, fmt.Sprintf(`INSERT INTO lifted_points (election_id, code, facts, reason, administrator_id, administrator_name, lifted_at)
		VALUES (%d, 'no-ballots', '[]', 'x', 1, 'Ada', 0)`, e.ID)); err != nil { // which the first confirmation voids
		t.Fatal(err)
	}
	// The station is closed, so that nothing of it is awaited.
	if err := h.do(t, fmt.Sprintf(`INSERT INTO stations (id, election_id, constituency_id, position, number, kind, exclusion, exclusion_reason, excluded_at)
			VALUES (%[1]d, %[1]d, %[2]d, 1, '1', 'ordinary', 'closed', 'x', 1);
			INSERT INTO amendments (election_id, constituency_id, field, was, became, reason, administrator_name, amended_at)
				VALUES (%[1]d, %[2]d, 'name', 'a', 'b', 'x', 'Ada', 0);
			INSERT INTO turnout_reports (election_id, constituency_id, station_id, place, hour, voters, reporter_id, reporter_name, reported_at)
				VALUES (%[1]d, %[2]d, %[1]d, %[1]d, 0, 1, 1, 'Olga', 0);
			INSERT INTO station_tallies VALUES (%[1]d, 1, 0); INSERT INTO station_totals VALUES (%[1]d, 0, 0);
			INSERT INTO protocols (id, election_id, constituency_id, station_id, round, state) VALUES (%[1]d, %[1]d, %[2]d, %[1]d, 2, 'reopened');
			INSERT INTO protocol_entries (protocol_id, round, number, typist_id, typist_name, content, commitment, entered_at)
				VALUES (%[1]d, 1, 1, 1, 'Ada', '{}', unhex('44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a'), 0);
			INSERT INTO protocol_settlements VALUES (%[1]d, 1, 'votes.1', 1, 'first', 1, 'Ada', 0);
			INSERT INTO protocol_explanations (protocol_id, round, code, explanation, author_id, author_name, explained_at) VALUES (%[1]d, 1, 'W1', 'x', 1, 'Ada', 0);
			INSERT INTO protocol_scans (election_id, constituency_id, station_id, sha256, bytes, media_type, file_name, official_id, official_name, attached_at)
				VALUES (%[1]d, %[2]d, %[1]d, zeroblob(32), 1, 'image/png', '', 1, 'Ada', 0);
			INSERT INTO lifted_points (election_id, constituency_id, code, facts, reason, administrator_id, administrator_name, lifted_at)
				VALUES (%[1]d, %[2]d, 'protocol-unfinished', '[%[1]d,5]', 'x', 1, 'Ada', 0)`, e.ID, e.Constituencies[0].ID)); err != nil {
		t.Fatal(err)
	}
	return e
}

// tied makes an election in its counting, with votes of both channels, and a tie that a lot from its seed
// phrase settled.
func (h *app) tied(t *testing.T) *elections.Election {
	t.Helper()
	const phrase, other = "ninety-nine red balloons", "a hundred blue balloons"
	e := h.toBeTied(t)
	h.committed(t, e, "Ada", phrase, "Bob", other)
	err := h.do(t, fmt.Sprintf(`INSERT INTO lot_seeds VALUES (%d, '%s', 'Ada', 0, NULL, NULL)`, e.ID, results.SeedCommitment(phrase)))
	if err != nil { // of version 0.1.0, so that its walls are tried too
		t.Fatal(err)
	}
	h.now.Move(1 << 41)
	h.upload(t, e, e.Constituencies[0].ID, h.lines(0, 5, 5, 1))
	if err := h.do(t, fmt.Sprintf(`INSERT INTO online_tallies VALUES (%d, 2, 0, 0)`, e.Constituencies[0].ID)); err != nil {
		t.Fatal(err)
	}
	h.revealed(t, e, "Ada", phrase, "Bob", other)
	if _, err := h.results.RecordLot(t.Context(), ada, e.ID, results.LotDraft{Seeded: true}); err != nil {
		t.Fatal(err)
	}
	return e
}

// TestCertify_RefusedWhereTheSecondEngineDiffers gives the second way of finding seats, and winners, a fault.
func TestCertify_RefusedWhereTheSecondEngineDiffers(t *testing.T) {
	for kind, says := range map[elections.Kind]string{elections.Parliamentary: `"seats": `, elections.Presidential: `"seats": 1`} {
		h := newApp(t)
		e := h.election(t, kind, 2, func(d *elections.Draft) { d.Confirmations = 1 })
		h.upload(t, e, e.Constituencies[0].ID, h.lines(0, 9, 5))
		h.results.SecondEngine(func(in apportion.Input) (apportion.Allocation, error) {
			a, err := apportion.AllocateByDivisor(in)
			a.Seats[0], a.Seats[1] = a.Seats[0]-1, a.Seats[1]+1
			return a, err
		}, func(r apportion.Race) (apportion.Outcome, error) {
			outcome, err := apportion.ElectByCounting(r)
			outcome.Winner = 1
			return outcome, err
		})
		if _, err := h.results.Certify(t.Context(), ada, e.ID, ""); !errors.Is(err, results.ErrSecondCount) || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: want the certification refused with the first difference, got %v", kind, err)
		}
		h.results.SecondEngine(apportion.AllocateByDivisor, apportion.ElectByCounting)
		h.certify(t, e, ada)
	}
}

package results_test

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"urna/elections"
	"urna/internal/database"
	"urna/results"
	"urna/results/apportion"
)

// TestCertified_TheDatabaseRefusesPlainSQL tries to add to a certified election, to change and to delete what
// belongs to it, and to push rows of another election into it, in each table that has a wall. Every trigger
// must have refused something.
func TestCertified_TheDatabaseRefusesPlainSQL(t *testing.T) {
	h := newApp(t)
	e := h.tied(t)
	other := h.tied(t)
	for _, id := range []int64{e.ID, other.ID} { // which the first confirmation voids
		if err := h.do(t, fmt.Sprintf(`INSERT INTO lifted_points (election_id, code, facts, reason, administrator_id, administrator_name, lifted_at)
			VALUES (%d, 'no-ballots', '[]', 'x', 1, 'Ada', 0)`, id)); err != nil {
			t.Fatal(err)
		}
	}
	for _, of := range []*elections.Election{e, other} { // closed, so that nothing of it is awaited
		if err := h.do(t, fmt.Sprintf(`INSERT INTO stations (id, election_id, constituency_id, position, number, kind, exclusion, exclusion_reason, excluded_at)
			VALUES (%[1]d, %[1]d, %[2]d, 1, '1', 'ordinary', 'closed', 'x', 1);
			INSERT INTO amendments (election_id, constituency_id, field, was, became, reason, administrator_name, amended_at)
				VALUES (%[1]d, %[2]d, 'name', 'a', 'b', 'x', 'Ada', 0);
			INSERT INTO turnout_reports (election_id, constituency_id, station_id, place, hour, voters, reporter_id, reporter_name, reported_at)
				VALUES (%[1]d, %[2]d, %[1]d, %[1]d, 0, 1, 1, 'Olga', 0);
			INSERT INTO station_tallies VALUES (%[1]d, 1, 0); INSERT INTO station_totals VALUES (%[1]d, 0, 0);
			INSERT INTO protocols (id, election_id, constituency_id, station_id, round, state) VALUES (%[1]d, %[1]d, %[2]d, %[1]d, 2, 'reopened');
			INSERT INTO protocol_entries (protocol_id, round, number, typist_id, typist_name, content, commitment, entered_at)
				VALUES (%[1]d, 1, 1, 1, 'Ada', '{}', X'44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a', 0);
			INSERT INTO protocol_settlements VALUES (%[1]d, 1, 'votes.1', 1, 'first', 1, 'Ada', 0);
			INSERT INTO protocol_explanations (protocol_id, round, code, explanation, author_id, author_name, explained_at) VALUES (%[1]d, 1, 'W1', 'x', 1, 'Ada', 0);
			INSERT INTO protocol_scans (election_id, constituency_id, station_id, sha256, bytes, media_type, file_name, official_id, official_name, attached_at)
				VALUES (%[1]d, %[2]d, %[1]d, zeroblob(32), 1, 'image/png', '', 1, 'Ada', 0);
			INSERT INTO lifted_points (election_id, constituency_id, code, facts, reason, administrator_id, administrator_name, lifted_at)
				VALUES (%[1]d, %[2]d, 'protocol-unfinished', '[%[1]d,5]', 'x', 1, 'Ada', 0)`, of.ID, of.Constituencies[0].ID)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := h.results.Certify(t.Context(), bob, other.ID, ""); err != nil { // one of two
		t.Fatal(err)
	}
	h.certify(t, e, ada, bob)
	c, o := e.Constituencies[0].ID, other.Constituencies[0].ID
	const batch = `INSERT INTO batches (election_id, constituency_id, official_id, official_name, file_name, spool_file, sha256, bytes, lines, state, accepted_at)
		VALUES (%d, %d, 1, '', '', hex(randomblob(8)), zeroblob(32), 0, 0, 'queued', 0)`
	const lot = `INSERT INTO lots (election_id, constituency_id, seats, seeded, place, witnesses, note, recorded_by, recorded_at) VALUES (%d, %d, 1, 0, '', '', '', '', 0)`
	const confirmation = `INSERT INTO confirmations (election_id, administrator_id, administrator_name, figures, confirmed_at) VALUES (%d, 9, 'Eve', hex(zeroblob(32)), %d)`
	const lifting = `INSERT INTO lifted_points (election_id, code, facts, reason, administrator_id, administrator_name, lifted_at) VALUES (%d, 'x', '[%d]', 'x', 9, 'Eve', 0)`
	// Of each table: an insertion, a change, a removal, each for an election and its constituency; and what
	// would push a row of the second election into the first.
	tables := map[string][]string{
		"elections":             {"", `UPDATE elections SET ends_at = ends_at + 1 WHERE id = %[1]d`, `DELETE FROM elections WHERE id = %[1]d`, ""},
		"constituencies":        {`INSERT INTO constituencies (election_id, position, name, seats, registered_voters) VALUES (%[1]d, 9, 'New', 1, 0)`, `UPDATE constituencies SET declared_votes_cast = 9 WHERE id = %[2]d`, `DELETE FROM constituencies WHERE election_id = %[1]d`, `UPDATE constituencies SET election_id = %[1]d, position = 8 WHERE id = %[4]d`},
		"candidacies":           {`INSERT INTO candidacies (constituency_id, poll_number, participant_id, weight, exempt, max_seats) VALUES (%[2]d, 9, (SELECT max(id) - %[1]d + 1 FROM participants), '', 0, 0)`, `UPDATE candidacies SET exempt = 1 WHERE constituency_id = %[2]d`, `DELETE FROM candidacies WHERE constituency_id = %[2]d`, `UPDATE candidacies SET constituency_id = %[2]d, poll_number = 8 WHERE constituency_id = %[4]d`},
		"batches":               {batch, `UPDATE batches SET reason = 'x' WHERE election_id = %[1]d`, `DELETE FROM batches WHERE election_id = %[1]d`, `UPDATE batches SET election_id = %[1]d WHERE election_id = %[3]d`},
		"constituency_tallies":  {`INSERT INTO constituency_tallies VALUES (%[2]d, 9, 1)`, `UPDATE constituency_tallies SET votes = votes + 1 WHERE constituency_id = %[2]d`, `DELETE FROM constituency_tallies WHERE constituency_id = %[2]d`, `UPDATE constituency_tallies SET constituency_id = %[2]d, poll_number = 7 WHERE constituency_id = %[4]d`},
		"constituency_totals":   {`INSERT OR REPLACE INTO constituency_totals VALUES (%[2]d, 1, 1)`, `UPDATE constituency_totals SET invalid = 1 WHERE constituency_id = %[2]d`, `DELETE FROM constituency_totals WHERE constituency_id = %[2]d`, `UPDATE OR REPLACE constituency_totals SET constituency_id = %[2]d WHERE constituency_id = %[4]d`},
		"stations":              {`INSERT INTO stations (election_id, constituency_id, position, number, kind) VALUES (%[1]d, %[2]d, 9, '9', 'ordinary')`, `UPDATE stations SET number = '8' WHERE id = %[1]d`, `DELETE FROM stations WHERE id = %[1]d`, `UPDATE stations SET election_id = %[1]d WHERE id = %[3]d`},
		"station_tallies":       {`INSERT INTO station_tallies VALUES (%[1]d, 9, 1)`, `UPDATE station_tallies SET votes = 2 WHERE station_id = %[1]d`, `DELETE FROM station_tallies WHERE station_id = %[1]d`, `UPDATE station_tallies SET station_id = %[1]d, poll_number = 7 WHERE station_id = %[3]d`},
		"station_totals":        {`INSERT INTO station_totals VALUES (%[1]d, 1, 1)`, `UPDATE station_totals SET invalid = 1 WHERE station_id = %[1]d`, `DELETE FROM station_totals WHERE station_id = %[1]d`, `UPDATE station_totals SET station_id = %[1]d WHERE station_id = %[3]d`},
		"protocols":             {`INSERT INTO protocols (election_id, constituency_id, station_id, state) VALUES (%[1]d, %[2]d, -1, 'reopened')`, `UPDATE protocols SET reason = 'x' WHERE id = %[1]d`, `DELETE FROM protocols WHERE id = %[1]d`, `UPDATE protocols SET election_id = %[1]d WHERE id = %[3]d`},
		"protocol_entries":      {`INSERT INTO protocol_entries (protocol_id, round, number, typist_id, typist_name, content, commitment, entered_at) VALUES (%[1]d, 1, 2, 2, 'Bob', '{}', zeroblob(32), 0)`, `UPDATE protocol_entries SET typist_name = 'Eve' WHERE protocol_id = %[1]d`, `DELETE FROM protocol_entries WHERE protocol_id = %[1]d`, `UPDATE protocol_entries SET protocol_id = %[1]d, round = 9 WHERE protocol_id = %[3]d`},
		"protocol_settlements":  {`INSERT INTO protocol_settlements VALUES (%[1]d, 1, 'votes.2', 1, 'first', 1, 'Ada', 0)`, `UPDATE protocol_settlements SET value = 2 WHERE protocol_id = %[1]d`, `DELETE FROM protocol_settlements WHERE protocol_id = %[1]d`, `UPDATE protocol_settlements SET protocol_id = %[1]d, round = 9 WHERE protocol_id = %[3]d`},
		"protocol_explanations": {`INSERT INTO protocol_explanations (protocol_id, round, code, explanation, author_id, author_name, explained_at) VALUES (%[1]d, 1, 'W2', 'x', 1, 'Ada', 0)`, `UPDATE protocol_explanations SET explanation = 'y' WHERE protocol_id = %[1]d`, `DELETE FROM protocol_explanations WHERE protocol_id = %[1]d`, `UPDATE protocol_explanations SET protocol_id = %[1]d WHERE protocol_id = %[3]d`},
		"protocol_scans":        {`INSERT INTO protocol_scans (election_id, constituency_id, station_id, sha256, bytes, media_type, file_name, official_id, official_name, attached_at) VALUES (%[1]d, %[2]d, -1, zeroblob(32), 1, 'image/png', '', 1, 'Ada', 0)`, `UPDATE protocol_scans SET bytes = 2 WHERE election_id = %[1]d`, `DELETE FROM protocol_scans WHERE election_id = %[1]d`, `UPDATE protocol_scans SET election_id = %[1]d WHERE election_id = %[3]d`},
		"online_tallies":        {`INSERT INTO online_tallies VALUES (%[2]d, 9, 1, 1)`, `UPDATE online_tallies SET votes = votes + 1 WHERE constituency_id = %[2]d`, `DELETE FROM online_tallies WHERE constituency_id = %[2]d`, `UPDATE online_tallies SET constituency_id = %[2]d, poll_number = 7 WHERE constituency_id = %[4]d`},
		"lots":                  {lot, `UPDATE lots SET place = 'x' WHERE election_id = %[1]d`, `DELETE FROM lots WHERE election_id = %[1]d`, `UPDATE lots SET election_id = %[1]d WHERE election_id = %[3]d`},
		"lot_participants":      {`INSERT INTO lot_participants SELECT id, 9, (SELECT max(id) FROM participants WHERE id NOT IN (SELECT participant_id FROM lot_participants)), 0 FROM lots WHERE election_id = %[1]d LIMIT 1`, `UPDATE lot_participants SET votes = 0 WHERE lot_id IN (SELECT id FROM lots WHERE election_id = %[1]d)`, `DELETE FROM lot_participants WHERE lot_id IN (SELECT id FROM lots WHERE election_id = %[1]d)`, `UPDATE lot_participants SET lot_id = (SELECT min(id) FROM lots WHERE election_id = %[1]d), position = position + 20 WHERE lot_id IN (SELECT id FROM lots WHERE election_id = %[3]d)`},
		"lot_seeds":             {`INSERT OR REPLACE INTO lot_seeds (election_id, commitment, committed_by, committed_at) VALUES (%[1]d, lower(hex(zeroblob(32))), '', 0)`, `UPDATE lot_seeds SET committed_at = 1 WHERE election_id = %[1]d`, `DELETE FROM lot_seeds WHERE election_id = %[1]d`, `UPDATE OR REPLACE lot_seeds SET election_id = %[1]d WHERE election_id = %[3]d`},
		"lot_values":            {`INSERT INTO lot_values (election_id, named, committed_by, committed_at) VALUES (%[1]d, 'Eve', '', 0)`, `UPDATE lot_values SET committed_at = 1 WHERE election_id = %[1]d`, `DELETE FROM lot_values WHERE election_id = %[1]d`, `UPDATE lot_values SET election_id = %[1]d, named = named || '!', commitment = NULL WHERE election_id = %[3]d`},
		"lifted_points":         {lifting, `UPDATE lifted_points SET reason = 'y' WHERE election_id = %[1]d`, "", `UPDATE lifted_points SET election_id = %[1]d WHERE election_id = %[3]d`},
		"confirmations":         {confirmation, `UPDATE confirmations SET administrator_name = 'Eve' WHERE election_id = %[1]d`, `DELETE FROM confirmations WHERE election_id = %[1]d`, `UPDATE confirmations SET election_id = %[1]d, administrator_id = 8 WHERE election_id = %[3]d`},
		"amendments":            {`INSERT INTO amendments (election_id, constituency_id, field, was, became, reason, administrator_name, amended_at) VALUES (%[1]d, %[2]d, 'name', 'a', 'b', 'x', 'Eve', 0)`, "", "", ""},
		"turnout_reports":       {`INSERT INTO turnout_reports (election_id, constituency_id, place, hour, voters, reporter_id, reporter_name, reported_at) VALUES (%[1]d, %[2]d, -%[2]d, 0, 1, 1, 'Eve', 0)`, `UPDATE turnout_reports SET replaced_at = 1 WHERE election_id = %[1]d`, "", ""},
	}
	refused := map[string]bool{}
	for table, statements := range tables {
		for i, act := range []string{"INSERT", "UPDATE", "DELETE", "UPDATE"} {
			if statements[i] == "" {
				continue
			}
			statement := fmt.Sprintf(statements[i]+" -- %[1]d %[2]d %[3]d %[4]d", e.ID, c, other.ID, o)
			if err := h.do(t, statement); err == nil || !strings.Contains(err.Error(), "the election is certified") {
				t.Errorf("%s: want it refused because the election is certified, got %v", statement, err)
			}
			refused[act+" ON "+table] = true
		}
	}
	for _, statement := range []string{`UPDATE certifications SET certified_at = 1`, `DELETE FROM certifications`} {
		if err := h.do(t, statement); err == nil || !strings.Contains(err.Error(), "a certification never changes") {
			t.Errorf("%s: want it refused, got %v", statement, err)
		}
		refused[statement[:6]+" ON certifications"] = true
	}
	for _, wall := range walls(t, h) {
		if !refused[wall] {
			t.Errorf("want a statement that the trigger before %s refuses", wall)
		}
	}
}

// walls returns what the triggers around certified elections stand before.
func walls(t *testing.T, h *app) (before []string) {
	t.Helper()
	err := h.db.Read(t.Context(), func(tx *database.Tx) error {
		rows, err := tx.SQL().QueryContext(t.Context(), `SELECT sql FROM sqlite_schema WHERE type = 'trigger' AND name LIKE 'certif%'`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var sql string
			if err := rows.Scan(&sql); err != nil {
				return err
			}
			before = append(before, regexp.MustCompile(`(INSERT|UPDATE|DELETE) ON \w+`).FindString(sql))
		}
		return rows.Err()
	})
	if err != nil || len(before) < 30 {
		t.Fatalf("want all triggers, got %v, %v", before, err)
	}
	return before
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

package results_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"urna/auth"
	"urna/elections"
	"urna/internal/audit"
	"urna/internal/database"
	"urna/results"
)

// certify confirms the present figures in turn.
func (h *app) certify(t *testing.T, e *elections.Election, by ...audit.Actor) *results.Final {
	t.Helper()
	var final *results.Final
	for _, actor := range by {
		var err error
		if final, err = h.results.Certify(t.Context(), actor, e.ID, ""); err != nil {
			t.Fatal(err)
		}
	}
	return final
}

func TestCertify_TwoAdministratorsOneAfterTheOther(t *testing.T) {
	h := newApp(t)
	e := h.election(t, elections.Parliamentary, 2, nil)
	h.upload(t, e, e.Constituencies[0].ID, h.lines(0, 20, 13, 0, 2)+h.lines(0, 1)+"00000001-0000-4000-8000-000000000001,1\n00000001-0000-4000-8000-000000000001,2\n")
	before, err := h.results.Final(t.Context(), e.ID)
	if err != nil || before.Certification.Required != 2 || len(before.Obstacles) != 0 {
		t.Fatalf("want two confirmations required and no obstacle, got %+v, %v", before, err)
	}
	if _, err := h.results.Certify(t.Context(), ada, e.ID, strings.Repeat("0", 64)); !errors.Is(err, results.ErrFiguresChanged) {
		t.Errorf("want other figures refused, got %v", err)
	}
	first, err := h.results.Certify(t.Context(), ada, e.ID, before.Hash)
	if err != nil || first.Results.State != elections.Counting || len(first.Certification.Standing(before.Hash)) != 1 {
		t.Fatalf("want one confirmation and the count still open, got %+v, %v", first, err)
	}
	if _, err := h.results.Certify(t.Context(), ada, e.ID, ""); !errors.Is(err, elections.ErrConfirmedAlready) {
		t.Errorf("want one voice a person, got %v", err)
	}
	// Figures that change under the first confirmation void it.
	late := h.send(t, e, e.Constituencies[0].ID, h.lines(0, 1))
	if _, err := h.folder.Approvals.Decide(t.Context(), bob, 1, auth.Decision{Approve: true}); err != nil {
		t.Fatal(err)
	}
	h.rest(t, late.ID)
	h.lift(t, e)
	if _, err := h.results.Certify(t.Context(), bob, e.ID, before.Hash); !errors.Is(err, results.ErrFiguresChanged) {
		t.Errorf("want yesterday's figures refused, got %v", err)
	}
	second := h.certify(t, e, bob)
	if second.Results.State != elections.Counting || len(second.Certification.Standing(second.Hash)) != 1 || second.Certification.Confirmations[0].VoidedAt == nil {
		t.Fatalf("want the first confirmation voided, got %+v", second.Certification)
	}
	done := h.certify(t, e, ada)
	record := done.Certification.Record
	if done.Results.State != elections.Certified || done.Results.Provisional || record == nil || record.Figures != done.Hash || done.Hash != second.Hash {
		t.Fatalf("want the election certified with the figures that were shown, got %+v", done)
	}
	head(t, h, record)
	if _, err := h.results.Certify(t.Context(), audit.Actor{ID: 3}, e.ID, ""); !errors.Is(err, elections.ErrCertified) {
		t.Errorf("want ErrCertified, got %v", err)
	}
}

// head checks that the record carries the chain's head with the event of the certification.
func head(t *testing.T, h *app, record *elections.CertificationRecord) {
	t.Helper()
	err := h.db.Read(t.Context(), func(tx *database.Tx) error {
		events, err := audit.NewReader(tx.SQL()).Events(t.Context(), audit.Filter{Limit: 1})
		if err != nil {
			return err
		}
		last := events[0]
		if last.Action != "election-certified" || last.Hash != record.AuditHead || last.ID != record.AuditEvents || !strings.Contains(last.Detail, record.Figures) {
			t.Errorf("want the record to carry the head of the certification's own event, got %+v and %+v", record, last)
		}
		_, _, err = audit.Verify(t.Context(), tx.SQL(), record.AuditHead)
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestCertify_WaitsForBatchesAndTies(t *testing.T) {
	h := newApp(t)
	e := h.election(t, elections.Parliamentary, 2, func(d *elections.Draft) { d.Constituencies[0].Seats = 3; d.Confirmations = 1 })
	c := e.Constituencies[0]
	h.upload(t, e, c.ID, h.lines(0, 5, 5))
	refused := func(why string) {
		t.Helper()
		if _, err := h.results.Certify(t.Context(), ada, e.ID, ""); !errors.Is(err, results.ErrNotReady) || !strings.Contains(err.Error(), why) {
			t.Errorf("want a refusal that says %q, got %v", why, err)
		}
	}
	refused("a tie is open")
	lot := results.LotDraft{Participants: []int64{c.Candidacies[1].ParticipantID, c.Candidacies[0].ParticipantID}}
	if _, err := h.results.RecordLot(t.Context(), ada, e.ID, lot); err != nil {
		t.Fatal(err)
	}
	for _, step := range []string{"closed", "shuffled"} {
		if err := h.do(t, `UPDATE online_closings SET step = '`+step+`'`); err != nil {
			t.Fatal(err)
		}
		refused("closed")
	}
	if err := h.do(t, `UPDATE online_closings SET step = 'finished'`); err != nil {
		t.Fatal(err)
	}
	for _, state := range []string{"failed", "retracting", "restoring", "queued", "processing"} {
		if err := h.do(t, `UPDATE batches SET state = '`+state+`'`); err != nil {
			t.Fatal(err)
		}
		refused("batch")
	}
	if err := h.do(t, `UPDATE batches SET state = 'counted'`); err != nil {
		t.Fatal(err)
	}
	if final := h.certify(t, e, ada); final.Results.State != elections.Certified {
		t.Errorf("want one confirmation to be enough here, got %+v", final.Certification)
	}
}

// TestCertify_RefusedWhereTheSecondCountDiffers changes tallies and sums behind the ledger's back.
func TestCertify_RefusedWhereTheSecondCountDiffers(t *testing.T) {
	for name, statement := range map[string]string{
		"a tally":          `UPDATE constituency_tallies SET votes = votes + 1 WHERE poll_number = 1`,
		"a vote moved":     `UPDATE ballots SET claim = claim + 1 WHERE guid = (SELECT min(guid) FROM ballots WHERE claim % 100000 = 1)`,
		"a ballot gone":    `DELETE FROM ballots WHERE guid = (SELECT min(guid) FROM ballots)`,
		"invalid ballots":  `UPDATE constituency_totals SET invalid = invalid + 1`,
		"duplicates":       `UPDATE constituency_totals SET duplicates = duplicates + 1`,
		"a batch's sum":    `UPDATE batches SET valid = valid - 1, invalid = invalid + 1`,
		"a duplicate gone": `DELETE FROM invalid_lines WHERE reason = 'duplicate-ballot'`,
		"an online vote":   `INSERT INTO online_ballots VALUES (1, randomblob(16), 1, 1)`,
		"an online tally":  `INSERT INTO online_tallies VALUES (1, 1, 1, 1)`,
		"votes moved from a list to another, in the ledger, tallies and sums": `UPDATE ballots SET claim = claim + 1 WHERE claim % 100000 = 1;
			UPDATE constituency_tallies SET votes = votes + (SELECT votes FROM constituency_tallies WHERE poll_number = 1) WHERE poll_number = 2;
			UPDATE batch_tallies SET votes = votes + (SELECT votes FROM batch_tallies WHERE poll_number = 1) WHERE poll_number = 2;
			UPDATE constituency_tallies SET votes = 0 WHERE poll_number = 1; UPDATE batch_tallies SET votes = 0 WHERE poll_number = 1`,
		"a stranger's batch": `UPDATE ballots SET batch_id = 99 WHERE guid = (SELECT min(guid) FROM ballots)`,
	} {
		t.Run(name, func(t *testing.T) {
			h := newApp(t)
			e := h.election(t, elections.Parliamentary, 3, func(d *elections.Draft) { d.Confirmations = 1 })
			h.upload(t, e, e.Constituencies[0].ID, h.lines(0, 9, 5, 3, 2)+
				"00000001-0000-4000-8000-000000000001,1\n00000001-0000-4000-8000-000000000001,2\n")
			if err := h.do(t, statement); err != nil {
				t.Fatal(err)
			}
			if _, err := h.results.Certify(t.Context(), ada, e.ID, ""); !errors.Is(err, results.ErrSecondCount) {
				t.Errorf("want the certification refused with the difference, got %v", err)
			}
			if f, err := h.results.Final(t.Context(), e.ID); err != nil || len(f.Certification.Confirmations) != 0 {
				t.Errorf("want nothing confirmed, got %+v, %v", f, err)
			}
		})
	}
}

func TestCertified_NothingChanges(t *testing.T) {
	h := newApp(t)
	e := h.election(t, elections.Parliamentary, 2, func(d *elections.Draft) { d.Confirmations = 1 })
	c := e.Constituencies[0]
	b := h.upload(t, e, c.ID, h.lines(0, 9, 5))
	was := h.certify(t, e, ada)
	for name, act := range map[string]func() error{
		"a batch": func() error {
			return h.do(t, `INSERT INTO batches (election_id, constituency_id, official_id, official_name, file_name, spool_file, sha256, bytes, lines, state, accepted_at)
				VALUES (1, 1, 1, '', '', 'x', zeroblob(32), 0, 0, 'queued', 0)`)
		},
		"a retraction":   func() error { _, err := h.batches.Retract(t.Context(), ada, b.ID, "late"); return err },
		"batches":        func() error { return h.do(t, `UPDATE batches SET state = 'retracting'`) },
		"a batch gone":   func() error { return h.do(t, `DELETE FROM batches`) },
		"a tally":        func() error { return h.do(t, `UPDATE constituency_tallies SET votes = votes + 1`) },
		"a new tally":    func() error { return h.do(t, `INSERT INTO constituency_tallies VALUES (1, 9, 1)`) },
		"an online vote": func() error { return h.do(t, `INSERT INTO online_tallies VALUES (1, 1, 1, 1)`) },
		"the totals":     func() error { return h.do(t, `INSERT INTO constituency_totals VALUES (1, 1, 0)`) },
		"the seats":      func() error { return h.do(t, `UPDATE constituencies SET seats = 9`) },
		"a candidacy":    func() error { return h.do(t, `DELETE FROM candidacies`) },
		"the end":        func() error { return h.do(t, `UPDATE elections SET ends_at = ends_at + 1`) },
		"undoing it":     func() error { return h.do(t, `UPDATE elections SET certified_at = NULL`) },
		"the record":     func() error { return h.do(t, `UPDATE certifications SET certified_at = 1`) },
		"a confirmation": func() error { return h.do(t, `UPDATE confirmations SET administrator_name = 'Eve'`) },
		"a lot": func() error {
			return h.do(t, `INSERT INTO lots (election_id, constituency_id, seats, seeded, place, witnesses, note, recorded_by, recorded_at) VALUES (1, 1, 1, 0, '', '', '', '', 0)`)
		},
		"a lot, by the domain": func() error {
			_, err := h.results.RecordLot(t.Context(), ada, e.ID, results.LotDraft{})
			return err
		},
		"declared votes": func() error {
			d, n := e.Draft(), int64(100)
			d.Constituencies[0].DeclaredVotesCast = &n
			_, err := h.elections.Change(t.Context(), ada, e.ID, d)
			return err
		},
	} {
		if err := act(); err == nil {
			t.Errorf("%s: want a refusal", name)
		}
	}
	h.now.Move(-24 * time.Hour) // a clock that jumps does not open it again
	after, err := h.results.Final(t.Context(), e.ID)
	if err != nil || after.Hash != was.Hash || after.Results.State != elections.Certified {
		t.Errorf("want the same figures, certified, got %+v, %v", after, err)
	}
}

func TestSecondRound_IsMadeOfTheTwoLeading(t *testing.T) {
	h := newApp(t)
	e := h.election(t, elections.Presidential, 3, func(d *elections.Draft) { d.Confirmations = 1; d.Rehearsal = true })
	c := e.Constituencies[0]
	h.upload(t, e, c.ID, h.lines(0, 4, 3, 5))
	starts, ends := h.now.Now().Add(14*24*time.Hour), h.now.Now().Add(15*24*time.Hour)
	create := func() (*elections.Election, error) {
		return h.results.CreateSecondRound(t.Context(), ada, e.ID, elections.Period{StartsAt: starts, EndsAt: ends})
	}
	if _, err := create(); !errors.Is(err, results.ErrNoSecondRound) {
		t.Errorf("want none before certification, got %v", err)
	}
	if first := h.certify(t, e, ada); first.Results.Winner != 0 || len(first.Results.SecondRound) != 2 {
		t.Fatalf("want no winner and two for a second round, got %+v", first.Results)
	}
	second, err := create()
	if err != nil {
		t.Fatal(err)
	}
	stand := second.Constituencies[0].Candidacies
	if second.Rules.Majority != elections.Plurality || !second.Rehearsal || second.SecondRoundOf != e.ID || len(stand) != 2 ||
		stand[0].ParticipantID != c.Candidacies[0].ParticipantID || stand[1].ParticipantID != c.Candidacies[2].ParticipantID {
		t.Errorf("want a plurality between the first and the third, got %+v", second)
	}
	if _, err := create(); !errors.Is(err, elections.ErrSecondRoundExists) {
		t.Errorf("want one second round, got %v", err)
	}
	if f, err := h.results.Final(t.Context(), e.ID); err != nil || f.SecondRound != second.ID {
		t.Errorf("want the first round to know its second, got %+v, %v", f, err)
	}
	if _, err := h.results.CreateSecondRound(t.Context(), ada, second.ID, elections.Period{StartsAt: starts, EndsAt: ends}); !errors.Is(err, results.ErrEmbargoed) {
		t.Errorf("want no second round of a scheduled one, got %v", err)
	}
}

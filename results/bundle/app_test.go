package bundle_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"urna/auth"
	"urna/ballots/batch"
	"urna/ballots/online"
	"urna/ballots/protocol"
	"urna/elections"
	"urna/elections/participants"
	"urna/internal/approval"
	"urna/internal/audit"
	"urna/internal/audit/countersign"
	"urna/internal/database"
	"urna/internal/testing/apptest"
	"urna/internal/testing/clock"
	"urna/results"
	"urna/results/bundle"
)

var (
	ada = audit.Actor{ID: 1, Name: "Ada Lovelace <ada@example.org>", From: "127.0.0.1"}
	bob = audit.Actor{ID: 2, Name: "Bob <bob@example.org>", From: "127.0.0.1"}
)

// The phrases of two people, from which the lot is drawn.
const phrase, otherPhrase = "thirteen white geese", "twelve grey herons"

// app is a data folder's services with the real way in for ballots.
type app struct {
	db           *database.DB
	elections    *elections.Service
	participants *participants.Service
	batches      *batch.Service
	protocols    *protocol.Service
	results      *results.Service
	bundles      *bundle.Service
	accounts     *auth.Service
	countersign  *countersign.Service
	approvals    *auth.Approvals
	votes        *online.Service
	log          *audit.Log
	folder       string
	now          *clock.Clock
	confirm      func(*elections.Election) // in place of a certification
	before       func(*elections.Election) // called before the certification
}

func newApp(t *testing.T) *app {
	t.Helper()
	h := &app{now: clock.At(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))}
	env := apptest.Open(t, t.TempDir(), h.now)
	h.folder, h.db, h.elections, h.participants = env.Path, env.DB, env.Elections, env.Participants
	h.batches, h.results, h.bundles, h.approvals = env.Batches, env.Results, env.Bundles, env.Approvals
	h.accounts, h.votes, h.log = env.Auth, env.Votes, env.Log
	h.countersign, h.protocols = env.Countersign, env.Protocols
	for _, name := range []string{"Ada", "Bob"} { // two administrators certify
		env.AddAccount(t, name, auth.Administrator)
	}
	if err := h.batches.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return h
}

// key returns the key that signs the bundles.
func (h *app) key(t *testing.T) bundle.Key {
	t.Helper()
	return bundle.NewKey(must[[]byte](t)(os.ReadFile(filepath.Join(h.folder, "signing.key"))))
}

// must returns a value whose error would end the test.
func must[T any](t *testing.T) func(T, error) T {
	t.Helper()
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// certified makes an election with everything in it: two constituencies, blank, invalid and duplicate
// lines, a batch that was retracted after the end, online votes, a tie settled from a seed phrase; and certifies it. The statements
// are run around the domain right before that.
func (h *app) certified(t *testing.T, statements ...string) *elections.Election {
	t.Helper()
	ctx := t.Context()
	d := elections.Draft{
		Title: "Council", Kind: elections.Parliamentary, StartsAt: h.now.Now().Add(-time.Hour), EndsAt: h.now.Now().Add(time.Hour), OpenNow: true,
		Rules: elections.Rules{BlankBallots: true, ThresholdBase: "none", ThresholdPercent: "0"},
	}
	for _, name := range []string{"North", "South"} {
		c := elections.ConstituencyDraft{Name: name, Seats: 3, RegisteredVoters: 100}
		for i := range 3 {
			p := must[participants.Participant](t)(h.participants.Create(ctx, ada,
				participants.Draft{Name: fmt.Sprintf("%s list %d", name, i+1), Kind: participants.Party}))
			c.Candidacies = append(c.Candidacies, elections.CandidacyDraft{ParticipantID: p.ID})
		}
		d.Constituencies = append(d.Constituencies, c)
	}
	e := must[*elections.Election](t)(h.elections.Create(ctx, ada, d))
	for _, v := range [][2]string{{"Ada", phrase}, {"Bob", otherPhrase}} {
		d := results.LotValueDraft{Name: v[0], Commitment: results.SeedCommitment(v[1])}
		if err := h.results.CommitLotValue(ctx, ada, e.ID, d); err != nil {
			t.Fatal(err)
		}
	}
	north, south := e.Constituencies[0].ID, e.Constituencies[1].ID
	h.upload(t, e, north, lines(0, 2, 0)+lines(2, 8, 1)+lines(8, 14, 2)+lines(14, 15, 3)+lines(15, 17, 9)+lines(2, 4, 3))
	h.upload(t, e, south, lines(100, 105, 1)+lines(105, 108, 2)+lines(0, 1, 1))
	gone := h.upload(t, e, south, lines(200, 205, 3))
	h.do(t, `INSERT INTO online_ballots VALUES (1, unhex('00112233445566778899aabbccddeeff'), 2, 2)`, // the first of all GUIDs but one
		`INSERT INTO online_ballots VALUES (1, unhex('ff112233445566778899aabbccddeeff'), 2, 1)`, // and the last
		`INSERT INTO online_tallies VALUES (2, 1, 1, 1)`, `INSERT INTO online_tallies VALUES (2, 2, 1, 1)`, `INSERT INTO voter_rolls VALUES (1, 1, 'issued', 2, 0, '')`,
		`INSERT INTO voter_flags VALUES (1, 1, unhex('C0'))`,
		`INSERT INTO voter_keys VALUES (randomblob(16), 1, 2, 32000), (randomblob(16), 1, 2, 32001)`, `INSERT INTO keyed_voters SELECT randomblob(16), pair, roll_id FROM voter_keys`,
		`INSERT INTO online_closings VALUES (1, 'finished')`)
	err := h.db.Write(ctx, func(tx *database.Tx) error {
		return h.log.Append(ctx, tx.SQL(), ada, "voter-keys-issued", elections.Subject(e.ID), map[string]any{"roll": 1, "keys": 2, "sealed_to": []string{}})
	})
	if err != nil {
		t.Fatal(err)
	}
	h.now.Move(2 * time.Hour)
	_, err = h.batches.Retract(ctx, ada, gone, "wrong file")
	waiting, ok := errors.AsType[*approval.Waiting](err)
	if !ok {
		t.Fatalf("want a retraction that waits, got %v", err)
	}
	must[auth.Approval](t)(h.approvals.ApproveOnMachine(ctx, ada, waiting.ID, "test"))
	h.rest(t, gone)
	h.do(t, fmt.Sprintf(`UPDATE elections SET closed_at = %d`, h.now.Now().UnixMilli()))
	for _, v := range [][2]string{{"Ada", phrase}, {"Bob", otherPhrase}} {
		if err := h.results.RevealLotValue(ctx, ada, e.ID, v[0], v[1]); err != nil {
			t.Fatal(err)
		}
	}
	must[results.Lot](t)(h.results.RecordLot(ctx, ada, e.ID, results.LotDraft{ConstituencyID: north, Seeded: true}))
	h.do(t, statements...)
	if h.before != nil {
		h.before(e)
	}
	h.certify(t, ada, e.ID)
	h.certify(t, bob, e.ID)
	return e
}

// reason is the reason that certify writes.
const reason = "The boards of both places checked it."

// certify confirms the present figures, with a reason for each open point.
func (h *app) certify(t *testing.T, actor audit.Actor, electionID int64) {
	t.Helper()
	var reasons []results.Reason
	for _, p := range must[*results.Final](t)(h.results.Final(t.Context(), electionID)).OpenPoints {
		if p.Open() {
			reasons = append(reasons, results.Reason{Point: p.Key(), Text: reason})
		}
	}
	must[*results.Final](t)(h.results.Certify(t.Context(), actor, electionID, "", reasons...))
}

// lines writes ballots with the GUIDs first to last-1.
func lines(first, last, poll int) string {
	var b strings.Builder
	for n := first; n < last; n++ {
		fmt.Fprintf(&b, "%08x-0000-4000-8000-%012x,%d\n", uint32(n)*2654435761, n+1, poll)
	}
	return b.String()
}

func (h *app) upload(t *testing.T, e *elections.Election, constituency int64, file string) int64 {
	t.Helper()
	b := must[batch.Batch](t)(h.batches.Receive(t.Context(), batch.Delivery{
		Actor: ada, ElectionID: e.ID, ConstituencyID: constituency, FileName: "b.csv",
	}, strings.NewReader(file)))
	h.rest(t, b.ID)
	return b.ID
}

func (h *app) rest(t *testing.T, id int64) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		b := must[batch.Batch](t)(h.batches.Batch(t.Context(), id))
		if b.State == batch.Counted || b.State == batch.Retracted {
			return
		}
	}
	t.Fatalf("batch %d did not come to rest", id)
}

func (h *app) do(t *testing.T, statements ...string) {
	t.Helper()
	err := h.db.Write(t.Context(), func(tx *database.Tx) error {
		for _, s := range statements {
			if _, err := tx.SQL().ExecContext(t.Context(), s); err != nil {
				return fmt.Errorf("%s: %w", s, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

package results_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"urna/elections"
	"urna/internal/problem"
	"urna/results"
)

// TestSeed_AnyoneCanRepeatTheLot has a real shell run the line that the page prints.
func TestSeed_AnyoneCanRepeatTheLot(t *testing.T) {
	const phrase = `Eight o'clock; 13 7 42 "dice" | $HOME \n %s`
	candidacies := []elections.Candidacy{
		{PollNumber: 1, ParticipantID: 11, Name: "Zelena čista lista"},
		{PollNumber: 2, ParticipantID: 12, Name: `L'Avenir "$(id)" ` + "`id`"},
		{PollNumber: 3, ParticipantID: 13, Name: `Back\slash`},
		{PollNumber: 12, ParticipantID: 14, Name: "-n"},
	}
	order := results.SeededOrder(phrase, "North & South", candidacies)
	shells := 0
	for _, shell := range []string{"sh", "bash", "dash", "busybox"} {
		path, err := exec.LookPath(shell)
		if err != nil {
			continue
		}
		shells++
		out, err := exec.CommandContext(t.Context(), path, "-c", results.SeededShell(phrase, "North & South", candidacies)).Output()
		if err != nil {
			t.Fatalf("%s: %v", shell, err)
		}
		printed := strings.Split(strings.TrimSpace(string(out)), "\n")
		for i, id := range order {
			at := slices.IndexFunc(candidacies, func(c elections.Candidacy) bool { return c.ParticipantID == id })
			if want := results.DrawLine(phrase, "North & South", candidacies[at]); !strings.HasSuffix(printed[i], "  "+want) {
				t.Errorf("%s: place %d: want %q, printed %q", shell, i+1, want, printed[i])
			}
		}
		hash, err := exec.CommandContext(t.Context(), path, "-c", `printf %s "$1" | sha256sum`, shell, phrase).Output()
		if err != nil || !strings.HasPrefix(string(hash), results.SeedCommitment(phrase)+" ") {
			t.Errorf("%s: want the commitment %s, got %s, %v", shell, results.SeedCommitment(phrase), hash, err)
		}
	}
	if shells == 0 {
		t.Error("want a shell on this machine")
	}
}

// committed records people's phrases, or with the phrase "" public values, as pairs of a name and a phrase.
func (h *app) committed(t *testing.T, e *elections.Election, pairs ...string) {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		d := results.LotValueDraft{Name: pairs[i], Public: pairs[i+1] == ""}
		if !d.Public {
			d.Commitment = results.SeedCommitment(pairs[i+1])
		}
		if err := h.results.CommitLotValue(t.Context(), ada, e.ID, d); err != nil {
			t.Fatal(err)
		}
	}
}

// revealed reveals values, as pairs of a name and a value.
func (h *app) revealed(t *testing.T, e *elections.Election, pairs ...string) {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		if err := h.results.RevealLotValue(t.Context(), ada, e.ID, pairs[i], pairs[i+1]); err != nil {
			t.Fatal(err)
		}
	}
}

// toBeTied makes an election that opens soon and that votes will tie.
func (h *app) toBeTied(t *testing.T) *elections.Election {
	t.Helper()
	return h.election(t, elections.Parliamentary, 2, func(d *elections.Draft) {
		d.StartsAt, d.EndsAt = h.now.Now().Add(1<<30), h.now.Now().Add(1<<40)
		d.Constituencies[0].Seats = 1
	})
}

// drawnFrom returns the order that values give the first two candidacies, computed by hand as docs/elections.md has it.
func drawnFrom(part results.Constituency, values ...string) []int64 {
	sum := sha256.Sum256([]byte(strings.Join(values, "\n") + "\n"))
	candidacies := []elections.Candidacy{part.Candidacies[0].Candidacy, part.Candidacies[1].Candidacy}
	return results.SeededOrder("urna-lot-2|"+hex.EncodeToString(sum[:]), part.Name, candidacies)
}

// TestSeed_AnyoneCanRepeatALotFromValues has a real shell run both lines that the page prints.
func TestSeed_AnyoneCanRepeatALotFromValues(t *testing.T) {
	values := []results.LotValue{{Value: `Eight o'clock; 13 7 42 "dice" | $HOME \n %s`}, {Value: "-n twelve grey herons"}}
	candidacies := []elections.Candidacy{{PollNumber: 1, ParticipantID: 11, Name: "Zelena lista"}, {PollNumber: 2, ParticipantID: 12, Name: "L'Avenir"}}
	out, err := exec.CommandContext(t.Context(), "sh", "-c", results.LotShell(values, "North", candidacies)).Output()
	if err != nil {
		t.Fatal(err)
	}
	printed := strings.Split(strings.TrimSpace(string(out)), "\n")
	seed, _, _ := strings.Cut(printed[0], " ")
	if want := results.LotPhrase(values); want != "urna-lot-2|"+seed {
		t.Errorf("want the first command to print the seed %s, got %s", want, printed[0])
	}
	for i, id := range results.SeededOrder("urna-lot-2|"+seed, "North", candidacies) {
		if want := results.DrawLine("urna-lot-2|"+seed, "North", candidacies[id-11]); !strings.HasSuffix(printed[i+1], "  "+want) {
			t.Errorf("place %d: want %q, printed %q", i+1, want, printed[i+1])
		}
	}
}

func TestSeed_CommittedBeforeTheEndRevealedAfter(t *testing.T) {
	h := newApp(t)
	const phrase, other = "ninety-nine red balloons", "a hundred blue balloons"
	e := h.toBeTied(t)
	commit := func(name, text string) error {
		return h.results.CommitLotValue(t.Context(), ada, e.ID, results.LotValueDraft{Name: name, Commitment: results.SeedCommitment(text)})
	}
	reveal := func(name, text string) error { return h.results.RevealLotValue(t.Context(), ada, e.ID, name, text) }
	for _, d := range []results.LotValueDraft{
		{Name: "Ada", Commitment: phrase},
		{Name: "Ada"},
		{Name: " ", Commitment: results.SeedCommitment(phrase)},
		{Public: true},
		{Name: "lottery", Public: true, Commitment: results.SeedCommitment(phrase)},
		{Name: strings.Repeat("x", 201), Public: true},
	} {
		if err := h.results.CommitLotValue(t.Context(), ada, e.ID, d); problem.KindOf(err) != problem.Invalid {
			t.Errorf("%+v: want it refused, got %v", d, err)
		}
	}
	h.committed(t, e, "Ada", "a first thought of hers", "Bob", other, "Ada", phrase)
	if err := commit("Eve", other); problem.KindOf(err) != problem.Invalid || !strings.Contains(err.Error(), "Bob has recorded the same phrase") {
		t.Errorf("want a copied hash refused, got %v", err)
	}
	if err := reveal("Ada", phrase); !errors.Is(err, elections.ErrNotCounting) {
		t.Errorf("before the end: want ErrNotCounting, got %v", err)
	}
	h.now.Move(1 << 31)
	if err := commit("ADA ", "another phrase of hers"); !errors.Is(err, results.ErrSeedCommitted) {
		t.Errorf("after the opening: want ErrSeedCommitted, got %v", err)
	}
	h.upload(t, e, e.Constituencies[0].ID, h.lines(0, 2, 2))
	h.now.Move(1 << 41)
	if err := commit("Carol", "a phrase of hers, too late"); !errors.Is(err, results.ErrSeedTooLate) {
		t.Errorf("after the end: want ErrSeedTooLate, got %v", err)
	}
	draw := func() (results.Lot, error) {
		return h.results.RecordLot(t.Context(), ada, e.ID, results.LotDraft{Seeded: true})
	}
	h.revealed(t, e, "Bob", other)
	if _, err := draw(); !errors.Is(err, results.ErrSeedNotRevealed) {
		t.Errorf("want ErrSeedNotRevealed, got %v", err)
	}
	if err := reveal("Ada", phrase+" "); problem.KindOf(err) != problem.Invalid {
		t.Errorf("want another phrase refused, got %v", err)
	}
	h.revealed(t, e, "ada", phrase)
	if err := reveal("Ada", phrase); !errors.Is(err, results.ErrSeedRevealed) {
		t.Errorf("want a second revelation refused, got %v", err)
	}
	byHand := results.LotDraft{Participants: h.get(t, e).Constituencies[0].Tie.Participants, Place: "Hall", Witnesses: "Dan"}
	if _, err := h.results.RecordLot(t.Context(), ada, e.ID, byHand); !errors.Is(err, results.ErrDrawFromValues) {
		t.Errorf("want no other order once the values give one, got %v", err)
	}
	lot, err := draw()
	part := h.get(t, e).Constituencies[0]
	if want := drawnFrom(part, phrase, other); err != nil || !slices.Equal(lot.Participants, want) || part.Lot == nil {
		t.Errorf("want the order %v to settle the tie, got %+v, %v", want, lot, err)
	}
}

// TestSeed_OfOnePersonDrawsNothing has one person's phrase, the phrase of version 0.1.0, one of two phrases that is kept
// back, and a public value that is not known: the lot is drawn in public, with its place and witnesses.
func TestSeed_OfOnePersonDrawsNothing(t *testing.T) {
	const phrase, other = "ninety-nine red balloons", "a hundred blue balloons"
	for name, c := range map[string]struct {
		committed, revealed []string
		former              bool
		want                error
	}{
		"one person":           {[]string{"Ada", phrase}, []string{"Ada", phrase}, false, results.ErrSeedOfOne},
		"one of two kept back": {[]string{"Ada", phrase, "Bob", other}, []string{"Ada", phrase}, false, results.ErrSeedNotRevealed},
		"an unknown value":     {[]string{"lottery", ""}, nil, false, results.ErrSeedNotRevealed},
		"of version 0.1.0":     {nil, nil, true, results.ErrSeedOfOne},
	} {
		t.Run(name, func(t *testing.T) {
			h := newApp(t)
			e := h.toBeTied(t)
			h.committed(t, e, c.committed...)
			if c.former {
				insert := fmt.Sprintf(`INSERT INTO lot_seeds VALUES (%d, '%s', 'Ada', 0, '%s', 1)`, e.ID, results.SeedCommitment(phrase), phrase)
				if err := h.do(t, insert); err != nil {
					t.Fatal(err)
				}
			}
			h.now.Move(1 << 41)
			h.upload(t, e, e.Constituencies[0].ID, h.lines(0, 2, 2))
			h.revealed(t, e, c.revealed...)
			if _, err := h.results.RecordLot(t.Context(), ada, e.ID, results.LotDraft{Seeded: true}); !errors.Is(err, c.want) {
				t.Errorf("want %v, got %v", c.want, err)
			}
			d := results.LotDraft{Participants: h.get(t, e).Constituencies[0].Tie.Participants}
			if !c.former {
				_, err := h.results.RecordLot(t.Context(), ada, e.ID, d)
				if problem.KindOf(err) != problem.Invalid || strings.Count(err.Error(), "drawn in public") != 2 {
					t.Errorf("want place and witnesses asked for, got %v", err)
				}
				d.Place, d.Witnesses = "Town hall", "Dan, Eve"
			}
			if _, err := h.results.RecordLot(t.Context(), ada, e.ID, d); err != nil || h.get(t, e).Constituencies[0].Lot == nil {
				t.Errorf("want the tie settled by the lot that was drawn in public, got %v", err)
			}
		})
	}
}

// TestSeed_FromAPublicValue draws from the numbers of a lottery alone, which may be corrected until then.
func TestSeed_FromAPublicValue(t *testing.T) {
	const lottery = "Lottery of Sunday, all numbers"
	h := newApp(t)
	e := h.toBeTied(t)
	h.committed(t, e, lottery, "")
	h.now.Move(1 << 41)
	h.upload(t, e, e.Constituencies[0].ID, h.lines(0, 2, 2))
	h.revealed(t, e, lottery, "3 8 14 22 31 37", lottery, " 3 8 14 22 31 39 ")
	lot, err := h.results.RecordLot(t.Context(), ada, e.ID, results.LotDraft{Seeded: true})
	if want := drawnFrom(h.get(t, e).Constituencies[0], "3 8 14 22 31 39"); err != nil || !slices.Equal(lot.Participants, want) {
		t.Errorf("want the order %v, got %+v, %v", want, lot, err)
	}
	if err := h.results.RevealLotValue(t.Context(), ada, e.ID, lottery, "1 2 3 4 5 6"); !errors.Is(err, results.ErrSeedRevealed) {
		t.Errorf("want no correction after the draw, got %v", err)
	}
}

func TestSeed_RefusesPhrasesThatNobodyCouldRepeat(t *testing.T) {
	h := newApp(t)
	e := h.election(t, elections.Parliamentary, 2, func(d *elections.Draft) {
		d.StartsAt, d.EndsAt = h.now.Now().Add(-1), h.now.Now().Add(1<<40)
	})
	h.committed(t, e, "Ada", "in the open, for the first time") // until the end
	none := h.election(t, elections.Parliamentary, 2, nil)
	if err := h.results.RevealLotValue(t.Context(), ada, none.ID, "Ada", "whatever it was"); !errors.Is(err, results.ErrNoSeed) {
		t.Errorf("want ErrNoSeed, got %v", err)
	}
	h.now.Move(1 << 41)
	for phrase, says := range map[string]string{
		"short":                         "16 to 200",
		strings.Repeat("long ", 41):     "16 to 200",
		"two lines\nof a phrase":        "one line",
		"a bell\x07 rings":              "one line",
		"deleted\x7f letters":           "one line",
		"no writing at all \xff":        "UTF-8",
		"a turn \u202e of the text":     "direction",
		strings.Repeat("\u200b", 16):    "one visible character",
		"in the open, for the 2nd time": "The SHA-256 of this phrase is",
	} {
		if err := h.do(t, `UPDATE lot_values SET commitment = '`+results.SeedCommitment(phrase)+`'`); err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(says, "The") {
			if err := h.do(t, `UPDATE lot_values SET commitment = '`+results.SeedCommitment("another")+`'`); err != nil {
				t.Fatal(err)
			}
		}
		if err := h.results.RevealLotValue(t.Context(), ada, e.ID, "Ada", phrase); problem.KindOf(err) != problem.Invalid || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: want it refused saying %q, got %v", phrase, says, err)
		}
	}
}

// TestSeed_TheExampleIsTheFormula draws the lot of the example in docs/elections.md.
func TestSeed_TheExampleIsTheFormula(t *testing.T) {
	values := []results.LotValue{{Value: "ninety-nine red balloons"}, {Value: "a hundred blue balloons"}}
	lists := []elections.Candidacy{
		{PollNumber: 1, ParticipantID: 11, Name: "Green List"}, {PollNumber: 4, ParticipantID: 12, Name: "Harbour List"},
	}
	if got := results.SeededOrder(results.LotPhrase(values), "North", lists); !slices.Equal(got, []int64{12, 11}) {
		t.Errorf("want the Harbour List drawn first, got %v", got)
	}
	page, err := os.ReadFile("../docs/elections.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"seed='" + results.LotPhrase(values) + "'",
		results.SeedCommitment(results.DrawLine(results.LotPhrase(values), "North", lists[0])),
		results.SeedCommitment(results.DrawLine(results.LotPhrase(values), "North", lists[1])),
	} {
		if !strings.Contains(string(page), want) {
			t.Errorf("want %s in the example", want)
		}
	}
}

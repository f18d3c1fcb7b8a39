package bundle_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"urna/elections"
	"urna/elections/participants"
	"urna/internal/database"
	"urna/results"
	"urna/results/bundle"
	"urna/results/bundle/verify"
)

// silent makes and certifies an election of three constituencies: one with votes, one with invalid ballots alone, one
// without a ballot.
func (h *app) silent(t *testing.T) *elections.Election {
	t.Helper()
	d := elections.Draft{
		Title: "Council", Kind: elections.Parliamentary, StartsAt: h.now.Now().Add(-time.Hour), EndsAt: h.now.Now().Add(time.Hour),
		Confirmations: 1, OpenNow: true,
	}
	var lists []elections.CandidacyDraft
	for i := range 2 {
		p := must[participants.Participant](t)(h.participants.Create(t.Context(), ada,
			participants.Draft{Name: fmt.Sprintf("List %d", i+1), Kind: participants.Party}))
		lists = append(lists, elections.CandidacyDraft{ParticipantID: p.ID})
	}
	for i, name := range []string{"North", "South", "East"} {
		d.Constituencies = append(d.Constituencies, elections.ConstituencyDraft{Name: name, Seats: 4 + i, Candidacies: lists})
	}
	e := must[*elections.Election](t)(h.elections.Create(t.Context(), ada, d))
	h.upload(t, e, e.Constituencies[0].ID, lines(0, 9, 1)+lines(9, 14, 2))
	h.upload(t, e, e.Constituencies[1].ID, lines(20, 23, 7))
	return h.certifiedBy(t, e)
}

// openSecond makes and certifies a presidential election that ends with a second round.
func (h *app) openSecond(t *testing.T) *elections.Election {
	t.Helper()
	d := elections.Draft{
		Title: "Mayor", Kind: elections.Presidential, StartsAt: h.now.Now().Add(-time.Hour), EndsAt: h.now.Now().Add(time.Hour),
		Confirmations: 1, OpenNow: true, Constituencies: []elections.ConstituencyDraft{{Name: "Town"}},
	}
	for i := range 3 {
		p := must[participants.Participant](t)(h.participants.Create(t.Context(), ada,
			participants.Draft{Name: fmt.Sprintf("Candidate %d", i+1), Kind: participants.Individual}))
		d.Constituencies[0].Candidacies = append(d.Constituencies[0].Candidacies, elections.CandidacyDraft{ParticipantID: p.ID})
	}
	e := must[*elections.Election](t)(h.elections.Create(t.Context(), ada, d))
	h.upload(t, e, e.Constituencies[0].ID, lines(0, 9, 1)+lines(9, 14, 2)+lines(14, 19, 3)+lines(19, 20, 2))
	return h.certifiedBy(t, e)
}

// certifiedBy ends an election and certifies it.
func (h *app) certifiedBy(t *testing.T, e *elections.Election) *elections.Election {
	t.Helper()
	h.now.Move(2 * time.Hour)
	h.do(t, fmt.Sprintf(`UPDATE elections SET closed_at = %d`, h.now.Now().UnixMilli()), `INSERT INTO online_closings VALUES (1, 'finished')`)
	if h.confirm != nil {
		h.confirm(e)
	} else {
		h.certify(t, ada, e.ID)
	}
	return e
}

// entry returns a whole entry of a bundle.
func entry(t *testing.T, path, name string) []byte {
	t.Helper()
	r := must[*zip.ReadCloser](t)(zip.OpenReader(path))
	defer func() { _ = r.Close() }() // only read
	for _, f := range r.File {
		if f.Name == name {
			return must[[]byte](t)(io.ReadAll(must[io.ReadCloser](t)(f.Open())))
		}
	}
	t.Fatalf("%s has no %s", path, name)
	return nil
}

// unassigned returns the unassigned seats of each constituency in a document of figures.
func unassigned(t *testing.T, document []byte) (seats []int) {
	t.Helper()
	var f results.Figures
	if err := json.Unmarshal(document, &f); err != nil {
		t.Fatal(err)
	}
	for _, c := range f.Constituencies {
		seats = append(seats, c.Unassigned)
	}
	return seats
}

// TestBundle_SaysWhichSeatsNobodyGot certifies an election with two constituencies without a vote.
func TestBundle_SaysWhichSeatsNobodyGot(t *testing.T) {
	h := newApp(t)
	e := h.silent(t)
	for _, form := range []bundle.Form{bundle.Full, bundle.Public} {
		path := must[string](t)(h.bundles.Bundle(t.Context(), e.ID, form))
		if got := unassigned(t, entry(t, path, "figures.json")); !slices.Equal(got, []int{0, 5, 6}) {
			t.Errorf("%s: want 0, 5 and 6 seats unassigned, got %v", form, got)
		}
		if _, err := verify.File(path); err != nil {
			t.Errorf("%s: want it proved, got %v", form, err)
		}
	}
}

// TestVerify_TheFormSaysHowUnassignedSeatsAreCounted signs figures without the unassigned seats of constituencies
// without a vote: they hold under the former name of the form, and under no other.
func TestVerify_TheFormSaysHowUnassignedSeatsAreCounted(t *testing.T) {
	public := read(t, "testdata/batches-silent-public.zip")
	for format, says := range map[string]string{
		"urna-figures-1": "", "urna-figures-2": "the figures are not those that follow", "urna-figures-9": "newer version",
	} {
		_, err := check(t, forgeFigures(t, public, func(figures string) string {
			figures = strings.ReplaceAll(figures, `"unassigned_seats": 5`, `"unassigned_seats": 0`)
			figures = strings.ReplaceAll(figures, `"unassigned_seats": 6`, `"unassigned_seats": 0`)
			return strings.Replace(figures, "urna-figures-2", format, 1)
		}))
		if says == "" && err != nil || says != "" && (err == nil || !strings.Contains(err.Error(), says)) {
			t.Errorf("%s: want %q said, got %v", format, says, err)
		}
	}
}

// TestBundle_SaysThatNobodyHasThePresidentsSeat certifies an election that ends with a second round.
func TestBundle_SaysThatNobodyHasThePresidentsSeat(t *testing.T) {
	h := newApp(t)
	path := must[string](t)(h.bundles.Bundle(t.Context(), h.openSecond(t).ID, bundle.Public))
	if got := unassigned(t, entry(t, path, "figures.json")); !slices.Equal(got, []int{1}) {
		t.Errorf("want the seat unassigned, got %v", got)
	}
	if _, err := verify.File(path); err != nil {
		t.Errorf("want it proved, got %v", err)
	}
}

// forgeFigures changes the figures of a public bundle, has the certification name them, and signs it all again.
func forgeFigures(t *testing.T, file []byte, change func(string) string) []byte {
	t.Helper()
	sum := func(s string) string { h := sha256.Sum256([]byte(s)); return hex.EncodeToString(h[:]) }
	var before, after string
	forge(t, file, func(name, content string) (string, string) { // the figures come before all that names them
		if name == "figures.json" {
			before, after = sum(content), sum(change(content))
		}
		return name, content
	})
	return forge(t, file, func(name, content string) (string, string) {
		if name == "figures.json" {
			return name, change(content)
		}
		return name, strings.ReplaceAll(content, before, after)
	})
}

// TestVerify_FormerBundlesHold checks bundles that an earlier version wrote, when seats without a vote were not
// counted as unassigned.
func TestVerify_FormerBundlesHold(t *testing.T) {
	for name, says := range map[string]string{
		"former-silent-full.zip": "17 ballots", "former-silent-public.zip": "14 valid ballots", "former-second-round-public.zip": "20 valid ballots",
	} {
		path := filepath.Join("testdata", name)
		report, err := verify.File(path)
		if err != nil {
			t.Errorf("%s: want it proved, got %v", name, err)
			continue
		}
		if all := strings.Join(report.Proved, "\n"); !strings.Contains(all, says) {
			t.Errorf("%s: want %q proved, got\n%s", name, says, all)
		}
		if all := strings.Join(report.Cannot, "\n"); !strings.Contains(all, "unassigned") {
			t.Errorf("%s: want the report to say what the figures leave out, got\n%s", name, all)
		}
	}
}

// TestBundle_SmallSumsAreMerged certifies an election with two votes cast online, beside a batch of eight ballots.
func TestBundle_SmallSumsAreMerged(t *testing.T) {
	h := newApp(t)
	e := h.certified(t)
	for _, form := range []bundle.Form{bundle.Full, bundle.Public} {
		path := must[string](t)(h.bundles.Bundle(t.Context(), e.ID, form))
		want := "sum,poll_number,votes\n1,0,2\n1,1,6\n1,2,6\n1,3,1\n2,1,6\n2,2,4\n"
		if got := string(entry(t, path, "sums.csv")); got != want {
			t.Errorf("%s: want the sums\n%s, got\n%s", form, want, got)
		}
		var f results.Figures
		if err := json.Unmarshal(entry(t, path, "figures.json"), &f); err != nil {
			t.Fatal(err)
		}
		if s := f.Sums[1]; len(f.Sums) != 2 || !slices.Equal(s.Batches, []int64{2}) || s.Online != 2 || s.Valid != 10 {
			t.Errorf("%s: want the batch and the online votes in one sum, got %+v", form, f.Sums)
		}
		if _, err := verify.File(path); err != nil {
			t.Errorf("%s: want it proved, got %v", form, err)
		}
	}
}

// TestVerify_BundlesWithSumsOfBatchesHold checks bundles of version 0.1.0, which had the sums of each batch.
func TestVerify_BundlesWithSumsOfBatchesHold(t *testing.T) {
	for name, says := range map[string]string{
		"batches-silent-full.zip": "17 ballots", "batches-silent-public.zip": "14 valid ballots",
		"batches-certified-full.zip": "27 ballots", "batches-certified-public.zip": "25 valid ballots",
	} {
		report, err := verify.File(filepath.Join("testdata", name))
		if err != nil {
			t.Errorf("%s: want it proved, got %v", name, err)
			continue
		}
		if all := strings.Join(report.Proved, "\n"); !strings.Contains(all, says) {
			t.Errorf("%s: want %q proved, got\n%s", name, says, all)
		}
	}
}

// TestFinal_FormerCertificationsKeepTheirFigures opens an election that an earlier version certified: the results
// say which seats are unassigned, and the signed figures are those that were confirmed.
func TestFinal_FormerCertificationsKeepTheirFigures(t *testing.T) {
	for _, name := range []string{"former-silent", "batches-silent"} {
		t.Run(name, func(t *testing.T) { keepsItsFigures(t, "testdata/"+name) })
	}
}

func keepsItsFigures(t *testing.T, kept string) {
	t.Helper()
	former := entry(t, kept+"-full.zip", "figures.json")
	h := newApp(t)
	h.confirm = func(e *elections.Election) {
		sum := sha256.Sum256(former)
		err := h.db.Write(t.Context(), func(tx *database.Tx) error {
			_, err := h.elections.Confirm(t.Context(), tx, ada, e, hex.EncodeToString(sum[:]))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	e := h.silent(t)
	final := must[*results.Final](t)(h.results.Final(t.Context(), e.ID))
	if final.Results.State != elections.Certified || final.Certification.Record.Figures != final.Hash || !bytes.Equal(final.Document, former) {
		t.Errorf("want the figures that were certified, got %s with the record %+v", final.Document, final.Certification.Record)
	}
	for i, want := range []int{0, 5, 6} {
		if got := final.Results.Constituencies[i].Unassigned; got != want {
			t.Errorf("constituency %d: want the results to say %d unassigned seats, got %d", i+1, want, got)
		}
	}
	for _, form := range []bundle.Form{bundle.Full, bundle.Public} {
		path := must[string](t)(h.bundles.Bundle(t.Context(), e.ID, form))
		if !bytes.Equal(entry(t, path, "figures.json"), former) {
			t.Errorf("%s: want the figures as they were certified", form)
		}
		if got, want := entry(t, path, "batch-sums.csv"), entry(t, kept+"-"+string(form)+".zip", "batch-sums.csv"); !bytes.Equal(got, want) {
			t.Errorf("%s: want the sums as they were published, got %s", form, got)
		}
		if _, err := verify.File(path); err != nil {
			t.Errorf("%s: want it proved, got %v", form, err)
		}
	}
}

package bundle_test

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"urna/auth"
	"urna/ballots/batch"
	"urna/elections"
	"urna/internal/approval"
	"urna/results"
	"urna/results/bundle"
	"urna/results/bundle/format"
	"urna/results/bundle/verify"
)

// approved has Bob approve what waits for him, if anything does.
func (h *app) approved(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		return
	}
	waiting, ok := errors.AsType[*approval.Waiting](err)
	if !ok {
		t.Fatalf("want an act that waits for an approval, got %v", err)
	}
	must[auth.Approval](t)(h.approvals.Decide(t.Context(), bob, waiting.ID, auth.Decision{Approve: true}))
}

// correcting is a certified election with stations of which a correction names station 1, which is annulled, and station 3,
// which is counted again, with the bundles of its first certification.
type correcting struct {
	*app

	e            *elections.Election
	stations     []elections.Station
	full, public []byte
	number       int
}

func newCorrecting(t *testing.T) *correcting {
	t.Helper()
	h := newApp(t)
	e := h.certifiedBy(t, h.withStations(t, false))
	c := &correcting{app: h, e: e, number: 2}
	c.stations = must[map[int64][]elections.Station](t)(h.elections.Stations(t.Context(), e.ID))[e.Constituencies[0].ID]
	c.full = read(t, must[string](t)(h.bundles.Bundle(t.Context(), e.ID, bundle.Full)))
	c.public = read(t, must[string](t)(h.bundles.Bundle(t.Context(), e.ID, bundle.Public)))
	c.open(t, elections.StationOrder{StationID: c.stations[0].ID, Act: elections.Annul}, elections.StationOrder{StationID: c.stations[2].ID})
	return c
}

// open opens a correction.
func (c *correcting) open(t *testing.T, stations ...elections.StationOrder) {
	t.Helper()
	c.now.Move(time.Hour)
	_, err := c.elections.OpenCorrection(t.Context(), ada, c.e.ID, elections.CorrectionDraft{
		Reason: "the box was open", OrderedBy: "District court, 7 U 12/26", Stations: stations,
	})
	c.approved(t, err)
}

// correct annuls station 1, and replaces the batch of station 3 by one with two votes more for list 1.
func (c *correcting) correct(t *testing.T) {
	t.Helper()
	_, err := c.elections.AnnulStation(t.Context(), ada, c.stations[0].ID, "the box was open")
	c.approved(t, err)
	c.rest(t, 1)
	c.recount(t, 3, lines(200, 210, 1)+lines(210, 213, 2))
}

// recount retracts a batch of station 3 and sends another one.
func (c *correcting) recount(t *testing.T, id int64, file string) {
	t.Helper()
	_, err := c.batches.Retract(t.Context(), ada, id, "counted again")
	c.approved(t, err)
	c.rest(t, id)
	b := must[batch.Batch](t)(c.batches.Receive(t.Context(), batch.Delivery{
		Actor: ada, ElectionID: c.e.ID, StationID: c.stations[2].ID, FileName: "again.csv",
	}, strings.NewReader(file)))
	c.rest(t, b.ID)
}

// bundleOf returns a bundle of a certification.
func (c *correcting) bundleOf(t *testing.T, number int, form bundle.Form) []byte {
	t.Helper()
	return read(t, must[string](t)(c.bundles.BundleOf(t.Context(), c.e.ID, number, form)))
}

func TestCorrections_BundlesOfBothCertificationsAreProved(t *testing.T) {
	c := newCorrecting(t)
	c.correct(t)
	c.certify(t, ada, c.e.ID)
	for form, first := range map[bundle.Form][]byte{bundle.Full: c.full, bundle.Public: c.public} {
		if kept := c.bundleOf(t, 1, form); string(kept) != string(first) {
			t.Errorf("%s: want the bundle of the first certification as it was", form)
		}
		before := must[*verify.Report](t)(check(t, first))
		after := must[*verify.Report](t)(check(t, c.bundleOf(t, 2, form)))
		if last := c.bundleOf(t, 0, form); string(last) != string(c.bundleOf(t, 2, form)) {
			t.Errorf("%s: want the last bundle without a number", form)
		}
		if before.Number != 1 || after.Number != 2 || after.Corrects != before.Figures {
			t.Errorf("%s: want certification 2 to correct the figures %s, got %d, which corrects %s", form, before.Figures, after.Number, after.Corrects)
		}
		proved := strings.Join(after.Proved, "\n")
		for _, says := range []string{"District court, 7 U 12/26 ordered", "polling station 1 of North annulled, polling station 3 of North counted again", "approved it"} {
			if !strings.Contains(proved, says) {
				t.Errorf("%s: want %q proved, got %s", form, says, proved)
			}
		}
		changes := strings.Join(must[[]string](t)(after.Correct(before)), "\n")
		for _, says := range []string{"North: ballots cast 60 before, 21 after, difference -39", "North: votes for List 1 36 before, 13 after, difference -23"} {
			if !strings.Contains(changes, says) {
				t.Errorf("%s: want the change %q, got %s", form, says, changes)
			}
		}
		if _, err := before.Correct(after); !errors.Is(err, verify.ErrContradiction) {
			t.Errorf("%s: want the first one to correct nothing, got %v", form, err)
		}
	}
	if _, err := c.bundles.BundleOf(t.Context(), c.e.ID, 3, bundle.Public); !errors.Is(err, bundle.ErrUnknownCertification) {
		t.Errorf("want no bundle of a third certification, got %v", err)
	}
}

// TestVerify_CorrectionsThatWereForged alters what the bundles of a corrected result say of its correction: with figures
// that are consistent and certified, in the certification, and in the audit log.
func TestVerify_CorrectionsThatWereForged(t *testing.T) {
	c := newCorrecting(t)
	c.correct(t)
	c.certify(t, ada, c.e.ID)
	full, public := c.bundleOf(t, 2, bundle.Full), c.bundleOf(t, 2, bundle.Public)
	other := strings.Repeat("0", 64)
	for name, f := range map[string]struct {
		change func(*results.Figures)
		says   string
	}{
		"no correction":           {func(f *results.Figures) { f.Corrections = nil }, "the figures have 0 corrections"},
		"of other figures":        {func(f *results.Figures) { f.Corrections[0].Corrects = other }, "correction 2 is not one of certification 1"},
		"with another number":     {func(f *results.Figures) { f.Corrections[0].Number = 3 }, "the last one leading to 3"},
		"without a reason":        {func(f *results.Figures) { f.Corrections[0].Reason = "" }, "names no reason"},
		"without an order":        {func(f *results.Figures) { f.Corrections[0].OrderedBy = "" }, "names no reason"},
		"without a person":        {func(f *results.Figures) { f.Corrections[0].OpenedBy = "" }, "names no reason"},
		"without stations":        {func(f *results.Figures) { f.Corrections[0].Places = nil }, "names no reason"},
		"of a station of nowhere": {func(f *results.Figures) { f.Corrections[0].Places[1].StationID = 9 }, "none of the election"},
		"of a whole constituency": {func(f *results.Figures) { f.Corrections[0].Places[1].StationID = 0 }, "none of the election"},
		"with another act":        {func(f *results.Figures) { f.Corrections[0].Places[1].Act = "forget" }, "is no act of a correction"},
		"that annuls a counted one": {
			func(f *results.Figures) { f.Corrections[0].Places[1].Act = format.CorrectionAnnuls }, "annulled polling station 3, which is counted",
		},
		"that annuls votes cast online": {
			func(f *results.Figures) { f.Corrections[0].AnnulledOnline = []int64{1} }, "annuls the votes cast online of constituency 1",
		},
		"that annulled votes which count": {func(f *results.Figures) {
			f.Corrections[0].Places[1].Act, f.Corrections[0].AnnulledOnline = format.CorrectionRepeats, []int64{1}
		}, "annulled the votes cast online of constituency 1, and they count"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, file := range [][]byte{full, public} {
				if _, err := check(t, consistent(t, file, f.change)); !errors.Is(err, verify.ErrContradiction) || !strings.Contains(err.Error(), f.says) {
					t.Errorf("want it refused saying %q, got %v", f.says, err)
				}
			}
		})
	}
	for name, change := range map[string]func(*format.Certification){
		"a first certification":   func(c *format.Certification) { c.Number, c.Earlier = 0, nil },
		"of another number":       func(c *format.Certification) { c.Number = 3 },
		"after other figures":     func(c *format.Certification) { c.Earlier[0].Figures = other },
		"after a later one":       func(c *format.Certification) { c.Earlier[0].AuditEvents = c.AuditEvents },
		"after one of number two": func(c *format.Certification) { c.Earlier[0].Number = 2 },
		"after one more":          func(c *format.Certification) { c.Earlier = append(c.Earlier, c.Earlier[0]) },
	} {
		t.Run("certified as "+name, func(t *testing.T) {
			for _, file := range [][]byte{full, public} {
				forged := forge(t, file, in(format.CertificationFile, func(s string) string { return recertified(t, s, change) }))
				if _, err := check(t, forged); !errors.Is(err, verify.ErrContradiction) {
					t.Errorf("want it refused, got %v", err)
				}
			}
		})
	}
}

// TestVerify_FullBundlesComparesCorrectionsWithTheLog: only the full form has the log.
func TestVerify_FullBundlesCompareCorrectionsWithTheLog(t *testing.T) {
	c := newCorrecting(t)
	c.correct(t)
	c.certify(t, ada, c.e.ID)
	full := c.bundleOf(t, 2, bundle.Full)
	each := func(change func(*logged)) []byte {
		return relogged(t, full, func(l []logged) []logged {
			for i := range l {
				change(&l[i])
			}
			return l
		})
	}
	if _, err := check(t, each(func(*logged) {})); err != nil {
		t.Fatalf("want the same log, rebuilt, to hold, got %v", err)
	}
	detail := func(action, old, replacement string) []byte {
		return each(func(e *logged) {
			if e.Action == action {
				e.Detail = strings.ReplaceAll(e.Detail, old, replacement)
			}
		})
	}
	const otherwise, unnamed = "knows correction 2 otherwise", "no open correction named its polling station"
	for name, f := range map[string]struct {
		file []byte
		says string
	}{
		"figures of another reason": {consistent(t, full, func(f *results.Figures) { f.Corrections[0].Reason = "rain" }), otherwise},
		"figures of another order":  {consistent(t, full, func(f *results.Figures) { f.Corrections[0].OrderedBy = "Eve" }), otherwise},
		"figures of another person": {consistent(t, full, func(f *results.Figures) { f.Corrections[0].OpenedBy = "Eve" }), otherwise},
		"figures without approval":  {consistent(t, full, func(f *results.Figures) { f.Corrections[0].ApprovedBy = "" }), otherwise},
		"figures of another act": {
			consistent(t, full, func(f *results.Figures) { f.Corrections[0].Places[1].Act = format.CorrectionRepeats }), otherwise,
		},
		"figures of one station less": {
			consistent(t, full, func(f *results.Figures) { f.Corrections[0].Places = f.Corrections[0].Places[:1] }), otherwise,
		},
		"a log of another reason":  {detail("correction-opened", "the box was open", "rain"), otherwise},
		"a log of another station": {detail("correction-opened", `"station":3`, `"station":2`), unnamed},
		"a log of an act on another station": {relogged(t, full, func(l []logged) []logged {
			one := l[len(l)-2]
			one.Action, one.Subject, one.Detail, one.Hash = "batch-retracting", "batch 2", `{"election":1,"reason":"x"}`, ""
			return append(l[:len(l)-1:len(l)-1], one, l[len(l)-1])
		}), unnamed},
		"a log without the opening": {each(func(e *logged) { e.Action = strings.Replace(e.Action, "correction-opened", "signed-in", 1) }), unnamed},
		"a log in which it ended": {relogged(t, full, func(l []logged) []logged {
			one := l[len(l)-2]
			one.Action, one.Subject, one.Detail, one.Hash = "correction-ended", "election 1", `{"correction":2,"reason":"x"}`, ""
			return append(l[:len(l)-1:len(l)-1], one, l[len(l)-1])
		}), "does not follow from the certifications and corrections before it"},
		"a log of other certified figures": {each(func(e *logged) {
			if e.Action == "election-certified" && !strings.Contains(e.Detail, `"correction":2`) {
				e.Detail = `{"figures":"` + strings.Repeat("0", 64) + `"}`
			}
		}), "does not follow from the certifications and corrections before it"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := check(t, f.file); !errors.Is(err, verify.ErrContradiction) || !strings.Contains(err.Error(), f.says) {
				t.Errorf("want it refused saying %q, got %v", f.says, err)
			}
		})
	}
}

// TestCorrections_KeptBundlesStay opens a correction: from then on the bundles of the certification are those that were
// kept, after a new start too, and no others are handed out.
func TestCorrections_KeptBundlesStay(t *testing.T) {
	c := newCorrecting(t)
	if err := c.bundles.Clear(t.Context()); err != nil {
		t.Fatal(err)
	}
	for form, first := range map[bundle.Form][]byte{bundle.Full: c.full, bundle.Public: c.public} {
		for _, number := range []int{0, 1} {
			if string(c.bundleOf(t, number, form)) != string(first) {
				t.Errorf("%s, number %d: want the bundle of the first certification while it is being corrected", form, number)
			}
		}
	}
	if _, err := c.bundles.BundleOf(t.Context(), c.e.ID, 2, bundle.Full); !errors.Is(err, bundle.ErrUnknownCertification) {
		t.Errorf("want no bundle of a certification to come, got %v", err)
	}
	c.correct(t)
	c.certify(t, ada, c.e.ID)
	c.open(t, elections.StationOrder{StationID: c.stations[2].ID}) // keeps those of the second certification
	c.recount(t, 5, lines(200, 209, 1)+lines(210, 214, 2))
	c.certify(t, ada, c.e.ID)
	reports := map[int]*verify.Report{}
	for _, number := range []int{1, 2, 3} {
		reports[number] = must[*verify.Report](t)(check(t, c.bundleOf(t, number, bundle.Full)))
	}
	for _, number := range []int{2, 3} {
		if _, err := reports[number].Correct(reports[number-1]); err != nil {
			t.Errorf("want certification %d to correct the one before, got %v", number, err)
		}
	}
	if _, err := reports[3].Correct(reports[1]); !errors.Is(err, verify.ErrContradiction) {
		t.Errorf("want certification 3 not to correct the first one, got %v", err)
	}
	path := must[string](t)(c.bundles.BundleOf(t.Context(), c.e.ID, 1, bundle.Public))
	altered := append([]byte{}, c.public...)
	altered[100] ^= 1
	if err := os.WriteFile(path, altered, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := c.bundles.BundleOf(t.Context(), c.e.ID, 1, bundle.Public); !errors.Is(err, results.ErrAltered) {
		t.Errorf("want an altered file refused, got %v", err)
	}
}

// TestCorrections_AnnulledOnlineVotesAreInNoBundle has a station vote again, with the votes cast online of its constituency
// annulled.
func TestCorrections_AnnulledOnlineVotesAreInNoBundle(t *testing.T) {
	h := newApp(t)
	e := h.certifiedBy(t, h.withStations(t, false))
	north := e.Constituencies[0].ID
	c := &correcting{app: h, e: e}
	c.stations = must[map[int64][]elections.Station](t)(h.elections.Stations(t.Context(), e.ID))[north]
	_, err := h.elections.OpenCorrection(t.Context(), ada, e.ID, elections.CorrectionDraft{
		Reason: "the key of a box was lost", OrderedBy: "District court", Stations: []elections.StationOrder{{StationID: c.stations[2].ID, Act: elections.Repeat}},
		Constituencies: []int64{north},
	})
	h.approved(t, err)
	c.recount(t, 3, lines(400, 413, 1)+lines(413, 420, 2))
	h.certify(t, ada, e.ID)
	for _, form := range []bundle.Form{bundle.Full, bundle.Public} {
		report := must[*verify.Report](t)(check(t, c.bundleOf(t, 2, form)))
		if proved := strings.Join(report.Proved, "\n"); !strings.Contains(proved, "votes cast online in North annulled") {
			t.Errorf("%s: want the annulment proved, got %s", form, proved)
		}
	}
	final := must[*results.Final](t)(h.results.Final(t.Context(), e.ID))
	if got := final.Figures.Constituencies[0].Ballots; got.Online != 0 || got.Cast != 65 {
		t.Errorf("want the ballots of the three stations alone, got %+v", got)
	}
}

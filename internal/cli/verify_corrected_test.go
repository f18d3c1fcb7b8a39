package cli

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"urna/ballots/batch"
	"urna/elections"
	"urna/elections/participants"
	"urna/internal/app"
	"urna/internal/audit"
	"urna/internal/testing/apptest"
	"urna/results"
	"urna/results/bundle"
)

// correctedFolder is a folder with an election of two polling stations, which is certified.
type correctedFolder struct {
	*app.App

	t        *testing.T
	path     string
	election int64
	stations []elections.Station
	batches  []int64 // of the stations
}

func newCorrectedFolder(t *testing.T) *correctedFolder {
	t.Helper()
	c := &correctedFolder{t: t, path: t.TempDir()}
	apptest.Unpack(t, c.path)
	c.open()
	d := elections.Draft{
		Title: "Council", Kind: elections.Parliamentary, StartsAt: time.Now().Add(-2 * time.Hour), EndsAt: time.Now().Add(-time.Hour), OpenNow: true,
		Channels:       []elections.Channel{elections.Batches},
		Constituencies: []elections.ConstituencyDraft{{Seats: 3, Stations: []elections.StationDraft{{Number: "1"}, {Number: "2"}}}},
	}
	for _, name := range []string{"One", "Two"} {
		p, err := c.Participants.Create(t.Context(), audit.System(), participants.Draft{Name: name, Kind: participants.Party})
		c.must(err)
		d.Constituencies[0].Candidacies = append(d.Constituencies[0].Candidacies, elections.CandidacyDraft{ParticipantID: p.ID})
	}
	e, err := c.Elections.Create(t.Context(), audit.System(), d)
	c.must(err)
	all, err := c.Elections.Stations(t.Context(), e.ID)
	c.must(err)
	c.election, c.stations = e.ID, all[e.Constituencies[0].ID]
	for i := range c.stations {
		c.batches = append(c.batches, c.send(i, 20, 10))
	}
	c.close()
	tamper(t, c.path, `INSERT OR IGNORE INTO online_closings VALUES (1, 'finished')`)
	c.open()
	c.certify()
	return c
}

func (c *correctedFolder) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

func (c *correctedFolder) open() {
	c.t.Helper()
	f, err := openFolder(c.t.Context(), c.path, app.Options{Create: true, Parts: app.Accounts | app.Batches | app.Bundles})
	c.must(err)
	c.App = f
	c.must(f.Batches.Start(c.t.Context()))
}

func (c *correctedFolder) close() {
	c.t.Helper()
	c.Batches.Stop()
	c.must(c.Close())
}

// rest waits until a batch is counted or retracted.
func (c *correctedFolder) rest(id int64) {
	c.t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		b, err := c.Batches.Batch(c.t.Context(), id)
		if err != nil || time.Now().After(deadline) {
			c.t.Fatalf("want the batch counted or retracted, got %+v, %v", b, err)
		}
		if b.State == batch.Counted || b.State == batch.Retracted {
			return
		}
	}
}

// send sends the ballots of a station, and returns the batch once it is counted.
func (c *correctedFolder) send(station, one, two int) int64 {
	c.t.Helper()
	var file strings.Builder
	for n := range one + two {
		fmt.Fprintf(&file, "%08x-0000-4000-8000-%012x,%d\n", 10*station+one, n+1, 1+n/one)
	}
	b, err := c.Batches.Receive(c.t.Context(), batch.Delivery{
		Actor: audit.System(), ElectionID: c.election, StationID: c.stations[station].ID, FileName: "a.csv",
	}, strings.NewReader(file.String()))
	c.must(err)
	c.rest(b.ID)
	return b.ID
}

// recount retracts the batch of a station and sends another one.
func (c *correctedFolder) recount(station, one, two int) {
	c.t.Helper()
	_, err := c.Batches.Retract(c.t.Context(), audit.System(), c.batches[station], "counted again")
	c.must(err)
	c.rest(c.batches[station])
	c.batches[station] = c.send(station, one, two)
}

// correct opens a correction that has the first station counted again.
func (c *correctedFolder) correct() {
	c.t.Helper()
	_, err := c.Elections.OpenCorrection(c.t.Context(), audit.System(), c.election, elections.CorrectionDraft{
		Reason: "A box was found.", OrderedBy: "District court, 7/2027", Stations: []elections.StationOrder{{StationID: c.stations[0].ID}},
	})
	c.must(err)
}

func (c *correctedFolder) certify() {
	c.t.Helper()
	final, err := c.Results.Final(c.t.Context(), c.election)
	c.must(err)
	var reasons []results.Reason
	for _, p := range final.OpenPoints {
		reasons = append(reasons, results.Reason{Point: p.Key(), Text: "By order of the court."})
	}
	_, err = c.Results.Certify(c.t.Context(), audit.System(), c.election, "", reasons...)
	c.must(err)
}

// bundle returns the path of a bundle of a certification.
func (c *correctedFolder) bundle(number int, form bundle.Form) string {
	c.t.Helper()
	path, err := c.Bundles.BundleOf(c.t.Context(), c.election, number, form)
	c.must(err)
	return path
}

// TestVerifyBundle_OfACorrectionBesideTheOneBefore proves a corrected bundle beside the one that it corrects, says what
// changed, and refuses exchanged and altered ones, and others.
func TestVerifyBundle_OfACorrectionBesideTheOneBefore(t *testing.T) {
	c := newCorrectedFolder(t)
	c.correct()
	c.recount(0, 18, 12)
	c.certify()
	defer c.close()
	before, after := c.bundle(1, bundle.Full), c.bundle(2, bundle.Full)
	for _, form := range []bundle.Form{bundle.Full, bundle.Public} {
		out, code := verifyBundle(t, VerifyCommand{Bundle: c.bundle(2, form), Before: c.bundle(1, form)})
		if code != 0 {
			t.Errorf("%s: want it proved, got %d\n%s", form, code, out)
		}
		for _, says := range []string{
			"certification 2", "changed by the correction of ", "votes for One 40 before, 38 after, difference -2", "votes for Two 20 before, 22 after, difference +2",
			"District court, 7/2027 ordered", "holds too, and this one corrects its figures and no others.",
		} {
			if !strings.Contains(out, says) {
				t.Errorf("%s: want %q said, got\n%s", form, says, out)
			}
		}
	}
	content, err := os.ReadFile(before)
	c.must(err)
	altered := filepath.Join(t.TempDir(), "altered.zip")
	content = bytes.Clone(content)
	content[len(content)/2] ^= 1
	c.must(os.WriteFile(altered, content, 0o600))
	other := newCorrectedFolder(t)
	defer other.close()
	for name, command := range map[string]VerifyCommand{
		"exchanged":             {Bundle: before, Before: after},
		"the same twice":        {Bundle: after, Before: after},
		"an altered one before": {Bundle: after, Before: altered},
		"an altered one after":  {Bundle: altered, Before: before},
		"one of another server": {Bundle: after, Before: other.bundle(1, bundle.Full)},
		"no bundle before":      {Bundle: after, Before: "verify_corrected_test.go"},
		"no file before":        {Bundle: after, Before: filepath.Join(t.TempDir(), "none.zip")},
	} {
		if out, code := verifyBundle(t, command); code != 1 || !strings.Contains(out, "REFUSED") || strings.Contains(out, "proved:") {
			t.Errorf("%s: want it refused, got %d\n%s", name, code, out)
		}
	}
}

// TestVerifyBundle_OfACorrectionThatChangedAnotherStation: a database writer has the program recount a second station that no
// correction named. The figures do not tell; the log in the full bundle does.
func TestVerifyBundle_OfACorrectionThatChangedAnotherStation(t *testing.T) {
	c := newCorrectedFolder(t)
	c.correct()
	c.recount(0, 18, 12)
	c.close()
	for _, statement := range []string{
		`DROP TRIGGER correction_stations_insert`, `DROP TRIGGER correction_stations_delete`,
		`INSERT INTO correction_stations SELECT election_id, number, 2, 2, constituency_id, 'recount', was FROM correction_stations`,
	} {
		tamper(t, c.path, statement)
	}
	c.open()
	c.recount(1, 16, 14)
	c.close()
	tamper(t, c.path, `DELETE FROM correction_stations WHERE station_id = 2`)
	c.open()
	defer c.close()
	c.certify()
	out, code := verifyBundle(t, VerifyCommand{Bundle: c.bundle(2, bundle.Full), Before: c.bundle(1, bundle.Full)})
	if code != 1 || !strings.Contains(out, "REFUSED") || !strings.Contains(out, "changed a certified result, and no open correction named its polling station") {
		t.Errorf("want it refused, got %d\n%s", code, out)
	}
}

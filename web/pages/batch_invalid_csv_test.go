package pages

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"urna/auth"
	"urna/ballots/batch"
	"urna/elections"
	"urna/elections/participants"
	"urna/internal/audit"
)

// openElection makes an open election with one party.
func (d *env) openElection(t *testing.T) *elections.Election {
	t.Helper()
	party, err := d.Participants.Create(t.Context(), audit.System(), participants.Draft{Name: "Alder", Kind: participants.Party})
	if err != nil {
		t.Fatal(err)
	}
	e, err := d.Elections.Create(t.Context(), audit.System(), elections.Draft{
		Title: "Council", Kind: elections.Parliamentary, StartsAt: d.clock.Now().Add(-time.Hour), EndsAt: d.clock.Now().Add(time.Hour), OpenNow: true,
		Constituencies: []elections.ConstituencyDraft{{Candidacies: []elections.CandidacyDraft{{ParticipantID: party.ID}}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// counted uploads a file for grace and waits until it is counted.
func (d *env) counted(t *testing.T, e *elections.Election, content string) batch.Batch {
	t.Helper()
	b, err := d.Batches.Receive(t.Context(), batch.Delivery{
		Actor: audit.Actor{ID: d.grace.ID, Name: d.grace.Name()}, ElectionID: e.ID, FileName: "ballots.csv",
	}, strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(2 * time.Minute); !b.Settled(); time.Sleep(2 * time.Millisecond) {
		if b, err = d.Batches.Batch(t.Context(), b.ID); err != nil || time.Now().After(deadline) {
			t.Fatalf("want the batch counted, got %+v, %v", b, err)
		}
	}
	return b
}

func TestBatchInvalidCSV(t *testing.T) {
	d := newEnv(t)
	d.furnish(t)
	other, err := d.Auth.AddUser(t.Context(), audit.System(), auth.NewUser{
		Email: "other@example.org", Forename: "Other", Surname: "Official", Role: auth.Official, Password: password,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Batches.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Batches.Stop)
	election := d.openElection(t)

	// More lines than a page of the download holds, and as many as two of them exactly: every third line
	// counts, every third has an unknown poll number, every third is a duplicate of the one before.
	var content strings.Builder
	want := [][]string{{"line", "guid", "poll_number", "reason"}}
	for i := range pageOfExport {
		good, unknown := fmt.Sprintf("%032x", 2*i+1), fmt.Sprintf("%032x", 2*i+2)
		fmt.Fprintf(&content, "%s,1\n%s,77\n%s,1\n", good, unknown, unknown)
		for j, reason := range []string{"unknown-poll-number", "duplicate-ballot"} {
			guid := unknown[:8] + "-" + unknown[8:12] + "-" + unknown[12:16] + "-" + unknown[16:20] + "-" + unknown[20:]
			want = append(want, []string{decimal(int64(3*i + 2 + j)), guid, []string{"77", "1"}[j], reason})
		}
	}
	b := d.counted(t, election, content.String())
	page := "/batches/" + decimal(b.ID)
	address := page + "/invalid.csv"

	withheld := [][]string{want[0]} // an administrator reads the same without the poll numbers, which are votes
	for _, row := range want[1:] {
		withheld = append(withheld, []string{row[0], row[1], "", row[3]})
	}
	for name, u := range map[string]auth.User{"its official": d.grace, "an administrator": d.ada} {
		t.Run(name, func(t *testing.T) {
			browser, want := d.signedIn(t, u), want
			if u.ID == d.ada.ID {
				want = withheld
			}
			browser.want(browser.get(page), http.StatusOK, page, `href="`+address+`"`)
			got := browser.get(address)
			browser.want(got, http.StatusOK, address, "line,guid,poll_number,reason\n")
			rows, err := csv.NewReader(strings.NewReader(got.body)).ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, rows); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
			for header, value := range map[string]string{
				"Content-Type": "text/csv; charset=utf-8", "Cache-Control": "no-store",
				"Content-Disposition": fmt.Sprintf(`attachment; filename="urna-batch-%d-invalid.csv"`, b.ID),
			} {
				if got.header.Get(header) != value {
					t.Errorf("%s: want %q, got %q", header, value, got.header.Get(header))
				}
			}
		})
	}
	t.Run("for others it does not exist", func(t *testing.T) {
		browser := d.signedIn(t, other)
		browser.want(browser.get(address), http.StatusNotFound, address, "no such batch")
		browser = d.signedIn(t, d.grace)
		for _, id := range []string{"99", "0", "-1", "x"} {
			browser.want(browser.get("/batches/"+id+"/invalid.csv"), http.StatusNotFound, "/batches/"+id+"/invalid.csv", "no such batch")
		}
		visitor := d.browser(t)
		visitor.want(visitor.get(address), http.StatusOK, "/login", "")
	})
	t.Run("nothing to list", func(t *testing.T) {
		browser := d.signedIn(t, d.grace)
		clean := "/batches/" + decimal(d.counted(t, election, strings.Repeat("f", 32)+",1\n").ID)
		if got := browser.get(clean); strings.Contains(got.body, "invalid.csv") {
			t.Errorf("want no link to an empty list, got %s", mainOf(got.body))
		}
		if got := browser.get(clean + "/invalid.csv"); got.body != "line,guid,poll_number,reason\n" {
			t.Errorf("want the heading alone, got %q", got.body)
		}
	})
	t.Run("a batch that is still counted says so", func(t *testing.T) {
		b.State = batch.Processing
		if got := invalidFileName(b); !strings.HasSuffix(got, "-invalid-so-far.csv") {
			t.Errorf("want the name to say that more may follow, got %s", got)
		}
	})
}

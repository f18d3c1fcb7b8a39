package web_test

import (
	"fmt"
	"html"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"urna/elections"
	"urna/internal/audit"
	"urna/internal/database"
)

// batchesOf reads which batches a page lists, and the address of the next page.
func (v *visitor) batchesOf(t *testing.T, path string) (listed []string, older string) {
	t.Helper()
	answer := v.send(t, http.MethodGet, path, "")
	page := text(answer)
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("%s: got %s", path, answer.Status)
	}
	for _, match := range regexp.MustCompile(`href="/batches/(\d+)"`).FindAllStringSubmatch(page, -1) {
		if !slices.Contains(listed, match[1]) {
			listed = append(listed, match[1])
		}
	}
	if match := regexp.MustCompile(`href="([^"]*[?&;]before=[^"]*)"`).FindStringSubmatch(page); match != nil {
		older = html.UnescapeString(match[1])
	}
	return listed, older
}

// hang inserts a batch in a state, of an official, in a constituency, as the ledger's writer would have left it.
func (s *site) hang(t *testing.T, election, constituency, official int64, state string) {
	t.Helper()
	err := s.DB.Write(t.Context(), func(tx *database.Tx) error {
		_, err := tx.SQL().ExecContext(t.Context(), `INSERT INTO batches (election_id, constituency_id, official_id, official_name, file_name, spool_file, sha256, bytes, lines, state, accepted_at)
			VALUES (?, ?, ?, 'Somebody', 'b.csv', hex(randomblob(8)), randomblob(32), 0, 0, ?, 0)`, election, constituency, official, state)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestBatches_FilteredByWhateverIsChosen has the batches 2 to 9 stand for every combination of two
// constituencies, two officials and two states, and looks for them in all ways.
func TestBatches_FilteredByWhateverIsChosen(t *testing.T) {
	s := newSite(t)
	s.settled(t)
	second := s.twoParts(t)
	north, south := second.Constituencies[0].ID, second.Constituencies[1].ID
	one, other := s.users["official"].ID, s.users["other official"].ID
	for _, constituency := range []int64{north, south} {
		for _, official := range []int64{one, other} {
			for _, state := range []string{"counted", "retracted"} {
				s.hang(t, second.ID, constituency, official, state)
			}
		}
	}
	v := s.signedIn(t, "administrator")
	for query, want := range map[string][]string{
		"":                                     {"9", "8", "7", "6", "5", "4", "3", "2", "1"},
		fmt.Sprint("election=", second.ID):     {"9", "8", "7", "6", "5", "4", "3", "2"},
		fmt.Sprint("election=", s.election.ID): {"1"},
		fmt.Sprintf("election=%d&constituency=%d", second.ID, south):                                    {"9", "8", "7", "6"},
		fmt.Sprint("official=", other):                                                                  {"9", "8", "5", "4"},
		"state=retracted":                                                                               {"9", "7", "5", "3"},
		fmt.Sprintf("official=%d&state=counted", one):                                                   {"6", "2", "1"},
		fmt.Sprintf("election=%d&constituency=%d&official=%d", second.ID, north, one):                   {"3", "2"},
		fmt.Sprintf("election=%d&constituency=%d&state=counted", second.ID, north):                      {"4", "2"},
		fmt.Sprintf("election=%d&constituency=%d&official=%d&state=retracted", second.ID, south, other): {"9"},
		fmt.Sprintf("election=%d&state=failed", second.ID):                                              nil,
		"official=99": nil,
		// A constituency is chosen within an election: left over from another one it means nothing.
		fmt.Sprintf("election=%d&constituency=%d", s.election.ID, south): {"1"},
	} {
		if got, _ := v.batchesOf(t, "/admin/batches?"+query); !slices.Equal(got, want) {
			t.Errorf("%q: want %v, got %v", query, want, got)
		}
	}
	// A filter that is passed over would show everything as if it were what was asked for.
	for query, says := range map[string]string{
		"state=nonsense": "names no state", "state=Counted": "names no state", "official=x": "no number", "election=-1": "no number",
		"state=counted&state=failed": "twice", "state=counted;official=1": "cannot be read", "election=%zz": "cannot be read",
	} {
		answer := v.send(t, http.MethodGet, "/admin/batches?"+query, "")
		if page := text(answer); answer.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page, says) {
			t.Errorf("%q: want 422 and %q, got %s", query, says, answer.Status)
		}
	}
	for name, want := range map[string][]string{"official": {"7", "6", "3", "2", "1"}, "other official": {"9", "8", "5", "4"}} {
		own := s.signedIn(t, name)
		for _, path := range []string{"/official", "/official/batches", "/official?official=1", "/official?before=99"} {
			if got, _ := own.batchesOf(t, path); !slices.Equal(got, want) {
				t.Errorf("%s, %s: want %v, got %v", name, path, want, got)
			}
		}
	}
}

// TestBatches_PageByPageNothingIsLostOrTwice walks through a filtered list that is longer than two pages.
func TestBatches_PageByPageNothingIsLostOrTwice(t *testing.T) {
	s := newSite(t)
	s.settled(t)
	constituency, one, other := s.election.Constituencies[0].ID, s.users["official"].ID, s.users["other official"].ID
	var want []string
	for i := range 250 {
		official := one
		if i%2 == 0 {
			official = other
			want = append(want, strconv.Itoa(i+2))
		}
		s.hang(t, s.election.ID, constituency, official, "counted")
	}
	slices.Reverse(want)
	for who, path := range map[string]string{"administrator": fmt.Sprintf("/admin/batches?official=%d&state=counted", other), "other official": "/official"} {
		v := s.signedIn(t, who)
		var got []string
		pages := 0
		for path != "" {
			var listed []string
			listed, path = v.batchesOf(t, path)
			got = append(got, listed...)
			pages++
		}
		if !slices.Equal(got, want) || pages < 3 {
			t.Errorf("%s: want the %d batches of the other official, newest first, on some pages, got %d on %d: %v", who, len(want), len(got), pages, got)
		}
	}
}

// settled waits until the site's own batch is counted.
func (s *site) settled(t *testing.T) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		b, err := s.Batches.Batch(t.Context(), s.batch.ID)
		if err != nil || time.Now().After(deadline) {
			t.Fatalf("want the batch counted, got %+v, %v", b, err)
		}
		if b.Settled() {
			return
		}
	}
}

// twoParts makes another election with two constituencies.
func (s *site) twoParts(t *testing.T) *elections.Election {
	t.Helper()
	d := s.election.Draft()
	d.Title, d.OpenNow = "Senate", true
	d.Constituencies[0].Name = "North"
	south := d.Constituencies[0]
	south.Name = "South"
	d.Constituencies = append(d.Constituencies, south)
	e, err := s.Elections.Create(t.Context(), audit.System(), d)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

package web_test

import (
	"html"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"urna/ballots/batch"
	"urna/elections"
	"urna/internal/database"
)

// waits returns what a person's first page says of the kind, in one line each.
func (v *visitor) waits(t *testing.T, kind string) (found []string) {
	t.Helper()
	page := v.get(t, "/admin")
	tags := regexp.MustCompile(`<[^>]*>`)
	for _, item := range regexp.MustCompile(`(?s)<li data-testid="waits-`+kind+`">(.*?)</li>`).FindAllStringSubmatch(page, -1) {
		found = append(found, strings.Join(strings.Fields(html.UnescapeString(tags.ReplaceAllString(item[1], " "))), " "))
	}
	return found
}

// want fails the test unless one item of the kind says all of the words; none where there are no words.
func (v *visitor) wantWaiting(t *testing.T, when, kind string, words ...string) {
	t.Helper()
	found := v.waits(t, kind)
	if len(words) == 0 {
		if len(found) != 0 {
			t.Errorf("%s: want nothing of the kind %s, got %q", when, kind, found)
		}
		return
	}
	if len(found) != 1 {
		t.Errorf("%s: want one of the kind %s, got %q", when, kind, found)
		return
	}
	for _, word := range words {
		if !strings.Contains(found[0], word) {
			t.Errorf("%s: want %q said, got %q", when, word, found[0])
		}
	}
}

// TestWaiting_AConfirmationIsOnTheFirstPage follows an election from its end to its certification by two.
func TestWaiting_AConfirmationIsOnTheFirstPage(t *testing.T) {
	s := newSite(t)
	s.settled(t)
	s.certify(t, s.election)
	ada, bea := s.signedIn(t, "administrator"), s.signedIn(t, "second administrator")
	if page := ada.get(t, "/admin"); !strings.Contains(page, `data-testid="nothing-waits"`) {
		t.Error("want it said that nothing waits")
	}
	e := s.ended(t, elections.Parliamentary, []string{"Alder", "Birch"}, func(d *elections.Draft) {
		d.Title, d.Confirmations, d.Constituencies[0].Seats = "Two of us", 2, 3
	})
	s.count(t, e, 0, 8, 3)
	s.closed(t, e)
	page := "/admin/elections/" + id(e.ID) + "/certification"
	confirm := func(v *visitor) {
		t.Helper()
		figures := regexp.MustCompile(`name="figures" value="([0-9a-f]{64})"`).FindStringSubmatch(v.get(t, page))
		if figures == nil {
			t.Fatal("want the figures offered for confirmation")
		}
		if answer := v.post(t, page, url.Values{"figures": figures[1:], "password": {password}}); answer.StatusCode != http.StatusSeeOther {
			t.Fatalf("want the confirmation taken, got %s", answer.Status)
		}
	}
	for who, v := range map[string]*visitor{"Ada": ada, "Bea": bea} {
		v.wantWaiting(t, who+" before any confirmation", "to-certify", "Two of us", "Waiting for your confirmation", "Two administrators certify")
	}
	confirm(ada)
	ada.wantWaiting(t, "Ada after hers", "to-certify")
	ada.wantWaiting(t, "Ada after hers", "confirmed", "Two of us", "Another administrator must confirm")
	bea.wantWaiting(t, "Bea after Ada's", "to-certify", "Two of us", "Confirmed by Test administrator")

	late := s.count(t, e, 0, 0, 1) // which voids it, once it counts
	if answer := bea.post(t, "/admin/approvals/1", url.Values{"decision": {"approve"}}); answer.StatusCode != http.StatusSeeOther {
		t.Fatalf("want the late batch approved, got %s: %s", answer.Status, text(answer))
	}
	s.state(t, late.ID, batch.Counted)
	if _, err := s.Results.Lift(t.Context(), s.users["administrator"].Actor("test"), e.ID, "", s.reasons(t, e)...); err != nil {
		t.Fatal(err)
	}
	for who, v := range map[string]*visitor{"Ada": ada, "Bea": bea} {
		v.wantWaiting(t, who+" after the figures changed", "to-certify", "Two administrators certify")
		v.wantWaiting(t, who+" after the figures changed", "confirmed")
	}
	confirm(bea)
	confirm(ada)
	for who, v := range map[string]*visitor{"Ada": ada, "Bea": bea} {
		for _, kind := range []string{"to-certify", "confirmed", "not-certified"} {
			v.wantWaiting(t, who+" after the certification", kind)
		}
		if page := v.get(t, "/admin"); !strings.Contains(page, "Nothing is waiting for you.") {
			t.Errorf("%s: want it said that nothing waits", who)
		}
	}
	if answer := s.signedIn(t, "official").send(t, http.MethodGet, "/admin", ""); answer.StatusCode != http.StatusForbidden {
		t.Errorf("want the page kept from officials, got %s", answer.Status)
	}
}

// TestWaiting_TiesAndSecondRoundsAreOnTheFirstPage has a tie in one of two constituencies, and a president whom no
// majority elected.
func TestWaiting_TiesAndSecondRoundsAreOnTheFirstPage(t *testing.T) {
	s := newSite(t)
	ada := s.signedIn(t, "administrator")
	e := s.ended(t, elections.Parliamentary, []string{"Alder", "Birch"}, func(d *elections.Draft) {
		d.Title = "Assembly"
		lists := d.Constituencies[0].Candidacies
		d.Constituencies = []elections.ConstituencyDraft{{Name: "North", Seats: 3, Candidacies: lists}, {Name: "South", Seats: 3, Candidacies: lists}}
	})
	s.count(t, e, 0, 9, 2)
	s.count(t, e, 1, 4, 4)
	s.closed(t, e)
	ada.wantWaiting(t, "with a tie", "tie", "Assembly", "A tie is open in South", "Record the lot")
	if page := ada.get(t, "/admin"); !strings.Contains(page, `/ties#tie-`+id(e.Constituencies[1].ID)+`"`) {
		t.Error("want a link to the tie itself")
	}
	mayor := s.ended(t, elections.Presidential, []string{"Ana", "Boris", "Vera"}, func(d *elections.Draft) { d.Title = "Mayor" })
	s.count(t, mayor, 0, 8, 7, 6)
	ada.wantWaiting(t, "before the certification", "second-round")
	s.certify(t, mayor)
	ada.wantWaiting(t, "certified", "second-round", "Mayor", "Create the second round")
	in := func(d time.Duration) string { return time.Now().UTC().Add(d).Format("2006-01-02T15:04") }
	answer := ada.post(t, "/admin/elections/"+id(mayor.ID)+"/certification/second-round", url.Values{"starts_at": {in(time.Hour)}, "ends_at": {in(2 * time.Hour)}})
	if answer.StatusCode != http.StatusSeeOther {
		t.Fatalf("want the second round made, got %s: %s", answer.Status, text(answer))
	}
	ada.wantWaiting(t, "with its second round", "second-round")
	won := s.ended(t, elections.Presidential, []string{"Dina", "Emil"}, func(d *elections.Draft) { d.Title = "Won" })
	s.count(t, won, 0, 8, 7)
	s.certify(t, won)
	ada.wantWaiting(t, "with a winner", "second-round")
}

// TestWaiting_UploadsAndStoppedBatchesAreOnTheFirstPage leaves two files unanswered, one of them sent before, and has a
// batch stopped.
func TestWaiting_UploadsAndStoppedBatchesAreOnTheFirstPage(t *testing.T) {
	s := newSite(t)
	s.settled(t)
	ada, official, other := s.signedIn(t, "administrator"), s.signedIn(t, "official"), s.signedIn(t, "other official")
	if page := official.get(t, "/official"); !strings.Contains(page, "No file is waiting for your confirmation.") {
		t.Error("want it said that no file waits")
	}
	official.sendFiles(t, file{"new.csv", ballot(1, 1)}, file{"again.csv", "5f0c7c9e-3d2b-4a57-9a0e-0f6a3b1c9d11,1\n"})
	official.look(t)
	page := official.get(t, "/official")
	for _, want := range []string{"2 files wait for your confirmation", "1 file was uploaded before: count it again, or discard it?"} {
		if !strings.Contains(page, want) {
			t.Errorf("want %q on the official's first page, got %s", want, page)
		}
	}
	if page := other.get(t, "/official"); !strings.Contains(page, "No file is waiting for your confirmation.") || strings.Contains(page, "uploaded before") {
		t.Error("want another official asked nothing")
	}
	ada.wantWaiting(t, "two files", "uploads", "Council", "2 files of Test official wait", "1 file was uploaded before")
	for _, choice := range choices(official.look(t))["upload"] {
		upload, _, _ := strings.Cut(choice, ":")
		official.post(t, "/official/uploads/"+upload+"/discard", nil)
	}
	ada.wantWaiting(t, "discarded", "uploads")

	err := s.DB.Write(t.Context(), func(tx *database.Tx) error {
		_, err := tx.SQL().ExecContext(t.Context(), `UPDATE batches SET state = 'failed', failure = 'The disk is full.', processed = 0, valid = 0 WHERE id = ?`, s.batch.ID)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	ada.wantWaiting(t, "a stopped batch", "stopped", "Council", "Batch "+id(s.batch.ID)+" of Test official", "Counting stopped because of a fault of this machine or of the database")
	ada.wantWaiting(t, "a stopped batch", "not-certified", "Council", "A batch still waits")
	if got, err := s.Batches.Batch(t.Context(), s.batch.ID); err != nil || got.State != batch.Failed {
		t.Fatalf("want the batch stopped, got %+v, %v", got, err)
	}
}

// TestWaiting_UnknownFilesAreOnTheFirstPage puts files that no batch has where the start puts them.
func TestWaiting_UnknownFilesAreOnTheFirstPage(t *testing.T) {
	s := newSite(t)
	ada := s.signedIn(t, "administrator")
	ada.wantWaiting(t, "before", "orphans")
	folder := filepath.Join(s.SpoolFolder(), "orphans")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"A.csv", "B.csv"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ada.wantWaiting(t, "with two", "orphans", "Unknown files", "spool/orphans", "2 files were found", "Nothing was deleted")
}

// TestCertification_SaysThatTheDatabaseWasReplaced records an accepted rollback as the start does.
func TestCertification_SaysThatTheDatabaseWasReplaced(t *testing.T) {
	s := newSite(t)
	e := s.ended(t, elections.Parliamentary, []string{"Alder", "Birch"}, nil)
	ada := s.signedIn(t, "administrator")
	address := "/admin/elections/" + strconv.FormatInt(e.ID, 10) + "/certification"
	if page := ada.get(t, address); strings.Contains(page, `value="restored"`) {
		t.Error("want nothing said before")
	}
	err := s.DB.Write(t.Context(), func(tx *database.Tx) error {
		_, err := tx.SQL().ExecContext(t.Context(), `INSERT INTO accepted_rollbacks (election_id, event_id, reason, accepted_at) VALUES ($1, 7, 'the disk <broke>', 0)`, e.ID)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	page := ada.get(t, address)
	for _, want := range []string{`value="restored"`, "event 7 of the audit log", "may be missing"} {
		if !strings.Contains(page, want) {
			t.Errorf("want %q on the page", want)
		}
	}
}

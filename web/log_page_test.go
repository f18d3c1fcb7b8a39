package web_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"urna/internal/audit/checkpoint"
	"urna/internal/audit/countersign"
	"urna/internal/testing/clock"
	"urna/web/api"
)

// watched is a site with a witness, which an administrator registers on the page.
func watched(t *testing.T, c *clock.Clock) (*site, checkpoint.WitnessSigner) {
	t.Helper()
	s := newSiteAt(t, c)
	signer, err := checkpoint.GenerateWitness("witness.example.org/party-a")
	if err != nil {
		t.Fatal(err)
	}
	form := url.Values{"key": {signer.String()}, "operator": {"Party A"}}
	answer := s.signedIn(t, "administrator").post(t, "/admin/witnesses", form)
	if answer.Header.Get("Location") != "/admin/witnesses?done=registered" {
		t.Fatalf("want the witness registered, got %s: %s", answer.Status, text(answer))
	}
	return s, signer
}

// countersign sends the present checkpoint with the signature of a witness, and returns the status.
func (s *site) countersign(t *testing.T, signer checkpoint.WitnessSigner, change func(c *checkpoint.Checkpoint)) int {
	t.Helper()
	v := s.visitor(t)
	log, err := checkpoint.ParseLogKey(strings.TrimSpace(text(v.send(t, http.MethodGet, "/log/key", ""))))
	if err != nil {
		t.Fatal(err)
	}
	signed := []byte(text(v.send(t, http.MethodGet, "/log/checkpoint", "")))
	if change != nil {
		signed = s.forged(t, log, signed, change)
	}
	_, n, err := checkpoint.Open(signed, log)
	if err != nil {
		t.Fatal(err)
	}
	if signed, err = signer.Countersign(n, s.Clock.Now()); err != nil {
		t.Fatal(err)
	}
	return v.send(t, http.MethodPost, "/log/countersignatures", string(signed), "Content-Type", "text/plain").StatusCode
}

// forged signs another checkpoint with the key of the log.
func (s *site) forged(t *testing.T, log checkpoint.LogKey, signed []byte, change func(c *checkpoint.Checkpoint)) []byte {
	t.Helper()
	c, _, err := checkpoint.Open(signed, log)
	if err != nil {
		t.Fatal(err)
	}
	change(&c)
	signer, err := countersign.Signer(s.file(t, "signing.key"))
	if err != nil {
		t.Fatal(err)
	}
	if signed, err = signer.SignCheckpoint(c); err != nil {
		t.Fatal(err)
	}
	return signed
}

// TestLog_ShowsEverybodyHeadAndWitnesses follows a countersignature from the witness to page and API.
func TestLog_ShowsEverybodyHeadAndWitnesses(t *testing.T) {
	s, signer := watched(t, &clock.Clock{})
	v := s.visitor(t)
	if page := text(v.send(t, http.MethodGet, "/log", "")); !strings.Contains(page, "Party A") || !strings.Contains(page, "nothing yet") {
		t.Errorf("want the witness that has countersigned nothing, got %s", page)
	}
	if status := s.countersign(t, signer, nil); status != http.StatusNoContent {
		t.Fatalf("want the countersignature taken, got %d", status)
	}
	s.until(t, "/log", "up to date") // an answer from memory is at most a second old
	hash, events := s.closedHead(t)
	page := s.until(t, "/log", hash)
	for _, want := range []string{signer.String(), s.Countersign.Key(), "Party A", " events, at", "up to date", ": " + strconv.FormatInt(events, 10) + " events"} {
		if !strings.Contains(page, strings.ReplaceAll(want, "+", "&#43;")) && !strings.Contains(page, want) {
			t.Errorf("want %q on the page, got %s", want, page)
		}
	}
	var log struct {
		Key, Head, Root, Origin string
		Events                  int64
		Witnesses               []struct {
			Name, Key, Operator string
			Countersigned       *struct{ Events int64 }
			Conflict            *struct{}
		}
	}
	if err := json.Unmarshal([]byte(s.until(t, api.Base+"/log", `"countersigned":{`)), &log); err != nil {
		t.Fatal(err)
	}
	if log.Head != hash || log.Events != events || log.Key != s.Countersign.Key() || len(log.Witnesses) != 1 || log.Witnesses[0].Countersigned == nil ||
		log.Witnesses[0].Countersigned.Events > events || log.Witnesses[0].Countersigned.Events < events-1 || log.Witnesses[0].Conflict != nil || log.Witnesses[0].Key != signer.String() {
		t.Errorf("want the head with its witness, got %+v", log)
	}
	for _, path := range []string{"/log/checkpoint", "/log/key", "/log/consistency?old=1&new=2"} {
		answer := v.send(t, http.MethodGet, path, "")
		if answer.StatusCode != http.StatusOK || answer.Header.Get("Cache-Control") != "no-cache" || len(answer.Cookies()) > 0 {
			t.Errorf("%s: want an answer without a cookie that is asked for each time, got %s, %v", path, answer.Status, answer.Header)
		}
	}
	for _, query := range []string{"", "?old=1", "?old=x&new=2", "?old=01&new=2", "?old=1&new=999999", "?old=2&new=1"} {
		if answer := v.send(t, http.MethodGet, "/log/consistency"+query, ""); answer.StatusCode != http.StatusNotFound {
			t.Errorf("%s: want 404, got %s", query, answer.Status)
		}
	}
}

// TestLog_AConflictIsShownInRed has a witness send a checkpoint of the log's own key that the log does not contain.
func TestLog_AConflictIsShownInRed(t *testing.T) {
	s, signer := watched(t, &clock.Clock{})
	administrator := s.signedIn(t, "administrator")
	if page := text(administrator.send(t, http.MethodGet, "/admin", "")); strings.Contains(page, `data-testid="witness-banner"`) {
		t.Error("want no notice before")
	}
	for _, more := range []int64{0, 1000} {
		status := s.countersign(t, signer, func(c *checkpoint.Checkpoint) { c.Root[0] ^= 1; c.Size += more })
		if status != http.StatusConflict {
			t.Errorf("want 409, got %d", status)
		}
	}
	if page := text(administrator.send(t, http.MethodGet, "/admin", "")); !strings.Contains(page, `data-testid="witness-banner"`) || !strings.Contains(page, "Party A") {
		t.Error("want a red notice for administrators")
	}
	for _, path := range []string{"/log", "/admin/witnesses"} {
		if page := text(administrator.send(t, http.MethodGet, path, "")); strings.Count(page, `data-testid="witness-conflict"`) != 1 {
			t.Errorf("%s: want the conflict said, got %s", path, page)
		}
	}
	s.until(t, "/log", `data-testid="witness-conflict"`)
	if page := text(administrator.send(t, http.MethodGet, "/admin/audit", "")); !strings.Contains(page, "Witness countersigned another history of the log") {
		t.Error("want an event with its words")
	}
	// An administrator who has dealt with it removes the witness, on record.
	if answer := administrator.post(t, "/admin/witnesses/1/removal", url.Values{}); answer.StatusCode != http.StatusSeeOther {
		t.Fatalf("want the witness removed, got %s", answer.Status)
	}
	if page := text(administrator.send(t, http.MethodGet, "/admin", "")); strings.Contains(page, `data-testid="witness-banner"`) {
		t.Error("want the notice gone with the witness")
	}
}

// TestLog_AWitnessThatIsNotSeenIsShownInRed waits for more than an hour.
func TestLog_AWitnessThatIsNotSeenIsShownInRed(t *testing.T) {
	now := &clock.Clock{}
	s, signer := watched(t, now)
	banner := func() bool {
		t.Helper()
		return strings.Contains(text(s.signedIn(t, "administrator").send(t, http.MethodGet, "/admin/witnesses", "")), `data-testid="witness-banner"`)
	}
	if banner() {
		t.Error("want no notice at first")
	}
	if page := text(s.visitor(t).send(t, http.MethodGet, "/log", "")); !strings.Contains(page, "waiting") {
		t.Errorf("want the witness waiting, got %s", page)
	}
	now.Move(61 * time.Minute)
	if !banner() {
		t.Error("want a notice after an hour")
	}
	s.until(t, "/log", "not seen") // also from memory
	if status := s.countersign(t, signer, nil); status != http.StatusNoContent || banner() {
		t.Errorf("want the notice to end with a countersignature, got %d", status)
	}
}

// TestWitnesses_ArePublicAndRegisteredByAdministrators uses page and API, with mistakes.
func TestWitnesses_ArePublicAndRegisteredByAdministrators(t *testing.T) {
	s, signer := watched(t, &clock.Clock{})
	v := s.signedIn(t, "administrator")
	for name, form := range map[string]url.Values{
		"no key": {"operator": {"X"}}, "the same name": {"key": {signer.String()}, "operator": {"X"}}, "no operator": {"key": {signer.String()}},
	} {
		answer := v.post(t, "/admin/witnesses", form)
		if answer.StatusCode != http.StatusUnprocessableEntity && answer.StatusCode != http.StatusConflict {
			t.Errorf("%s: want it refused, got %s", name, answer.Status)
		}
	}
	other, err := checkpoint.GenerateWitness("other")
	if err != nil {
		t.Fatal(err)
	}
	body, err := json.Marshal(map[string]string{"key": other.String(), "operator": "Observers"})
	if err != nil {
		t.Fatal(err)
	}
	answer := v.send(t, http.MethodPost, api.Base+"/witnesses", string(body), "Content-Type", "application/json")
	if answer.StatusCode != http.StatusCreated {
		t.Fatalf("want it registered, got %s: %s", answer.Status, text(answer))
	}
	if answer := v.send(t, http.MethodDelete, api.Base+"/witnesses/2", ""); answer.StatusCode != http.StatusNoContent {
		t.Errorf("want it removed, got %s", answer.Status)
	}
	if answer := v.send(t, http.MethodDelete, api.Base+"/witnesses/2", ""); answer.StatusCode != http.StatusNotFound {
		t.Errorf("want a removed one unknown, got %s", answer.Status)
	}
	large := bytes.Repeat([]byte("x"), checkpoint.MaxNote+1)
	if answer := s.visitor(t).send(t, http.MethodPost, "/log/countersignatures", string(large)); answer.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("want a large body refused, got %s", answer.Status)
	}
}

// file returns the content of a file of the data folder.
func (s *site) file(t *testing.T, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(s.Folder.Path(name))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// until asks for a public page until it has the words, and returns it.
func (s *site) until(t *testing.T, path, words string) (page string) {
	t.Helper()
	for deadline := time.Now().Add(patience); !strings.Contains(page, words); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: want %q, got %s", path, words, page)
		}
		page = text(s.visitor(t).send(t, http.MethodGet, path, ""))
	}
	return page
}

// closedHead returns the head of the log once the site's ended election is closed, after which nothing happens by itself.
func (s *site) closedHead(t *testing.T) (hash string, events int64) {
	t.Helper()
	opposite{site: s}.closed(t)
	hash, events, err := s.Audit.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return hash, events
}

// TestElection_SaysByWhomTheLogIsCountersigned follows the line beside the head of the log on an election's page: before
// the first countersignature, with one before and one after the certification, for a conflict, and without witnesses.
func TestElection_SaysByWhomTheLogIsCountersigned(t *testing.T) {
	s, signer := watched(t, &clock.Clock{})
	s.closed(t, s.election)
	page := "/elections/" + id(s.election.ID)
	upTo := func(events int64) string {
		return "Party A countersigned this log up to event " + strconv.FormatInt(events, 10) + "."
	}
	size := func() int64 {
		t.Helper()
		_, events, err := s.Audit.Head(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return events
	}
	s.until(t, page, "Party A is a witness of this log and has countersigned nothing yet.")
	take := func() int64 {
		t.Helper()
		if status := s.countersign(t, signer, nil); status != http.StatusNoContent {
			t.Fatalf("want the countersignature taken, got %d", status)
		}
		return size()
	}
	before := take()
	s.until(t, page, upTo(before))
	final, err := s.Results.Certify(t.Context(), s.users["administrator"].Actor("test"), s.election.ID, "", s.reasons(t, s.election)...)
	if err != nil || final.Certification.Record == nil {
		t.Fatalf("want the election certified, got %v", err)
	}
	certified := strconv.FormatInt(final.Certification.Record.AuditEvents, 10)
	s.until(t, page, upTo(before)+" The certification is event "+certified+" and is not included yet.")
	s.until(t, page, upTo(take())+" The certification is event "+certified+" and is included.")
	if status := s.countersign(t, signer, func(c *checkpoint.Checkpoint) { c.Root[0] ^= 1 }); status != http.StatusConflict {
		t.Fatalf("want 409, got %d", status)
	}
	s.until(t, page, "Party A countersigned another history of this log.")
	if answer := s.signedIn(t, "administrator").post(t, "/admin/witnesses/1/removal", url.Values{}); answer.StatusCode != http.StatusSeeOther {
		t.Fatalf("want the witness removed, got %s", answer.Status)
	}
	for deadline := time.Now().Add(patience); strings.Contains(text(s.visitor(t).send(t, http.MethodGet, page, "")), "election-witnesses"); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("want no line without a witness")
		}
	}
}

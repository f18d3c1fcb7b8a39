package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"urna/ballots/batch"
	"urna/elections"
	"urna/internal/testing/clock"
)

// confirmed makes an election that ended, of which one of two administrators has confirmed the figures.
func (s *site) confirmed(t *testing.T) *elections.Election {
	t.Helper()
	e := s.ended(t, elections.Parliamentary, []string{"Alder", "Birch"}, func(d *elections.Draft) {
		d.Confirmations, d.Constituencies[0].Seats = 2, 3
	})
	s.count(t, e, 0, 12, 11)
	s.closed(t, e)
	if _, err := s.Results.Certify(t.Context(), s.users["administrator"].Actor("test"), e.ID, "", s.reasons(t, e)...); err != nil {
		t.Fatal(err)
	}
	s.election = e
	return e
}

// state waits until a batch has the state.
func (s *site) state(t *testing.T, batchID int64, state batch.State) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		b, err := s.Batches.Batch(t.Context(), batchID)
		if err != nil || time.Now().After(deadline) {
			t.Fatalf("want batch %d %s, got %+v, %v", batchID, state, b, err)
		}
		if b.State == state {
			return
		}
	}
}

// TestLate_OnThePages: the official is told and gives a reason, everybody sees that the batch waits, an administrator
// approves it, and the certification asks for a reason.
func TestLate_OnThePages(t *testing.T) {
	s := commission(t)
	e := s.confirmed(t)
	official, second := s.signedIn(t, "official"), s.signedIn(t, "second administrator")
	const told = "an administrator has confirmed the figures of this election"
	wants(t, official.get(t, "/official/elections/"+id(e.ID)), told)
	if answer := official.sendFiles(t, file{"late.csv", ballot(901, 1) + ballot(902, 2)}); answer.StatusCode != http.StatusSeeOther {
		t.Fatalf("want the file checked, got %s: %s", answer.Status, text(answer))
	}
	page := official.look(t)
	wants(t, page, told, "Send it for approval", `id="field-reason-1"`)
	form := choices(page)
	answer := official.post(t, "/official/uploads/confirm", form)
	if body := text(answer); answer.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, "Say why the file comes late.") ||
		!strings.Contains(body, `href="#field-reason-1"`) {
		t.Errorf("want a reason asked for, beside the field, got %s: %s", answer.Status, body)
	}
	form.Set("reason", "the boat was late")
	answer = official.post(t, "/official/uploads/confirm", form)
	path := answer.Header.Get("Location")
	if answer.StatusCode != http.StatusSeeOther || !strings.HasPrefix(path, "/batches/") {
		t.Fatalf("want the batch, got %s: %s", answer.Status, text(answer))
	}
	wants(t, official.get(t, path), `class="mark counting"`, "waits for approval", "the boat was late", "It came after an administrator had confirmed the figures.",
		"No line of this batch counts before an administrator has decided.")
	wants(t, official.get(t, "/official"), "waits for approval", "not counted yet")
	wants(t, s.page(t, e), "1 late batch is not counted yet: an administrator decides about it.")
	if list, _ := second.batchesOf(t, "/admin/batches?state=waiting"); len(list) != 1 {
		t.Errorf("want the batch found by its state, got %q", list)
	}
	wants(t, second.get(t, path), "Decide about this batch")
	wants(t, second.get(t, "/admin"), "1 act waits for an administrator’s approval.")
	certification := "/admin/elections/" + id(e.ID) + "/certification"
	wants(t, second.get(t, certification), "a late batch waits for the decision whether it is counted")
	wants(t, second.get(t, "/admin/approvals"), "Count a late batch")
	shown := second.get(t, "/admin/approvals/1")
	wants(t, shown, "Count a late batch", "the boat was late", s.users["official"].Email, "in its place in the order of acceptance")
	if strings.Contains(shown, "Do it without a second administrator") || strings.Contains(shown, "Can be approved until") {
		t.Error("want no way to do it alone, and no end of the proposal")
	}
	s.Clock.Move(100 * time.Hour) // it does not expire
	if answer = second.post(t, "/admin/approvals/1", url.Values{"decision": {"approve"}, "reason": {"seen with the board"}}); answer.StatusCode != http.StatusSeeOther {
		t.Fatalf("want it approved, got %s: %s", answer.Status, text(answer))
	}
	var number int64
	if _, err := fmt.Sscanf(path, "/batches/%d", &number); err != nil {
		t.Fatal(err)
	}
	s.state(t, number, batch.Counted)
	wants(t, official.get(t, path), "counted", "Approved by", "Test second administrator", "seen with the board")
	if shown := official.get(t, path); strings.Contains(shown, s.users["second administrator"].Email) {
		t.Error("want no e-mail address of an administrator on an official's page")
	}
	if shown := s.page(t, e); strings.Contains(shown, "late batch") {
		t.Errorf("want nothing waiting any more, got %s", shown)
	}
	wants(t, second.get(t, certification), "a batch was late: number "+id(number), fmt.Sprintf(`value="late-batch:%d"`, e.Constituencies[0].ID))
}

// TestLate_OverTheAPI: the answer has the same form, and an administrator refuses.
func TestLate_OverTheAPI(t *testing.T) {
	s := commission(t)
	e := s.confirmed(t)
	official, second := s.signedIn(t, "official"), s.signedIn(t, "second administrator")
	path := "/api/v1/elections/" + id(e.ID)
	wants(t, text(official.send(t, http.MethodPost, path+"/batches?dry_run=true", ballot(901, 1), "Content-Type", "text/csv")), `"late":"after-confirmation"`)
	answer := official.send(t, http.MethodPost, path+"/batches?reason=the+boat+was+late", ballot(901, 1)+ballot(902, 2), "Content-Type", "text/csv")
	address := answer.Header.Get("Location")
	if body := text(answer); answer.StatusCode != http.StatusAccepted || !strings.Contains(body, `"state":"waiting"`) || !strings.Contains(body, `"href":"`+address) {
		t.Fatalf("want 202 and the state waiting, got %s: %s", answer.Status, body)
	}
	wants(t, text(official.send(t, http.MethodGet, address, "")), `"state":"waiting"`, `"progress":0`,
		`"late":{"cause":"after-confirmation","state":"waiting","reason":"the boat was late"}`)
	wants(t, text(official.send(t, http.MethodGet, path+"/results", "")), `"late_batches_waiting":1`, `"batches_waiting":0`)
	wants(t, text(second.send(t, http.MethodGet, path+"/certification", "")), `"code":"batches-waiting"`, `"liftable":false`)
	wants(t, text(second.send(t, http.MethodGet, "/api/v1/approvals/1", "")), `"act":"late-batch"`, `"until":null`, `"late":"after-confirmation"`)
	if answer = second.send(t, http.MethodPost, "/api/v1/approvals/1", `{"approve":false,"reason":"no protocol"}`, "Content-Type", "application/json"); answer.StatusCode != http.StatusOK {
		t.Fatalf("want it refused, got %s: %s", answer.Status, text(answer))
	}
	wants(t, text(official.send(t, http.MethodGet, address, "")), `"state":"retracted"`, `"state":"refused"`, `"decided_by":"Test second administrator"`, `"remark":"no protocol"`)
	wants(t, second.get(t, strings.TrimPrefix(address, "/api/v1")), "This late batch was refused, so this needs an approval",
		"An administrator refused this late batch. It is stored and not counted.", "because it was refused", "Refused by", "no protocol")
	wants(t, second.get(t, "/admin/approvals/1"), "It came after an administrator had confirmed the figures.", "SHA-256")
	wants(t, second.get(t, "/admin/batches"), "late and refused, not counted")
	wants(t, text(second.send(t, http.MethodGet, path+"/certification", "")), `"code":"late-batch"`, `"liftable":true`)
	long := strings.Repeat("x", 501)
	for name, query := range map[string]string{"too long": "?reason=" + long, "twice": "?reason=a&reason=b"} {
		if answer := official.send(t, http.MethodPost, path+"/batches"+query, ballot(903, 1), "Content-Type", "text/csv"); answer.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("%s: want the reason refused, got %s", name, answer.Status)
		}
	}
	form := func(order ...string) string {
		parts := map[string]string{
			"reason": "--b\r\nContent-Disposition: form-data; name=\"reason\"\r\n\r\nfog\r\n",
			"file":   "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\n" + ballot(904, 1) + "\r\n",
		}
		var body strings.Builder
		for _, name := range order {
			body.WriteString(parts[name])
		}
		return body.String() + "--b--\r\n"
	}
	if answer := official.send(t, http.MethodPost, path+"/batches", form("file", "reason"), "Content-Type", "multipart/form-data; boundary=b"); answer.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("want a reason after the file refused, got %s: %s", answer.Status, text(answer))
	}
	if answer := official.send(t, http.MethodPost, path+"/batches", form("reason", "file"), "Content-Type", "multipart/form-data; boundary=b"); answer.StatusCode != http.StatusAccepted {
		t.Errorf("want the form taken, got %s: %s", answer.Status, text(answer))
	}
	wants(t, text(second.send(t, http.MethodGet, "/api/v1/approvals/2", "")), `"reason":"fog"`)
}

// TestLate_BecameLateMeanwhile: a file that was not late when its official looked at it is shown again first.
func TestLate_BecameLateMeanwhile(t *testing.T) {
	s := commission(t)
	e := s.ended(t, elections.Parliamentary, []string{"Alder", "Birch"}, func(d *elections.Draft) { d.Confirmations = 2 })
	s.count(t, e, 0, 12, 11)
	s.closed(t, e)
	s.election = e
	official := s.signedIn(t, "official")
	wants(t, text(official.send(t, http.MethodPost, "/api/v1/elections/"+id(e.ID)+"/batches?dry_run=true", ballot(901, 1), "Content-Type", "text/csv")), `"late":null`)
	certification := "/admin/elections/" + id(e.ID) + "/certification"
	const first = "From now on every further batch is late"
	wants(t, s.signedIn(t, "administrator").get(t, certification), first)
	official.sendFiles(t, file{"a.csv", ballot(901, 1)})
	form := choices(official.look(t))
	if _, err := s.Results.Certify(t.Context(), s.users["administrator"].Actor("test"), e.ID, "", s.reasons(t, e)...); err != nil {
		t.Fatal(err)
	}
	answer := official.post(t, "/official/uploads/confirm", form)
	if body := text(answer); answer.StatusCode != http.StatusConflict || !strings.Contains(body, "This batch is late by now") || !strings.Contains(body, "Send it for approval") {
		t.Errorf("want the official told, got %s: %s", answer.Status, body)
	}
	if shown := s.signedIn(t, "second administrator").get(t, certification); strings.Contains(shown, first) {
		t.Error("want this said before the first confirmation alone")
	}
}

// TestBatchesUntil_IsDefinedMovedAndShown: on the form, while the election is open, to officials and to the public.
func TestBatchesUntil_IsDefinedMovedAndShown(t *testing.T) {
	at := clock.At(time.Date(2027, 1, 1, 12, 0, 0, 0, time.UTC))
	s := newSiteAt(t, at)
	e := s.timed(t, "Europe/Belgrade", "2027-03-01T07:00:00Z", "2027-03-01T19:00:00Z")
	v := s.signedIn(t, "administrator")
	path := "/admin/elections/" + id(e.ID)
	save := func(until string) *http.Response {
		t.Helper()
		form := filled(t, v.get(t, path+"/edit/dates"), path+"/edit/dates")
		form.Set("batches_until", until)
		form.Set("action", "save")
		return v.post(t, path+"/edit/dates", form)
	}
	if answer := save("2027-03-01T19:00"); answer.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(text(answer), "This time must not be before the end.") {
		t.Errorf("want a time before the end refused, got %s", answer.Status)
	}
	if answer := save("2027-03-03T18:00"); answer.StatusCode != http.StatusSeeOther {
		t.Fatalf("want it stored, got %s: %s", answer.Status, text(answer))
	}
	if got := s.stored(t, e.ID); got.BatchesUntil == nil || !got.BatchesUntil.Equal(instant(t, "2027-03-03T17:00:00Z")) {
		t.Fatalf("want the time in the zone, got %v", got.BatchesUntil)
	}
	const shown = "3 March 2027, 18:00"
	wants(t, v.get(t, path), "Batches are taken until", shown)
	wants(t, s.page(t, e), "Ballots of polling stations are taken until", shown)
	wants(t, text(s.visitor(t).send(t, http.MethodGet, "/", "")), "Ballots of polling stations are taken until", shown)
	wants(t, text(v.send(t, http.MethodGet, "/api/v1/elections/"+id(e.ID), "")), `"batches_until":"2027-03-03T18:00:00+01:00"`)
	at.Move(instant(t, "2027-03-01T12:00:00Z").Sub(at.Now()))
	v = s.signedIn(t, "administrator")
	wants(t, s.signedIn(t, "official").get(t, "/official"), "Batches that come from", shown)

	extend := func(end, until string) (int, string) {
		t.Helper()
		form := filled(t, v.get(t, path), path+"/end")
		form.Set("ends_at", end)
		form.Set("batches_until", until)
		answer := v.post(t, path+"/end", form)
		return answer.StatusCode, text(answer)
	}
	for name, c := range map[string]struct{ end, until, says string }{
		"nothing later":        {"2027-03-01T20:00", "2027-03-03T18:00", "after the current end"},
		"an earlier one":       {"2027-03-01T21:00", "2027-03-03T17:00", "can only be moved to a later one"},
		"an end after it":      {"2027-03-04T20:00", "2027-03-03T18:00", "This time must not be before the end."},
		"an end that is early": {"2027-03-01T19:00", "2027-03-03T19:00", "after the current end"},
	} {
		if status, body := extend(c.end, c.until); status != http.StatusUnprocessableEntity || !strings.Contains(body, c.says) {
			t.Errorf("%s: want a refusal that says %q, got %d: %s", name, c.says, status, body)
		}
	}
	if status, body := extend("2027-03-01T20:00", "2027-03-03T19:00"); status != http.StatusSeeOther {
		t.Errorf("want the later time, got %d: %s", status, body)
	}
	if got := s.stored(t, e.ID); !got.BatchesUntil.Equal(instant(t, "2027-03-03T18:00:00Z")) || !got.EndsAt.Equal(e.EndsAt) {
		t.Errorf("want the later time and the same end, got %v, %s", got.BatchesUntil, got.EndsAt)
	}
	patch := func(body string) int {
		t.Helper()
		answer := v.send(t, http.MethodPatch, "/api/v1/elections/"+id(e.ID), body, "Content-Type", "application/json")
		_ = text(answer)
		return answer.StatusCode
	}
	if status := patch(`{"batches_until":"2027-03-02T12:00:00Z"}`); status != http.StatusConflict {
		t.Errorf("want an earlier time refused, got %d", status)
	}
	if status := patch(`{"batches_until":null}`); status != http.StatusOK || s.stored(t, e.ID).BatchesUntil != nil {
		t.Errorf("want it removed, got %d", status)
	}
	if status := patch(`{"batches_until":"2027-03-09T12:00:00Z"}`); status != http.StatusConflict {
		t.Errorf("want none made while the election is open, got %d", status)
	}
}

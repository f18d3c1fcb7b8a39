package web_test

import (
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"urna/auth"
	"urna/elections"
	"urna/internal/audit"
)

// TestApprovals_AreShownWithTheCertification: who proposed, who decided and how is on the page of the certification, on
// the public page afterwards, and in the API.
func TestApprovals_AreShownWithTheCertification(t *testing.T) {
	s := commission(t)
	e := s.ended(t, elections.Parliamentary, []string{"Alder", "Birch"}, nil)
	batch := s.count(t, e, 0, 30, 10)
	s.count(t, e, 0, 20, 15)
	s.closed(t, e)
	first, second := s.signedIn(t, "administrator"), s.signedIn(t, "second administrator")
	s.approved(t, first.post(t, "/admin/batches/"+id(batch.ID)+"/retraction", url.Values{"reason": {"the wrong box"}}))
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		b, err := s.Batches.Batch(t.Context(), batch.ID)
		if err != nil || time.Now().After(deadline) {
			t.Fatalf("want the batch retracted, got %+v, %v", b, err)
		}
		if b.Settled() {
			break
		}
	}
	answer := first.post(t, "/admin/batches/"+id(batch.ID)+"/restoration", url.Values{"reason": {"the right box"}})
	page, _, _ := strings.Cut(answer.Header.Get("Location"), "?")
	if answer = second.post(t, page, url.Values{"decision": {"refuse"}, "reason": {"no, it was wrong"}}); answer.StatusCode != http.StatusSeeOther {
		t.Fatalf("want it refused, got %s", answer.Status)
	}
	operator := audit.Actor{Name: "system account root", From: "command line"}
	disabled := true
	if _, err := s.Auth.ChangeUser(t.Context(), operator, s.users["disabled administrator"].ID, auth.UserChange{Disabled: &disabled}); err != nil {
		t.Fatal(err)
	}
	names := [2]string{s.users["administrator"].Name(), s.users["second administrator"].Name()}
	wanted := []string{
		"Retract a batch after the end: batch " + id(batch.ID) + ", Nationwide, lines: 40", "Proposed by " + names[0] + " at ", "Reason: “the wrong box”",
		"Approved by " + names[1] + " at ", "Refused by " + names[1] + " at ", "Remark: “no, it was wrong”", "It was not done.",
		"system account root, the operator of this server, did it with a command at ",
	}
	shown := html.UnescapeString(first.get(t, "/admin/elections/"+id(e.ID)+"/certification"))
	wants(t, shown, append(wanted, `data-testid="approvals"`)...)
	api := text(first.send(t, http.MethodGet, "/api/v1/elections/"+id(e.ID)+"/certification", ""))
	wants(t, api, `"act":"batch-retracted","subject":"batch `+id(batch.ID)+`","details":{"constituency":"Nationwide","lines":"40"},"reason":"the wrong box","proposed_by":"`+names[0]+`"`,
		`"outcome":"approved","decided_by":"`+names[1]+`"`, `"outcome":"refused"`, `"outcome":"by-operator"`)
	s.Clock.Move(25 * time.Hour)
	if _, err := s.Results.Certify(t.Context(), s.users["administrator"].Actor("test"), e.ID, "", s.reasons(t, e)...); err != nil {
		t.Fatal(err)
	}
	public := html.UnescapeString(s.page(t, e))
	wants(t, public, wanted...)
	if strings.Contains(public, "@example.org") {
		t.Error("want no e-mail address on the public page")
	}
}

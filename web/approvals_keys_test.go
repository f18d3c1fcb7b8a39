package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"urna/ballots/online"
	"urna/internal/audit"
)

// TestApprovals_ARollAfterTheOpening: nothing of it is kept but a digest, and the same roll is sent again.
func TestApprovals_ARollAfterTheOpening(t *testing.T) {
	s := newSite(t)
	v, second := s.signedIn(t, "administrator"), s.signedIn(t, "second administrator")
	p := s.newPoll(t, 0, nil)
	const roll, other = "personal_id\nsecret-voter-1\nsecret-voter-2\n", "personal_id\nsecret-voter-1\nsecret-voter-3\n"
	keys := "/admin/elections/" + id(p.election.ID) + "/keys"
	wants(t, v.get(t, keys), "Voting is open: a second administrator must approve this")
	answer := v.sendRollWith(t, p.election.ID, "", roll)
	approval := s.approved(t, answer)
	page := v.get(t, "/admin/approvals/"+approval)
	wants(t, page, "Send the same again", keys+"?approval="+approval, "Voters", "Digest")
	if strings.Contains(page, "secret-voter") {
		t.Error("want no voter on the page")
	}
	wants(t, v.get(t, keys+"?approval="+approval), `name="approval" value="`+approval+`"`, "choose the same file again")
	for name, answer := range map[string]*http.Response{
		"another roll":   v.sendRollWith(t, p.election.ID, approval, other),
		"another person": second.sendRollWith(t, p.election.ID, approval, roll),
		"another number": v.sendRollWith(t, p.election.ID, "99", roll),
	} {
		if answer.StatusCode != http.StatusConflict && answer.StatusCode != http.StatusNotFound {
			t.Errorf("%s: want it refused, got %s", name, answer.Status)
		}
	}
	if n, err := s.Votes.Keys(t.Context(), p.election.ID); err != nil || n != 0 {
		t.Errorf("want no keys yet, got %d, %v", n, err)
	}
	answer = v.sendRollWith(t, p.election.ID, approval, roll)
	if at := answer.Header.Get("Location"); !strings.Contains(at, "/keys/issues/") {
		t.Fatalf("want the keys issued, got %s, %s: %s", answer.Status, at, text(answer))
	}
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		if n, err := s.Votes.Keys(t.Context(), p.election.ID); err != nil || n == 2 || time.Now().After(deadline) {
			if err != nil || n != 2 {
				t.Fatalf("want two keys, got %d, %v", n, err)
			}
			break
		}
	}
	if answer = v.sendRollWith(t, p.election.ID, approval, roll); answer.StatusCode == http.StatusSeeOther {
		t.Error("want an approval used once")
	}
	events, err := s.Audit.Events(t.Context(), audit.Filter{Action: "approval-proposed"})
	if err != nil || len(events) != 1 || !strings.Contains(events[0].Detail, `"voters":2`) || strings.Contains(events[0].Detail, "secret-voter") {
		t.Errorf("want totals and no voter in the log, got %+v, %v", events, err)
	}
}

// TestApprovals_AKeyAfterTheOpening: over the API, a lost key is replaced by two.
func TestApprovals_AKeyAfterTheOpening(t *testing.T) {
	s := newSite(t)
	v := s.signedIn(t, "administrator")
	p := s.newPoll(t, 1, nil) // whose keys a command issued, which is approval 1
	path, person := "/api/v1/elections/"+id(p.election.ID)+"/voter-keys/revocations", p.keys[0].PersonalID
	replace := func(more string) (status int, content string) {
		t.Helper()
		answer := v.send(t, http.MethodPost, path, `{"personal_id":"`+person+`","reissue":true`+more+`}`, "Content-Type", "application/json")
		return answer.StatusCode, text(answer)
	}
	status, content := replace(`,"reason":"lost letter"`)
	if status != http.StatusAccepted || !strings.Contains(content, `"act":"key-replaced","reason":"lost letter"`) {
		t.Fatalf("want it proposed, got %d: %s", status, content)
	}
	if _, err := s.Votes.Open(t.Context(), online.Credentials{PersonalID: person, GUID: p.keys[0].GUID}); err != nil {
		t.Errorf("want the old key good, got %v", err)
	}
	second := s.signedIn(t, "second administrator")
	wants(t, second.get(t, "/admin/approvals"), "Issue voter keys after the opening", "by the operator of this server")
	if page := second.get(t, "/admin/approvals/2"); strings.Contains(page, ">"+person) {
		t.Error("want no personal id on the page")
	}
	if answer := second.post(t, "/admin/approvals/2", url.Values{"decision": {"approve"}}); answer.StatusCode != http.StatusSeeOther {
		t.Fatalf("want it approved, got %s", answer.Status)
	}
	if status, content = replace(`,"approval":2`); status != http.StatusOK || !strings.Contains(content, `"guid"`) {
		t.Errorf("want the new key, got %d: %s", status, content)
	}
	if status, _ = replace(`,"approval":2`); status != http.StatusConflict {
		t.Errorf("want an approval used once, got %d", status)
	}
}

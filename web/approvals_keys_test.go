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

// TestApprovals_RevokingAndWithdrawingAfterTheOpening: keys are taken away by two people, on the page and over the API.
func TestApprovals_RevokingAndWithdrawingAfterTheOpening(t *testing.T) {
	s := newSite(t)
	v := s.signedIn(t, "administrator")
	p := s.newPoll(t, 3, nil)
	page, api := "/admin/elections/"+id(p.election.ID)+"/keys", "/api/v1/elections/"+id(p.election.ID)+"/voter-keys/"
	works := func(i int) bool {
		t.Helper()
		_, err := s.Votes.Open(t.Context(), online.Credentials{PersonalID: p.keys[i].PersonalID, GUID: p.keys[i].GUID})
		return err == nil
	}
	call := func(path, body string) (int, string) {
		t.Helper()
		answer := v.send(t, http.MethodPost, api+path, body, "Content-Type", "application/json")
		return answer.StatusCode, text(answer)
	}
	form := url.Values{"act": {"revoke"}, "personal_id": {p.keys[0].PersonalID}, "reason": {"moved away"}}
	approval := s.approved(t, v.post(t, page+"/revocations", form))
	if !works(0) {
		t.Error("want the key good until the same is sent again")
	}
	again := v.get(t, page+"?approval="+approval)
	wants(t, again, "The key is then revoked.", `name="approval" value="`+approval+`"`, "key-revoke")
	if strings.Contains(again, "key-reissue") {
		t.Error("want only the approved act offered")
	}
	form.Set("approval", approval)
	form.Set("act", "reissue")
	if answer := v.post(t, page+"/revocations", form); answer.StatusCode != http.StatusConflict {
		t.Errorf("want no other act with this approval, got %s", answer.Status)
	}
	form.Set("act", "revoke")
	if answer := v.post(t, page+"/revocations", form); answer.StatusCode != http.StatusSeeOther || works(0) {
		t.Errorf("want the key revoked, got %s", answer.Status)
	}
	body := `{"personal_id":"` + p.keys[1].PersonalID + `","reason":"died"}`
	if status, content := call("revocations", body); status != http.StatusAccepted || !strings.Contains(content, `"act":"key-revoked","reason":"died"`) || !works(1) {
		t.Errorf("want the revocation proposed, got %d: %s", status, content)
	}
	_, rest, _ := strings.Cut(v.get(t, page), "/keys/rolls/")
	roll, _, _ := strings.Cut(rest, "/")
	status, content := call("withdrawals", `{"roll_id":`+roll+`,"reason":"printed twice"}`)
	if status != http.StatusAccepted || !strings.Contains(content, `"act":"roll-withdrawn","reason":"printed twice"`) || !works(1) {
		t.Fatalf("want the withdrawal proposed, got %d: %s", status, content)
	}
	wants(t, v.get(t, page), `id="field-withdraw-reason-`+roll+`"`, "The roll is withdrawn when that person approves.")
	answer := v.post(t, page+"/rolls/"+roll+"/withdrawal", url.Values{"reason": {strings.Repeat("x", 600)}})
	if content := text(answer); answer.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(content, `id="field-withdraw-reason-`+roll+`"`) {
		t.Errorf("want a reason that is too long refused at its field, got %s: %s", answer.Status, content)
	}
	s.approved(t, v.post(t, page+"/rolls/"+roll+"/withdrawal", url.Values{"reason": {"printed twice"}}))
	if works(1) || works(2) {
		t.Error("want the keys of the roll dead with the approval")
	}
	if n, err := s.Votes.Keys(t.Context(), p.election.ID); err != nil || n != 0 {
		t.Errorf("want no key left, got %d, %v", n, err)
	}
	if status, content = call("withdrawals", `{"roll_id":`+roll+`}`); status != http.StatusNotFound {
		t.Errorf("want it withdrawn once, got %d: %s", status, content)
	}
}

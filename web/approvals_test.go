package web_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"urna/auth"
	"urna/ballots/batch"
	"urna/elections"
	"urna/internal/audit"
	"urna/internal/testing/clock"
)

// commission is a site whose administrators have had their accounts for some days.
func commission(t *testing.T) *site {
	t.Helper()
	s := newSiteAt(t, &clock.Clock{})
	s.Clock.Move(48 * time.Hour)
	return s
}

// disabled reports whether an account is disabled.
func (s *site) disabled(t *testing.T, name string) bool {
	t.Helper()
	u, err := s.Auth.User(t.Context(), s.users[name].ID)
	if err != nil {
		t.Fatal(err)
	}
	return u.Disabled
}

// approved approves, as the second administrator, the act that an answer says waits, and returns its number.
func (s *site) approved(t *testing.T, answer *http.Response) string {
	t.Helper()
	page, _, _ := strings.Cut(answer.Header.Get("Location"), "?")
	if answer.StatusCode != http.StatusSeeOther || !strings.HasPrefix(page, "/admin/approvals/") {
		t.Fatalf("want an act that waits for a second administrator, got %s, %s: %s", answer.Status, page, text(answer))
	}
	answer = s.signedIn(t, "second administrator").post(t, page, url.Values{"decision": {"approve"}})
	if answer.StatusCode != http.StatusSeeOther {
		t.Fatalf("want it approved, got %s: %s", answer.Status, text(answer))
	}
	return strings.TrimPrefix(page, "/admin/approvals/")
}

// lostKey sends the form about a lost key; once more when the second administrator has approved it, if that is needed.
func (v *visitor) lostKey(t *testing.T, keys string, form url.Values) *http.Response {
	t.Helper()
	form.Del("approval")
	answer := v.post(t, keys+"/revocations", form)
	if strings.HasPrefix(answer.Header.Get("Location"), "/admin/approvals/") {
		form.Set("approval", v.site.approved(t, answer))
		answer = v.post(t, keys+"/revocations", form)
	}
	return answer
}

// rollByAPI sends a roll; once more when the second administrator has approved it, if that is needed.
func (v *visitor) rollByAPI(t *testing.T, path, roll string) *http.Response {
	t.Helper()
	answer := v.send(t, http.MethodPost, path, roll, "Content-Type", "text/csv")
	address := answer.Header.Get("Location")
	if answer.StatusCode != http.StatusAccepted {
		return answer
	}
	second := v.site.signedIn(t, "second administrator")
	if answer = second.send(t, http.MethodPost, address, `{"approve":true}`, "Content-Type", "application/json"); answer.StatusCode != http.StatusOK {
		t.Fatalf("want it approved, got %s: %s", answer.Status, text(answer))
	}
	return v.send(t, http.MethodPost, path+"?approval="+strings.TrimPrefix(address, "/api/v1/approvals/"), roll, "Content-Type", "text/csv")
}

// wants fails the test unless a page has all of the texts.
func wants(t *testing.T, page string, texts ...string) {
	t.Helper()
	for _, want := range texts {
		if !strings.Contains(page, want) {
			t.Errorf("want %q on the page:\n%s", want, page)
		}
	}
}

const banner = `data-testid="approvals-banner"`

func TestApprovals_TwoAdministratorsOnThePages(t *testing.T) {
	s := commission(t)
	first, second := s.signedIn(t, "administrator"), s.signedIn(t, "second administrator")
	target := "/admin/users/" + id(s.users["disabled administrator"].ID)
	wants(t, first.get(t, target), "A second administrator must approve this.", `id="field-disable-reason"`)
	answer := first.post(t, target+"/disable", url.Values{})
	if answer.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("want a reason asked for, got %s", answer.Status)
	}
	answer = first.post(t, target+"/disable", url.Values{"reason": {"left the commission"}})
	page := answer.Header.Get("Location")
	if answer.StatusCode != http.StatusSeeOther || !strings.HasPrefix(page, "/admin/approvals/") || s.disabled(t, "disabled administrator") {
		t.Fatalf("want the act proposed and not done, got %s, %s", answer.Status, page)
	}
	mine := first.get(t, page)
	wants(t, mine, "A second administrator must approve this. Nothing is changed yet.", "left the commission", "Withdraw the proposal", "urna approve")
	if strings.Contains(mine, "approval-approve") {
		t.Error("want no way for the proposer to approve at once")
	}
	for name, content := range map[string]string{"/admin": second.get(t, "/admin"), "/": second.get(t, "/")} {
		if !strings.Contains(content, banner) {
			t.Errorf("want the banner on %s", name)
		}
	}
	if official := s.signedIn(t, "official").get(t, "/official"); strings.Contains(official, banner) {
		t.Error("want no banner for an official")
	}
	wants(t, second.get(t, "/admin/approvals"), "Disable an administrator", "waits for approval")
	page, _, _ = strings.Cut(page, "?")
	if answer = second.post(t, page, url.Values{"decision": {"refuse"}}); answer.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("want a refusal to need a reason, got %s", answer.Status)
	}
	answer = second.post(t, page, url.Values{"decision": {"approve"}})
	if answer.StatusCode != http.StatusSeeOther || !s.disabled(t, "disabled administrator") {
		t.Fatalf("want the act done, got %s: %s", answer.Status, text(answer))
	}
	wants(t, second.get(t, answer.Header.Get("Location")), "Approved. It is done.", s.users["administrator"].Email, s.users["second administrator"].Email)
	if content := second.get(t, "/admin"); strings.Contains(content, banner) {
		t.Error("want no banner after the decision")
	}
	wants(t, first.get(t, "/admin/audit"), "Act proposed to a second administrator", "Act approved", s.users["second administrator"].Email)
}

// TestApprovals_AloneAfterADay: one administrator, whose colleague does not answer.
func TestApprovals_AloneAfterADay(t *testing.T) {
	s := commission(t)
	first := s.signedIn(t, "administrator")
	answer := first.post(t, "/admin/users/"+id(s.users["second administrator"].ID)+"/disable", url.Values{"reason": {"gone"}})
	page, _, _ := strings.Cut(answer.Header.Get("Location"), "?")
	if answer = first.post(t, page, url.Values{"decision": {"approve"}}); answer.StatusCode != http.StatusConflict {
		t.Errorf("want no act alone at once, got %s", answer.Status)
	}
	s.Clock.Move(24 * time.Hour)
	wants(t, first.get(t, page), "Do it without a second administrator")
	answer = first.post(t, page, url.Values{"decision": {"approve"}})
	if answer.StatusCode != http.StatusSeeOther || !s.disabled(t, "second administrator") {
		t.Errorf("want it done, got %s", answer.Status)
	}
	wants(t, first.get(t, page), "without a second administrator, after 24 hours without an objection")
}

// TestApprovals_DoneAloneIsAnOpenPoint: an act on an account counts for every election that was published before it, and
// no act counts for one that was published later.
func TestApprovals_DoneAloneIsAnOpenPoint(t *testing.T) {
	s := commission(t)
	e := s.ended(t, elections.Parliamentary, []string{"Alder", "Birch"}, nil)
	s.count(t, e, 0, 3, 1)
	s.closed(t, e)
	first := s.signedIn(t, "administrator")
	certification := "/admin/elections/" + id(e.ID) + "/certification"
	if page := first.get(t, certification); strings.Contains(page, `value="approved-alone"`) {
		t.Error("want no act done alone before")
	}
	first.post(t, "/admin/users/"+id(s.users["second administrator"].ID)+"/disable", url.Values{"reason": {"gone"}})
	if _, err := s.Approvals.ApproveOnMachine(t.Context(), audit.Actor{Name: "the operator"}, 1, "nobody else is here"); err != nil {
		t.Fatal(err)
	}
	wants(t, first.get(t, certification), `value="approved-alone"`, "was done without one: approval 1")
	s.Clock.Move(time.Hour)
	later := s.ended(t, elections.Parliamentary, []string{"Cedar", "Dogwood"}, nil)
	if page := first.get(t, "/admin/elections/"+id(later.ID)+"/certification"); strings.Contains(page, `value="approved-alone"`) {
		t.Error("want no earlier act named for a later election")
	}
}

func TestApprovals_OverTheAPI(t *testing.T) {
	s := commission(t)
	first, second := s.signedIn(t, "administrator"), s.signedIn(t, "second administrator")
	target := "/api/v1/users/" + id(s.users["disabled administrator"].ID)
	type waiting struct {
		ID              int64
		Act, Reason, By string
		Until           time.Time
	}
	body := `{"disabled":true,"reason":"left"}`
	answer := first.send(t, http.MethodPatch, target, body, "Content-Type", "application/json")
	var got struct{ Approval waiting }
	if err := json.Unmarshal([]byte(text(answer)), &got); err != nil || answer.StatusCode != http.StatusAccepted {
		t.Fatalf("want 202 with the approval, got %s, %v", answer.Status, err)
	}
	address := "/api/v1/approvals/" + id(got.Approval.ID)
	if got.Approval.Act != "user-disabled" || got.Approval.Reason != "left" || !strings.Contains(got.Approval.By, s.users["administrator"].Email) ||
		got.Approval.Until.IsZero() || answer.Header.Get("Location") != address {
		t.Errorf("want the approval as the contract says, got %+v at %s", got.Approval, answer.Header.Get("Location"))
	}
	if s.disabled(t, "disabled administrator") {
		t.Error("want nothing done yet")
	}
	decide := func(v *visitor, body string) (status int, content string) {
		t.Helper()
		answer := v.send(t, http.MethodPost, address, body, "Content-Type", "application/json")
		return answer.StatusCode, text(answer)
	}
	if status, content := decide(first, `{"approve":true}`); status != http.StatusConflict || !strings.Contains(content, "approval-own") {
		t.Errorf("want one's own refused, got %d %s", status, content)
	}
	if status, content := decide(second, `{}`); status != http.StatusUnprocessableEntity {
		t.Errorf("want the decision asked for, got %d %s", status, content)
	}
	wants(t, text(second.send(t, http.MethodGet, "/api/v1/approvals", "")), `"items":[{`, `"state":"waiting"`)
	if status, content := decide(second, `{"approve":true}`); status != http.StatusOK || !strings.Contains(content, `"state":"done"`) {
		t.Errorf("want it done, got %d %s", status, content)
	}
	if !s.disabled(t, "disabled administrator") {
		t.Error("want the account disabled by the approval")
	}
	if status, content := decide(second, `{"approve":true}`); status != http.StatusConflict || !strings.Contains(content, "approval-decided") {
		t.Errorf("want one decision, got %d %s", status, content)
	}
	if answer := second.send(t, http.MethodGet, "/api/v1/approvals/999", ""); answer.StatusCode != http.StatusNotFound {
		t.Errorf("want an unknown one not found, got %s", answer.Status)
	}
}

// TestApprovals_EPMSRefuses: that contract has no way to wait.
func TestApprovals_EPMSRefuses(t *testing.T) {
	s := commission(t)
	v := s.signedIn(t, "administrator")
	u, err := s.Auth.User(t.Context(), s.users["administrator"].ID)
	if err != nil {
		t.Fatal(err)
	}
	tokens, err := s.Auth.IssueEPMSTokens(t.Context(), u)
	if err != nil {
		t.Fatal(err)
	}
	v.bearer = tokens.Access
	answer := v.send(t, http.MethodPost, "/epms/delete", `{"email":"`+s.users["second administrator"].Email+`"}`)
	if content := text(answer); answer.StatusCode != http.StatusBadRequest || content != `{"message":"Needs another administrator's approval."}` {
		t.Errorf("want the contract's refusal, got %s %s", answer.Status, content)
	}
	if list, err := s.Approvals.Approvals(t.Context(), auth.ApprovalFilter{}); err != nil || len(list) != 0 {
		t.Errorf("want nothing proposed, got %+v, %v", list, err)
	}
	answer = v.send(t, http.MethodPost, "/epms/delete", `{"email":"`+s.users["official"].Email+`"}`)
	if answer.StatusCode != http.StatusOK {
		t.Errorf("want an official deleted, got %s", answer.Status)
	}
}

// TestApprovals_ABatchAfterTheEnd: while the election is open one administrator retracts, after its end two do.
func TestApprovals_ABatchAfterTheEnd(t *testing.T) {
	s := newSite(t)
	s.settled(t)
	v := s.signedIn(t, "administrator")
	path := "/api/v1/batches/" + id(s.batch.ID)
	answer := v.send(t, http.MethodPost, path+"/retraction", `{"reason":"the wrong box"}`, "Content-Type", "application/json")
	wants(t, text(answer), `{"approval":{"id":1,"act":"batch-retracted","reason":"the wrong box","by":"Test administrator `)
	if answer.StatusCode != http.StatusAccepted {
		t.Errorf("want 202, got %s", answer.Status)
	}
	if b, err := s.Batches.Batch(t.Context(), s.batch.ID); err != nil || b.State == batch.Retracting || b.State == batch.Retracted {
		t.Errorf("want the batch in the count, got %+v, %v", b, err)
	}
	second := s.signedIn(t, "second administrator")
	answer = second.send(t, http.MethodPost, "/api/v1/approvals/1", `{"approve":true}`, "Content-Type", "application/json")
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("want it approved, got %s: %s", answer.Status, text(answer))
	}
	events, err := s.Audit.Events(t.Context(), audit.Filter{Action: "batch-retracting"})
	if err != nil || len(events) != 1 || !strings.Contains(events[0].Actor.Name, s.users["administrator"].Email) ||
		!strings.Contains(events[0].Detail, s.users["second administrator"].Email) {
		t.Errorf("want both names in the event, got %+v, %v", events, err)
	}

	b := s.counted(t, s.open(t), ballot(7, 1))
	answer = v.send(t, http.MethodPost, "/api/v1/batches/"+id(b.ID)+"/retraction", `{"reason":"twice"}`, "Content-Type", "application/json")
	wants(t, text(answer), `"state":"retract`)
}

// TestApprovals_FewerConfirmations: one administrator raises the number, two lower it.
func TestApprovals_FewerConfirmations(t *testing.T) {
	s := newSite(t)
	v := s.signedIn(t, "administrator")
	e := s.scheduled(t, func(d *elections.Draft) { d.Confirmations = 2 })
	path := "/api/v1/elections/" + id(e.ID)
	patch := func(body string) (status int, content string) {
		t.Helper()
		answer := v.send(t, http.MethodPatch, path, body, "Content-Type", "application/json")
		return answer.StatusCode, text(answer)
	}
	if status, content := patch(`{"title":"Another title"}`); status != http.StatusOK {
		t.Fatalf("want another change made at once, got %d: %s", status, content)
	}
	status, content := patch(`{"confirmations":1,"title":"Third title","reason":"on leave"}`)
	if status != http.StatusAccepted || !strings.Contains(content, `"act":"confirmations-lowered","reason":"on leave"`) {
		t.Fatalf("want the change proposed, got %d: %s", status, content)
	}
	if now, err := s.Elections.Election(t.Context(), e.ID); err != nil || now.Confirmations != 2 || now.Title != "Another title" {
		t.Errorf("want nothing changed yet, got %+v, %v", now, err)
	}
	second := s.signedIn(t, "second administrator")
	wants(t, second.get(t, "/admin/approvals/1"), "Lower the number of confirmations", "Confirmations", "on leave")
	if answer := second.post(t, "/admin/approvals/1", url.Values{"decision": {"approve"}}); answer.StatusCode != http.StatusSeeOther {
		t.Fatalf("want it approved, got %s: %s", answer.Status, text(answer))
	}
	if now, err := s.Elections.Election(t.Context(), e.ID); err != nil || now.Confirmations != 1 || now.Title != "Third title" || len(now.Constituencies) != len(e.Constituencies) {
		t.Errorf("want the whole change made, got %+v, %v", now, err)
	}
	if status, content = patch(`{"confirmations":2}`); status != http.StatusOK {
		t.Errorf("want more confirmations at once, got %d: %s", status, content)
	}
	if status, _ = patch(`{"confirmations":1}`); status != http.StatusAccepted {
		t.Errorf("want it proposed again, got %d", status)
	}
	if status, _ = patch(`{"title":"Meanwhile"}`); status != http.StatusOK {
		t.Errorf("want a change meanwhile, got %d", status)
	}
	answer := second.post(t, "/admin/approvals/2", url.Values{"decision": {"approve"}})
	if content = text(answer); answer.StatusCode != http.StatusConflict || !strings.Contains(content, "was changed after you opened this form") {
		t.Errorf("want a proposal for another definition refused, got %s: %s", answer.Status, content)
	}
}

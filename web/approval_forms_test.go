package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// TestApprovalForms_KeepWhatWasTyped sends the forms about acts that need a second administrator with a mistake: each
// comes back with its own reason, and the list of problems links to the field that is marked.
func TestApprovalForms_KeepWhatWasTyped(t *testing.T) {
	s := commission(t)
	first, second := s.signedIn(t, "administrator"), s.signedIn(t, "second administrator")
	target := "/admin/users/" + id(s.users["disabled administrator"].ID)
	refused := func(v *visitor, path string, form url.Values, want ...string) {
		t.Helper()
		answer := v.post(t, path, form)
		page := text(answer)
		if answer.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("%s: want 422, got %s", path, answer.Status)
		}
		wants(t, page, want...)
		if strings.Contains(page, `href="#field-reason"`) {
			t.Errorf("%s: want a link to the field of the form", path)
		}
	}
	long := strings.Repeat("long ", 200)
	refused(first, target+"/disable", url.Values{"reason": {long}}, `href="#field-disable-reason"`, `value="`+long+`"`)
	refused(first, target+"/password", url.Values{"reason": {"her telephone"}, "password": {"short"}}, `value="her telephone"`)
	refused(first, target+"/delete", url.Values{"reason": {"left for good"}}, `value="left for good"`, `id="delete" open`)
	refused(first, target+"/delete", url.Values{"confirm": {"true"}}, `href="#field-delete-reason"`, `id="delete" open`)

	page, _, _ := strings.Cut(first.post(t, target+"/disable", url.Values{"reason": {"left"}}).Header.Get("Location"), "?")
	refused(second, page, url.Values{"decision": {"refuse"}}, `href="#field-refusal"`, "Reason for the refusal: ")
	refused(second, page, url.Values{"decision": {"refuse"}, "reason": {long}}, `href="#field-refusal"`, `value="`+long+`"`)
	answer := second.post(t, page, url.Values{"decision": {"approve"}, "reason": {long}})
	wants(t, text(answer), `href="#field-reason"`, "Remark: ", `value="`+long+`"`)
}

// TestApprovalForms_AWrongFileKeepsTheApproval chooses another roll than the approved one by mistake.
func TestApprovalForms_AWrongFileKeepsTheApproval(t *testing.T) {
	s := newSite(t)
	v, p := s.signedIn(t, "administrator"), s.newPoll(t, 0, nil)
	approval := s.approved(t, v.sendRollWith(t, p.election.ID, "", "personal_id\nv-1\n"))
	answer := v.sendRollWith(t, p.election.ID, approval, "personal_id\nv-2\n")
	if answer.StatusCode != http.StatusConflict {
		t.Errorf("want another roll refused, got %s", answer.Status)
	}
	wants(t, text(answer), `name="approval" value="`+approval+`"`, "choose the same file again")
}

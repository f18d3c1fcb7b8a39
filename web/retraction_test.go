package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestRetraction_OnThePage(t *testing.T) {
	s := newSite(t)
	v := s.signedIn(t, "administrator")
	page, form := "/batches/"+id(s.batch.ID), "Content-Type"
	shows := func(want string) {
		t.Helper()
		for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
			content := text(v.send(t, http.MethodGet, page, ""))
			if strings.Contains(content, want) {
				return
			}
			if time.Now().After(deadline) {
				t.Fatalf("want %q on the page, got %s", want, content)
			}
		}
	}
	post := func(act, reason string) *http.Response {
		t.Helper()
		return v.send(t, http.MethodPost, "/admin"+page+"/"+act, url.Values{"reason": {reason}}.Encode(), form, "application/x-www-form-urlencoded")
	}
	shows("Retract the batch")
	if answer := post("retraction", ""); answer.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(text(answer), "Say why") {
		t.Errorf("want a reason asked for, got %s", answer.Status)
	}
	s.approved(t, post("retraction", "the wrong box"))
	shows("Restore the batch")
	shows("the wrong box")
	shows(`<b data-testid="batch-rest">1</b> taken out`) // else the sum on the page were wrong
	if content := text(v.send(t, http.MethodGet, page, "")); !strings.Contains(content, "A second administrator must approve this.") {
		t.Error("want the page to say that two are needed")
	}
	s.approved(t, post("restoration", "the right box after all"))
	shows("Retract the batch")
	if content := text(s.signedIn(t, "official").send(t, http.MethodGet, page, "")); strings.Contains(content, "Retract the batch") {
		t.Error("want no such form for an official")
	}
}

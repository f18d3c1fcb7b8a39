package web_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"strings"
	"testing"
)

// TestForms_ASecondFileIsNotPassedOver sends two files where the page takes one.
func TestForms_ASecondFileIsNotPassedOver(t *testing.T) {
	s := newSite(t)
	p := s.newPoll(t, 0, nil)
	e := s.scheduled(t, nil)
	official := s.signedIn(t, "official")
	administrator := s.signedIn(t, "administrator")
	events := s.events(t)
	for _, c := range []struct {
		v          *visitor
		path       string
		first, and [2]string // name and content
	}{
		{administrator, "/admin/elections/" + id(p.election.ID) + "/keys", [2]string{"file", "4711\n"}, [2]string{"file", "4712\n"}},
		{administrator, "/admin/elections/" + id(p.election.ID) + "/keys", [2]string{"file", "4711\n"}, [2]string{"note", "x"}},
		{administrator, "/admin/elections/" + id(e.ID) + "/list", [2]string{"file", provinces}, [2]string{"file", provinces}},
		{official, "/official/elections/" + id(s.election.ID) + "/batches", [2]string{"constituency_id", "1"}, [2]string{"constituency_id", "2"}},
	} {
		var b bytes.Buffer
		form := multipart.NewWriter(&b)
		for _, part := range [][2]string{c.first, c.and} {
			head := textproto.MIMEHeader{"Content-Disposition": {`form-data; name="` + part[0] + `"`}}
			if part[0] == "file" {
				head.Set("Content-Disposition", `form-data; name="file"; filename="f.csv"`)
			}
			w, err := form.CreatePart(head)
			if err == nil {
				_, err = w.Write([]byte(part[1]))
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := form.Close(); err != nil {
			t.Fatal(err)
		}
		answer := c.v.send(t, http.MethodPost, c.path, b.String(), "Content-Type", form.FormDataContentType())
		if got := text(answer); answer.StatusCode != http.StatusBadRequest {
			t.Errorf("%s with %s and %s: want 400, got %s: %s", c.path, c.first[0], c.and[0], answer.Status, got)
		}
	}
	if got := s.events(t); got != events {
		t.Errorf("want nothing changed, got %d events more", got-events)
	}
}

// TestForms_AFieldThatIsThereTwiceIsNobodysChoice posts forms of pages that cannot be taken as they are meant.
func TestForms_AFieldThatIsThereTwiceIsNobodysChoice(t *testing.T) {
	s := newSite(t)
	v := s.signedIn(t, "administrator")
	p := s.newPoll(t, 1, nil)
	const form = "application/x-www-form-urlencoded"
	events, titles := s.events(t), len(s.titles(t))
	for _, c := range []struct{ path, body, says string }{
		{"/admin/participants", "name=Red&kind=party&name=Blue", "name"},
		{"/admin/participants", "name=Jos%E9&kind=party", "no text in UTF-8"},
		{"/admin/participants", "name=A%00B&kind=party", "no text in UTF-8"},
		{"/admin/participants", "name=Red&kind=party&short_name=%zz", "could not be read"},
		{"/admin/participants", "name=Red;kind=party", "could not be read"},
		{"/admin/users", "email=a@example.org&forename=A&surname=B&role=official&role=administrator&password=four+unrelated+words", "role"},
		{"/admin/elections/new", typedElection().Encode() + "&public_view=running-count", "public_view"},
		{"/admin/elections/new", typedElection().Encode() + "&constituencies%5B0%5D.seats=99", "seats"},
		{"/admin/batches/" + id(s.batch.ID) + "/retraction", "reason=a&reason=b", "reason"},
		{"/vote/" + id(p.election.ID), p.key(0).Encode() + "&step=cast&choice=1&choice=2", "choice"},
		{"/vote/" + id(p.election.ID), p.key(0).Encode() + "&step=confirm&step=cast&choice=1", "step"},
		{"/vote/" + id(p.election.ID), p.key(0).Encode() + "&step=cast&choice=1;choice=2", "could not be read"},
	} {
		answer := v.send(t, http.MethodPost, c.path, c.body, "Content-Type", form)
		if got := text(answer); answer.StatusCode != http.StatusBadRequest || !strings.Contains(got, c.says) || !strings.HasPrefix(answer.Header.Get("Content-Type"), "text/html") {
			t.Errorf("%s with %s: want a page with 400 and %q, got %s: %s", c.path, c.body, c.says, answer.Status, got)
		}
	}
	if got := s.events(t); got != events || len(s.titles(t)) != titles {
		t.Errorf("want nothing changed, got %d events more", got-events)
	}
	if n := s.ballots(t, p.election.ID); n != 0 {
		t.Errorf("want no vote counted, got %d", n)
	}
	both := typedElection()
	both["channels"] = []string{"batches", "online"}
	if answer := v.post(t, "/admin/elections/new", both); answer.StatusCode != http.StatusSeeOther {
		t.Errorf("want a list of boxes taken, got %s: %s", answer.Status, text(answer))
	}
	if answer := v.send(t, http.MethodPost, "/vote/"+id(p.election.ID), p.key(0).Encode()+"&step=cast&choice=1", "Content-Type", form); answer.StatusCode != http.StatusOK {
		t.Errorf("want the key unused until then, got %s", answer.Status)
	}
}

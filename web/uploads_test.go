package web_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"urna/ballots/batch"
	"urna/web"
	"urna/web/api"
)

// file is one file of a form.
type file struct{ name, content string }

// sendFiles posts the upload form as a browser without JavaScript does.
func (v *visitor) sendFiles(t *testing.T, files ...file) *http.Response {
	t.Helper()
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	if err := form.WriteField("constituency_id", id(v.site.election.Constituencies[0].ID)); err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		part, err := form.CreateFormFile("file", f.name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(part, f.content); err != nil {
			t.Fatal(err)
		}
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	return v.send(t, http.MethodPost, fmt.Sprintf("/official/elections/%d/batches", v.site.election.ID), b.String(), "Content-Type", form.FormDataContentType())
}

func ballot(n int, pollNumber int) string {
	return fmt.Sprintf("00000000-0000-4000-8000-%012x,%d\n", n, pollNumber)
}

// look reads the page of waiting files once all are compared.
func (v *visitor) look(t *testing.T) string {
	t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		page := text(v.send(t, http.MethodGet, "/official/uploads", ""))
		if !strings.Contains(page, "<progress") {
			return page
		}
		if time.Now().After(deadline) {
			t.Fatal("want the files compared in time")
		}
	}
}

func (v *visitor) post(t *testing.T, path string, form url.Values) *http.Response {
	t.Helper()
	return v.send(t, http.MethodPost, path, form.Encode(), "Content-Type", "application/x-www-form-urlencoded")
}

// values returns what a page's elements with a data-testid hold.
func values(page, testID string) (found []string) {
	for _, match := range regexp.MustCompile(`data-testid="`+testID+`"[^>]*>([^<]*)`).FindAllStringSubmatch(page, -1) {
		found = append(found, strings.TrimSpace(match[1]))
	}
	return found
}

func choices(page string) url.Values {
	form := url.Values{}
	for _, match := range regexp.MustCompile(`name="upload" value="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		if !slices.Contains(form["upload"], match[1]) {
			form.Add("upload", match[1])
		}
	}
	return form
}

func (s *site) batches(t *testing.T) []batch.Batch {
	t.Helper()
	all, err := s.Batches.Batches(t.Context(), batch.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestUploads_NothingCountsBeforeTheConfirmation sends three files at once, of which one is no file of
// ballots, looks at the figures, and confirms with a double click.
func TestUploads_NothingCountsBeforeTheConfirmation(t *testing.T) {
	s := newSite(t)
	s.settled(t) // else the files are compared with a ledger that has nothing of it yet
	v, other := s.signedIn(t, "official"), s.signedIn(t, "other official")
	answer := v.sendFiles(t,
		file{"one.csv", ballot(1, 1) + ballot(2, 1) + ballot(2, 1) + ballot(3, 9) + "5f0c7c9e-3d2b-4a57-9a0e-0f6a3b1c9d11,1\n"},
		file{"report.csv", "%PDF-1.7\n"}, file{"two.csv", ballot(4, 1)})
	page := text(answer)
	if answer.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page, "report.csv") || !strings.Contains(page, "PDF document") ||
		!strings.Contains(page, "2 files were checked") || strings.Contains(page, "one.csv") {
		t.Fatalf("want the one bad file named, got %s: %s", answer.Status, page)
	}
	page = v.look(t)
	for testID, want := range map[string][]string{
		"dry-lines": {"5", "1"}, "dry-valid": {"2", "1"}, "dry-invalid": {"1", "0"}, "dry-duplicates": {"2", "0"},
	} {
		if got := values(page, testID); !slices.Equal(got, want) {
			t.Errorf("%s: want %v, got %v", testID, want, got)
		}
	}
	if !strings.Contains(page, "counted before, in batch 1") || !strings.Contains(page, "repeats an earlier line") {
		t.Error("want it said who holds the GUIDs of duplicates")
	}
	if all := s.batches(t); len(all) != 1 {
		t.Fatalf("want nothing accepted yet, got %d batches", len(all))
	}
	if page := other.look(t); len(choices(page)) != 0 {
		t.Errorf("want another official to see nothing of it, got %s", page)
	}
	if answer := other.post(t, "/official/uploads/confirm", choices(page)); answer.StatusCode != http.StatusNotFound {
		t.Errorf("want another official's click refused, got %s", answer.Status)
	}
	form := choices(page)
	for range 2 {
		if answer := v.post(t, "/official/uploads/confirm", form); answer.Header.Get("Location") != "/official" {
			t.Errorf("want to be sent to the list, got %s, %s", answer.Status, text(answer))
		}
	}
	if all := s.batches(t); len(all) != 3 || all[1].FileName != "one.csv" || all[0].FileName != "two.csv" {
		t.Errorf("want two batches more, in the page's order, got %+v", all)
	}
	if page := v.look(t); !strings.Contains(page, "No file is waiting") {
		t.Errorf("want nothing left, got %s", page)
	}
}

func TestUploads_DoubleClicksMakeOne(t *testing.T) {
	s := newSite(t)
	v := s.signedIn(t, "official")
	var together sync.WaitGroup
	for range 4 {
		together.Go(func() { v.sendFiles(t, file{"one.csv", ballot(1, 1)}) })
	}
	together.Wait()
	form := choices(v.look(t))
	if len(form["upload"]) != 1 {
		t.Fatalf("want one file to wait, got %v", form)
	}
	for range 4 {
		together.Go(func() {
			if answer := v.post(t, "/official/uploads/confirm", form); answer.Header.Get("Location") != "/batches/2" {
				t.Errorf("want to be sent to the one batch, got %s", answer.Status)
			}
		})
	}
	together.Wait()
	if all := s.batches(t); len(all) != 2 {
		t.Errorf("want one batch more, got %d", len(all)-1)
	}
}

func TestUploads_SameFileIsAQuestionOfItsOwn(t *testing.T) {
	s := newSite(t)
	v := s.signedIn(t, "official")
	v.sendFiles(t, file{"again.csv", "5f0c7c9e-3d2b-4a57-9a0e-0f6a3b1c9d11,1\n"}, file{"new.csv", ballot(1, 1)}, file{"newer.csv", ballot(2, 1)})
	page := v.look(t)
	if len(values(page, "upload-same")) != 1 || !strings.Contains(page, `href="/batches/1"`) || !strings.Contains(page, "Count these 2 files") {
		t.Fatalf("want the known file named and left out of the button for all, got %s", page)
	}
	all := strings.SplitAfter(page, "data-testid=\"upload-confirm-all\"")[0]
	all = all[strings.LastIndex(all, "<form"):]
	if answer := v.post(t, "/official/uploads/confirm", choices(all)); answer.StatusCode != http.StatusSeeOther {
		t.Fatalf("want the new ones taken, got %s", answer.Status)
	}
	if n := len(s.batches(t)); n != 3 {
		t.Errorf("want two batches more, got %d", n-1)
	}
	// The question is answered only as it was asked.
	form := choices(v.look(t))
	id, _, _ := strings.Cut(form.Get("upload"), ":")
	answer := v.post(t, "/official/uploads/confirm", url.Values{"upload": {id + ":0"}})
	if page := text(answer); answer.StatusCode != http.StatusConflict || !strings.Contains(page, "as batch 1") {
		t.Errorf("want to be asked, got %s: %s", answer.Status, page)
	}
	if answer := v.post(t, "/official/uploads/confirm", form); answer.Header.Get("Location") != "/batches/4" {
		t.Errorf("want it counted again when that is said, got %s", answer.Status)
	}
}

func TestUploads_DiscardIsPatient(t *testing.T) {
	s := newSite(t)
	v := s.signedIn(t, "official")
	v.sendFiles(t, file{"one.csv", ballot(1, 1)})
	id, _, _ := strings.Cut(choices(v.look(t)).Get("upload"), ":")
	for range 2 {
		if answer := v.post(t, "/official/uploads/"+id+"/discard", nil); answer.StatusCode != http.StatusSeeOther {
			t.Errorf("want to be sent back, got %s", answer.Status)
		}
	}
	answer := v.post(t, "/official/uploads/confirm", url.Values{"upload": {id + ":0"}})
	if answer.StatusCode != http.StatusNotFound || !strings.Contains(text(answer), "Upload it again") {
		t.Errorf("want to be told that the file is gone, got %s", answer.Status)
	}
}

// TestSession_PollingDoesNotKeepItAlive leaves a page open that asks for its fragment, or reloads itself
// without JavaScript, for longer than the idle time. A person keeps a session alive for twice that time
// from the sign-in on, so that the clock alone decides.
func TestSession_PollingDoesNotKeepItAlive(t *testing.T) {
	t.Parallel()
	visit := func(t *testing.T, path string) *http.Response {
		t.Helper()
		s := newSite(t)
		v := s.signedIn(t, "official")
		s.server.SetSessionIdle(2 * web.SessionIdle)
		ask := func() *http.Response {
			return v.send(t, http.MethodGet, path, "", "HX-Request", "true", "HX-Current-URL", s.url+"/official?before=9")
		}
		for range 3 {
			if answer := ask(); answer.StatusCode != http.StatusOK {
				t.Fatalf("want the page while the session lasts, got %s", answer.Status)
			}
		}
		s.sessionClock.Move(web.SessionIdle + time.Minute)
		return ask()
	}
	for _, path := range []string{
		"/official/batches", "/official/watch", "/official/uploads/progress", "/official/uploads/watch", "/batches/1/progress", "/batches/1/watch",
	} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			answer := visit(t, path)
			if got := answer.Header.Get("HX-Redirect"); got != "/login?next="+url.QueryEscape("/official?before=9") {
				t.Errorf("want the session ended, with the way back to the page, got %s, %q", answer.Status, got)
			}
		})
	}
	t.Run("a person does", func(t *testing.T) {
		t.Parallel()
		if answer := visit(t, "/official"); answer.StatusCode != http.StatusOK {
			t.Errorf("want the session alive, got %s", answer.Status)
		}
	})
}

// slowUpload begins an upload by hand and returns its connection before the body's end.
func (v *visitor) slowUpload(ctx context.Context, t *testing.T) net.Conn {
	t.Helper()
	address, err := url.Parse(v.site.url)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address.Host)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(conn, "POST %s/elections/%d/batches HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: text/csv\r\nContent-Length: 1000\r\n\r\n%s",
		api.Base, v.site.election.ID, address.Host, v.bearer, ballot(1, 1))
	return conn
}

// toldToWait reads the answer of an upload that is one too many.
func toldToWait(conn net.Conn) error {
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	var problem struct{ Detail string }
	if err := json.NewDecoder(answer.Body).Decode(&problem); err != nil {
		return err
	}
	if answer.StatusCode != http.StatusTooManyRequests || answer.Header.Get("Retry-After") != "10" || !strings.Contains(problem.Detail, "4 uploads under way") {
		return fmt.Errorf("want to be told to wait, got %s: %s", answer.Status, problem.Detail)
	}
	return nil
}

// TestUploads_TwoHundredSlowOnesAtOnce opens two hundred uploads that stand still, from one account: a few
// are let in, the others hear at once that they must wait, another account gets through, and when the slow
// ones go away their places are free.
func TestUploads_TwoHundredSlowOnesAtOnce(t *testing.T) {
	s := newSite(t)
	v, other := s.signedIn(t, "official"), s.signedIn(t, "other official")
	const all = 200
	var together sync.WaitGroup
	answered := make(chan error, all)
	open := make([]net.Conn, all)
	for i := range open {
		open[i] = v.slowUpload(t.Context(), t)
		together.Go(func() { answered <- toldToWait(open[i]) })
	}
	hangUp := func() { // as clients that stop half way; of those that were refused nothing is left
		for _, conn := range open {
			_ = conn.Close()
		}
		together.Wait()
	}
	defer hangUp()
	late := time.After(patience)
	for n := range all - web.MaxUploadsOfAccount {
		select {
		case err := <-answered:
			if err != nil {
				t.Fatal(err)
			}
		case <-late:
			t.Fatalf("want all but %d told to wait, got %d told so", web.MaxUploadsOfAccount, n)
		}
	}
	path := fmt.Sprintf("%s/elections/%d/batches", api.Base, s.election.ID)
	if answer := other.send(t, http.MethodPost, path, ballot(7, 1), "Content-Type", "text/csv"); answer.StatusCode != http.StatusAccepted {
		t.Errorf("want another account to get through, got %s", answer.Status)
	}
	for name, answer := range map[string]*http.Response{
		"page": v.sendFiles(t, file{"one.csv", ballot(8, 1)}),
		"epms": v.send(t, http.MethodPost, web.EPMSBase+"/vote", ""),
		"api":  v.send(t, http.MethodPost, path, ballot(8, 1), "Content-Type", "text/csv"),
	} {
		if page := text(answer); answer.StatusCode != http.StatusTooManyRequests || answer.Header.Get("Retry-After") != "10" || !strings.Contains(page, "Wait until one of them has ended") {
			t.Errorf("%s: want to be told to wait, got %s: %s", name, answer.Status, page)
		}
	}
	if len(answered) > 0 {
		t.Errorf("want %d let in and held, got one more answered: %v", web.MaxUploadsOfAccount, <-answered)
	}
	hangUp()
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		answer := v.send(t, http.MethodPost, path, ballot(9, 1), "Content-Type", "text/csv")
		if answer.StatusCode == http.StatusAccepted {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("want the places free again, got %s", answer.Status)
		}
	}
	if n := len(s.batches(t)); n != 3 {
		t.Errorf("want nothing left of the broken uploads, got %d batches", n)
	}
}

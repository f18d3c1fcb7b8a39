package api_test

import (
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"
)

// guid returns the n-th ballot GUID of these tests.
func guid(n int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012x", n+1) }

// lines writes ballots from the first to before the last, all for one poll number.
func lines(first, last, poll int) string {
	var b strings.Builder
	for n := first; n < last; n++ {
		fmt.Fprintf(&b, "%s,%d\n", guid(n), poll)
	}
	return b.String()
}

// counting makes an election in the state counting with one constituency a seat number, each with two
// parties, and returns its path and the constituencies' ids.
func (s *env) counting(seats ...int) (path string, constituencies []string) {
	s.t.Helper()
	ids := s.participants("One", "Two")
	var parts []string
	for i, n := range seats {
		parts = append(parts, fmt.Sprintf(`{"name":"Part %d","seats":%d,"registered_voters":1000,"participants":[%s,%s]}`, i+1, n, ids[0], ids[1]))
	}
	r := s.json(s.administrator, "POST", "/elections", fmt.Sprintf(`{"title":"A","kind":"parliamentary",%s,"constituencies":[%s]}`,
		times, strings.Join(parts, ","))).want(http.StatusCreated)
	for i := range seats {
		constituencies = append(constituencies, r.str("constituencies", i, "id"))
	}
	return "/elections/" + r.str("id"), constituencies
}

// field is a part of a form; a file where it has content for one.
type field struct{ name, value, file string }

func (s *env) upload(token, path string, fields ...field) *reply {
	s.t.Helper()
	return s.uploadWith(token, path, "", fields...)
}

// uploadWith is upload with a query.
func (s *env) uploadWith(token, path, query string, fields ...field) *reply {
	s.t.Helper()
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	for _, f := range fields {
		var part io.Writer
		var err error
		if f.file != "" {
			part, err = form.CreateFormFile(f.name, f.file)
		} else {
			part, err = form.CreateFormField(f.name)
		}
		must(s.t, err)
		_, err = io.WriteString(part, f.value)
		must(s.t, err)
	}
	must(s.t, form.Close())
	return s.send(token, "POST", path+"/batches"+query, form.FormDataContentType(), &b)
}

func (s *env) csv(token, path, query, body string) *reply {
	s.t.Helper()
	return s.send(token, "POST", path+"/batches"+query, "text/csv", strings.NewReader(body))
}

// counted waits until a batch is counted.
func (s *env) counted(id string) *reply {
	s.t.Helper()
	return s.rests(id, "counted")
}

func TestUpload_Forms(t *testing.T) {
	s := newEnv(t)
	one, only := s.counting(5)
	two, parts := s.counting(5, 3)
	n := 0
	fresh := func() string { n += 3; return lines(n, n+3, 1) }

	for name, r := range map[string]*reply{
		"form":                              s.upload(s.first, one, field{"file", fresh(), "a.csv"}),
		"form, constituency before":         s.upload(s.first, two, field{"constituency_id", parts[1], ""}, field{"file", fresh(), "a.csv"}),
		"form, constituency in the query":   s.send(s.first, "POST", two+"/batches?constituency_id="+parts[0], "text/csv", strings.NewReader(fresh())),
		"form, the only constituency after": s.upload(s.first, one, field{"file", fresh(), "a.csv"}, field{"constituency_id", only[0], ""}),
		"csv":                               s.csv(s.first, one, "", fresh()),
		"csv, constituency":                 s.csv(s.first, two, "?constituency_id="+parts[0]+"&file_name=box.csv", fresh()),
	} {
		t.Run(name, func(t *testing.T) {
			r.want(http.StatusAccepted)
			if want, got := "/api/v1/batches/"+r.str("id"), r.str("href"); want != got {
				t.Errorf("want href %s, got %s", want, got)
			}
			s.counted(r.str("id")).is("3", "valid")
		})
	}
	accepted := len(s.get(s.administrator, one+"/batches").at("items").([]any)) + len(s.get(s.administrator, two+"/batches").at("items").([]any))

	for name, c := range map[string]struct {
		reply  *reply
		status int
		code   string
		says   string
	}{
		"constituency only after the file": {s.upload(s.first, two, field{"file", fresh(), "a.csv"}, field{"constituency_id", parts[0], ""}), 422, "constituency-needed", "before the file"},
		"constituency nowhere":             {s.csv(s.first, two, "", fresh()), 422, "constituency-needed", "which constituency"},
		"another constituency after":       {s.upload(s.first, one, field{"file", fresh(), "a.csv"}, field{"constituency_id", parts[0], ""}), 422, "invalid-input", "constituency_id"},
		"no id":                            {s.csv(s.first, two, "?constituency_id=x", fresh()), 422, "invalid-input", "constituency_id"},
		"a second file":                    {s.upload(s.first, one, field{"file", fresh(), "a.csv"}, field{"file", fresh(), "b.csv"}), 422, "invalid-input", "one file"},
		"an unknown field":                 {s.upload(s.first, one, field{"dry", "yes", ""}, field{"file", fresh(), "a.csv"}), 422, "invalid-input", "dry"},
		"the same constituency twice":      {s.upload(s.first, two, field{"constituency_id", parts[0], ""}, field{"constituency_id", parts[0], ""}, field{"file", fresh(), "a.csv"}), 422, "invalid-input", "Send this field once"},
		"the same on both sides":           {s.upload(s.first, two, field{"constituency_id", parts[0], ""}, field{"file", fresh(), "a.csv"}, field{"constituency_id", parts[0], ""}), 422, "invalid-input", "Send this field once"},
		"in the query and in the form":     {s.uploadWith(s.first, two, "?constituency_id="+parts[0], field{"constituency_id", parts[0], ""}, field{"file", fresh(), "a.csv"}), 422, "invalid-input", "in the query or in the form"},
		"in the query and after the file":  {s.uploadWith(s.first, two, "?constituency_id="+parts[0], field{"file", fresh(), "a.csv"}, field{"constituency_id", parts[0], ""}), 422, "invalid-input", "in the query or in the form"},
		"another name in the query":        {s.uploadWith(s.first, one, "?file_name=b.csv", field{"file", fresh(), "a.csv"}), 422, "invalid-input", "file_name"},
		"a flag as a field":                {s.upload(s.first, one, field{"dry_run", "true", ""}, field{"file", fresh(), "a.csv"}), 422, "invalid-input", "dry_run"},
		"a flag as a field behind":         {s.upload(s.first, one, field{"file", fresh(), "a.csv"}, field{"dry_run", "true", ""}), 422, "invalid-input", "dry_run"},
		"a dry run without a value":        {s.csv(s.first, one, "?dry_run", fresh()), 422, "invalid-input", "dry_run"},
		"a dry run twice":                  {s.csv(s.first, one, "?dry_run=false&dry_run=true", fresh()), 422, "invalid-input", "twice"},
		"a dry run in capitals":            {s.csv(s.first, one, "?dry_run=True", fresh()), 422, "invalid-input", "small letters"},
		"a semicolon":                      {s.csv(s.first, one, "?file_name=a;dry_run=true", fresh()), 422, "invalid-input", "cannot be decoded"},
		"no file":                          {s.upload(s.first, two, field{"constituency_id", parts[0], ""}), 400, "malformed-upload", "field file"},
		"another type":                     {s.json(s.first, "POST", one+"/batches", `{}`), 400, "malformed-upload", "text/csv"},
		"dry run of a bad line":            {s.csv(s.first, one, "?dry_run=true", guid(0)+",x\n"), 422, "malformed-file", "line 1"},
		"dry run is no flag":               {s.csv(s.first, one, "?dry_run=maybe", fresh()), 422, "invalid-input", "dry_run"},
		"again is no flag":                 {s.csv(s.first, one, "?again=yes", fresh()), 422, "invalid-input", "again"},
		"bad line":                         {s.csv(s.first, one, "", guid(0)+",x\n"), 422, "malformed-file", "line 1"},
		"unknown election":                 {s.csv(s.first, "/elections/4711", "", fresh()), 404, "unknown-election", ""},
		"too large":                        {s.csv(s.first, one, "", lines(0, maxUpload/38, 1)), 413, "too-large", ""},
		"form cut off": {s.send(s.first, "POST", one+"/batches", "multipart/form-data; boundary=xyz",
			strings.NewReader("--xyz\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\n"+fresh())), 400, "incomplete-upload", "ended early"},
	} {
		t.Run(name, func(t *testing.T) {
			c.reply.refused(c.status, c.code)
			if !strings.Contains(string(c.reply.raw), c.says) {
				t.Errorf("want %q in %s", c.says, c.reply.raw)
			}
		})
	}
	after := len(s.get(s.administrator, one+"/batches").at("items").([]any)) + len(s.get(s.administrator, two+"/batches").at("items").([]any))
	if accepted != after {
		t.Errorf("refused uploads left %d batches behind", after-accepted)
	}
}

func TestUpload_SameFile(t *testing.T) {
	s := newEnv(t)
	path, _ := s.counting(5)
	first := s.csv(s.first, path, "", lines(0, 10, 1)).want(http.StatusAccepted)
	r := s.csv(s.second, path, "", lines(0, 10, 1)).refused(http.StatusConflict, "same-file")
	r.is(first.str("id"), "batch_id")
	again := s.csv(s.second, path, "?again=true", lines(0, 10, 1)).want(http.StatusAccepted)
	s.counted(first.str("id")).is("0", "duplicates")
	s.counted(again.str("id")).is("10", "duplicates")
}

func TestBatches_RetractionAndRestoration(t *testing.T) {
	s := newEnv(t)
	path, _ := s.counting(5)
	first := s.csv(s.first, path, "", lines(0, 10, 1)).want(http.StatusAccepted).str("id")
	second := s.csv(s.second, path, "", lines(5, 15, 2)).want(http.StatusAccepted).str("id")
	s.counted(first).is("10", "valid")
	s.counted(second).is("5", "valid")
	s.json(s.administrator, http.MethodPost, "/batches/"+first+"/retraction", `{"reason": " "}`).want(http.StatusUnprocessableEntity)
	s.json(s.administrator, http.MethodPost, "/batches/"+first+"/restoration", `{"reason": "x"}`).refused(http.StatusConflict, "batch-not-retracted")
	s.json(s.administrator, http.MethodPost, "/batches/99/retraction", `{"reason": "x"}`).refused(http.StatusNotFound, "unknown-batch")
	s.json(s.administrator, http.MethodPost, "/batches/"+first+"/retraction", `{"reason": "wrong town"}`).want(http.StatusAccepted).is("retracting", "state")
	r := s.rests(first, "retracted")
	r.is("0", "valid")
	r.is("wrong town", "reason")
	s.rests(second, "counted").is("10", "valid")
	s.json(s.administrator, http.MethodPost, "/batches/"+first+"/restoration", `{"reason": "right after all"}`).want(http.StatusAccepted)
	s.rests(first, "counted").is("10", "valid")
	s.rests(second, "counted").is("5", "duplicates")
}

// rests waits until a batch is in the state.
func (s *env) rests(id, state string) *reply {
	s.t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		r := s.get(s.administrator, "/batches/"+id).want(http.StatusOK)
		if r.str("state") == state {
			return r
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("batch %s is not %s in time", id, state)
		}
	}
}

func TestBatches_OfficialsSeeTheirOwn(t *testing.T) {
	s := newEnv(t)
	path, _ := s.counting(5)
	id := s.upload(s.first, path, field{"file", lines(0, 4, 1) + lines(2, 5, 2) + lines(5, 7, 77), "box 7.csv"}).want(http.StatusAccepted).str("id")
	r := s.counted(id)
	for field, want := range map[string]string{
		"valid": "5", "duplicates": "2", "lines": "9", "progress": "1", "file_name": "box 7.csv",
	} {
		r.is(want, field)
	}
	r.is("2", "invalid")
	s.get(s.first, "/batches/"+id).want(http.StatusOK).is("counted", "state")
	s.get(s.second, "/batches/"+id).refused(http.StatusNotFound, "unknown-batch")
	s.get(s.second, "/batches/"+id+"/invalid").refused(http.StatusNotFound, "unknown-batch")
	if got := s.get(s.second, path+"/batches").want(http.StatusOK).at("items").([]any); len(got) != 0 {
		t.Errorf("another official sees %d batches", len(got))
	}
	if got := s.get(s.first, path+"/batches").want(http.StatusOK).at("items").([]any); len(got) != 1 {
		t.Errorf("want one batch of their own, got %d", len(got))
	}
	t.Run("invalid lines by page", func(t *testing.T) {
		var got []string
		for cursor, more := "", true; more; more = cursor != "" {
			page := s.get(s.first, "/batches/"+id+"/invalid?limit=3&cursor="+cursor).want(http.StatusOK)
			for i := range page.at("items").([]any) {
				got = append(got, page.str("items", i, "line")+" "+page.str("items", i, "reason")+" "+page.str("items", i, "poll_number"))
			}
			cursor = page.str("next")
		}
		want := "5 duplicate-ballot 2; 6 duplicate-ballot 2; 8 unknown-poll-number 77; 9 unknown-poll-number 77"
		if want != strings.Join(got, "; ") {
			t.Errorf("want %s, got %s", want, strings.Join(got, "; "))
		}
	})
}

func TestBatches_PagesNewestFirst(t *testing.T) {
	s := newEnv(t)
	path, _ := s.counting(5)
	var want, got []string
	for i := range 5 {
		want = append([]string{s.csv(s.first, path, "", lines(i, i+1, 1)).want(http.StatusAccepted).str("id")}, want...)
	}
	for cursor, more := "", true; more; more = cursor != "" {
		page := s.get(s.first, path+"/batches?limit=2&cursor="+cursor).want(http.StatusOK)
		for i := range page.at("items").([]any) {
			got = append(got, page.str("items", i, "id"))
		}
		cursor = page.str("next")
	}
	if strings.Join(want, " ") != strings.Join(got, " ") {
		t.Errorf("want batches %v, got %v", want, got)
	}
}

func TestResults(t *testing.T) {
	s := newEnv(t)
	path, _ := s.counting(5)
	s.counted(s.csv(s.first, path, "", lines(0, 200, 1)+lines(200, 310, 2)+lines(310, 320, 9)).want(http.StatusAccepted).str("id"))
	r := s.get("", path+"/results").want(http.StatusOK)
	for want, at := range map[string][]any{
		"310": {"ballots", "valid"}, "320": {"ballots", "cast"}, "10": {"ballots", "invalid"}, "1000": {"ballots", "registered_voters"},
		"0.320000": {"ballots", "turnout"}, "0.645161": {"constituencies", 0, "candidacies", 0, "share"},
		"200": {"constituencies", 0, "candidacies", 0, "votes"}, "3": {"participants", 0, "seats"},
		"2": {"constituencies", 0, "candidacies", 1, "seats"}, "true": {"provisional"}, "counting": {"state"},
	} {
		r.is(want, at...)
	}
	r.is("<nil>", "winner")
	r.is("<nil>", "second_round")
	r.is("<nil>", "constituencies", 0, "tie")
	table := s.get("", path+"/results.csv").want(http.StatusOK)
	rows := strings.Split(strings.TrimSpace(string(table.raw)), "\r\n")
	if len(rows) != 3 || !strings.Contains(rows[1], ",One,200,0.645161,3,false,true,20") {
		t.Errorf("want a header and two candidacies, got %q", rows)
	}
	s.get("", "/elections/4711/results").refused(http.StatusNotFound, "unknown-election")
}

func TestResults_Tie(t *testing.T) {
	s := newEnv(t)
	path, _ := s.counting(5)
	// 200 divided by 4 is 100 divided by 2.
	s.counted(s.csv(s.first, path, "", lines(0, 200, 1)+lines(200, 300, 2)).want(http.StatusAccepted).str("id"))
	r := s.get("", path+"/results").want(http.StatusOK)
	r.is("1", "constituencies", 0, "tie", "seats")
	r.is("[1 2]", "constituencies", 0, "tie", "participants")
	r.is("3", "participants", 0, "seats")
}

func TestResults_Presidential(t *testing.T) {
	s := newEnv(t)
	var ids []string
	for _, name := range []string{"Ana", "Boris", "Vera"} {
		ids = append(ids, s.json(s.administrator, "POST", "/participants", fmt.Sprintf(`{"name":%q,"kind":"individual"}`, name)).want(http.StatusCreated).str("id"))
	}
	r := s.json(s.administrator, "POST", "/elections", fmt.Sprintf(`{"title":"P","kind":"presidential",%s,"constituencies":[{"participants":[%s]}]}`, times, strings.Join(ids, ","))).want(http.StatusCreated)
	r.is("1", "constituencies", 0, "seats")
	r.is("absolute", "rules", "majority")
	path := "/elections/" + r.str("id")
	s.counted(s.csv(s.first, path, "", lines(0, 40, 1)+lines(40, 75, 2)+lines(75, 100, 3)).want(http.StatusAccepted).str("id"))
	r = s.get("", path+"/results").want(http.StatusOK)
	r.is("<nil>", "winner")
	r.is("["+ids[0]+" "+ids[1]+"]", "second_round")
	s.counted(s.csv(s.first, path, "", lines(100, 140, 2)).want(http.StatusAccepted).str("id"))
	r = s.get("", path+"/results").want(http.StatusOK)
	r.is(ids[1], "winner", "participant_id")
	r.is("<nil>", "second_round")
}

func TestResults_Embargoed(t *testing.T) {
	s := newEnv(t)
	ids := s.participants("One")
	now := time.Now()
	body := fmt.Sprintf(`{"title":"A","kind":"parliamentary","open_now":true,"starts_at":%q,"ends_at":%q,"constituencies":[{"participants":[%s]}]}`,
		now.Add(-time.Hour).Format(time.RFC3339), now.Add(time.Hour).Format(time.RFC3339), ids[0])
	path := "/elections/" + s.json(s.administrator, "POST", "/elections", body).want(http.StatusCreated).str("id")
	for _, token := range []string{"", s.administrator} {
		s.get(token, path+"/results").refused(http.StatusForbidden, "embargoed")
		s.get(token, path+"/results.csv").refused(http.StatusForbidden, "embargoed")
	}
}

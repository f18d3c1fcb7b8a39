//nolint:thelper // the parts of one long test: their failures belong to their lines
package epms

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

func decimal(n int64) string { return strconv.FormatInt(n, 10) }

// guid returns the n-th ballot GUID.
func guid(n int) string { return fmt.Sprintf("%08x-0000-4000-8000-%012x", n, n) }

// line returns a line of a batch.
func line(n, pollNumber int) string { return fmt.Sprintf("%s,%d\n", guid(n), pollNumber) }

// upload returns a multipart body with the file in the field, and its type.
func upload(t *testing.T, field, fileName, content string) (body []byte, kind string) {
	t.Helper()
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	write, err := form.CreateFormFile(field, fileName)
	if err == nil {
		_, err = write.Write([]byte(content))
	}
	if err != nil || form.Close() != nil {
		t.Fatalf("make the form: %v", err)
	}
	return b.Bytes(), form.FormDataContentType()
}

func (c *client) vote(t *testing.T, content string) answer {
	t.Helper()
	body, kind := upload(t, "file", "votes.csv", content)
	return c.send(t, http.MethodPost, "/epms/vote", kind, body)
}

// refusedFiles are files that the contract refuses whole, and its words.
func refusedFiles() map[string]string {
	good := line(1, 1)
	return map[string]string{
		guid(1) + "\n":                               "Incorrect number of values on line 0.",
		good + guid(2) + ",1,1\n":                    "Incorrect number of values on line 1.",
		good + good + "\n" + good:                    "Incorrect number of values on line 2.",
		good + "\n":                                  "Incorrect number of values on line 1.",
		"\n" + good:                                  "Incorrect number of values on line 0.",
		"   \n":                                      "Incorrect number of values on line 0.",
		guid(1) + ";1\n":                             "Incorrect number of values on line 0.",
		guid(1) + "\t1\n":                            "Incorrect number of values on line 0.",
		"guid,poll number\n" + good:                  "Incorrect poll number on line 0.",
		guid(1) + ",0\n":                             "Incorrect poll number on line 0.",
		guid(1) + ",\n":                              "Incorrect poll number on line 0.",
		guid(1) + ", \n":                             "Incorrect poll number on line 0.",
		good + guid(2) + ",-1\n":                     "Incorrect poll number on line 1.",
		good + guid(2) + ",1.5\n":                    "Incorrect poll number on line 1.",
		good + guid(2) + ",one":                      "Incorrect poll number on line 1.",
		guid(1) + ", a":                              "Incorrect poll number on line 0.",
		guid(1) + ", -1":                             "Incorrect poll number on line 0.",
		"no-guid,one\n":                              "Incorrect poll number on line 0.",
		"no-guid,1\n":                                "Incorrect GUID on line 0.",
		good + ",1\n":                                "Incorrect GUID on line 1.",
		good + guid(2)[:35] + ",1\n":                 "Incorrect GUID on line 1.",
		good + "no-guid,1\n" + guid(3) + ",0\n":      "Incorrect GUID on line 1.",
		good + guid(2) + ",0\n" + guid(3) + "\n":     "Incorrect poll number on line 1.",
		good + guid(2) + "\nno-guid,1\n":             "Incorrect number of values on line 1.",
		strings.Repeat(good, 30_000) + "no-guid,1\n": "Incorrect GUID on line 30000.",
	}
}

func (w *world) checkNoFile(t *testing.T) {
	t.Helper()
	const path = "/epms/vote"
	for _, body := range []any{nil, "", object{}, object{"file": line(1, 1)}} {
		w.first.post(t, path, body).refused(t, "Field file is missing.")
	}
	body, kind := upload(t, "files", "votes.csv", line(1, 1))
	w.first.send(t, http.MethodPost, path, kind, body).refused(t, "Field file is missing.")
	w.first.send(t, http.MethodPost, path, "multipart/form-data", body).refused(t, "Field file is missing.")
	w.first.send(t, http.MethodPost, path, "text/csv", []byte(line(1, 1))).refused(t, "Field file is missing.")
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	if form.WriteField("file", line(1, 1)) != nil || form.Close() != nil {
		t.Fatal("make the form")
	}
	w.first.send(t, http.MethodPost, path, form.FormDataContentType(), b.Bytes()).refused(t, "Field file is missing.")
}

// voteWithoutElection runs while only an election made elsewhere is open.
func (w *world) voteWithoutElection(t *testing.T) {
	begun := time.Now()
	w.checkNoFile(t)
	for content, message := range refusedFiles() {
		w.first.vote(t, content).refused(t, message)
	}
	w.pace = time.Since(begun)
	w.first.vote(t, line(1, 1)).refused(t, "No election is ongoing.")
	w.first.vote(t, "").refused(t, "No election is ongoing.")
}

// window returns in whole seconds how long an election is open that needs so many times what the files took that
// are refused: a slow machine has a longer one.
func (w *world) window(times float64) time.Duration {
	return time.Duration(times*w.pace.Seconds())*time.Second + 2*time.Second
}

// open makes an election that began a moment ago and goes on for the window, and returns its id and end.
func (w *world) open(t *testing.T, window time.Duration, individual bool) (int64, time.Time) {
	t.Helper()
	return w.openFrom(t, time.Now(), window, individual)
}

// openFrom is open with a start, which may be to come.
func (w *world) openFrom(t *testing.T, start time.Time, window time.Duration, individual bool) (int64, time.Time) {
	t.Helper()
	const form = "2006-01-02T15:04:05.000000-07:00"
	belgrade, err := time.LoadLocation("Europe/Belgrade")
	if err != nil {
		t.Fatal(err)
	}
	start = start.Truncate(time.Millisecond).In(belgrade)
	if start.Nanosecond() == 0 { // a whole second is written without a fraction
		start = start.Add(-time.Millisecond)
	}
	end := start.Truncate(time.Second).Add(time.Second + window)
	id := w.create(t, start.UTC().Format(form), end.Format(form), start.Format(form), end.Format("2006-01-02T15:04:05-07:00"), individual)
	return id, end
}

func (w *world) results(t *testing.T, id int64) answer {
	t.Helper()
	return w.administrator.get(t, "/epms/getResults?id="+decimal(id))
}

func invalidVote(jmbg string, n, pollNumber int, reason string) object {
	return object{"electionOfficialJmbg": jmbg, "ballotGuid": guid(n), "pollNumber": pollNumber, "reason": reason}
}

// lines returns so many lines for a poll number, from the n-th GUID on.
func lines(n, count, pollNumber int) string {
	var b strings.Builder
	for i := range count {
		b.WriteString(line(n+i, pollNumber))
	}
	return b.String()
}

func (w *world) parliamentary(t *testing.T) {
	id, end := w.open(t, w.window(10), false) // it needs little more than once
	w.checkNoFile(t)
	for content, message := range refusedFiles() {
		w.first.vote(t, content).refused(t, message)
	}
	w.first.vote(t, "").empty(t)
	// 30, 30, 32 and 4 votes: of the lists with 30 one gets the last seat, and 4 are less than 5 %.
	w.first.vote(t, lines(100, 30, 1)+lines(200, 30, 2)).empty(t)
	second := strings.ReplaceAll(lines(300, 31, 3), "\n", "\r\n") + " " + strings.ToUpper(guid(400)) + " , 3 \n" +
		line(500, 9) + // no candidacy has the number 9
		line(500, 1) + // and its GUID is taken
		line(100, 3) + // as this one is, by another official's file
		line(501, 4) + line(501, 4) // the second of them
	w.second.vote(t, second).empty(t)
	w.first.vote(t, strings.TrimSuffix(lines(600, 3, 4), "\n")).empty(t)
	w.first.vote(t, lines(600, 3, 4)).empty(t)                           // sent again, with one byte more
	w.first.vote(t, strings.TrimSuffix(lines(600, 3, 4), "\n")).empty(t) // and the very same file
	w.results(t, id).refused(t, "Election is ongoing.")
	if !time.Now().Before(end) {
		t.Fatal("this machine is too slow for the test's window")
	}
	time.Sleep(time.Until(end))

	const duplicate = "Duplicate ballot."
	invalid := []object{
		invalidVote(w.secondJMBG, 500, 9, "Invalid poll number."), invalidVote(w.secondJMBG, 500, 1, duplicate),
		invalidVote(w.secondJMBG, 100, 3, duplicate), invalidVote(w.secondJMBG, 501, 4, duplicate),
	}
	for range 2 {
		for n := 600; n < 603; n++ {
			invalid = append(invalid, invalidVote(w.firstJMBG, n, 4, duplicate))
		}
	}
	w.results(t, id).is(t, http.StatusOK, object{
		"participants": []object{
			{"pollNumber": 1, "name": "Mid", "result": 82},
			{"pollNumber": 2, "name": "Zeta", "result": 81},
			{"pollNumber": 3, "name": "Alpha", "result": 87},
			{"pollNumber": 4, "name": "Small", "result": 0},
		},
		"invalidVotes": invalid,
	})
	w.first.vote(t, guid(1)+"\n").refused(t, "Incorrect number of values on line 0.")
	w.first.vote(t, line(1, 1)).refused(t, "No election is ongoing.")

	// Nobody voted in the first two of all: one parliamentary, one presidential.
	for _, e := range w.elections[:2] {
		var got struct {
			Participants []struct {
				Result *float64 `json:"result"`
			} `json:"participants"`
			InvalidVotes []any `json:"invalidVotes"`
		}
		w.administrator.get(t, fmt.Sprintf("/epms/getResults?id=%v", e["id"])).into(t, &got)
		if len(got.Participants) < 2 || got.InvalidVotes == nil || len(got.InvalidVotes) != 0 {
			t.Errorf("want the participants and an empty list of invalid votes, got %+v", got)
		}
		for _, p := range got.Participants {
			if p.Result == nil || *p.Result != 0 {
				t.Errorf("want 0 for all without a vote, got %+v", got)
			}
		}
	}
}

func (w *world) presidential(t *testing.T) {
	time.Sleep(10 * time.Millisecond) // the last election's end and this one's start must not touch
	start := time.Now().Add(w.window(1))
	id, end := w.openFrom(t, start, w.window(3), true)
	w.second.vote(t, lines(100, 5, 1)).refused(t, "No election is ongoing.")
	time.Sleep(time.Until(start)) // a batch of the first moment counts
	w.second.vote(t, lines(100, 5, 1)+lines(200, 2, 2)+lines(300, 1, 3)+lines(400, 4, 4)).empty(t)
	w.results(t, id).refused(t, "Election is ongoing.")
	time.Sleep(time.Until(end))
	var invalid []object
	for n := 400; n < 404; n++ {
		invalid = append(invalid, invalidVote(w.secondJMBG, n, 4, "Invalid poll number."))
	}
	// 0.625, 0.25 and 0.125 of the valid votes.
	w.results(t, id).is(t, http.StatusOK, object{
		"participants": []object{
			{"pollNumber": 1, "name": "Ana Anić", "result": 0.62},
			{"pollNumber": 2, "name": "Мира Мирић", "result": 0.25},
			{"pollNumber": 3, "name": "Bo", "result": 0.12},
		},
		"invalidVotes": invalid,
	})

	// One in the future is not over either.
	w.create(t, "2199-01-01T10:00:00", "2199-01-01T12:00:00", "2199-01-01T10:00:00", "2199-01-01T12:00:00", true)
	future, ok := w.elections[len(w.elections)-1]["id"].(int64)
	if !ok {
		t.Fatal("the election has no id")
	}
	w.results(t, future).refused(t, "Election is ongoing.")
	w.administrator.get(t, "/epms/getElections").is(t, http.StatusOK, object{"elections": w.elections})
}

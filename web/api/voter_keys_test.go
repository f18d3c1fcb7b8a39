package api_test

import (
	"encoding/csv"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"urna/ballots/online"
	"urna/internal/text/csvtext"
)

// voting makes an open election that takes votes online, with so many constituencies, and returns its path.
func (s *env) voting(constituencies int) string {
	s.t.Helper()
	ids := s.participants("One", "Two")
	var parts []string
	for i := range constituencies {
		parts = append(parts, fmt.Sprintf(`{"name":"Part %d","participants":[%s,%s]}`, i+1, ids[0], ids[1]))
	}
	now := time.Now().UTC()
	r := s.json(s.administrator, "POST", "/elections", fmt.Sprintf(
		`{"title":"A","kind":"parliamentary","open_now":true,"starts_at":%q,"ends_at":%q,"channels":["online"],"constituencies":[%s]}`,
		now.Add(-time.Hour).Format(time.RFC3339), now.Add(time.Hour).Format(time.RFC3339), strings.Join(parts, ","))).want(http.StatusCreated)
	return "/elections/" + r.str("id")
}

func (s *env) roll(path, roll string) *reply {
	s.t.Helper()
	return s.send(s.administrator, "POST", path+"/voter-keys", "text/csv", strings.NewReader(roll))
}

// issued returns the lines of an answer with keys.
func (r *reply) issued() [][]string {
	r.t.Helper()
	r.want(http.StatusOK)
	lines, err := csv.NewReader(strings.NewReader(string(r.raw))).ReadAll()
	must(r.t, err)
	return lines
}

var uuid = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

func (s *env) cast(personalID, guid string) error {
	return s.Votes.Cast(s.t.Context(), online.Vote{
		Credentials: online.Credentials{PersonalID: personalID, GUID: guid}, Candidate: "1",
	})
}

func TestVoterKeys_IssueAndVote(t *testing.T) {
	s := newEnv(t)
	path := s.voting(2)
	r := s.roll(path, "voter-101,Part 1\n\"=1,2\",Part 2\n")
	if want, got := "text/csv; charset=utf-8; header=absent", r.header.Get("Content-Type"); want != got {
		t.Errorf("want %s, got %s", want, got)
	}
	if want, got := "no-store", r.header.Get("Cache-Control"); want != got {
		t.Errorf("want %s, got %s", want, got)
	}
	lines := r.issued()
	if len(lines) != 2 || lines[0][0] != "voter-101" || lines[1][0] != "'=1,2" || !uuid.MatchString(lines[0][1]) || !uuid.MatchString(lines[1][1]) {
		t.Fatalf("want a key a line in the order of the roll, got %q", lines)
	}
	must(t, s.cast(csvtext.Plain(lines[1][0]), lines[1][1]))

	named := s.roll(path, "name;constituency;personal_id;born\nZora Zorić;Part 2;voter-103;1980\n").issued()
	if len(named) != 2 || strings.Join(named[0], ",") != "personal_id,guid" || named[1][0] != "voter-103" {
		t.Errorf("want a header where the roll had one, got %q", named)
	}
	must(t, s.cast("voter-103", named[1][1]))

	keys := s.get(s.administrator, path+"/voter-keys").want(http.StatusOK)
	keys.is("3", "keys")
	keys.is("issued", "rolls", 1, "state")
	keys.is("2", "rolls", 1, "keys")
	if want, got := keys.str("rolls", 1, "id"), r.header.Get("Urna-Roll"); want != got {
		t.Errorf("want the roll %s in the header, got %q", want, got)
	}
	events := string(s.get(s.administrator, "/audit-events?action=voter-keys-issued").want(http.StatusOK).raw)
	for _, never := range []string{"voter-101", "voter-103", "Zora", lines[0][1], named[1][1]} {
		if strings.Contains(events, never) {
			t.Errorf("want counts only in the log, got %s", events)
		}
	}
}

func TestVoterKeys_RefusedRollsNameTheirLines(t *testing.T) {
	s := newEnv(t)
	path := s.voting(2)
	s.roll(path, "200,Part 1\n").want(http.StatusOK)
	long := strings.Repeat("x", 101)
	r := s.roll(path, "101,Part 1\n102,Part 3\n101,Part 2\n103\n\"104,Part 1\n"+long+",Part 1\n200,Part 2\n105,Part 1,a,b,c\n,Part 1\n").
		refused(http.StatusUnprocessableEntity, "malformed-roll")
	got := r.fields()
	for line, part := range map[string]string{
		"line 2": "no constituency", "line 3": "is already on line 1", "line 4": "several constituencies", "line 5": "quotation mark",
		"line 6": "1 to 100 characters", "line 7": "has a key", "line 8": "more values", "line 9": "1 to 100 characters",
	} {
		if !strings.Contains(got[line], part) {
			t.Errorf("%s: want %q, got %q", line, part, got[line])
		}
	}
	if len(got) != 8 {
		t.Errorf("want 8 lines, got %v", got)
	}
	r.is("8", "problems")
	s.get(s.administrator, path+"/voter-keys").is("1", "keys")

	s.roll(path, "").refused(http.StatusUnprocessableEntity, "malformed-roll")
	s.roll(path, "personal_id\n").refused(http.StatusUnprocessableEntity, "malformed-roll")
	s.roll(path, strings.Repeat("1234567\n", maxUpload/8+1)).refused(http.StatusRequestEntityTooLarge, "too-large")
	s.send(s.administrator, "POST", path+"/voter-keys", "application/json", strings.NewReader(`["101"]`)).refused(http.StatusBadRequest, "malformed-upload")
	s.roll("/elections/4711", "101\n").refused(http.StatusNotFound, "unknown-election")
	over, _ := s.counting(3)
	s.roll(over, "101\n").refused(http.StatusConflict, "election-takes-no-keys")
}

// TestVoterKeys_OneRollAtATime sends a roll while another one is still being sent.
func TestVoterKeys_OneRollAtATime(t *testing.T) {
	s := newEnv(t)
	first, second := s.voting(1), s.voting(1)
	begin := func() (writer *io.PipeWriter, answered chan *reply) {
		body, writer := io.Pipe()
		answered = make(chan *reply, 1)
		go func() { answered <- s.send(s.administrator, "POST", first+"/voter-keys", "text/csv", body) }()
		// Enough for the client to send it and for the server to begin with it; it fails where the roll is refused.
		_, _ = writer.Write([]byte(strings.Repeat("\n", 300_000) + "101\n"))
		return writer, answered
	}
	writer, answered := begin()
	var refused *reply
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if refused = s.roll(second, ""); strings.Contains(string(refused.raw), "issue-under-way") {
			break
		}
		select {
		case <-answered: // that roll was the first to come, and this one was refused
			writer, answered = begin()
		default:
		}
	}
	refused.refused(http.StatusConflict, "issue-under-way")
	must(t, writer.Close())
	if lines := (<-answered).issued(); len(lines) != 1 {
		t.Errorf("want the first roll issued, got %q", lines)
	}
	s.roll(second, "101\n").want(http.StatusOK)
}

func TestVoterKeys_RevokeReissueWithdraw(t *testing.T) {
	s := newEnv(t)
	path := s.voting(1)
	lines := s.roll(path, "101\n102\n103\n").issued()
	revoke := func(body string) *reply {
		return s.json(s.administrator, "POST", path+"/voter-keys/revocations", body)
	}
	r := revoke(`{"personal_id":" 101 ","reissue":true}`).want(http.StatusOK)
	r.is("101", "personal_id")
	if want, got := "no-store", r.header.Get("Cache-Control"); want != got {
		t.Errorf("want %s, got %s", want, got)
	}
	if !uuid.MatchString(r.str("guid")) || r.str("guid") == lines[0][1] {
		t.Errorf("want another key, got %s", r.raw)
	}
	if err := s.cast("101", lines[0][1]); err == nil {
		t.Error("want the old key to be dead")
	}
	must(t, s.cast("101", r.str("guid")))
	revoke(`{"personal_id":"101","reissue":true}`).refused(http.StatusConflict, "key-used")
	revoke(`{"personal_id":"102"}`).want(http.StatusOK)
	if err := s.cast("102", lines[1][1]); err == nil {
		t.Error("want the revoked key to be dead")
	}
	s.get(s.administrator, path+"/voter-keys").is("2", "keys")
	revoke(`{"personal_id":"102","reissue":true}`).refused(http.StatusNotFound, "unknown-voter")
	revoke(`{"reissue":true}`).refused(http.StatusUnprocessableEntity, "invalid-input")
	revoke(`{"personal_id":101}`).refused(http.StatusUnprocessableEntity, "invalid-input")

	withdraw := func(path, roll string) *reply {
		return s.json(s.administrator, "POST", path+"/voter-keys/withdrawals", `{"roll_id":`+roll+`}`)
	}
	id := s.get(s.administrator, path+"/voter-keys").str("rolls", 0, "id")
	withdraw(s.voting(1), id).refused(http.StatusNotFound, "unknown-roll")
	withdraw(path, "4711").refused(http.StatusNotFound, "unknown-roll")
	withdraw(path, id).want(http.StatusOK).is("withdrawn", "state")
	if err := s.cast("103", lines[2][1]); err == nil {
		t.Error("want the withdrawn key to be dead")
	}
	s.get(s.administrator, path+"/voter-keys").is("1", "keys") // the used one stays
	s.roll(path, "103\n").want(http.StatusOK)
}

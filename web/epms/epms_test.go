package epms_test

import (
	"bufio"
	"encoding/base32"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"urna/auth"
	"urna/ballots/batch"
	"urna/internal/app"
	"urna/internal/audit"
)

func TestLogin_WhoeverMustDoMoreGetsNoTokens(t *testing.T) {
	s := newEnv(t)
	refused := func(t *testing.T, email string) {
		t.Helper()
		status, _, body := s.login(t, email, password)
		if want := `{"message":"Invalid credentials."}`; status != http.StatusBadRequest || strings.TrimSpace(body) != want {
			t.Errorf("want 400 %s, got %d %s", want, status, body)
		}
	}
	t.Run("second factor", func(t *testing.T) {
		u := s.add(t, "vera@example.org", auth.Official, "")
		if status, _, body := s.login(t, u.Email, password); status != http.StatusOK {
			t.Fatalf("want tokens before, got %d %s", status, body)
		}
		enrolment, err := s.Auth.BeginSecondFactor(t.Context(), audit.System(), u.ID)
		must(t, err)
		secret := strings.ReplaceAll(enrolment.Secret, " ", "")
		if _, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret); err != nil {
			t.Fatal(err)
		}
		code, err := totp.GenerateCode(secret, s.now())
		must(t, err)
		_, err = s.Auth.ConfirmSecondFactor(t.Context(), audit.System(), u.ID, code)
		must(t, err)
		refused(t, u.Email)
	})
	t.Run("forced password change", func(t *testing.T) {
		u := s.add(t, "petar@example.org", auth.Official, "")
		yes := true
		_, err := s.Auth.ChangeUser(t.Context(), audit.System(), u.ID, auth.UserChange{MustChangePassword: &yes})
		must(t, err)
		refused(t, u.Email)
	})
	t.Run("disabled", func(t *testing.T) {
		u := s.add(t, "zora@example.org", auth.Official, "")
		yes := true
		_, err := s.Auth.ChangeUser(t.Context(), audit.System(), u.ID, auth.UserChange{Disabled: &yes})
		must(t, err)
		refused(t, u.Email)
	})
}

func TestLogin_GuessingHasToWait(t *testing.T) {
	s := newEnv(t)
	for range 100 {
		status, header, body := s.login(t, "nobody@example.org", "Wrong guess 1")
		if status == http.StatusBadRequest {
			continue
		}
		if status != http.StatusTooManyRequests || header.Get("Retry-After") == "" || !strings.HasPrefix(body, `{"msg":"`) {
			t.Errorf("want 429 with a msg and Retry-After, got %d %s", status, body)
		}
		return
	}
	t.Error("want guesses to be slowed down, got a hundred answers")
}

func TestGetResults_WaitsForWhatWasAcceptedBeforeTheEnd(t *testing.T) {
	s := newEnv(t)
	if status, body := s.elect(t); status != http.StatusOK {
		t.Fatal(status, body)
	}
	for range 2 {
		if status, body := s.vote(t, line(1, 1)+line(2, 1)+line(3, 2)); status != http.StatusOK {
			t.Fatal(status, body)
		}
	}
	s.move(2 * time.Hour)
	s.administrator = s.token(t, "ana@example.org")
	done := make(chan outcome, 1)
	go func() { done <- s.results(t) }()
	select {
	case got := <-done:
		t.Fatalf("want no results before the count, got %+v", got)
	case <-time.After(300 * time.Millisecond):
	}
	s.count(t)
	got := <-done
	if len(got.InvalidVotes) != 3 || got.Participants[0].Result <= got.Participants[1].Result {
		t.Errorf("want both batches counted, got %+v", got)
	}

	// A batch that came after the end causes no wait.
	s.Batches.Stop()
	_, err := s.Batches.Receive(t.Context(), batch.Delivery{Actor: s.boris.Actor("test"), ElectionID: 1}, strings.NewReader(line(9, 1)))
	must(t, err)
	if got := s.results(t); len(got.InvalidVotes) != 3 {
		t.Errorf("want the results of before, got %+v", got)
	}
}

func TestGetResults_InvalidVotesAreComplete(t *testing.T) {
	s := newEnv(t)
	s.count(t)
	if status, body := s.elect(t); status != http.StatusOK {
		t.Fatal(status, body)
	}
	const lines = 12_345 // more than two pages
	var file strings.Builder
	for n := range lines {
		file.WriteString(line(n, 3))
	}
	for range 2 {
		if status, body := s.vote(t, file.String()); status != http.StatusOK {
			t.Fatal(status, body)
		}
	}
	s.move(2 * time.Hour)
	s.administrator = s.token(t, "ana@example.org")
	got := s.results(t).InvalidVotes
	if len(got) != 2*lines {
		t.Fatalf("want %d invalid votes, got %d", 2*lines, len(got))
	}
	for i, v := range got {
		reason := "Invalid poll number."
		if i >= lines {
			reason = "Duplicate ballot."
		}
		if v.Reason != reason || v.BallotGUID+",3\n" != line(i%lines, 3) || v.PollNumber != 3 || v.JMBG != s.boris.JMBG {
			t.Fatalf("invalid vote %d: got %+v", i, v)
		}
	}
	must(t, s.Auth.DeleteUser(t.Context(), audit.System(), s.boris.ID, ""))
	if got := s.results(t).InvalidVotes; len(got) != 2*lines || got[0].JMBG != "" {
		t.Errorf("want all of them without the deleted official's JMBG, got %d, the first %+v", len(got), got[0])
	}
}

func TestCreateElection_OneOfManyAtOnce(t *testing.T) {
	s := newEnv(t)
	var group sync.WaitGroup
	answers := make(chan string, 8)
	for range cap(answers) {
		group.Go(func() {
			_, body := s.elect(t)
			answers <- strings.TrimSpace(body)
		})
	}
	group.Wait()
	close(answers)
	count := map[string]int{}
	for a := range answers {
		count[a]++
	}
	if count[`{"pollNumbers":[1,2]}`] != 1 || count[`{"message":"Invalid date and time."}`] != 7 {
		t.Errorf("want one election and seven overlaps, got %v", count)
	}
	// Whatever the zone of this process: times read as in the server's.
	_, _, body := s.send(t, s.administrator, http.MethodGet, "/getElections", "", nil)
	if want := `"start":"2026-03-01T13:00:00+01:00","end":"2026-03-01T14:00:00+01:00"`; !strings.Contains(body, want) {
		t.Errorf("want %s, got %s", want, body)
	}
}

func TestVote_NothingOfARequestThatWasCutOff(t *testing.T) {
	s := newEnv(t)
	if status, body := s.elect(t); status != http.StatusOK {
		t.Fatal(status, body)
	}
	whole, kind := form(t, line(1, 1)+line(2, 1))
	cut := strings.Index(whole, line(2, 1)[:36]) + 38 // what has arrived is a good file
	for name, arrives := range map[string]string{
		"inside the file":      whole[:cut],
		"inside the last line": whole[:len(whole)-5],
		"behind the file":      strings.TrimSuffix(whole, "--\r\n") + "\r\nContent-Dis",
	} {
		for _, length := range []int{len(arrives), len(arrives) + 100} { // the form ends early, the request ends early
			t.Run(fmt.Sprintf("%s, %d bytes missing", name, length-len(arrives)), func(t *testing.T) {
				connection, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimSuffix(strings.TrimPrefix(s.url, "http://"), "/epms"))
				must(t, err)
				defer func() { _ = connection.Close() }()
				_, err = fmt.Fprintf(connection, "POST /epms/vote HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s",
					s.official, kind, length, arrives)
				must(t, err)
				tcp, ok := connection.(*net.TCPConn)
				if !ok {
					t.Fatal("want a TCP connection")
				}
				if length > len(arrives) { // a server that has read a whole request takes this for a client that is gone
					must(t, tcp.CloseWrite())
				}
				response, err := http.ReadResponse(bufio.NewReader(connection), nil)
				must(t, err)
				defer response.Body.Close()
				body, err := io.ReadAll(response.Body)
				must(t, err)
				if response.StatusCode != http.StatusBadRequest || !strings.Contains(string(body), `{"message":"`) {
					t.Errorf("want 400 with a message, got %d %s", response.StatusCode, body)
				}
			})
		}
	}
	t.Run("too large", func(t *testing.T) {
		if status, body := s.vote(t, strings.Repeat(line(1, 1), maxUpload/39)); status != http.StatusRequestEntityTooLarge {
			t.Errorf("want 413, got %d %s", status, body)
		}
	})
	found, err := s.Batches.Batches(t.Context(), batch.Filter{})
	must(t, err)
	if len(found) != 0 {
		t.Errorf("want nothing stored, got %+v", found)
	}
	if status, body := s.vote(t, line(1, 1)); status != http.StatusOK {
		t.Errorf("want a whole one taken, got %d %s", status, body)
	}
}

func TestTokens_OfWhoeverMustActFirstAreRefused(t *testing.T) {
	s := newEnv(t, func(o *app.Options) { o.RequireSecondFactor = true })
	status, _, body := s.send(t, s.administrator, http.MethodGet, "/getElections", "", nil)
	if status != http.StatusUnauthorized || !strings.HasPrefix(body, `{"msg":"`) {
		t.Errorf("want 401 with a msg, got %d %s", status, body)
	}
	if status, _, body := s.login(t, "ana@example.org", password); !strings.Contains(body, "Invalid credentials.") {
		t.Errorf("want no tokens, got %d %s", status, body)
	}
}

// TestElections_AWithdrawnOneIsNone: the contract has no word for it, so that it is not listed, takes no files, has no
// results and is not in the way of another election.
func TestElections_AWithdrawnOneIsNone(t *testing.T) {
	s := newEnv(t)
	_, _ = s.elect(t)
	if _, err := s.Elections.Withdraw(t.Context(), audit.System(), 1, "flood"); err != nil {
		t.Fatal(err)
	}
	if _, _, body := s.send(t, s.administrator, http.MethodGet, "/getElections", "", nil); strings.TrimSpace(body) != `{"elections":[]}` {
		t.Errorf("want no election, got %s", body)
	}
	if _, _, body := s.send(t, s.administrator, http.MethodGet, "/getResults?id=1", "", nil); !strings.Contains(body, "Election does not exist.") {
		t.Errorf("want no results, got %s", body)
	}
	if _, body := s.elect(t); strings.TrimSpace(body) != `{"pollNumbers":[1,2]}` {
		t.Errorf("want another election in its time, got %s", body)
	}
}

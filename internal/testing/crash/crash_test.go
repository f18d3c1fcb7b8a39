package crash

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"testing"
	"time"

	"urna/internal/testing/program"
)

// The second batch is counted in some sixty transactions, and so is cut in its middle.
var linesOf = []int64{200_000, 600_000}

const (
	lists   = 4
	nobodys = 77 // a poll number that no list has
	kills   = 3  // at most; a fast machine may be done before
)

// patience bounds each wait for the count.
const patience = 3 * time.Minute

var (
	administrator = program.User{
		Email: "ada@example.org", Role: "administrator", Forename: "Ada", Surname: "Byron", Password: "analytical engine",
	}
	official = program.User{
		Email: "grace@example.org", Role: "official", Forename: "Grace", Surname: "Hopper", Password: "nanosecond of wire",
	}
)

func TestCrash_NothingAcceptedIsLostOrCountedTwice(t *testing.T) {
	binary := program.Build(t)
	t.Run("while counting", func(t *testing.T) { killWhileCounting(t, binary) })
	t.Run("while uploading", func(t *testing.T) { killWhileUploading(t, binary) })
}

// start serves a new folder with both users and an election, and returns the folder, the server and the
// election's id.
func start(t *testing.T, binary string, flags ...string) (string, *program.Server, int64) {
	t.Helper()
	data := t.TempDir()
	program.AddUser(t, binary, data, administrator)
	program.AddUser(t, binary, data, official)
	server := program.Serve(t, binary, data, flags...)
	return data, server, createElection(t, signIn(t, server.URL, administrator.Email, administrator.Password))
}

//nolint:thelper // a test of its own: its failures belong to its lines
func killWhileCounting(t *testing.T, binary string) {
	const chunks = "--chunk-lines=10000"
	data, server, electionID := start(t, binary, chunks)
	grace := signIn(t, server.URL, official.Email, official.Password)
	want, total := newCount(), int64(0)
	var ids []int64
	for number, lines := range linesOf {
		var accepted batch
		grace.upload(t, electionID, bytes.NewReader(want.write(number)), http.StatusAccepted, &accepted)
		ids = append(ids, accepted.ID)
		total += lines
	}

	// Each cut comes as soon as something new is counted, while the next part is in hand.
	before := linesOf[0]
	for kill := 0; kill < kills && before < total; kill++ {
		counted := grace.waitForMore(t, ids, before)
		if counted == total && kill == 0 {
			t.Fatalf("all %d lines were counted before the program could be killed: the test needs more lines", total)
		}
		server.Kill(t)
		t.Logf("kill %d: %d of %d lines were counted", kill+1, counted, total)
		server = program.Serve(t, binary, data, chunks)
		grace = signIn(t, server.URL, official.Email, official.Password)
		if before = grace.counted(t, ids); before < counted {
			t.Errorf("want the %d lines that were counted before the kill, found %d", counted, before)
		}
	}
	grace.waitForAll(t, ids)
	want.compare(t, grace, electionID, ids)
}

//nolint:thelper // a test of its own: its failures belong to its lines
func killWhileUploading(t *testing.T, binary string) {
	data, server, electionID := start(t, binary)
	grace := signIn(t, server.URL, official.Email, official.Password)
	want := newCount()
	file := want.write(0)

	// More than any buffer on the way holds has left this side when the program is killed.
	reader, writer := io.Pipe()
	sent := make(chan error, 1)
	go func() {
		_, err := writer.Write(file[:len(file)*9/10])
		sent <- err
	}()
	answered := make(chan error, 1)
	go func() {
		_, _, err := grace.ask(t.Context(), http.MethodPost, fmt.Sprintf("/elections/%d/batches", electionID), "text/csv", reader)
		answered <- err
	}()
	if err := <-sent; err != nil {
		t.Fatalf("send most of the file: %v", err)
	}
	server.Kill(t)
	_ = writer.CloseWithError(io.ErrClosedPipe) // never fails
	if err := <-answered; err == nil {
		t.Fatal("want no answer to an upload that was cut")
	}

	server = program.Serve(t, binary, data)
	grace = signIn(t, server.URL, official.Email, official.Password)
	var found list[batch]
	grace.get(t, fmt.Sprintf("/elections/%d/batches", electionID), &found)
	if len(found.Items) != 0 {
		t.Errorf("want nothing of an upload that was cut, found %+v", found.Items)
	}
	var accepted batch
	grace.upload(t, electionID, bytes.NewReader(file), http.StatusAccepted, &accepted)
	grace.waitForAll(t, []int64{accepted.ID})
	want.compare(t, grace, electionID, []int64{accepted.ID})
}

// waitForMore returns the number of counted lines as soon as it is above before.
func (c *client) waitForMore(t *testing.T, ids []int64, before int64) int64 {
	t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		if counted := c.counted(t, ids); counted > before {
			return counted
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatalf("want more than %d lines counted within %v", before, patience)
	return 0
}

// waitForAll returns when all batches are counted.
func (c *client) waitForAll(t *testing.T, ids []int64) {
	t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		waiting := slices.ContainsFunc(c.batches(t, ids), func(b batch) bool { return b.State != "counted" })
		if !waiting {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatalf("want all batches counted within %v, got %+v", patience, c.batches(t, ids))
}

func (c *client) batches(t *testing.T, ids []int64) []batch {
	t.Helper()
	all := make([]batch, len(ids))
	for i, id := range ids {
		c.get(t, "/batches/"+strconv.FormatInt(id, 10), &all[i])
	}
	return all
}

// counted returns how many of the batches' lines the ledger has taken.
func (c *client) counted(t *testing.T, ids []int64) int64 {
	t.Helper()
	var lines int64
	for _, b := range c.batches(t, ids) {
		lines += b.Valid + b.Invalid + b.Duplicates
	}
	return lines
}

// createElection sets up an election that is over, so that its count may be seen, and returns its id.
func createElection(t *testing.T, ada *client) int64 {
	t.Helper()
	var participants []int64
	for number := range lists {
		var p created
		ada.post(t, "/participants", map[string]any{"name": fmt.Sprintf("List %d", number+1), "kind": "party"}, http.StatusCreated, &p)
		participants = append(participants, p.ID)
	}
	var e created
	ada.post(t, "/elections", map[string]any{
		"title": "Power cuts", "kind": "parliamentary", "channels": []string{"batches"}, "time_zone": "UTC",
		"open_now":  true,
		"starts_at": time.Now().Add(-3 * time.Hour).Format(time.RFC3339),
		"ends_at":   time.Now().Add(-1 * time.Hour).Format(time.RFC3339),
		"rules":     map[string]any{"method": "dhondt", "threshold_percent": 0, "threshold_base": "none"},
		"constituencies": []any{
			map[string]any{"name": "Nationwide", "seats": 100, "participants": participants},
		},
	}, http.StatusCreated, &e)
	return e.ID
}

// A count is what must come out, kept while the ballots are written.
type count struct {
	random  *rand.Rand
	earlier []string // GUIDs that later lines claim again
	votes   map[int]int64
	invalid [][]invalidLine // of each batch
}

func newCount() *count {
	return &count{random: rand.New(rand.NewPCG(3, 1)), votes: map[int]int64{}, invalid: make([][]invalidLine, len(linesOf))}
}

// write returns a batch's file: fresh ballots, and now and then a GUID that an earlier line of this or
// the batch before holds, or a poll number that does not exist.
func (c *count) write(number int) []byte {
	file := make([]byte, 0, linesOf[number]*39)
	for line := int64(1); line <= linesOf[number]; line++ {
		guid := hex.EncodeToString(binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, c.random.Uint64()), c.random.Uint64()))
		poll, reason := 1+min(c.random.IntN(lists), c.random.IntN(lists)), ""
		switch {
		case line%50_000 == 49_000:
			guid, reason = c.earlier[c.random.IntN(len(c.earlier))], "duplicate-ballot"
		case line%40_000 == 39_000:
			poll, reason = nobodys, "unknown-poll-number"
		case line%10_000 == 1:
			c.earlier = append(c.earlier, guid)
		}
		if reason == "" {
			c.votes[poll]++
		} else {
			c.invalid[number] = append(c.invalid[number], invalidLine{Line: line, PollNumber: poll, Reason: reason})
		}
		for _, part := range []string{guid[:8], "-", guid[8:12], "-", guid[12:16], "-", guid[16:20], "-", guid[20:], ","} {
			file = append(file, part...) // much faster than fmt under the race detector
		}
		file = append(strconv.AppendInt(file, int64(poll), 10), '\n')
	}
	return file
}

// compare reads everything the API says of the count.
func (c *count) compare(t *testing.T, grace *client, electionID int64, ids []int64) {
	t.Helper()
	var unknown, duplicates, valid int64
	for number, b := range grace.batches(t, ids) {
		wantUnknown := int64(0)
		for _, line := range c.invalid[number] {
			if line.Reason == "unknown-poll-number" {
				wantUnknown++
			}
		}
		wantDuplicates := int64(len(c.invalid[number])) - wantUnknown
		want := batch{
			ID: b.ID, State: "counted", Lines: linesOf[number], Progress: 1, Invalid: wantUnknown, Duplicates: wantDuplicates,
			Valid: linesOf[number] - wantUnknown - wantDuplicates,
		}
		if b != want {
			t.Errorf("batch %d: want %+v, got %+v", b.ID, want, b)
		}
		var lines list[invalidLine]
		grace.get(t, fmt.Sprintf("/batches/%d/invalid?limit=100", b.ID), &lines)
		if !slices.Equal(lines.Items, c.invalid[number]) {
			t.Errorf("batch %d: want the invalid lines %v, got %v", b.ID, c.invalid[number], lines.Items)
		}
		valid, unknown, duplicates = valid+want.Valid, unknown+wantUnknown, duplicates+wantDuplicates
	}

	var r results
	grace.get(t, fmt.Sprintf("/elections/%d/results", electionID), &r)
	if b := r.Ballots; b.Valid != valid || b.Invalid != unknown || b.Duplicates != duplicates || b.Cast != valid+unknown {
		t.Errorf("want %d valid, %d invalid, %d duplicates, %d cast, got %+v", valid, unknown, duplicates, valid+unknown, b)
	}
	votes, seats := map[int]int64{}, 0
	for _, candidacy := range r.Constituencies[0].Candidacies {
		votes[candidacy.PollNumber] = candidacy.Votes
		seats += candidacy.Seats
	}
	if !maps.Equal(votes, c.votes) {
		t.Errorf("want votes %v, got %v", c.votes, votes)
	}
	if seats != 100 {
		t.Errorf("want all 100 seats, got %d", seats)
	}
}

package attack

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"urna/ballots/online"
	"urna/elections"
	"urna/elections/participants"
	"urna/internal/app"
	"urna/internal/audit"
	"urna/internal/testing/apptest"
)

const (
	candidates = 8  // in each election; in each group of votes each of them gets one, from whom is random
	groups     = 10 // in each election, with a theft after each
)

const secret = "a secret that was stolen together with the database, of course"

// env is a data folder with elections, the program that serves it, and what the attacker sees of both.
type env struct {
	home

	binary    string // the program
	url       string // where voters and the attacker go
	measured  string // where the attacker reads the metrics
	backsUp   bool   // the attacker has a backup that the program made after each group, too
	log       func() string
	client    *http.Client
	elections []*contest
	votes     map[string]int      // by key: what it really voted
	known     map[string][]string // by key: what would betray it in a text
	metrics   *changes
	unseen    bool            // the attacker does not watch the public counts, which tell votes that are alike
	old       map[string]bool // the ballots' GUIDs before the close
	marked    [][]byte        // rows of voter_flags before the close
}

// contest is one attacked election.
type contest struct {
	id      int64
	names   []string // of the candidates
	keys    []online.Key
	pairs   []string // of the keys, which the attacker can compute with the stolen secret
	came    []string // keys in the order in which their votes were sent
	told    []string // keys in the order in which they were answered
	figures *changes // what the public results said
	feed    *changes // what the live feed said
	marks   map[string]int
}

// newEnv makes a folder with so many elections of so many groups and starts the program on it. Where a
// front is given, voters and the attacker reach the program through it.
func newEnv(t *testing.T, at home, binary string, contests, groups int, front func(string) http.Handler, flags ...string) *env {
	t.Helper()
	e := &env{home: at, binary: binary, votes: map[string]int{}, known: map[string][]string{}, metrics: &changes{}, old: map[string]bool{}}
	e.client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 100}}
	t.Cleanup(e.client.CloseIdleConnections)
	if err := os.WriteFile(filepath.Join(e.folder, "voters.key"), []byte(secret), 0o600); err != nil {
		t.Fatal(err)
	}
	e.createElections(t, contests, groups)
	server := e.serve(t, binary, append([]string{"--metrics-addr", "127.0.0.1:0", "--metrics-every", "50ms"}, flags...)...)
	e.url, e.log, e.measured = server.URL, server.Log, server.Metrics
	if front != nil {
		e.putInFront(t, front)
	}
	for _, c := range e.elections {
		e.watch(t, c)
	}
	return e
}

// createElections makes the elections and gives their voters keys.
func (e *env) createElections(t *testing.T, contests, groups int) {
	t.Helper()
	o := app.Options{Parts: app.VoterKeys, Create: true}
	path := e.folder
	if e.database != "" {
		o.Database, o.Secrets, o.Scratch, path = e.database, e.folder, t.TempDir(), ""
	}
	a, err := app.Open(t.Context(), path, o)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = a.Close() }()
	for n := range contests {
		c := &contest{figures: &changes{}, feed: &changes{}, marks: map[string]int{}}
		d := elections.Draft{
			Title: fmt.Sprintf("Attacked %d", n), Kind: elections.Parliamentary,
			StartsAt: time.Now().Add(-time.Hour), EndsAt: time.Now().Add(time.Hour), OpenNow: true,
			Channels: []elections.Channel{elections.Online}, PublicView: elections.RunningCount,
			Constituencies: []elections.ConstituencyDraft{{Seats: 1}},
		}
		for i := range candidates {
			name := fmt.Sprintf("Party-%02d-%c", n, 'A'+i)
			p, err := a.Participants.Create(t.Context(), audit.System(), participants.Draft{Name: name, Kind: participants.Party})
			if err != nil {
				t.Fatal(err)
			}
			c.names = append(c.names, name)
			d.Constituencies[0].Candidacies = append(d.Constituencies[0].Candidacies, elections.CandidacyDraft{ParticipantID: p.ID})
		}
		made, err := a.Elections.Create(t.Context(), audit.System(), d)
		if err != nil {
			t.Fatal(err)
		}
		c.id = made.ID
		e.issue(t, a.Votes, c, candidates*groups)
		e.elections = append(e.elections, c)
	}
}

func (e *env) issue(t *testing.T, votes *online.Service, c *contest, voters int) {
	t.Helper()
	keys, err := apptest.Keys(t.Context(), votes, c.id, voters, func(i int) online.Voter {
		return online.Voter{PersonalID: fmt.Sprintf("voter-%d-%d", c.id, i)}
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, key := range keys {
		if i%4 == 0 { // the log names some voters
			if key, err = votes.Reissue(t.Context(), audit.System(), c.id, key.PersonalID); err != nil {
				t.Fatal(err)
			}
		}
		pair, err := online.Pair([]byte(secret), key)
		if err != nil {
			t.Fatal(err)
		}
		c.keys, c.pairs = append(c.keys, key), append(c.pairs, string(pair))
		e.votes[string(pair)] = 0
		named, err := online.NameInLog([]byte(secret), c.id, key.PersonalID)
		if err != nil {
			t.Fatal(err)
		}
		e.known[string(pair)] = []string{`"` + key.PersonalID + `"`, key.PersonalID + " ", key.GUID, hex.EncodeToString(pair), named}
	}
	rand.Shuffle(len(c.keys), func(i, j int) {
		c.keys[i], c.keys[j] = c.keys[j], c.keys[i]
		c.pairs[i], c.pairs[j] = c.pairs[j], c.pairs[i]
	})
}

// sql changes the database beside the running program.
func (e *env) sql(t *testing.T, statement string, args ...any) {
	t.Helper()
	if _, err := e.beside.ExecContext(t.Context(), statement, args...); err != nil {
		t.Fatal(err)
	}
}

// end has the end of every election come, and returns when the program has closed them all.
func (e *env) end(t *testing.T) {
	t.Helper()
	e.sql(t, `UPDATE elections SET ends_at = $1`, time.Now().Add(-time.Second).UnixMilli())
	deadline := time.Now().Add(10 * time.Minute) // a machine that does other things first
	for closed := 0; closed < len(e.elections); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("want every election closed, got %d of %d", closed, len(e.elections))
		}
		row := e.beside.QueryRowContext(t.Context(), `SELECT count(*) FROM online_closings WHERE step = 'finished'`)
		if err := row.Scan(&closed); err != nil {
			t.Fatal(err)
		}
	}
}

// cast is a way of having a group of voters vote.
type cast func(t *testing.T, e *env, c *contest, from int)

// overHTTP has the voters of a group vote one after the other, so that everybody sees in which order. The
// attacker looks around after each.
func overHTTP(t *testing.T, e *env, c *contest, from int) {
	t.Helper()
	e.castOverHTTP(t, c, from, rand.Perm(candidates))
}

// castOverHTTP has the voters of a group vote for the candidates, which are counted from 0.
func (e *env) castOverHTTP(t *testing.T, c *contest, from int, votes []int) {
	t.Helper()
	answers := make(chan string, candidates)
	for i, vote := range votes {
		pair, key := c.pairs[from+i], c.keys[from+i]
		e.votes[pair] = vote + 1
		c.came = append(c.came, pair)
		sent := make(chan struct{})
		body := fmt.Sprintf(`{"personal_id":%q,"guid":%q,"candidate":%d}`, key.PersonalID, key.GUID, vote+1)
		go func() {
			if status, err := e.post(t.Context(), body, sent); err != nil || status != http.StatusOK {
				t.Errorf("want every vote accepted, got %d, %v", status, err)
			}
			answers <- pair
		}()
		<-sent
		e.look(t, c)
	}
	for range candidates {
		c.told = append(c.told, <-answers)
	}
	e.look(t, c)
}

// leisurely is a way of voting that waits after each vote for its answer, and until the live feed and the public
// results, both of which are drawn at most once a second, have shown something new.
func leisurely(t *testing.T, e *env, c *contest, from int) {
	t.Helper()
	for i, vote := range rand.Perm(candidates) {
		pair, key := c.pairs[from+i], c.keys[from+i]
		e.votes[pair] = vote + 1
		c.came = append(c.came, pair)
		body := fmt.Sprintf(`{"personal_id":%q,"guid":%q,"candidate":%d}`, key.PersonalID, key.GUID, vote+1)
		feed, figures := c.feed.String(), c.figures.String()
		if status, err := e.post(t.Context(), body, nil); err != nil || status != http.StatusOK {
			t.Errorf("want every vote accepted, got %d, %v", status, err)
		}
		c.told = append(c.told, pair)
		for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
			if c.feed.String() != feed && c.figures.String() != figures {
				break
			}
			e.look(t, c)
		}
		e.look(t, c)
	}
}

// carelessly has votes stored without care, beside the program: in the order in which the voters come.
func carelessly(t *testing.T, e *env, c *contest, from int) { //nolint:thelper // a way of voting
	storeBadly(t, e, c, from, rand.Perm(candidates), randomly)
}

// numbered has ballots get GUIDs that rise from vote to vote.
func numbered(t *testing.T, e *env, c *contest, from int) { //nolint:thelper // a way of voting
	storeBadly(t, e, c, from, rand.Perm(candidates), func(number int, _ []byte) []byte {
		return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, uint64(number)), rand.Uint64())
	})
}

// likeVoters has ballots get GUIDs in the order of the voters' hashes.
func likeVoters(t *testing.T, e *env, c *contest, from int) { //nolint:thelper // a way of voting
	storeBadly(t, e, c, from, rand.Perm(candidates), func(_ int, voter []byte) []byte { return voter })
}

// onRecord has an event in the audit log for each vote.
func onRecord(t *testing.T, e *env, c *contest, from int) { //nolint:thelper // a way of voting
	storeBadly(t, e, c, from, rand.Perm(candidates), randomly)
	for _, pair := range c.came[from:] {
		e.sql(t, `INSERT INTO audit_events (id, at, actor_id, actor_name, actor_from, action, subject, detail, hash)
			SELECT max(id) + 1, 0, 0, '', '', 'vote-accepted', $1, $2, $3 FROM audit_events`,
			fmt.Sprintf("election %d", c.id), fmt.Sprintf(`{"poll_number": %d }`, e.votes[pair]), hex.EncodeToString(append(randomly(0, nil), randomly(0, nil)...)))
	}
}

// randomly is the GUID of a ballot as the program draws it.
func randomly(int, []byte) []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, rand.Uint64()), rand.Uint64())
}

// flagsInRow is how many keys have their flags in one row of voter_flags.
const flagsInRow = 32_000

// storeBadly stores votes in one transaction, in the order in which they come. guid draws a ballot's GUID from the number of
// ballots so far and the voter's hash.
func storeBadly(t *testing.T, e *env, c *contest, from int, votes []int, guid func(number int, voter []byte) []byte) {
	t.Helper()
	tx, err := e.beside.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }() // nothing after the commit
	change := func(statement string, args ...any) {
		if _, err := tx.ExecContext(t.Context(), statement, args...); err != nil {
			t.Fatal(err)
		}
	}
	for i, vote := range votes {
		pair := c.pairs[from+i]
		e.votes[pair] = vote + 1
		c.came, c.told = append(c.came, pair), append(c.told, pair)
		var flag, constituency int64
		var flags, voter []byte
		var number int
		err := tx.QueryRowContext(t.Context(), `SELECT k.flag, k.constituency_id, f.flags, v.voter, (SELECT count(*) FROM online_ballots)
			FROM voter_keys k JOIN voter_flags f ON f.page = k.flag / 32000 JOIN keyed_voters v ON v.pair = k.pair WHERE k.pair = $1`,
			[]byte(pair)).Scan(&flag, &constituency, &flags, &voter, &number)
		if err != nil {
			t.Fatal(err)
		}
		flags[flag%flagsInRow/8] |= 128 >> (flag % 8)
		change(`UPDATE voter_flags SET flags = $1 WHERE page = $2`, flags, flag/flagsInRow)
		change(`INSERT INTO online_ballots (election_id, guid, constituency_id, poll_number) VALUES ($1, $2, $3, $4)`,
			c.id, guid(number, voter), constituency, vote+1)
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	e.look(t, c)
}

// post sends a vote, and closes sent once its request is written.
func (e *env) post(ctx context.Context, body string, sent chan struct{}) (status int, err error) {
	request, err := http.NewRequestWithContext(whenWritten(ctx, sent), http.MethodPost, e.url+"/vote", readerOf(body))
	if err != nil {
		return 0, err
	}
	request.Header.Set("Content-Type", "application/json")
	answer, err := e.client.Do(request)
	if err != nil {
		return 0, err
	}
	return answer.StatusCode, answer.Body.Close()
}

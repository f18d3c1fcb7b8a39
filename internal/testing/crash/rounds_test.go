package crash

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"urna/internal/testing/program"
)

var (
	rounds = flag.Int("rounds", 0, "how often TestCrash_RandomMoments kills the program; 0: as often as a few seconds allow, at most 40 times")
	seed   = flag.Uint64("seed", 0, "what TestCrash_RandomMoments draws its batches and moments from; 0: something new")
)

const (
	// A story is this many rounds on one data folder; then everything is compared, and a new one begins.
	roundsOfStory = 100
	// A token outlives kills, but not for ever.
	roundsOfToken = 20
	uploaders     = 2
	// Small enough for most batches to have several.
	chunks = "--chunk-lines=250"
	// Without -rounds the test ends after this time, wherever it is, but not before its first round.
	shortRun = 12 * time.Second
)

// A moment is when the program is killed, counted from the start of a round.
type moment struct {
	name  string
	after int           // so many batches of the round were accepted
	wait  time.Duration // and up to so much time has gone by since
}

// Uploads of a round take some ten milliseconds each, and so does counting what they brought.
var moments = []moment{
	{"while the first uploads arrive", 0, 30 * time.Millisecond},
	{"while batches wait", 1, 2 * time.Millisecond},
	{"while batches wait and more arrive", 2, 20 * time.Millisecond},
	{"while they are counted", 3, 100 * time.Millisecond},
}

// A story is a data folder, what was sent to it, and what became known of that.
type story struct {
	binary, data  string
	random        *rand.Rand
	electionID    int64
	client        *client // an official
	administrator *client

	sent     map[string]sentBatch // by SHA-256
	accepted map[int64]string     // the SHA-256 of each batch whose acceptance was answered
	out      map[int64]bool       // the batches that were retracted
	claims   uint64               // GUIDs drawn so far, which later lines may claim again

	cut, kept, waiting int            // uploads without an answer, those of them that were accepted, batches not yet counted after a kill
	unsure             map[int64]bool // batches that were to move when the program was killed
	moved, between     int            // batches retracted or restored, kills between two chunks of a batch
}

func TestCrash_RandomMoments(t *testing.T) {
	binary := program.Build(t)
	most, from := *rounds, *seed
	until := time.Now().Add(1000 * time.Hour)
	if most == 0 {
		most, until = 40, time.Now().Add(shortRun)
	}
	if from == 0 {
		from = rand.Uint64()
	}
	played := 0
	for first := 0; first < most && (played == 0 || time.Now().Before(until)) && !t.Failed(); first += roundsOfStory {
		t.Run(fmt.Sprintf("from round %d", first+1), func(t *testing.T) {
			s := &story{
				binary: binary, random: rand.New(rand.NewPCG(from, uint64(first))),
				sent: map[string]sentBatch{}, accepted: map[int64]string{}, out: map[int64]bool{},
			}
			played += s.play(t, min(roundsOfStory, most-first), until)
		})
	}
	if played == 0 {
		t.Fatal("want at least one round")
	}
	t.Logf("%d rounds, each ended by a kill; -seed %d draws the same batches and moments again", played, from)
}

// play lives through up to so many rounds, compares, and returns how many there were.
func (s *story) play(t *testing.T, most int, until time.Time) (played int) {
	t.Helper()
	var server *program.Server
	s.data, server, s.electionID = start(t, s.binary, chunks)
	s.signIn(t, server)
	for played < most && (played == 0 || time.Now().Before(until)) {
		s.round(t, server)
		played++
		server = program.Serve(t, s.binary, s.data, chunks)
		s.client.base = server.URL + "/api/v1"
		s.administrator.base = s.client.base
		if played%roundsOfToken == 0 {
			s.signIn(t, server)
		}
		s.look(t)
		if s.random.IntN(3) == 0 { // only settled batches can be retracted or restored
			s.rest(t)
		}
	}
	s.compare(t)
	server.Stop(t)
	program.Verify(t, s.binary, s.data)
	t.Logf("%d rounds: %d batches sent, %d accepted, %d uploads cut off of which %d had been accepted, "+
		"%d batches still to be counted after a kill; %d retractions and restorations; %d kills between two chunks of a batch",
		played, len(s.sent), len(s.accepted), s.cut, s.kept, s.waiting, s.moved, s.between)
	return played
}

func (s *story) signIn(t *testing.T, server *program.Server) {
	t.Helper()
	s.client = signIn(t, server.URL, official.Email, official.Password)
	s.administrator = signIn(t, server.URL, administrator.Email, administrator.Password)
}

// answer is what came back for an upload.
type answer struct {
	batch  sentBatch
	status int
	raw    []byte
	err    error
}

// round uploads from several sides until the program is killed under them.
func (s *story) round(t *testing.T, server *program.Server) {
	t.Helper()
	at := moments[s.random.IntN(len(moments))]
	wait := time.Duration(s.random.Int64N(int64(at.wait)))
	batches := make(chan sentBatch, 2*(at.after+uploaders))
	for range cap(batches) {
		b := s.draw()
		s.sent[b.sha256] = b
		batches <- b
	}
	close(batches)

	stop := make(chan struct{})
	answers := make(chan answer, cap(batches))
	var senders sync.WaitGroup
	for range uploaders {
		senders.Go(func() {
			for b := range batches {
				select {
				case <-stop:
					return
				default:
					answers <- s.upload(t, b)
				}
			}
		})
	}
	moves := s.plan()
	moving := make(chan map[int64]bool, 1)
	go func() { moving <- s.move(t, moves, stop) }()
	accepted := 0
	for accepted < at.after {
		a := <-answers
		s.keep(t, a)
		accepted++
	}
	time.Sleep(wait)
	close(stop)
	server.Kill(t)
	senders.Wait()
	s.unsure = <-moving
	s.countBetween(t)
	close(answers)
	for a := range answers {
		s.keep(t, a)
	}
}

// upload sends a batch, some of them slowly.
func (s *story) upload(t *testing.T, b sentBatch) answer {
	t.Helper()
	var body io.Reader = bytes.NewReader(b.file())
	if b.slowly {
		body = &slowReader{from: body}
	}
	a := answer{batch: b}
	path := fmt.Sprintf("/elections/%d/batches", s.electionID)
	a.status, a.raw, a.err = s.client.ask(t.Context(), http.MethodPost, path, "text/csv", body)
	return a
}

// keep notes what an answer promised. Only an answer that was cut off may be missing.
func (s *story) keep(t *testing.T, a answer) {
	t.Helper()
	if a.err != nil {
		s.cut++
		return
	}
	var accepted struct {
		ID     int64  `json:"id"`
		SHA256 string `json:"sha256"`
	}
	decode(t, a.raw, &accepted)
	if a.status != http.StatusAccepted || accepted.SHA256 != a.batch.sha256 {
		t.Fatalf("want the batch accepted under its SHA-256 %s, got %d: %s", a.batch.sha256, a.status, a.raw)
	}
	s.accepted[accepted.ID] = accepted.SHA256
}

// look reads all batches after a restart: each accepted one is there; of those that were cut off some may be.
func (s *story) look(t *testing.T) {
	t.Helper()
	found := map[int64]bool{}
	for _, b := range s.list(t) {
		found[b.ID] = true
		if b.State != "counted" && b.State != "retracted" {
			s.waiting++
		}
		out := b.State == "retracting" || b.State == "retracted"
		if out != s.out[b.ID] && !s.unsure[b.ID] {
			t.Errorf("batch %d: want the answer about its retraction kept (%v), found it %s", b.ID, s.out[b.ID], b.State)
		}
		s.out[b.ID] = out
		sha, known := s.accepted[b.ID]
		if !known {
			s.kept++
			s.accepted[b.ID] = b.SHA256
			sha = b.SHA256
		}
		if _, ours := s.sent[b.SHA256]; !ours || b.SHA256 != sha {
			t.Fatalf("batch %d has the SHA-256 %s, want %s, one of a file that was sent", b.ID, b.SHA256, sha)
		}
	}
	for id, sha := range s.accepted {
		if !found[id] {
			t.Errorf("batch %d (%s) was accepted and is gone", id, sha)
		}
	}
}

// list returns all of the election's batches.
func (s *story) list(t *testing.T) []listedBatch {
	t.Helper()
	var all []listedBatch
	for next := ""; ; {
		var page struct {
			list[listedBatch]

			Next string `json:"next"`
		}
		s.client.get(t, "/elections/"+strconv.FormatInt(s.electionID, 10)+"/batches?limit=1000"+next, &page)
		all = append(all, page.Items...)
		if page.Next == "" {
			return all
		}
		next = "&cursor=" + page.Next
	}
}

package crash

import (
	"math/rand/v2"
	"testing"
	"time"

	"urna/internal/testing/program"
)

// While the long batch is counted the others arrive and wait, and are then counted together.
const (
	longLines   = 25_000
	alikeLines  = 1_500
	alikeCount  = 24
	mergedKills = 4
	mostTries   = 5
)

// TestCrash_BatchesCountedTogether kills the program while several batches are counted together, each of them in
// part, again and again, and wants every one of them counted once and in full, in the order of acceptance.
func TestCrash_BatchesCountedTogether(t *testing.T) {
	s := &story{
		binary: program.Build(t), random: rand.New(rand.NewPCG(rand.Uint64(), 1)),
		sent: map[string]sentBatch{}, accepted: map[int64]string{}, out: map[int64]bool{},
	}
	var server *program.Server
	s.data, server, s.electionID = start(t, s.binary, chunks)
	s.signIn(t, server)
	merged := 0
	for tries := 0; merged == 0 && tries < mostTries; tries++ { // a slow machine may count each before the next arrives
		s.uploadAlike(t)
		for s.untilTogether(t) && merged < mergedKills {
			server.Kill(t)
			halves := s.halves(t)
			t.Logf("killed while %d batches were counted in part", halves)
			if halves > 1 {
				merged++
			}
			server = program.Serve(t, s.binary, s.data, chunks)
			s.client.base = server.URL + "/api/v1"
			s.look(t)
		}
	}
	if merged == 0 {
		t.Error("want the program killed while several batches were counted together")
	}
	s.compare(t)
	server.Stop(t)
	program.Verify(t, s.binary, s.data)
}

// uploadAlike uploads a long batch and many shorter ones.
func (s *story) uploadAlike(t *testing.T) {
	t.Helper()
	for number := range 1 + alikeCount {
		lines := alikeLines + s.random.IntN(alikeLines)
		if number == 0 {
			lines = longLines
		}
		b := s.drawOf(lines, false)
		s.sent[b.sha256] = b
		s.keep(t, s.upload(t, b))
	}
}

// untilTogether waits until several batches are counted in part and have moved on since it was asked; false where
// nothing waits any more.
func (s *story) untilTogether(t *testing.T) bool {
	t.Helper()
	before := int64(-1)
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		var halves, waiting, counted int64
		for _, b := range s.list(t) {
			counted += b.Valid + b.Invalid + b.Duplicates
			switch b.State {
			case "counted":
			case "processing":
				halves++
				waiting++
			default:
				waiting++
			}
		}
		if before < 0 {
			before = counted
		}
		if waiting == 0 || halves > 1 && counted > before {
			return waiting > 0
		}
	}
	t.Fatalf("want several batches counted in part within %v", patience)
	return false
}

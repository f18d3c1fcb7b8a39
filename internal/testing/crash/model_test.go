package crash

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"
)

// listedBatch is what a list of batches says of each.
type listedBatch struct {
	batch

	SHA256 string `json:"sha256"`
}

// A line claims the GUID of a number.
type line struct {
	claim uint64
	poll  int
}

// A sentBatch can be written again at any time from these few numbers.
type sentBatch struct {
	seed   uint64
	lines  int
	first  uint64 // the number of its first fresh GUID
	slowly bool
	sha256 string
}

// draw returns a new batch: mostly small, now and then of some ten thousand lines.
func (s *story) draw() sentBatch {
	lines := 1 + s.random.IntN(1<<s.random.IntN(13))
	if s.random.IntN(25) == 0 {
		lines += s.random.IntN(30_000)
	}
	return s.drawOf(lines, s.random.IntN(4) == 0)
}

// drawOf returns a new batch of so many lines.
func (s *story) drawOf(lines int, slowly bool) sentBatch {
	b := sentBatch{seed: s.random.Uint64(), lines: lines, first: s.claims, slowly: slowly}
	s.claims += uint64(b.lines)
	sum := sha256.Sum256(b.file())
	b.sha256 = hex.EncodeToString(sum[:])
	if _, same := s.sent[b.sha256]; same {
		return s.draw() // the same few lines once more would be refused
	}
	return b
}

// content returns the batch's lines: fresh GUIDs, and one in ten that any earlier line may have claimed,
// of this batch or another; one in fifty for a poll number that does not exist.
func (b sentBatch) content() []line {
	random := rand.New(rand.NewPCG(b.seed, 1))
	lines := make([]line, b.lines)
	for i := range lines {
		lines[i] = line{claim: b.first + uint64(i), poll: 1 + random.IntN(lists)}
		if lines[i].claim > 0 && random.IntN(10) == 0 {
			// Half of them look back a little way, so that batches of the same moment claim the same.
			reach := lines[i].claim
			if random.IntN(2) == 0 {
				reach = min(reach, 500)
			}
			lines[i].claim -= 1 + random.Uint64N(reach)
		}
		if random.IntN(50) == 0 {
			lines[i].poll = nobodys
		}
	}
	return lines
}

// file returns the batch as CSV.
func (b sentBatch) file() []byte {
	file := make([]byte, 0, 40*b.lines)
	for _, l := range b.content() {
		// Neighbours in number lie far apart in the ledger.
		high, low := l.claim*0x9e3779b97f4a7c15, l.claim
		file = fmt.Appendf(file, "%08x-%04x-%04x-%04x-%012x,%d\n", high>>32, high>>16&0xffff, high&0xffff, 0x8000, low, l.poll)
	}
	return file
}

// rest waits until no batch waits any more, and returns all of them.
func (s *story) rest(t *testing.T) map[int64]batch {
	t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		all, waiting := map[int64]batch{}, 0
		for _, b := range s.list(t) {
			all[b.ID] = b.batch
			if b.State != "counted" && b.State != "retracted" {
				waiting++
			}
		}
		if waiting == 0 {
			return all
		}
		if time.Now().After(deadline) {
			t.Fatalf("want no batch waiting or changing within %v, %d are not", patience, waiting)
		}
	}
}

// compare counts the accepted batches again, in the order of their ids, and wants exactly that.
func (s *story) compare(t *testing.T) {
	t.Helper()
	got := s.rest(t)
	if len(got) != len(s.accepted) {
		t.Errorf("want %d batches, got %d", len(s.accepted), len(got))
	}
	held, votes, total := map[uint64]bool{}, map[int]int64{}, batch{}
	for _, id := range slices.Sorted(maps.Keys(s.accepted)) {
		sent := s.sent[s.accepted[id]]
		want := batch{ID: id, State: "counted", Lines: int64(sent.lines), Progress: 1}
		if s.out[id] {
			if want.State = "retracted"; got[id] != want {
				t.Errorf("batch %d: want %+v, got %+v", id, want, got[id])
			}
			continue
		}
		for _, l := range sent.content() {
			switch {
			case held[l.claim]:
				want.Duplicates++
			case l.poll == nobodys:
				want.Invalid++
			default:
				want.Valid++
				votes[l.poll]++
			}
			held[l.claim] = true
		}
		if got[id] != want {
			t.Errorf("batch %d: want %+v, got %+v", id, want, got[id])
		}
		total.Valid, total.Invalid, total.Duplicates = total.Valid+want.Valid, total.Invalid+want.Invalid, total.Duplicates+want.Duplicates
	}
	s.compareResults(t, votes, total)
}

func (s *story) compareResults(t *testing.T, votes map[int]int64, total batch) {
	t.Helper()
	var r results
	s.client.get(t, "/elections/"+strconv.FormatInt(s.electionID, 10)+"/results", &r)
	if b := r.Ballots; b.Valid != total.Valid || b.Invalid != total.Invalid || b.Duplicates != total.Duplicates {
		t.Errorf("want %d valid, %d invalid, %d duplicates, got %+v", total.Valid, total.Invalid, total.Duplicates, b)
	}
	got := map[int]int64{}
	for _, candidacy := range r.Constituencies[0].Candidacies {
		if candidacy.Votes > 0 {
			got[candidacy.PollNumber] = candidacy.Votes
		}
	}
	if !maps.Equal(got, votes) {
		t.Errorf("want votes %v, got %v", votes, got)
	}
}

func decode(t *testing.T, raw []byte, into any) {
	t.Helper()
	if err := json.Unmarshal(raw, into); err != nil {
		t.Fatalf("%v in %s", err, raw)
	}
}

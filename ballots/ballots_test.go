package ballots

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestParseGUID_IsTheSameHoweverWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var g GUID
		copy(g[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "guid"))
		if g == (GUID{}) {
			return
		}
		plain := g.String()
		for _, s := range []string{
			plain, strings.ToUpper(plain), "{" + plain + "}", strings.ReplaceAll(plain, "-", ""),
		} {
			if got, ok := ParseGUID([]byte(s)); !ok || got != g {
				t.Fatalf("%s: want %s, got %s, %v", s, g, got, ok)
			}
		}
	})
}

func TestParseGUID_RefusesAnythingElse(t *testing.T) {
	const good = "5f0c7c9e-3d2b-4a57-9a0e-0f6a3b1c9d11"
	for _, s := range []string{
		"", "1", good[:35], good + "0", "{" + good, good + "}", "{" + good + "]", strings.Replace(good, "-", "_", 1),
		strings.Replace(good, "5", "g", 1), strings.Replace(good, "-", "", 1), "00000000-0000-0000-0000-000000000000",
		strings.Repeat("0", 32), "{" + strings.ReplaceAll(good, "-", "") + "}", "urn:uuid:" + good,
		"5f0c7c9e-3d2b-4a57-9a0e-0f6a3b1c9d1\xff",
	} {
		if g, ok := ParseGUID([]byte(s)); ok {
			t.Errorf("%q: want refused, got %s", s, g)
		}
	}
}

// TestChunk_EqualsPlainSort packs chunks of GUIDs that crowd together in every way, below and above the
// size from which buckets are used, and compares with a map.
func TestChunk_EqualsPlainSort(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for name, guid := range map[string]func(i int) GUID{
		"random": func(int) (g GUID) {
			for i := range g {
				g[i] = byte(random.Uint32())
			}
			return g
		},
		"few":          func(int) GUID { return GUID{3: byte(random.IntN(4)), 15: byte(random.IntN(50)) + 1} },
		"one bucket":   func(int) GUID { return GUID{9: byte(random.Uint32()), 10: byte(random.Uint32()), 15: 1} },
		"descending":   func(i int) GUID { return GUID{0: byte(^i >> 16), 1: byte(^i >> 8), 2: byte(^i), 15: 1} },
		"all the same": func(int) GUID { return GUID{7: 7} },
	} {
		for _, n := range []int{1, 2, 100, 20_000, 100_000} {
			s := NewSorter(t.TempDir(), 30_000)
			first := map[GUID]Line{}
			var duplicates, invalid []InvalidLine
			votes := make([]int64, 6)
			for i := range n {
				l := Line{Number: int64(11 + i), GUID: guid(i), PollNumber: int32(random.IntN(8))}
				if err := s.Add(l); err != nil {
					t.Fatal(err)
				}
				switch _, taken := first[l.GUID]; {
				case taken:
					duplicates = append(duplicates, InvalidLine{Line: l, Reason: DuplicateBallot})
					continue
				case l.PollNumber > 5:
					invalid = append(invalid, InvalidLine{Line: l, Reason: UnknownPollNumber})
				default:
					votes[l.PollNumber]++
				}
				first[l.GUID] = l
			}
			sorted, err := s.Sort()
			if err != nil {
				t.Fatal(err)
			}
			c, err := sorted.NextChunk(Slate{Candidacies: 5, BlankBallots: true}, n+1)
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
			if !slices.Equal(c.votes, votes) || c.ballots != len(first) {
				t.Fatalf("%s, %d: want votes %v of %d GUIDs, got %v of %d", name, n, votes, len(first), c.votes, c.ballots)
			}
			byLine := func(a, b InvalidLine) int { return int(a.Number - b.Number) }
			slices.SortFunc(c.invalid, byLine)
			slices.SortFunc(c.duplicates, byLine)
			if !slices.Equal(invalid, c.invalid) || !slices.Equal(duplicates, c.duplicates) {
				t.Fatalf("%s, %d: want %d invalid lines and %d duplicates, got others (%d, %d)",
					name, n, len(invalid), len(duplicates), len(c.invalid), len(c.duplicates))
			}
			for i := recordSize; i < len(c.records); i += recordSize {
				if bytes.Compare(c.records[i-recordSize:i-recordSize+16], c.records[i:i+16]) >= 0 {
					t.Fatalf("%s, %d: records %d and before are out of order", name, n, i/recordSize)
				}
			}
			for g, want := range first {
				if got := c.find(g); got != want {
					t.Fatalf("%s, %d: want %+v, got %+v", name, n, want, got)
				}
			}
		}
	}
}

// TestSorted_SkipGoesOnAnywhere takes a batch in chunks of any size, and again from the middle of it.
func TestSorted_SkipGoesOnAnywhere(t *testing.T) {
	const n = 5_000
	sort := func(runLines int) *Sorted {
		random := rand.New(rand.NewPCG(3, 4))
		s := NewSorter(t.TempDir(), runLines)
		t.Cleanup(func() { _ = s.Close() })
		for i := range n {
			g := GUID{0: byte(random.IntN(256)), 1: byte(random.IntN(8)), 15: 1}
			if err := s.Add(Line{Number: int64(i + 1), GUID: g, PollNumber: 1}); err != nil {
				t.Fatal(err)
			}
		}
		sorted, err := s.Sort()
		if err != nil {
			t.Fatal(err)
		}
		return sorted
	}
	take := func(s *Sorted) (all []entry) {
		for {
			e, _, ok, err := s.next()
			if err != nil {
				t.Fatal(err)
			}
			if !ok {
				return all
			}
			all = append(all, e)
		}
	}
	want := take(sort(n))
	if len(want) != n || !slices.IsSortedFunc(want, compareEntries) {
		t.Fatalf("want %d sorted lines, got %d", n, len(want))
	}
	for _, skip := range []int64{0, 1, 999, n - 1, n} {
		for _, runLines := range []int{7, 1_000, n - 1, n, n + 1} {
			s := sort(runLines)
			if err := s.Skip(skip); err != nil {
				t.Fatal(err)
			}
			if got := take(s); !slices.Equal(got, want[skip:]) {
				t.Errorf("runs of %d, %d skipped: want the same order, got another", runLines, skip)
			}
		}
	}
}

func BenchmarkSort(b *testing.B) {
	const n = 1_000_000
	guids := make([]GUID, n)
	for i := range guids {
		for j := range guids[i] {
			guids[i][j] = byte(rand.Uint32())
		}
	}
	for b.Loop() {
		s := NewSorter(b.TempDir(), 0)
		for i, g := range guids {
			if err := s.Add(Line{Number: int64(i + 1), GUID: g, PollNumber: int32(i%20 + 1)}); err != nil {
				b.Fatal(err)
			}
		}
		sorted, err := s.Sort()
		if err != nil {
			b.Fatal(err)
		}
		for {
			c, err := sorted.NextChunk(Slate{Candidacies: 20}, 200_000)
			if err != nil {
				b.Fatal(err)
			}
			if c == nil {
				break
			}
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "lines/s")
}

func BenchmarkParseGUID(b *testing.B) {
	s := []byte("5f0c7c9e-3d2b-4a57-9a0e-0f6a3b1c9d11")
	for b.Loop() {
		if _, ok := ParseGUID(s); !ok {
			b.Fatal("refused")
		}
	}
}

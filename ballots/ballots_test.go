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
		for _, n := range []int{1, 2, 100, 20_000, 70_000} {
			b := NewBuilder(Electorate{Candidacies: 5, BlankBallots: true}, n)
			b.Reset(11)
			first := map[GUID]Line{}
			var duplicates, invalid []InvalidLine
			votes := make([]int64, 6)
			for i := range n {
				l := Line{Number: int64(11 + i), GUID: guid(i), PollNumber: int32(random.IntN(8))}
				b.Add(l.GUID, l.PollNumber)
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
			c := b.Chunk()
			if !slices.Equal(c.votes, votes) || len(c.places) != len(first) {
				t.Fatalf("%s, %d: want votes %v of %d GUIDs, got %v of %d", name, n, votes, len(first), c.votes, len(c.places))
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

func BenchmarkChunk(b *testing.B) {
	const n = 500_000
	builder := NewBuilder(Electorate{Candidacies: 20}, n)
	var guids [n]GUID
	for i := range guids {
		for j := range guids[i] {
			guids[i][j] = byte(rand.Uint32())
		}
	}
	for b.Loop() {
		builder.Reset(1)
		for i, g := range guids {
			builder.Add(g, int32(i%20+1))
		}
		builder.Chunk()
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

package rehearsal

import (
	"bufio"
	"bytes"
	"io"
	"regexp"
	"strconv"
	"testing"
)

func TestBallotFiles_HoldEveryBallotOnce(t *testing.T) {
	votes := []tally{{1, 1234}, {2, 0}, {3, 1}, {12, 700}, {99_999, 65}}
	files, err := newBallotFiles(votes, 300)
	if err != nil {
		t.Fatal(err)
	}
	if want, got := 7, len(files); want != got {
		t.Fatalf("want %d files, got %d", want, got)
	}
	line := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12},(\d+)$`)
	counted, seen := map[int]int64{}, map[string]bool{}
	for _, file := range files {
		lines := bufio.NewScanner(file.open())
		for lines.Scan() {
			match := line.FindStringSubmatch(lines.Text())
			if match == nil {
				t.Fatalf("no ballot: %q", lines.Text())
			}
			if guid := lines.Text()[:guidLength]; seen[guid] {
				t.Fatalf("GUID %s was given twice", guid)
			} else {
				seen[guid] = true
			}
			poll, _ := strconv.Atoi(match[1])
			counted[poll]++
		}
	}
	for _, want := range votes {
		if got := counted[want.pollNumber]; want.ballots != got {
			t.Errorf("poll number %d: want %d ballots, got %d", want.pollNumber, want.ballots, got)
		}
	}
}

func TestBallotFile_SameBytesAgain(t *testing.T) {
	files, err := newBallotFiles([]tally{{1, 20_000}, {2, 10_000}, {99_999, 5}}, 1_000_000)
	if err != nil {
		t.Fatal(err)
	}
	once, _ := io.ReadAll(files[0].open())
	again, _ := io.ReadAll(files[0].open())
	if !bytes.Equal(once, again) {
		t.Error("the second reading differs from the first")
	}
	if want, got := files[0].size(), int64(len(once)); want != got {
		t.Errorf("want %d bytes, got %d", want, got)
	}
	others, err := newBallotFiles([]tally{{1, 20_000}, {2, 10_000}, {99_999, 5}}, 1_000_000)
	if err != nil {
		t.Fatal(err)
	}
	if other, _ := io.ReadAll(others[0].open()); bytes.Equal(once, other) {
		t.Error("two files of the same votes have the same GUIDs")
	}
}

func TestBallotFile_IsShuffled(t *testing.T) {
	files, err := newBallotFiles([]tally{{1, 5000}, {2, 5000}}, 10_000)
	if err != nil {
		t.Fatal(err)
	}
	all, _ := io.ReadAll(files[0].open())
	first := bytes.Count(all[:len(all)/2], []byte(",1\n"))
	// In order it would be 5000; at random, more than 300 away from 2500 has odds below 10^-30.
	if first < 2200 || first > 2800 {
		t.Errorf("want about 2500 ballots of the first half for number 1, got %d", first)
	}
}

func BenchmarkBallotFile(b *testing.B) {
	files, err := newBallotFiles([]tally{{1, 150_000}, {2, 90_000}, {12, 10_000}}, 250_000)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(files[0].size())
	for b.Loop() {
		if _, err := io.Copy(io.Discard, io.MultiReader(files[0].open())); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(files[0].lines())*float64(b.N)/b.Elapsed().Seconds(), "lines/s")
}

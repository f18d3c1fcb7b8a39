package batch_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"urna/ballots"
	"urna/ballots/batch"
	"urna/internal/problem"
)

// several is a file of the stations 2, 1 and 3. Its lines 3 and 9 are of one GUID, and so are 5 and 6; line 7 has an
// unknown poll number.
func several() string {
	return "guid,station,poll number\r\n" +
		fmt.Sprintf("%s,2,1\r\n%s,2,1\r\n%s,2,3\r\n", guid(1), guid(2), guid(3)) +
		fmt.Sprintf("%s,1,2\r\n%s,1,2\r\n%s,1,9\r\n", guid(4), guid(4), guid(5)) +
		fmt.Sprintf("%s,3,3\r\n%s,3,1\r\n\r\n", guid(6), guid(2))
}

func (h *env) split(content string) ([]batch.Batch, error) {
	d := batch.Delivery{
		Actor: official, ElectionID: h.election.ID, ConstituencyID: h.election.Constituencies[0].ID, FileName: "night.csv", MaySplit: true,
	}
	return h.batches.ReceiveAll(context.Background(), d, strings.NewReader(content))
}

// provedSplit wants ledger, files and tallies to agree.
func (h *env) provedSplit(t *testing.T) {
	t.Helper()
	if r := h.recount(t); len(r.Differences) != 0 {
		t.Errorf("want a recount without differences, got %+v", r.Differences)
	}
	h.provedStations(t)
}

// TestSplit_OneBatchForEachStation counts a file of three polling stations, whose lines keep their numbers.
func TestSplit_OneBatchForEachStation(t *testing.T) {
	h := open(t, t.TempDir(), batch.Options{ChunkLines: 2})
	defer h.close(t)
	stations := h.withStations(t, 3)
	got, err := h.split(several())
	if err != nil {
		t.Fatal(err)
	}
	h.start(t)
	var outcomes [][5]int64
	var uncounted []string
	for i, b := range got {
		b = h.await(t, b.ID)
		outcomes = append(outcomes, [5]int64{b.StationID - stations[0].ID + 1, b.FirstLine, b.Valid, b.Invalid, b.Duplicates})
		if b.SentSHA256 != got[0].SentSHA256 || b.SHA256 == b.SentSHA256 || b.FileName != "night.csv" {
			t.Errorf("want the part %d to name the file, got %+v", i, b)
		}
		lines, _, err := h.batches.InvalidLines(t.Context(), official, b.ID, 0, 10)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range lines {
			uncounted = append(uncounted, fmt.Sprintf("%d %s", l.Number, l.Reason))
		}
	}
	if diff := cmp.Diff([][5]int64{{2, 2, 3, 0, 0}, {1, 5, 1, 1, 1}, {3, 8, 1, 0, 1}}, outcomes); diff != "" {
		t.Errorf("station, first line, valid, invalid, duplicates (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"6 duplicate-ballot", "7 unknown-poll-number", "9 duplicate-ballot"}, uncounted); diff != "" {
		t.Errorf("lines that do not count (-want +got):\n%s", diff)
	}
	h.provedSplit(t)
	// The second line of a GUID holds it once the first part is out of the count.
	if _, err := h.batches.Retract(t.Context(), official, got[0].ID, "a test"); err != nil {
		t.Fatal(err)
	}
	h.settle(t, got[0].ID)
	if b := h.await(t, got[2].ID); b.Valid != 2 || b.Duplicates != 0 {
		t.Errorf("want the last part to inherit a ballot, got %+v", b)
	}
	h.provedSplit(t)
	if _, err := h.batches.Restore(t.Context(), official, got[0].ID, "a test"); err != nil {
		t.Fatal(err)
	}
	h.settle(t, got[0].ID)
	h.provedSplit(t)
}

// TestSplit_ADryRunForetellsEachPart compares the dry run of the file with what counting does.
func TestSplit_ADryRunForetellsEachPart(t *testing.T) {
	h := open(t, t.TempDir(), batch.Options{ChunkLines: 2})
	defer h.close(t)
	h.withStations(t, 3)
	d := batch.Delivery{Actor: official, ElectionID: h.election.ID, ConstituencyID: h.election.Constituencies[0].ID, FileName: "night.csv", MaySplit: true}
	told, err := h.batches.DryRun(t.Context(), d, strings.NewReader(several()), func() {})
	if err != nil {
		t.Fatal(err)
	}
	if told.Lines != 8 || told.Valid != 5 || told.Invalid != 1 || told.Duplicates != 2 || len(told.DuplicateLines) != 2 || told.DuplicateLines[1].Number != 9 {
		t.Errorf("want the whole file foretold, got %+v", told)
	}
	h.start(t)
	got, err := h.split(several())
	if err != nil || len(got) != len(told.Stations) {
		t.Fatal(got, err)
	}
	for i, b := range got {
		b = h.await(t, b.ID)
		want := batch.StationDryRun{
			Outcome:   ballots.Outcome{Valid: b.Valid, Invalid: b.Invalid, Duplicates: b.Duplicates},
			StationID: b.StationID, FirstLine: b.FirstLine, Lines: b.Lines,
		}
		if diff := cmp.Diff(want, told.Stations[i]); diff != "" {
			t.Errorf("part %d (-counted +foretold):\n%s", i, diff)
		}
	}
}

// TestSplit_IsRefusedWhole wants nothing of a file stored if a line of it is wrong, or a station takes no ballots.
func TestSplit_IsRefusedWhole(t *testing.T) {
	const header = "guid,poll number,station\n"
	line := func(n int, station string) string { return fmt.Sprintf("%s,1,%s\n", guid(n), station) }
	for name, c := range map[string]struct{ content, says string }{
		"an unknown station":     {header + line(1, "1") + line(2, "77"), "line 3: The constituency has no polling station 77."},
		"a station again":        {header + line(1, "1") + line(2, "2") + line(3, "1"), "line 4: The line names polling station 1 again"},
		"no station":             {header + line(1, "1") + guid(2).String() + ",1,\n", "line 3: The line does not have three values"},
		"two values":             {header + line(1, "1") + guid(2).String() + ",1\n", "line 3: The line does not have three values"},
		"no column":              {line(1, "1")[:39] + "\n", "station-needed"},
		"no header":              {line(1, "1"), "station-needed"},
		"a closed station":       {header + line(1, "1") + line(2, "3"), "station-excluded"},
		"a bad line in a part":   {header + line(1, "1") + "x,1,2\n", "line 3: The first value is not a ballot GUID"},
		"a station of elsewhere": {header + line(1, "1") + line(2, ""), "line 3"},
	} {
		t.Run(name, func(t *testing.T) {
			h := open(t, t.TempDir(), batch.Options{})
			defer h.close(t)
			stations := h.withStations(t, 3)
			h.execute(t, fmt.Sprintf(`UPDATE stations SET exclusion = 'closed', exclusion_reason = 'a flood', excluded_at = 1 WHERE id = %d`, stations[2].ID))
			_, err := h.split(c.content)
			p, ok := errors.AsType[*problem.Error](err)
			if !ok {
				t.Fatalf("want a refusal, got %v", err)
			}
			said := []string{p.Code}
			for _, f := range p.Fields {
				said = append(said, f.Name+": "+f.Message.String())
			}
			found := strings.Join(said, "\n")
			if !strings.Contains(found, c.says) {
				t.Errorf("want %q said, got %s", c.says, found)
			}
			all, err := h.batches.Batches(t.Context(), batch.Filter{})
			if err != nil || len(all) != 0 {
				t.Errorf("want no batch, got %+v, %v", all, err)
			}
			h.wantFiles(t, 0)
		})
	}
}

// TestSplit_ColumnOfOneStation takes a file with the column for one named station, and none for a place without any.
func TestSplit_ColumnOfOneStation(t *testing.T) {
	h := open(t, t.TempDir(), batch.Options{})
	defer h.close(t)
	stations := h.withStations(t, 3)
	h.start(t)
	file := "guid;station;poll number\n" + guid(1).String() + "; 1 ;2\n" + guid(2).String() + ";1;2\n"
	if b := h.await(t, h.receiveAt(t, stations[0].ID, file).ID); b.Valid != 2 || b.FirstLine != 0 {
		t.Errorf("want one batch of the file, got %+v", b)
	}
	d := batch.Delivery{Actor: official, ElectionID: h.election.ID, StationID: stations[1].ID, FileName: "a.csv", MaySplit: true}
	if _, err := h.batches.ReceiveAll(t.Context(), d, strings.NewReader(file)); !errors.Is(err, batch.ErrMalformedFile) {
		t.Errorf("want the lines of another station refused, got %v", err)
	}
	d.StationID, d.ConstituencyID = 0, h.election.Constituencies[1].ID
	if _, err := h.batches.ReceiveAll(t.Context(), d, strings.NewReader(file)); !errors.Is(err, batch.ErrMalformedFile) {
		t.Errorf("want a column without stations refused, got %v", err)
	}
	h.provedSplit(t)
}

// TestSplit_SameFileAndRestart wants the whole file recognised, and its parts counted after a restart that sweeps.
func TestSplit_SameFileAndRestart(t *testing.T) {
	path := t.TempDir()
	h := open(t, path, batch.Options{})
	h.withStations(t, 3)
	election := h.election
	got, err := h.split(several())
	if err != nil {
		t.Fatal(err)
	}
	_, err = h.split(several())
	if p, ok := errors.AsType[*problem.Error](err); !ok || p.Code != "same-file" || p.Extra["batch_id"] != got[0].ID {
		t.Errorf("want the same file refused with its first batch, got %v", err)
	}
	h.close(t)
	h = open(t, path, batch.Options{})
	defer h.close(t)
	h.election = election
	h.start(t)
	for _, b := range got {
		h.await(t, b.ID)
	}
	if orphans, err := h.batches.Orphans(); err != nil || len(orphans) != 0 {
		t.Errorf("want no orphan, got %v, %v", orphans, err)
	}
	h.provedSplit(t)
}

// TestSplit_OneConfirmation wants an upload to become all its batches at once, and once.
func TestSplit_OneConfirmation(t *testing.T) {
	h := open(t, t.TempDir(), batch.Options{Approvals: &commission{}})
	defer h.close(t)
	stations := h.withStations(t, 3)
	h.start(t)
	counted := h.await(t, h.receiveAt(t, stations[2].ID, guid(50).String()+",1\n").ID)
	d := batch.Delivery{Actor: official, ElectionID: h.election.ID, ConstituencyID: h.election.Constituencies[0].ID, FileName: "night.csv", MaySplit: true}
	u, err := h.batches.CheckIn(t.Context(), d, strings.NewReader(several()))
	if err != nil {
		t.Fatal(err)
	}
	for u.DryRun == nil {
		if u, err = h.batches.Upload(t.Context(), official.ID, u.ID); err != nil {
			t.Fatal(err)
		}
	}
	if u.Late != batch.PlaceComplete || len(u.DryRun.Stations) != 3 || u.DryRun.Stations[2].Late != batch.PlaceComplete {
		t.Errorf("want the file late for its last station, got %+v, %+v", u, u.DryRun)
	}
	if _, err := h.batches.Confirm(t.Context(), official, u.ID, 0); !errors.Is(err, batch.ErrLate) {
		t.Errorf("want it asked whether the official knows, got %v", err)
	}
	answer := batch.Answer{UploadID: u.ID, Late: true, Reason: "the boat"}
	first, err := h.batches.ConfirmAnswer(t.Context(), official, answer)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := h.batches.ConfirmAnswer(t.Context(), official, answer); err != nil || again.ID != first.ID {
		t.Errorf("want the same batch, got %+v, %v", again, err)
	}
	var states []batch.State
	for id := first.ID; id < first.ID+3; id++ {
		states = append(states, h.settle(t, id).State)
	}
	if diff := cmp.Diff([]batch.State{batch.Counted, batch.Counted, batch.Waiting}, states); diff != "" || first.ID != counted.ID+1 {
		t.Errorf("states of the parts (-want +got):\n%s", diff)
	}
	h.wantFiles(t, 2)
	h.provedSplit(t)
}

// TestSplit_VerifyNamesEachAlteration alters the rows of parts and the file.
func TestSplit_VerifyNamesEachAlteration(t *testing.T) {
	for name, c := range map[string]struct{ statement, says string }{
		"nothing":        {"", ""},
		"a part gone":    {"DELETE FROM invalid_lines; DELETE FROM batch_tallies; DELETE FROM batches WHERE first_line = 5", "the part before it ends at byte"},
		"the last one":   {"DELETE FROM invalid_lines; DELETE FROM batch_tallies; DELETE FROM batches WHERE first_line = 8", "it is the last part of its file"},
		"another offset": {"UPDATE batches SET file_offset = file_offset + 1 WHERE first_line = 5", "it begins at byte"},
		"another line":   {"UPDATE batches SET first_line = 6 WHERE first_line = 5", "line"},
		"the whole":      {"UPDATE batches SET sent_sha256 = zeroblob(32) WHERE first_line = 5", "it is a part of a file with the SHA-256"},
		"the part":       {"UPDATE batches SET sha256 = zeroblob(32) WHERE first_line = 5", "its file has"},
	} {
		t.Run(name, func(t *testing.T) {
			h := open(t, t.TempDir(), batch.Options{})
			defer h.close(t)
			h.withStations(t, 3)
			h.start(t)
			got, err := h.split(several())
			if err != nil {
				t.Fatal(err)
			}
			for _, b := range got {
				h.await(t, b.ID)
			}
			if c.statement != "" {
				h.execute(t, c.statement)
			}
			_, differences := h.compareFiles(t, filepath.Join(h.path, "spool"))
			if found := strings.Join(differences, "\n"); c.says == "" && found != "" || !strings.Contains(found, c.says) {
				t.Errorf("want %q said, got %q", c.says, found)
			}
		})
	}
}

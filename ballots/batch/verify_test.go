package batch_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"urna/ballots"
	"urna/ballots/batch"
	"urna/elections"
	"urna/internal/database"
	"urna/internal/testing/databasetest"
)

// recount recounts a folder's ledger.
func (h *env) recount(t *testing.T) ballots.Recount {
	t.Helper()
	var r ballots.Recount
	err := h.db.Write(t.Context(), func(tx *database.Tx) (err error) {
		r, err = ballots.RecountAll(t.Context(), tx, nil, nil)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// compareFiles compares all batches with the files in a folder.
func (h *env) compareFiles(t *testing.T, folder string) (n batch.FilesCount, differences []string) {
	t.Helper()
	err := h.db.Read(t.Context(), func(tx *database.Tx) error {
		all, err := h.elections.AllWithin(tx)
		if err != nil {
			return err
		}
		files := batch.Files{Folder: folder, Stored: stored(h.db), Scratch: t.TempDir()}
		n, err = files.Compare(t.Context(), tx, all, func(*elections.Election) bool { return true }, func(d ballots.Difference) {
			differences = append(differences, d.Sentence)
		})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n, differences
}

// TestRecount_NamesEachTampering goes around the program, straight into the tables, one place at a time.
func TestRecount_NamesEachTampering(t *testing.T) {
	for name, c := range map[string]struct{ statement, says string }{
		"nothing":              {"", ""},
		"a vote moved":         {"UPDATE ballots SET claim = claim + 1 WHERE guid = (SELECT min(guid) FROM ballots WHERE claim % 100000 = 1)", "poll number 2: the tally says"},
		"a ballot gone":        {"DELETE FROM ballots WHERE guid = (SELECT min(guid) FROM ballots WHERE claim % 100000 = 1)", "the ledger holds"},
		"a ballot added":       {"INSERT INTO ballots VALUES (1, randomblob(16), 1, 100001)", "poll number 1: the tally says"},
		"a ballot of no batch": {"INSERT INTO ballots VALUES (1, randomblob(16), 99, 100001)", "no batch"},
		"a valid one made bad": {"UPDATE ballots SET claim = claim + 8 WHERE guid = (SELECT min(guid) FROM ballots WHERE claim % 100000 = 1)", "invalid ballots in the ledger"},
		"the tally":            {"UPDATE constituency_tallies SET votes = votes + 1 WHERE poll_number = 1", "constituency 1, poll number 1"},
		"the batch's tally":    {"UPDATE batch_tallies SET votes = votes + 1 WHERE poll_number = 1", "batch 1, poll number 1"},
		"an unknown tally":     {"INSERT INTO constituency_tallies VALUES (1, 77, 5)", "poll number 77"},
		"a tally of no votes":  {"INSERT INTO batch_tallies VALUES (1, 77, 0)", "batch 1: a tally has no votes"},
		"another of no votes":  {"INSERT INTO constituency_tallies VALUES (1, 77, 0)", "constituency 1: a tally has no votes"},
		"totals of nothing": {`INSERT INTO constituencies (election_id, position, name, seats, registered_voters) VALUES (1, 9, 'New', 1, 0);
			INSERT INTO constituency_totals SELECT max(id), 0, 0 FROM constituencies`, "its totals are 0"},
		"the totals":             {"UPDATE constituency_totals SET invalid = invalid + 1", "the totals say"},
		"the batch's sums":       {"UPDATE batches SET valid = valid + 1, duplicates = duplicates - 1", "in the batch's sum"},
		"a line forgotten":       {"DELETE FROM invalid_lines WHERE reason = 'duplicate-ballot'", "0 duplicates listed"},
		"a duplicate of nothing": {"UPDATE invalid_lines SET guid = randomblob(16) WHERE reason = 'duplicate-ballot'", "no line holds its GUID"},
	} {
		t.Run(name, func(t *testing.T) {
			h := open(t, t.TempDir(), batch.Options{})
			defer h.close(t)
			h.start(t)
			first := string(random(40, 3))
			h.await(t, h.receive(t, first+guid(1).String()+",8\n"+first[:39]).ID)
			if c.statement != "" {
				err := h.db.Write(context.Background(), func(tx *database.Tx) error {
					_, err := tx.SQL().ExecContext(t.Context(), c.statement)
					return err
				})
				if err != nil {
					t.Fatal(err)
				}
			}
			r := h.recount(t)
			var sentences []string
			for _, d := range r.Differences {
				sentences = append(sentences, d.Sentence)
			}
			found := strings.Join(sentences, "\n")
			if c.says == "" && found != "" || !strings.Contains(found, c.says) || c.says != "" && found == "" {
				t.Errorf("want %q said, got %q", c.says, found)
			}
			if r.Batches != 1 || r.Ballots < 40 {
				t.Errorf("want one batch and its ballots compared, got %+v", r)
			}
		})
	}
}

func TestFiles_NamesADamagedFile(t *testing.T) {
	databasetest.NeedsSQLite(t, "files are in the database; TestStored_NamesADamagedFile damages them there")
	h := open(t, t.TempDir(), batch.Options{})
	defer h.close(t)
	h.start(t)
	h.await(t, h.receive(t, string(random(40, 3))).ID)
	h.await(t, h.receive(t, string(random(40, 3))).ID)
	folder := filepath.Join(h.path, "spool")
	check := func() string {
		n, differences := h.compareFiles(t, folder)
		if n.Files != 2 {
			t.Fatalf("want two files, got %+v", n)
		}
		return strings.Join(differences, "\n")
	}
	if got := check(); got != "" {
		t.Errorf("want no difference, got %s", got)
	}
	files, err := os.ReadDir(folder)
	if err != nil || len(files) != 2 {
		t.Fatal(files, err)
	}
	name := filepath.Join(folder, files[0].Name())
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	content[len(content)-2] ^= 1
	if err := os.WriteFile(name, content, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := check(); !strings.Contains(got, "SHA-256") {
		t.Errorf("want the altered byte noticed, got %q", got)
	}
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	if got := check(); !strings.Contains(got, "cannot be read") {
		t.Errorf("want the missing file named, got %q", got)
	}
}

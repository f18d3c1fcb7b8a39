package verify_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"urna/internal/app/verify"
)

// TestFolder_NamesWhatContradictsTheFiles alters the ledger together with all that is counted from it, so that they
// agree with each other, as a program with the database alone can.
func TestFolder_NamesWhatContradictsTheFiles(t *testing.T) {
	// moved moves a vote of batch 1 from list 1 to list 2, in the ledger and all tallies.
	const moved = `UPDATE ballots SET claim = claim + 1 WHERE batch_id = 1 AND claim / 100000 = 2;
		UPDATE batch_tallies SET votes = votes - 1 WHERE batch_id = 1 AND poll_number = 1; UPDATE batch_tallies SET votes = votes + 1 WHERE batch_id = 1 AND poll_number = 2;
		UPDATE constituency_tallies SET votes = votes - 1 WHERE constituency_id = 1 AND poll_number = 1;
		UPDATE constituency_tallies SET votes = votes + 1 WHERE constituency_id = 1 AND poll_number = 2`
	// gone takes batch 3 out of all tables but the log.
	const gone = `DELETE FROM ballots WHERE batch_id = 3; DELETE FROM batch_tallies WHERE batch_id = 3; DELETE FROM invalid_lines WHERE batch_id = 3;
		UPDATE constituency_tallies SET votes = votes - 2 WHERE constituency_id = 2 AND poll_number = 1;
		UPDATE constituency_tallies SET votes = votes - 8 WHERE constituency_id = 2 AND poll_number = 2;
		UPDATE constituency_tallies SET votes = votes - 1 WHERE constituency_id = 2 AND poll_number = 3; `
	betrayed(t, map[string]alteration{
		"a tally": {
			`UPDATE constituency_tallies SET votes = votes + 1 WHERE constituency_id = 1 AND poll_number = 1`, "recount",
			"constituency 1, poll number 1: the tally says",
		},
		"a vote moved in ledger and tallies": {
			moved, "files", "batch 1, line 2: its vote differs from the file: poll number 2 in the ledger, 1 in the file",
		},
		"a batch retracted by hand, its ballots left": {
			`UPDATE batches SET state = 'retracted', processed = 0, valid = 0, invalid = 0, duplicates = 0 WHERE id = 3`, "files",
			"batch 3, line 2: by no file this line holds a GUID, and the ledger says so",
		},
		"a batch that others lost a GUID to, deleted": {
			gone + `DELETE FROM batches WHERE id = 3`, "files", "batch 5, line 5: by its file this line holds a GUID, and the ledger has no ballot of it",
		},
		"a retracted batch counted by hand": {
			`UPDATE batches SET state = 'counted', processed = lines, valid = lines WHERE id = 4`, "files",
			"batch 4, line 2: by its file this line holds a GUID, and the ledger has no ballot of it",
		},
		"the holder of a GUID": {
			`UPDATE ballots SET batch_id = 2, claim = 100001 WHERE guid = x'0000000000004000800000000000000d' AND election_id = 1`, "files",
			"batch 2, line 1: the ledger says that this line holds a GUID; by the files line 14 of batch 1 does",
		},
		"a ballot gone": {
			`DELETE FROM ballots WHERE batch_id = 1 AND claim / 100000 = 3`, "files",
			"batch 1, line 3: by its file this line holds a GUID, and the ledger has no ballot of it",
		},
		"a ballot added": {
			`INSERT INTO ballots VALUES (1, randomblob(16), 1, 100001)`, "files", "batch 1, line 1: by no file this line holds a GUID, and the ledger says so",
		},
		"a line that does not count is gone": {
			`DELETE FROM invalid_lines WHERE batch_id = 2 AND line = 1`, "files", "batch 2, line 1: by the files this line does not count, and it is not listed",
		},
		"a line more that does not count": {
			`INSERT INTO invalid_lines VALUES (2, 5, x'00000000000040008000000000000011', 2, 'duplicate-ballot')`, "files",
			"batch 2, line 5: this line is listed as one that does not count; by the files it is none",
		},
		"a line of no file": {
			`INSERT INTO invalid_lines VALUES (2, 99, randomblob(16), 2, 'duplicate-ballot')`, "files", "batch 2, line 99: this line is listed as one that does not count, and no counted file has it",
		},
		"another reason": {
			`UPDATE invalid_lines SET reason = 'duplicate-ballot' WHERE batch_id = 1`, "files", "batch 1, line 15: the reason why this line does not count is another one",
		},
		"another poll number of a line that does not count": {
			`UPDATE invalid_lines SET poll_number = 8 WHERE batch_id = 1`, "files", "batch 1, line 15: the poll number of this line that does not count is another one",
		},
		"another file": {
			`UPDATE batches SET spool_file = (SELECT spool_file FROM batches WHERE id = 3) || 'x' WHERE id = 2`, "files", "batch 2: its file cannot be read",
		},
		"another SHA-256": {`UPDATE batches SET sha256 = randomblob(32) WHERE id = 2`, "files", "batch 2: its file has"},
		"fewer lines accepted": {
			`UPDATE batches SET lines = lines - 1, processed = processed - 1, valid = valid - 1 WHERE id = 3`, "files",
			"batch 3: its file has 11 lines with a ballot, and 10 were accepted",
		},
		"a batch of another place": {
			`UPDATE batches SET constituency_id = 3 WHERE id = 2`, "files", "batch 2: its constituency does not belong to its election",
		},
		"a batch of no election": {
			`UPDATE batches SET election_id = 9 WHERE id = 2`, "files", "batch 2: belongs to no election that there is",
		},
		"the order of acceptance": {
			`UPDATE batches SET id = 0 WHERE id = 2; UPDATE ballots SET batch_id = 0 WHERE batch_id = 2; UPDATE batch_tallies SET batch_id = 0 WHERE batch_id = 2;
				UPDATE invalid_lines SET batch_id = 0 WHERE batch_id = 2`, "files",
			"batch 1, line 14: the ledger says that this line holds a GUID; by the files line 1 of batch 0 does",
		},
	})
}

// TestFolder_TellsNoVoteBeforeTheEnd alters votes of an election that shows no counts yet: row and place are named, and
// neither poll numbers nor how many there are.
func TestFolder_TellsNoVoteBeforeTheEnd(t *testing.T) {
	path := folder(t)
	alter(t, path, `UPDATE ballots SET claim = claim + 1 WHERE batch_id = 7`)
	told := regexp.MustCompile(`poll number \d|[1-9]\d* votes|[1-9]\d* ballots`)
	named := false
	for _, d := range verified(t, path, verify.Options{}).Differences {
		if told.MatchString(d.Sentence) && !strings.Contains(d.Sentence, "how much is told after") {
			t.Errorf("want no vote told, got %q", d.Sentence)
		}
		if d.Check == "files" {
			named = named || d.Table == "ballots" && d.Row == "batch 7, line 2" && d.Place == "election 3, constituency 4" &&
				d.Sentence == "batch 7, line 2: its vote differs from the file; how is told after the election has ended"
		}
	}
	if !named {
		t.Error("want line 2 of batch 7 named")
	}
}

// TestFolder_AFileThatIsNoBallotFile damages files: an officials' vote changed in the file, and a line cut.
func TestFolder_AFileThatIsNoBallotFile(t *testing.T) {
	for name, c := range map[string]struct {
		from, to string
		want     []string
	}{
		"a vote": {",1\n", ",3\n", []string{"its file has", "its vote differs from the file: poll number 1 in the ledger, 3 in the file"}},
		"a line": {",1\n", "\n", []string{"line 1 of its file is no ballot", "its file has"}},
	} {
		t.Run(name, func(t *testing.T) {
			path := folder(t)
			spooled := fileWith(t, path, ballotLines(1, 1, 1, 2, 2, 3))
			altered := strings.Replace(ballotLines(1, 1, 1, 2, 2, 3), c.from, c.to, 1)
			if err := os.WriteFile(spooled, []byte(altered), 0o600); err != nil {
				t.Fatal(err)
			}
			report := verified(t, path, verify.Options{})
			for _, want := range c.want {
				found := false
				for _, d := range report.Differences {
					found = found || strings.HasPrefix(d.Sentence, "batch 6") && strings.Contains(d.Sentence, want)
				}
				if !found {
					t.Errorf("want %q, got %+v", want, report.Differences)
				}
			}
			// Beside heads and witnesses, which a folder alone does not have.
			if skipped := len(report.NotChecked) > 2; skipped != (name == "a line") {
				t.Errorf("want it said whether the ledger was not compared, got %+v", report.NotChecked)
			}
		})
	}
}

// fileWith returns the accepted file with a content.
func fileWith(t *testing.T, path, content string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(path, "spool", "*.csv"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if got, err := os.ReadFile(name); err == nil && string(got) == content {
			return name
		}
	}
	t.Fatal("want the file in the spool folder")
	return ""
}

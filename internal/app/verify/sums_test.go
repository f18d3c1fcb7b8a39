package verify_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"urna/internal/app"
	"urna/internal/app/verify"
	"urna/internal/testing/apptest"
	"urna/internal/testing/clock"
)

// Statements on the votes of constituency 4, whose election is open. Its unused keys are roll 3, its used ones in roll
// 2.
const (
	ballotFor1   = `(SELECT min(guid) FROM online_ballots WHERE constituency_id = 4 AND poll_number = 1)`
	oneMoreFor1  = `UPDATE online_tallies SET votes = votes + 1 WHERE constituency_id = 4 AND poll_number = 1; `
	oneLessFor1  = `UPDATE online_tallies SET votes = votes - 1, shown = 0 WHERE constituency_id = 4 AND poll_number = 1; `
	unusedSet    = `UPDATE voter_flags SET flags = x'80' WHERE roll_id = 3; `
	usedNotSet   = `UPDATE voter_flags SET flags = unhex(printf('%04x', 65535 - (32768 >> (SELECT min(flag) % 32000 FROM voter_keys WHERE roll_id = 2 AND constituency_id = 4)))) WHERE roll_id = 2; `
	ballotAdded  = `INSERT INTO online_ballots VALUES (3, randomblob(16), 4, 1); `
	ballotGone   = `DELETE FROM online_ballots WHERE guid = ` + ballotFor1 + `; `
	notOfThe4    = "election 3, constituency 4: its online ballots are not those of its running sum"
	keysOfThe4   = "election 3, constituency 4: its used voter keys are not as many as its running sum says"
	notOfTheEven = "election 1, constituency 1: its online ballots are not those that event"
)

// TestFolder_NamesWhatContradictsTheOnlineSums alters online ballots, their tallies and the flags of keys so that they
// agree with each other, and in parts.
func TestFolder_NamesWhatContradictsTheOnlineSums(t *testing.T) {
	const changed = `UPDATE online_ballots SET poll_number = 2 WHERE guid = ` + ballotFor1
	betrayed(t, map[string]alteration{
		"a ballot added":                           {ballotAdded, "online sums", notOfThe4},
		"a ballot added with its tally":            {ballotAdded + oneMoreFor1, "online sums", notOfThe4},
		"a ballot added with tally and flag":       {ballotAdded + oneMoreFor1 + unusedSet, "online sums", notOfThe4},
		"a ballot removed":                         {ballotGone, "online sums", notOfThe4},
		"a ballot removed with tally and flag":     {ballotGone + oneLessFor1 + usedNotSet, "online sums", notOfThe4},
		"a ballot replaced by another":             {ballotGone + ballotAdded, "online sums", notOfThe4},
		"a ballot with another number":             {`UPDATE online_ballots SET guid = randomblob(16) WHERE guid = ` + ballotFor1, "online sums", notOfThe4},
		"a candidate changed":                      {changed, "online sums", notOfThe4},
		"a candidate changed with the tallies":     {oneLessFor1 + changed + `; UPDATE online_tallies SET votes = votes + 1 WHERE constituency_id = 4 AND poll_number = 2`, "online sums", notOfThe4},
		"two ballots' constituencies exchanged":    {`UPDATE online_ballots SET constituency_id = 9 - constituency_id WHERE guid IN (SELECT min(guid) FROM online_ballots WHERE election_id = 3 AND poll_number = 1 GROUP BY constituency_id)`, "online sums", notOfThe4},
		"a ballot of another length":               {`INSERT INTO online_ballots VALUES (3, randomblob(9), 4, 1)`, "online sums", "election 3, constituency 4: online ballots have a number that this program does not give"},
		"a flag added":                             {unusedSet, "online sums", keysOfThe4},
		"a flag added with a tally":                {oneMoreFor1 + unusedSet, "online sums", keysOfThe4},
		"a flag removed":                           {usedNotSet, "online sums", keysOfThe4},
		"a flag removed with a tally":              {oneLessFor1 + usedNotSet, "online sums", keysOfThe4},
		"a sum of another constituency":            {`UPDATE online_sums SET (used, nonce, sum) = (SELECT used, nonce, sum FROM online_sums WHERE constituency_id = 5) WHERE constituency_id = 4`, "online sums", notOfThe4},
		"a sum with another number of keys":        {`UPDATE online_sums SET used = x'0000000000000009' WHERE constituency_id = 4`, "online sums", notOfThe4},
		"a sum removed":                            {`DELETE FROM online_sums WHERE constituency_id = 4`, "online sums", "election 3, constituency 4: the running sum of its online ballots is missing"},
		"all sums removed with their beginning":    {`DELETE FROM online_sums; DELETE FROM online_sum_starts`, "log", "online_sum_starts election_id 3: the row is missing"},
		"a closed election's candidate changed":    {`UPDATE online_ballots SET poll_number = 2 WHERE guid = (SELECT min(guid) FROM online_ballots WHERE constituency_id = 1 AND poll_number = 1)`, "online sums", notOfTheEven},
		"a closed election's ballot added":         {`INSERT INTO online_ballots VALUES (1, randomblob(16), 1, 1)`, "online sums", notOfTheEven},
		"a closed election's ballots exchanged":    {`UPDATE online_ballots SET constituency_id = 3 - constituency_id WHERE guid IN (SELECT min(guid) FROM online_ballots WHERE election_id = 1 AND poll_number = 1 GROUP BY constituency_id)`, "online sums", notOfTheEven},
		"a closed election's constituency emptied": {`DELETE FROM online_ballots WHERE constituency_id = 1`, "online sums", notOfTheEven},
	})
}

// sumDifferences returns the differences of the check and the parts that it could not compare.
func sumDifferences(t *testing.T, path string) (differences []verify.Difference, unchecked string) {
	t.Helper()
	report := verified(t, path, verify.Options{})
	for _, d := range report.Differences {
		if d.Check == "online sums" {
			differences = append(differences, d)
		}
	}
	var sentences []string
	for _, n := range report.NotChecked {
		if n.Check == "online sums" {
			sentences = append(sentences, n.Sentence)
		}
	}
	return differences, strings.Join(sentences, "\n")
}

// TestFolder_OnlineSumsTellNoVotes wants table, row and place of an alteration, and neither poll numbers nor votes.
func TestFolder_OnlineSumsTellNoVotes(t *testing.T) {
	path := folder(t)
	alter(t, path, `DELETE FROM online_ballots WHERE guid = `+ballotFor1+`; `+oneLessFor1+usedNotSet)
	differences, _ := sumDifferences(t, path)
	places := map[string]bool{}
	number := regexp.MustCompile(`\d+`)
	for _, d := range differences {
		places[d.Table+": "+d.Row+" in "+d.Place] = true
		if numbers := number.FindAllString(d.Sentence, -1); !slices.Equal(numbers, []string{"3", "4"}) {
			t.Errorf("want no numbers but those of election and constituency, got %q", d.Sentence)
		}
	}
	for _, table := range []string{"online_ballots", "voter_flags"} {
		if want := table + ": constituency 4 in election 3, constituency 4"; !places[want] {
			t.Errorf("want %q, got %v", want, places)
		}
	}
}

// TestFolder_OnlineBallotsWithoutTheSecret removes voters.key: the running sums cannot be compared, which is said, and
// the ballots of a closed election can.
func TestFolder_OnlineBallotsWithoutTheSecret(t *testing.T) {
	path := folder(t)
	if err := os.Remove(filepath.Join(path, "voters.key")); err != nil {
		t.Fatal(err)
	}
	alter(t, path, `UPDATE online_ballots SET poll_number = 4 - poll_number WHERE guid IN (SELECT min(guid) FROM online_ballots WHERE poll_number = 1 GROUP BY constituency_id)`)
	differences, unchecked := sumDifferences(t, path)
	if len(differences) != 2 || differences[0].Place != "election 1, constituency 1" || differences[1].Place != "election 1, constituency 2" {
		t.Errorf("want the closed election's constituencies named, got %+v", differences)
	}
	if !strings.Contains(unchecked, "the right voters.key is not in this folder") {
		t.Errorf("want it said that running sums were not compared, got %q", unchecked)
	}
}

// TestFolder_SumsBeginOnce removes the sums after ballots were altered, and starts the program, which would begin them
// with the altered ballots.
func TestFolder_SumsBeginOnce(t *testing.T) {
	path := folder(t)
	alter(t, path, ballotAdded+oneMoreFor1+unusedSet+`DELETE FROM online_sums; DELETE FROM online_sum_starts`)
	o := apptest.Options(&clock.Clock{})
	o.Parts, o.Lock = app.Everything, true
	a, err := app.Open(t.Context(), path, o)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	for _, d := range verified(t, path, verify.Options{}).Differences {
		if d.Check == "log" && strings.Contains(d.Sentence, "online_sum_starts election_id 3") {
			return
		}
	}
	t.Error("want the second beginning betrayed")
}

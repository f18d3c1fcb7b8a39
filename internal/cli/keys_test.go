package cli

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"urna/ballots/online"
	"urna/elections"
	"urna/internal/app"
	"urna/internal/app/datafolder"
	"urna/internal/testing/apptest"
)

// keysDesk is a data folder with an open election, and a command line on it.
type keysDesk struct {
	data, folder string
	poll         *apptest.Poll
}

func newKeysDesk(t *testing.T, change func(*elections.Draft)) *keysDesk {
	t.Helper()
	d := &keysDesk{data: t.TempDir(), folder: t.TempDir()}
	d.poll = apptest.NewPoll(t, d.data, 3, change)
	return d
}

// run runs `urna keys` for the election, and returns the exit code and what was printed.
func (d *keysDesk) run(input, command string, flags ...string) (code int, out, errs string) {
	var o, e bytes.Buffer
	args := append([]string{"keys", command, "--data", d.data, "--election", strconv.FormatInt(d.poll.ElectionID, 10)}, flags...)
	code = Main(args, &Streams{In: strings.NewReader(input), Out: &o, Err: &e})
	return code, o.String(), e.String()
}

// refused wants exit 1, nothing on standard output, and the words.
func (d *keysDesk) refused(t *testing.T, words, input, command string, flags ...string) {
	t.Helper()
	if code, out, errs := d.run(input, command, flags...); code != 1 || out != "" || !strings.Contains(errs, words) {
		t.Errorf("%s %q: want exit 1 and %q, got %d, %q, %q", command, flags, words, code, out, errs)
	}
}

// done wants exit 0 and the words on standard output, which it returns.
func (d *keysDesk) done(t *testing.T, words, input, command string, flags ...string) string {
	t.Helper()
	code, out, errs := d.run(input, command, flags...)
	if code != 0 || errs != "" || !strings.Contains(out, words) {
		t.Errorf("%s %q: want exit 0 and %q, got %d, %q, %q", command, flags, words, code, out, errs)
	}
	return out
}

func (d *keysDesk) file(name string) string { return filepath.Join(d.folder, name) }

// vote casts a vote with a key.
func (d *keysDesk) vote(t *testing.T, personalID, guid string) error {
	t.Helper()
	f, err := openFolder(t.Context(), d.data, app.Options{Parts: app.VoterKeys, Votes: online.Options{GroupVotes: 1}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	votes := f.Votes
	if err := votes.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer votes.Stop()
	return votes.Cast(t.Context(), online.Vote{Credentials: online.Credentials{PersonalID: personalID, GUID: guid}, Candidate: "1"})
}

// TestKeys_UnknownElectionMakesNoSecret mistypes the election in a folder without voter keys.
func TestKeys_UnknownElectionMakesNoSecret(t *testing.T) {
	d := newKeysDesk(t, nil)
	secret := filepath.Join(d.data, datafolder.VotersKey)
	if err := os.Remove(secret); err != nil {
		t.Fatal(err)
	}
	existing := d.poll.ElectionID
	d.poll.ElectionID = 4711
	d.refused(t, "There is no such election", "", "count")
	if _, err := os.Stat(secret); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("want no %s, got %v", secret, err)
	}
	d.poll.ElectionID = existing
	d.refused(t, datafolder.VotersKey, "", "count") // its three voters have keys
}

func TestKeys_IssueAndLetters(t *testing.T) {
	d := newKeysDesk(t, nil)
	const roll = "personal_id;name\na;Ana\nb;Boris\nc;\n"
	out, letters := d.file("keys.csv"), d.file("letters.html")
	d.done(t, "3 keys issued with roll 2; they are in "+out+" and nowhere else\n", roll, "issue",
		"--roll", "-", "--out", out, "--letters", letters, "--url", "https://vote.example.org")
	content, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := csv.NewReader(bytes.NewReader(content)).ReadAll()
	if err != nil || len(keys) != 4 || keys[1][0] != "a" || keys[1][3] != "Ana" {
		t.Fatalf("want a key a line, got %q, %v", keys, err)
	}
	for _, name := range []string{out, letters} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: want a file for its owner alone, got %v, %v", name, info, err)
		}
	}
	if err := d.vote(t, keys[1][0], keys[1][1]); err != nil {
		t.Errorf("want a key that votes, got %v", err)
	}
	d.done(t, "6 keys\nroll 2: 3 keys, issued since ", "", "count")
	part := d.file("part.html")
	d.done(t, "", "", "letters", "--keys", out, "--url", "https://vote.example.org", "--out", part, "--first", "2", "--most", "1")
	if page, err := os.ReadFile(part); err != nil || strings.Count(string(page), `data-testid="letter"`) != 1 || !strings.Contains(string(page), "Boris") {
		t.Errorf("want the second letter alone, got %v", err)
	}
	both := d.file("both.html")
	d.done(t, "", string(content), "letters", "--keys", "-", "--url", "https://vote.example.org", "--out", both)
	one, err := os.ReadFile(letters)
	two, err2 := os.ReadFile(both)
	if err != nil || err2 != nil || !bytes.Equal(one, two) {
		t.Errorf("want the same letters from the file as at once, got %v, %v", err, err2)
	}

	d.refused(t, "keys.csv", "", "letters", "--keys", d.file("keys.csv.none"), "--url", "https://h", "--out", d.file("x"))
	d.refused(t, "address", string(content), "letters", "--keys", "-", "--url", "vote.example.org", "--out", d.file("x"))
	d.refused(t, "exists", string(content), "letters", "--keys", "-", "--url", "https://h", "--out", letters)
	d.refused(t, "", "no,keys\n", "letters", "--keys", "-", "--url", "https://h", "--out", d.file("x"))
	if _, err := os.Stat(d.file("x")); err == nil {
		t.Error("want no file left of letters that were refused")
	}
}

func TestKeys_RefusedRollsIssueNothing(t *testing.T) {
	d := newKeysDesk(t, nil)
	held, out := d.file("held"), d.file("out")
	if err := os.WriteFile(held, []byte("something else"), 0o600); err != nil {
		t.Fatal(err)
	}
	has := d.poll.Keys[0].PersonalID
	d.refused(t, "line 3: This personal id is already on line 1", "a\nb\na\n", "issue", "--roll", "-", "--out", out)
	d.refused(t, "line 2: This person has a key", "a\n"+has+"\n", "issue", "--roll", "-", "--out", out)
	d.refused(t, "no voter", "", "issue", "--roll", "-", "--out", out)
	d.refused(t, "no such file", "", "issue", "--roll", d.file("none"), "--out", out)
	d.refused(t, "exists", "a\n", "issue", "--roll", "-", "--out", held)
	d.refused(t, "address", "a\n", "issue", "--roll", "-", "--out", out, "--letters", d.file("letters"), "--url", "nowhere")
	d.refused(t, "address", "a\n", "issue", "--roll", "-", "--out", out, "--letters", d.file("letters"))
	if _, err := os.Stat(out); err == nil {
		t.Error("want no file of keys that were not issued")
	}
	if content, err := os.ReadFile(held); err != nil || string(content) != "something else" {
		t.Errorf("want nothing overwritten, got %q, %v", content, err)
	}
	d.done(t, "3 keys\nroll 1: 3 keys, issued since ", "", "count")
	// Keys whose letters cannot be written are withdrawn: their voters may not have them.
	d.refused(t, "could not be written, so they are withdrawn", "a\n", "issue", "--roll", "-", "--out", out, "--letters", d.file("letters"),
		"--url", "https://h/"+strings.Repeat("too-long-for-a-picture", 200))
	d.done(t, "3 keys\nroll 2: 1 keys, withdrawn since ", "", "count")
	if _, err := os.Stat(out); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("want no file of dead keys, got %v", err)
	}

	if code, _, errs := d.run("", "issue"); code != 2 || !strings.Contains(errs, "--out") {
		t.Errorf("want exit 2 without flags, got %d, %s", code, errs)
	}
	d.poll.ElectionID = 4711
	d.refused(t, "There is no such election", "a\n", "issue", "--roll", "-", "--out", out)
	d.data = d.file("nowhere")
	d.refused(t, "nowhere", "a\n", "issue", "--roll", "-", "--out", out)
}

func TestKeys_RevokeReissueWithdraw(t *testing.T) {
	d := newKeysDesk(t, nil)
	keys := d.poll.Keys
	reissued, err := csv.NewReader(strings.NewReader(d.done(t, keys[0].PersonalID, "", "revoke", "--personal-id", keys[0].PersonalID, "--reissue"))).ReadAll()
	if err != nil || len(reissued) != 2 || reissued[1][1] == keys[0].GUID {
		t.Fatalf("want another key on standard output, got %q, %v", reissued, err)
	}
	if err := d.vote(t, keys[0].PersonalID, keys[0].GUID); err == nil {
		t.Error("want the old key dead")
	}
	if err := d.vote(t, reissued[1][0], reissued[1][1]); err != nil {
		t.Errorf("want the new key good, got %v", err)
	}
	d.refused(t, "has voted already", "", "revoke", "--personal-id", keys[0].PersonalID, "--reissue")
	d.refused(t, "has voted already", "", "revoke", "--personal-id", keys[0].PersonalID)
	d.refused(t, "no key for this personal id", "", "revoke", "--personal-id", "nobody")
	d.done(t, "revoked\n", "", "revoke", "--personal-id", keys[1].PersonalID)
	d.refused(t, "no key for this personal id", "", "revoke", "--personal-id", keys[1].PersonalID, "--reissue")
	d.done(t, "2 keys\nroll 1: 3 keys, issued since ", "", "count")

	d.refused(t, "no such roll", "", "withdraw", "--roll", "2")
	d.done(t, "roll 1 withdrawn\n", "", "withdraw", "--roll", "1")
	d.refused(t, "no such roll", "", "withdraw", "--roll", "1")
	d.done(t, "1 keys\nroll 1: 3 keys, withdrawn since ", "", "count")
	if err := d.vote(t, keys[2].PersonalID, keys[2].GUID); err == nil {
		t.Error("want the withdrawn key dead")
	}
	var out, errs bytes.Buffer
	if code := Main([]string{"verify", "--data", d.data}, &Streams{In: strings.NewReader(""), Out: &out, Err: &errs}); code != 0 {
		t.Errorf("want the folder in order, got %s%s", &out, &errs)
	}
}

// TestKeys_NeverAfterTheEnd changes keys of an election that has ended meanwhile.
func TestKeys_NeverAfterTheEnd(t *testing.T) {
	d := newKeysDesk(t, nil)
	d.done(t, "1 keys issued", "late\n", "issue", "--roll", "-", "--out", d.file("in-time"))
	tamper(t, d.data, fmt.Sprintf(`UPDATE elections SET ends_at = %d`, time.Now().UnixMilli()))
	const words = "until an election ends"
	d.refused(t, words, "later\n", "issue", "--roll", "-", "--out", d.file("out"))
	d.refused(t, words, "", "revoke", "--personal-id", d.poll.Keys[0].PersonalID)
	d.refused(t, words, "", "revoke", "--personal-id", d.poll.Keys[0].PersonalID, "--reissue")
	d.refused(t, words, "", "withdraw", "--roll", "1")
	d.done(t, "4 keys\n", "", "count")
}

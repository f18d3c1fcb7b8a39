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

// keysEnv is a data folder with an open election, and a command line on it.
type keysEnv struct {
	data, folder string
	poll         *apptest.Poll
}

func newKeysEnv(t *testing.T, change func(*elections.Draft)) *keysEnv {
	t.Helper()
	k := &keysEnv{data: t.TempDir(), folder: t.TempDir()}
	k.poll = apptest.NewPoll(t, k.data, 3, change)
	return k
}

// run runs `urna keys` for the election, and returns the exit code and what was printed.
func (k *keysEnv) run(input, command string, flags ...string) (code int, out, errs string) {
	var o, e bytes.Buffer
	args := append([]string{"keys", command, "--data", k.data, "--election", strconv.FormatInt(k.poll.ElectionID, 10)}, flags...)
	code = Main(args, &Streams{In: strings.NewReader(input), Out: &o, Err: &e})
	return code, o.String(), e.String()
}

// refused wants exit 1, nothing on standard output, and the words.
func (k *keysEnv) refused(t *testing.T, words, input, command string, flags ...string) {
	t.Helper()
	if code, out, errs := k.run(input, command, flags...); code != 1 || out != "" || !strings.Contains(errs, words) {
		t.Errorf("%s %q: want exit 1 and %q, got %d, %q, %q", command, flags, words, code, out, errs)
	}
}

// done wants exit 0 and the words on standard output, which it returns.
func (k *keysEnv) done(t *testing.T, words, input, command string, flags ...string) string {
	t.Helper()
	code, out, errs := k.run(input, command, flags...)
	if code != 0 || errs != "" || !strings.Contains(out, words) {
		t.Errorf("%s %q: want exit 0 and %q, got %d, %q, %q", command, flags, words, code, out, errs)
	}
	return out
}

func (k *keysEnv) file(name string) string { return filepath.Join(k.folder, name) }

// vote casts a vote with a key.
func (k *keysEnv) vote(t *testing.T, personalID, guid string) error {
	t.Helper()
	f, err := openFolder(t.Context(), k.data, app.Options{Parts: app.VoterKeys, Votes: online.Options{GroupVotes: 1}})
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
	k := newKeysEnv(t, nil)
	secret := filepath.Join(k.data, datafolder.VotersKey)
	if err := os.Remove(secret); err != nil {
		t.Fatal(err)
	}
	existing := k.poll.ElectionID
	k.poll.ElectionID = 4711
	k.refused(t, "There is no such election", "", "count")
	if _, err := os.Stat(secret); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("want no %s, got %v", secret, err)
	}
	k.poll.ElectionID = existing
	k.refused(t, datafolder.VotersKey, "", "count") // its three voters have keys
}

func TestKeys_IssueAndLetters(t *testing.T) {
	k := newKeysEnv(t, nil)
	const roll = "personal_id;name\na;Ana\nb;Boris\nc;\n"
	out, letters := k.file("keys.csv"), k.file("letters.html")
	k.done(t, "3 keys issued with roll 2, not sealed; they are in "+out+" and nowhere else\n", roll, "issue",
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
	if err := k.vote(t, keys[1][0], keys[1][1]); err != nil {
		t.Errorf("want a key that votes, got %v", err)
	}
	k.done(t, "6 keys\nroll 2: 3 keys, issued since ", "", "count")
	part := k.file("part.html")
	k.done(t, "", "", "letters", "--keys", out, "--url", "https://vote.example.org", "--out", part, "--first", "2", "--most", "1")
	if page, err := os.ReadFile(part); err != nil || strings.Count(string(page), `data-testid="letter"`) != 1 || !strings.Contains(string(page), "Boris") {
		t.Errorf("want the second letter alone, got %v", err)
	}
	both := k.file("both.html")
	k.done(t, "", string(content), "letters", "--keys", "-", "--url", "https://vote.example.org", "--out", both)
	one, err := os.ReadFile(letters)
	two, err2 := os.ReadFile(both)
	if err != nil || err2 != nil || !bytes.Equal(one, two) {
		t.Errorf("want the same letters from the file as at once, got %v, %v", err, err2)
	}

	k.refused(t, "keys.csv", "", "letters", "--keys", k.file("keys.csv.none"), "--url", "https://h", "--out", k.file("x"))
	k.refused(t, "address", string(content), "letters", "--keys", "-", "--url", "vote.example.org", "--out", k.file("x"))
	k.refused(t, "exists", string(content), "letters", "--keys", "-", "--url", "https://h", "--out", letters)
	k.refused(t, "", "no,keys\n", "letters", "--keys", "-", "--url", "https://h", "--out", k.file("x"))
	if _, err := os.Stat(k.file("x")); err == nil {
		t.Error("want no file left of letters that were refused")
	}
}

func TestKeys_RefusedRollsIssueNothing(t *testing.T) {
	k := newKeysEnv(t, nil)
	held, out := k.file("held"), k.file("out")
	if err := os.WriteFile(held, []byte("something else"), 0o600); err != nil {
		t.Fatal(err)
	}
	has := k.poll.Keys[0].PersonalID
	k.refused(t, "line 3: This personal id is already on line 1", "a\nb\na\n", "issue", "--roll", "-", "--out", out)
	k.refused(t, "line 2: This person has a key", "a\n"+has+"\n", "issue", "--roll", "-", "--out", out)
	k.refused(t, "no voter", "", "issue", "--roll", "-", "--out", out)
	k.refused(t, "no such file", "", "issue", "--roll", k.file("none"), "--out", out)
	k.refused(t, "exists", "a\n", "issue", "--roll", "-", "--out", held)
	k.refused(t, "address", "a\n", "issue", "--roll", "-", "--out", out, "--letters", k.file("letters"), "--url", "nowhere")
	k.refused(t, "address", "a\n", "issue", "--roll", "-", "--out", out, "--letters", k.file("letters"))
	if _, err := os.Stat(out); err == nil {
		t.Error("want no file of keys that were not issued")
	}
	if content, err := os.ReadFile(held); err != nil || string(content) != "something else" {
		t.Errorf("want nothing overwritten, got %q, %v", content, err)
	}
	k.done(t, "3 keys\nroll 1: 3 keys, issued since ", "", "count")
	// Keys whose letters cannot be written are withdrawn: their voters may not have them.
	k.refused(t, "could not be written, so they are withdrawn", "a\n", "issue", "--roll", "-", "--out", out, "--letters", k.file("letters"),
		"--url", "https://h/"+strings.Repeat("too-long-for-a-picture", 200))
	k.done(t, "3 keys\nroll 2: 1 keys, withdrawn since ", "", "count")
	if _, err := os.Stat(out); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("want no file of dead keys, got %v", err)
	}

	if code, _, errs := k.run("", "issue"); code != 2 || !strings.Contains(errs, "--out") {
		t.Errorf("want exit 2 without flags, got %d, %s", code, errs)
	}
	k.poll.ElectionID = 4711
	k.refused(t, "There is no such election", "a\n", "issue", "--roll", "-", "--out", out)
	k.data = k.file("nowhere")
	k.refused(t, "nowhere", "a\n", "issue", "--roll", "-", "--out", out)
}

func TestKeys_RevokeReissueWithdraw(t *testing.T) {
	k := newKeysEnv(t, nil)
	keys := k.poll.Keys
	reissued, err := csv.NewReader(strings.NewReader(k.done(t, keys[0].PersonalID, "", "revoke", "--personal-id", keys[0].PersonalID, "--reissue"))).ReadAll()
	if err != nil || len(reissued) != 2 || reissued[1][1] == keys[0].GUID {
		t.Fatalf("want another key on standard output, got %q, %v", reissued, err)
	}
	if err := k.vote(t, keys[0].PersonalID, keys[0].GUID); err == nil {
		t.Error("want the old key dead")
	}
	if err := k.vote(t, reissued[1][0], reissued[1][1]); err != nil {
		t.Errorf("want the new key good, got %v", err)
	}
	k.refused(t, "has voted already", "", "revoke", "--personal-id", keys[0].PersonalID, "--reissue")
	k.refused(t, "has voted already", "", "revoke", "--personal-id", keys[0].PersonalID)
	k.refused(t, "no key for this personal id", "", "revoke", "--personal-id", "nobody")
	k.done(t, "revoked\n", "", "revoke", "--personal-id", keys[1].PersonalID)
	k.refused(t, "no key for this personal id", "", "revoke", "--personal-id", keys[1].PersonalID, "--reissue")
	k.done(t, "2 keys\nroll 1: 3 keys, issued since ", "", "count")

	k.refused(t, "no such roll", "", "withdraw", "--roll", "2")
	k.done(t, "roll 1 withdrawn\n", "", "withdraw", "--roll", "1")
	k.refused(t, "no such roll", "", "withdraw", "--roll", "1")
	k.done(t, "1 keys\nroll 1: 3 keys, withdrawn since ", "", "count")
	if err := k.vote(t, keys[2].PersonalID, keys[2].GUID); err == nil {
		t.Error("want the withdrawn key dead")
	}
	var out, errs bytes.Buffer
	if code := Main([]string{"verify", "--data", k.data}, &Streams{In: strings.NewReader(""), Out: &out, Err: &errs}); code != 0 {
		t.Errorf("want the folder in order, got %s%s", &out, &errs)
	}
}

// TestKeys_NeverAfterTheEnd changes keys of an election that has ended meanwhile.
func TestKeys_NeverAfterTheEnd(t *testing.T) {
	k := newKeysEnv(t, nil)
	k.done(t, "1 keys issued", "late\n", "issue", "--roll", "-", "--out", k.file("in-time"))
	tamper(t, k.data, fmt.Sprintf(`UPDATE elections SET ends_at = %d`, time.Now().UnixMilli()))
	const words = "until an election ends"
	k.refused(t, words, "later\n", "issue", "--roll", "-", "--out", k.file("out"))
	k.refused(t, words, "", "revoke", "--personal-id", k.poll.Keys[0].PersonalID)
	k.refused(t, words, "", "revoke", "--personal-id", k.poll.Keys[0].PersonalID, "--reissue")
	k.refused(t, words, "", "withdraw", "--roll", "1")
	k.done(t, "4 keys\n", "", "count")
}

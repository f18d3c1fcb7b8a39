package crash

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"urna/internal/database"
	"urna/internal/testing/apptest"
	"urna/internal/testing/databasetest"
	"urna/internal/testing/program"
)

// keyCommands runs `urna keys` on a data folder.
type keyCommands struct {
	binary, data, folder, election string
}

func (k keyCommands) command(t *testing.T, input io.Reader, args ...string) *exec.Cmd {
	t.Helper()
	command := exec.CommandContext(t.Context(), k.binary, append([]string{"keys", args[0], "--data", k.data, "--election", k.election}, args[1:]...)...)
	command.Stdin = input
	return command
}

// begin starts to issue a roll's keys into a file.
func (k keyCommands) begin(t *testing.T, roll io.Reader, name string) *exec.Cmd {
	t.Helper()
	command := k.command(t, roll, "issue", "--roll", "-", "--out", filepath.Join(k.folder, name))
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	return command
}

// issue issues a roll's keys into a file.
func (k keyCommands) issue(t *testing.T, name, roll string) (string, error) {
	t.Helper()
	out, err := k.command(t, strings.NewReader(roll), "issue", "--roll", "-", "--out", filepath.Join(k.folder, name)).CombinedOutput()
	return string(out), err
}

// count returns the number of keys and the rolls.
func (k keyCommands) count(t *testing.T) string {
	t.Helper()
	out, err := k.command(t, nil, "count").CombinedOutput()
	if err != nil {
		t.Fatalf("urna keys count: %v\n%s", err, out)
	}
	return string(out)
}

// kill ends a command as a power cut would.
func kill(t *testing.T, command *exec.Cmd) {
	t.Helper()
	if err := command.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = command.Wait() // it was killed
}

// untilIssuing returns as soon as the keys of a roll are being stored. It looks into the database: the time that
// `urna keys count` takes to start may be all that the storing takes.
func untilIssuing(t *testing.T, data string) {
	t.Helper()
	db, err := databasetest.OpenFile(t.Context(), filepath.Join(data, "urna.db"), database.Main)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }() // only read
	for deadline := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		var rolls int
		err := db.Pool().QueryRowContext(t.Context(), `SELECT count(*) FROM voter_rolls WHERE state = 'issuing'`).Scan(&rolls)
		if err != nil || time.Now().After(deadline) {
			t.Fatalf("want the large roll being issued within %v, got %v", patience, err)
		}
		if rolls > 0 {
			return
		}
	}
}

// TestCrash_IssueOfAKilledCommand kills a command twice: while it reads its roll, with a server and another command
// beside it that must wait their turn, and while it stores the keys.
func TestCrash_IssueOfAKilledCommand(t *testing.T) {
	binary, data := program.Build(t), t.TempDir()
	poll := apptest.NewPoll(t, data, 1, nil)
	server := program.Serve(t, binary, data)
	k := keyCommands{binary, data, t.TempDir(), strconv.FormatInt(poll.ElectionID, 10)}

	reader, writer := io.Pipe()
	first := k.begin(t, reader, "first")
	go func() { _, _ = io.WriteString(writer, "early\n") }() // and then nothing more
	var out string
	var err error
	for deadline := time.Now().Add(patience); !strings.Contains(out, "Another roll's keys are being issued"); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("want a second command refused meanwhile, got %v: %s", err, out)
		}
		// The first command makes its file just before its issue begins.
		if _, made := os.Stat(filepath.Join(k.folder, "first")); made == nil {
			out, err = k.issue(t, "second", "")
		}
	}
	_ = writer.Close()
	kill(t, first)

	var roll bytes.Buffer
	for i := range 300_000 {
		fmt.Fprintf(&roll, "voter-%d\n", i)
	}
	large := k.begin(t, &roll, "large")
	untilIssuing(t, data)
	kill(t, large)
	if got := k.count(t); !strings.HasPrefix(got, "1 keys\n") || strings.Count(got, "issued since") != 1 {
		t.Errorf("want none of its keys in force, got %s", got)
	}
	server.Stop(t)
	program.Serve(t, binary, data).Stop(t) // a start clears up
	if got := k.count(t); !strings.HasPrefix(got, "1 keys\n") || strings.Contains(got, "issuing") || !strings.Contains(got, "withdrawn since") {
		t.Errorf("want what was stored removed, got %s", got)
	}
	if out, err := k.issue(t, "third", "late-1\nlate-2\n"); err != nil || !strings.Contains(out, "2 keys issued") {
		t.Errorf("want the next roll issued, got %v: %s", err, out)
	}
	if got := k.count(t); !strings.HasPrefix(got, "3 keys\n") {
		t.Errorf("want three keys, got %s", got)
	}
	program.Verify(t, binary, data)
}

package crashtest

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"urna/internal/urnatest"
	"urna/internal/votetest"
)

// TestCrash_IssueOfAKilledCommand kills a command twice: while it reads its roll, with a server and another command
// beside it that must wait their turn, and while it stores the keys.
func TestCrash_IssueOfAKilledCommand(t *testing.T) {
	binary, data, folder := urnatest.Build(t), t.TempDir(), t.TempDir()
	poll := votetest.New(t, data, 1, nil)
	server := urnatest.Serve(t, binary, data)
	keys := func(input io.Reader, args ...string) *exec.Cmd {
		command := exec.CommandContext(t.Context(), binary,
			append([]string{"keys", args[0], "--data", data, "--election", fmt.Sprint(poll.ElectionID)}, args[1:]...)...)
		command.Stdin = input
		return command
	}
	count := func() string {
		t.Helper()
		out, err := keys(nil, "count").CombinedOutput()
		if err != nil {
			t.Fatalf("urna keys count: %v\n%s", err, out)
		}
		return string(out)
	}
	kill := func(command *exec.Cmd) {
		t.Helper()
		if err := command.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = command.Wait() // it was killed
	}
	issue := func(name string) (string, error) {
		out, err := keys(strings.NewReader("late-1\nlate-2\n"), "issue", "--roll", "-", "--out", filepath.Join(folder, name)).CombinedOutput()
		return string(out), err
	}

	reader, writer := io.Pipe()
	first := keys(reader, "issue", "--roll", "-", "--out", filepath.Join(folder, "first"))
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { _, _ = io.WriteString(writer, "early\n") }() // and then nothing more
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if _, err := os.Stat(filepath.Join(folder, "first")); err == nil { // it is made just before the issue begins
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("want the first command to begin")
		}
	}
	time.Sleep(300 * time.Millisecond)
	if out, err := issue("second"); err == nil || !strings.Contains(out, "Another roll's keys are being issued") {
		t.Errorf("want a second command refused meanwhile, got %v: %s", err, out)
	}
	_ = writer.Close()
	kill(first)

	var roll bytes.Buffer
	for i := range 300_000 {
		fmt.Fprintf(&roll, "voter-%d\n", i)
	}
	large := keys(&roll, "issue", "--roll", "-", "--out", filepath.Join(folder, "large"))
	if err := large.Start(); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(30 * time.Second); !strings.Contains(count(), "issuing"); {
		if time.Now().After(deadline) {
			t.Fatalf("want the large roll on its way, got %s", count())
		}
	}
	kill(large)
	if got := count(); !strings.HasPrefix(got, "1 keys\n") || strings.Contains(got, "issued since") != strings.Contains(got, "roll 1: 1 keys, issued since") {
		t.Errorf("want none of its keys in force, got %s", got)
	}
	server.Stop(t)
	urnatest.Serve(t, binary, data).Stop(t) // a start clears up
	if got := count(); !strings.HasPrefix(got, "1 keys\n") || strings.Contains(got, "issuing") || !strings.Contains(got, "withdrawn since") {
		t.Errorf("want what was stored removed, got %s", got)
	}
	if out, err := issue("third"); err != nil || !strings.Contains(out, "2 keys issued") {
		t.Errorf("want the next roll issued, got %v: %s", err, out)
	}
	if got := count(); !strings.HasPrefix(got, "3 keys\n") {
		t.Errorf("want three keys, got %s", got)
	}
	urnatest.Verify(t, binary, data)
}

package crash

import (
	"bufio"
	"bytes"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"urna/internal/testing/program"
)

// A tracer watches a server's system calls from outside.
type tracer struct {
	command *exec.Cmd
	file    string
}

// trace begins to watch the process with strace and further arguments, and returns when it does.
func trace(t *testing.T, pid int, args ...string) *tracer {
	t.Helper()
	program, err := exec.LookPath("strace")
	if err != nil {
		t.Fatal("this test watches the program's system calls with strace, which is not on this machine; on Debian: apt-get install strace")
	}
	tr := &tracer{file: filepath.Join(t.TempDir(), "calls")}
	tr.command = exec.CommandContext(t.Context(), program,
		append([]string{"-f", "-y", "-s", "24", "-o", tr.file, "-p", strconv.Itoa(pid)}, args...)...)
	said, err := tr.command.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := tr.command.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(said).ReadString('\n'); err != nil || !strings.Contains(line, "attached") {
		t.Fatalf("want strace to watch the program, it says %q, %v", line, err)
	}
	return tr
}

// end stops watching and returns what was seen, a call a line.
func (tr *tracer) end(t *testing.T) []string {
	t.Helper()
	if err := tr.command.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	_ = tr.command.Wait() // it ends with the signal
	seen, err := os.ReadFile(tr.file)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(seen)), "\n")
}

// The lines of strace that matter: a sync that is through, and the beginning of an answer. A call that others
// come between is printed in two parts, of which the first has the file and the second the end.
var (
	syncWhole  = regexp.MustCompile(`^(\d+) +f(?:data)?sync\(\d+<([^>]*)>\) += 0`)
	syncBegun  = regexp.MustCompile(`^(\d+) +f(?:data)?sync\(\d+<([^>]*)> <unfinished`)
	syncEnded  = regexp.MustCompile(`^(\d+) +<\.\.\. f(?:data)?sync resumed>.*= 0`)
	answerYes  = regexp.MustCompile(`^\d+ +write\(\d+<[^>]*>, "HTTP/1\.1 202`)
	syncsOfYes = []string{"/spool/*.part", "/spool", "/urna.db-wal", "/urna.anchor"}
)

// promises cuts the calls into the files that were synced before each acceptance, in the order in which the
// syncs were through.
func promises(calls []string) (synced [][]string) {
	begun, since := map[string]string{}, []string(nil)
	for _, call := range calls {
		if m := syncWhole.FindStringSubmatch(call); m != nil {
			since = append(since, m[2])
		} else if m := syncBegun.FindStringSubmatch(call); m != nil {
			begun[m[1]] = m[2]
		} else if m := syncEnded.FindStringSubmatch(call); m != nil {
			since = append(since, begun[m[1]])
		} else if answerYes.MatchString(call) {
			synced, since = append(synced, since), nil
		}
	}
	return synced
}

// inOrder reports whether the files were synced one after another, others aside.
func inOrder(synced, want []string) bool {
	for _, file := range synced {
		if file = regexp.MustCompile(`/[A-Z0-9]+\.part$`).ReplaceAllString(file, "/*.part"); len(want) > 0 && strings.HasSuffix(file, want[0]) {
			want = want[1:]
		}
	}
	return len(want) == 0
}

// TestCrash_SyncedBeforeAccepted counts the system's own sync calls of the real program: before every yes the
// file (open under its first name, which has got the second one), then its folder, then the log with its row, then the anchor were synced, each through before the next.
func TestCrash_SyncedBeforeAccepted(t *testing.T) {
	_, server, electionID := start(t, program.Build(t))
	grace := signIn(t, server.URL, official.Email, official.Password)
	tr := trace(t, server.PID(), "-e", "trace=fsync,fdatasync,write")
	const uploads = 5
	for number := range uploads {
		var accepted batch
		grace.upload(t, electionID, strings.NewReader(fmt.Sprintf("00000000-0000-4000-8000-%012d,1\n", number)), http.StatusAccepted, &accepted)
		grace.waitForAll(t, []int64{accepted.ID}) // so that no sync of the counting is taken for one of the next
	}
	synced := promises(tr.end(t))
	if len(synced) != uploads {
		t.Fatalf("want %d acceptances seen, got %d", uploads, len(synced))
	}
	for number, files := range synced {
		if !inOrder(files, syncsOfYes) {
			t.Errorf("acceptance %d: want %v synced before it, in this order; seen %v", number+1, syncsOfYes, files)
		}
	}
}

// TestCrash_NoSyncNoAcceptance lets every sync of the system fail under the real program: nothing is accepted
// then, nothing of it is left, and once the disk is well everything goes on.
func TestCrash_NoSyncNoAcceptance(t *testing.T) {
	data, server, electionID := start(t, program.Build(t))
	grace := signIn(t, server.URL, official.Email, official.Password)
	file := []byte("00000000-0000-4000-8000-000000000001,1\n")
	path := fmt.Sprintf("/elections/%d/batches", electionID)
	tr := trace(t, server.PID(), "-e", "trace=fsync,fdatasync", "-e", "inject=fsync,fdatasync:error=EIO")
	status, answer, err := grace.ask(t.Context(), http.MethodPost, path, "text/csv", bytes.NewReader(file))
	if err != nil || status != http.StatusInternalServerError {
		t.Errorf("want the upload refused for a fault of the machine, got %d, %v: %s", status, err, answer)
	}
	tr.end(t)
	var found list[batch]
	grace.get(t, path, &found)
	if left, err := os.ReadDir(filepath.Join(data, "spool")); err != nil || len(left) != 0 || len(found.Items) != 0 {
		t.Errorf("want nothing left of what was refused, found %v and %v, %v", found.Items, left, err)
	}
	var accepted batch
	grace.upload(t, electionID, bytes.NewReader(file), http.StatusAccepted, &accepted)
	grace.waitForAll(t, []int64{accepted.ID})
}

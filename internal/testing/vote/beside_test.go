package vote

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"filippo.io/age"

	"urna/client"
	"urna/internal/testing/apptest"
	"urna/internal/testing/program"
)

// besides is a server whose voters vote at fixed rates, alone and beside something else.
type besides struct {
	binary, data string
	poll         *apptest.Poll
	bodies       string
	server       *program.Server
	sent         int // votes, all of which were accepted
}

func newBesides(t *testing.T, flags ...string) *besides {
	t.Helper()
	s := &besides{binary: program.Build(t), data: t.TempDir()}
	s.poll = apptest.NewPoll(t, s.data, *voters, nil)
	s.bodies = writeBodies(t, s.poll)
	s.server = program.Serve(t, s.binary, s.data, flags...)
	return s
}

// vote sends votes that fall due at each of the rates, one after the other.
func (s *besides) vote(t *testing.T, what string) (all []report) {
	t.Helper()
	for rate := range strings.SplitSeq(*rates, ",") {
		l := load{
			Address: strings.TrimPrefix(s.server.URL, "http://"), Bodies: s.bodies, First: s.sent, Last: *voters, Connections: *connections, Seconds: *seconds,
		}
		var err error
		if l.Rate, err = strconv.ParseFloat(rate, 64); err != nil || l.Rate <= 0 || s.sent+l.due()+companions > *voters {
			t.Fatalf("-rates %s: want rates above 0 that %d voters suffice for", *rates, *voters)
		}
		worked := program.ProcessorTime(s.server.PID())
		v := send(t, l)
		v.Processor = program.ProcessorTime(s.server.PID()) - worked
		s.sent += v.Sent
		if len(v.Statuses) != 1 || v.Statuses[http.StatusOK] != l.due()+companions {
			t.Errorf("%s: want all of %d votes accepted, got statuses %v", what, l.due()+companions, v.Statuses)
		}
		fmt.Fprintf(t.Output(), "%-24s %6s/s  %s  %5.1f µs of the server's processors each\n", what, rate, v.latencies(),
			float64(v.Processor.Microseconds())/float64(v.Sent))
		all = append(all, v)
	}
	return all
}

// ratios prints the ratios of the 99th percentiles of two measurements.
func ratios(t *testing.T, what string, goal string, with, without []report) {
	t.Helper()
	each := make([]string, len(with))
	for i := range with {
		each[i] = fmt.Sprintf("%.2f", with[i].P99/without[i].P99)
	}
	fmt.Fprintf(t.Output(), "p99 %s, by that without: %s%s\n", what, strings.Join(each, ", "), goal)
}

// fill has a batch of ballots counted.
func (s *besides) fill(t *testing.T, lines int64) {
	t.Helper()
	ada := program.User{Email: "ada@example.org", Role: "official", Forename: "Ada", Surname: "Byron", Password: "a jar of black and white beans"}
	program.AddUser(t, s.binary, s.data, ada)
	official, err := client.New(s.server.URL)
	if err == nil {
		err = official.SignIn(t.Context(), ada.Email, ada.Password)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer official.Close()
	file, size := writeBatch(t, lines)
	id, err := official.Upload(t.Context(), s.poll.ElectionID, s.poll.Constituencies[0], "ballots.csv", size, func() io.ReadCloser {
		f, err := os.Open(file)
		if err != nil {
			t.Error(err)
		}
		return f
	})
	if err != nil {
		t.Fatal(err)
	}
	awaitCounted(t, func() client.BatchState {
		b, err := official.Batch(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		return b
	})
	syscall.Sync() // or the first votes wait for the ballots to reach the disk
}

// identity writes an identity to which backups are encrypted, and returns its file and its recipient.
func identity(t *testing.T) (file, recipient string) {
	t.Helper()
	key, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(t.TempDir(), "identity")
	if err := os.WriteFile(file, []byte(key.String()+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return file, key.Recipient().String()
}

// run runs a command of the program to its end, and returns what it printed.
func (s *besides) run(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), s.binary, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("urna %v: %v\n%s", args, err, out)
	}
	return string(out)
}

// TestVote_BesideBackup measures where it is told to how long votes take while backups of many ballots are written, one
// after the other; else it only sees that all are accepted, and that a backup has them.
func TestVote_BesideBackup(t *testing.T) {
	if !*measuring {
		*voters, *seconds, *batchLines, *rates = 2_000, 0.5, 20_000, "200,1000"
	}
	s := newBesides(t)
	s.fill(t, *batchLines)
	without := s.vote(t, "no backup")
	key, recipient := identity(t)
	folder := t.TempDir()
	stop, ended := make(chan struct{}), make(chan []time.Duration)
	go func() {
		var took []time.Duration
		for {
			began := time.Now()
			file := filepath.Join(folder, fmt.Sprintf("%d.tar.age", len(took)))
			out, err := exec.CommandContext(t.Context(), s.binary, "backup", file, "--data", s.data, "--to", recipient).CombinedOutput()
			if err != nil {
				t.Errorf("want the backup written, got %v: %s", err, out)
			}
			took = append(took, time.Since(began))
			if len(took) > 1 {
				_ = os.Remove(filepath.Join(folder, fmt.Sprintf("%d.tar.age", len(took)-2))) // for its space
			}
			select {
			case <-stop:
				ended <- took
				return
			default:
			}
		}
	}()
	with := s.vote(t, "while backups are written")
	close(stop)
	took := <-ended
	ratios(t, "beside a backup", ", goal: at most 2", with, without)
	fmt.Fprintf(t.Output(), "%d backups of %d ballots, each in %v\n", len(took), *batchLines, took)
	s.server.Stop(t)
	checkLedger(t, s.data, s.sent)
	last := filepath.Join(folder, "last.tar.age")
	s.run(t, "backup", last, "--data", s.data, "--to", recipient)
	restored := filepath.Join(t.TempDir(), "restored")
	s.run(t, "restore", last, "--data", restored, "--identity", key)
	checkLedger(t, restored, s.sent)
}

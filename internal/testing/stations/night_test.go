package stations

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"urna/client"
	"urna/internal/testing/program"
)

// stepTimeout bounds a step, restarts of the program included, also on a machine with much other work.
const stepTimeout = 3 * time.Hour

// night is an election on a real program that is killed at random moments.
type night struct {
	*plan

	binary, data, address string
	server                *program.Server
	random                *rand.Rand    // draws the moments
	between               time.Duration // the mean between two kills
	starting              time.Duration // how long the last start took
	most                  int           // kills in the middle of one step
	kills                 int
	steps                 []took

	administrators [2]*client.Client
	officials      [4]*client.Client // the first two work for the constituencies 1, 3, 5, the others for 2, 4, 6 and so on
	election       int64
}

// took is how long a step took.
type took struct {
	name         string
	act, checked time.Duration // the step, with restarts; urna verify after it
	kills        int
}

// open starts the program on a new data folder with two administrators, who have accounts before there is an election.
func (n *night) open(t *testing.T) {
	t.Helper()
	n.binary, n.data = program.Build(t), t.TempDir()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	n.address = listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	for i := range n.administrators {
		program.AddUser(t, n.binary, n.data, administrator(i))
	}
	n.serve(t)
	first, err := client.New("http://" + n.address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(first.Close)
	for i := range n.administrators {
		n.administrators[i] = first.As()
		if err := n.administrators[i].SignIn(t.Context(), administrator(i).Email, administrator(i).Password); err != nil {
			t.Fatal(err)
		}
	}
}

func administrator(i int) program.User {
	return program.User{
		Email: fmt.Sprintf("administrator-%d@example.org", i+1), Role: "administrator", Forename: "Ada", Surname: fmt.Sprintf("Number%d", i+1),
		Password: fmt.Sprintf("correct horse battery %d", i+1),
	}
}

// serve starts the program; all starts have one address, at which clients wait for it.
func (n *night) serve(t *testing.T) {
	t.Helper()
	since := time.Now()
	n.server = program.Serve(t, n.binary, n.data, "--addr", n.address)
	n.starting = time.Since(since)
}

// step carries acts out while the program is killed at random moments. Then it kills the program once more, checks the
// folder as the kill left it, and starts the program again.
func (n *night) step(t *testing.T, name string, act func(ctx context.Context) error) {
	t.Helper()
	n.stepUntil(t, name, stepTimeout, act)
}

// single is a step of few calls, one of which may take long. A client gives up after two minutes without an answer, so that
// the program is killed in the first part of them only.
func (n *night) single(t *testing.T, name string, act func(ctx context.Context) error) {
	t.Helper()
	n.stepUntil(t, name, 40*time.Second, act)
}

// stepUntil is a step in which the program is killed until some time has passed.
func (n *night) stepUntil(t *testing.T, name string, until time.Duration, act func(ctx context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), stepTimeout)
	defer cancel()
	since, before := time.Now(), n.kills
	done := make(chan error, 1)
	go func() { done <- act(ctx) }()
	for working := true; working; {
		select {
		case err := <-done:
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			working = false
		case <-n.moment(n.kills - before):
			if time.Since(since) < until {
				n.kill(t)
				n.serve(t)
			}
		}
	}
	did := time.Since(since)
	n.kill(t)
	since = time.Now()
	program.Verify(t, n.binary, n.data)
	n.steps = append(n.steps, took{name, did, time.Since(since), n.kills - before})
	t.Logf("%s: done after %v, with %d kills; verified in %v", name, did.Round(time.Millisecond), n.kills-before, time.Since(since).Round(time.Millisecond))
	if t.Failed() {
		t.FailNow()
	}
	n.serve(t)
}

// moment draws the time until the next kill of a step that had some. It is longer after many, so that an act that takes
// long is done in the end, and on a busy machine, on which a start takes long.
func (n *night) moment(kills int) <-chan time.Time {
	if kills >= n.most {
		return nil
	}
	mean := max(n.between, n.starting)
	return time.After(time.Duration(n.random.Int64N(2 * int64(mean) * int64(4+kills) / 4)))
}

func (n *night) kill(t *testing.T) {
	t.Helper()
	n.server.Kill(t)
	n.kills++
}

// verifyBundle runs `urna verify` on a results bundle.
func (n *night) verifyBundle(t *testing.T, name string, bundle []byte) {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, bundle, 0o600); err != nil {
		t.Fatal(err)
	}
	if output, err := exec.CommandContext(t.Context(), n.binary, "verify", path).CombinedOutput(); err != nil {
		t.Errorf("urna verify %s: %v\n%s", name, err, output)
	}
}

// report says what took how long, in parts of the whole.
func (n *night) report(t *testing.T) {
	t.Helper()
	var act, checked time.Duration
	for _, s := range n.steps {
		act, checked = act+s.act, checked+s.checked
	}
	t.Logf("%d constituencies, %d stations; killed %d times; urna verify %d times, %.2f of the time of the acts",
		len(n.constituencies), len(n.all()), n.kills, len(n.steps), checked.Seconds()/act.Seconds())
	for _, s := range n.steps {
		t.Logf("%5.1f %% of the time of all acts: %s", 100*s.act.Seconds()/act.Seconds(), s.name)
	}
}

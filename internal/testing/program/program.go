package program

import (
	"bufio"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience bounds each wait for the program; a slow machine under the race detector stays far below it.
const patience = 2 * time.Minute

// User is an account as `urna users add` takes it.
type User struct {
	Email    string
	Role     string // "administrator" or "official"
	Forename string
	Surname  string
	Password string
}

// AddUser runs `urna users add`, which works with and without a server on the same data folder.
func AddUser(t *testing.T, binary, data string, u User) {
	t.Helper()
	add := exec.CommandContext(t.Context(), binary, "users", "add", "--data", data, "--email", u.Email,
		"--role", u.Role, "--forename", u.Forename, "--surname", u.Surname, "--password-stdin")
	add.Stdin = strings.NewReader(u.Password + "\n")
	// The lanes of the password's hash share its memory: on several processors of a virtual machine, the system would interrupt
	// the others for each of its 16,384 pages, which takes most of this command's time.
	add.Env = append(add.Environ(), "GOMAXPROCS=1")
	if output, err := add.CombinedOutput(); err != nil {
		t.Fatalf("urna users add %s: %v\n%s", u.Email, err, output)
	}
}

// Verify runs `urna verify` on the data folder and fails the test where that does not end with success.
func Verify(t *testing.T, binary, data string) {
	t.Helper()
	verify := exec.CommandContext(t.Context(), binary, "verify", "--data", data)
	if output, err := verify.CombinedOutput(); err != nil {
		t.Errorf("urna verify: want success, got %v\n%s", err, output)
	}
}

// VerifyBundle runs `urna verify` on a results bundle and fails the test where that does not end with success.
func VerifyBundle(t *testing.T, binary string, bundle []byte) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "bundle.zip")
	if err := os.WriteFile(path, bundle, 0o600); err != nil {
		t.Fatal(err)
	}
	if output, err := exec.CommandContext(t.Context(), binary, "verify", path).CombinedOutput(); err != nil {
		t.Errorf("urna verify of a bundle: want success, got %v\n%s", err, output)
	}
}

// Server is a running `urna serve`.
type Server struct {
	// URL is the address it answers at, without a slash at the end.
	URL string
	// Metrics is the address of its measurements, "" without --metrics-addr.
	Metrics string

	command *exec.Cmd
	ended   chan struct{} // closed when the process is gone and err is set
	err     error

	mutex sync.Mutex
	log   strings.Builder
}

// Serve starts `urna serve` on the data folder and a free port, with further flags, and returns when it answers. Where the
// test has neither stopped nor killed it by its end, it is stopped then, and must end cleanly.
func Serve(t *testing.T, binary, data string, flags ...string) *Server {
	t.Helper()
	// A context without the test's end: the clean-up decides how the process ends.
	return Start(t, exec.CommandContext(context.WithoutCancel(t.Context()), binary,
		append([]string{"serve", "--data", data, "--addr", "127.0.0.1:0"}, flags...)...))
}

// Start starts a command that runs `urna serve` in its own process, with another environment or through another program,
// and returns when the server answers. Otherwise it is like Serve. The command's context must outlast the test.
func Start(t *testing.T, command *exec.Cmd) *Server {
	t.Helper()
	s := &Server{command: command, ended: make(chan struct{})}
	// A pipe of our own: one from StderrPipe is closed by Wait, with lines still in it.
	reader, writer := io.Pipe()
	s.command.Stderr = writer
	// The server prefers GOGC to its own setting, and the Taskfile sets it for the tests.
	s.command.Env = slices.DeleteFunc(command.Environ(), func(variable string) bool { return strings.HasPrefix(variable, "GOGC=") })
	if err := s.command.Start(); err != nil {
		t.Fatalf("start the program: %v", err)
	}
	listening := make(chan string, 1)
	go s.read(reader, listening)
	go func() {
		s.err = s.command.Wait()
		_ = writer.Close() // never fails
		close(s.ended)
	}()
	t.Cleanup(func() {
		s.Stop(t)
		if t.Failed() {
			t.Logf("the program's standard error:\n%s", s.Log())
		}
	})
	select {
	case s.URL = <-listening:
	case <-s.ended:
		t.Fatalf("the program ended before it answered: %v\n%s", s.err, s.Log())
	case <-time.After(patience):
		t.Fatalf("the program did not answer within %v\n%s", patience, s.Log())
	}
	return s
}

// read keeps what the program prints and sends the address from the line that names it.
func (s *Server) read(from io.Reader, listening chan<- string) {
	address := regexp.MustCompile(`listening on (http[^\s"]+)`) // also within a line of JSON
	metrics := regexp.MustCompile(`metrics on (http[^\s"]+)`)
	lines := bufio.NewScanner(from)
	for lines.Scan() {
		s.mutex.Lock()
		s.log.WriteString(lines.Text() + "\n")
		s.mutex.Unlock()
		if found := metrics.FindStringSubmatch(lines.Text()); found != nil {
			s.Metrics = found[1] // said before the program's address
		}
		if found := address.FindStringSubmatch(lines.Text()); found != nil {
			select {
			case listening <- strings.TrimRight(found[1], "/"):
			default:
			}
		}
	}
	// A line too long for the scanner must not stop the program at its next one.
	_, _ = io.Copy(io.Discard, from)
}

// PID returns the number of the process, which must be running.
func (s *Server) PID() int { return s.command.Process.Pid }

// Log returns what the program has printed to standard error so far.
func (s *Server) Log() string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.log.String()
}

// Kill ends the program as a power cut would end it, and returns when it is gone.
func (s *Server) Kill(t *testing.T) {
	t.Helper()
	if err := s.command.Process.Kill(); err != nil {
		t.Fatalf("kill the program: %v", err)
	}
	<-s.ended
	s.command = nil
}

// Signal sends the process a signal.
func (s *Server) Signal(t *testing.T, signal syscall.Signal) {
	t.Helper()
	if err := s.command.Process.Signal(signal); err != nil {
		t.Fatalf("signal the program: %v", err)
	}
}

// End waits until the program ends by itself, and returns its exit code.
func (s *Server) End(t *testing.T) (code int) {
	t.Helper()
	select {
	case <-s.ended:
	case <-time.After(patience):
		t.Fatalf("the program did not end by itself within %v", patience)
	}
	code = s.command.ProcessState.ExitCode()
	s.command = nil
	return code
}

// Stop asks the program to end and fails the test where it does not do so in time and with success.
// It does nothing where the program was stopped or killed before.
func (s *Server) Stop(t *testing.T) {
	t.Helper()
	if s.command == nil {
		return
	}
	select {
	case <-s.ended:
		t.Errorf("the program ended by itself: %v", s.err)
	default:
		s.interrupt(t)
	}
	s.command = nil
}

func (s *Server) interrupt(t *testing.T) {
	t.Helper()
	if err := s.command.Process.Signal(syscall.SIGTERM); err != nil {
		t.Errorf("stop the program: %v", err)
	}
	select {
	case <-s.ended:
		if s.err != nil {
			t.Errorf("want the program to end with success when told to, got %v", s.err)
		}
	case <-time.After(patience):
		t.Errorf("the program did not end within %v", patience)
		_ = s.command.Process.Kill() // it is reported above; this only cleans up
		<-s.ended
	}
}

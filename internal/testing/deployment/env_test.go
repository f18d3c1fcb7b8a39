package deployment_test

import (
	"context"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"urna/internal/testing/program"
)

// patience bounds each wait; a slow machine stays far below it.
const patience = time.Minute

// need returns the path of a program, or skips the test with the way to get it; with the variable CI it fails.
func need(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil && os.Getenv("CI") != "" {
		t.Fatalf("%s is not on this machine, and CI is set", name)
	}
	if err != nil {
		t.Skipf("%s is not on this machine: go tool task deployment installs it on Debian", name)
	}
	return path
}

// command returns a command that outlasts the test, as program.Start wants it, with further variables.
func command(t *testing.T, variables []string, name string, args ...string) *exec.Cmd {
	t.Helper()
	c := exec.CommandContext(context.WithoutCancel(t.Context()), name, args...)
	c.Env = append(c.Environ(), variables...)
	return c
}

// get requests a page and returns its status and text.
func get(t *testing.T, client *http.Client, address string) (status int, text string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(body)
}

// eventually waits until the condition holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !holds(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("want %s within %v", what, patience)
		}
	}
}

// output runs the program and returns what it prints; want is its exit code.
func output(t *testing.T, want int, binary string, args ...string) string {
	t.Helper()
	c := exec.CommandContext(t.Context(), binary, args...)
	c.Stdin = strings.NewReader("four unrelated words\n")
	out, _ := c.CombinedOutput()
	if c.ProcessState == nil || c.ProcessState.ExitCode() != want {
		t.Fatalf("%s: want exit %d, got %v: %s", filepath.Base(binary), want, c.ProcessState, out)
	}
	return string(out)
}

// addAdministrator makes the account that tests sign in with.
func addAdministrator(t *testing.T, binary, data string) {
	t.Helper()
	program.AddUser(t, binary, data, program.User{
		Email: "ada@example.org", Role: "administrator", Forename: "Ada", Surname: "Lovelace", Password: "four unrelated words",
	})
}

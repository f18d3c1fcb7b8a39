package generated

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"urna/internal/testing/apptest"
	"urna/internal/testing/program"
)

// order is what the client reads from its standard input.
type order struct {
	Address, Email, Password string
	Election                 int64
	Ballots                  string // a CSV file
	Keys                     []key
	Candidate                int
}

// key is a voter key.
type key struct{ PersonalID, GUID string }

// voters is how many votes the client casts: until the close, public counts of online votes move by ten at least.
const voters = 10

// report is what it prints.
type report struct {
	Valid int // of the preview
	State string
	Lines int
	Votes map[string]int64 // by the name of the list
	Again int              // the status of a second vote with the key
}

// TestClient_SignsInUploadsVotesAndReads generates the client, builds it and lets it work.
func TestClient_SignsInUploadsVotesAndReads(t *testing.T) {
	client := buildClient(t)
	binary, data := program.Build(t), t.TempDir()
	poll := apptest.NewPoll(t, data, voters, nil)
	olga := program.User{
		Email: "olga@example.org", Role: "official", Forename: "Olga", Surname: "Reed", Password: "a queue before the school gate",
	}
	program.AddUser(t, binary, data, olga)
	// A vote waits for no others of its group.
	server := program.Serve(t, binary, data, "--vote-group", "1")
	var ballots strings.Builder
	for n, poll := range []int{1, 1, 1, 2} {
		fmt.Fprintf(&ballots, "00000000-0000-4000-8000-%012x,%d\n", n, poll)
	}
	var keys []key
	for _, k := range poll.Keys {
		keys = append(keys, key{k.PersonalID, k.GUID})
	}
	input, err := json.Marshal(order{
		Address: server.URL, Email: olga.Email, Password: olga.Password, Election: poll.ElectionID, Ballots: ballots.String(), Keys: keys, Candidate: 2,
	})
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), client)
	command.Stdin, command.Stderr = bytes.NewReader(input), t.Output()
	output, err := command.Output()
	if err != nil {
		t.Fatalf("the client: %v", err)
	}
	var got report
	if err := json.Unmarshal(output, &got); err != nil {
		t.Fatalf("the client printed %q: %v", output, err)
	}
	if got.Valid != 4 || got.Lines != 4 || got.State != "counted" {
		t.Errorf("want four ballots previewed and counted, got %+v", got)
	}
	if got.Votes["List 1"] != 3 || got.Votes["List 2"] != 1+voters {
		t.Errorf("want three votes of the file for the first list, and one of the file and those cast online for the second, got %v", got.Votes)
	}
	if got.Again != 409 {
		t.Errorf("want the second vote with the key refused with 409, got %d", got.Again)
	}
}

// buildClient generates the client's code from the description, builds it, and returns the path of the program.
func buildClient(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	if err := os.CopyFS(folder, os.DirFS("testdata/client")); err != nil {
		t.Fatal(err)
	}
	description, err := filepath.Abs("../../../web/api/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, arguments := range [][]string{
		{"tool", "oapi-codegen", "-config", "oapi-codegen.yaml", description}, {"build", "-o", "client", "."},
	} {
		command := exec.CommandContext(t.Context(), "go", arguments...)
		command.Dir = folder
		if output, err := command.CombinedOutput(); err != nil {
			t.Fatalf("go %s: %v\n%s", strings.Join(arguments, " "), err, output)
		}
	}
	return filepath.Join(folder, "client")
}

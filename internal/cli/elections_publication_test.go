package cli

import (
	"strings"
	"testing"
)

// TestElections_ADraftByCommand imports a draft, publishes, withdraws and deletes.
func TestElections_ADraftByCommand(t *testing.T) {
	data := t.TempDir()
	run := func(input string, args ...string) (out, stderr string, code int) {
		var stdout, errors strings.Builder
		code = Main(append(args, "--data", data), &Streams{In: strings.NewReader(input), Out: &stdout, Err: &errors})
		return stdout.String(), errors.String(), code
	}
	want := func(part string, input string, args ...string) {
		t.Helper()
		if out, stderr, code := run(input, args...); code != 0 || !strings.Contains(out, part) {
			t.Errorf("%v: want %q, got %d, %q, %q", args, part, code, out, stderr)
		}
	}
	refused := func(part string, args ...string) {
		t.Helper()
		if out, stderr, code := run("", args...); code == 0 || !strings.Contains(stderr, part) {
			t.Errorf("%v: want it refused with %q, got %d, %q, %q", args, part, code, out, stderr)
		}
	}
	if _, stderr, code := run("long enough a password\n", "users", "add", "--email", "ada@example.org", "--role", "administrator",
		"--forename", "Ada", "--surname", "L", "--password-stdin"); code != 0 {
		t.Fatal(stderr)
	}
	past := strings.NewReplacer("2027-05-01T07", "2024-05-01T07", "2027-05-01T20", "2099-05-01T20").Replace(definition)
	want("imported draft of election 1", past, "elections", "import", "--draft", "-")
	want("draft", "", "elections", "list")
	want(`"title": "Provinces"`, "", "elections", "export", "1")
	refused("is a draft", "elections", "withdraw", "1", "--reason", "rain")
	refused("names this participant", "participants", "delete", "1")
	refused("use --open-now", "elections", "publish", "1")
	want("published election 1: Provinces", "", "elections", "publish", "--open-now", "1")
	refused("public already", "elections", "publish", "1")
	refused("public already", "elections", "delete", "1")
	want("open", "", "elections", "list")
	want("withdrew election 1: Provinces", "", "elections", "withdraw", "1", "--reason", "rain")
	want("withdrawn", "", "elections", "list")
	refused("on record", "participants", "delete", "1")
	want("imported draft of election 2", definition, "elections", "import", "--draft", "-")
	want("deleted the draft of election 2", "", "elections", "delete", "2")
	refused("no such election", "elections", "export", "2")
	want("party", "", "participants", "list")
	want("the log proves them from event 1 on", "", "verify")
}

package cli

import (
	"strings"
	"testing"
)

// TestElections_ImportAsksAboutAStartInThePast imports without a terminal: the flag says what a person would.
func TestElections_ImportAsksAboutAStartInThePast(t *testing.T) {
	data := t.TempDir()
	run := func(input string, args ...string) (out, stderr string, code int) {
		var stdout, errors strings.Builder
		code = Main(append(args, "--data", data), &Streams{In: strings.NewReader(input), Out: &stdout, Err: &errors})
		return stdout.String(), errors.String(), code
	}
	if _, stderr, code := run("long enough a password\n", "users", "add", "--email", "ada@example.org", "--role", "administrator",
		"--forename", "Ada", "--surname", "L", "--password-stdin"); code != 0 {
		t.Fatal(stderr)
	}
	past := strings.NewReplacer("2027-05-01T07", "2024-05-01T07", "2027-05-01T20", "2024-05-01T20").Replace(definition)
	out, stderr, code := run(past, "elections", "import", "-")
	if code != 1 || !strings.Contains(stderr, "open_now: The start and the end are in the past") || !strings.Contains(stderr, "use --open-now") || out != "" {
		t.Errorf("want it refused with the flag named, got %d, %q, %q", code, out, stderr)
	}
	if out, _, _ := run("", "elections", "list"); strings.Contains(out, "Provinces") {
		t.Errorf("want nothing imported, got %s", out)
	}
	if out, stderr, code := run(past, "elections", "import", "--open-now", "-"); code != 0 {
		t.Errorf("want it imported, got %d, %q, %q", code, out, stderr)
	}
	if out, _, _ := run("", "elections", "list"); !strings.Contains(out, "counting") {
		t.Errorf("want it over, got %s", out)
	}
	// A year out of range is named like any other mistake.
	far := strings.Replace(definition, "2027-05-01T20", "9999-12-31T20", 1)
	if _, stderr, code := run(far, "elections", "import", "-"); code != 1 || !strings.Contains(stderr, "ends_at: Choose a year from 1900 to 2200") {
		t.Errorf("want the year refused, got %d, %q", code, stderr)
	}
}

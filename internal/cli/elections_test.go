package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const definition = `{
  "format": "urna-election-1",
  "title": "Provinces",
  "kind": "parliamentary",
  "starts_at": "2027-05-01T07:00:00+02:00",
  "ends_at": "2027-05-01T20:00:00+02:00",
  "time_zone": "Europe/Madrid",
  "public_view": "turnout",
  "channels": [
    "batches"
  ],
  "confirmations": 1,
  "rules": {
    "method": "dhondt",
    "threshold_percent": "3",
    "threshold_base": "valid-including-blank",
    "threshold_comparison": ">=",
    "threshold_scope": "constituency",
    "majority": "absolute",
    "majority_base": "valid",
    "blank_ballots": true
  },
  "participants": [
    {
      "name": "Unity",
      "short_name": "U"
    },
    {
      "name": "Coalition",
      "color": "#1a7f37"
    }
  ],
  "constituencies": [
    {
      "name": "North",
      "seats": 7,
      "registered_voters": 52000,
      "candidacies": [
        {
          "participant": 1
        },
        {
          "participant": 2,
          "threshold_percent": "7"
        }
      ]
    }
  ]
}
`

func TestElections_ImportAndExport(t *testing.T) {
	data := t.TempDir()
	run := func(args ...string) (out, stderr string, code int) {
		var stdout, errors strings.Builder
		code = Main(append(args, "--data", data), &Streams{In: strings.NewReader("long enough a password\n"), Out: &stdout, Err: &errors})
		return stdout.String(), errors.String(), code
	}
	if _, stderr, code := run("users", "add", "--email", "ada@example.org", "--role", "administrator", "--forename", "Ada",
		"--surname", "L", "--password-stdin"); code != 0 {
		t.Fatal(stderr)
	}
	file := filepath.Join(data, "definition.json")
	if err := os.WriteFile(file, []byte(definition), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, stderr, code := run("elections", "import", file); code != 0 || !strings.Contains(out, "imported election 1: Provinces") {
		t.Fatalf("want election 1, got %d: %s%s", code, out, stderr)
	}
	if out, stderr, code := run("elections", "export", "1"); code != 0 || out != definition {
		t.Errorf("want the definition back, got %d, %s:\n%s", code, stderr, out)
	}
	if out, _, _ := run("elections", "list"); !strings.Contains(out, "scheduled") || !strings.Contains(out, "Provinces") {
		t.Errorf("want the election listed, got %s", out)
	}
	wrong := strings.Replace(definition, `"dhondt"`, `"d'hondt"`, 1)
	if err := os.WriteFile(file, []byte(wrong), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, stderr, code := run("elections", "import", file); code != 1 || !strings.Contains(stderr, "definition.json: rules.method: Choose one of") {
		t.Errorf("want the method named, got %d: %s", code, stderr)
	}
}

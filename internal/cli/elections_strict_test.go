package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestElections_ImportTakesADefinitionAsItIsMeantOrNotAtAll imports files in each of which one thing is wrong.
func TestElections_ImportTakesADefinitionAsItIsMeantOrNotAtAll(t *testing.T) {
	folder := t.TempDir()
	run := func(in string, args ...string) (int, string) {
		var out, stderr strings.Builder
		code := Main(append(args, "--data", folder), &Streams{In: strings.NewReader(in), Out: &out, Err: &stderr})
		return code, out.String() + stderr.String()
	}
	if code, said := run("long enough a password\n", "users", "add", "--email", "ada@example.org", "--role", "administrator",
		"--forename", "Ada", "--surname", "L", "--password-stdin"); code != 0 {
		t.Fatal(said)
	}
	const good = `{
  "format": "urna-election-1", "title": "Council", "kind": "parliamentary",
  "starts_at": "2099-05-01T07:00:00Z", "ends_at": "2099-05-01T20:00:00Z", "channels": ["batches"],
  "rules": {"method": "dhondt", "threshold_percent": "5"},
  "participants": [{"name": "Green Union"}, {"name": "Reform"}],
  "constituencies": [
    {"name": "North", "seats": 3,
     "candidacies": [{"participant": 1}, {"participant": 2, "weight": "27/20"}]}
  ]
}`
	for name, c := range map[string]struct{ old, now, want string }{
		"a title twice":                         {`"title": "Council"`, `"title": "Council", "title": "Board"`, "near line 2: title: This object has the field twice"},
		"a rule twice":                          {`"method": "dhondt"`, `"method": "dhondt", "method": "hare"`, "near line 4: rules.method: "},
		"a list twice":                          {`"channels": ["batches"]`, `"channels": ["batches"], "channels": ["online"]`, "channels: "},
		"seats twice":                           {`"seats": 3`, `"seats": 3, "seats": 4`, "near line 7: constituencies[0].seats: "},
		"a candidacy's weight":                  {`"weight": "27/20"`, `"weight": "27/20", "weight": "1"`, "near line 8: constituencies[0].candidacies[1].weight: "},
		"twice by an escape":                    {`"title": "Council"`, `"title": "Council", "t\u0069tle": "Board"`, "title: "},
		"a title in capitals":                   {`"title"`, `"Title"`, `near line 2: Title: There is no such field. Write its name as "title"`},
		"a rule in capitals":                    {`"threshold_percent"`, `"Threshold_Percent"`, "rules.Threshold_Percent: "},
		"a list in capitals":                    {`"constituencies"`, `"CONSTITUENCIES"`, "CONSTITUENCIES: "},
		"seats in capitals":                     {`"seats"`, `"SEATS"`, "constituencies[0].SEATS: "},
		"capitals beside the right":             {`"seats": 3`, `"seats": 3, "Seats": 4`, "constituencies[0].Seats: "},
		"a letter that folds to s":              {`"seats"`, `"ſeats"`, "constituencies[0].ſeats: "},
		"an unknown field":                      {`"seats": 3`, `"seat": 3`, "constituencies[0].seat: There is no such field."},
		"no channel":                            {`["batches"]`, `[]`, "channels: Choose at least one"},
		"no participant":                        {`[{"name": "Green Union"}, {"name": "Reform"}]`, `[]`, "participants: List at least one"},
		"no candidacy":                          {`[{"participant": 1}, {"participant": 2, "weight": "27/20"}]`, `[]`, "constituencies[0].candidacies: "},
		"null for a list":                       {`["batches"]`, `null`, "channels: This must not be null"},
		"null for candidacies":                  {`[{"participant": 1}, {"participant": 2, "weight": "27/20"}]`, `null`, "constituencies[0].candidacies: This must not be null"},
		"null for the rules":                    {`{"method": "dhondt", "threshold_percent": "5"}`, `null`, "rules: This must not be null"},
		"null for a constituency":               {`"constituencies": [`, `"constituencies": [null,`, "constituencies[0]: This must not be null"},
		"a number for a text":                   {`"5"`, `5`, "near line 4: rules.threshold_percent: This must be a string."},
		"a text for a number":                   {`"seats": 3`, `"seats": "3"`, "constituencies[0].seats: This must be a whole number."},
		"Latin-1":                               {"Council", "Consejo Jos\xe9", "near line 2: title: The byte 0xe9 is no UTF-8"},
		"half a surrogate pair":                 {"Council", `\ud800`, `title: \ud800 is half`},
		"NUL":                                   {"Council", `Coun\u0000cil`, "title: Leave out the character U+0000"},
		"something behind":                      {"\n  ]\n}", "\n  ]\n}\n{}", "near line 11: Something follows"},
		"too deep":                              {`["batches"]`, strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000), "channels"},
		"a candidacy of an unknown participant": {`"participant": 2`, `"participant": 7`, "constituencies[0].candidacies[1].participant: "},
		"a participant of blanks":               {`{"name": "Reform"}`, `{"name": " "}`, "participants[1].name: "},
		"a method that is none":                 {`"dhondt"`, `"divine"`, "rules.method: "},
		"an offset of a day":                    {`07:00:00Z`, `07:00:00+24:00`, "near line 3: starts_at: This must be a time as RFC 3339 has it"},
		"an offset of 60 minutes":               {`20:00:00Z`, `20:00:00-01:60`, "near line 3: ends_at: This must be a time"},
		"an hour of one digit":                  {`07:00:00Z`, `7:00:00Z`, "starts_at: This must be a time"},
		"a decimal comma":                       {`07:00:00Z`, `07:00:00,5Z`, "starts_at: This must be a time"},
		"no offset":                             {`07:00:00Z`, `07:00:00`, "starts_at: This must be a time"},
		"a day of no calendar":                  {`2099-05-01T07`, `2099-04-31T07`, "starts_at: This must be a time"},
		"a number for a time":                   {`"2099-05-01T07:00:00Z"`, `4081561200`, "starts_at: This must be a time"},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(good, c.old, c.now, 1)
			if text == good {
				t.Fatal("nothing was changed")
			}
			path := filepath.Join(t.TempDir(), "definition.json")
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			if code, said := run("", "elections", "import", path); code == 0 || !strings.Contains(said, c.want) {
				t.Errorf("want a refusal with %q, got exit %d: %s", c.want, code, said)
			}
		})
	}
	t.Run("no constituency", func(t *testing.T) {
		before, _, _ := strings.Cut(good, `"constituencies": [`)
		code, said := run(before+`"constituencies": []}`, "elections", "import", "-")
		if code == 0 || !strings.Contains(said, "constituencies: Enter at least one constituency.") {
			t.Errorf("want a refusal, got exit %d: %s", code, said)
		}
	})
	if _, listed := run("", "elections", "list"); strings.Count(listed, "\n") != 1 {
		t.Errorf("want no election imported, got %s", listed)
	}
	for _, text := range []string{good, "\xef\xbb\xbf" + good, strings.Replace(good, `"channels": ["batches"],`, "", 1)} {
		if code, said := run(text, "elections", "import", "-"); code != 0 {
			t.Errorf("want it imported, got exit %d: %s", code, said)
		}
	}
}

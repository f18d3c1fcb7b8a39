package text

import (
	"encoding/json"
	"testing"
)

func TestNames_ByTheReadersLanguageElsePlain(t *testing.T) {
	n, err := ParseNames(" ka: საკრებულო \n\nsr: Skupština & <odbor>\nsr-Cyrl: Скупштина\n")
	if err != nil {
		t.Fatal(err)
	}
	if want := Names(`{"ka":"საკრებულო","sr":"Skupština & <odbor>","sr-Cyrl":"Скупштина"}`); n != want {
		t.Errorf("want %s, got %s", want, n)
	}
	for tag, want := range map[string]string{
		"ka": "საკრებულო", "ka-GE": "საკრებულო", "sr-Latn": "Skupština & <odbor>", "sr-Cyrl": "Скупштина", "en": "Council", "": "Council",
	} {
		if got := n.In(tag, "Council"); got != want {
			t.Errorf("%q: want %s, got %s", tag, want, got)
		}
	}
	if again, err := ParseNames(n.Lines()); err != nil || again != n {
		t.Errorf("want the same names from the lines, got %s, %v", again, err)
	}
	if got := Names("").In("ka", "Council"); got != "Council" {
		t.Errorf("want the plain name of one without others, got %s", got)
	}
}

func TestNames_AsJSON(t *testing.T) {
	type thing struct {
		Names Names `json:"names,omitempty"`
	}
	for text, want := range map[string]string{
		`{"names":{"sr":"b","ka":" a "}}`: `{"names":{"ka":"a","sr":"b"}}`, `{"names":{"ka":"  "}}`: `{}`, `{"names":{}}`: `{}`, `{}`: `{}`,
	} {
		var read thing
		if err := json.Unmarshal([]byte(text), &read); err != nil {
			t.Fatal(err)
		}
		if got, err := json.Marshal(read); err != nil || string(got) != want {
			t.Errorf("%s: want %s, got %s, %v", text, want, got, err)
		}
	}
	var read thing
	if err := json.Unmarshal([]byte(`{"names":{"ka":1}}`), &read); err == nil {
		t.Error("want a number refused as a name")
	}
}

func TestParseNames_RefusesLinesWithTwoMeanings(t *testing.T) {
	for _, lines := range []string{"ka საკრებულო", "ka:", "ka: a\nka: b"} {
		if n, err := ParseNames(lines); err == nil {
			t.Errorf("%q: want it refused, got %s", lines, n)
		}
	}
	for tag, want := range map[string]bool{"ka": true, "sr-Latn": true, "KA": false, "georgian": false, "": false, "und": false, "sr_Latn": false} {
		if got := IsLanguage(tag); got != want {
			t.Errorf("%q: want %v, got %v", tag, want, got)
		}
	}
}

package strictjson_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"urna/internal/text/strictjson"
)

func TestCheck(t *testing.T) {
	for name, c := range map[string]struct {
		text   string
		reason strictjson.Reason
		want   string // a part of the error; "" is none
	}{
		"plain":                    {text: ` {"a":[1,-0.5e+3,"é😀",true,false,null,{}],"b":[]} `},
		"pair":                     {text: `"\ud83d\ude00 \u00e9"`},
		"doubled names are text":   {text: `{"a":1,"a":2}`},
		"as deep as may be":        {text: strings.Repeat("[", 100) + strings.Repeat("]", 100)},
		"Latin-1":                  {"{\"name\":\"Jos\xe9\"}", strictjson.Text, "line 1, column 13: name: The byte 0xe9 is no UTF-8"},
		"Latin-1 in a name":        {"{\"Jos\xe9\":1}", strictjson.Text, "0xe9"},
		"Latin-1 between values":   {"{\"a\":\xe9}", strictjson.Text, "0xe9"},
		"cut UTF-8":                {"\"\xc3\"", strictjson.Text, "0xc3"},
		"surrogate in UTF-8":       {"\"\xed\xa0\x80\"", strictjson.Text, "0xed"},
		"overlong":                 {"\"\xc0\x80\"", strictjson.Text, "0xc0"},
		"UTF-16":                   {"{\x00\"\x00", strictjson.Syntax, "'\\x00'"},
		"high surrogate":           {`["\ud800"]`, strictjson.Text, `[0]: \ud800 is half`},
		"low surrogate":            {`"\udc00"`, strictjson.Text, `\udc00 is half`},
		"two high surrogates":      {`"\ud800\ud800"`, strictjson.Text, `\ud800 is half`},
		"high and another escape":  {`"\uD83D\n"`, strictjson.Text, `\uD83D is half`},
		"halves the wrong way":     {`"\ude00\ud83d"`, strictjson.Text, `\ude00 is half`},
		"surrogate in a name":      {`{"\ud800":1}`, strictjson.Text, `\ud800`},
		"NUL":                      {"{\n\"a\": \"x\\u0000\"}", strictjson.Text, "line 2, column 8: a: Leave out the character U+0000"},
		"raw control":              {"\"\x1b\"", strictjson.Syntax, `write it as \u001b`},
		"byte order mark":          {"\xef\xbb\xbf{}", strictjson.Text, "byte order mark"},
		"empty":                    {"", strictjson.Syntax, "ends where a value"},
		"blanks":                   {" \n", strictjson.Syntax, "ends where a value"},
		"two values":               {`{} {}`, strictjson.Syntax, "follows"},
		"a comment":                {`{} // no`, strictjson.Syntax, "follows"},
		"trailing comma":           {`[1,]`, strictjson.Syntax, "Found ']' where a value"},
		"trailing comma in object": {`{"a":1,}`, strictjson.Syntax, "Found '}' where a name"},
		"single quotes":            {`{'a':1}`, strictjson.Syntax, `a name in double quotes`},
		"leading zero":             {`[01]`, strictjson.Syntax, "comma"},
		"plus":                     {`+1`, strictjson.Syntax, "a value"},
		"no fraction":              {`1.`, strictjson.Syntax, "a digit"},
		"no exponent":              {`1e`, strictjson.Syntax, "a digit"},
		"NaN":                      {`NaN`, strictjson.Syntax, "a value"},
		"half a word":              {`nul`, strictjson.Syntax, "the rest of null"},
		"cut string":               {`"a`, strictjson.Syntax, "within a string"},
		"cut escape":               {`"\u00`, strictjson.Syntax, "hexadecimal"},
		"unknown escape":           {`"\x41"`, strictjson.Syntax, "an escape"},
		"no colon":                 {`{"a" 1}`, strictjson.Syntax, "a: Found '1' where a colon"},
		"too deep":                 {strings.Repeat("[", 101), strictjson.Depth, "deeper than 100"},
		"much too deep":            {strings.Repeat(`{"a":`, 200_000), strictjson.Depth, "deeper than 100"},
	} {
		t.Run(name, func(t *testing.T) {
			err := strictjson.Check([]byte(c.text))
			if c.want == "" {
				if err != nil {
					t.Errorf("want it to pass, got %v", err)
				}
				return
			}
			found, ok := errors.AsType[*strictjson.Error](err)
			if !ok || found.Reason != c.reason || !strings.Contains(err.Error(), c.want) {
				t.Errorf("want reason %d and %q, got %v", c.reason, c.want, err)
			}
		})
	}
}

type inner struct {
	Title string `json:"title"`
	Seats int    `json:"seats,omitempty"`
}

type outer struct {
	Kind  string            `json:"kind"`
	At    time.Time         `json:"at"`
	Yes   bool              `json:"yes"`
	Maybe *int64            `json:"maybe"`
	Parts []inner           `json:"parts"`
	Names map[string]string `json:"names"`
	Raw   json.RawMessage   `json:"raw"`
	Other any               `json:"other"`
}

func TestUnmarshal_NamesAndTypes(t *testing.T) {
	for name, c := range map[string]struct{ text, tolerant, known string }{
		"everything": {text: `{"kind":"k","at":"2027-04-11T07:00:00Z","yes":true,"maybe":null,"parts":[{"title":"t","seats":3}],"names":{"A":"1","a":"2"},"raw":{"X":1,"x":2},"other":[null]}`},
		"twice":      {`{"kind":"a","kind":"b"}`, "kind: This object has the field twice", "kind: This object has the field twice"},
		"twice by an escape": {
			`{"kind":"a","\u006bind":"b"}`, "kind: This object has the field twice", "kind: This object has the field twice",
		},
		"twice deep down":   {"{\"parts\":[{},\n{\"title\":\"a\",\"title\":\"b\"}]}", "line 2, column 14: parts[1].title: This object has", "parts[1].title: This object has"},
		"twice in raw JSON": {`{"raw":{"x":1,"x":2}}`, "raw.x: This object has the field twice", "raw.x: This object has the field twice"},
		"other capitals":    {`{"Kind":"a"}`, `Kind: There is no such field. Write its name as "kind"`, `Write its name as "kind"`},
		"a look-alike":      {`{"\u212aind":"a"}`, `Write its name as "kind"`, `Write its name as "kind"`},
		"unknown":           {`{"kinds":"a"}`, "", "kinds: There is no such field."},
		"null":              {`{"kind":null}`, "", "kind: This must not be null"},
		"null list":         {`{"parts":null}`, "", "parts: This must not be null"},
		"null time":         {`{"at":null}`, "", "at: This must not be null"},
		"null entry":        {`{"parts":[null]}`, "", "parts[0]: This must not be null"},
		"no string":         {`{"parts":[{"title":7}]}`, "cannot be a number", "parts[0].title: This must be a string."},
		"no truth":          {`{"yes":"true"}`, "cannot be a string", "yes: This must be true or false."},
		"no list":           {`{"parts":{}}`, "cannot be a object", "parts: This must be a list."},
		"no object":         {`{"parts":[[]]}`, "cannot be a array", "parts[0]: This must be an object."},
		"no whole number":   {`{"parts":[{"seats":1.5}]}`, "cannot be a number 1.5", "parts[0].seats: This must be a whole number."},
		"a large number":    {`{"maybe":9223372036854775808}`, "cannot be a number", "maybe: This must be a whole number."},
		"a bad time":        {`{"at":"tomorrow"}`, "parsing time", "at: This must be a time as RFC 3339 has it"},
		"surrogates":        {`{"names":{"a":"\ud800"}}`, "names.a: ", "names.a: "},
	} {
		t.Run(name, func(t *testing.T) {
			for want, read := range map[*string]func([]byte, any) error{&c.tolerant: strictjson.Unmarshal, &c.known: strictjson.UnmarshalKnown} {
				err := read([]byte(c.text), &outer{})
				if *want == "" && err != nil || *want != "" && (err == nil || !strings.Contains(err.Error(), *want)) {
					t.Errorf("want %q, got %v", *want, err)
				}
			}
		})
	}
	var read outer
	if err := strictjson.UnmarshalKnown([]byte(`{"maybe":5,"parts":[]}`), &read); err != nil || read.Maybe == nil || *read.Maybe != 5 || read.Parts == nil {
		t.Errorf("want the values and an empty list, got %+v, %v", read, err)
	}
}

func TestIsText(t *testing.T) {
	for text, want := range map[string]bool{
		`"José"`: true, `"\u0041"`: true, `"\ud83d\ude00"`: true, `""`: true,
		`"\ud83d"`: false, `"\u0000"`: false, "\"\xe9\"": false, `5`: false, `null`: false, ``: false, `"a" `: false,
	} {
		if got := strictjson.IsText([]byte(text)); got != want {
			t.Errorf("%s: want %v, got %v", text, want, got)
		}
	}
}

// FuzzCheck compares with encoding/json: what passes here passes there and says the same; what passes there and not
// here has one of the reasons for which this package is there.
func FuzzCheck(f *testing.F) {
	for _, seed := range []string{`{"a":[1,"\u00e9"]}`, `"\ud800"`, "\"\xe9\"", `[1e5,-0,0.1]`, `{"a":{"a":null}}`, `tru`, `"\u0000"`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		err := strictjson.Check(data)
		valid := json.Valid(data)
		if err == nil {
			if !valid || !utf8.Valid(data) {
				t.Fatalf("%q passes here and is no JSON in UTF-8", data)
			}
			return
		}
		if found, ok := errors.AsType[*strictjson.Error](err); !ok || found.Reason == strictjson.Syntax && valid {
			t.Fatalf("%q: refused although encoding/json reads it: %v", data, err)
		}
	})
}

func TestUnmarshalStored_TakesWhatEarlierVersionsWrote(t *testing.T) {
	var got struct{ Name string }
	if err := strictjson.UnmarshalStored([]byte(`{"name": "Ada\u0000"}`), &got); err == nil {
		t.Error("want a name in other capitals refused")
	}
	if err := strictjson.UnmarshalStored([]byte(`{"Name": "Ada\u0000"}`), &got); err != nil || got.Name != "Ada\x00" {
		t.Errorf("want the name with U+0000, got %q, %v", got.Name, err)
	}
	for _, text := range []string{`{"Name": "\ud800"}`, `{"Name": "a", "Name": "b"}`} {
		if err := strictjson.UnmarshalStored([]byte(text), &got); err == nil {
			t.Errorf("want %s refused", text)
		}
	}
}

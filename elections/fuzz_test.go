package elections

import (
	"bytes"
	"errors"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// FuzzReadDefinition reads whatever comes as a definition file. One that is read is read again as the same.
func FuzzReadDefinition(f *testing.F) {
	f.Add([]byte(`{"format": "urna-election-1", "title": "Council"}`))
	f.Add([]byte("\xef\xbb\xbf{\"format\": \"urna-election-1\", \"constituencies\": [{\"name\": \"North\", \"seats\": 5}]}"))
	if page, err := os.ReadFile("../docs/definition.md"); err == nil {
		for block := range bytes.SplitSeq(page, []byte("```")) {
			f.Add(bytes.TrimPrefix(block, []byte("json")))
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		d, err := ReadDefinition(text)
		if err != nil {
			if !errors.Is(err, errDefinition) {
				t.Errorf("want a refusal, got %v", err)
			}
			return
		}
		var written bytes.Buffer
		if err := d.Write(&written); err != nil {
			t.Fatal(err)
		}
		again, err := ReadDefinition(written.Bytes())
		if err != nil {
			t.Fatalf("want it read again, got %v:\n%s", err, &written)
		}
		var twice bytes.Buffer
		if err := again.Write(&twice); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(written.String(), twice.String()); diff != "" {
			t.Errorf("want the same definition: %s", diff)
		}
	})
}

// FuzzReadList reads whatever comes as a list of constituencies. An accepted list keeps the bounds of a definition.
func FuzzReadList(f *testing.F) {
	f.Add([]byte("constituency,seats,registered_voters\nNorth,5,1000\nSouth,3,\n"))
	f.Add([]byte("sep=;\r\nconstituency;list\r\nNorth;One\r\nNorth;Two\r\n"))
	f.Add([]byte("\"constituency\"\tseats\n\"a\nb\"\t1\n"))
	f.Fuzz(func(t *testing.T, source []byte) {
		found, err := ReadList(source)
		if err != nil {
			if !errors.Is(err, ErrListUnreadable) {
				t.Errorf("want a refusal, got %v", err)
			}
			return
		}
		names := map[string]bool{}
		for _, c := range found {
			if c.Name == "" || names[c.Name] {
				t.Errorf("want each constituency once, with a name, found %q", c.Name)
			}
			names[c.Name] = true
		}
		if len(found) == 0 {
			t.Error("want an empty list refused")
		}
	})
}

// FuzzReadStations reads whatever comes as a list of polling stations. Each belongs to a constituency of the election, and has
// a number and a count that is none or positive.
func FuzzReadStations(f *testing.F) {
	f.Add([]byte("constituency,number,name,place,registered_voters,kind\nNorth,1,School,Main Street,400,ordinary\nSouth,1,,,,mobile\n"))
	f.Add([]byte("number;constituency\n12;north\n013;SOUTH\n"))
	f.Fuzz(func(t *testing.T, source []byte) {
		list, err := ReadStations(&Election{Constituencies: []Constituency{{ID: 1, Name: "North"}, {ID: 2, Name: "South"}}}, source)
		if err != nil {
			if !errors.Is(err, ErrListUnreadable) {
				t.Errorf("want a refusal, got %v", err)
			}
			return
		}
		for id, stations := range list.Stations {
			if id != 1 && id != 2 {
				t.Errorf("want stations of the election's constituencies, found %d", id)
			}
			for _, s := range stations {
				if s.Number == "" || s.RegisteredVoters < 0 {
					t.Errorf("want a number and a count, found %+v", s)
				}
			}
		}
	})
}

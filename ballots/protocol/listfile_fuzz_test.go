package protocol

import (
	"testing"

	"urna/elections"
)

// FuzzReadList reads whatever comes as a list of protocols. Accepted lines name stations of the election, each line once.
func FuzzReadList(f *testing.F) {
	f.Add([]byte("station,found_in_box,invalid,votes.1,votes.2\n1,40,3,20,17\n2,12,0,6,6\n"))
	f.Add([]byte("sep=;\nconstituency;station;found_in_box;invalid;votes.1;votes.2\nNorth;1;40;3;20;17\n"))
	f.Add([]byte("station\tfound_in_box\n\"1\n"))
	e := &elections.Election{Constituencies: []elections.Constituency{{ID: 1, Name: "North", Candidacies: []elections.Candidacy{{PollNumber: 1}, {PollNumber: 2}}}}}
	stations := map[int64][]elections.Station{1: {{ID: 11, ConstituencyID: 1, Number: "1"}, {ID: 12, ConstituencyID: 1, Number: "2"}}}
	f.Fuzz(func(t *testing.T, source []byte) {
		lines, err := ReadList(e, stations, source)
		if err != nil {
			return
		}
		if len(lines) == 0 {
			t.Error("want an empty list refused")
		}
		for _, l := range lines {
			if l.Entry.StationID != 11 && l.Entry.StationID != 12 {
				t.Errorf("want stations of the election, found %d", l.Entry.StationID)
			}
		}
	})
}

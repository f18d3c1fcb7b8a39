package format

import (
	"strconv"
	"strings"
	"time"

	"urna/internal/text/csvtext"
)

// The states of a polling station in figures.
const (
	StationIsAwaited  = "awaited"  // no ballots of it are in the count
	StationIsReceived = "received" // what came of it is not counted in full
	StationIsCounted  = "counted"
	StationIsAnnulled = "annulled" // what was counted of it is out of the count
	StationIsClosed   = "closed"   // without ballots
)

// StationFigure is a polling station, in the order of the constituencies and of their lists of stations.
type StationFigure struct {
	ID               int64            `json:"id"`
	ConstituencyID   int64            `json:"constituency_id"`
	Number           string           `json:"number"`
	Name             string           `json:"name"`
	Kind             string           `json:"kind"`
	RegisteredVoters *int64           `json:"registered_voters"`
	State            string           `json:"state"`
	Exclusion        *ExclusionFigure `json:"exclusion,omitempty"` // of an annulled or closed station
}

// ExclusionFigure says why no ballots of a station are in the count. Names are without e-mail addresses.
type ExclusionFigure struct {
	Reason     string    `json:"reason"`
	At         time.Time `json:"at"`
	By         string    `json:"by"`
	ApprovedBy string    `json:"approved_by,omitempty"` // none: the act needed no second administrator
}

// Awaited reports whether a certification needs a written reason for the station.
func (s *StationFigure) Awaited() bool {
	return s.State == StationIsAwaited || s.State == StationIsReceived
}

// StationSumFigure is the count of a polling station, or of several together. The votes that were cast online in the
// constituency are a part of one of them, or one by themselves. The station sums of a constituency add up to its ballots;
// each adds up some of its sums.
type StationSumFigure struct {
	ID             int     `json:"id"` // from 1, in the order of the document
	ConstituencyID int64   `json:"constituency_id"`
	Stations       []int64 `json:"stations"` // rising; none: the votes cast online
	Online         int64   `json:"online"`   // ballots that were cast online; they are valid
	Valid          int64   `json:"valid"`
	Blank          int64   `json:"blank"` // of Valid
	Invalid        int64   `json:"invalid"`
	Duplicates     int64   `json:"duplicates"` // lines, not ballots
}

// Ballots returns the number of ballots that the sum adds up.
func (s *StationSumFigure) Ballots() int64 { return s.Valid + s.Invalid }

// Alone reports whether the sum is the count of one station.
func (s *StationSumFigure) Alone() bool { return len(s.Stations) == 1 && s.Online == 0 }

// StationVotes are valid ballots by station sum and poll number.
type StationVotes map[int]map[int]int64

// Add adds votes to those of a station sum.
func (v StationVotes) Add(sum, pollNumber int, votes int64) {
	if v[sum] == nil {
		v[sum] = map[int]int64{}
	}
	v[sum][pollNumber] += votes
}

// WriteStationsTable writes a header and one line a polling station and candidacy, in the order of the figures. The counts
// of a station that is published together with others are empty. They are in lines without a station at the end of the
// constituency, one for each station sum and candidacy. docs/exports.md gives the meaning of each column.
func WriteStationsTable(c *csvtext.Writer, f *Figures, votes StationVotes, s *Standing) error {
	_ = c.Write(s.head(
		"station_id", "number", "name", "constituency_id", "constituency", "kind", "state", "registered_voters", "cast", "blank", "invalid",
		"poll_number", "participant_id", "candidacy", "votes", "published_with",
	)...)
	t := stationsTable{out: c, standing: s, votes: votes, of: map[int64]*StationSumFigure{}}
	for i := range f.StationSums {
		for _, id := range f.StationSums[i].Stations {
			t.of[id] = &f.StationSums[i]
		}
	}
	next := 0
	for i := range f.Constituencies {
		part := &f.Constituencies[i]
		for ; next < len(f.Stations) && f.Stations[next].ConstituencyID == part.ID; next++ {
			t.station(part, &f.Stations[next])
		}
		for k := range f.StationSums {
			if sum := &f.StationSums[k]; sum.ConstituencyID == part.ID && len(sum.Stations) > 0 && !sum.Alone() {
				t.lines([]any{"", "", "", part.ID, part.Name, "", "", ""}, part, sum, sum)
			}
		}
	}
	return c.Flush() // returns the first error of any write
}

// stationsTable is a table that is being written.
type stationsTable struct {
	out      *csvtext.Writer
	standing *Standing
	votes    StationVotes
	of       map[int64]*StationSumFigure // by station
}

// station writes the lines of one station.
func (t *stationsTable) station(part *ConstituencyFigure, s *StationFigure) {
	registered := ""
	if s.RegisteredVoters != nil {
		registered = strconv.FormatInt(*s.RegisteredVoters, 10)
	}
	head := []any{s.ID, s.Number, s.Name, part.ID, part.Name, s.Kind, s.State, registered}
	sum := t.of[s.ID]
	if sum != nil && !sum.Alone() {
		t.lines(head, part, nil, sum)
		return
	}
	t.lines(head, part, sum, nil)
}

// lines writes a line for each candidacy, with the counts of a sum, nil for none, and the places of the sum in which they
// are published together.
func (t *stationsTable) lines(head []any, part *ConstituencyFigure, counts, together *StationSumFigure) {
	for _, k := range part.Candidacies {
		line := append([]any{}, head...)
		if counts == nil {
			line = append(line, "", "", "", k.PollNumber, k.ParticipantID, k.Name, "")
		} else {
			line = append(line, counts.Ballots(), counts.Blank, counts.Invalid, k.PollNumber, k.ParticipantID, k.Name,
				t.votes[counts.ID][k.PollNumber])
		}
		_ = t.out.Write(t.standing.line(append(line, together.places())...)...)
	}
}

// places lists the stations of a sum and the votes cast online; "" for no sum.
func (s *StationSumFigure) places() string {
	if s == nil {
		return ""
	}
	var names []string
	for _, id := range s.Stations {
		names = append(names, strconv.FormatInt(id, 10))
	}
	if s.Online > 0 {
		names = append(names, "online")
	}
	return strings.Join(names, " ")
}

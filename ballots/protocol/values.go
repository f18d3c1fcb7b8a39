package protocol

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"urna/elections"
)

// Values are the numbers of a protocol by name: "fields.invalid" for a field of the form, "votes.2" for the votes of the
// list with poll number 2. A later "votes.2.5" has room for a candidate of that list. A number that the paper does not
// have is not there.
type Values map[string]int64

// FieldNumber returns the name of a field's number.
func FieldNumber(name elections.ProtocolFieldName) string { return "fields." + string(name) }

// VotesNumber returns the name of the number of votes of a list.
func VotesNumber(pollNumber int) string { return "votes." + strconv.Itoa(pollNumber) }

// pollNumberOf returns the poll number of a number of votes.
func pollNumberOf(name string) (pollNumber int, ok bool) {
	digits, ok := strings.CutPrefix(name, "votes.")
	if !ok {
		return 0, false
	}
	n, err := strconv.Atoi(digits)
	return n, err == nil && '1' <= digits[0] && digits[0] <= '9' // neither a sign nor a zero before it
}

// fieldOf returns the field of a number.
func fieldOf(name string) (elections.ProtocolFieldName, bool) {
	field, ok := strings.CutPrefix(name, "fields.")
	return elections.ProtocolFieldName(field), ok
}

// Field returns the number of a field.
func (v Values) Field(name elections.ProtocolFieldName) (n int64, has bool) {
	n, has = v[FieldNumber(name)]
	return n, has
}

// Votes returns the votes by poll number.
func (v Values) Votes() map[int]int64 {
	votes := map[int]int64{}
	for name, n := range v {
		if pollNumber, ok := pollNumberOf(name); ok {
			votes[pollNumber] = n
		}
	}
	return votes
}

// votesInAll returns the sum of the votes.
func (v Values) votesInAll() (n int64) {
	for name, votes := range v {
		if _, ok := pollNumberOf(name); ok {
			n += votes
		}
	}
	return n
}

// counted returns what a protocol adds to the tallies: the votes by poll number, with 0 for blank ballots if the rules
// of the election know them, and the invalid ballots, which else have the blank ones.
func (v Values) counted(e *elections.Election) (votes map[int]int64, invalid int64) {
	votes = v.Votes()
	invalid, _ = v.Field(elections.FieldInvalid)
	blank, _ := v.Field(elections.FieldBlank)
	if e.Rules.BlankBallots {
		votes[0] = blank
	} else {
		invalid += blank
	}
	return votes, invalid
}

// differences returns the names of the numbers in which two entries differ, in the order of the form.
func differences(form *paper, a, b Values) (names []string) {
	for _, name := range form.names() {
		first, inFirst := a[name]
		second, inSecond := b[name]
		if first != second || inFirst != inSecond {
			names = append(names, name)
		}
	}
	return names
}

// content is what an entry stores. Its SHA-256 is in the audit log; the nonce keeps anybody from guessing it.
type content struct {
	Nonce        string            `json:"nonce"` // hex, 16 random bytes
	Values       Values            `json:"values"`
	Explanations map[string]string `json:"explanations,omitempty"` // by the code of the check
}

// seal encodes an entry and returns it with its commitment.
func seal(v Values, explanations map[string]string) (encoded string, commitment []byte, err error) {
	var nonce [16]byte
	if _, err := rand.Read(nonce[:]); err != nil {
		return "", nil, fmt.Errorf("protocol: nonce: %w", err)
	}
	text, err := json.Marshal(content{Nonce: hex.EncodeToString(nonce[:]), Values: v, Explanations: explanations})
	if err != nil {
		return "", nil, fmt.Errorf("protocol: encode an entry: %w", err)
	}
	return string(text), commit(string(text)), nil
}

// numbersIn returns the JSON of the numbers in the content of an entry as seal writes it, whose keys are in their order; ""
// for a content of another form.
func numbersIn(content string) string {
	_, from, found := strings.Cut(content, `,"values":{`)
	numbers, _, closed := strings.Cut(from, "}")
	if !found || !closed {
		return ""
	}
	return numbers
}

// commit returns the SHA-256 of an entry's content.
func commit(content string) []byte {
	sum := sha256.Sum256([]byte(content))
	return sum[:]
}

// paper is the form of an election as it applies to one constituency.
type paper struct {
	form     elections.ProtocolForm // complete
	election *elections.Election
	place    *elections.Constituency
	station  elections.Station

	numbers []string        // see names
	known   map[string]bool // these
}

// newPaper returns the paper of a station.
func newPaper(e *elections.Election, station elections.Station) (*paper, error) {
	c := e.Constituency(station.ConstituencyID)
	if c == nil {
		return nil, fmt.Errorf("protocol: the constituency of station %d does not belong to its election", station.ID)
	}
	p := &paper{form: e.ProtocolForm(), election: e, place: c, station: station, known: map[string]bool{}}
	for _, f := range p.form.Fields {
		p.numbers = append(p.numbers, FieldNumber(f.Name))
	}
	for _, c := range p.place.Candidacies {
		p.numbers = append(p.numbers, VotesNumber(c.PollNumber))
	}
	for _, name := range p.numbers {
		p.known[name] = true
	}
	return p, nil
}

// of returns the paper of another station of the constituency.
func (p *paper) of(station elections.Station) *paper {
	other := *p
	other.station = station
	return &other
}

// names returns the names of all numbers that the paper may have, in its order: the fields, then the lists.
func (p *paper) names() []string { return p.numbers }

// lists returns the names of the numbers of votes, in the order of the candidacies.
func (p *paper) lists() []string { return p.numbers[len(p.form.Fields):] }

// has reports whether the paper may have a number.
func (p *paper) has(name string) bool { return p.known[name] }

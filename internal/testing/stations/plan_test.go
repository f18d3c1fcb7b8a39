package stations

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"

	"urna/client"
)

const (
	lists       = 8
	invalidPoll = 99 // no list has this poll number
	threshold   = 3  // percent of the votes for lists
)

// trouble is what goes wrong at a polling station, on purpose.
type trouble int

// The first ones are those of ballots, the others those of protocols.
const (
	noTrouble       trouble = iota
	doubtfulLine            // a line of the file is cut off: the whole file is refused, and sent again
	duplicateLine           // a ballot has two lines
	wrongDigit              // the second person types a ballot of one list for another
	sumsDoNotAdd            // the first person types a number that does not fit the others: E6
	moreThanInBox           // the first person types one digit too many: E7
	moreThanSigned          // the paper has more ballots than signatures: W1, with an explanation
	oneListOnly             // the paper has nearly all votes at one list: W3, and W8 after all are counted
	manyInvalid             // the paper has many invalid ballots: W4, with an explanation
	typedTwiceByOne         // the person of the first entry tries the second one
	bothWrong               // two people type two wrong numbers: the paper has a third one
	wrongPaper              // the first person types the paper of another station: the protocol is reopened
)

// fate says what becomes of a polling station in the end.
type fate int

const (
	counted fate = iota
	annulled
	missing
)

// station is a polling station with what its paper says.
type station struct {
	place      int // of the constituency
	number     string
	registered int64
	votes      [lists]int64
	blank      int64
	invalid    int64
	protocol   bool // it sends a protocol, and ballots otherwise
	trouble    trouble
	fate       fate
	id         int64 // once it was made
}

// inBox returns how many ballots were in the box.
func (s *station) inBox() int64 {
	n := s.blank + s.invalid
	for _, votes := range s.votes {
		n += votes
	}
	return n
}

// duplicates returns how many lines of the station's file do not count.
func (s *station) duplicates() int64 {
	if s.trouble == duplicateLine {
		return 1
	}
	return 0
}

// constituency is a constituency of the plan.
type constituency struct {
	name     string
	seats    int
	stations []*station
	id       int64 // once it was made
}

// plan is an election with what every station says. The same seed gives the same plan.
type plan struct {
	seed           uint64
	constituencies []*constituency
}

func newPlan(seed uint64, constituencies, stations int) *plan {
	random := rand.New(rand.NewPCG(seed, 1))
	p := &plan{seed: seed}
	troubles := []trouble{
		noTrouble, wrongDigit, sumsDoNotAdd, moreThanSigned, oneListOnly, typedTwiceByOne, moreThanInBox, bothWrong, manyInvalid,
	}
	ofBallots := []trouble{noTrouble, noTrouble, doubtfulLine, duplicateLine}
	var typed, sent int
	for place := range constituencies {
		c := &constituency{name: fmt.Sprintf("Constituency %d", place+1), seats: 3 + random.IntN(8)}
		var shares [lists]int
		for i := range shares {
			shares[i] = 4 + random.IntN(40)
		}
		here := stations / constituencies
		if place < stations%constituencies {
			here++
		}
		for n := range here {
			s := &station{place: place, number: strconv.Itoa(n + 1), protocol: n%2 == 1}
			if s.protocol {
				s.trouble = troubles[typed%len(troubles)]
				typed++
			} else {
				s.trouble = ofBallots[sent%len(ofBallots)]
				sent++
			}
			s.fill(random, shares)
			c.stations = append(c.stations, s)
		}
		p.constituencies = append(p.constituencies, c)
	}
	p.decide()
	return p
}

// decide names the station that is annulled, the one that is missing, and the one whose paper was exchanged.
func (p *plan) decide() {
	first, last := p.constituencies[0].stations, p.constituencies[len(p.constituencies)-1].stations
	first[1].fate, first[1].trouble = annulled, noTrouble
	first[3].trouble = wrongPaper
	for _, s := range slices.Backward(last) {
		if !s.protocol {
			s.fate = missing
			return
		}
	}
}

// fill draws what the paper of a station says.
func (s *station) fill(random *rand.Rand, shares [lists]int) {
	for i, share := range shares {
		s.votes[i] = int64(share + random.IntN(share/4+2))
	}
	s.blank, s.invalid = int64(random.IntN(3)), int64(random.IntN(3))
	switch s.trouble {
	case oneListOnly:
		s.votes = [lists]int64{}
		at := slices.Index(shares[:], slices.Min(shares[:]))
		s.votes[at], s.votes[(at+1)%lists] = 97, 5
	case manyInvalid:
		s.invalid = s.inBox()/10 + 2
	default:
	}
	s.registered = 2*s.inBox() + int64(random.IntN(50))
}

// all returns every station.
func (p *plan) all() (stations []*station) {
	for _, c := range p.constituencies {
		stations = append(stations, c.stations...)
	}
	return stations
}

// where returns the stations for which a condition holds.
func (p *plan) where(holds func(*station) bool) (found []*station) {
	for _, s := range p.all() {
		if holds(s) {
			found = append(found, s)
		}
	}
	return found
}

// entry is the paper as a person types it who makes no mistake.
func (s *station) entry() client.ProtocolEntry {
	e := client.ProtocolEntry{
		Fields: map[string]int64{
			"registered": s.registered, "signed": s.inBox(), "found_in_box": s.inBox(), "invalid": s.invalid, "blank": s.blank,
		},
		Votes: map[string]int64{}, Explanations: map[string]string{},
	}
	for i, votes := range s.votes {
		e.Votes[strconv.Itoa(i+1)] = votes
	}
	switch s.trouble {
	case moreThanSigned:
		e.Fields["signed"] -= 2
		e.Explanations["W1"] = "Two voters left without signing; the board noted it on the paper."
	case oneListOnly:
		e.Explanations["W3"] = "The numbers are those of the paper."
	case manyInvalid:
		e.Explanations["W4"] = "Many voters marked two lists; the board looked at each ballot again."
	default:
	}
	return e
}

// moved is the paper with ballots of one list typed for another: the sums stay right.
func (s *station) moved(from, to int, ballots int64) client.ProtocolEntry {
	e := s.entry()
	e.Votes[strconv.Itoa(from+1)] -= ballots
	e.Votes[strconv.Itoa(to+1)] += ballots
	return e
}

// file returns the ballots of the station as lines of a CSV file, with its number as a third column if asked.
func (p *plan) file(s *station, withNumber bool) []byte {
	random := rand.New(rand.NewPCG(p.seed, uint64(s.id)))
	var polls []int
	for i, votes := range s.votes {
		polls = append(polls, slices.Repeat([]int{i + 1}, int(votes))...)
	}
	polls = append(polls, make([]int, s.blank)...)
	polls = append(polls, slices.Repeat([]int{invalidPoll}, int(s.invalid))...)
	random.Shuffle(len(polls), func(i, j int) { polls[i], polls[j] = polls[j], polls[i] })
	var file, first []byte
	for _, poll := range polls {
		line := fmt.Appendf(nil, "%s,%d", drawGUID(random), poll)
		if withNumber {
			line = append(append(line, ','), s.number...)
		}
		line = append(line, '\n')
		if first == nil {
			first = line
		}
		file = append(file, line...)
	}
	if s.trouble == duplicateLine {
		file = append(file, first...)
	}
	return file
}

func drawGUID(random *rand.Rand) string {
	h := hex.EncodeToString(binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, random.Uint64()), random.Uint64()))
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

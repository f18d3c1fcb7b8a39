package rehearsal

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"urna/client"
	"urna/internal/problem"
	"urna/internal/rehearsal/resultsfile"
	"urna/internal/text"
	"urna/results/apportion"
)

const (
	// invalidPoll is the poll number on the ballots that the file counts as invalid.
	invalidPoll = 99_999
	// Urna's limits for a definition.
	mostSeats       = 10_000
	mostCandidacies = 5_000
	mostRunes       = 200
)

// ErrNothingToRehearse is returned for a file without a part that can be rehearsed.
var ErrNothingToRehearse = errors.New("nothing in this file can be rehearsed")

// Plan has the elections that a rehearsal of a results file creates, and their expected results.
type Plan struct {
	ID, Name string
	// Refused has the reason for each part of the file that cannot be rehearsed.
	Refused []string

	elections []planned
}

// planned is one election of a plan: the cases of the file that share their rules.
type planned struct {
	definition client.NewElection // without constituencies
	parts      []part
	// final is the outcome that the file declares for a presidential election's first round.
	secondRound []string
	winner      string
}

// part is one constituency of a plan.
type part struct {
	definition client.NewConstituency // without participants
	standing   []standing
	blank      int64
	invalid    int64
	declared   *resultsfile.Case // nil for a round
}

// standing is one candidacy. Its poll number is its place in the list.
type standing struct {
	name      string
	candidacy client.Candidacy // without the id
	votes     int64
	seats     *int // declared
}

// Ballots returns how many ballots the plan writes.
func (p *Plan) Ballots() int64 {
	var n int64
	for _, e := range p.elections {
		n += e.ballots()
	}
	return n
}

func (e planned) ballots() int64 {
	var n int64
	for _, part := range e.parts {
		n += sum(part.tallies())
	}
	return n
}

// tallies returns the part's ballots by poll number.
func (p part) tallies() []tally {
	votes := []tally{{0, p.blank}, {invalidPoll, p.invalid}}
	for i, s := range p.standing {
		votes = append(votes, tally{i + 1, s.votes})
	}
	return votes
}

// NewPlan returns the plan of a results file. Its elections have the file's date. The error is ErrNothingToRehearse, with
// the reasons.
func NewPlan(file *resultsfile.File, now time.Time) (*Plan, error) {
	p := &Plan{ID: file.ID, Name: file.Name}
	if file.Presidential() {
		p.addRound(file)
	} else {
		p.addCases(file)
	}
	if len(p.elections) == 0 {
		return nil, fmt.Errorf("%w: %s", ErrNothingToRehearse, strings.Join(p.Refused, " "))
	}
	zone, place := timeZone(file.Country)
	starts, ends := dates(file.Date, place, now)
	for i := range p.elections {
		d := &p.elections[i].definition
		d.Title = title(file)
		if len(p.elections) > 1 {
			d.Title = shorten(fmt.Sprintf("%s (%d of %d)", d.Title, i+1, len(p.elections)))
		}
		d.StartsAt, d.EndsAt, d.TimeZone, d.OpenNow = starts, ends, zone, true
		d.Channels, d.Rehearsal = []string{"batches"}, true
	}
	return p, nil
}

// timeZones are those of the countries whose elections are built in.
//
//nolint:gochecknoglobals // a table, never written
var timeZones = map[string]string{
	"DE": "Europe/Berlin", "ES": "Europe/Madrid", "FR": "Europe/Paris", "GE": "Asia/Tbilisi", "NL": "Europe/Amsterdam",
	"NO": "Europe/Oslo", "NZ": "Pacific/Auckland", "RS": "Europe/Belgrade", "SK": "Europe/Bratislava",
	"ZA": "Africa/Johannesburg",
}

// timeZone returns a country's time zone, or "" (the server's) and UTC if the country is unknown.
func timeZone(country string) (string, *time.Location) {
	zone := timeZones[country]
	place, err := time.LoadLocation(zone)
	if err != nil {
		return "", time.UTC
	}
	return zone, place
}

// dates returns voting hours on the file's day, or the two hours before now if that day is not over.
func dates(day string, place *time.Location, now time.Time) (starts, ends time.Time) {
	if t, err := time.ParseInLocation(time.DateOnly, day, place); err == nil {
		starts = time.Date(t.Year(), t.Month(), t.Day(), 7, 0, 0, 0, place)
		ends = time.Date(t.Year(), t.Month(), t.Day(), 20, 0, 0, 0, place)
		if ends.Before(now) {
			return starts, ends
		}
	}
	now = now.UTC().Truncate(time.Minute)
	return now.Add(-2 * time.Hour), now.Add(-time.Minute)
}

func title(file *resultsfile.File) string {
	name := file.Name
	if name == "" {
		name = "Rehearsal of " + file.ID
	}
	if t, err := time.Parse(time.DateOnly, file.Date); err == nil && !strings.Contains(name, t.Format("2006")) {
		name += " " + t.Format("2006")
	}
	return shorten(name)
}

func shorten(s string) string {
	if utf8.RuneCountInString(s) <= mostRunes {
		return s
	}
	return string([]rune(s)[:mostRunes])
}

func (p *Plan) refuse(what, why string) {
	p.Refused = append(p.Refused, fmt.Sprintf("%s: %s.", what, why))
}

// addCases groups the file's cases into elections: one election for all cases with the same rules.
func (p *Plan) addCases(file *resultsfile.File) {
	byRules := map[string]int{}
	for i := range file.Cases {
		c := &file.Cases[i]
		part, rules, err := planCase(c)
		if err != nil {
			p.refuse(c.Name, err.Error())
			continue
		}
		key := fmt.Sprint(rules)
		at, known := byRules[key]
		if !known {
			at = len(p.elections)
			byRules[key] = at
			p.elections = append(p.elections, planned{definition: client.NewElection{Kind: "parliamentary", Rules: rules}})
		}
		e := &p.elections[at]
		if len(file.Cases) > 1 {
			part.definition.Name = freshName(e.parts, c.Name)
		}
		e.definition.Rules.BlankBallots = e.definition.Rules.BlankBallots || part.blank > 0
		e.parts = append(e.parts, part)
	}
}

// freshName returns a name that no other constituency has.
func freshName(parts []part, name string) string {
	taken := func(name string) bool {
		return slices.ContainsFunc(parts, func(p part) bool { return text.Key(p.definition.Name) == text.Key(name) })
	}
	fresh := name
	for i := 2; taken(fresh); i++ {
		fresh = fmt.Sprintf("%s (%d)", name, i)
	}
	return fresh
}

// planCase states a case as a constituency of an election, and checks that the election's rules give the same seats as the
// file's rules.
func planCase(c *resultsfile.Case) (part, client.Rules, error) {
	in, err := c.Input()
	if err != nil {
		return part{}, client.Rules{}, err
	}
	percent, exact := decimal(in.Threshold.Percent)
	if !exact {
		return part{}, client.Rules{}, fmt.Errorf("no decimal number gives its threshold of %s percent exactly", in.Threshold.Percent)
	}
	rules := client.Rules{
		Method: string(in.Method), ThresholdPercent: json.Number(percent),
		ThresholdBase: string(in.Threshold.Base), ThresholdComparison: string(in.Threshold.Comparison),
		TieBreak: texts(in.TieBreaks),
	}
	if rules.ThresholdBase == "" {
		rules.ThresholdBase = string(apportion.BaseNone)
	}
	if rules.ThresholdComparison == "" {
		rules.ThresholdComparison = string(apportion.AtLeast)
	}
	expressed := express(in)
	if err := sameSeats(in, expressed); err != nil {
		return part{}, client.Rules{}, err
	}
	p := part{
		definition: client.NewConstituency{
			Seats: c.Seats, RegisteredVoters: stated(c.Eligible), DeclaredVotesCast: stated(c.VotesCast),
		},
		blank: c.Blank, invalid: c.Invalid, declared: c,
	}
	for i, list := range c.Lists {
		candidacy := client.Candidacy{
			Weight: expressed.Lists[i].Weight.String(), Exempt: list.Exempt, MaxSeats: expressed.Lists[i].MaxSeats,
		}
		if own := list.ThresholdPercent; own != nil {
			percent, exact := decimal(*own)
			if !exact {
				return part{}, client.Rules{}, fmt.Errorf("no decimal number gives the threshold of %s, %s percent, exactly", list.Name, own)
			}
			candidacy.ThresholdPercent = json.Number(percent)
		}
		p.standing = append(p.standing, standing{
			name: strings.TrimSpace(list.Name), votes: list.Votes, seats: list.Seats, candidacy: candidacy,
		})
	}
	return p, rules, p.check()
}

// texts returns the names of rules for ties.
func texts(rules []apportion.TieBreak) (names []string) {
	for _, rule := range rules {
		names = append(names, string(rule))
	}
	return names
}

// addRound plans a presidential election's first round.
func (p *Plan) addRound(file *resultsfile.File) {
	race, err := file.Race(0)
	if err != nil {
		p.refuse(file.Name, err.Error())
		return
	}
	expressed := apportion.Race{
		Votes: race.Votes, Blank: race.Blank, Invalid: race.Invalid, Rule: race.Rule,
		MajorityBase: race.MajorityBase, Cast: race.Cast, TieBreaks: race.TieBreaks,
	}
	if err := sameOutcome(race, expressed); err != nil {
		p.refuse(file.Name, err.Error())
		return
	}
	round := file.Rounds[0]
	rules := client.Rules{Majority: "plurality", MajorityBase: string(race.MajorityBase), BlankBallots: round.Blank > 0, TieBreak: texts(race.TieBreaks)}
	if race.Rule == apportion.AbsoluteMajority {
		rules.Majority = "absolute"
	}
	whole := part{
		definition: client.NewConstituency{
			Seats: 1, RegisteredVoters: stated(round.Eligible), DeclaredVotesCast: stated(round.VotesCast),
		},
		blank: round.Blank, invalid: round.Invalid,
	}
	for _, candidate := range round.Candidates {
		whole.standing = append(whole.standing, standing{name: strings.TrimSpace(candidate.Name), votes: candidate.Votes})
	}
	if err := whole.check(); err != nil {
		p.refuse(file.Name, err.Error())
		return
	}
	e := planned{definition: client.NewElection{Kind: "presidential", Rules: rules}, parts: []part{whole}}
	if len(file.Rounds) == 1 {
		e.winner = file.Winner
	} else {
		for _, candidate := range file.Rounds[1].Candidates {
			e.secondRound = append(e.secondRound, strings.TrimSpace(candidate.Name))
		}
	}
	p.elections = append(p.elections, e)
}

// check makes the server's checks of a definition before anything is created on the server.
func (p part) check() error {
	if p.definition.Seats > mostSeats {
		return fmt.Errorf("an election has at most %d seats", mostSeats)
	}
	if len(p.standing) > mostCandidacies {
		return fmt.Errorf("a constituency has at most %d candidacies", mostCandidacies)
	}
	for i, s := range p.standing {
		if s.name == "" {
			return fmt.Errorf("number %d has no name", i+1)
		}
		if mistake := problem.InTextWithin(s.name, mostRunes); !mistake.IsZero() {
			return fmt.Errorf("the name of number %d: %s", i+1, mistake)
		}
	}
	return nil
}

// stated returns nil for a count that the file does not state.
func stated(n int64) *int64 {
	if n == 0 {
		return nil
	}
	return &n
}

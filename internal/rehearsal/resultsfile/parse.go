package resultsfile

import (
	"encoding/json"
	"fmt"

	"urna/internal/text/strictjson"
	"urna/results/apportion"
)

// Parse reads a results file. It returns ErrFormat if the text is not one JSON object; a mistake
// inside of a case is an error of that case's Input.
func Parse(data []byte) (*File, error) {
	var fields map[string]json.RawMessage
	if err := strictjson.Unmarshal(strictjson.WithoutMark(data), &fields); err != nil {
		return nil, fmt.Errorf("%w: not a JSON object: %w", ErrFormat, err)
	}
	if fields == nil {
		return nil, fmt.Errorf("%w: not a JSON object", ErrFormat)
	}
	var problem error
	o := object{fields: fields, problem: &problem}
	file := &File{
		ID: o.text("id"), Name: o.text("name"), Country: o.text("country"), Date: o.text("date"),
		Kind: o.text("kind"),
	}
	if file.Presidential() {
		file.readRounds(o)
		return file, nil
	}
	constituencies := o.list("constituencies")
	if problem != nil {
		return nil, problem
	}
	if len(constituencies) == 0 {
		file.Cases = []Case{readCase(o, object{problem: new(error)})}
		return file, nil
	}
	for i, data := range constituencies {
		c := newObject(data, fmt.Sprintf("constituency %d", i+1), new(error))
		file.Cases = append(file.Cases, readCase(c, o))
	}
	return file, nil
}

// readCase reads a case from an object of its own. What it inherits comes from parent, whose
// malformed fields make every case that inherits them malformed.
func readCase(o, parent object) Case {
	inherited := func(field string) object {
		if o.has(field) || !parent.has(field) {
			return o
		}
		return object{fields: parent.fields, where: parent.where, problem: o.problem}
	}
	c := Case{
		ID: o.text("id"), Name: o.text("name"),
		Method:        apportion.Method(inherited("method").text("method")),
		Blank:         o.count("blank_votes"),
		Invalid:       o.count("invalid_votes"),
		VotesCast:     o.count("votes_cast"),
		Eligible:      o.count("eligible"),
		Valid:         o.count("valid_votes"),
		TieWinner:     o.names("tie_winner"),
		TieResolution: o.text("tie_resolution"),
		Unassigned:    o.seats("unassigned_seats"),
	}
	if seats := o.seats("seats"); seats != nil {
		c.Seats = *seats
	}
	if c.Name == "" {
		c.Name = c.ID
	}
	if o.has("expected_tie") {
		tie := newObject(o.fields["expected_tie"], o.prefix()+"expected_tie", o.problem)
		c.ExpectedTie = &Tie{Names: tie.names("names")}
		if seats := tie.seats("seats"); seats != nil {
			c.ExpectedTie.Seats = *seats
		}
	}
	exempt := set(inherited("exempt_from_threshold").names("exempt_from_threshold"))
	for i, data := range o.list("parties") {
		c.Lists = append(c.Lists, readList(newObject(data, fmt.Sprintf("%sparty %d", o.prefix(), i+1), o.problem), exempt))
	}
	c.Threshold = c.readThreshold(inherited("threshold"))
	if *o.problem == nil && !c.Method.Known() {
		*o.problem = fmt.Errorf("%w: %s%q", apportion.ErrUnknownMethod, o.prefix(), c.Method)
	}
	c.problem = *o.problem
	return c
}

func readList(o object, exempt map[string]bool) List {
	list := List{
		Name: o.text("name"), Votes: o.count("votes"), Seats: o.seats("seats"), Lumped: o.flag("lumped"),
		ThresholdPercent: o.number("threshold_percent"),
	}
	list.Exempt = exempt[list.Name]
	if !o.has("votes") {
		o.fail("votes", "there")
	}
	if weight := o.number("weight"); weight != nil {
		list.Weight = *weight
	}
	if most := o.seats("max_seats"); most != nil {
		list.MaxSeats = *most
		switch {
		case *most < 0:
			o.fail("max_seats", "0 or more")
		case *most == 0:
			list.MaxSeats = -1
		}
	}
	return list
}

// readThreshold reads the threshold out of the object that has it. Names in passing that no list
// of the case has are left out: a nationwide decision names lists that do not stand everywhere.
func (c Case) readThreshold(holder object) apportion.Threshold {
	threshold := apportion.Threshold{Base: apportion.BaseNone}
	if !holder.has("threshold") {
		return threshold
	}
	o := newObject(holder.fields["threshold"], holder.prefix()+"threshold", holder.problem)
	if percent := o.number("percent"); percent != nil {
		threshold.Percent = *percent
	}
	threshold.Comparison = apportion.Comparison(o.text("comparison"))
	threshold.Total = o.count("total")
	if o.has("base") {
		threshold.Base = apportion.Base(o.text("base"))
	} else if threshold.Percent.Numerator() != 0 && !o.has("passing") {
		o.fail("base", "there where a percentage is")
	}
	if o.has("passing") {
		passing := set(o.names("passing"))
		threshold.Passing = []int{}
		for i, list := range c.Lists {
			if passing[list.Name] {
				threshold.Passing = append(threshold.Passing, i)
			}
		}
	}
	return threshold
}

// readRounds reads what a presidential file has, and notes why it is refused.
func (f *File) readRounds(o object) {
	f.Winner = o.text("winner")
	for i, data := range o.list("rounds") {
		r := newObject(data, fmt.Sprintf("round %d", i+1), o.problem)
		round := Round{
			Blank: r.count("blank_votes"), Invalid: r.count("invalid_votes"),
			VotesCast: r.count("votes_cast"), Eligible: r.count("eligible"), Valid: r.count("valid_votes"),
		}
		for j, data := range r.list("candidates") {
			c := newObject(data, fmt.Sprintf("round %d: candidate %d", i+1, j+1), o.problem)
			round.Candidates = append(round.Candidates, Candidate{c.text("name"), c.count("votes")})
		}
		f.Rounds = append(f.Rounds, round)
	}
	if !o.has("rule") {
		f.Problem = ErrNoRule
		return
	}
	rule := newObject(o.fields["rule"], "rule", o.problem)
	f.Rule = Rule{apportion.Rule(rule.text("type")), apportion.MajorityBase(rule.text("majority_base"))}
	if f.Rule.Type == "" && *o.problem == nil {
		f.Problem = ErrNoRule
		return
	}
	if len(f.Rounds) == 0 {
		o.fail("rounds", "there")
	}
	f.Problem = *o.problem
}

func set(names []string) map[string]bool {
	set := make(map[string]bool, len(names))
	for _, name := range names {
		set[name] = true
	}
	return set
}

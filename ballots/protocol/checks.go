package protocol

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"urna/elections"
	"urna/internal/messages"
	"urna/internal/problem"
)

// Severity says what a finding does.
type Severity string

// The severities.
const (
	Error   Severity = "error"   // refuses the entry
	Warning Severity = "warning" // asks for an explanation
)

// Finding is what a check found in a protocol.
type Finding struct {
	Code     string // of the check; clients and explanations have it
	Severity Severity
	Number   string // the name of the number to look at first, such as "fields.invalid"
	Message  messages.Message
}

// Check is a check of protocols. docs/protocols.md lists all of them; a test compares it.
type Check struct {
	Code     string
	Severity Severity
	// Numbers names what it looks at, as the handbook has it.
	Numbers string
	Rule    messages.Message // when it finds something
	Remedy  messages.Message // what to do then

	find func(in *input) []Finding // nil: found elsewhere
}

// input is a protocol as the checks see it.
type input struct {
	*paper

	typed  map[string]string // only errors look at it
	values Values
	sorted []string // see typedNames
}

// Checks returns all checks: errors first, each in the order of its number.
func Checks() []Check { return slices.Clone(checks()) }

// checks is Checks for readers that change nothing: a list of protocols asks for it with every cell.
//
//nolint:gochecknoglobals // a constant
var checks = sync.OnceValue(func() []Check {
	return []Check{
		{"E1", Error, "required fields, votes", messages.ProtocolChecksRuleMissing(), messages.ProtocolChecksRemedyMissing(), findMissing},
		{"E2", Error, "all", messages.ProtocolChecksRuleNumber(mostInWords), messages.ProtocolChecksRemedyNumber(), findNoNumber},
		{"E3", Error, "votes", messages.ProtocolChecksRuleUnknownList(), messages.ProtocolChecksRemedyUnknownList(), findUnknownList},
		{"E4", Error, "fields", messages.ProtocolChecksRuleUnknownField(), messages.ProtocolChecksRemedyUnknownField(), findUnknownField},
		{"E5", Error, "votes, blank, valid", messages.ProtocolChecksRuleValid(), messages.ProtocolChecksRemedySum(), findValidSum},
		{"E6", Error, "votes, blank, invalid, found_in_box", messages.ProtocolChecksRuleFound(), messages.ProtocolChecksRemedySum(), findFoundSum},
		{"E7", Error, "votes, blank, found_in_box", messages.ProtocolChecksRuleMoreValid(), messages.ProtocolChecksRemedyMoreValid(), findMoreValid},

		{"W1", Warning, "found_in_box, signed", messages.ProtocolChecksRuleMoreFound(), messages.ProtocolChecksRemedyExplain(), findMoreFound},
		{"W2", Warning, "received, unused, spoiled, found_in_box", messages.ProtocolChecksRulePapers(), messages.ProtocolChecksRemedyPapers(), findPapers},
		{"W3", Warning, "votes", messages.ProtocolChecksRuleOneList(), messages.ProtocolChecksRemedyExplain(), findOneList},
		{"W4", Warning, "invalid", messages.ProtocolChecksRuleInvalid(), messages.ProtocolChecksRemedyExplain(), findInvalid},
		{"W5", Warning, "votes", messages.ProtocolChecksRuleBlankColumn(), messages.ProtocolChecksRemedyBlankColumn(), findBlankColumn},
		{"W6", Warning, "signed, registered", messages.ProtocolChecksRuleMoreSigned(), messages.ProtocolChecksRemedyExplain(), findMoreSigned},
		{"W7", Warning, "registered", messages.ProtocolChecksRuleRegistered(), messages.ProtocolChecksRemedyRegistered(), findRegistered},
		{"W8", Warning, "votes", messages.ProtocolChecksRuleNeighbours(), messages.ProtocolChecksRemedyExplain(), nil},
	}
})

// farFromNeighbours is the code of the one check that compares stations; see neighbours.go.
const farFromNeighbours = "W8"

// mostInNumber is the largest number that a protocol may have, and mostInWords what people read of it.
const (
	mostInNumber = 9_999_999
	mostInWords  = "9,999,999"
)

// typedNames returns the names of the typed numbers in their alphabetical order.
func (in *input) typedNames() []string {
	if in.sorted == nil {
		in.sorted = slices.Sorted(maps.Keys(in.typed))
	}
	return in.sorted
}

// find runs the checks of a severity.
func (in *input) find(severity Severity) (found []Finding) {
	for _, c := range checks() {
		if c.Severity != severity || c.find == nil {
			continue
		}
		for _, f := range c.find(in) {
			f.Code, f.Severity = c.Code, severity
			found = append(found, f)
		}
	}
	return found
}

// parse reads typed numbers and returns the values, or ErrFindings with all errors.
func (p *paper) parse(typed map[string]string) (Values, error) {
	in := &input{paper: p, typed: map[string]string{}, values: Values{}}
	for name, text := range typed {
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		in.typed[name] = text
		if n, ok := number(text); ok {
			in.values[name] = n
		}
	}
	return in.values, refusal(in.find(Error))
}

// parseOne reads one typed number; "" is none. It also returns the mistake in it.
func (p *paper) parseOne(name, typed string) (*int64, messages.Message) {
	typed = strings.TrimSpace(typed)
	if typed == "" {
		return nil, messages.Message{}
	}
	n, ok := number(typed)
	if !ok {
		return nil, messages.ProtocolChecksNoNumber(p.label(name), typed, mostInWords)
	}
	return &n, messages.Message{}
}

// number reads a number of a protocol: digits alone.
func number(typed string) (n int64, ok bool) {
	n, err := strconv.ParseInt(typed, 10, 64)
	return n, err == nil && n >= 0 && n <= mostInNumber && typed[0] >= '0' && typed[0] <= '9'
}

// refusal returns ErrFindings with findings, nil for none.
func refusal(found []Finding) error {
	if len(found) == 0 {
		return nil
	}
	refused := *ErrFindings
	for _, f := range found {
		refused.Fields = append(refused.Fields, problem.Field{Name: f.Number, Code: f.Code, Message: f.Message})
	}
	return &refused
}

// check runs the errors over values that were settled.
func (p *paper) check(v Values) error {
	in := &input{paper: p, typed: map[string]string{}, values: v}
	for name, n := range v {
		in.typed[name] = strconv.FormatInt(n, 10)
	}
	return refusal(in.find(Error))
}

// warnings returns the warnings about values that have no errors, without those that compare stations.
func (p *paper) warnings(v Values) []Finding {
	return (&input{paper: p, values: v}).find(Warning)
}

// at returns a finding at a number.
func at(name string, message messages.Message) []Finding {
	return []Finding{{Number: name, Message: message}}
}

// label returns what the election's form calls a number.
func (p *paper) label(name string) messages.Message {
	if field, ok := fieldOf(name); ok {
		return p.form.LabelOf(field)
	}
	if pollNumber, ok := pollNumberOf(name); ok {
		for _, c := range p.place.Candidacies {
			if c.PollNumber == pollNumber {
				return messages.ProtocolChecksVotesOf(c.Name)
			}
		}
	}
	return messages.Verbatim(name)
}

// field returns the value of a field if the protocol has it.
func (in *input) field(name elections.ProtocolFieldName) (int64, bool) { return in.values.Field(name) }

// valid returns the valid ballots by the rules of the election.
func (in *input) valid() int64 {
	n := in.values.votesInAll()
	if blank, has := in.field(elections.FieldBlank); has && in.election.Rules.BlankBallots {
		n += blank
	}
	return n
}

// sum returns the votes, the blank and the invalid ballots.
func (in *input) sum() int64 {
	blank, _ := in.field(elections.FieldBlank)
	invalid, _ := in.field(elections.FieldInvalid)
	return in.values.votesInAll() + blank + invalid
}

// complete reports whether all numbers of the sums are there: a sum of fewer says nothing that E1 and E2 do not say.
func (in *input) complete() bool {
	for _, name := range in.lists() {
		if _, has := in.values[name]; !has {
			return false
		}
	}
	_, has := in.field(elections.FieldInvalid)
	return has
}

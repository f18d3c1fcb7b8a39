package elections

import (
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strings"
	"time"

	"urna/elections/participants"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/internal/sealed"
	"urna/internal/text"
)

// The bounds of a definition.
const (
	maxName           = 200
	maxTitle          = 200
	maxSeats          = 10_000
	maxSeatsInAll     = 100_000
	maxCandidacies    = 5_000 // in one constituency
	maxConstituencies = 5_000
	defaultSeats      = 250
	maxConfirmations  = 2
	defaultThreshold  = "5"
	nationwide        = "Nationwide"
)

// MaxVoters bounds every number of voters, such as registered voters and the figures of turnout reports.
const MaxVoters = 10_000_000_000

// methods, bases and comparisons are the names that package results/apportion knows.
//
//nolint:gochecknoglobals // tables, never written
var (
	methods = []string{
		"dhondt", "sainte-lague", "modified-sainte-lague-1.4", "modified-sainte-lague-1.2", "adams", "dean",
		"huntington-hill", "hare", "droop", "hagenbach-bischoff-rounded", "imperiali",
	}
	bases       = []string{"none", "valid-party-votes", "valid-including-blank", "votes-cast", "eligible", "quota"}
	comparisons = []string{">=", ">"}
)

// Methods returns the names of the seat allocation methods that an election may use.
func Methods() []string { return slices.Clone(methods) }

// ThresholdBases returns the names of what a threshold's percentage may be taken of.
func ThresholdBases() []string { return slices.Clone(bases) }

// rationalForm is narrower than what big.Rat reads, which takes a leading zero for octal, and than what
// package results/apportion reads, so that whatever is accepted here can be computed there.
var rationalForm = regexp.MustCompile(`^(0|[1-9][0-9]{0,8})(\.[0-9]{1,6}|/[1-9][0-9]{0,8})?$`)

// ParseRational reads an exact non-negative rational written as "27/20", "3.25" or "5": at most nine
// digits before the point, six after it, nine in each part of a fraction, none of them a leading zero.
func ParseRational(s string) (*big.Rat, bool) {
	if !rationalForm.MatchString(s) {
		return nil, false
	}
	return new(big.Rat).SetString(s)
}

// complete fills in the defaults, as the contract of /api/v1 gives them.
func (d *Draft) complete(serverZone string) {
	d.Title = text.Trim(d.Title)
	d.StartsAt, d.EndsAt = d.StartsAt.Truncate(time.Millisecond), d.EndsAt.Truncate(time.Millisecond) // as they are stored
	if d.BatchesUntil != nil {
		until := d.BatchesUntil.Truncate(time.Millisecond)
		d.BatchesUntil = &until
	}
	d.TimeZone = orDefault(strings.TrimSpace(d.TimeZone), serverZone)
	d.PublicView = orDefault(d.PublicView, TurnoutOnly)
	d.Rules.Majority = orDefault(d.Rules.Majority, Absolute)
	d.Rules.MajorityBase = orDefault(d.Rules.MajorityBase, MajorityOfValid)
	d.Rules.ThresholdComparison = orDefault(d.Rules.ThresholdComparison, ">=")
	d.Rules.ThresholdScope = orDefault(d.Rules.ThresholdScope, EachConstituency)
	d.Rules.completeTieBreak()
	d.completeSealing()
	d.Protocols = d.Protocols.Normal()
	d.completeTurnoutHours()
	if d.Channels == nil {
		d.Channels = []Channel{Batches, Online}
	}
	if d.Constituencies == nil {
		d.Constituencies = []ConstituencyDraft{{Name: nationwide}}
	}
	seats := 1
	if d.Kind == Parliamentary {
		seats = defaultSeats
		d.Rules.Method = orDefault(d.Rules.Method, "dhondt")
		d.Rules.ThresholdPercent = orDefault(strings.TrimSpace(d.Rules.ThresholdPercent), defaultThreshold)
		d.Rules.ThresholdBase = orDefault(d.Rules.ThresholdBase, "valid-party-votes")
	} else {
		d.Rules.Method, d.Rules.ThresholdPercent, d.Rules.ThresholdBase = "", "0", "none"
		d.Rules.ThresholdScope = EachConstituency
	}
	for i := range d.Constituencies {
		c := &d.Constituencies[i]
		c.Name = text.Trim(c.Name)
		if len(d.Constituencies) == 1 {
			c.Name = orDefault(c.Name, nationwide)
		}
		c.Seats = orDefault(c.Seats, seats)
		for j := range c.Candidacies {
			c.Candidacies[j].Weight = strings.TrimSpace(c.Candidacies[j].Weight)
			c.Candidacies[j].ThresholdPercent = strings.TrimSpace(c.Candidacies[j].ThresholdPercent)
		}
		for j := range c.Stations {
			c.Stations[j].complete()
		}
	}
}

func orDefault[T comparable](value, fallback T) T {
	var zero T
	if value == zero {
		return fallback
	}
	return value
}

// check names every problem of a completed draft; named are the participants that it names, before is the election as
// it is stored, nil for a new one. Names that are inherited from an election that has opened were taken by the rules of
// its time and are not looked at again.
func (d *Draft) check(named map[int64]participants.Participant, before *Election, inherited bool, now time.Time) error {
	var c problem.Checks
	if !inherited {
		participants.CheckText(&c, "title", d.Title, maxTitle)
		participants.CheckNames(&c, "names", d.Names, maxTitle)
	}
	if d.Kind != Parliamentary && d.Kind != Presidential {
		c.Add("kind", messages.FieldChooseElectionKind())
	}
	d.checkTimes(&c, before)
	d.checkOpening(&c, before, now)
	d.checkTurnoutHours(&c)
	if d.PublicView != TurnoutOnly && d.PublicView != RunningCount {
		c.Add("public_view", messages.FieldChoosePublicView())
	}
	if d.Confirmations < 0 || d.Confirmations > maxConfirmations {
		c.Add("confirmations", messages.FieldChooseConfirmations())
	}
	if _, mistake := sealed.Parse(strings.Join(d.SealKeysTo, " ")); !mistake.IsZero() {
		c.Add("seal_keys_to", mistake)
	}
	d.Protocols.check(&c)
	if len(d.Channels) == 0 {
		c.Add("channels", messages.FieldChooseChannels())
	}
	if len(d.Constituencies) == 0 {
		c.Add("constituencies", messages.FieldEnterConstituency())
	}
	for _, channel := range d.Channels {
		if channel != Batches && channel != Online {
			c.Add("channels", messages.FieldChooseAmongChannels())
			break
		}
	}
	d.checkRules(&c)
	d.checkConstituencies(&c, named, inherited)
	return c.Err()
}

func (d *Draft) checkRules(c *problem.Checks) {
	r := d.Rules
	if r.Majority != Absolute && r.Majority != Plurality {
		c.Add("majority", messages.FieldChooseMajority())
	}
	if r.MajorityBase != MajorityOfValid && r.MajorityBase != MajorityOfVotesCast {
		c.Add("majority_base", messages.FieldChooseMajorityBase())
	}
	if r.ThresholdScope != EachConstituency && r.ThresholdScope != AllConstituencies {
		c.Add("threshold_scope", messages.FieldChooseScope())
	}
	if !slices.Contains(comparisons, r.ThresholdComparison) {
		c.Add("threshold_comparison", messages.FieldChooseComparison())
	}
	d.checkTieBreak(c)
	if d.Kind != Parliamentary {
		return
	}
	if !slices.Contains(methods, r.Method) {
		c.Add("method", messages.FieldChooseMethod(strings.Join(methods, ", ")))
	}
	if !slices.Contains(bases, r.ThresholdBase) {
		c.Add("threshold_base", messages.FieldChooseBase(strings.Join(bases, ", ")))
	}
	if !isPercentage(r.ThresholdPercent) {
		c.Add("threshold_percent", messages.FieldEnterPercentage())
	}
}

// isPercentage reports whether a text is a number from 0 to 100.
func isPercentage(text string) bool {
	p, ok := ParseRational(text)
	return ok && p.Cmp(big.NewRat(100, 1)) <= 0
}

func (d *Draft) checkConstituencies(c *problem.Checks, named map[int64]participants.Participant, inherited bool) {
	if len(d.Constituencies) > maxConstituencies {
		c.Add("constituencies", messages.FieldTooManyConstituencies(int64(maxConstituencies)))
		return
	}
	if d.Kind == Presidential && len(d.Constituencies) > 1 {
		c.Add("constituencies", messages.FieldPresidentialOneConstituency())
	}
	if !inherited {
		d.checkNames(c, named)
	}
	for i := range d.Constituencies {
		at := fmt.Sprintf("constituencies[%d]", i)
		con := &d.Constituencies[i]
		switch {
		case d.Kind == Presidential && con.Seats != 1:
			c.Add(at+".seats", messages.FieldPresidentialOneSeat())
		case con.Seats < 1 || con.Seats > maxSeats:
			c.Add(at+".seats", messages.FieldSeatsRange(int64(maxSeats)))
		}
		switch {
		case con.RegisteredVoters < 0 || con.RegisteredVoters > MaxVoters:
			c.Add(at+".registered_voters", messages.FieldEnterRegistered())
		case con.RegisteredVoters == 0 && d.Rules.ThresholdBase == "eligible":
			c.Add(at+".registered_voters", messages.FieldRegisteredNeeded())
		}
		if v := con.DeclaredVotesCast; v != nil && (*v < 0 || *v > MaxVoters) {
			c.Add(at+".declared_votes_cast", messages.FieldEnterPaperVotes())
		}
		con.checkCandidacies(c, at+".participants", d.Kind.Participants(), named, d.AsDraft)
	}
	d.checkOwnThresholds(c)
	d.checkStations(c)
	all := 0
	for i := range d.Constituencies {
		all += d.Constituencies[i].Seats
	}
	if all > maxSeatsInAll {
		c.Add("constituencies", messages.FieldTooManySeats(int64(maxSeatsInAll)))
	}
}

// checkOwnThresholds refuses a list whose own threshold, measured over the whole election, is not the
// same everywhere.
func (d *Draft) checkOwnThresholds(c *problem.Checks) {
	if d.Rules.ThresholdScope != AllConstituencies {
		return
	}
	first := map[int64]string{}
	for i, constituency := range d.Constituencies {
		for j, candidacy := range constituency.Candidacies {
			own, known := first[candidacy.ParticipantID]
			if !known {
				first[candidacy.ParticipantID] = candidacy.ThresholdPercent
			} else if own != candidacy.ThresholdPercent {
				c.Add(fmt.Sprintf("constituencies[%d].participants[%d].threshold_percent", i, j),
					messages.FieldOwnThresholdDiffers(candidacy.ParticipantID))
			}
		}
	}
}

func (d *ConstituencyDraft) checkCandidacies(c *problem.Checks, at string, want participants.Kind, named map[int64]participants.Participant, draft bool) {
	if len(d.Candidacies) == 0 && !draft || len(d.Candidacies) > maxCandidacies {
		c.Add(at, messages.FieldChooseParticipants(int64(maxCandidacies)))
	}
	seen := map[int64]bool{}
	for j, candidacy := range d.Candidacies {
		id := fmt.Sprintf("%s[%d].id", at, j)
		switch p, known := named[candidacy.ParticipantID]; {
		case !known:
			c.Add(id, messages.FieldNoParticipantWithId(candidacy.ParticipantID))
		case p.Kind != want:
			c.Add(id, messages.FieldParticipantOfOtherKind(candidacy.ParticipantID, string(p.Kind), string(want)))
		case seen[candidacy.ParticipantID]:
			c.Add(id, messages.FieldParticipantTwice(candidacy.ParticipantID, p.Name))
		}
		seen[candidacy.ParticipantID] = true
		if w, ok := ParseRational(orDefault(candidacy.Weight, "1")); !ok || w.Sign() == 0 {
			c.Add(fmt.Sprintf("%s[%d].weight", at, j), messages.FieldEnterWeight())
		}
		if !isPercentage(orDefault(candidacy.ThresholdPercent, "0")) {
			c.Add(fmt.Sprintf("%s[%d].threshold_percent", at, j), messages.FieldEnterOwnThreshold())
		}
		if candidacy.MaxSeats < 0 || candidacy.MaxSeats > maxSeats {
			c.Add(fmt.Sprintf("%s[%d].max_seats", at, j), messages.FieldEnterCandidates())
		}
	}
}

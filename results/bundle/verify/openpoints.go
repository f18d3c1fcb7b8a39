package verify

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"

	"urna/results/bundle/format"
)

// point is an open point without its reason.
type point struct {
	code         string
	constituency int64
	facts        []int64
}

func (p point) String() string {
	if p.constituency == 0 {
		return p.code
	}
	return fmt.Sprintf("%s of constituency %d", p.code, p.constituency)
}

// recipientForm is that of a recipient of age: letters and digits in Bech32.
var recipientForm = regexp.MustCompile(`^age1(pq1)?[02-9ac-hj-np-z]+$`)

var codeForm = regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`)

// derived are the codes whose points follow from the bundle; duplicates between places follow from a full one alone.
func (c *check) derived(code string) bool {
	switch code {
	case format.MoreCastThanRegistered, format.MoreKeysThanRegistered, format.NoBallots, format.RetractionAfterEnd, format.KeysAfterOpening,
		format.ApprovedAlone, format.LateBatch, format.StationAwaited, format.ProtocolExplanations, format.ProtocolUnfinished,
		format.ProtocolRetractionAfterEnd, format.LateProtocol:
		return true
	case format.DuplicatesBetweenPlaces:
		return c.report.Form == format.Full
	default:
		return false
	}
}

// openPoints finds the open points that follow from the bundle, and compares them with those that a reason lifted.
func (c *check) openPoints() error {
	if !format.HasOpenPoints(c.figures.Format) {
		if len(c.figures.OpenPoints)+len(c.figures.VoterKeys)+len(c.figures.Rolls) > 0 {
			return contradiction("figures in the form %q have no open points", c.figures.Format)
		}
		c.report.Cannot = append(c.report.Cannot, "Whether the election had open points: figures in the form "+c.figures.Format+" do not list them.")
		return nil
	}
	if err := errors.Join(c.voterKeys(), c.rolls()); err != nil {
		return err
	}
	var lifted []point
	var before *format.OpenPointFigure
	for i := range c.figures.OpenPoints {
		p := &c.figures.OpenPoints[i]
		if !codeForm.MatchString(p.Code) || p.Reason == "" || p.Administrator == "" || p.ConstituencyID != 0 && c.election.Constituency(p.ConstituencyID) == nil {
			return contradiction("open point %d has no reason, no administrator, or a place that does not exist", i+1)
		}
		one := point{p.Code, p.ConstituencyID, p.Facts}
		if before != nil && cmp.Or(inOrder(point{before.Code, before.ConstituencyID, nil}, one), cmp.Compare(before.StationID, p.StationID)) >= 0 {
			return contradiction("open point %d is out of order", i+1)
		}
		if p.StationID != 0 && (c.stations.byID[p.StationID] == nil || !slices.Equal(p.Facts, []int64{p.StationID})) {
			return contradiction("open point %d is not of the polling station that it names", i+1)
		}
		before = p
		if c.derived(p.Code) {
			lifted = withStation(lifted, p)
		}
		c.proved("The open point %s %v was lifted by %s with the reason: %q", one, p.Facts, p.Administrator, p.Reason)
	}
	return c.comparePoints(lifted)
}

// comparePoints compares the points that were lifted with those that follow from the bundle.
func (c *check) comparePoints(lifted []point) error {
	expected := c.expectedPoints()
	slices.SortFunc(expected, inOrder)
	for i := range max(len(expected), len(lifted)) {
		switch {
		case i >= len(expected) || i < len(lifted) && inOrder(lifted[i], expected[i]) < 0:
			return contradiction("the open point %s was lifted and does not follow from this bundle", lifted[i])
		case i >= len(lifted) || inOrder(lifted[i], expected[i]) > 0:
			return contradiction("the open point %s has no reason", expected[i])
		case !slices.Equal(lifted[i].facts, expected[i].facts):
			return contradiction("the open point %s was lifted for the facts %v; here they are %v", lifted[i], lifted[i].facts, expected[i].facts)
		}
	}
	c.proved("Each of the %d open points that follow from this bundle was lifted by a written reason.", len(expected))
	return nil
}

func inOrder(a, b point) int {
	return cmp.Or(cmp.Compare(a.code, b.code), cmp.Compare(a.constituency, b.constituency))
}

// voterKeys checks the order of the acts on voter keys.
func (c *check) voterKeys() error {
	for i, k := range c.figures.VoterKeys {
		if c.election.Constituency(k.ConstituencyID) == nil || i > 0 && c.figures.VoterKeys[i-1].ConstituencyID >= k.ConstituencyID {
			return contradiction("the voter keys of constituency %d are out of order or of no constituency of this election", k.ConstituencyID)
		}
		if min(k.Keys, k.IssuedAfterOpening, k.ReplacedAfterOpening, k.Revoked, k.ReplacedSealed) < 0 ||
			k.Replaced < max(k.ReplacedAfterOpening, k.ReplacedSealed) {
			return contradiction("the numbers of voter keys of constituency %d cannot be", k.ConstituencyID)
		}
	}
	return nil
}

// rolls checks that the keys are no more than the rolls and the acts on keys account for.
func (c *check) rolls() error {
	var issued, issuedAgain, keys, revoked, sealed int64
	for i, r := range c.figures.Rolls {
		if i > 0 && c.figures.Rolls[i-1].ID >= r.ID || r.Keys < 0 || r.State != "issued" && r.State != "withdrawn" {
			return contradiction("roll %d is out of order or cannot be", r.ID)
		}
		if i := slices.IndexFunc(r.SealedTo, func(name string) bool { return !recipientForm.MatchString(name) }); i >= 0 {
			return contradiction("roll %d is sealed to %q, which is no recipient", r.ID, r.SealedTo[i])
		}
		issued += r.Keys
		if len(r.SealedTo) > 0 {
			sealed += r.Keys
		}
	}
	for _, k := range c.figures.VoterKeys {
		keys, revoked = keys+k.Keys, revoked+k.Revoked
		issuedAgain, sealed = issuedAgain+k.Replaced, sealed+k.ReplacedSealed
	}
	if keys+revoked > issued {
		return contradiction("there are %d voter keys and %d were revoked, and the rolls have %d", keys, revoked, issued)
	}
	if issued > 0 {
		c.report.Cannot = append(c.report.Cannot, fmt.Sprintf("Who has read voter keys. Of the %d keys in rolls and %d that replaced others, %d were sealed by what the figures say.",
			issued, issuedAgain, sealed))
	}
	c.proved("The %d voter keys are no more than those of the %d rolls, which had %d.", keys, len(c.figures.Rolls), issued)
	return nil
}

// expectedPoints returns the open points that follow from the bundle.
func (c *check) expectedPoints() (all []point) {
	cast := func(place int64, b format.BallotFigures) {
		if b.RegisteredVoters != nil && *b.RegisteredVoters > 0 && b.Cast > *b.RegisteredVoters {
			all = append(all, point{format.MoreCastThanRegistered, place, []int64{b.Cast, *b.RegisteredVoters}})
		}
	}
	if len(c.figures.Constituencies) > 1 {
		cast(0, c.figures.Ballots)
	}
	for i := range c.figures.Constituencies {
		k := &c.figures.Constituencies[i]
		cast(k.ID, k.Ballots)
		if k.Ballots.Cast == 0 {
			all = append(all, point{code: format.NoBallots, constituency: k.ID})
		}
		all = append(all, c.expectedOfBatches(k.ID)...)
		all = append(all, c.expectedOfStations(k.ID)...)
		all = append(all, c.expectedOfProtocols(k.ID)...)
	}
	return append(append(all, c.expectedOfKeys()...), c.expectedAlone()...)
}

// expectedOfBatches returns those of a constituency's batches.
func (c *check) expectedOfBatches(constituency int64) (all []point) {
	var retracted, duplicates, late []int64
	for _, b := range c.figures.Batches {
		if b.ConstituencyID != constituency {
			continue
		}
		counts := int64(0)
		if b.State == "counted" {
			counts = 1
		}
		if b.Late != nil {
			late = append(late, b.ID, counts)
		}
		if b.RetractedAfterEnd > 0 {
			retracted = append(retracted, b.ID, b.RetractedAfterEnd, counts)
		}
		if n := c.foreign[b.ID]; n > 0 {
			duplicates = append(duplicates, b.ID, n)
		}
	}
	if retracted != nil {
		all = append(all, point{format.RetractionAfterEnd, constituency, retracted})
	}
	if late != nil {
		all = append(all, point{format.LateBatch, constituency, late})
	}
	if duplicates != nil {
		all = append(all, point{format.DuplicatesBetweenPlaces, constituency, duplicates})
	}
	return all
}

// expectedOfKeys returns those of voter keys.
func (c *check) expectedOfKeys() (all []point) {
	for _, k := range c.figures.VoterKeys {
		if registered := c.election.Constituency(k.ConstituencyID).RegisteredVoters; registered > 0 && k.Keys > registered {
			all = append(all, point{format.MoreKeysThanRegistered, k.ConstituencyID, []int64{k.Keys, registered}})
		}
		if k.IssuedAfterOpening+k.ReplacedAfterOpening > 0 {
			all = append(all, point{format.KeysAfterOpening, k.ConstituencyID, []int64{k.IssuedAfterOpening, k.ReplacedAfterOpening}})
		}
	}
	return all
}

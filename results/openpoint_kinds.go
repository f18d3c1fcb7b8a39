package results

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"urna/ballots"
	"urna/elections"
	"urna/internal/database"
	"urna/internal/messages"
)

// Points that no reason lifts.

func votingNotEnded(i *inspected) {
	if i.results.State == elections.Scheduled || i.results.State == elections.Open {
		i.open(0, messages.ObstaclesVotingNotEnded())
	}
}

func closing(i *inspected) {
	if i.results.State == elections.Counting && !i.closed {
		i.open(0, messages.ObstaclesClosing())
	}
}

func batchesWaiting(i *inspected) {
	if n := i.results.BatchesWaiting; n > 0 {
		i.open(0, messages.ObstaclesBatchesWaiting(int64(n)))
	}
	for _, c := range i.election.Constituencies {
		var late []int64
		for _, b := range i.batches {
			if b.ConstituencyID == c.ID && b.Waits() {
				late = append(late, b.ID)
			}
		}
		if len(late) > 0 {
			i.open(c.ID, messages.ObstaclesLateBatchesWaiting(c.Name, int64(len(late)), numbers(late, 1)))
		}
	}
}

func noBallotAtAll(i *inspected) {
	if i.results.State.ToBeCertified() && i.results.Ballots.Cast == 0 {
		i.open(0, messages.ObstaclesNoBallotAtAll())
	}
}

func tieOpen(i *inspected) {
	for k := range i.results.Constituencies {
		if c := &i.results.Constituencies[k]; c.Tie != nil {
			i.open(c.ID, messages.ObstaclesTie(c.Name))
		}
	}
}

// annulmentsNotCarriedOut finds polling stations that the open correction has annulled and that are not: its figures would
// contradict it.
func annulmentsNotCarriedOut(i *inspected) {
	for k := range i.corrections {
		c := &i.corrections[k]
		for _, place := range c.Stations {
			at := slices.IndexFunc(i.stations, func(s StationSum) bool { return s.ID == place.StationID })
			if c.Open() && place.Act == elections.Annul && at >= 0 && i.stations[at].Exclusion != elections.AnnulledStation {
				i.open(place.ConstituencyID, messages.ObstaclesAnnulment(nameOf(i.election, place.ConstituencyID), i.stations[at].Number))
			}
		}
	}
}

func seatsNotAllocated(i *inspected) {
	for k := range i.results.Constituencies {
		if c := &i.results.Constituencies[k]; !c.Problem.IsZero() {
			i.open(c.ID, messages.ObstaclesAllocation(c.Name, c.Problem))
		}
	}
}

// Points that a reason lifts.

// noBallots has no facts. Without a ballot in the whole election there is nothing that a reason could lift.
func noBallots(i *inspected) {
	for k := range i.results.Constituencies {
		if c := &i.results.Constituencies[k]; c.Ballots.Cast == 0 && i.results.Ballots.Cast > 0 {
			i.openWith(c.ID)
		}
	}
}

func sayNoBallots(p *OpenPoint) messages.Message { return messages.ObstaclesNoBallots(p.Constituency) }

// moreCastThanRegistered has the facts: ballots cast, registered voters. The sum is a point of its own if there are
// several constituencies.
func moreCastThanRegistered(i *inspected) {
	add := func(place int64, b Ballots) {
		if b.RegisteredVoters > 0 && b.Cast > b.RegisteredVoters {
			i.openWith(place, b.Cast, b.RegisteredVoters)
		}
	}
	if len(i.results.Constituencies) > 1 {
		add(0, i.results.Ballots)
	}
	for k := range i.results.Constituencies {
		add(i.results.Constituencies[k].ID, i.results.Constituencies[k].Ballots)
	}
}

func sayMoreCast(p *OpenPoint) messages.Message {
	if p.ConstituencyID == 0 {
		return messages.ObstaclesMoreCastInAll(fact(p, 0), fact(p, 1))
	}
	return messages.ObstaclesMoreCast(p.Constituency, fact(p, 0), fact(p, 1))
}

// moreKeysThanRegistered has the facts: keys that can vote or have voted, registered voters.
func moreKeysThanRegistered(i *inspected) {
	for _, k := range i.keys.Acts {
		for _, c := range i.election.Constituencies {
			if c.ID == k.ConstituencyID && c.RegisteredVoters > 0 && k.Keys > c.RegisteredVoters {
				i.openWith(c.ID, k.Keys, c.RegisteredVoters)
			}
		}
	}
}

func sayMoreKeys(p *OpenPoint) messages.Message {
	return messages.ObstaclesMoreKeys(p.Constituency, fact(p, 0), fact(p, 1))
}

// keysAfterOpening has the facts: keys issued, keys replaced, both after the opening.
func keysAfterOpening(i *inspected) {
	for _, k := range i.keys.Acts {
		if k.IssuedAfterOpening+k.ReplacedAfterOpening > 0 {
			i.openWith(k.ConstituencyID, k.IssuedAfterOpening, k.ReplacedAfterOpening)
		}
	}
}

func sayKeysAfterOpening(p *OpenPoint) messages.Message {
	return messages.ObstaclesKeysAfterOpening(p.Constituency, fact(p, 0), fact(p, 1))
}

// retractionAfterEnd has the facts, for each batch: its number, how often it was retracted after the end, and 1 if it
// counts again.
func retractionAfterEnd(i *inspected) {
	i.openWithBatches(func(b *ballots.BatchSum) []int64 {
		if b.RetractedAfterEnd == 0 {
			return nil
		}
		return []int64{b.ID, b.RetractedAfterEnd, counts(b)}
	})
}

func sayRetractions(p *OpenPoint) messages.Message {
	const width = 3
	return messages.ObstaclesRetractions(p.Constituency, int64(len(p.Facts)/width), numbers(p.Facts, width))
}

// lateBatches has the facts, for each late batch: its number, and 1 if it counts. One that waits is not among them: it is
// a point of its own, which no reason lifts.
func lateBatches(i *inspected) {
	i.openWithBatches(func(b *ballots.BatchSum) []int64 {
		if b.Late == nil || b.Waits() {
			return nil
		}
		return []int64{b.ID, counts(b)}
	})
}

// counts returns 1 for a batch that is counted, and 0 for another one.
func counts(b *ballots.BatchSum) int64 {
	if b.State == "counted" {
		return 1
	}
	return 0
}

func sayLateBatches(p *OpenPoint) messages.Message {
	const width = 2
	return messages.ObstaclesLateBatches(p.Constituency, int64(len(p.Facts)/width), numbers(p.Facts, width), countedLate(p.Facts))
}

// countedLate adds up the second facts of late batches or protocols, which are 1 if they count.
func countedLate(facts []int64) (counted int64) {
	for k := 1; k < len(facts); k += 2 {
		counted += facts[k]
	}
	return counted
}

// findDuplicatesBetween has the facts, for each batch: its number, and how many of its lines do not count because a
// batch of another constituency holds their GUIDs.
func (s *Service) findDuplicatesBetween(ctx context.Context, tx *database.Tx, of []*inspected) error {
	for _, i := range of {
		found, err := s.duplicatesBetween(ctx, tx, i)
		if err != nil {
			return err
		}
		for _, c := range i.election.Constituencies {
			var facts []int64
			for _, d := range found {
				if d.ConstituencyID == c.ID {
					facts = append(facts, d.BatchID, d.Lines)
				}
			}
			if len(facts) > 0 {
				i.openWith(c.ID, facts...)
			}
		}
	}
	return nil
}

// duplicatesBetween reads every duplicate once for each set of counted batches, from which the ledger follows. While
// batches wait it reads none: they must be counted before a confirmation.
func (s *Service) duplicatesBetween(ctx context.Context, tx *database.Tx, i *inspected) ([]ballots.ForeignDuplicates, error) {
	if i.waiting > 0 || len(i.election.Constituencies) < 2 || i.results.Ballots.Duplicates == 0 {
		return nil, nil
	}
	var key strings.Builder
	for _, b := range i.batches {
		fmt.Fprintf(&key, "%d %s,", b.ID, b.State)
	}
	s.between.Lock()
	defer s.between.Unlock()
	if last, ok := s.between.of[i.election.ID]; ok && last.batches == key.String() {
		return last.found, nil
	}
	found, err := ballots.DuplicatesBetweenConstituencies(ctx, tx, i.election.ID)
	if err != nil {
		return nil, err
	}
	s.between.of[i.election.ID] = between{key.String(), found}
	return found, nil
}

func sayDuplicatesBetween(p *OpenPoint) messages.Message {
	const width = 2
	var lines int64
	for k := 1; k < len(p.Facts); k += width {
		lines += p.Facts[k]
	}
	return messages.ObstaclesDuplicatesBetween(p.Constituency, lines, numbers(p.Facts, width))
}

// doneAlone has the facts: the numbers of the approvals of acts that were done without the second administrator that they
// needed.
func doneAlone(i *inspected) {
	var facts []int64
	for k := range i.decided {
		if d := &i.decided[k]; d.Done && d.Outcome.Alone() {
			facts = append(facts, d.ID)
		}
	}
	if len(facts) > 0 {
		i.openWith(0, facts...)
	}
}

func sayDoneAlone(p *OpenPoint) messages.Message {
	return messages.ObstaclesDoneAlone(int64(len(p.Facts)), numbers(p.Facts, 1))
}

func sayRestored(p *OpenPoint) messages.Message {
	return messages.ObstaclesRestored(int64(len(p.Facts)), numbers(p.Facts, 1))
}

// fact returns a number of the facts; 0 if a stored list is too short.
func fact(p *OpenPoint, at int) int64 {
	if at < len(p.Facts) {
		return p.Facts[at]
	}
	return 0
}

// numbers lists every width-th fact.
func numbers(facts []int64, width int) string {
	var all []string
	for k := 0; k < len(facts); k += width {
		all = append(all, strconv.FormatInt(facts[k], 10))
	}
	return strings.Join(all, ", ")
}

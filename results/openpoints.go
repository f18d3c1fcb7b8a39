package results

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"urna/ballots"
	"urna/ballots/online"
	"urna/elections"
	"urna/internal/approval"
	"urna/internal/database"
	"urna/internal/messages"
	"urna/results/bundle/format"
)

// OpenPoint is something that must be settled before figures can be confirmed.
type OpenPoint struct {
	Code           string
	ConstituencyID int64  // 0: the whole election
	Constituency   string // its name
	StationID      int64  // 0: the constituency, or several of its polling stations
	// Stations are the polling stations that the point is about, in the order of the figures.
	Stations []StationSum
	Message  messages.Message
	// Liftable says whether a written reason lifts it. Otherwise it must end, or an act must settle it.
	Liftable bool
	// Facts are numbers whose meaning depends on the code. A reason holds while they stay the same.
	Facts []int64
	// Lifted is the reason that lifts it; nil if none does.
	Lifted *Lifting
}

// Key names an open point in requests: its code, and behind a colon the number of its constituency or polling station. The
// key of a point about several stations has "in-" before the number of the constituency.
func (p *OpenPoint) Key() string { return pointKey(p.Code, p.ConstituencyID, p.StationID) }

// Open reports whether the point prevents a confirmation.
func (p *OpenPoint) Open() bool { return p.Lifted == nil }

// pointKind is a kind of open points.
type pointKind struct {
	code string
	// find adds the points of this kind to elections of one snapshot. The number of its queries must not depend on the
	// number of elections.
	find func(ctx context.Context, tx *database.Tx, of []*inspected) error
	// say returns the sentence about a point that a reason can lift, from its facts. It is nil for points that no
	// reason lifts: find says their sentences.
	say func(p *OpenPoint) messages.Message
}

// pointKinds are the kinds of open points, in the order of the page. docs/development.md describes how to add one.
func (s *Service) pointKinds() []pointKind {
	return []pointKind{
		{code: "voting-not-ended", find: eachElection(votingNotEnded)},
		{code: "closing", find: eachElection(closing)},
		{code: "batches-waiting", find: eachElection(batchesWaiting)},
		{code: "batches-waiting", find: eachElection(lateProtocolsWaiting)},
		{code: "no-figures", find: eachElection(noBallotAtAll)},
		{code: "tie-open", find: eachElection(tieOpen)},
		{code: "seats-not-allocated", find: eachElection(seatsNotAllocated)},
		{code: "annulment-not-carried-out", find: eachElection(annulmentsNotCarriedOut)},
		{code: format.NoBallots, find: eachElection(noBallots), say: sayNoBallots},
		{code: format.StationAwaited, find: eachElection(stationsAwaited), say: sayStationsAwaited},
		{code: format.MoreCastThanRegistered, find: eachElection(moreCastThanRegistered), say: sayMoreCast},
		{code: format.MoreKeysThanRegistered, find: eachElection(moreKeysThanRegistered), say: sayMoreKeys},
		{code: format.KeysAfterOpening, find: eachElection(keysAfterOpening), say: sayKeysAfterOpening},
		{code: format.RetractionAfterEnd, find: eachElection(retractionAfterEnd), say: sayRetractions},
		{code: format.LateBatch, find: eachElection(lateBatches), say: sayLateBatches},
		{code: format.ProtocolUnfinished, find: eachElection(protocolsUnfinished), say: sayProtocolsUnfinished},
		{code: format.ProtocolExplanations, find: eachElection(protocolsUnexplained), say: sayProtocolsUnexplained},
		{code: format.ProtocolRetractionAfterEnd, find: eachElection(protocolRetractions), say: sayProtocolRetractions},
		{code: format.LateProtocol, find: eachElection(lateProtocols), say: sayLateProtocols},
		{code: format.DuplicatesBetweenPlaces, find: s.findDuplicatesBetween, say: sayDuplicatesBetween},
		{code: format.ApprovedAlone, find: eachElection(doneAlone), say: sayDoneAlone},
		{code: "restored", find: findRollbacks, say: sayRestored},
	}
}

// inspected is an election whose open points are looked for.
type inspected struct {
	figures

	results *Results
	batches []ballots.BatchSum
	// stations are all of the election, in the order of the figures.
	stations []StationSum
	// protocols are those of polling stations.
	protocols []ballots.ProtocolRecord
	keys      online.KeyRecord
	decided   []approval.Decided
	// corrections are those that led to the figures.
	corrections []elections.Correction
	before      *Figures // that these correct, or nil
	points      []OpenPoint
	kind        pointKind // that is looked for
	// liftings are the reasons that are not voided, by the keys of their points.
	liftings map[string]storedLifting
}

// open adds a point of the present kind with its sentence.
func (i *inspected) open(constituencyID int64, sentence messages.Message) {
	i.points = append(i.points, OpenPoint{
		Code: i.kind.code, ConstituencyID: constituencyID, Constituency: nameOf(i.election, constituencyID), Message: sentence,
	})
}

// openWith adds a point of the present kind that a reason can lift.
func (i *inspected) openWith(constituencyID int64, facts ...int64) {
	i.points = append(i.points, liftablePoint(i.kind, i.election, OpenPoint{ConstituencyID: constituencyID, Facts: facts}))
}

// openWithBatches adds a point for each constituency with the facts of its batches, if there are any.
func (i *inspected) openWithBatches(factsOf func(*ballots.BatchSum) []int64) {
	openWithEach(i, i.batches, func(b *ballots.BatchSum) int64 { return b.ConstituencyID }, factsOf)
}

// openWithProtocols is openWithBatches for protocols.
func (i *inspected) openWithProtocols(factsOf func(*ballots.ProtocolRecord) []int64) {
	openWithEach(i, i.protocols, func(p *ballots.ProtocolRecord) int64 { return p.ConstituencyID }, factsOf)
}

func openWithEach[R any](i *inspected, records []R, placeOf func(*R) int64, factsOf func(*R) []int64) {
	facts := map[int64][]int64{}
	for k := range records {
		place := placeOf(&records[k])
		facts[place] = append(facts[place], factsOf(&records[k])...)
	}
	for _, c := range i.election.Constituencies {
		if found := facts[c.ID]; len(found) > 0 {
			i.openWith(c.ID, found...)
		}
	}
}

// openInAll adds a point about the whole election to those that have facts, by election.
func openInAll(of []*inspected, facts map[int64][]int64) {
	for _, i := range of {
		if found := facts[i.election.ID]; len(found) > 0 {
			i.openWith(0, found...)
		}
	}
}

// idsOf returns the ids of elections.
func idsOf(of []*inspected) []int64 {
	ids := make([]int64, len(of))
	for k, i := range of {
		ids[k] = i.election.ID
	}
	return ids
}

// liftablePoint completes a point of the kind that has its place, its facts and its stations.
func liftablePoint(kind pointKind, e *elections.Election, p OpenPoint) OpenPoint {
	p.Code, p.Constituency, p.Liftable = kind.code, nameOf(e, p.ConstituencyID), true
	p.Message = kind.say(&p)
	return p
}

// nameOf returns the name of a constituency, "" for the whole election.
func nameOf(e *elections.Election, constituencyID int64) string {
	if c := e.Constituency(constituencyID); c != nil {
		return c.Name
	}
	return ""
}

// eachElection looks for points in elections one by one, without queries.
func eachElection(find func(*inspected)) func(context.Context, *database.Tx, []*inspected) error {
	return func(_ context.Context, _ *database.Tx, of []*inspected) error {
		for _, i := range of {
			find(i)
		}
		return nil
	}
}

// inspect finds the open points of elections that are not certified, with the reasons that lift them.
func (s *Service) inspect(ctx context.Context, tx *database.Tx, of []*inspected) error {
	list := make([]*elections.Election, len(of))
	for k, i := range of {
		list[k] = i.election
	}
	liftings, err := loadLiftings(tx, list...)
	if err != nil {
		return err
	}
	var ended []*inspected // only after the end does a reason lift anything
	for _, i := range of {
		i.liftings = liftings[i.election.ID]
		if i.results.State.ToBeCertified() {
			ended = append(ended, i)
		}
	}
	for _, kind := range s.pointKinds() {
		for _, i := range of {
			i.kind = kind
		}
		among := of
		if kind.say != nil {
			among = ended
		}
		if err := kind.find(ctx, tx, among); err != nil {
			return err
		}
	}
	for _, i := range of {
		for k := range i.points {
			p := &i.points[k]
			if l, ok := i.liftings[p.Key()]; ok && p.Liftable && slices.Equal(l.facts, p.Facts) {
				p.Lifted = &l.Lifting
			}
		}
	}
	return nil
}

// certifiedPoints returns the open points of a certified election: those that were lifted. stations are all of the election.
func (s *Service) certifiedPoints(tx *database.Tx, e *elections.Election, stations []StationSum) (points []OpenPoint, err error) {
	all, err := loadLiftings(tx, e)
	if err != nil {
		return nil, err
	}
	order := map[int64]int{}
	for i := range e.Constituencies {
		order[e.Constituencies[i].ID] = i + 1
	}
	liftings := slices.SortedFunc(maps.Values(all[e.ID]), func(a, b storedLifting) int {
		return cmp.Or(cmp.Compare(order[a.constituencyID], order[b.constituencyID]), cmp.Compare(a.stationID, b.stationID))
	})
	for _, kind := range s.pointKinds() {
		for i := range liftings {
			l := &liftings[i]
			if l.code != kind.code || kind.say == nil {
				continue
			}
			p := liftablePoint(kind, e, l.point(stations))
			p.Lifted = &l.Lifting
			points = append(points, p)
		}
	}
	return points, nil
}

// sentencesOf returns the sentences of the points that prevent a confirmation.
func sentencesOf(points []OpenPoint) []messages.Message {
	var open []messages.Message
	for i := range points {
		if points[i].Open() {
			open = append(open, points[i].Message)
		}
	}
	return open
}

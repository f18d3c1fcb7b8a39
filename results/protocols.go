package results

import (
	"context"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	"urna/ballots"
	"urna/elections"
	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/messages"
	"urna/results/bundle/format"
)

// protocols has the protocols of elections that show their counts, by the ids of these.
type protocols interface {
	RecordsOf(ctx context.Context, tx *database.Tx, of []*elections.Election) (map[int64][]ballots.ProtocolRecord, error)
}

// UseProtocols gives the service the protocols of polling stations, before its first use. Without them no election has
// any.
func (s *Service) UseProtocols(p protocols) { s.protocols = p }

// protocolsOf returns the protocols of elections.
func (s *Service) protocolsOf(ctx context.Context, tx *database.Tx, of ...*elections.Election) (map[int64][]ballots.ProtocolRecord, error) {
	if s.protocols == nil {
		return nil, nil //nolint:nilnil // there are none
	}
	return s.protocols.RecordsOf(ctx, tx, of)
}

func protocolFigures(protocols []ballots.ProtocolRecord) (figures []format.ProtocolFigure) {
	for i := range protocols {
		p := &protocols[i]
		f := format.ProtocolFigure{
			ID: p.ID, ConstituencyID: p.ConstituencyID, StationID: p.StationID, State: p.State, Round: p.Round, Entries: []format.ProtocolEntry{},
			Differences: p.Differences, Warnings: p.Warnings, RetractedAfterEnd: p.RetractedAfterEnd, Late: lateFigure(p.Late),
		}
		for _, e := range p.Entries {
			f.Entries = append(f.Entries, format.ProtocolEntry{
				Typist: audit.WithoutAddress(e.Typist), EnteredAt: e.At.UTC(), SHA256: hex.EncodeToString(e.SHA256),
			})
		}
		for _, s := range p.Settlements {
			f.Settlements = append(f.Settlements, format.ProtocolSettlement{Number: s.Number, Choice: s.Choice, By: audit.WithoutAddress(s.By)})
		}
		for _, e := range p.Explanations {
			f.Explanations = append(f.Explanations, format.ProtocolExplanation{Code: e.Code, Reason: e.Text, By: audit.WithoutAddress(e.By)})
		}
		for _, s := range p.Scans {
			f.Scans = append(f.Scans, hex.EncodeToString(s))
		}
		figures = append(figures, f)
	}
	return figures
}

// protocolSums returns a sum for each protocol of a constituency that is in the count.
func protocolSums(constituencyID int64, protocols []ballots.ProtocolRecord) (sums []format.SumFigure) {
	for i := range protocols {
		if p := &protocols[i]; p.InCount && p.ConstituencyID == constituencyID {
			sums = append(sums, format.SumFigure{
				ConstituencyID: constituencyID, Batches: []int64{}, Protocols: []int64{p.ID},
				Valid: p.Sum.Ballots() - p.Sum.Invalid, Invalid: p.Sum.Invalid,
			})
		}
	}
	return sums
}

// lateProtocolsWaiting are points that no reason lifts.
func lateProtocolsWaiting(i *inspected) {
	for _, c := range i.election.Constituencies {
		var late []int64
		for k := range i.protocols {
			if p := &i.protocols[k]; p.ConstituencyID == c.ID && p.Waits() {
				late = append(late, p.ID)
			}
		}
		if len(late) > 0 {
			i.open(c.ID, messages.ObstaclesLateProtocolsWaiting(c.Name, int64(len(late)), numbers(late, 1)))
		}
	}
}

// protocolsUnfinished has the facts, for each protocol that was begun and is not in the count: its number, and the place
// of its state in format.ProtocolStates.
func protocolsUnfinished(i *inspected) {
	i.openWithProtocols(func(p *ballots.ProtocolRecord) []int64 {
		if !p.Unfinished() {
			return nil
		}
		return []int64{p.ID, int64(slices.Index(format.ProtocolStates(), p.State))}
	})
}

func sayProtocolsUnfinished(p *OpenPoint) messages.Message {
	const width = 2
	return messages.ObstaclesProtocolsUnfinished(p.Constituency, int64(len(p.Facts)/width), numbers(p.Facts, width))
}

// protocolsUnexplained has the facts, for each warning about a protocol in the count that has no explanation: the number of
// the protocol, and that of the check.
func protocolsUnexplained(i *inspected) {
	i.openWithProtocols(func(p *ballots.ProtocolRecord) (facts []int64) {
		if !p.InCount {
			return nil
		}
		for _, code := range p.Unexplained {
			facts = append(facts, p.ID, checkNumber(code))
		}
		return facts
	})
}

// checkNumber returns the number in the code of a check.
func checkNumber(code string) int64 {
	n, _ := strconv.ParseInt(strings.TrimLeft(code, "EW"), 10, 64)
	return n
}

func sayProtocolsUnexplained(p *OpenPoint) messages.Message {
	const width = 2
	return messages.ObstaclesProtocolsUnexplained(p.Constituency, int64(len(p.Facts)/width), numbers(p.Facts, width))
}

// protocolRetractions has the facts, for each protocol: its number, how often it left the count after the end, and 1 if it
// counts again.
func protocolRetractions(i *inspected) {
	i.openWithProtocols(func(p *ballots.ProtocolRecord) []int64 {
		if p.RetractedAfterEnd == 0 {
			return nil
		}
		return []int64{p.ID, p.RetractedAfterEnd, countsProtocol(p)}
	})
}

func sayProtocolRetractions(p *OpenPoint) messages.Message {
	const width = 3
	return messages.ObstaclesProtocolRetractions(p.Constituency, int64(len(p.Facts)/width), numbers(p.Facts, width))
}

// lateProtocols has the facts, for each late protocol about which was decided: its number, and 1 if it counts.
func lateProtocols(i *inspected) {
	i.openWithProtocols(func(p *ballots.ProtocolRecord) []int64 {
		if p.Late == nil || p.Waits() {
			return nil
		}
		return []int64{p.ID, countsProtocol(p)}
	})
}

func countsProtocol(p *ballots.ProtocolRecord) int64 {
	if p.InCount {
		return 1
	}
	return 0
}

func sayLateProtocols(p *OpenPoint) messages.Message {
	const width = 2
	return messages.ObstaclesLateProtocols(p.Constituency, int64(len(p.Facts)/width), numbers(p.Facts, width), countedLate(p.Facts))
}

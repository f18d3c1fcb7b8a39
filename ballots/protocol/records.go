package protocol

import (
	"context"
	"slices"
	"strings"
	"time"

	"urna/ballots"
	"urna/elections"
	"urna/internal/database"
)

// RecordsOf returns the protocols of elections by the ids of these, in the order of their own ids, as the transaction sees
// them. It is for elections that show their counts. The number of its queries grows with the protocols alone.
func (s *Service) RecordsOf(ctx context.Context, tx *database.Tx, of []*elections.Election) (map[int64][]ballots.ProtocolRecord, error) {
	records := map[int64][]ballots.ProtocolRecord{}
	ids := make([]int64, len(of))
	for i, e := range of {
		ids[i] = e.ID
	}
	with, err := electionsWithProtocols(tx, ids)
	if err != nil {
		return nil, err
	}
	for _, e := range of {
		if !slices.Contains(with, e.ID) {
			continue
		}
		if records[e.ID], err = s.recordsOf(ctx, tx, e); err != nil {
			return nil, err
		}
	}
	return records, nil
}

func (s *Service) recordsOf(ctx context.Context, tx *database.Tx, e *elections.Election) (records []ballots.ProtocolRecord, err error) {
	stations, err := s.stationsOf(tx, e)
	if err != nil {
		return nil, err
	}
	tallies, err := ballots.StationTallies(ctx, tx, e.ID)
	if err != nil {
		return nil, err
	}
	near := newNeighbourhood(tallies)
	scans, err := scansOfElection(tx, e.ID)
	if err != nil {
		return nil, err
	}
	papers := map[int64]*paper{} // by constituency
	err = readAll(tx, e.ID, needed, func(row *protocolRow, t *typed, _ []string) error {
		station := stations[row.StationID]
		if papers[station.ConstituencyID] == nil {
			p, err := newPaper(e, station)
			if err != nil {
				return err
			}
			papers[station.ConstituencyID] = p
		}
		r := record(row, t, papers[station.ConstituencyID].of(station), near)
		for i := range scans[row.StationID] {
			r.Scans = append(r.Scans, scans[row.StationID][i].SHA256)
		}
		records = append(records, r)
		return nil
	})
	return records, err
}

// needed opens an entry as far as figures need it. The numbers of a second entry that agrees are those of the first one,
// so that it is read for its explanations alone.
func needed(row *protocolRow, e *entryRow) (c content, wrong string) {
	if e.Round != row.Round || e.Number == 2 && row.Differences == "" && !strings.Contains(e.Content, `"explanations"`) {
		return c, ""
	}
	return proved(row, e)
}

// record returns a protocol as figures have it.
func record(row *protocolRow, t *typed, p *paper, near *neighbourhood) ballots.ProtocolRecord {
	r := ballots.ProtocolRecord{
		ID: row.ID, ConstituencyID: row.ConstituencyID, StationID: row.StationID, State: row.State, InCount: row.state() == Definitive,
		Round: row.Round, Differences: row.differing(), RetractedAfterEnd: row.RetractionsAfterEnd,
	}
	for _, e := range t.entries {
		r.Entries = append(r.Entries, ballots.ProtocolEntry{Typist: e.TypistName, At: time.UnixMilli(e.EnteredAt), SHA256: e.Commitment, Content: e.Content})
	}
	for _, one := range t.settlements {
		r.Settlements = append(r.Settlements, ballots.ProtocolSettlement{Number: one.Name, Value: one.Value, Choice: one.Choice, By: one.SettlerName})
	}
	if l := row.late(); l != nil {
		r.Late = &ballots.LateBatch{Cause: string(l.Cause), Official: l.Official, Reason: l.Reason, State: string(l.State), Decider: l.Decider, Remark: l.Remark}
		if row.DefinitiveAt != nil {
			r.Late.AcceptedAt = time.UnixMilli(*row.DefinitiveAt)
		}
	}
	if !row.state().Complete() {
		return r
	}
	values := t.values()
	warnings := p.warnings(values)
	if r.InCount {
		r.Sum = sumOf(row, p, values)
		warnings = append(warnings, near.far(p)...)
	}
	said := t.said()
	for _, w := range warnings {
		if !slices.Contains(r.Warnings, w.Code) {
			r.Warnings = append(r.Warnings, w.Code)
		}
	}
	r.Unexplained = unexplained(warnings, said)
	for _, e := range said {
		if slices.Contains(r.Warnings, e.Code) {
			r.Explanations = append(r.Explanations, ballots.ProtocolExplanation{Code: e.Code, Text: e.Text, By: e.Author})
		}
	}
	return r
}

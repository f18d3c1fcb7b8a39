package verify

import (
	"bytes"
	"errors"
	"fmt"

	"urna/internal/text/csvtext"
	"urna/results/bundle/format"
)

// recompute computes the figures from the counts, with both engines, and compares every byte.
func (c *check) recompute() error {
	parts := Parts{
		Format: c.figures.Format, Election: c.election, Tallies: c.tallies, Lots: c.figures.Lots, Seed: c.figures.Seed, LotValues: c.figures.LotValues,
		Batches: c.countedBatches(), Sums: c.merged, VoterKeys: c.figures.VoterKeys, Rolls: c.figures.Rolls, OpenPoints: c.figures.OpenPoints,
		Approvals: c.figures.Approvals, Stations: c.figures.Stations, StationSums: c.stations.sums, Protocols: c.figures.Protocols, Corrections: c.figures.Corrections,
	}
	for _, second := range []bool{false, true} {
		again, err := parts.Figures(second)
		if err != nil {
			return contradiction("the figures cannot be computed again: %s", err.Error())
		}
		document, _, err := again.Encode()
		if err != nil {
			return err
		}
		if !bytes.Equal(document, c.document) {
			return contradiction("the figures are not those that follow from the ballots. %s", format.Difference(c.document, document))
		}
	}
	if err := c.resultsTable(); err != nil {
		return err
	}
	for i := range c.figures.Constituencies {
		k := &c.figures.Constituencies[i]
		if k.Problem != "" || k.Tie != nil && k.Tie.SettledBy == nil {
			return contradiction("%s was certified with its seats undecided", k.Name)
		}
	}
	c.proved("Votes, shares, seats, and who is elected follow from the counts by the election's rules: both ways of finding them agree with the figures to the last byte.")
	if c.figures.Format == format.FirstFiguresFormat {
		c.report.Cannot = append(c.report.Cannot, "The number of unassigned seats, from the figures alone: they are in the form "+c.figures.Format+
			" of earlier versions of Urna, which writes 0 unassigned seats for a constituency without votes.")
	}
	return nil
}

// resultsTable compares the table of results with the figures, in the form in which it is written and in that of bundles
// from before texts were kept from being taken for formulas.
func (c *check) resultsTable() error {
	written, err := c.read(format.ResultsFile)
	if err != nil {
		return err
	}
	var today, before bytes.Buffer
	err = errors.Join(
		format.WriteResultsTable(csvtext.NewWindowsWriter(&today), &c.figures, nil), format.WriteResultsTable(csvtext.NewWindowsWriter(&before).Bare(), &c.figures, nil))
	if err != nil {
		return err
	}
	if !bytes.Equal(written, today.Bytes()) && !bytes.Equal(written, before.Bytes()) {
		return contradiction("%s does not hold the figures", format.ResultsFile)
	}
	return nil
}

// Parts are the parts of an election from which its figures follow.
type Parts struct {
	Format    string // of the figures
	Election  *format.Definition
	Tallies   map[int64]Tally // by constituency
	Lots      []format.LotFigure
	Seed      *format.SeedFigure
	LotValues []format.LotValueFigure
	Batches   []format.BatchFigure
	Sums      []format.SumFigure // none in the formats before

	StationSums []format.StationSumFigure

	// Stations, VoterKeys, Rolls, OpenPoints, Approvals, Protocols and Corrections are those of the figures; no count changes
	// them.
	Stations   []format.StationFigure
	VoterKeys  []format.KeysFigure
	Rolls      []format.RollFigure
	OpenPoints []format.OpenPointFigure
	Approvals  []format.ApprovalFigure
	Protocols  []format.ProtocolFigure

	Corrections []format.CorrectionFigure
}

// Figures computes the figures by the first implementation of the allocation, or by the second one.
func (p *Parts) Figures(second bool) (*format.Figures, error) {
	using := firstEngine()
	if second {
		using = secondEngine()
	}
	_, definition, err := p.Election.Encode()
	if err != nil {
		return nil, err
	}
	f := &format.Figures{
		Format: p.Format, ElectionID: p.Election.ID, Title: p.Election.Title, Definition: definition,
		Constituencies: []format.ConstituencyFigure{}, Lots: []format.LotFigure{}, Seed: p.Seed, LotValues: p.LotValues, Batches: []format.BatchFigure{},
	}
	for _, l := range p.Lots {
		l.Holds = false // the computation finds that out
		f.Lots = append(f.Lots, l)
	}
	f.Batches, f.Sums = append(f.Batches, p.Batches...), p.Sums
	f.VoterKeys, f.Rolls, f.OpenPoints = p.VoterKeys, p.Rolls, p.OpenPoints
	f.Approvals, f.Stations, f.StationSums, f.Protocols = p.Approvals, p.Stations, p.StationSums, p.Protocols
	f.Corrections = p.Corrections
	over, err := p.passing(using)
	if err != nil {
		return nil, fmt.Errorf("results: %w", err)
	}
	parts := make([]result, 0, len(p.Election.Constituencies))
	for i := range p.Election.Constituencies {
		parts = append(parts, p.constituency(using, &p.Election.Constituencies[i], over, f.Lots))
	}
	if p.Election.Kind == presidential {
		if f.Winner, f.SecondRound, err = p.elect(using, &parts[0], f.Lots); err != nil {
			return nil, err
		}
	}
	for i := range parts {
		f.Constituencies = append(f.Constituencies, parts[i].finished(f.Format))
		add(&f.Ballots, parts[i].figure.Ballots)
	}
	f.Ballots.RegisteredVoters = registeredInAll(p.Election)
	f.Participants = inAll(f)
	return f, nil
}

// finished returns the constituency's figure with its tie, in one of the formats.
func (r *result) finished(name string) format.ConstituencyFigure {
	if r.tie != nil {
		r.figure.Tie = &format.TieFigure{Seats: r.tie.Seats, Participants: r.participants(r.tie)}
		if r.lot != nil {
			r.figure.Tie.SettledBy = &r.lot.ID
		}
	}
	if r.decided != nil {
		r.figure.DecidedTie = &format.DecidedTieFigure{
			Seats: r.decided.Tie.Seats, Participants: r.participants(&r.decided.Tie), Given: []format.GivenSeatFigure{},
		}
		for _, given := range r.decided.Given {
			r.figure.DecidedTie.Given = append(r.figure.DecidedTie.Given, format.GivenSeatFigure{
				ParticipantID: r.figure.Candidacies[given.List].ParticipantID, Rule: string(given.Rule),
			})
		}
	}
	if name == format.FirstFiguresFormat {
		r.figure.Unassigned = r.left
	}
	return r.figure
}

func add(sum *format.BallotFigures, b format.BallotFigures) {
	sum.Valid += b.Valid
	sum.Blank += b.Blank
	sum.Invalid += b.Invalid
	sum.Duplicates += b.Duplicates
	sum.Cast += b.Cast
	sum.Online += b.Online
}

// registeredInAll returns the sum of the registered voters, nil if a constituency does not have them.
func registeredInAll(d *format.Definition) *int64 {
	var sum int64
	for _, c := range d.Constituencies {
		if c.RegisteredVoters == 0 {
			return nil
		}
		sum += c.RegisteredVoters
	}
	if sum <= 0 {
		return nil
	}
	return &sum
}

package results

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"sync"

	"urna/ballots"
	"urna/elections"
	"urna/internal/database"
)

// certified is a certification with its stored figures, whose SHA-256 was compared.
type certified struct {
	certification *elections.Certification // of its number
	election      *elections.Election      // as it was certified
	document      []byte
	figures       *Figures
}

// documents remember figures that were read, by their SHA-256.
type documents struct {
	sync.Mutex

	of map[string]*Figures
}

// documentsKept is how many are kept in memory.
const documentsKept = 8

// read returns the figures of a document with the SHA-256. They must not be changed.
func (d *documents) read(hash string, document []byte) (*Figures, error) {
	d.Lock()
	defer d.Unlock()
	if known := d.of[hash]; known != nil {
		return known, nil
	}
	f, err := readFigures(document)
	if err != nil {
		return nil, err
	}
	if len(d.of) >= documentsKept {
		clear(d.of)
	}
	d.of[hash] = f
	return f, nil
}

// certifiedFigures returns the stored figures of a certification. Errors: ErrAltered if they are missing or are not those
// that were certified.
func (s *Service) certifiedFigures(tx *database.Tx, electionID int64, record *elections.CertificationRecord) ([]byte, *Figures, error) {
	document, err := loadCertified(tx, electionID, record)
	if err != nil {
		return nil, nil, err
	}
	figures, err := s.documents.read(record.Figures, document)
	return document, figures, err
}

// correctedFigures returns the figures that the present certification of an election corrects, nil if it is the first one.
// Without them the figures of a certified election are not those that were certified, and those of one that is being
// corrected cannot be drawn up: ErrAltered.
func (s *Service) correctedFigures(ctx context.Context, tx *database.Tx, e *elections.Election, c *elections.Certification) (*Figures, error) {
	if len(c.Earlier) == 0 {
		return nil, nil //nolint:nilnil // there are none
	}
	_, figures, err := s.certifiedFigures(tx, e.ID, &c.Earlier[len(c.Earlier)-1])
	if errors.Is(err, ErrAltered) && !e.Correcting {
		slog.ErrorContext(ctx, "the stored figures of a certification are not those that were certified; run urna verify", "election_id", e.ID)
		return nil, nil //nolint:nilnil // the comparison with the certification finds it
	}
	return figures, err
}

// KeepFigures stores the document of the figures of a certified election's last certification, if it is not stored yet,
// within the transaction that opens a correction. Errors: ErrAltered if the figures are not those that were certified.
func (s *Service) KeepFigures(ctx context.Context, tx *database.Tx, e *elections.Election) error {
	final, err := s.finalWithin(ctx, tx, e.ID)
	if err != nil {
		return err
	}
	record := final.Certification.Record
	if record == nil || final.Results.Altered {
		return ErrAltered
	}
	stored, err := hasCertified(tx, e.ID, record.Number)
	if err != nil {
		return err
	}
	if stored {
		_, err = loadCertified(tx, e.ID, record)
		return err
	}
	return storeCertified(tx, e.ID, record.Number, final.Document)
}

// asCertified replaces the figures of an election that is being corrected by those of its last certification: until the
// corrected ones are certified, these are what anyone sees. If they are not those that were certified, the present ones are
// shown, and are marked as altered.
func (s *Service) asCertified(tx *database.Tx, f figures) (figures, error) {
	if f.election.StateAt(s.now()) != elections.Correcting {
		return f, nil
	}
	c, e, err := s.elections.LastCertificationWithin(tx, f.election)
	if err != nil {
		return f, err
	}
	if c.Record == nil {
		f.altered = true
		return f, nil
	}
	document, certifiedFigures, err := s.certifiedFigures(tx, f.election.ID, c.Record)
	if errors.Is(err, ErrAltered) {
		f.altered = true
		return f, nil
	}
	if err != nil {
		return f, err
	}
	return f.certifiedBy(&certified{c, e, document, certifiedFigures}), nil
}

// shownWithin reads the figures of an election that anyone may see, as far as its stage shows them.
func (s *Service) shownWithin(ctx context.Context, tx *database.Tx, electionID int64) (figures, error) {
	f, err := s.figuresWithin(ctx, tx, electionID)
	if err != nil {
		return f, err
	}
	return s.asCertified(tx, f)
}

// certifiedBy returns the figures as a certification has them.
func (f figures) certifiedBy(c *certified) figures {
	lots := map[int64]bool{}
	for _, l := range c.figures.Lots {
		lots[l.ID] = true
	}
	all := f.lots
	f.certified, f.waiting, f.late, f.closed, f.lots = c, 0, 0, true, nil
	for _, l := range all {
		if lots[l.ID] {
			f.lots = append(f.lots, l)
		}
	}
	f.tallies = map[int64]ballots.Tally{}
	for i := range c.figures.Constituencies {
		k := &c.figures.Constituencies[i]
		t := ballots.Tally{
			ConstituencyID: k.ID, Votes: map[int]int64{}, Online: k.Ballots.Online, Invalid: k.Ballots.Invalid, Duplicates: k.Ballots.Duplicates,
		}
		if k.Ballots.Blank > 0 {
			t.Votes[0] = k.Ballots.Blank
		}
		for _, candidacy := range k.Candidacies {
			t.Votes[candidacy.PollNumber] = candidacy.Votes
		}
		f.tallies[k.ID] = t
	}
	if f.stations.all != nil {
		f.stations = countGroups(groupsOf(c.figures.Stations))
	}
	return f
}

// groupsOf counts the polling stations of figures by constituency and state.
func groupsOf(stations []StationFigure) []ballots.StationGroup {
	type key struct {
		constituency int64
		state        ballots.StationState
	}
	groups := map[key]*ballots.StationGroup{}
	for i := range stations {
		s := &stations[i]
		k := key{s.ConstituencyID, ballots.StationState(s.State)}
		if groups[k] == nil {
			groups[k] = &ballots.StationGroup{ConstituencyID: k.constituency, State: k.state}
		}
		groups[k].Stations++
		if s.RegisteredVoters == nil {
			groups[k].Unknown++
		} else {
			groups[k].Registered += *s.RegisteredVoters
		}
	}
	var all []ballots.StationGroup
	for g := range maps.Values(groups) {
		all = append(all, *g)
	}
	return all
}

// compareWith marks results as altered if they are not those of the certified figures.
func (r *Results) compareWith(ctx context.Context, c *certified) error {
	drawn, err := newFigures(c.figures.Format, r, annexes{})
	if err != nil {
		return err
	}
	_, shown, err := resultsOf(drawn).Encode()
	if err != nil {
		return err
	}
	_, stored, err := resultsOf(c.figures).Encode()
	if err == nil && shown != stored {
		r.alter(ctx, c.certification.Record.Figures, "other results from the stored ones")
	}
	return err
}

// resultsOf returns the part of figures that follows from the counts, the definition and the lots.
func resultsOf(f *Figures) *Figures {
	return &Figures{
		Format: f.Format, ElectionID: f.ElectionID, Title: f.Title, Definition: f.Definition, Ballots: f.Ballots, Constituencies: f.Constituencies,
		Participants: f.Participants, Winner: f.Winner, SecondRound: f.SecondRound, Lots: f.Lots, Seed: f.Seed, LotValues: f.LotValues,
	}
}

// certifiedFinal returns what the certification that holds of an election being corrected is about.
func (s *Service) certifiedFinal(ctx context.Context, tx *database.Tx, f figures, r *Results) (*Final, error) {
	c := f.certified
	final := &Final{Results: r, Document: c.document, Hash: c.certification.Record.Figures, Figures: c.figures, Certification: c.certification}
	sums, err := stationSumsOf(ctx, tx, []*elections.Election{f.election}, nil, nil)
	if err != nil {
		return nil, err
	}
	if final.OpenPoints, err = s.certifiedPoints(tx, c.election, sums[f.election.ID]); err != nil {
		return nil, err
	}
	if final.AccountChanges, err = s.elections.AccountChangesWithin(ctx, tx, f.election, c.certification); err != nil {
		return nil, err
	}
	decided, err := s.decided(ctx, tx, c.certification.Period(f.election.ID))
	if err != nil {
		return nil, err
	}
	final.Approvals = decided[f.election.ID]
	final.SecondRound, err = s.elections.SecondRoundWithin(tx, f.election.ID)
	return final, err
}

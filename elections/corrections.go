package elections

import (
	"context"
	"fmt"
	"slices"
	"time"

	"urna/internal/approval"
	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/internal/text"
)

// CorrectionAct is what a correction orders for a polling station. Its text is stable: clients and the log have it.
type CorrectionAct string

// The acts.
const (
	Annul   CorrectionAct = "annul"   // its ballots leave the count, and no others come
	Recount CorrectionAct = "recount" // its ballots are counted again: a new batch or protocol beside the old one
	Repeat  CorrectionAct = "repeat"  // its voters vote again on paper: other ballots, taken as those of a recount
)

// Correction reopens named polling stations of a certified election.
type Correction struct {
	ID         int64
	ElectionID int64
	// Number is that of the certification that the correction leads to, from 2. That of a correction that ended without a
	// change is not used again.
	Number    int
	Reason    string
	OrderedBy string // such as a court, with the number of its decision
	// Figures is the hex SHA-256 of the certified figures that it corrects.
	Figures    string
	OpenedBy   string // an administrator's name and e-mail address as they were
	ApprovedBy string // the second administrator's; "" if there was none
	OpenedAt   time.Time
	// EndedAt is when it was ended without a change, and CertifiedAt when the corrected figures were certified. Both are nil
	// while it is open.
	EndedAt     *time.Time
	EndedBy     string
	EndReason   string
	CertifiedAt *time.Time
	Stations    []CorrectedStation // in the order of constituencies and stations
	// Constituencies are those whose online votes are annulled, by id. They count again if the correction ends without a change.
	Constituencies []int64
}

// Open reports whether the correction is neither certified nor ended.
func (c *Correction) Open() bool { return c.EndedAt == nil && c.CertifiedAt == nil }

// Station returns the polling station with an id that the correction names, or nil. For a constituency that has no
// stations, stationID is 0.
func (c *Correction) Station(constituencyID, stationID int64) *CorrectedStation {
	for i := range c.Stations {
		if s := &c.Stations[i]; s.StationID == stationID && s.ConstituencyID == constituencyID {
			return s
		}
	}
	return nil
}

// CorrectedStation is a polling station that a correction names.
type CorrectedStation struct {
	// StationID is 0 for a constituency that has no polling stations; it is corrected as one station.
	StationID      int64
	ConstituencyID int64
	Act            CorrectionAct
	// Was is its count when the correction was opened.
	Was PlaceCount
}

// PlaceCount is the count of a polling station, or of the paper ballots of a constituency without stations.
type PlaceCount struct {
	Votes      map[int]int64 `json:"votes"` // by poll number, 0 is blank; none of 0 votes
	Invalid    int64         `json:"invalid"`
	Duplicates int64         `json:"duplicates"` // lines, not ballots
}

// CorrectionDraft is a correction that is asked for.
type CorrectionDraft struct {
	Reason    string `json:"reason"`
	OrderedBy string `json:"ordered_by"`
	// Stations are named by StationID, or by ConstituencyID alone if that has no stations. Was is not read.
	Stations []StationOrder `json:"stations"`
	// Constituencies are those whose online votes are annulled. A polling station of each is repeated by the same correction.
	Constituencies []int64 `json:"constituencies,omitempty"`
}

// StationOrder names a polling station in a CorrectionDraft; "" is Recount.
type StationOrder struct {
	StationID      int64         `json:"id,omitempty"`
	ConstituencyID int64         `json:"constituency_id,omitempty"`
	Act            CorrectionAct `json:"act"`
}

// The refusals of corrections, beside ErrUnknownElection and invalid fields.
var (
	// ErrNotCertified is returned for a correction of an election that is not certified.
	ErrNotCertified = problem.New(problem.Conflict, "election-not-certified", messages.RefusalElectionNotCertified())
	// ErrCorrecting is returned for a correction of an election while another one is open.
	ErrCorrecting = problem.New(problem.Conflict, "correction-open", messages.RefusalCorrectionOpen())
	// ErrNoCorrection is returned for an act on a correction that does not exist or is not open.
	ErrNoCorrection = problem.New(problem.Conflict, "no-open-correction", messages.RefusalNoOpenCorrection())
	// ErrCorrectionChanged is returned for the end of a correction that changed something: it has to be certified.
	ErrCorrectionChanged = problem.New(problem.Conflict, "correction-changed-figures", messages.RefusalCorrectionChanged())
	// ErrFiguresAltered is returned for a correction of an election whose figures are not the certified ones.
	ErrFiguresAltered = problem.New(problem.Conflict, "figures-altered", messages.RefusalFiguresAltered())
	// ErrNotReopened is returned for an act on a polling station that the open correction does not name, or names for
	// another act.
	ErrNotReopened = problem.New(problem.Conflict, "station-not-reopened", messages.RefusalStationNotReopened())
)

// CorrectedResults are the results of elections, as corrections ask for them within their transactions.
type CorrectedResults interface {
	// Count returns the present count of a polling station, or of a constituency without stations, whose station is 0.
	Count(ctx context.Context, tx *database.Tx, constituencyID, stationID int64) (PlaceCount, error)
	// OnlineVotes returns how many online votes a constituency has.
	OnlineVotes(ctx context.Context, tx *database.Tx, constituencyID int64) (int64, error)
	// Hold reports whether the figures of a certified election are those of its last certification.
	Hold(ctx context.Context, tx *database.Tx, electionID int64) (bool, error)
	// Prepare does what Keep needs and takes long, before the transaction. If it fails, Keep does it.
	Prepare(ctx context.Context, electionID int64)
	// Keep keeps what proves the last certification, before its correction is opened.
	Keep(ctx context.Context, tx *database.Tx, e *Election) error
	// Changed is called after a correction was opened or ended.
	Changed(electionID int64)
}

// OpenCorrection reopens polling stations of a certified election, and annuls online votes of constituencies, for a public
// reason. The election is then Correcting until it is certified again or EndCorrection. It needs a second administrator if
// there are two: then the error is *approval.Waiting. Refusals: ErrNotCertified, ErrCorrecting, ErrFiguresAltered, and the
// fields that are wrong.
func (s *Service) OpenCorrection(ctx context.Context, actor audit.Actor, electionID int64, d CorrectionDraft) (opened *Correction, err error) {
	s.corrected.Prepare(ctx, electionID)
	var waits *approval.Waiting
	err = s.db.Write(ctx, func(tx *database.Tx) error {
		e, c, err := s.newCorrection(ctx, tx, electionID, &d)
		if err != nil {
			return err
		}
		if waits, err = s.askToCorrect(ctx, tx, actor, e, &d); err != nil || waits != nil {
			return err
		}
		opened, err = s.openWithin(ctx, tx, actor, e, c)
		return err
	})
	if err = approval.Answer(waits, err); err != nil {
		return nil, err
	}
	return opened, nil
}

// newCorrection returns the correction that a draft asks for, if it can be opened now. It completes the draft.
func (s *Service) newCorrection(ctx context.Context, tx *database.Tx, electionID int64, d *CorrectionDraft) (*Election, *Correction, error) {
	e, err := s.Within(tx, electionID)
	if err != nil {
		return nil, nil, err
	}
	switch e.StateAt(s.now()) {
	case Certified:
	case Correcting:
		return nil, nil, ErrCorrecting
	case Withdrawn:
		return nil, nil, ErrWithdrawn
	default:
		return nil, nil, ErrNotCertified
	}
	certified, err := loadCertification(tx, e)
	if err != nil {
		return nil, nil, err
	}
	hold, err := s.corrected.Hold(ctx, tx, electionID)
	if err == nil && (!hold || certified.Record == nil) {
		err = ErrFiguresAltered
	}
	if err != nil {
		return nil, nil, err
	}
	c := &Correction{ElectionID: electionID, Figures: certified.Record.Figures, OpenedAt: s.now()}
	if err := s.fillCorrection(ctx, tx, e, c, d); err != nil {
		return nil, nil, err
	}
	last, err := lastCorrection(tx, electionID)
	c.Number = max(last, 1) + 1
	return e, c, err
}

// fillCorrection checks a draft and takes it over.
func (s *Service) fillCorrection(ctx context.Context, tx *database.Tx, e *Election, c *Correction, d *CorrectionDraft) error {
	var checks problem.Checks
	for _, field := range []struct {
		name  string
		value *string
	}{{"reason", &d.Reason}, {"ordered_by", &d.OrderedBy}} {
		*field.value = text.Trim(*field.value)
		switch mistake := problem.InTextWithin(*field.value, problem.MaxReason); {
		case *field.value == "" && field.name == "ordered_by":
			checks.Add(field.name, messages.FieldOrderedByNeeded())
		case *field.value == "":
			checks.Add(field.name, messages.FieldReasonNeeded())
		case !mistake.IsZero():
			checks.Add(field.name, mistake)
		}
	}
	c.Reason, c.OrderedBy = d.Reason, d.OrderedBy
	if err := s.nameStations(tx, e, c, d, &checks); err != nil {
		return err
	}
	for i, id := range d.Constituencies {
		field := fmt.Sprintf("constituencies[%d]", i)
		repeated := slices.ContainsFunc(c.Stations, func(s CorrectedStation) bool { return s.ConstituencyID == id && s.Act == Repeat })
		switch {
		case e.Constituency(id) == nil || !e.Takes(Online):
			checks.Add(field, messages.FieldNoOnlineVotesOf())
		case slices.Contains(c.Constituencies, id):
			checks.Add(field, messages.FieldNamedTwice())
		case !repeated:
			checks.Add(field, messages.FieldOnlineNeedsRepeat())
		}
		c.Constituencies = append(c.Constituencies, id)
	}
	if err := checks.Err(); err != nil {
		return err
	}
	for i := range c.Stations {
		station := &c.Stations[i]
		was, err := s.corrected.Count(ctx, tx, station.ConstituencyID, station.StationID)
		if err != nil {
			return err
		}
		station.Was = was
	}
	return nil
}

// nameStations takes the polling stations of a draft over, and adds the mistakes in them.
func (s *Service) nameStations(tx *database.Tx, e *Election, c *Correction, d *CorrectionDraft, checks *problem.Checks) error {
	if len(d.Stations) == 0 {
		checks.Add("stations", messages.FieldStationsToCorrect())
		return nil
	}
	byID := map[int64]Station{}
	present, err := stationsOf(tx, e.ID)
	if err != nil {
		return err
	}
	for _, stations := range present {
		for _, station := range stations {
			byID[station.ID] = station
		}
	}
	named := map[StationOrder]bool{}
	for i := range d.Stations {
		o := &d.Stations[i]
		field := fmt.Sprintf("stations[%d]", i)
		if o.Act == "" {
			o.Act = Recount
		}
		station, known := byID[o.StationID]
		if known {
			o.ConstituencyID = station.ConstituencyID
		}
		mistake := o.mistake(e, &station)
		key := StationOrder{StationID: o.StationID, ConstituencyID: o.ConstituencyID}
		if named[key] {
			mistake = messages.FieldNamedTwice()
		}
		if !mistake.IsZero() {
			checks.Add(field, mistake)
			continue
		}
		named[key] = true
		c.Stations = append(c.Stations, CorrectedStation{StationID: o.StationID, ConstituencyID: o.ConstituencyID, Act: o.Act})
	}
	return nil
}

// mistake returns why an election's correction cannot name a polling station so, zero if it can. The id of station is 0 if
// the election does not have it.
func (o *StationOrder) mistake(e *Election, station *Station) messages.Message {
	place := e.Constituency(o.ConstituencyID)
	switch {
	case o.StationID != station.ID, o.StationID == 0 && (place == nil || place.HasStations):
		return messages.FieldChooseStationOfElection()
	case o.Act != Annul && o.Act != Recount && o.Act != Repeat:
		return messages.FieldCorrectionAct()
	case o.Act == Annul && o.StationID == 0:
		return messages.FieldAnnulNeedsStation()
	case o.Act == Annul && station.Exclusion == AnnulledStation:
		return messages.RefusalStationExcludedAlready()
	}
	return messages.Message{}
}

func (s *Service) askToCorrect(ctx context.Context, tx *database.Tx, actor audit.Actor, e *Election, d *CorrectionDraft) (*approval.Waiting, error) {
	if s.approvals == nil {
		return nil, nil //nolint:nilnil // it may happen now
	}
	return s.approvals.Ask(ctx, tx, approval.Request{
		Act: approval.OpenCorrection, Subject: Subject(e.ID), Actor: actor, Reason: d.Reason, ElectionID: e.ID, Since: e.PublishedAt,
		Parameters: map[string]any{"correction": d, "title": e.Title},
	})
}

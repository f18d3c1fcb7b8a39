package protocol

import (
	"context"
	"slices"
	"time"

	"urna/internal/database"
)

// Protocol returns the protocol of a station as a reader may see it. Its typists see the numbers that they typed
// themselves. An administrator, a coordinator and an observer see all numbers once counts may be shown and both entries
// are in: until then the second typist could learn what the first one typed. Everybody else sees states and names. A
// station of which nothing was entered has the state Empty. The error for an unknown station is
// elections.ErrUnknownStation.
func (s *Service) Protocol(ctx context.Context, reader Person, stationID int64) (view Protocol, err error) {
	err = s.db.Read(ctx, func(tx *database.Tx) error {
		view, err = s.view(ctx, tx, reader, stationID)
		return err
	})
	return view, err
}

func (s *Service) view(ctx context.Context, tx *database.Tx, reader Person, stationID int64) (Protocol, error) {
	p, err := s.paperOf(tx, stationID)
	if err != nil {
		return Protocol{}, err
	}
	view := Protocol{ElectionID: p.election.ID, ConstituencyID: p.place.ID, StationID: stationID, Round: 1, State: Empty}
	if view.Typing, err = typingOf(tx, stationID); err != nil {
		return view, err
	}
	if view.Scans, err = scansOf(tx, stationID); err != nil {
		return view, err
	}
	row, err := findProtocol(tx, stationID)
	if err != nil || row == nil {
		return view, err
	}
	view.ID, view.Round, view.State, view.Reason, view.Late = row.ID, row.Round, row.state(), row.Reason, row.late()
	view.Differences, view.DefinitiveAt = row.differing(), instant(row.DefinitiveAt)
	t, err := readTyped(tx, row)
	if err != nil {
		return view, err
	}
	all, err := s.seesAll(tx, reader, p, len(t.entries))
	if err != nil {
		return view, err
	}
	for i, e := range t.entries {
		one := Typed{Number: e.Number, TypistID: e.TypistID, Typist: e.TypistName, At: time.UnixMilli(e.EnteredAt)}
		if all || reader.ID != 0 && reader.ID == e.TypistID {
			one.Values = t.contents[i].Values
		}
		view.Entries = append(view.Entries, one)
	}
	for i := range t.settlements {
		view.Settlements = append(view.Settlements, t.settlements[i].settlement())
	}
	if all && row.state().Complete() {
		return view, s.addFindings(ctx, tx, p, row, &t, &view)
	}
	return view, nil
}

// seesAll reports whether a reader may see all numbers of a protocol with so many entries.
func (s *Service) seesAll(tx *database.Tx, reader Person, p *paper, entries int) (bool, error) {
	if !s.shows(p.election) || entries < 2 {
		return false, nil
	}
	if reader.Administrator || reader.Observer {
		return true, nil
	}
	return isCoordinator(tx, p.election.ID, p.place.ID, reader.ID)
}

// addFindings adds to a view what the protocol says and what was found and said about it.
func (s *Service) addFindings(ctx context.Context, tx *database.Tx, p *paper, row *protocolRow, t *typed, view *Protocol) error {
	view.Values = t.values()
	far, err := farFrom(ctx, tx, p, row)
	if err != nil {
		return err
	}
	view.Warnings = append(p.warnings(view.Values), far...)
	view.Explanations = t.said()
	view.Unexplained = unexplained(view.Warnings, view.Explanations)
	return nil
}

// said returns the explanations that came with the entries and those that came later.
func (t *typed) said() (all []Explanation) {
	for i, c := range t.contents {
		for _, code := range sortedKeys(c.Explanations) {
			all = append(all, Explanation{
				Code: code, Text: c.Explanations[code], Author: t.entries[i].TypistName, At: time.UnixMilli(t.entries[i].EnteredAt),
			})
		}
	}
	for _, e := range t.explanations {
		all = append(all, Explanation{Code: e.Code, Text: e.Explanation, Author: e.AuthorName, At: time.UnixMilli(e.ExplainedAt)})
	}
	return all
}

// unexplained returns the codes of the warnings that no explanation is about.
func unexplained(warnings []Finding, said []Explanation) []string {
	codes := []string{}
	for _, w := range warnings {
		explained := slices.ContainsFunc(said, func(e Explanation) bool { return e.Code == w.Code })
		if !explained && !slices.Contains(codes, w.Code) {
			codes = append(codes, w.Code)
		}
	}
	return codes
}

func typingOf(tx *database.Tx, stationID int64) (typing []Typing, err error) {
	rows, err := draftsOf(tx, []int64{stationID})
	for _, r := range rows {
		typing = append(typing, r.typing())
	}
	return typing, err
}

func (r *draftRow) typing() Typing {
	return Typing{AccountID: r.AccountID, Name: r.AccountName, Since: time.UnixMilli(r.SavedAt)}
}

func instant(at *int64) *time.Time {
	if at == nil {
		return nil
	}
	t := time.UnixMilli(*at)
	return &t
}

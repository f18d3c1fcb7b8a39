package protocol

import (
	"context"
	"errors"

	"urna/internal/database"
	"urna/internal/messages"
	"urna/internal/problem"
)

// Checked is what Enter would find in an entry.
type Checked struct {
	Errors   []Finding
	Warnings []Finding // only of an entry without errors
}

// Check returns what Enter would find in the numbers of an entry. Nothing is stored. Refusals are those of Enter that are
// not about the numbers.
func (s *Service) Check(ctx context.Context, by Person, entry Entry) (found Checked, err error) {
	err = s.db.Read(ctx, func(tx *database.Tx) error {
		k, err := s.know(ctx, tx, by, entry.StationID)
		if err == nil {
			found, _, err = k.check(&entry)
		}
		return err
	})
	return found, err
}

// MayEnter reports whether a person may enter the protocol of a station now: nil, or the refusal of Enter.
func (s *Service) MayEnter(ctx context.Context, by Person, stationID int64) error {
	return s.db.Read(ctx, func(tx *database.Tx) error {
		k, err := s.know(ctx, tx, by, stationID)
		if err == nil {
			_, err = k.admit(stationID)
		}
		if err == nil {
			_, _, err = k.enterable(stationID)
		}
		return err
	})
}

// FindingsOf returns the errors that a refusal names, nil for any other error.
func FindingsOf(err error) (found []Finding) {
	refused, ok := errors.AsType[*problem.Error](err)
	if !ok || !errors.Is(err, ErrFindings) {
		return nil
	}
	for _, f := range refused.Fields {
		found = append(found, Finding{Code: f.Code, Severity: Error, Number: f.Name, Message: f.Message})
	}
	return found
}

// InReach reports whether the places of an account allow it to enter the protocol of a station.
func (s *Service) InReach(ctx context.Context, account, stationID int64) (may bool, err error) {
	err = s.db.Read(ctx, func(tx *database.Tx) error {
		station, err := s.elections.StationWithin(tx, stationID)
		if err != nil {
			return err
		}
		inReach, err := s.options.Reach(tx, account)
		may = err == nil && inReach(station)
		return err
	})
	return may, err
}

// RemedyOf returns what to do about a finding of a check; no sentence for a code that no check has.
func RemedyOf(code string) messages.Message {
	for _, c := range Checks() {
		if c.Code == code {
			return c.Remedy
		}
	}
	return messages.Message{}
}

// CheckAll is Check for many entries, on one snapshot. found is called with the place of each entry and what was found in
// it, or the refusal. It returns how many would be first and second entries.
func (s *Service) CheckAll(ctx context.Context, by Person, entries []Entry, found func(place int, checked Checked, refusal error)) (first, second int, err error) {
	err = s.db.Read(ctx, func(tx *database.Tx) error {
		k, err := s.know(ctx, tx, by, stationsOfEntries(entries)...)
		if err != nil {
			return err
		}
		for i := range entries {
			checked, earlier, err := k.check(&entries[i])
			if err != nil && problem.KindOf(err) == problem.Internal {
				return err
			}
			if earlier == 0 {
				first++
			} else {
				second++
			}
			found(i, checked, err)
		}
		return nil
	})
	return first, second, err
}

// check returns the findings of an entry, and how many entries the protocol has.
func (k *known) check(entry *Entry) (found Checked, earlier int, err error) {
	p, err := k.admit(entry.StationID)
	if err != nil {
		return found, 0, err
	}
	_, before, err := k.enterable(entry.StationID)
	if err != nil {
		return found, len(before), err
	}
	values, err := p.parse(entry.Numbers)
	if found.Errors = FindingsOf(err); found.Errors != nil {
		return found, len(before), nil
	}
	if err == nil {
		_, err = checkExplanations(entry.Explanations)
	}
	if err != nil {
		return found, len(before), err
	}
	found.Warnings = p.warnings(values)
	return found, len(before), nil
}

package protocol

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"
	"unicode/utf8"

	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/internal/text"
)

// maxTyped bounds the length of a number as typed, in characters.
const maxTyped = 20

// SaveDraft keeps numbers and explanations as a person types them, beside those that the draft has; an empty text
// removes one. It is on disk when SaveDraft returns. A draft is no entry: nothing checks it, and only the same person
// reads it. Refusals are those of Enter but ErrFindings, and a text that is too long or no text.
func (s *Service) SaveDraft(ctx context.Context, by Person, d Draft) (saved Draft, err error) {
	if err := checkDraft(d); err != nil {
		return Draft{}, err
	}
	err = s.db.WritePriority(ctx, func(tx *database.Tx) error {
		k, err := s.know(ctx, tx, by, d.StationID)
		if err != nil {
			return err
		}
		p, err := k.admit(d.StationID)
		if err != nil {
			return err
		}
		for name := range d.Numbers {
			if !p.has(name) {
				return draftRefusal("numbers."+name, messages.ProtocolChecksUnknownField(name))
			}
		}
		row, earlier, err := k.enterable(d.StationID)
		if err != nil {
			return err
		}
		if saved, err = s.mergeDraft(tx, by.Actor, d); err != nil {
			return err
		}
		if row == nil || len(earlier) == 0 || row.state() == SecondEntry {
			return nil
		}
		row.State = string(SecondEntry)
		if err := update(tx, row); err != nil {
			return err
		}
		return s.append(ctx, tx, by.Actor, "protocol-second-entry", row, map[string]any{"round": row.Round})
	})
	return saved, err
}

// mergeDraft stores what a draft has beside what was stored.
func (s *Service) mergeDraft(tx *database.Tx, by audit.Actor, d Draft) (Draft, error) {
	saved, err := readDraft(tx, d.StationID, by.ID)
	if err != nil {
		return Draft{}, err
	}
	merge := func(into, from map[string]string) {
		maps.Copy(into, from)
		maps.DeleteFunc(into, func(_, said string) bool { return said == "" })
	}
	merge(saved.Numbers, d.Numbers)
	merge(saved.Explanations, d.Explanations)
	saved.StationID, saved.SavedAt = d.StationID, time.UnixMilli(s.options.Now().UnixMilli())
	encoded, err := json.Marshal(draftContent{saved.Numbers, saved.Explanations})
	if err != nil {
		return Draft{}, fmt.Errorf("protocol: encode a draft: %w", err)
	}
	return saved, saveDraft(tx, &draftRow{
		StationID: d.StationID, AccountID: by.ID, AccountName: by.Name, Content: string(encoded), SavedAt: saved.SavedAt.UnixMilli(),
	})
}

// draftContent is what a draft stores.
type draftContent struct {
	Numbers      map[string]string `json:"numbers"`
	Explanations map[string]string `json:"explanations"`
}

// Draft returns what a person has typed of a station's protocol; it is empty if that is nothing.
func (s *Service) Draft(ctx context.Context, by Person, stationID int64) (d Draft, err error) {
	err = s.db.Read(ctx, func(tx *database.Tx) error {
		if _, err := s.elections.StationWithin(tx, stationID); err != nil {
			return err
		}
		d, err = readDraft(tx, stationID, by.ID)
		return err
	})
	return d, err
}

// DiscardDraft deletes what a person has typed of a station's protocol. If no other person is typing the second entry,
// its state is FirstEntry again.
func (s *Service) DiscardDraft(ctx context.Context, by Person, stationID int64) error {
	return s.db.Write(ctx, func(tx *database.Tx) error {
		if err := dropDrafts(tx, by.ID, []int64{stationID}); err != nil {
			return err
		}
		row, err := findProtocol(tx, stationID)
		if err != nil || row == nil || row.state() != SecondEntry {
			return err
		}
		others, err := draftsOf(tx, []int64{stationID})
		if err != nil || len(others) > 0 {
			return err
		}
		row.State = string(FirstEntry)
		if err := update(tx, row); err != nil {
			return err
		}
		return s.append(ctx, tx, by.Actor, "protocol-draft-discarded", row, map[string]any{"round": row.Round})
	})
}

// checkDraft refuses texts that no entry could have.
func checkDraft(d Draft) error {
	for _, name := range slices.Sorted(maps.Keys(d.Numbers)) {
		if typed := d.Numbers[name]; utf8.RuneCountInString(typed) > maxTyped || text.Trim(typed) != "" && !problem.InText(text.Trim(typed)).IsZero() {
			return draftRefusal("numbers."+name, messages.FieldNumberTooLong(maxTyped))
		}
	}
	_, err := checkExplanations(d.Explanations)
	return err
}

func draftRefusal(field string, message messages.Message) error {
	var c problem.Checks
	c.Add(field, message)
	return c.Err()
}

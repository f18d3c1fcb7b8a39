package elections

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"

	"urna/internal/approval"
	"urna/internal/audit"
	"urna/internal/database"
)

// Version names the election's definition: the hex SHA-256 of its draft. A form contains it,
// and ChangeSince refuses the form where the definition is another one by then.
func (e *Election) Version() string { return e.Draft().version() }

// Completed returns the draft with the defaults of the contract for what it leaves open; nothing of it is checked.
func (s *Service) Completed(d Draft) Draft {
	d.complete(s.timeZone)
	return d
}

// version is the same for complete drafts that mean the same, in whatever zone their times are written.
func (d Draft) version() string {
	d = d.definition()
	if d.BatchesUntil != nil {
		until := d.BatchesUntil.UTC()
		d.BatchesUntil = &until
	}
	d.Channels = slices.Sorted(slices.Values(d.Channels))
	d.Constituencies = slices.Clone(d.Constituencies)
	for i := range d.Constituencies {
		if len(d.Constituencies[i].Candidacies) == 0 {
			d.Constituencies[i].Candidacies = nil // an empty list is none
		}
	}
	text, err := json.Marshal(struct {
		Draft

		StartsAt, EndsAt int64 // in the place of the draft's own
	}{d, d.StartsAt.UnixMilli(), d.EndsAt.UnixMilli()})
	if err != nil {
		panic(fmt.Sprintf("elections: a draft of texts and numbers became no JSON: %v", err))
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// ChangeSince is Change for a form that was filled with the given version of the definition. Where that is
// another one now, it returns ErrChangedMeanwhile and changes nothing; a form that was sent twice changes the
// election once. "" is any version. A change that lowers the number of confirmations may need a second administrator:
// then the error is *approval.Waiting.
func (s *Service) ChangeSince(ctx context.Context, actor audit.Actor, id int64, version string, d Draft) (changed *Election, err error) {
	var waits *approval.Waiting
	err = s.db.Write(ctx, func(tx *database.Tx) error {
		changed, err = s.changeWithin(ctx, tx, actor, id, version, d)
		waits, err = held(err)
		return err
	})
	return changed, approval.Answer(waits, err)
}

// CreateOnce is Create for a form with a key of its own, 20 to 64 characters that no other form has. The same
// form sent again makes no second election: it returns the first one where that is what the draft says, and else
// ErrFormUsed with its "election_id" and "title".
func (s *Service) CreateOnce(ctx context.Context, actor audit.Actor, key string, d Draft) (created *Election, err error) {
	err = s.db.Write(ctx, func(tx *database.Tx) error {
		made, err := electionOfForm(tx, key)
		if err != nil {
			return err
		}
		if made == 0 {
			created, err = s.createWithin(ctx, tx, actor, key, d, false)
			return err
		}
		if created, err = s.OrDraftWithin(tx, made); err != nil {
			return err
		}
		d.complete(s.timeZone)
		if d.Confirmations == 0 && !created.Editable(s.now()) {
			d.Confirmations = created.Confirmations
		}
		if d.version() != created.Version() {
			return ErrFormUsed.WithExtra("election_id", made).WithExtra("title", created.Title)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return created, nil
}

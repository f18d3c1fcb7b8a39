package elections

import (
	"context"
	"fmt"

	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/text"
)

// ReplaceConstituencies makes a draft's or a scheduled election's constituencies and candidacies those of a list, and
// registers the participants that are not registered yet, all in one transaction. The list was shown beside
// the given version of the election, "" for any; the errors are those of Match and ChangeSince; a refused field carries the number of the line that it comes from.
func (s *Service) ReplaceConstituencies(ctx context.Context, actor audit.Actor, id int64, version string, list []ListedConstituency) (changed *Election, err error) {
	err = s.db.Write(ctx, func(tx *database.Tx) error {
		before, err := s.OrDraftWithin(tx, id)
		if err != nil {
			return err
		}
		registered, err := s.participants.Within(tx)
		if err != nil {
			return err
		}
		fresh, err := Match(list, before.Kind.Participants(), registered)
		if err != nil {
			return err
		}
		for _, draft := range fresh {
			created, err := s.participants.CreateWithin(ctx, tx, actor, draft)
			if err != nil {
				return fmt.Errorf("participant %q: %w", draft.Name, err)
			}
			registered = append(registered, created)
		}
		if _, err := Match(list, before.Kind.Participants(), registered); err != nil {
			return err
		}
		d := before.Draft()
		d.Constituencies = make([]ConstituencyDraft, 0, len(list))
		names := map[string]text.Names{}
		for i := range before.Constituencies {
			names[text.Key(before.Constituencies[i].Name)] = before.Constituencies[i].Names
		}
		for _, c := range list {
			c.Names = names[text.Key(c.Name)]
			d.Constituencies = append(d.Constituencies, c.ConstituencyDraft)
		}
		changed, err = s.changeWithin(ctx, tx, actor, id, version, d)
		return err
	})
	return changed, err
}

// DeclareVotesCast enters the votes cast by the paper protocols: by constituency, nil for the ledger's
// own count. Constituencies that declared does not name stay as they are. It is possible until the
// election is certified, and on the record. The errors are those of Change.
func (s *Service) DeclareVotesCast(ctx context.Context, actor audit.Actor, id int64, declared map[int64]*int64) (changed *Election, err error) {
	err = s.db.Write(ctx, func(tx *database.Tx) error {
		before, err := s.Within(tx, id)
		if err != nil {
			return err
		}
		d, same := before.Draft(), true
		for i := range before.Constituencies {
			votes, named := declared[before.Constituencies[i].ID]
			if !named || equal(votes, d.Constituencies[i].DeclaredVotesCast) {
				continue
			}
			d.Constituencies[i].DeclaredVotesCast, same = votes, false
		}
		if same {
			changed = before
			return nil
		}
		changed, err = s.changeWithin(ctx, tx, actor, id, "", d)
		return err
	})
	return changed, err
}

func equal(a, b *int64) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

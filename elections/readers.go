package elections

import (
	"context"

	"urna/internal/database"
)

// scope is which elections a reader gets.
type scope bool

const (
	// published are the elections that the public knows. It is what every reader gets that does not ask for drafts.
	published scope = false
	andDrafts scope = true
)

// Elections returns all published elections, newest start first.
func (s *Service) Elections(ctx context.Context) ([]*Election, error) {
	return s.load(ctx, 0, published)
}

// Election returns one published election, or ErrUnknownElection.
func (s *Service) Election(ctx context.Context, id int64) (*Election, error) {
	return single(id, func() ([]*Election, error) { return s.load(ctx, id, published) })
}

// ElectionsAndDrafts returns all elections, newest start first, for administrators.
func (s *Service) ElectionsAndDrafts(ctx context.Context) ([]*Election, error) {
	return s.load(ctx, 0, andDrafts)
}

// ElectionOrDraft returns one election, which may be a draft, for administrators; or ErrUnknownElection.
func (s *Service) ElectionOrDraft(ctx context.Context, id int64) (*Election, error) {
	return single(id, func() ([]*Election, error) { return s.load(ctx, id, andDrafts) })
}

// Within returns one published election as a transaction sees it, or ErrUnknownElection.
func (s *Service) Within(tx *database.Tx, id int64) (*Election, error) {
	return single(id, func() ([]*Election, error) { return s.loadWithin(tx, id, published) })
}

// OrDraftWithin returns one election, which may be a draft, as a transaction sees it, or ErrUnknownElection.
func (s *Service) OrDraftWithin(tx *database.Tx, id int64) (*Election, error) {
	return single(id, func() ([]*Election, error) { return s.loadWithin(tx, id, andDrafts) })
}

// AllWithin returns all published elections as a transaction sees them, newest start first.
func (s *Service) AllWithin(tx *database.Tx) ([]*Election, error) {
	return s.loadWithin(tx, 0, published)
}

// AllAndDraftsWithin returns all elections as a transaction sees them, newest start first.
func (s *Service) AllAndDraftsWithin(tx *database.Tx) ([]*Election, error) {
	return s.loadWithin(tx, 0, andDrafts)
}

func single(id int64, load func() ([]*Election, error)) (*Election, error) {
	if id == 0 {
		return nil, ErrUnknownElection
	}
	found, err := load()
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, ErrUnknownElection
	}
	return found[0], nil
}

func (s *Service) load(ctx context.Context, id int64, among scope) (found []*Election, err error) {
	err = s.db.Read(ctx, func(tx *database.Tx) error {
		found, err = s.loadWithin(tx, id, among)
		return err
	})
	return found, err
}

// loadWithin reads elections as a transaction sees them, newest start first; id 0 is all.
func (s *Service) loadWithin(tx *database.Tx, id int64, among scope) ([]*Election, error) {
	found, err := loadElections(tx, id, among)
	if err != nil {
		return nil, err
	}
	return found, s.completeCertifiers(tx, found)
}

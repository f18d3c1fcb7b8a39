package auth

import (
	"context"
	"slices"
)

// Observed says which elections an account reads as an observer.
type Observed struct {
	// All tells that it reads every election, later ones too.
	All bool
	// Elections are the ids of those that it reads otherwise, in their order.
	Elections []int64
}

// Includes reports whether the account reads an election.
func (o Observed) Includes(election int64) bool {
	return o.All || slices.Contains(o.Elections, election)
}

// Observed returns which elections an account reads: an administrator all, an observer all or those that are places of
// the account, an official none.
func (s *Service) Observed(ctx context.Context, u User) (Observed, error) {
	switch {
	case u.Role == Administrator, u.Role == Observer && !u.Bound:
		return Observed{All: true}, nil
	case u.Role != Observer:
		return Observed{}, nil
	}
	places, err := s.Places(ctx, u.ID)
	o := Observed{Elections: []int64{}}
	for _, p := range places {
		if p.ElectionID != 0 {
			o.Elections = append(o.Elections, p.ElectionID)
		}
	}
	return o, err
}

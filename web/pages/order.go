package pages

import (
	"context"
	"slices"

	"urna/auth"
	"urna/elections/participants"
	"urna/internal/messages"
)

// inOrder sorts a list by names, as the reader's language does. Things of one name stay as they are.
func inOrder[T any](ctx context.Context, list []T, name func(T) string) {
	compare := messages.From(ctx).Compare
	slices.SortStableFunc(list, func(a, b T) int { return compare(name(a), name(b)) })
}

// allParticipants returns the registered participants by name.
func (p *Pages) allParticipants(ctx context.Context) ([]participants.Participant, error) {
	list, err := p.Participants.All(ctx)
	inOrder(ctx, list, func(one participants.Participant) string { return one.Name })
	return list, err
}

// allAccounts returns the accounts by surname and forename.
func (p *Pages) allAccounts(ctx context.Context) ([]auth.User, error) {
	list, err := p.Auth.Users(ctx)
	inOrder(ctx, list, func(u auth.User) string { return u.Forename })
	inOrder(ctx, list, func(u auth.User) string { return u.Surname })
	return list, err
}

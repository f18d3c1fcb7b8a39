package auth

import (
	"context"
	"crypto/rand"
	"time"

	"urna/internal/audit"
	"urna/internal/database"
)

// setupLifetime is how long a setup link is good.
const setupLifetime = 24 * time.Hour

// NewSetupLink returns the secret of a one-time link with which a data folder without accounts gets its
// first administrator; earlier links are worth nothing. It is "" where there are accounts.
func (s *Service) NewSetupLink(ctx context.Context) (secret string, err error) {
	err = s.db.Write(ctx, func(tx *database.Tx) error {
		users, err := allUsers(tx)
		if err != nil || len(users) > 0 {
			return err
		}
		secret = rand.Text()
		return replaceSetupLink(tx, tokenHash(secret), s.now())
	})
	return secret, err
}

// CheckSetupLink returns nil for a link that can still be used, else ErrSetupLink.
func (s *Service) CheckSetupLink(ctx context.Context, secret string) error {
	return s.db.Read(ctx, func(tx *database.Tx) error { return s.findSetupLink(tx, secret) })
}

func (s *Service) findSetupLink(tx *database.Tx, secret string) error {
	users, err := allUsers(tx)
	if err != nil {
		return err
	}
	found, err := setupLinkExists(tx, tokenHash(secret), s.now().Add(-setupLifetime))
	if err != nil {
		return err
	}
	if !found || len(users) > 0 {
		return ErrSetupLink
	}
	return nil
}

// SetUp makes the first administrator through a setup link, which is used up.
func (s *Service) SetUp(ctx context.Context, secret string, in NewUser, from string) (User, error) {
	if err := s.CheckSetupLink(ctx, secret); err != nil {
		return User{}, err
	}
	in.Role, in.Rule, in.Places, in.Bound = Administrator, PasswordOfTwelve, nil, false
	actor := audit.Actor{Name: "setup link", From: from}
	row, err := s.newRow(ctx, actor, in)
	if err != nil {
		return User{}, err
	}
	err = s.db.Write(ctx, func(tx *database.Tx) error {
		if err := s.findSetupLink(tx, secret); err != nil {
			return err
		}
		if err := dropSetupLinks(tx); err != nil {
			return err
		}
		return s.add(ctx, tx, actor, &row, nil)
	})
	return row.user(), err
}

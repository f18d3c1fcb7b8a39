package auth

import (
	"context"
	"errors"
)

// Reauthenticate asks a signed-in person for their password again and, if the account has a second factor, for a code of
// the authenticator or a recovery code, before an act that a stolen session or token must not do. A password that is
// missing or wrong is ErrPasswordNeeded, a code ErrCodeNeeded; wrong ones count as guesses, and the code is checked
// only after the right password. No code works twice. The other errors are those of CheckPassword.
func (s *Service) Reauthenticate(ctx context.Context, u User, password, code, from string) error {
	if password == "" {
		return ErrPasswordNeeded
	}
	err := s.CheckPassword(ctx, u, password, from)
	if errors.Is(err, ErrCredentials) {
		return ErrPasswordNeeded
	}
	if err != nil {
		return err
	}
	now, err := s.User(ctx, u.ID)
	if err != nil || !now.SecondFactor {
		return err
	}
	if code == "" {
		return ErrCodeNeeded
	}
	_, t, err := s.takeCode(ctx, u.ID, code, from)
	if errors.Is(err, ErrSecondFactor) {
		return ErrCodeNeeded
	}
	if err == nil {
		s.limits.release(t)
	}
	return err
}

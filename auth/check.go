package auth

import (
	"context"
	"unicode/utf8"

	"urna/internal/messages"
	"urna/internal/problem"
)

// CheckPassword asks a signed-in person for their password again, before an act that a person who sits
// down at an open browser must not do. A wrong one is ErrCredentials and counts as a guess;
// ErrTooManySignIns is returned during the back-off for wrong guesses, ErrSignInsBusy if too many requests wait for a
// password hash, ErrAccountChanged if the person's
// sign-ins ended since u was read, ErrPasswordNotText for bytes that are no text.
func (s *Service) CheckPassword(ctx context.Context, u User, password, from string) error {
	if !utf8.ValidString(password) {
		return ErrPasswordNotText
	}
	row, err := findUser(s.db.Reader(ctx), "id = ?", u.ID)
	if err != nil {
		return err
	}
	if row.SessionEpoch != u.SessionEpoch {
		return ErrAccountChanged // no guess: the password may have been the one of a moment ago
	}
	t, err := s.countTry(ctx, row.ID, row.Email, from)
	if err != nil {
		return err
	}
	ok, err := s.matches(ctx, caller{place(from), true}, row, password)
	if err == nil && !ok {
		return s.refuseSignIn(ctx, row, t, ErrCredentials)
	}
	s.limits.release(t)
	return err
}

// CheckNewPassword returns a problem of kind Invalid for a new password of u that will not do, so that a form can name it
// beside its other faults; ChangePassword checks it again.
func CheckNewPassword(u User, fresh string) error {
	var c problem.Checks
	checkPassword(&c, PasswordOfTwelve, normalPassword(fresh), u)
	return c.Err()
}

// ChangePassword changes a person's own password, given the current one; the new one must be another.
// Other browser sessions and all tokens of the account end. Of several changes at once one succeeds: for the others
// the current password is no longer the one that they gave. The errors are those of CheckPassword, and
// a problem of kind Invalid for a new password that will not do.
func (s *Service) ChangePassword(ctx context.Context, u User, current, fresh, from string) (User, error) {
	if err := s.CheckPassword(ctx, u, current, from); err != nil {
		return User{}, err
	}
	if SamePassword(fresh, current) {
		var c problem.Checks
		c.Add("password", messages.FieldPasswordUnchanged())
		return User{}, c.Err()
	}
	return s.changeUser(ctx, u.Actor(from), u.ID, UserChange{Password: &fresh}, func(row userRow) error {
		if row.SessionEpoch != u.SessionEpoch {
			return ErrAccountChanged
		}
		return nil
	})
}

package auth

import (
	"context"
	"errors"
	"math"
	"strings"

	"urna/internal/audit"
	"urna/internal/sqlite"
)

// SignIn returns the account with this e-mail and password, calling from the given address. The errors:
//
//   - ErrCredentials, in about the same time whether the account does not exist, is disabled, or has
//     another password;
//   - ErrSecondFactorNeeded, together with the account, where the password was right and SecondFactor
//     must follow;
//   - ErrTooManySignIns while whoever guesses has to wait.
//
// Every sign-in and every refusal is an audit event.
func (s *Service) SignIn(ctx context.Context, email, password, from string) (User, error) {
	row, err := findUser(s.db.Reader(ctx), "email = ? COLLATE NOCASE", strings.TrimSpace(email))
	known := err == nil
	if err != nil && !errors.Is(err, ErrUnknownUser) {
		return User{}, err
	}
	keys, err := s.limitKeys(ctx, row.ID, email, from)
	if err != nil {
		return User{}, err
	}
	if err := s.refuseWhileWaiting(keys); err != nil {
		return User{}, err
	}
	hash := row.PasswordHash
	if !known {
		hash = s.hasher.decoy
	}
	if len(password) > maxPasswordBytes {
		password = "" // no account has an empty or a longer one
	}
	ok, err := s.hasher.matches(ctx, password, hash)
	switch {
	case err != nil:
		return User{}, err
	case !ok || !known || row.DisabledAt != nil:
		return User{}, s.refuseSignIn(ctx, row, keys, ErrCredentials)
	case row.TOTPEnabledAt != nil:
		return row.user(), ErrSecondFactorNeeded
	}
	return row.user(), s.completeSignIn(ctx, row, keys)
}

// SecondFactor completes the sign-in of an account whose password was right with a code of its
// authenticator or a recovery code; no code works twice. The errors: ErrSecondFactor,
// ErrTooManySignIns, ErrUnknownUser.
func (s *Service) SecondFactor(ctx context.Context, id int64, code, from string) (User, error) {
	row, err := findUser(s.db.Reader(ctx), "id = ? AND disabled_at IS NULL AND totp_enabled_at IS NOT NULL", id)
	if err != nil {
		return User{}, err
	}
	keys, err := s.limitKeys(ctx, row.ID, row.Email, from)
	if err != nil {
		return User{}, err
	}
	if err := s.refuseWhileWaiting(keys); err != nil {
		return User{}, err
	}
	err = s.db.Write(ctx, func(tx *sqlite.Tx) error {
		// Read again: another request may have used the same code up.
		if row, err = findUser(tx.Gorm(), "id = ?", id); err != nil {
			return err
		}
		return s.takeCode(tx, &row, code)
	})
	if errors.Is(err, ErrSecondFactor) {
		return User{}, s.refuseSignIn(ctx, row, keys, err)
	}
	if err != nil {
		return User{}, err
	}
	return row.user(), s.completeSignIn(ctx, row, keys)
}

// limitKeys returns under which keys a sign-in's failures are counted: the address, and the account,
// apart for each address from which it has signed in before.
func (s *Service) limitKeys(ctx context.Context, id int64, email, from string) ([2]string, error) {
	account := "account " + strings.ToLower(strings.TrimSpace(email))
	if id != 0 {
		known, err := knownAddress(s.db.Reader(ctx), id, from)
		if err != nil {
			return [2]string{}, err
		}
		if known {
			account += " from " + from
		}
	}
	return [2]string{account, "address " + from}, nil
}

func (s *Service) refuseWhileWaiting(keys [2]string) error {
	wait := s.limits.wait(keys[0], keys[1])
	if wait <= 0 {
		return nil
	}
	seconds := int64(math.Ceil(wait.Seconds()))
	return ErrTooManySignIns.With("Too many sign-ins failed. Wait %d seconds and try again.", seconds).
		WithExtra("retry_after", seconds)
}

// refuseSignIn counts and records a failure and returns the refusal.
func (s *Service) refuseSignIn(ctx context.Context, row userRow, keys [2]string, refusal error) error {
	s.limits.fail(keys[0], freePerAccount)
	s.limits.fail(keys[1], freePerAddress)
	_, from, _ := strings.Cut(keys[1], " ")
	actor := audit.Actor{Name: "nobody", From: from}
	if row.ID != 0 {
		actor = row.user().Actor(from)
	}
	err := s.db.Write(ctx, func(tx *sqlite.Tx) error {
		return s.log.Append(ctx, tx.SQL(), actor, "sign-in-refused", subject(row.ID), nil)
	})
	return errors.Join(refusal, err)
}

// completeSignIn records a success.
func (s *Service) completeSignIn(ctx context.Context, row userRow, keys [2]string) error {
	s.limits.forget(keys[0])
	_, from, _ := strings.Cut(keys[1], " ")
	return s.db.Write(ctx, func(tx *sqlite.Tx) error {
		if err := recordAddress(tx, row.ID, from, s.now()); err != nil {
			return err
		}
		return s.log.Append(ctx, tx.SQL(), row.user().Actor(from), "signed-in", subject(row.ID), nil)
	})
}

// SignInForTokens signs an API client in and begins a family of tokens for it. Beside the errors of
// SignIn and SecondFactor: ErrPasswordChangeNeeded and ErrSecondFactorRequired, where the person must
// go to the page first.
func (s *Service) SignInForTokens(ctx context.Context, email, password, code, from string) (Tokens, error) {
	u, err := s.SignIn(ctx, email, password, from)
	if errors.Is(err, ErrSecondFactorNeeded) && code != "" {
		u, err = s.SecondFactor(ctx, u.ID, code, from)
	}
	if err != nil {
		return Tokens{}, err
	}
	if err := s.MayWork(u); err != nil {
		return Tokens{}, err
	}
	return s.IssueTokens(ctx, u)
}

// MayWork returns what a signed-in person must do first: ErrPasswordChangeNeeded,
// ErrSecondFactorRequired, or nil.
func (s *Service) MayWork(u User) error {
	switch {
	case u.MustChangePassword:
		return ErrPasswordChangeNeeded
	case s.requireSecondFactor && u.Role == Administrator && !u.SecondFactor:
		return ErrSecondFactorRequired
	default:
		return nil
	}
}

// ChangePassword changes a person's own password, given the current one. Other browser sessions and all
// tokens of the account end. A wrong current password is ErrCredentials and counts as a guess.
func (s *Service) ChangePassword(ctx context.Context, u User, current, fresh, from string) (User, error) {
	row, err := findUser(s.db.Reader(ctx), "id = ?", u.ID)
	if err != nil {
		return User{}, err
	}
	keys, err := s.limitKeys(ctx, row.ID, row.Email, from)
	if err != nil {
		return User{}, err
	}
	if err := s.refuseWhileWaiting(keys); err != nil {
		return User{}, err
	}
	if len(current) > maxPasswordBytes {
		current = ""
	}
	ok, err := s.hasher.matches(ctx, current, row.PasswordHash)
	if err != nil {
		return User{}, err
	}
	if !ok {
		return User{}, s.refuseSignIn(ctx, row, keys, ErrCredentials)
	}
	return s.ChangeUser(ctx, u.Actor(from), u.ID, UserChange{Password: &fresh})
}

package auth

import (
	"context"
	"errors"
	"math"
	"time"
	"unicode/utf8"

	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/messages"
)

// SignIn returns the account with this e-mail and password, calling from the given address. The errors:
//
//   - ErrCredentials, in about the same time whether the account does not exist, is disabled, or has
//     another password;
//   - ErrSecondFactorNeeded, together with the account, where the password was right and SecondFactor or
//     SignInWithPasskey must follow;
//   - ErrAccountWaits where the password was right and an administrator has not accepted the account yet;
//   - ErrTooManySignIns during the back-off for wrong guesses;
//   - ErrSignInsBusy, before the password is checked, if too many requests wait for the database or a password hash;
//   - ErrPasswordNotText for bytes that are no text, for every account.
//
// Every sign-in and every refusal is an audit event; refusals to no account are counted and share one.
func (s *Service) SignIn(ctx context.Context, email, password, from string) (User, error) {
	if !utf8.ValidString(password) {
		return User{}, ErrPasswordNotText
	}
	row, who, t, err := s.begin(ctx, email, from)
	if err != nil {
		s.signIns.countBusy(err)
		return User{}, err
	}
	known := row.ID != 0
	ok, err := s.matches(ctx, who, row, password)
	switch {
	case err != nil:
		s.signIns.countBusy(err)
		s.limits.release(t)
		return User{}, err
	case !ok || !known || row.DisabledAt != nil:
		return User{}, s.refuseSignIn(ctx, row, t, ErrCredentials)
	case row.WaitingSince != nil:
		s.limits.release(t)
		return User{}, ErrAccountWaits
	case row.hasFactor():
		s.limits.release(t)
		return row.user(), ErrSecondFactorNeeded
	}
	return row.user(), s.completeSignIn(ctx, row, t)
}

// begin reads what a sign-in needs before the password is looked at, and counts the try. The addresses take turns for that, too:
// otherwise a request would wait for the reads of all others in a flood, before it gets to the queue for a hash.
func (s *Service) begin(ctx context.Context, email, from string) (row userRow, who caller, t try, err error) {
	done, err := s.lookups.take(ctx, caller{place: place(from)})
	if err != nil {
		return row, who, t, err
	}
	defer done()
	if row, err = findByEmail(s.db.Reader(ctx), email); err != nil && !errors.Is(err, ErrUnknownUser) {
		return row, who, t, err
	}
	if t, err = s.countTry(ctx, row.ID, email, from); err != nil {
		return row, who, t, err
	}
	if who, err = s.callerFrom(ctx, from); err != nil {
		s.limits.release(t)
	}
	return row, who, t, err
}

// matches compares a password with the account's, or, if the account does not exist, with a decoy that takes as long.
// Earlier versions hashed passwords as they were typed: if only the typed form matches, matches replaces the hash by
// one of the normal form.
func (s *Service) matches(ctx context.Context, who caller, row userRow, password string) (bool, error) {
	hash := row.PasswordHash
	if row.ID == 0 {
		hash = s.hasher.decoy
	}
	if len(password) > mostPasswordBytes {
		password = "" // no account has an empty or a longer one
	}
	normal := normalPassword(password)
	ok, err := s.hasher.matches(ctx, who, normal, hash)
	if err != nil || ok || normal == password {
		return ok, err
	}
	if ok, err = s.hasher.matches(ctx, who, password, hash); err != nil || !ok {
		return false, err
	}
	fresh, err := s.hasher.hash(ctx, who, normal)
	if err != nil {
		return false, err
	}
	return true, s.db.Write(ctx, func(tx *database.Tx) error { return replaceHash(tx, row, fresh) })
}

// familiarFor is how long an address is familiar after a sign-in from it.
const familiarFor = 90 * 24 * time.Hour

// callerFrom returns the caller at an address that is not signed in.
func (s *Service) callerFrom(ctx context.Context, from string) (caller, error) {
	familiar, err := familiarAddress(s.db.Reader(ctx), from, s.now().Add(-familiarFor))
	return caller{place(from), familiar}, err
}

// callerFor returns the caller: an account, a command on the machine or, without either, an address.
func (s *Service) callerFor(ctx context.Context, a audit.Actor) (caller, error) {
	if a.ID != 0 || a.From == "" {
		return caller{place(a.From), true}, nil
	}
	return s.callerFrom(ctx, a.From)
}

// enabled is the condition of an account that may complete a sign-in.
const enabled = "id = ? AND disabled_at IS NULL"

// findWithFactor returns an enabled account with a second factor, or ErrUnknownUser.
func findWithFactor(db database.Source, id int64) (userRow, error) {
	row, err := findUser(db, enabled, id)
	if err == nil && !row.hasFactor() {
		return userRow{}, ErrUnknownUser
	}
	return row, err
}

// SecondFactor completes the sign-in of an account whose password was right with a code of its
// authenticator or a recovery code; no code works twice. The errors: ErrSecondFactor,
// ErrTooManySignIns, ErrUnknownUser.
func (s *Service) SecondFactor(ctx context.Context, id int64, code, from string) (User, error) {
	row, t, err := s.takeCode(ctx, id, code, from)
	if err != nil {
		return User{}, err
	}
	return row.user(), s.completeSignIn(ctx, row, t)
}

// takeCode uses a code of an account up. A wrong one is recorded and counted as a guess; the caller releases or
// completes the try of a good one.
func (s *Service) takeCode(ctx context.Context, id int64, code, from string) (userRow, try, error) {
	row, err := findWithFactor(s.db.Reader(ctx), id)
	if err != nil {
		return userRow{}, try{}, err
	}
	t, err := s.countTry(ctx, row.ID, row.Email, from)
	if err != nil {
		return userRow{}, try{}, err
	}
	err = s.db.Write(ctx, func(tx *database.Tx) error {
		// Read again: another request may have used the same code up, or ended the account.
		current, err := findWithFactor(tx, id)
		if err != nil {
			return err
		}
		row = current
		return s.useCode(tx, &row, code)
	})
	if errors.Is(err, ErrSecondFactor) {
		return userRow{}, try{}, s.refuseSignIn(ctx, row, t, err)
	}
	if err != nil {
		s.limits.release(t)
		return userRow{}, try{}, err
	}
	return row, t, nil
}

// countTry counts a try, which release or completeSignIn takes out again; ErrTooManySignIns while there is a wait.
func (s *Service) countTry(ctx context.Context, id int64, email, from string) (try, error) {
	familiar := false
	if id != 0 {
		var err error
		if familiar, err = knownAddress(s.db.Reader(ctx), id, from); err != nil {
			return try{}, err
		}
	}
	t := newTry(email, from, familiar)
	wait := s.limits.reserve(&t)
	if wait == 0 {
		return t, nil
	}
	s.signIns.delayed.Add(1)
	seconds := int64(math.Ceil(wait.Seconds()))
	return try{}, ErrTooManySignIns.With(messages.RefusalSignInsFailedWait(seconds)).
		WithExtra("retry_after", seconds)
}

// refuseSignIn records a failure, which was counted when it was tried, and returns the refusal. A failure of an account
// is an event. One of no account is counted in a transaction of the same form, so that the answer takes as long.
func (s *Service) refuseSignIn(ctx context.Context, row userRow, t try, refusal error) error {
	s.signIns.refused.Add(1)
	err := s.db.Write(ctx, func(tx *database.Tx) error {
		if row.ID == 0 {
			return s.countRefusal(ctx, tx)
		}
		return s.log.AppendAside(ctx, tx.SQL(), row.user().Actor(t.from), "sign-in-refused", subject(row.ID), nil)
	})
	return errors.Join(refusal, err)
}

// refusalsPeriod is how long refused sign-ins to no account are counted for one event.
const refusalsPeriod = 10 * time.Minute

// countRefusal counts a refused sign-in to no account.
func (s *Service) countRefusal(ctx context.Context, tx *database.Tx) error {
	refused, err := s.tellRefusals(ctx, tx)
	if err != nil {
		return err
	}
	now := s.now().UnixMilli()
	if refused.Count == 0 {
		refused.FirstAt = now
	}
	refused.LastAt = now
	refused.Count++
	return saveRefused(tx, refused)
}

// tellRefusals makes an event of the refused sign-ins to no account if their period is over, and returns the row of
// those that remain. It runs at each refusal of that kind and at each sign-in.
func (s *Service) tellRefusals(ctx context.Context, tx *database.Tx) (refusedRow, error) {
	refused, err := findRefused(tx)
	if err != nil || refused.Count == 0 || s.now().Before(time.UnixMilli(refused.FirstAt).Add(refusalsPeriod)) {
		return refused, err
	}
	at := func(ms int64) string { return time.UnixMilli(ms).UTC().Format(time.RFC3339) }
	err = s.log.Append(ctx, tx.SQL(), audit.Actor{Name: "nobody"}, "sign-ins-refused", subject(0),
		map[string]any{"number": refused.Count, "first": at(refused.FirstAt), "last": at(refused.LastAt)})
	if err != nil {
		return refused, err
	}
	refused.Count = 0
	return refused, saveRefused(tx, refused)
}

// completeSignIn records a success.
func (s *Service) completeSignIn(ctx context.Context, row userRow, t try) error {
	s.signIns.succeeded.Add(1)
	s.limits.forget(t)
	return s.db.Write(ctx, func(tx *database.Tx) error {
		if err := recordAddress(tx, row.ID, t.from, s.now()); err != nil {
			return err
		}
		if _, err := s.tellRefusals(ctx, tx); err != nil {
			return err
		}
		return s.log.Append(ctx, tx.SQL(), row.user().Actor(t.from), "signed-in", subject(row.ID), nil)
	})
}

// SignOut records that a person ends browser sessions of their own account: before they end, because
// sessions are kept in another file than the log, and an ending without its event must not be.
func (s *Service) SignOut(ctx context.Context, u User, from string, sessions int) error {
	return s.db.Write(ctx, func(tx *database.Tx) error {
		return s.log.Append(ctx, tx.SQL(), u.Actor(from), "signed-out", subject(u.ID), map[string]any{"sessions": sessions})
	})
}

// SignInForTokens signs an API client in and begins a family of tokens for it. Beside the errors of
// SignIn and SecondFactor: ErrPasswordChangeNeeded and ErrSecondFactorRequired, where the person must
// go to the page first.
func (s *Service) SignInForTokens(ctx context.Context, email, password, code, from string) (Tokens, error) {
	return s.signInFor(ctx, apiContract, email, password, code, from)
}

// SignInForEPMS is SignInForTokens for a client of the EPMS contract, which knows no codes.
func (s *Service) SignInForEPMS(ctx context.Context, email, password, from string) (Tokens, error) {
	return s.signInFor(ctx, epmsContract, email, password, "", from)
}

func (s *Service) signInFor(ctx context.Context, of contract, email, password, code, from string) (Tokens, error) {
	u, err := s.SignIn(ctx, email, password, from)
	switch {
	case errors.Is(err, ErrSecondFactorNeeded) && code != "":
		first := u
		u, err = s.SecondFactor(ctx, u.ID, code, from)
		u.SessionEpoch = first.SessionEpoch // a change of the account since the password ends this sign-in too
	case errors.Is(err, ErrSecondFactorNeeded) && !u.Authenticator:
		err = ErrSecondFactorNeeded.With(messages.RefusalPasskeyNeedsBrowser())
	}
	if err != nil {
		return Tokens{}, err
	}
	if err := s.MayWork(u); err != nil {
		return Tokens{}, err
	}
	return s.issueFor(ctx, u, of)
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

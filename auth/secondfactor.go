package auth

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"

	"urna/internal/approval"
	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/messages"
	"urna/internal/problem"
)

// Second factors are time-based one-time passwords (RFC 6238): SHA-1, six digits, a step of 30 seconds,
// as every authenticator app knows them. A code of the step before or after is accepted too.
const (
	totpStep        = 30
	totpSkew        = 1
	totpSecretBytes = 20
	recoveryCodes   = 10
)

// errNoSecondFactor is returned where a second factor is needed to go on and none is set up.
var errNoSecondFactor = problem.New(problem.Conflict, "no-second-factor", messages.RefusalNoSecondFactor())

// Enrolment is what an authenticator app needs, shown once.
type Enrolment struct {
	Secret string // in base32, to type in
	URL    string // otpauth://..., for a QR code
}

// BeginSecondFactor makes a new secret for an account. Sign-ins ask for codes only after it is
// confirmed with one; until then the account stays as it was.
func (s *Service) BeginSecondFactor(ctx context.Context, actor audit.Actor, id int64) (Enrolment, error) {
	secret := make([]byte, totpSecretBytes)
	if _, err := rand.Read(secret); err != nil {
		return Enrolment{}, fmt.Errorf("auth: random secret: %w", err)
	}
	var email string
	err := s.db.Write(ctx, func(tx *database.Tx) error {
		row, err := findUser(tx, "id = ?", id)
		if err != nil {
			return err
		}
		if row.TOTPEnabledAt != nil {
			return problem.New(problem.Conflict, "second-factor-set", messages.RefusalSecondFactorSet())
		}
		email = row.Email
		if row.TOTPSecret, err = s.seal(id, secret); err != nil {
			return err
		}
		if err := saveUser(tx, &row); err != nil {
			return err
		}
		return s.log.Append(ctx, tx.SQL(), actor, "second-factor-begun", subject(id), nil)
	})
	if err != nil {
		return Enrolment{}, err
	}
	encoded := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(secret)
	return Enrolment{Secret: encoded, URL: enrolmentURL(email, encoded)}, nil
}

// enrolmentURL is the address that authenticator apps read from a QR code.
func enrolmentURL(email, secret string) string {
	label := strings.NewReplacer("%", "%25", "/", "%2F", "?", "%3F", "#", "%23", " ", "%20", ":", "%3A").Replace(email)
	return "otpauth://totp/Urna:" + label + "?secret=" + secret + "&issuer=Urna&algorithm=SHA1&digits=6&period=30"
}

// PendingSecondFactor returns the enrolment that waits for its confirmation, to be shown again.
func (s *Service) PendingSecondFactor(ctx context.Context, id int64) (Enrolment, error) {
	row, err := findUser(s.db.Reader(ctx), "id = ?", id)
	if err != nil {
		return Enrolment{}, err
	}
	if row.TOTPSecret == nil || row.TOTPEnabledAt != nil {
		return Enrolment{}, errNoSecondFactor
	}
	secret, err := s.open(row.ID, row.TOTPSecret)
	if err != nil {
		return Enrolment{}, err
	}
	encoded := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(secret)
	return Enrolment{Secret: encoded, URL: enrolmentURL(row.Email, encoded)}, nil
}

// ConfirmSecondFactor switches the authenticator app on with a code of it. With an account's first factor it returns
// ten recovery codes, which are shown this once and stored as hashes. Other browser sessions of the account end.
func (s *Service) ConfirmSecondFactor(ctx context.Context, actor audit.Actor, id int64, code string) (codes []string, err error) {
	err = s.db.Write(ctx, func(tx *database.Tx) error {
		row, err := findUser(tx, "id = ?", id)
		if err != nil {
			return err
		}
		if row.TOTPSecret == nil || row.TOTPEnabledAt != nil {
			return errNoSecondFactor
		}
		step, err := s.matchCode(row, code)
		if err != nil {
			return err
		}
		if codes, err = s.firstCodes(tx, row); err != nil {
			return err
		}
		now := s.now().UnixMilli()
		row.TOTPEnabledAt, row.TOTPLastStep = &now, step
		row.SessionEpoch++
		if err := saveUser(tx, &row); err != nil {
			return err
		}
		return s.log.Append(ctx, tx.SQL(), actor, "second-factor-added", subject(id), nil)
	})
	return codes, err
}

// RenewRecoveryCodes makes ten new recovery codes; the old ones are worth nothing.
func (s *Service) RenewRecoveryCodes(ctx context.Context, actor audit.Actor, id int64) (codes []string, err error) {
	err = s.db.Write(ctx, func(tx *database.Tx) error {
		row, err := findUser(tx, "id = ?", id)
		if err != nil {
			return err
		}
		if !row.hasFactor() {
			return errNoSecondFactor
		}
		if codes, err = newRecoveryCodes(tx, id); err != nil {
			return err
		}
		return s.log.Append(ctx, tx.SQL(), actor, "recovery-codes-renewed", subject(id), nil)
	})
	return codes, err
}

// RemoveSecondFactor removes the authenticator app, all passkeys and the recovery codes of an account, such as for a
// lost phone. The account's tokens and browser sessions end. Another administrator's may need a second administrator:
// then the error is *approval.Waiting, with the reason.
func (s *Service) RemoveSecondFactor(ctx context.Context, actor audit.Actor, id int64, reason string) error {
	var waits *approval.Waiting
	err := s.db.Write(ctx, func(tx *database.Tx) error {
		row, err := findUser(tx, "id = ?", id)
		if err != nil {
			return err
		}
		if row.TOTPSecret == nil && row.Passkeys == 0 {
			return errNoSecondFactor
		}
		if actor.ID != id {
			waits, err = s.ask(ctx, tx, &row, request(approval.RemoveFactor, actor, row, reason))
		}
		if err != nil || waits != nil {
			return err
		}
		return s.removeFactors(ctx, tx, actor, &row)
	})
	return approval.Answer(waits, err)
}

// removeFactors removes all factors of an account.
func (s *Service) removeFactors(ctx context.Context, tx *database.Tx, actor audit.Actor, row *userRow) error {
	if row.TOTPSecret == nil && row.Passkeys == 0 {
		return errNoSecondFactor
	}
	if err := dropPasskeys(tx, row.ID); err != nil {
		return err
	}
	var detail map[string]any
	if row.Passkeys > 0 {
		detail = map[string]any{"passkeys": row.Passkeys}
	}
	row.Passkeys = 0
	row.dropAuthenticator()
	if err := s.endFactor(tx, row); err != nil {
		return err
	}
	return s.log.Append(ctx, tx.SQL(), actor, "second-factor-removed", subject(row.ID), detail)
}

// RemoveAuthenticator removes the authenticator app of a person's own account, and leaves its passkeys. With the last
// factor the recovery codes go. The account's tokens and browser sessions end.
func (s *Service) RemoveAuthenticator(ctx context.Context, actor audit.Actor, id int64) error {
	if actor.ID != id {
		return ErrForbidden
	}
	return s.db.Write(ctx, func(tx *database.Tx) error {
		row, err := findUser(tx, "id = ?", id)
		if err != nil {
			return err
		}
		if row.TOTPSecret == nil {
			return errNoSecondFactor
		}
		row.dropAuthenticator()
		if err := s.endFactor(tx, &row); err != nil {
			return err
		}
		return s.log.Append(ctx, tx.SQL(), actor, "second-factor-removed", subject(id), nil)
	})
}

// hasFactor reports whether sign-ins ask for more than the password.
func (r *userRow) hasFactor() bool { return r.TOTPEnabledAt != nil || r.Passkeys > 0 }

func (r *userRow) dropAuthenticator() {
	r.TOTPSecret, r.TOTPEnabledAt, r.TOTPLastStep = nil, nil, 0
}

// endFactor stores an account without one of its factors and ends its sign-ins; with the last factor the recovery codes
// go.
func (s *Service) endFactor(tx *database.Tx, row *userRow) error {
	row.SessionEpoch++
	if err := saveUser(tx, row); err != nil {
		return err
	}
	if !row.hasFactor() {
		if err := dropRecoveryCodes(tx, row.ID); err != nil {
			return err
		}
	}
	return revokeFamilies(tx, s.now(), "user_id = ?", row.ID)
}

// firstCodes makes recovery codes for an account that gets its first factor; one that has a factor keeps its codes.
func (s *Service) firstCodes(tx *database.Tx, row userRow) ([]string, error) {
	if row.hasFactor() {
		return nil, nil
	}
	return newRecoveryCodes(tx, row.ID)
}

// matchCode returns the step of a good code that is later than any taken before, else ErrSecondFactor.
func (s *Service) matchCode(row userRow, code string) (step int64, err error) {
	secret, err := s.open(row.ID, row.TOTPSecret)
	if err != nil {
		return 0, err
	}
	encoded := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(secret)
	for _, at := range s.codeTimes() {
		now := at.Unix() / totpStep
		for step := now - totpSkew; step <= now+totpSkew; step++ {
			if step <= row.TOTPLastStep {
				continue
			}
			ok, err := hotp.ValidateCustom(code, uint64(step), encoded, hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
			if err == nil && ok {
				return step, nil
			}
		}
	}
	return 0, ErrSecondFactor
}

// codeTimes returns the times whose codes are accepted. While the clock is in doubt these are both of its times: an
// authenticator shows the right one, and an administrator who could not sign in could not confirm the right time. Each
// code is still accepted once, and none that is earlier than the last; a guess has the chance of six codes in place of
// three.
func (s *Service) codeTimes() []time.Time {
	times := []time.Time{s.now()}
	if machine, doubtful := s.doubted(); doubtful {
		times = append(times, machine)
	}
	return times
}

// useCode marks as used a code of the authenticator or a recovery code, within the transaction.
func (s *Service) useCode(tx *database.Tx, row *userRow, code string) error {
	code = strings.ToUpper(strings.NewReplacer(" ", "", "-", "").Replace(code))
	if row.TOTPEnabledAt != nil {
		step, err := s.matchCode(*row, code)
		switch {
		case err == nil:
			return storeStep(tx, row, step)
		case !errors.Is(err, ErrSecondFactor):
			return err
		}
	}
	used, err := useRecoveryCode(tx, row.ID, tokenHash(code), s.now())
	if err != nil {
		return err
	}
	if !used {
		return ErrSecondFactor
	}
	return nil
}

// newRecoveryCodes replaces an account's recovery codes.
func newRecoveryCodes(tx *database.Tx, id int64) ([]string, error) {
	if err := dropRecoveryCodes(tx, id); err != nil {
		return nil, err
	}
	codes := make([]string, 0, recoveryCodes)
	for range recoveryCodes {
		code := rand.Text()[:24] // base32: 120 bits, so that a plain hash will do
		if err := addRecoveryCode(tx, id, tokenHash(code)); err != nil {
			return nil, err
		}
		codes = append(codes, strings.Join([]string{code[:4], code[4:8], code[8:12], code[12:16], code[16:20], code[20:]}, "-"))
	}
	return codes, nil
}

// unixMilli returns an instant as the tables keep it.
func unixMilli(t time.Time) *int64 {
	ms := t.UnixMilli()
	return &ms
}

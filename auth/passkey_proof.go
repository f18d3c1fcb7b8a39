package auth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/go-webauthn/webauthn/protocol"

	"urna/internal/database"
)

// AskToSignIn returns the options, as JSON, with which the browser of a person whose password was right asks a passkey.
// Session is the ID of the browser session. The answer goes to SignInWithPasskey.
func (s *Service) AskToSignIn(ctx context.Context, u User, session string) ([]byte, error) {
	return s.askPasskey(ctx, u, session, toSignIn, "")
}

// AskToConfirm returns the options, as JSON, with which a signed-in person's browser asks a passkey for one act.
// Purpose names the act with everything that it decides; the answer goes to Reauthenticate with the same purpose.
func (s *Service) AskToConfirm(ctx context.Context, u User, session, purpose string) ([]byte, error) {
	return s.askPasskey(ctx, u, session, toConfirm, purpose)
}

// askPasskey keeps a challenge for an account's passkeys.
func (s *Service) askPasskey(ctx context.Context, u User, session string, act challengeAct, purpose string) ([]byte, error) {
	if err := s.passkeysOn(); err != nil {
		return nil, err
	}
	row, err := s.unchanged(s.db.Reader(ctx), u)
	if err != nil {
		return nil, err
	}
	owner, err := s.passkeyOwner(s.db.Reader(ctx), row)
	if err != nil {
		return nil, err
	}
	if len(owner.keys) == 0 {
		return nil, ErrUnknownPasskey
	}
	assertion, data, err := s.party.BeginLogin(owner)
	if err != nil {
		return nil, fmt.Errorf("auth: ask passkey: %w", err)
	}
	kept := challengeRow{Session: session, Act: string(act), UserID: u.ID, Purpose: purpose}
	return s.keepChallenge(ctx, assertion.Response, challenge{Data: *data}, kept)
}

// PasskeyAnswer is a browser's answer to the question that AskToSignIn or AskToConfirm began.
type PasskeyAnswer struct {
	Session  string // the ID of the browser session in which it was asked
	Purpose  string // of AskToConfirm
	Response []byte // JSON
}

// SignInWithPasskey completes the sign-in of an account whose password was right. The errors: ErrPasskey,
// ErrPasskeyChallenge, ErrPasskeyCounter, ErrPasskeysOff, ErrTooManySignIns, ErrUnknownUser.
func (s *Service) SignInWithPasskey(ctx context.Context, id int64, answer PasskeyAnswer, from string) (User, error) {
	row, t, err := s.takePasskey(ctx, id, toSignIn, answer, from)
	if err != nil {
		return User{}, err
	}
	return row.user(), s.completeSignIn(ctx, row, t)
}

// takePasskey uses a passkey's answer up. A wrong one is recorded and counted as a guess, as a wrong code is; the
// caller releases or completes the try of a good one.
func (s *Service) takePasskey(ctx context.Context, id int64, act challengeAct, answer PasskeyAnswer, from string) (userRow, try, error) {
	if err := s.passkeysOn(); err != nil {
		return userRow{}, try{}, err
	}
	row, err := findUser(s.db.Reader(ctx), enabled, id)
	if err != nil {
		return userRow{}, try{}, err
	}
	t, err := s.countTry(ctx, row.ID, row.Email, from)
	if err != nil {
		return userRow{}, try{}, err
	}
	used, err := s.checkPasskey(ctx, row, act, answer)
	if err == nil {
		err = s.db.Write(ctx, func(tx *database.Tx) error {
			// Read again: another request may have used or removed the passkey, or ended the account.
			if row, err = findUser(tx, enabled, id); err != nil {
				return err
			}
			return s.usePasskey(tx, used)
		})
	}
	switch {
	case errors.Is(err, ErrPasskeyCounter):
		return userRow{}, try{}, s.refuseCopy(ctx, row, used, t)
	case errors.Is(err, ErrPasskey), errors.Is(err, ErrPasskeyChallenge):
		return userRow{}, try{}, s.refuseSignIn(ctx, row, t, err)
	case err != nil:
		s.limits.release(t)
		return userRow{}, try{}, err
	}
	return row, t, nil
}

// checkPasskey takes the challenge and returns the passkey that signed it, with its new counter.
func (s *Service) checkPasskey(ctx context.Context, row userRow, act challengeAct, answer PasskeyAnswer) (passkeyRow, error) {
	kept, err := s.takeChallenge(ctx, answer.Session, act, row.ID, answer.Purpose)
	if err != nil {
		return passkeyRow{}, err
	}
	if len(answer.Response) > mostResponse {
		return passkeyRow{}, ErrPasskey
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer.Response)
	if err != nil {
		return passkeyRow{}, ErrPasskey
	}
	owner, err := s.passkeyOwner(s.db.Reader(ctx), row)
	if err != nil {
		return passkeyRow{}, err
	}
	c, err := s.party.ValidateLogin(owner, kept.Data, parsed)
	if err != nil {
		slog.WarnContext(ctx, "a passkey was refused", "user_id", row.ID, "error", err)
		return passkeyRow{}, ErrPasskey
	}
	for _, k := range owner.keys {
		if string(k.CredentialID) == string(c.ID) {
			k.SignCount = int64(parsed.Response.AuthenticatorData.Counter)
			return k, nil
		}
	}
	return passkeyRow{}, ErrPasskey
}

// usePasskey stores a passkey's use, unless its counter is not higher than at its last use: an authenticator that
// counts never says the same number twice.
func (s *Service) usePasskey(tx *database.Tx, used passkeyRow) error {
	stored, err := findPasskey(tx, used.UserID, used.ID)
	if errors.Is(err, ErrUnknownPasskey) {
		return ErrPasskey
	}
	if err != nil {
		return err
	}
	if used.SignCount <= stored.SignCount && (used.SignCount != 0 || stored.SignCount != 0) {
		return ErrPasskeyCounter
	}
	stored.SignCount, stored.LastUsedAt = used.SignCount, unixMilli(s.now())
	return storeUse(tx, &stored)
}

// refuseCopy records that a passkey's counter did not grow, and returns the refusal.
func (s *Service) refuseCopy(ctx context.Context, row userRow, used passkeyRow, t try) error {
	err := s.db.Write(ctx, func(tx *database.Tx) error {
		return s.log.AppendAside(ctx, tx.SQL(), row.user().Actor(t.from), "passkey-counter-refused", subject(row.ID),
			map[string]any{"name": used.Name, "counter": used.SignCount})
	})
	return errors.Join(ErrPasskeyCounter, err)
}

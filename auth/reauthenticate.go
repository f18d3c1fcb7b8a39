package auth

import (
	"context"
	"errors"
)

// Proof is what a signed-in person shows again before an act that a stolen session or token must not do.
type Proof struct {
	Password string
	Code     string // of the authenticator app or a recovery code, if the account has a second factor
	// Passkey is the answer of a passkey in the place of a code; without a response there is none.
	Passkey PasskeyAnswer
}

// Reauthenticate asks a signed-in person for their password again and, if the account has a second factor, for a code
// or the answer of a passkey to the question of AskToConfirm. A password that is missing or wrong is ErrPasswordNeeded,
// a code ErrCodeNeeded, a wrong passkey one of the errors of SignInWithPasskey. Wrong ones count as guesses, and the
// factor is checked only after the right password. No code and no answer works twice. The other errors are those of
// CheckPassword.
func (s *Service) Reauthenticate(ctx context.Context, u User, proof Proof, from string) error {
	if proof.Password == "" {
		return ErrPasswordNeeded
	}
	err := s.CheckPassword(ctx, u, proof.Password, from)
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
	var t try
	switch {
	case len(proof.Passkey.Response) > 0:
		_, t, err = s.takePasskey(ctx, u.ID, toConfirm, proof.Passkey, from)
	case proof.Code == "":
		return ErrCodeNeeded
	default:
		_, t, err = s.takeCode(ctx, u.ID, proof.Code, from)
	}
	if errors.Is(err, ErrSecondFactor) {
		return ErrCodeNeeded
	}
	if err == nil {
		s.limits.release(t)
	}
	return err
}

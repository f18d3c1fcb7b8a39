package auth_test

import (
	"errors"
	"strings"
	"testing"

	"urna/auth"
	"urna/internal/problem"
	"urna/internal/testing/authenticator"
)

// TestRecoveryCodes_ComeWithTheFirstFactorAndGoWithTheLast holds for apps and passkeys alike.
func TestRecoveryCodes_ComeWithTheFirstFactorAndGoWithTheLast(t *testing.T) {
	o := newPasskeyEnv(t)
	ada := o.add("ada@example.org", auth.Administrator)
	actor := ada.Actor("a")
	codes := o.addPasskey(ada.ID, authenticator.New(origin))
	if _, more := o.enrol(ada.ID); more != nil {
		t.Errorf("want the codes kept when an app is added, got %v", more)
	}
	list, err := o.Passkeys(t.Context(), ada.ID)
	if err != nil {
		t.Fatal(err)
	}
	if err := o.RemovePasskey(t.Context(), actor, o.user(ada.ID), list[0].ID); err != nil {
		t.Fatal(err)
	}
	if err := o.secondFactor(ada.ID, codes[0], "a"); err != nil {
		t.Errorf("want the codes good while an app is left, got %v", err)
	}
	o.addPasskey(ada.ID, authenticator.New(origin))
	if err := o.RemoveAuthenticator(t.Context(), system, ada.ID); !errors.Is(err, auth.ErrForbidden) {
		t.Errorf("want the app removed by its owner only, got %v", err)
	}
	if err := o.RemoveAuthenticator(t.Context(), actor, ada.ID); err != nil {
		t.Fatal(err)
	}
	if err := o.secondFactor(ada.ID, codes[1], "a"); err != nil {
		t.Errorf("want the codes good while a passkey is left, got %v", err)
	}
	if fresh, err := o.RenewRecoveryCodes(t.Context(), actor, ada.ID); err != nil || len(fresh) != 10 {
		t.Errorf("want new codes for an account with a passkey alone, got %d, %v", len(fresh), err)
	}
	if err := o.RemoveSecondFactor(t.Context(), system, ada.ID, ""); err != nil {
		t.Fatal(err)
	}
	if err := o.signIn("ada@example.org", password, "a"); err != nil {
		t.Errorf("want the password alone to do again, got %v", err)
	}
	if codes := o.addPasskey(ada.ID, authenticator.New(origin)); len(codes) != 10 {
		t.Errorf("want new codes with the next first factor, got %d", len(codes))
	}
}

// TestPasskey_AProgramIsToldWhatToSend: an app's code that an account begins to set up is no code yet.
func TestPasskey_AProgramIsToldWhatToSend(t *testing.T) {
	o := newPasskeyEnv(t)
	ada := o.add("ada@example.org", auth.Administrator)
	codes := o.addPasskey(ada.ID, authenticator.New(origin))
	pending, err := o.BeginSecondFactor(t.Context(), system, ada.ID)
	if err != nil {
		t.Fatal(err)
	}
	_, err = o.SignInForTokens(t.Context(), "ada@example.org", password, "", "a")
	var refusal *problem.Error
	if !errors.Is(err, auth.ErrSecondFactorNeeded) || !errors.As(err, &refusal) || !strings.Contains(refusal.Error(), "recovery codes") {
		t.Errorf("want a refusal that says to send a recovery code, got %v", err)
	}
	if _, err := o.SignInForTokens(t.Context(), "ada@example.org", password, o.code(pending.Secret, 0), "a"); !wrongCode(err) {
		t.Errorf("want the code of an unconfirmed app refused, got %v", err)
	}
	if _, err := o.SignInForTokens(t.Context(), "ada@example.org", password, codes[0], "a"); err != nil {
		t.Errorf("want a recovery code taken, got %v", err)
	}
	if _, err := o.SignInForEPMS(t.Context(), "ada@example.org", password, "a"); !errors.Is(err, auth.ErrSecondFactorNeeded) {
		t.Errorf("want the EPMS contract refused as with an app, got %v", err)
	}
}

// TestPasskey_BelongsToThePublicAddress moves a server to other addresses.
func TestPasskey_BelongsToThePublicAddress(t *testing.T) {
	o := newPasskeyEnv(t)
	ada := o.add("ada@example.org", auth.Administrator)
	a := authenticator.New(origin)
	codes := o.addPasskey(ada.ID, a)
	for address, want := range map[string]struct {
		off    auth.PasskeysOff
		origin string
	}{
		"":                              {off: auth.NoPublicURL},
		"https://192.0.2.1":             {off: auth.BareIPAddress},
		"http://[2001:db8::1]:8080":     {off: auth.BareIPAddress},
		"http://127.0.0.1:8080":         {off: auth.BareIPAddress},
		"http://vote.example.org":       {off: auth.PlainHTTP},
		"https://a_b!.example.org":      {off: auth.NoDomain},
		"http://localhost:8080":         {origin: "http://localhost:8080"},
		"https://other.example.org:443": {origin: "https://other.example.org"},
		"https://избори.example:8443":   {origin: "https://xn--90alcc3am.example:8443"},
	} {
		o.options.PublicURL = address
		s := o.again()
		s.UseSessions(o.sessions)
		if got := s.PasskeysOff(); got != want.off || s.PasskeyOrigin() != want.origin {
			t.Errorf("%s: want %+v, got %q, %q", address, want, got, s.PasskeyOrigin())
		}
		_, err := s.BeginPasskey(t.Context(), o.user(ada.ID), session, "phone")
		if (err == nil) != (want.off == "") || err != nil && !errors.Is(err, auth.ErrPasskeysOff) {
			t.Errorf("%s: want passkeys offered: %v, got %v", address, want.off == "", err)
		}
		if _, err := s.AskToSignIn(t.Context(), o.user(ada.ID), session); err == nil {
			t.Errorf("%s: want no passkey of the former domain asked for", address)
		}
		if list, err := s.Passkeys(t.Context(), ada.ID); err != nil || len(list) != 1 || list[0].Usable {
			t.Errorf("%s: want the passkey shown as unusable, got %+v, %v", address, list, err)
		}
		if _, err := s.SignIn(t.Context(), "ada@example.org", password, "a"); !errors.Is(err, auth.ErrSecondFactorNeeded) {
			t.Errorf("%s: want a second factor asked for all the same, got %v", address, err)
		}
		if _, err := s.SecondFactor(t.Context(), ada.ID, codes[0], "a"); err != nil {
			t.Errorf("%s: want a recovery code taken, got %v", address, err)
		}
		codes = codes[1:]
	}
	if err := o.answer(ada.ID, a.Get(t, o.asked(ada.ID))); err != nil {
		t.Errorf("want the passkey good again at its own address, got %v", err)
	}
}

func TestPasskey_NamesAndNumber(t *testing.T) {
	o := newPasskeyEnv(t)
	ada := o.add("ada@example.org", auth.Administrator)
	for _, name := range []string{"", "  ", "a\x00b", strings.Repeat("a", 101)} {
		if _, err := o.BeginPasskey(t.Context(), ada, session, name); problem.KindOf(err) != problem.Invalid {
			t.Errorf("%q: want the name refused, got %v", name, err)
		}
	}
	for range 20 {
		o.addPasskey(ada.ID, authenticator.New(origin))
	}
	if _, err := o.BeginPasskey(t.Context(), o.user(ada.ID), session, "one more"); problem.KindOf(err) != problem.Conflict {
		t.Errorf("want a bound, got %v", err)
	}
}

// TestPasskey_IsASecondFactorToTheServersRules: a passkey is enough where one is required, and its removal by another
// administrator needs a second one and keeps the account from approving for a day.
func TestPasskey_IsASecondFactorToTheServersRules(t *testing.T) {
	c := newCommission(t)
	c.options.PublicURL, c.options.RequireSecondFactor = origin, true
	c.Service = c.again()
	c.withSessions(t)
	if err := c.MayWork(c.user(c.boris.ID)); !errors.Is(err, auth.ErrSecondFactorRequired) {
		t.Errorf("want a second factor asked for, got %v", err)
	}
	c.addPasskey(c.boris.ID, authenticator.New(origin))
	if err := c.MayWork(c.user(c.boris.ID)); err != nil {
		t.Errorf("want a passkey to do, got %v", err)
	}
	waiting := proposed(t, c.RemoveSecondFactor(t.Context(), c.ana.Actor("office"), c.boris.ID, "lost phone"))
	if got := c.user(c.boris.ID); got.Passkeys != 1 {
		t.Errorf("want the passkey kept before the approval, got %+v", got)
	}
	if _, err := c.approve(c.carla, waiting.ID); err != nil {
		t.Fatal(err)
	}
	if got := c.user(c.boris.ID); got.SecondFactor {
		t.Errorf("want it removed by the approval, got %+v", got)
	}
	next := proposed(t, c.disable(c.ana, c.carla))
	if _, err := c.approve(c.boris, next.ID); !errors.Is(err, auth.ErrApproverChanged) {
		t.Errorf("want no approval for a day by an account whose factor others removed, got %v", err)
	}
}

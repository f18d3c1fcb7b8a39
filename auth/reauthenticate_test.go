package auth_test

import (
	"errors"
	"testing"

	"urna/auth"
)

func TestReauthenticate_NeedsThePasswordAndACode(t *testing.T) {
	o := newEnv(t)
	ada := o.add("ada@example.org", auth.Administrator)
	ask := func(password, code string) error {
		return o.Reauthenticate(t.Context(), o.user(ada.ID), auth.Proof{Password: password, Code: code}, "a")
	}
	for _, typed := range []string{"", wrong} {
		if err := ask(typed, ""); !errors.Is(err, auth.ErrPasswordNeeded) {
			t.Errorf("%q: want the password asked for, got %v", typed, err)
		}
	}
	if err := ask(password, ""); err != nil {
		t.Errorf("want the password alone to do without a second factor, got %v", err)
	}
	secret, recovery := o.enrol(ada.ID)
	code := o.code(secret, 1)
	for typed, want := range map[[2]string]error{
		{password, ""}: auth.ErrCodeNeeded, {password, "000000"}: auth.ErrCodeNeeded, {wrong, code}: auth.ErrPasswordNeeded,
		{"", code}: auth.ErrPasswordNeeded,
	} {
		if err := ask(typed[0], typed[1]); !errors.Is(err, want) {
			t.Errorf("%v: want %v, got %v", typed, want, err)
		}
	}
	for what, good := range map[string]string{"authenticator": code, "recovery": recovery[0]} {
		if err := ask(password, good); err != nil {
			t.Errorf("want a code of the %s taken, also after a wrong password, got %v", what, err)
		}
		if err := ask(password, good); !errors.Is(err, auth.ErrCodeNeeded) {
			t.Errorf("want a code of the %s taken once, got %v", what, err)
		}
	}
}

func TestReauthenticate_GuessesAreCountedAsAtTheSignIn(t *testing.T) {
	o := newEnv(t)
	ada := o.add("ada@example.org", auth.Administrator)
	secret, _ := o.enrol(ada.ID)
	for what, typed := range map[string][2]string{"password": {wrong, ""}, "code": {password, "000000"}} {
		err := error(nil)
		for range 20 {
			if err = o.Reauthenticate(t.Context(), o.user(ada.ID), auth.Proof{Password: typed[0], Code: typed[1]}, what); errors.Is(err, auth.ErrTooManySignIns) {
				break
			}
		}
		if !errors.Is(err, auth.ErrTooManySignIns) {
			t.Errorf("want a wait after many wrong guesses of the %s, got %v", what, err)
		}
		if err := o.Reauthenticate(t.Context(), o.user(ada.ID), auth.Proof{Password: password, Code: o.code(secret, 1)}, what); !errors.Is(err, auth.ErrTooManySignIns) {
			t.Errorf("want the wait to hold for the right %s, too, got %v", what, err)
		}
	}
}

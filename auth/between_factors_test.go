package auth_test

import (
	"errors"
	"testing"
	"time"

	"urna/auth"
	"urna/internal/database"
)

// TestSignIn_EndsWithTheAccountsOtherSignIns: a password that was right and is reset before the code of the same
// sign-in is used up gives no tokens, and no session that outlives the reset.
func TestSignIn_EndsWithTheAccountsOtherSignIns(t *testing.T) {
	o := newEnv(t)
	ada := o.add("ada@example.org", auth.Administrator)
	secret, _ := o.enrol(ada.ID)
	o.clock.Move(time.Minute)
	before := o.user(ada.ID)
	held, release := make(chan struct{}), make(chan struct{})
	errs := make(chan error, 2)
	go func() {
		_ = o.db.Write(t.Context(), func(*database.Tx) error { close(held); <-release; return nil })
	}()
	<-held
	waiting := func(n int) {
		for end := time.Now().Add(time.Minute); o.db.Waiting() != n; time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				t.Errorf("want %d transactions in the line, got %d", n, o.db.Waiting())
				return
			}
		}
	}
	fresh := "another long password"
	go func() {
		_, err := o.ChangeUser(t.Context(), system, ada.ID, auth.UserChange{Password: &fresh})
		errs <- err
	}()
	waiting(1)
	code := o.code(secret, 0)
	var tokens auth.Tokens
	signedIn := make(chan error, 1)
	go func() {
		var err error
		tokens, err = o.SignInForTokens(t.Context(), ada.Email, password, code, "a")
		signedIn <- err
	}()
	waiting(2)
	close(release)
	if err := <-errs; err != nil {
		t.Fatal(err)
	}
	if err := <-signedIn; !errors.Is(err, auth.ErrCredentials) {
		t.Errorf("want no tokens for the password of before, got %v, %+v", err, tokens)
	}
	if now := o.user(ada.ID); now.SessionEpoch == before.SessionEpoch {
		t.Error("want the sign-ins ended by the reset")
	}
}

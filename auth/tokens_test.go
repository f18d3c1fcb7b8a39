package auth_test

import (
	"errors"
	"testing"
	"time"

	"urna/auth"
	"urna/internal/sqlite"
)

func badToken(err error) bool { return errors.Is(err, auth.ErrToken) }

// TestNewAccessToken is what the EPMS contract asks for: a new access token, and the refresh token stays.
func TestNewAccessToken(t *testing.T) {
	o := newOffice(t)
	o.add("root@example.org", auth.Administrator)
	ada := o.add("ada@example.org", auth.Official)
	tokens := o.tokens(ada)
	for range 3 {
		o.clock.Move(2 * time.Hour)
		access, err := o.NewAccessToken(t.Context(), tokens.Refresh)
		if err != nil || !o.opens(access) {
			t.Fatalf("want a good access token each time, got %v", err)
		}
		if _, err := o.NewAccessToken(t.Context(), access); !badToken(err) {
			t.Errorf("want an access token refused in its place, got %v", err)
		}
		o.clock.Move(time.Hour + time.Second)
		if o.opens(access) {
			t.Error("want it to last an hour")
		}
	}
	refused := func(what, refresh string) {
		t.Helper()
		if access, err := o.NewAccessToken(t.Context(), refresh); !badToken(err) || access != "" {
			t.Errorf("%s: want it refused, got %v", what, err)
		}
	}
	next, err := o.RefreshTokens(t.Context(), tokens.Refresh)
	if err != nil {
		t.Fatal(err)
	}
	refused("a refresh token that was exchanged", tokens.Refresh)
	if !o.opens(next.Access) {
		t.Error("want the family to go on")
	}
	if err := o.RevokeTokens(t.Context(), next.Access, "test"); err != nil {
		t.Fatal(err)
	}
	refused("a revoked family", next.Refresh)

	tokens = o.tokens(ada)
	o.clock.Move(30*24*time.Hour - time.Second)
	if _, err := o.NewAccessToken(t.Context(), tokens.Refresh); err != nil {
		t.Errorf("want a refresh token to last thirty days, got %v", err)
	}
	o.clock.Move(2 * time.Second)
	refused("a refresh token of thirty days", tokens.Refresh)

	tokens = o.tokens(ada)
	fresh := "another four unrelated words"
	o.change(ada.ID, auth.UserChange{Password: &fresh})
	refused("after another password", tokens.Refresh)
	tokens = o.tokens(o.user(ada.ID))
	yes := true
	o.change(ada.ID, auth.UserChange{Disabled: &yes})
	refused("of a disabled account", tokens.Refresh)
}

// TestRefreshTokens_OneOfManyAtOnce: whoever else had the token is a thief, so the family ends.
func TestRefreshTokens_OneOfManyAtOnce(t *testing.T) {
	o := newOffice(t)
	tokens := o.tokens(o.add("ada@example.org", auth.Administrator))
	fresh := make([]auth.Tokens, 8)
	errs := together(len(fresh), func(i int) (err error) {
		fresh[i], err = o.RefreshTokens(t.Context(), tokens.Refresh)
		return err
	})
	if count(errs, succeeded) != 1 || count(errs, badToken) != 7 {
		t.Errorf("want one to succeed, got %v", errs)
	}
	for i := range fresh {
		if errs[i] != nil && fresh[i] != (auth.Tokens{}) {
			t.Error("want no tokens with a refusal")
		}
		if o.opens(fresh[i].Access) {
			t.Error("want the family revoked")
		}
	}
}

// TestAuthenticate_TellsTheAccountAsItStandsNow: a token's own words about the person are not believed.
func TestAuthenticate_TellsTheAccountAsItStandsNow(t *testing.T) {
	o := newOffice(t)
	tokens := o.tokens(o.add("ada@example.org", auth.Administrator))
	name := "Augusta"
	o.change(1, auth.UserChange{Forename: &name})
	if u, err := o.Authenticate(t.Context(), tokens.Access); err != nil || u.Forename != name {
		t.Errorf("want the name of now, got %+v, %v", u, err)
	}
}

// TestAuthenticate_AsksTheAccountToo: even where an account was ended around Urna, and its tokens with it
// not.
func TestAuthenticate_AsksTheAccountToo(t *testing.T) {
	for _, column := range []string{"disabled_at", "deleted_at"} {
		o := newOffice(t)
		tokens := o.tokens(o.add("ada@example.org", auth.Administrator))
		err := o.db.Write(t.Context(), func(tx *sqlite.Tx) error {
			_, err := tx.SQL().ExecContext(t.Context(), "UPDATE users SET "+column+" = 1")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if o.opens(tokens.Access) {
			t.Errorf("%s: want the access token refused", column)
		}
		if _, err := o.RefreshTokens(t.Context(), tokens.Refresh); !badToken(err) {
			t.Errorf("%s: want the refresh token refused, got %v", column, err)
		}
	}
}

func TestTokens_AnotherSecretSignsEveryoneOut(t *testing.T) {
	o := newOffice(t)
	tokens := o.tokens(o.add("ada@example.org", auth.Administrator))
	if _, err := o.again().Authenticate(t.Context(), tokens.Access); err != nil {
		t.Fatalf("want a token good after a restart, got %v", err)
	}
	o.options.Secret = []byte("another secret of thirty-two byte")
	other := o.again()
	if _, err := other.Authenticate(t.Context(), tokens.Access); !badToken(err) {
		t.Errorf("access: want it refused, got %v", err)
	}
	if _, err := other.RefreshTokens(t.Context(), tokens.Refresh); !badToken(err) {
		t.Errorf("refresh: want it refused, got %v", err)
	}
}

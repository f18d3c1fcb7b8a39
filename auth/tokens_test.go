package auth_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"urna/auth"
	"urna/internal/database"
)

func badToken(err error) bool { return errors.Is(err, auth.ErrToken) }

// TestNewAccessToken is what the EPMS contract asks for: a new access token, and the refresh token stays.
func TestNewAccessToken(t *testing.T) {
	o := newEnv(t)
	o.add("root@example.org", auth.Administrator)
	ada := o.add("ada@example.org", auth.Official)
	tokens := o.epmsTokens(ada)
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
	access, err := o.NewAccessToken(t.Context(), tokens.Refresh)
	if err != nil {
		t.Fatal(err)
	}
	if err := o.RevokeTokens(t.Context(), access, "test"); err != nil {
		t.Fatal(err)
	}
	refused("a revoked family", tokens.Refresh)

	tokens = o.epmsTokens(ada)
	o.clock.Move(30*24*time.Hour - time.Second)
	if _, err := o.NewAccessToken(t.Context(), tokens.Refresh); err != nil {
		t.Errorf("want a refresh token to last thirty days, got %v", err)
	}
	o.clock.Move(2 * time.Second)
	refused("a refresh token of thirty days", tokens.Refresh)

	tokens = o.epmsTokens(ada)
	fresh := "another four unrelated words"
	o.change(ada.ID, auth.UserChange{Password: &fresh})
	refused("after another password", tokens.Refresh)
	tokens = o.epmsTokens(ada)
	yes := true
	o.change(ada.ID, auth.UserChange{Disabled: &yes})
	refused("of a disabled account", tokens.Refresh)
}

// TestRefreshTokens_OfOneContractOnly: those of /api/v1 rotate, so that a stolen one is noticed; those of /epms stay
// usable. A token that could be used at both would be neither.
func TestRefreshTokens_OfOneContractOnly(t *testing.T) {
	o := newEnv(t)
	ada := o.add("ada@example.org", auth.Administrator)
	ofAPI, ofEPMS := o.tokens(ada), o.epmsTokens(ada)
	if access, err := o.NewAccessToken(t.Context(), ofAPI.Refresh); !badToken(err) || access != "" {
		t.Errorf("want a refresh token of the API refused by the EPMS contract, got %v", err)
	}
	if _, err := o.RefreshTokens(t.Context(), ofEPMS.Refresh, "192.0.2.1"); !badToken(err) {
		t.Errorf("want a refresh token of the EPMS contract refused by the API, got %v", err)
	}
	if _, err := o.NewAccessToken(t.Context(), ofEPMS.Refresh); err != nil {
		t.Errorf("want it good where it is from, got %v", err)
	}
	if _, err := o.RefreshTokens(t.Context(), ofAPI.Refresh, "192.0.2.1"); err != nil {
		t.Errorf("want it good where it is from, got %v", err)
	}
}

// earlier returns a pair as versions before the claim "contract" issued it: with issuer and audience for both contracts.
func (o *env) earlier(u auth.User) auth.Tokens {
	o.t.Helper()
	tokens := o.tokens(u)
	resign := func(token string) string {
		var claims jwt.MapClaims
		if _, _, err := jwt.NewParser().ParseUnverified(token, &claims); err != nil {
			o.t.Fatal(err)
		}
		delete(claims, "contract")
		signed, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte(secret))
		if err != nil {
			o.t.Fatal(err)
		}
		return signed
	}
	old := auth.Tokens{Access: resign(tokens.Access), Refresh: resign(tokens.Refresh)}
	o.exec(`UPDATE refresh_tokens SET hash = $1, access_id = NULL WHERE hash = $2`, hashOf(old.Refresh), hashOf(tokens.Refresh))
	return old
}

func hashOf(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// exec changes the database around the service.
func (o *env) exec(statement string, args ...any) {
	o.t.Helper()
	err := o.db.Write(o.t.Context(), func(tx *database.Tx) error {
		_, err := tx.SQL().ExecContext(o.t.Context(), statement, args...)
		return err
	})
	if err != nil {
		o.t.Fatal(err)
	}
}

// TestTokens_OfEarlierVersionsStayGood: they carry an audience, and no claim that says which contract they are for.
func TestTokens_OfEarlierVersionsStayGood(t *testing.T) {
	o := newEnv(t)
	ada := o.add("ada@example.org", auth.Administrator)
	old := o.earlier(ada)
	if !o.opens(old.Access) {
		t.Error("want the access token good")
	}
	for range 2 {
		access, err := o.NewAccessToken(t.Context(), old.Refresh)
		if err != nil || !o.opens(access) {
			t.Errorf("want the refresh token usable by the EPMS contract, got %v", err)
		}
	}
	next, err := o.RefreshTokens(t.Context(), old.Refresh, "192.0.2.1")
	if err != nil || !o.opens(next.Access) {
		t.Fatalf("want the refresh token good at the API, got %v", err)
	}
	if access, err := o.NewAccessToken(t.Context(), old.Refresh); !badToken(err) || access != "" {
		t.Errorf("want an exchanged refresh token refused, got %v", err)
	}
	o.clock.Move(time.Hour + time.Second)
	if o.opens(old.Access) {
		t.Error("want the access token to end in its time")
	}

	// One that was used before this version left no word of where, nor of what it was exchanged for.
	old = o.earlier(ada)
	if _, err := o.RefreshTokens(t.Context(), old.Refresh, "192.0.2.1"); err != nil {
		t.Fatal(err)
	}
	o.exec(`UPDATE refresh_tokens SET used_from = '', replaces = NULL`)
	if _, err := o.RefreshTokens(t.Context(), old.Refresh, "192.0.2.1"); !badToken(err) {
		t.Errorf("want its second use refused, got %v", err)
	}
}

// TestRefreshTokens_OneOfManyAtOnce: a second use from another address is a theft, so the family ends.
func TestRefreshTokens_OneOfManyAtOnce(t *testing.T) {
	o := newEnv(t)
	tokens := o.tokens(o.add("ada@example.org", auth.Administrator))
	fresh := make([]auth.Tokens, 8)
	errs := together(len(fresh), func(i int) (err error) {
		fresh[i], err = o.RefreshTokens(t.Context(), tokens.Refresh, fmt.Sprintf("192.0.2.%d", i+1))
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
	o := newEnv(t)
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
		o := newEnv(t)
		tokens := o.tokens(o.add("ada@example.org", auth.Administrator))
		err := o.db.Write(t.Context(), func(tx *database.Tx) error {
			_, err := tx.SQL().ExecContext(t.Context(), "UPDATE users SET "+column+" = 1")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if o.opens(tokens.Access) {
			t.Errorf("%s: want the access token refused", column)
		}
		if _, err := o.RefreshTokens(t.Context(), tokens.Refresh, "192.0.2.1"); !badToken(err) {
			t.Errorf("%s: want the refresh token refused, got %v", column, err)
		}
	}
}

func TestTokens_AnotherSecretSignsEveryoneOut(t *testing.T) {
	o := newEnv(t)
	tokens := o.tokens(o.add("ada@example.org", auth.Administrator))
	if _, err := o.again().Authenticate(t.Context(), tokens.Access); err != nil {
		t.Fatalf("want a token good after a restart, got %v", err)
	}
	o.options.Secret = []byte("another secret of thirty-two byte")
	other := o.again()
	if _, err := other.Authenticate(t.Context(), tokens.Access); !badToken(err) {
		t.Errorf("access: want it refused, got %v", err)
	}
	if _, err := other.RefreshTokens(t.Context(), tokens.Refresh, "192.0.2.1"); !badToken(err) {
		t.Errorf("refresh: want it refused, got %v", err)
	}
}

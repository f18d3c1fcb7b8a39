package auth_test

import (
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"urna/auth"
	"urna/internal/problem"
)

func TestAddUser_NamesEachProblem(t *testing.T) {
	s, _ := service(t)
	add(t, s, "ada@example.org", auth.Administrator)
	good := auth.NewUser{Email: "b@example.org", Forename: "B", Surname: "B", Role: auth.Official, Password: password}
	for name, c := range map[string]struct {
		change func(*auth.NewUser)
		field  string
	}{
		"no e-mail":         {func(u *auth.NewUser) { u.Email = "" }, "email"},
		"e-mail, no dot":    {func(u *auth.NewUser) { u.Email = "b@example" }, "email"},
		"e-mail, two at":    {func(u *auth.NewUser) { u.Email = "b@c@example.org" }, "email"},
		"no forename":       {func(u *auth.NewUser) { u.Forename = "  " }, "forename"},
		"no surname":        {func(u *auth.NewUser) { u.Surname = "" }, "surname"},
		"unknown role":      {func(u *auth.NewUser) { u.Role = "king" }, "role"},
		"short password":    {func(u *auth.NewUser) { u.Password = "elevenchars" }, "password"},
		"long password":     {func(u *auth.NewUser) { u.Password = strings.Repeat("x", 256) }, "password"},
		"jmbg, wrong digit": {func(u *auth.NewUser) { u.JMBG = "0101990710007" }, "jmbg"},
	} {
		t.Run(name, func(t *testing.T) {
			in := good
			c.change(&in)
			_, err := s.AddUser(t.Context(), system, in)
			var f *problem.Error
			if !errors.As(err, &f) || len(f.Fields) != 1 || f.Fields[0].Name != c.field {
				t.Errorf("want one problem with %s, got %v", c.field, err)
			}
		})
	}
	good.Email = "ADA@example.org"
	if _, err := s.AddUser(t.Context(), system, good); !errors.Is(err, auth.ErrEmailTaken) {
		t.Errorf("want the e-mail taken whatever its case, got %v", err)
	}
}

func TestValidJMBG(t *testing.T) {
	for s, want := range map[string]bool{
		"0101990710008": true, // 1 January 1990, region 71, serial 000
		"0101990710007": false,
		"3102990710008": false, // 31 February
		"0101990610000": false, // a region below 70
		"010199071000":  false,
		"010199071000x": false,
		"":              false,
	} {
		if got := auth.ValidJMBG(s); got != want {
			t.Errorf("%q: want %v, got %v", s, want, got)
		}
	}
}

func TestSignIn_OneAnswerToEveryRefusal(t *testing.T) {
	s, _ := service(t)
	add(t, s, "ada@example.org", auth.Administrator)
	bob := add(t, s, "bob@example.org", auth.Official)
	if _, err := s.SignIn(t.Context(), "Ada@Example.org", password, "test"); err != nil {
		t.Errorf("want the sign-in to succeed, got %v", err)
	}
	disabled := true
	if _, err := s.ChangeUser(t.Context(), system, bob.ID, auth.UserChange{Disabled: &disabled}); err != nil {
		t.Fatal(err)
	}
	for name, in := range map[string][2]string{
		"unknown user":   {"eve@example.org", password},
		"wrong password": {"ada@example.org", password + "!"},
		"no password":    {"ada@example.org", ""},
		"too long":       {"ada@example.org", strings.Repeat("x", 1<<20)},
		"disabled":       {"bob@example.org", password},
	} {
		u, err := s.SignIn(t.Context(), in[0], in[1], "test")
		if !errors.Is(err, auth.ErrCredentials) || err.Error() != auth.ErrCredentials.Message.String() || u.ID != 0 {
			t.Errorf("%s: want the one answer, got %v, %v", name, u, err)
		}
	}
}

func TestChangeUser_KeepsAnAdministrator(t *testing.T) {
	s, _ := service(t)
	ada := add(t, s, "ada@example.org", auth.Administrator)
	disabled, official := true, auth.Official
	for _, change := range []auth.UserChange{{Disabled: &disabled}, {Role: &official}} {
		if _, err := s.ChangeUser(t.Context(), system, ada.ID, change); !errors.Is(err, auth.ErrLastAdministrator) {
			t.Errorf("want the last administrator kept, got %v", err)
		}
	}
	add(t, s, "bob@example.org", auth.Administrator)
	if u, err := s.ChangeUser(t.Context(), system, ada.ID, auth.UserChange{Disabled: &disabled}); err != nil || !u.Disabled {
		t.Errorf("want one of two disabled, got %+v, %v", u, err)
	}
}

func TestTokens_LiveAndDie(t *testing.T) {
	s, c := service(t)
	add(t, s, "root@example.org", auth.Administrator)
	ada := add(t, s, "ada@example.org", auth.Official)
	issue := func() auth.Tokens {
		current, err := s.User(t.Context(), ada.ID)
		if err != nil {
			t.Fatal(err)
		}
		tokens, err := s.IssueTokens(t.Context(), current)
		if err != nil {
			t.Fatal(err)
		}
		return tokens
	}
	good := func(access string) bool {
		u, err := s.Authenticate(t.Context(), access)
		return err == nil && u.ID == ada.ID
	}
	t.Run("access", func(t *testing.T) {
		tokens := issue()
		if !good(tokens.Access) {
			t.Error("want a fresh access token accepted")
		}
		if good(tokens.Refresh) {
			t.Error("want a refresh token refused as access token")
		}
		if _, err := s.RefreshTokens(t.Context(), tokens.Access, "192.0.2.1"); !errors.Is(err, auth.ErrToken) {
			t.Errorf("want an access token refused as refresh token, got %v", err)
		}
	})
	t.Run("rotation and reuse", func(t *testing.T) {
		first := issue()
		second, err := s.RefreshTokens(t.Context(), first.Refresh, "192.0.2.1")
		if err != nil || !good(second.Access) {
			t.Fatalf("want a new pair, got %v", err)
		}
		if _, err := s.RefreshTokens(t.Context(), first.Refresh, "192.0.2.1"); !errors.Is(err, auth.ErrToken) {
			t.Errorf("want a used refresh token refused, got %v", err)
		}
		if good(second.Access) {
			t.Error("want the whole family revoked")
		}
		if _, err := s.RefreshTokens(t.Context(), second.Refresh, "192.0.2.1"); !errors.Is(err, auth.ErrToken) {
			t.Errorf("want the family's refresh token revoked, got %v", err)
		}
	})
	t.Run("revoked", func(t *testing.T) {
		tokens, other := issue(), issue()
		if err := s.RevokeTokens(t.Context(), tokens.Access, "test"); err != nil || good(tokens.Access) || !good(other.Access) {
			t.Errorf("want one family revoked and the other not, got %v", err)
		}
	})
	t.Run("expired", func(t *testing.T) {
		tokens := issue()
		c.Move(time.Hour + time.Second)
		if good(tokens.Access) {
			t.Error("want an hour-old access token refused")
		}
		if _, err := s.RefreshTokens(t.Context(), tokens.Refresh, "192.0.2.1"); err != nil {
			t.Errorf("want its refresh token good, got %v", err)
		}
	})
	t.Run("password changed, disabled", func(t *testing.T) {
		tokens, fresh, disabled := issue(), "another good password", true
		if _, err := s.ChangeUser(t.Context(), system, ada.ID, auth.UserChange{Password: &fresh}); err != nil || good(tokens.Access) {
			t.Errorf("want a password change to end tokens, got %v", err)
		}
		tokens = issue()
		if _, err := s.ChangeUser(t.Context(), system, ada.ID, auth.UserChange{Disabled: &disabled}); err != nil || good(tokens.Access) {
			t.Errorf("want disabling to end tokens, got %v", err)
		}
	})
}

func TestAuthenticate_RefusesForgedTokens(t *testing.T) {
	s, c := service(t)
	add(t, s, "root@example.org", auth.Administrator)
	tokens, err := s.IssueTokens(t.Context(), auth.User{ID: 1, Email: "root@example.org", Role: auth.Administrator})
	if err != nil {
		t.Fatal(err)
	}
	var claims jwt.MapClaims
	if _, _, err := jwt.NewParser().ParseUnverified(tokens.Access, &claims); err != nil {
		t.Fatal(err)
	}
	sign := func(method jwt.SigningMethod, key any, change func(jwt.MapClaims)) string {
		copied := jwt.MapClaims{}
		maps.Copy(copied, claims)
		change(copied)
		token, err := jwt.NewWithClaims(method, copied).SignedString(key)
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	same := func(jwt.MapClaims) {}
	if _, err := s.Authenticate(t.Context(), sign(jwt.SigningMethodHS256, []byte(secret), same)); err != nil {
		t.Fatalf("want the unchanged copy accepted, got %v", err)
	}
	parts := strings.Split(tokens.Access, ".")
	for name, token := range map[string]string{
		"empty":           "",
		"none":            sign(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, same),
		"other algorithm": sign(jwt.SigningMethodHS384, []byte(secret), same),
		"other secret":    sign(jwt.SigningMethodHS256, []byte("another secret of thirty-two chars"), same),
		"other issuer":    sign(jwt.SigningMethodHS256, []byte(secret), func(m jwt.MapClaims) { m["iss"] = "other" }),
		"other audience":  sign(jwt.SigningMethodHS256, []byte(secret), func(m jwt.MapClaims) { m["aud"] = "other" }),
		"future nbf":      sign(jwt.SigningMethodHS256, []byte(secret), func(m jwt.MapClaims) { m["nbf"] = c.Now().Add(time.Minute).Unix() }),
		"no expiry":       sign(jwt.SigningMethodHS256, []byte(secret), func(m jwt.MapClaims) { delete(m, "exp") }),
		"unknown family":  sign(jwt.SigningMethodHS256, []byte(secret), func(m jwt.MapClaims) { m["family"] = "X" }),
		"no signature":    parts[0] + "." + parts[1] + ".",
		"a megabyte":      tokens.Access + strings.Repeat("A", 1<<20),
	} {
		if u, err := s.Authenticate(t.Context(), token); !errors.Is(err, auth.ErrToken) || u.ID != 0 {
			t.Errorf("%s: want refused, got %v, %v", name, u, err)
		}
	}
}

func TestSecret_MustBeLong(t *testing.T) {
	if _, err := auth.New(nil, nil, auth.Options{Secret: []byte("short")}); err == nil {
		t.Error("want a short secret refused")
	}
}

package auth_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"flag"
	"fmt"
	mathrand "math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"urna/auth"
)

var forgeries = flag.Int("forgeries", 20_000, "how many forged tokens TestTokens_AMillionForgeries tries")

// TestTokens_AMillionForgeries tries tokens that were damaged, cut, mixed or made by another program at
// all three doors that take one. By hand: go test ./auth -run TestTokens_AMillionForgeries -v -forgeries 1000000.
func TestTokens_AMillionForgeries(t *testing.T) {
	o := newEnv(t)
	f := newForger(t, o)
	start := time.Now()
	const workers = 4
	var group sync.WaitGroup
	kinds := make([]map[string]int, workers)
	for worker := range workers {
		kinds[worker] = map[string]int{}
		group.Go(func() {
			random := mathrand.New(mathrand.NewPCG(uint64(start.UnixNano()), uint64(worker)))
			for tried := 0; tried < *forgeries/workers; {
				kind, token := f.forge(random)
				if f.genuine[token] {
					continue // damage that hit nothing
				}
				tried++
				kinds[worker][kind]++
				if door := f.opens(t.Context(), token); door != "" {
					t.Errorf("%s is accepted (%s): %.300q", kind, door, token)
					return
				}
			}
		})
	}
	group.Wait()
	total := map[string]int{}
	tried := 0
	for _, counts := range kinds {
		for kind, n := range counts {
			total[kind] += n
			tried += n
		}
	}
	for _, kind := range forgeryKinds {
		if total[kind.name] == 0 && !t.Failed() {
			t.Errorf("no token was tried of the kind %q", kind.name)
		}
	}
	for token := range f.standing {
		if _, err := o.Authenticate(t.Context(), token); err != nil {
			t.Errorf("want the genuine tokens good to the end, got %v", err)
		}
	}
	t.Logf("%d forged tokens in %v were all refused: %v", tried, time.Since(start).Round(time.Millisecond), total)
}

// FuzzAuthenticate wants every token refused that was not issued.
func FuzzAuthenticate(f *testing.F) {
	forger := newForger(f, newEnv(f))
	random := mathrand.New(mathrand.NewPCG(1, 2))
	for _, token := range forger.tokens {
		f.Add(token)
	}
	for _, kind := range forgeryKinds {
		if !kind.rare {
			f.Add(kind.make(forger, random))
		}
	}
	f.Fuzz(func(t *testing.T, token string) {
		if forger.genuine[token] {
			return
		}
		if door := forger.opens(t.Context(), token); door != "" {
			t.Errorf("%q is accepted (%s)", token, door)
		}
	})
}

// forger makes tokens that must not be taken.
type forger struct {
	o        *env
	genuine  map[string]bool // all that were ever issued
	standing map[string]bool // access tokens that are good to the end
	tokens   []string        // genuine
	claims   []jwt.MapClaims // of the tokens
	revoked  string          // a family
	rsa      *rsa.PrivateKey // somebody else's
	huge     string
}

func newForger(tb testing.TB, o *env) *forger {
	tb.Helper()
	f := &forger{o: o, genuine: map[string]bool{}, standing: map[string]bool{}, huge: strings.Repeat("QUJD", 1<<18)}
	var err error
	if f.rsa, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
		tb.Fatal(err)
	}
	keep := func(tokens auth.Tokens) {
		for _, token := range []string{tokens.Access, tokens.Refresh} {
			var claims jwt.MapClaims
			if _, _, err := jwt.NewParser().ParseUnverified(token, &claims); err != nil {
				tb.Fatal(err)
			}
			f.genuine[token] = true
			f.tokens = append(f.tokens, token)
			f.claims = append(f.claims, claims)
		}
	}
	ada := o.add("ada@example.org", auth.Administrator)
	bob := o.add("bob@example.org", auth.Official)
	old := o.tokens(ada)
	keep(old)
	o.clock.Move(2 * time.Hour)
	revoked := o.tokens(bob)
	keep(revoked)
	f.revoked, _ = f.claims[len(f.claims)-1]["family"].(string)
	if err := o.RevokeTokens(tb.Context(), revoked.Access, "test"); err != nil {
		tb.Fatal(err)
	}
	for _, u := range []auth.User{ada, bob} {
		current := o.user(u.ID)
		for _, issue := range []func(context.Context, auth.User) (auth.Tokens, error){o.IssueTokens, o.IssueEPMSTokens} {
			tokens, err := issue(tb.Context(), current)
			if err != nil {
				tb.Fatal(err)
			}
			keep(tokens)
			f.standing[tokens.Access] = true
		}
	}
	return f
}

// opens returns the door that a token opens, "" for none.
func (f *forger) opens(ctx context.Context, token string) string {
	if u, err := f.o.Authenticate(ctx, token); !errors.Is(err, auth.ErrToken) || u.ID != 0 {
		return fmt.Sprintf("Authenticate: %v", err)
	}
	if access, err := f.o.NewAccessToken(ctx, token); !errors.Is(err, auth.ErrToken) || access != "" {
		return fmt.Sprintf("NewAccessToken: %v", err)
	}
	if tokens, err := f.o.RefreshTokens(ctx, token, "192.0.2.1"); !errors.Is(err, auth.ErrToken) || tokens != (auth.Tokens{}) {
		return fmt.Sprintf("RefreshTokens: %v", err)
	}
	_ = f.o.RevokeTokens(ctx, token, "test") // whose end shows in the standing tokens
	return ""
}

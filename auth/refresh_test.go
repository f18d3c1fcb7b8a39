package auth_test

import (
	"testing"
	"time"

	"urna/auth"
	"urna/internal/audit"
)

// TestRefreshTokens_ALostAnswer: within ten seconds, from the same address, and while nothing of the answer was used, a
// refresh token may be used again. Any other second use says that two programs hold it.
func TestRefreshTokens_ALostAnswer(t *testing.T) {
	o := newEnv(t)
	ada := o.add("ada@example.org", auth.Administrator)
	const here, elsewhere = "192.0.2.1", "192.0.2.2"
	use := func(refresh, from string) (auth.Tokens, error) { return o.RefreshTokens(t.Context(), refresh, from) }
	// first returns a used refresh token and the pair that it gave.
	first := func(t *testing.T, from string) (refresh string, pair auth.Tokens) {
		t.Helper()
		refresh = o.tokens(ada).Refresh
		pair, err := use(refresh, from)
		if err != nil {
			t.Fatal(err)
		}
		return refresh, pair
	}
	t.Run("a fresh pair, and the lost one ends", func(t *testing.T) {
		refresh, lost := first(t, here)
		o.clock.Move(10 * time.Second)
		pair, err := use(refresh, here)
		if err != nil || !o.opens(pair.Access) {
			t.Fatalf("want a fresh pair, got %v", err)
		}
		if o.opens(lost.Access) {
			t.Error("want the lost access token ended")
		}
		if err := o.RevokeTokens(t.Context(), lost.Access, here); !badToken(err) {
			t.Errorf("want it to revoke nothing, got %v", err)
		}
		if next, err := use(pair.Refresh, elsewhere); err != nil || !o.opens(next.Access) {
			t.Errorf("want the fresh refresh token good, from wherever, got %v", err)
		}
	})
	t.Run("lost again", func(t *testing.T) {
		refresh, _ := first(t, here)
		second, err := use(refresh, here)
		if err != nil {
			t.Fatal(err)
		}
		third, err := use(refresh, here)
		if err != nil || !o.opens(third.Access) || o.opens(second.Access) {
			t.Errorf("want the third pair in the place of the second, got %v", err)
		}
	})
	t.Run("at the next exchange", func(t *testing.T) {
		refresh, pair := first(t, here)
		if _, err := use(pair.Refresh, here); err != nil {
			t.Fatal(err)
		}
		if next, err := use(pair.Refresh, here); err != nil || !o.opens(next.Access) {
			t.Errorf("want a lost answer answered again at every exchange, got %v", err)
		}
		if _, err := use(refresh, here); !badToken(err) {
			t.Errorf("want the token of before refused, got %v", err)
		}
	})
	t.Run("the same address written in two ways", func(t *testing.T) {
		for mapped, plain := range map[string]string{"::ffff:192.0.2.1": here, "2001:DB8:0:0::1": "2001:db8::1"} {
			refresh, _ := first(t, mapped)
			if pair, err := use(refresh, plain); err != nil || !o.opens(pair.Access) {
				t.Errorf("%s, %s: want a fresh pair, got %v", mapped, plain, err)
			}
		}
	})
	for name, c := range map[string]struct {
		from, again string
		act         func(pair auth.Tokens)
	}{
		"from elsewhere":                {here, elsewhere, nil},
		"from a neighbour over IPv6":    {"2001:db8::1", "2001:db8::2", nil},
		"from an unknown address":       {"", "", nil},
		"from no address":               {"somewhere", "somewhere", nil},
		"after ten seconds":             {here, here, func(auth.Tokens) { o.clock.Move(10*time.Second + time.Millisecond) }},
		"the clock was set back":        {here, here, func(auth.Tokens) { o.clock.Move(-time.Second) }},
		"the access token was used":     {here, here, func(pair auth.Tokens) { o.opens(pair.Access) }},
		"used twice, the second fails":  {here, here, func(pair auth.Tokens) { o.opens(pair.Access); o.opens(pair.Access) }},
		"the refresh token was used":    {here, here, func(pair auth.Tokens) { _, _ = use(pair.Refresh, here) }},
		"the successor was asked again": {here, here, func(pair auth.Tokens) { _, _ = use(pair.Refresh, here); _, _ = use(pair.Refresh, here) }},
	} {
		t.Run(name, func(t *testing.T) {
			refresh, pair := first(t, c.from)
			if c.act != nil {
				c.act(pair)
			}
			if got, err := use(refresh, c.again); !badToken(err) || got != (auth.Tokens{}) {
				t.Errorf("want it refused, got %v", err)
			}
			if o.opens(pair.Access) {
				t.Error("want the family revoked")
			}
			if _, err := use(pair.Refresh, here); !badToken(err) {
				t.Errorf("want the family's refresh token refused, got %v", err)
			}
		})
	}
	t.Run("the lost answer turns up", func(t *testing.T) {
		refresh, lost := first(t, here)
		pair, err := use(refresh, here)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := use(lost.Refresh, here); !badToken(err) {
			t.Errorf("want the ended refresh token refused, got %v", err)
		}
		if o.opens(pair.Access) {
			t.Error("want the family revoked: the answer was not lost, so two have it")
		}
	})
	t.Run("long after the sign-in", func(t *testing.T) {
		events := func() int {
			found, err := audit.NewReader(o.db.Pool()).Events(t.Context(), audit.Filter{Action: "refresh-token-reused"})
			if err != nil {
				t.Fatal(err)
			}
			return len(found)
		}
		refresh := o.tokens(ada).Refresh
		o.clock.Move(29 * 24 * time.Hour)
		if _, err := use(refresh, here); err != nil {
			t.Fatal(err)
		}
		before := events()
		if pair, err := use(refresh, here); err != nil || !o.opens(pair.Access) || events() != before {
			t.Errorf("want the ten seconds counted from the first use, and no reuse on record, got %v", err)
		}
		if _, err := use(refresh, here); !badToken(err) || events() != before+1 {
			t.Errorf("want a reuse refused and on record, got %v", err)
		}
	})
}

// TestRefreshTokens_ALostAnswerManyTimesAtOnce: of all the pairs one is good.
func TestRefreshTokens_ALostAnswerManyTimesAtOnce(t *testing.T) {
	o := newEnv(t)
	tokens := o.tokens(o.add("ada@example.org", auth.Administrator))
	fresh := make([]auth.Tokens, 8)
	errs := together(len(fresh), func(i int) (err error) {
		fresh[i], err = o.RefreshTokens(t.Context(), tokens.Refresh, "192.0.2.1")
		return err
	})
	if count(errs, succeeded) != len(fresh) {
		t.Fatalf("want all answered, got %v", errs)
	}
	good := 0
	for _, pair := range fresh {
		if o.opens(pair.Access) {
			good++
		}
	}
	if good != 1 {
		t.Errorf("want one good pair, got %d", good)
	}
}

// TestRefreshTokens_UseAndSecondExchangeAtOnce: either the answer was used and its family ends, or it was lost and its
// access token is worth nothing.
func TestRefreshTokens_UseAndSecondExchangeAtOnce(t *testing.T) {
	o := newEnv(t)
	ada := o.add("ada@example.org", auth.Administrator)
	for range 30 {
		refresh := o.tokens(ada).Refresh
		lost, err := o.RefreshTokens(t.Context(), refresh, "192.0.2.1")
		if err != nil {
			t.Fatal(err)
		}
		var pair auth.Tokens
		errs := together(2, func(i int) (err error) {
			if i == 0 {
				_, err = o.Authenticate(t.Context(), lost.Access)
				return err
			}
			pair, err = o.RefreshTokens(t.Context(), refresh, "192.0.2.1")
			return err
		})
		used, again := errs[0] == nil, errs[1] == nil
		if used && again || o.opens(lost.Access) || again && !o.opens(pair.Access) {
			t.Fatalf("want one of the two, got %v", errs)
		}
	}
}

package auth_test

import (
	"crypto/sha256"
	"encoding/base64"
	"path/filepath"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"

	"urna/auth"
	"urna/internal/database"
	"urna/internal/testing/clock"
	"urna/internal/testing/databasetest"
)

func sessionStore(t *testing.T) (*auth.SessionStore, *clock.Clock) {
	t.Helper()
	db, err := databasetest.OpenFile(t.Context(), filepath.Join(t.TempDir(), "sessions.db"), database.Sessions)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	c := clock.At(time.Now())
	return auth.NewSessionStore(db, c.Now, []byte(secret)), c
}

func TestSessionStore(t *testing.T) {
	store, c := sessionStore(t)
	find := func(token string) string {
		data, found, err := store.FindCtx(t.Context(), token)
		if err != nil {
			t.Fatal(err)
		}
		if !found {
			return "none"
		}
		return string(data)
	}
	for _, data := range []string{"first", "second"} {
		if err := store.CommitCtx(t.Context(), "a", []byte(data), c.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	if got := find("a"); got != "second" {
		t.Errorf("want second, got %s", got)
	}
	c.Move(2 * time.Hour)
	if got := find("a"); got != "none" {
		t.Errorf("want none after its expiry, got %s", got)
	}
	if err := store.CommitCtx(t.Context(), "b", []byte("other"), c.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := store.DeleteCtx(t.Context(), "b"); err != nil || find("b") != "none" {
		t.Errorf("want it gone, got %v, %s", err, find("b"))
	}
}

// hashed returns a token as scs hands it to its store.
func hashed(token string) string {
	sum := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// TestSessionStore_ANewSecretSignsEveryoneOut opens the same database under another secret.
func TestSessionStore_ANewSecretSignsEveryoneOut(t *testing.T) {
	db, err := databasetest.OpenFile(t.Context(), filepath.Join(t.TempDir(), "sessions.db"), database.Sessions)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	old := auth.NewSessionStore(db, time.Now, []byte(secret))
	if err := old.CommitCtx(t.Context(), hashed("token"), []byte("data"), time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		store *auth.SessionStore
		want  bool
	}{"same": {old, true}, "another": {auth.NewSessionStore(db, time.Now, []byte("another secret")), false}} {
		if _, found, err := c.store.FindCtx(t.Context(), hashed("token")); err != nil || found != c.want {
			t.Errorf("%s secret: want found %v, got %v, %v", name, c.want, found, err)
		}
	}
}

func TestSessionStore_ListsAndEndsOnesOwnOnly(t *testing.T) {
	store, c := sessionStore(t)
	commit := func(token string, user, epoch int64, from string) string {
		data, err := scs.GobCodec{}.Encode(c.Now().Add(time.Hour), map[string]any{
			auth.SessionUser: user, auth.SessionEpoch: epoch, auth.SessionSince: c.Now().UnixMilli(),
			auth.SessionFrom: from, auth.SessionAgent: "a browser",
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := store.CommitCtx(t.Context(), hashed(token), data, c.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		c.Move(time.Minute)
		return store.ID(token)
	}
	old := commit("old epoch", 7, 1, "a")
	first, second, other := commit("first", 7, 2, "a"), commit("second", 7, 2, "b"), commit("other", 8, 2, "c")
	list := func(user, epoch int64) (ids []string) {
		found, err := store.OfUser(t.Context(), user, epoch)
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range found {
			ids = append(ids, b.ID)
		}
		return ids
	}
	want := func(what string, got []string, want ...string) {
		t.Helper()
		if len(got) != len(want) {
			t.Fatalf("%s: want %d sessions, got %d", what, len(want), len(got))
		}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("%s: want %q at place %d, got %q", what, want[i], i, got[i])
			}
		}
	}
	want("the latest first, without those of an earlier epoch", list(7, 2), second, first)
	found, err := store.OfUser(t.Context(), 7, 2)
	if err != nil || found[0].From != "b" || found[0].Agent != "a browser" || !found[0].Ends.After(found[0].Since) {
		t.Errorf("want address, browser and times, got %+v, %v", found, err)
	}
	for _, token := range []string{"first", "second", "other", "old epoch"} {
		if _, there, err := store.FindCtx(t.Context(), token); there || err != nil {
			t.Errorf("want tokens stored as hashes only, found %q, %v", token, err)
		}
	}
	if err := store.End(t.Context(), 7, other); err != nil {
		t.Fatal(err)
	}
	want("another's session is left alone", list(8, 2), other)
	if err := store.End(t.Context(), 7, second); err != nil {
		t.Fatal(err)
	}
	want("one ended", list(7, 2), first)
	want("of the earlier epoch", list(7, 1), old)
	c.Move(time.Hour)
	want("all expired", list(7, 2))
}

func TestSessionStore_EndedStaysEnded(t *testing.T) {
	store, c := sessionStore(t)
	for _, end := range []func(token string) error{
		func(token string) error { return store.DeleteCtx(t.Context(), hashed(token)) },
		func(token string) error { return store.End(t.Context(), 0, store.ID(token)) },
	} {
		token := c.Now().String()
		commit := func() {
			if err := store.CommitCtx(t.Context(), hashed(token), []byte("data"), c.Now().Add(time.Hour)); err != nil {
				t.Fatal(err)
			}
		}
		commit()
		if err := end(token); err != nil {
			t.Fatal(err)
		}
		commit() // a request that was under way
		if _, found, err := store.FindCtx(t.Context(), hashed(token)); found || err != nil {
			t.Errorf("want an ended session to stay ended, got %v, %v", found, err)
		}
		c.Move(time.Second)
	}
}

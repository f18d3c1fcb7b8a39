package apptest

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/alexedwards/argon2id"

	"urna/auth"
	"urna/internal/app"
	"urna/internal/audit"
	"urna/internal/testing/clock"
	"urna/internal/testing/databasetest"
)

// Password is the password of accounts that are made here.
const Password = "four unrelated words"

// Env is an open data folder of a test, with everything.
type Env struct {
	*app.App

	Path  string
	Clock *clock.Clock // of all services; it runs with the real time until it is moved

	close func() error
}

// New opens a new data folder in a folder of the test's own. Nothing is counted before Start. change changes the options.
// The folder is closed at the end of the test.
func New(tb testing.TB, change ...func(*app.Options)) *Env {
	tb.Helper()
	return Open(tb, tb.TempDir(), &clock.Clock{}, change...)
}

// Start is New for a test in which batches are counted and votes are taken.
func Start(tb testing.TB, change ...func(*app.Options)) *Env {
	tb.Helper()
	e := New(tb, change...)
	e.Start(tb)
	return e
}

// Open opens the data folder at a path by a clock of the test. It makes a folder that is missing or empty.
func Open(tb testing.TB, path string, c *clock.Clock, change ...func(*app.Options)) *Env {
	tb.Helper()
	o := Options(c)
	for _, change := range change {
		change(&o)
	}
	if o.VFS == "" && databasetest.OnPostgres() {
		o.Database = databasetest.AddressOf(tb, path)
	} else if o.VFS == "" && o.Database == "" { // else the disk of the test must see all that is written
		Unpack(tb, path)
	}
	a, err := app.Open(tb.Context(), path, o)
	if err != nil {
		tb.Fatal(err)
	}
	e := &Env{App: a, Path: path, Clock: c, close: sync.OnceValue(a.Close)}
	tb.Cleanup(func() {
		if err := e.Close(); err != nil && o.VFS == "" {
			tb.Error(err)
		}
	})
	return e
}

// Options returns what Open opens a folder with unless a test changes it.
func Options(c *clock.Clock) app.Options {
	return app.Options{
		Parts: app.Everything, Create: true, Lock: true, Now: c.Now, PasswordParams: QuickHash(), MaxUpload: 1 << 20,
	}
}

// QuickHash returns parameters with which hashing a password takes no time.
func QuickHash() *argon2id.Params {
	return &argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32}
}

// Start begins to count batches and to take votes.
func (e *Env) Start(tb testing.TB) {
	tb.Helper()
	if err := e.App.Start(tb.Context()); err != nil {
		tb.Fatal(err)
	}
}

// Close closes the folder. Later calls return the same.
func (e *Env) Close() error { return e.close() }

// AddAccount adds an account with Password. Its e-mail address is the name, at example.org.
func (e *Env) AddAccount(tb testing.TB, name string, role auth.Role) auth.User {
	tb.Helper()
	u, err := e.Auth.AddUser(tb.Context(), audit.System(), auth.NewUser{
		Email: strings.ReplaceAll(name, " ", ".") + "@example.org", Forename: "Test", Surname: name, Role: role, Password: Password,
	})
	if err != nil {
		tb.Fatal(fmt.Errorf("add the account %s: %w", name, err))
	}
	return u
}

package auth_test

import (
	"errors"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"
	"github.com/pquerna/otp/totp"

	"urna/auth"
	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/problem"
	"urna/internal/testing/clock"
	"urna/internal/testing/databasetest"
)

const (
	password = "four unrelated words"
	wrong    = "some other four words"
	secret   = "0123456789abcdef0123456789abcdef"
	key      = "fedcba9876543210fedcba9876543210"
)

var system = audit.System()

// env is the service over a database file, with its surroundings.
type env struct {
	*auth.Service

	t       testing.TB
	folder  string
	db      *database.DB
	clock   *clock.Clock
	options auth.Options

	sessions *auth.SessionStore // of newPasskeyEnv
}

// newEnv returns a service with cheap passwords unless change says otherwise.
func newEnv(tb testing.TB, change ...func(*auth.Options)) *env {
	tb.Helper()
	// In the middle of a TOTP step, so that the few seconds of a test never lead into another.
	o := &env{t: tb, folder: tb.TempDir(), clock: clock.At(time.Now().Truncate(30 * time.Second).Add(15 * time.Second))}
	var err error
	if o.db, err = databasetest.OpenFile(tb.Context(), filepath.Join(o.folder, "urna.db"), database.Main); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = o.db.Close() })
	o.options = auth.Options{
		Now: o.clock.Now, Secret: []byte(secret), Key: []byte(key),
		PasswordParams: &argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32},
	}
	for _, change := range change {
		change(&o.options)
	}
	o.Service = o.again()
	return o
}

// again returns another service over the same database, as after a restart.
func (o *env) again() *auth.Service {
	o.t.Helper()
	s, err := auth.New(o.db, &audit.Log{Now: o.clock.Now}, o.options)
	if err != nil {
		o.t.Fatal(err)
	}
	return s
}

// service returns an empty service and its clock, which most tests need.
func service(t *testing.T) (*auth.Service, *clock.Clock) {
	t.Helper()
	o := newEnv(t)
	return o.Service, o.clock
}

func add(tb testing.TB, s *auth.Service, email string, role auth.Role) auth.User {
	tb.Helper()
	u, err := s.AddUser(tb.Context(), system, auth.NewUser{
		Email: email, Forename: "Ada", Surname: "Lovelace", Role: role, Password: password,
	})
	if err != nil {
		tb.Fatal(err)
	}
	return u
}

// add adds an account.
func (o *env) add(email string, role auth.Role) auth.User {
	o.t.Helper()
	return add(o.t, o.Service, email, role)
}

// user returns an account as it is now.
func (o *env) user(id int64) auth.User {
	o.t.Helper()
	u, err := o.User(o.t.Context(), id)
	if err != nil {
		o.t.Fatal(err)
	}
	return u
}

// change changes an account or ends the test.
func (o *env) change(id int64, change auth.UserChange) auth.User {
	o.t.Helper()
	u, err := o.ChangeUser(o.t.Context(), system, id, change)
	if err != nil {
		o.t.Fatal(err)
	}
	return u
}

// signIn tries a password from an address.
func (o *env) signIn(email, password, from string) error {
	_, err := o.SignIn(o.t.Context(), email, password, from)
	return err
}

// tokens begins a family for an account.
func (o *env) tokens(u auth.User) auth.Tokens {
	o.t.Helper()
	// As the account is now: an earlier step may have ended its sign-ins.
	current, err := o.User(o.t.Context(), u.ID)
	if err != nil {
		o.t.Fatal(err)
	}
	tokens, err := o.IssueTokens(o.t.Context(), current)
	if err != nil {
		o.t.Fatal(err)
	}
	return tokens
}

// epmsTokens begins a family of the EPMS contract for the account's present state.
func (o *env) epmsTokens(u auth.User) auth.Tokens {
	o.t.Helper()
	tokens, err := o.IssueEPMSTokens(o.t.Context(), o.user(u.ID))
	if err != nil {
		o.t.Fatal(err)
	}
	return tokens
}

// opens reports whether an access token is accepted.
func (o *env) opens(access string) bool {
	_, err := o.Authenticate(o.t.Context(), access)
	return err == nil
}

// enrol switches a second factor on and returns its secret and recovery codes. The code of the step
// before is used up by it.
func (o *env) enrol(id int64) (secret string, recovery []string) {
	o.t.Helper()
	enrolment, err := o.BeginSecondFactor(o.t.Context(), system, id)
	if err != nil {
		o.t.Fatal(err)
	}
	recovery, err = o.ConfirmSecondFactor(o.t.Context(), system, id, o.code(enrolment.Secret, -1))
	if err != nil {
		o.t.Fatal(err)
	}
	return enrolment.Secret, recovery
}

// code returns the authenticator's code, some steps away from now.
func (o *env) code(secret string, steps int) string {
	o.t.Helper()
	code, err := totp.GenerateCode(secret, o.clock.Now().Add(time.Duration(steps)*30*time.Second))
	if err != nil {
		o.t.Fatal(err)
	}
	return code
}

// secondFactor tries a code from an address.
func (o *env) secondFactor(id int64, code, from string) error {
	_, err := o.SecondFactor(o.t.Context(), id, code, from)
	return err
}

// together calls fn n times at once and returns the errors.
func together(n int, fn func(i int) error) []error {
	errs := make([]error, n)
	var ready, done sync.WaitGroup
	start := make(chan struct{})
	ready.Add(n)
	for i := range n {
		done.Go(func() {
			ready.Done()
			<-start
			errs[i] = fn(i)
		})
	}
	ready.Wait()
	close(start)
	done.Wait()
	return errs
}

// count returns how many errors the condition holds for.
func count(errs []error, holds func(error) bool) (n int) {
	for _, err := range errs {
		if holds(err) {
			n++
		}
	}
	return n
}

func succeeded(err error) bool { return err == nil }

// retryAfter returns what a refusal says of the seconds to wait.
func retryAfter(err error) int64 {
	f, ok := errors.AsType[*problem.Error](err)
	if !ok {
		return 0
	}
	seconds, _ := f.Extra["retry_after"].(int64)
	return seconds
}

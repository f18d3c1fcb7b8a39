package verify_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pquerna/otp/totp"

	"urna/internal/audit"
	"urna/internal/checkpoint"
	"urna/internal/countersign"
	"urna/internal/testing/apptest"
	"urna/internal/testing/clock"
	"urna/results"
)

// furnish returns a copy of that folder.
func furnish(t *testing.T) string {
	t.Helper()
	furnished.once.Do(func() {
		path := folder(t)
		addFurtherRows(t, path)
		files := map[string][]byte{}
		err := filepath.WalkDir(path, func(name string, entry os.DirEntry, err error) error {
			if err != nil || !entry.Type().IsRegular() {
				return err
			}
			files[strings.TrimPrefix(name, path)], err = os.ReadFile(name)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		furnished.files = files
	})
	path := filepath.Join(t.TempDir(), "data")
	for name, content := range furnished.files {
		name = filepath.Join(path, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o700), os.WriteFile(name, content, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

// addFurtherRows signs in, begins a second factor, commits a seed, sets the public address, and has witnesses
// countersign the log.
func addFurtherRows(t *testing.T, path string) {
	t.Helper()
	env := apptest.Open(t, path, &clock.Clock{})
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	u, err := env.Auth.User(t.Context(), 3)
	must(err)
	_, err = env.Auth.SignIn(t.Context(), u.Email, apptest.Password, "192.0.2.1")
	must(err)
	_, err = env.Auth.IssueTokens(t.Context(), u)
	must(err)
	enrolment, err := env.Auth.BeginSecondFactor(t.Context(), audit.System(), 3)
	must(err)
	code, err := totp.GenerateCode(enrolment.Secret, env.Clock.Now())
	must(err)
	_, err = env.Auth.ConfirmSecondFactor(t.Context(), audit.System(), 3, code)
	must(err)
	must(env.Results.CommitLotValue(t.Context(), audit.Actor{ID: 1, Name: "Ada"}, 3, results.LotValueDraft{Name: "Ada", Commitment: strings.Repeat("ab", 32)}))
	must(env.PublicURL.Remember(t.Context(), audit.System(), "https://vote.example.org"))
	for _, name := range []string{"one", "other"} {
		must(addCountersignature(t, env, name))
	}
	must(env.Close())
	addPasskey(t, path)
}

// addCountersignature registers a witness, which countersigns the present head.
func addCountersignature(t *testing.T, env *apptest.Env, name string) error {
	t.Helper()
	signer, err := checkpoint.GenerateWitness(name)
	if err != nil {
		return err
	}
	if _, err := env.Countersign.Register(t.Context(), audit.System(), countersign.Draft{Key: signer.String(), Operator: "Party " + name}); err != nil {
		return err
	}
	return env.Countersign.Accept(t.Context(), apptest.Countersigned(t, env.Countersign, signer, env.Clock.Now()))
}

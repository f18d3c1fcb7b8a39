package cli

import (
	"bytes"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"urna/auth"
	"urna/internal/app"
	"urna/internal/audit"
	"urna/internal/testing/apptest"
)

// TestServe_OpenRegistrationKeepsItsForm reads the flag and the environment variable in all forms.
func TestServe_OpenRegistrationKeepsItsForm(t *testing.T) {
	for _, c := range []struct {
		arguments, variable string
		want                auth.Registration
		refused             bool
	}{
		{"", "", auth.RegistrationClosed, false},
		{"--open-registration", "", auth.RegistrationOpen, false},
		{"--open-registration=true", "", auth.RegistrationOpen, false},
		{"--open-registration=false", "", auth.RegistrationClosed, false},
		{"--open-registration=approve", "", auth.RegistrationApprove, false},
		{"--open-registration=maybe", "", "", true},
		{"", "1", auth.RegistrationOpen, false},
		{"", "no", auth.RegistrationClosed, false},
		{"", "approve", auth.RegistrationApprove, false},
		{"", "sometimes", "", true},
		{"--open-registration --max-upload 5", "", auth.RegistrationOpen, false},
	} {
		t.Run(c.arguments+" "+c.variable, func(t *testing.T) {
			if c.variable != "" {
				t.Setenv("URNA_OPEN_REGISTRATION", c.variable)
			}
			var read struct {
				OpenRegistration registrationFlag
				MaxUpload        int64
			}
			parser, err := kong.New(&read, kong.DefaultEnvars("URNA"))
			if err != nil {
				t.Fatal(err)
			}
			_, err = parser.Parse(strings.Fields(c.arguments))
			if c.refused {
				if err == nil || !strings.Contains(err.Error(), "--open-registration=approve") {
					t.Errorf("want a refusal that names the values, got %v", err)
				}
				return
			}
			if err != nil || read.OpenRegistration.rule != c.want {
				t.Errorf("want %q, got %q, %v", c.want, read.OpenRegistration.rule, err)
			}
		})
	}
}

// TestServe_OpenRegistrationIsWarnedOf looks at what the server prints at its start.
func TestServe_OpenRegistrationIsWarnedOf(t *testing.T) {
	for rule, want := range map[auth.Registration]string{
		auth.RegistrationClosed: "", auth.RegistrationOpen: "*** REGISTRATION IS OPEN", auth.RegistrationApprove: "accounts wait until",
	} {
		if got := (&registrationFlag{rule}).warning(); want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%q: want %q, got %q", rule, want, got)
		}
	}
}

// TestUsers_PlacesByCommand adds an official with a place, changes the places and accepts a registered account.
func TestUsers_PlacesByCommand(t *testing.T) {
	data := t.TempDir()
	apptest.NewPoll(t, data, 1, nil)
	run := func(want int, password string, arguments ...string) string {
		t.Helper()
		var out bytes.Buffer
		streams := &Streams{In: strings.NewReader(password), Out: &out, Err: &out}
		if code := Main(append(arguments, "--data", data), streams); code != want {
			t.Fatalf("%v: want exit code %d, got %d: %s", arguments, want, code, out.String())
		}
		return out.String()
	}
	add := []string{"users", "add", "--role", "official", "--forename", "Ana", "--surname", "Ilic", "--password-stdin", "--email"}
	run(0, apptest.Password, append(add, "ana@example.org", "--place", "1")...)
	if said := run(1, apptest.Password, append(add, "eva@example.org", "--place", "99")...); !strings.Contains(said, "There is no constituency 99") {
		t.Errorf("want the unknown place named, got %s", said)
	}
	if said := run(0, "", "users", "list"); !strings.Contains(said, "1 place") {
		t.Errorf("want the places listed, got %s", said)
	}
	if said := run(0, "", "users", "places", "--email", "ana@example.org"); !strings.Contains(said, "x  1   Nationwide") {
		t.Errorf("want the constituencies listed, got %s", said)
	}
	run(0, "", "users", "places", "--email", "ana@example.org", "--everywhere")
	if said := run(0, "", "users", "list"); !strings.Contains(said, "everywhere") {
		t.Errorf("want the account freed, got %s", said)
	}
	run(1, "", "users", "places", "--email", "ana@example.org", "--everywhere", "--place", "1")

	a, err := app.Open(t.Context(), data, app.Options{Parts: app.Accounts})
	if err != nil {
		t.Fatal(err)
	}
	_, err = a.Auth.Register(t.Context(), audit.Actor{Name: "registration", From: "192.0.2.1"}, auth.NewUser{
		Email: "new@example.org", Forename: "New", Surname: "Comer", Password: apptest.Password,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if said := run(0, "", "users", "list"); !strings.Contains(said, "waiting") {
		t.Errorf("want the account to wait, got %s", said)
	}
	run(0, "", "users", "accept", "--email", "new@example.org", "--place", "1")
	run(1, "", "users", "accept", "--email", "new@example.org")
}

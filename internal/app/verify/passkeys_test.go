package verify_test

import (
	"testing"

	"urna/internal/app"
	"urna/internal/testing/apptest"
	"urna/internal/testing/authenticator"
	"urna/internal/testing/clock"
)

// addPasskey adds a passkey to an account, on a server with a public address.
func addPasskey(t *testing.T, path string) {
	t.Helper()
	env := apptest.Open(t, path, &clock.Clock{}, func(o *app.Options) { o.PublicURL = "https://vote.example.org" })
	u, err := env.Auth.User(t.Context(), 3)
	if err != nil {
		t.Fatal(err)
	}
	options, err := env.Auth.BeginPasskey(t.Context(), u, "session", "green key")
	if err != nil {
		t.Fatal(err)
	}
	made := authenticator.New("https://vote.example.org").Create(t, options)
	if _, err := env.Auth.AddPasskey(t.Context(), u.Actor("192.0.2.1"), u, "session", made); err != nil {
		t.Fatal(err)
	}
	if err := env.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestFolder_NamesAPasskeyThatTheLogDoesNotHave adds and alters passkeys around the program.
func TestFolder_NamesAPasskeyThatTheLogDoesNotHave(t *testing.T) {
	for name, statement := range map[string]string{
		"added":                    `INSERT INTO passkeys SELECT 9, 1, domain, x'01', public_key, user_handle, 0, '', name, created_at, NULL, 0 FROM passkeys`,
		"another key":              `UPDATE passkeys SET public_key = x'01'`,
		"another account":          `UPDATE passkeys SET user_id = 1`,
		"of another authenticator": `UPDATE passkeys SET credential_id = x'01'`,
		"another domain":           `UPDATE passkeys SET domain = 'evil.example'`,
		"removed":                  `DELETE FROM passkeys`,
	} {
		t.Run(name, func(t *testing.T) {
			path := furnish(t)
			alter(t, path, statement)
			if !named(t, path) {
				t.Error("want verify to name it")
			}
		})
	}
	path := furnish(t)
	if named(t, path) {
		t.Error("want nothing named in the folder as the program left it")
	}
	alter(t, path, `UPDATE passkeys SET sign_count = 7, last_used_at = 1`) // as a sign-in does, without an event
	if named(t, path) {
		t.Error("want the use of a passkey named by nothing")
	}
}

package pages

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"urna/auth"
	"urna/internal/audit"
)

// latin1 is "plava kiša u maju" in bytes that are not UTF-8.
const latin1 = "plava ki\x9aa u maju"

// TestAccountPassword_OneOfTenAtOnce: nine others gave a current password that was no longer it.
func TestAccountPassword_OneOfTenAtOnce(t *testing.T) {
	d := newEnv(t)
	d.furnish(t)
	b := d.signedIn(t, d.grace)
	answers := make([]page, 10)
	var all sync.WaitGroup
	for i := range answers {
		all.Go(func() {
			fresh := fmt.Sprintf("%d more unrelated words", i)
			answers[i] = b.post("/account/password", "current", password, "password", fresh, "again", fresh)
		})
	}
	all.Wait()
	// The others stay on the form, or are signed out by the change.
	good := 0
	for i, answer := range answers {
		done := answer.path == "/account" && strings.Contains(answer.body, "Your password is changed")
		if err := d.signIn(t, fmt.Sprintf("%d more unrelated words", i)); (err == nil) != done {
			t.Errorf("change %d: want its answer true, got %d at %s, and a sign-in with its password: %v", i, answer.status, answer.path, err)
		}
		if done {
			good++
		}
	}
	if good != 1 {
		t.Errorf("want one change to answer done, got %d", good)
	}
}

// signIn tries a password of Grace's, from an address of its own, so that no rate limit applies.
func (d *env) signIn(t *testing.T, secret string) error {
	t.Helper()
	_, err := d.Auth.SignIn(t.Context(), d.grace.Email, secret, secret)
	return err
}

// TestPasswordForms_BytesThatAreNoText: each form that takes a password says that it must be UTF-8.
func TestPasswordForms_BytesThatAreNoText(t *testing.T) {
	d := newEnv(t)
	secret, err := d.Auth.NewSetupLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	const says = "The password is not text in UTF-8."
	visitor := d.browser(t)
	setup := []string{"email", "ada@example.org", "forename", "Ada", "surname", "Byron"}
	visitor.want(visitor.post("/setup/"+secret, append(setup, "password", latin1)...), http.StatusUnprocessableEntity, "/setup/"+secret, says)
	d.furnish(t)
	visitor.want(visitor.post("/login", "email", d.ada.Email, "password", latin1), http.StatusUnprocessableEntity, "/login", says)
	ada := d.signedIn(t, d.ada)
	ada.want(ada.post("/account/password", "current", latin1, "password", "a", "again", "a"), http.StatusUnprocessableEntity, "/account/password", says)
	ada.want(ada.post("/account/password", "current", password, "password", latin1, "again", latin1), http.StatusUnprocessableEntity, "/account/password", says)
	path := userPath(d.grace.ID)
	ada.want(ada.post(path+"/password", "password", latin1), http.StatusUnprocessableEntity, path+"/password", says)
	user := []string{"email", "new@example.org", "forename", "N", "surname", "N", "role", "official", "password", latin1}
	ada.want(ada.post("/admin/users", user...), http.StatusUnprocessableEntity, "/admin/users", says)
	d.clock.Move(freshSignIn)
	ada.want(ada.post("/account/second-factor", "password", latin1), http.StatusUnprocessableEntity, "/account/second-factor", says)
	ada.want(ada.post("/account/second-factor/remove", "password", latin1), http.StatusUnprocessableEntity, "/account/second-factor/remove", says)
}

// TestUserForms_NamesAndEmailsAreTextOfOneLine: at the setup page, at new accounts and at their change.
func TestUserForms_NamesAndEmailsAreTextOfOneLine(t *testing.T) {
	d := newEnv(t)
	secret, err := d.Auth.NewSetupLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	visitor := d.browser(t)
	fields := func(change ...string) []string {
		form := map[string]string{"email": "new@example.org", "forename": "Nada", "surname": "N", "role": "official", "password": password}
		for i := 0; i < len(change); i += 2 {
			form[change[i]] = change[i+1]
		}
		var list []string
		for name, value := range form {
			list = append(list, name, value)
		}
		return list
	}
	wrong := []struct{ field, value, says string }{
		{"forename", "Na\x1b[2Jda", "Leave out the control character U+001B"},
		{"surname", "N\u2028", "Leave out the control character U+2028"},
		{"forename", "\u200b", "Enter at least one visible character."},
		{"surname", "N\u202e", "Leave out the invisible character U+202E"},
		{"forename", "Jos\xe9", "Use text in UTF-8."},
		{"email", "ne\u200bw@example.org", "Leave out the invisible character U+200B."},
		{"email", "new@exa\u00a0mple.org", "Leave out the blank"},
	}
	for _, c := range wrong {
		path := "/setup/" + secret
		visitor.want(visitor.post(path, fields(c.field, c.value)...), http.StatusUnprocessableEntity, path, c.says)
	}
	d.furnish(t)
	ada := d.signedIn(t, d.ada)
	for _, c := range wrong {
		ada.want(ada.post("/admin/users", fields(c.field, c.value)...), http.StatusUnprocessableEntity, "/admin/users", c.says)
		if c.field != "email" {
			path := userPath(d.grace.ID)
			ada.want(ada.post(path, fields(c.field, c.value)...), http.StatusUnprocessableEntity, path, c.says)
		}
	}
	ada.want(ada.post("/admin/users", fields("email", "GRACE@example.org")...), http.StatusConflict, "/admin/users", "Another account has this e-mail")
	if all, err := d.Auth.Users(t.Context()); err != nil || len(all) != 2 {
		t.Errorf("want nothing stored, got %v, %v", all, err)
	}
}

// TestGoOnAfresh_NotPastAnotherChange: a session that outlives its own change ends with an administrator's that came
// right after it.
func TestGoOnAfresh_NotPastAnotherChange(t *testing.T) {
	d := newEnv(t)
	d.furnish(t)
	survived := 0
	for i := range 40 {
		secret := fmt.Sprintf("unrelated words, round %d", i)
		if _, err := d.Auth.ChangeUser(t.Context(), audit.System(), d.grace.ID, auth.UserChange{Password: &secret}); err != nil {
			t.Fatal(err)
		}
		b := d.browser(t)
		b.post("/login", "email", d.grace.Email, "password", secret)
		if _, err := d.Auth.BeginSecondFactor(t.Context(), audit.System(), d.grace.ID); err != nil {
			t.Fatal(err)
		}
		var reset sync.WaitGroup
		reset.Go(func() {
			no := "reset by an administrator"
			_, _ = d.Auth.ChangeUser(t.Context(), audit.System(), d.grace.ID, auth.UserChange{Password: &no})
		})
		b.post("/account/second-factor/remove", "password", secret)
		reset.Wait()
		if got := b.get("/account"); got.path == "/account" {
			survived++
		}
		_ = d.Auth.RemoveSecondFactor(t.Context(), audit.System(), d.grace.ID, "")
		if err := d.signIn(t, "reset by an administrator"); err != nil {
			t.Fatal(err)
		}
	}
	if survived > 0 {
		t.Errorf("want no session to outlive the reset, got %d", survived)
	}
}

// The list of problems at the head of the form follows the order of its fields.
func TestAdminUserCreate_ProblemsInTheOrderOfTheForm(t *testing.T) {
	d := newEnv(t)
	d.furnish(t)
	ada := d.signedIn(t, d.ada)
	_, problems, _ := strings.Cut(ada.post("/admin/users", "role", "official").body, `data-testid="form-error"`)
	last := -1
	for _, says := range []string{"Forename: Enter", "Surname: Enter", "E-mail: Enter", "Password: Use"} {
		at := strings.Index(problems, says)
		if at <= last {
			t.Errorf("want %q behind the problem before it, got it at %d after %d", says, at, last)
		}
		last = at
	}
}

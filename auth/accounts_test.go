package auth_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"urna/auth"
	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/problem"
)

// problem returns the fields that a refusal names.
func problemOf(err error) string {
	f, ok := errors.AsType[*problem.Error](err)
	if !ok || f.Kind != problem.Invalid {
		return ""
	}
	var names []string
	for _, field := range f.Fields {
		names = append(names, field.Name)
	}
	return strings.Join(names, " ")
}

func TestPasswords_WhatOthersTryFirstIsRefused(t *testing.T) {
	o := newEnv(t)
	ada := o.add("ada.lovelace@example.org", auth.Administrator)
	for password, want := range map[string]bool{
		"correct horse battery": true, "plava kiša u maju": true, "шуми река Дрина у ноћи": true,
		strings.Repeat("abcdefgh ijklmnop qrst ", 11): true, // 253 characters
		"qZ7-vW3.xK9_mT": true, "Tr0ub4dor & three": true,
		"elevenchars": false, "": false, strings.Repeat("long words ", 24): false, // 264 characters
		"not \xff utf-8 text": false,
		"password1234!":       false, "PASSWORD123456": false, "qwertyuiop123": false, "1qaz2wsx3edc": false,
		"123456789012": false, "2026-11-21 20:00": false, "aaaaaaaaaaaaa": false, "abababababab": false,
		"abcdefghijkl": false, "zyxwvutsrqpo": false, "iloveyou2026!": false,
		"lovelace2026": false, "Ada.Lovelace1": false, "123-Lovelace-123": false,
	} {
		_, err := o.ChangeUser(t.Context(), system, ada.ID, auth.UserChange{Password: &password})
		if got := err == nil; got != want || !want && problemOf(err) != "password" {
			t.Errorf("%q: want taken %v, got %v", password, want, err)
		}
	}
}

func TestPasswords_TheEPMSContractsRule(t *testing.T) {
	o := newEnv(t)
	o.add("root@example.org", auth.Administrator)
	for i, c := range []struct {
		password string
		want     bool
	}{
		{"Passw0rd", true},
		{"aB345678", true},
		{"Aa1" + strings.Repeat("x", 252), true},
		{"Лозинка1", true},
		{"Passw0r", false},
		{"passw0rd", false},
		{"PASSW0RD", false},
		{"Password", false},
		{"Aa1" + strings.Repeat("x", 253), false},
	} {
		email := fmt.Sprintf("user%d@example.org", i)
		_, err := o.AddUser(t.Context(), system, auth.NewUser{
			Email: email, Forename: "A", Surname: "B", Role: auth.Official, Password: c.password, Rule: auth.PasswordOfEPMS,
		})
		if got := err == nil; got != c.want {
			t.Errorf("%q: want taken %v, got %v", c.password, c.want, err)
		}
		if err == nil && o.signIn(email, c.password, "a") != nil {
			t.Errorf("%q: want it to sign in", c.password)
		}
	}
}

func TestChangePassword(t *testing.T) {
	o := newEnv(t)
	ada := o.add("ada@example.org", auth.Administrator)
	yes, fresh := true, "another four unrelated words"
	ada = o.change(ada.ID, auth.UserChange{MustChangePassword: &yes})
	if err := o.MayWork(ada); !errors.Is(err, auth.ErrPasswordChangeNeeded) {
		t.Errorf("want a password change first, got %v", err)
	}
	if _, err := o.SignInForTokens(t.Context(), "ada@example.org", password, "", "a"); !errors.Is(err, auth.ErrPasswordChangeNeeded) {
		t.Errorf("want no tokens before the change, got %v", err)
	}
	tokens := o.tokens(ada)
	if _, err := o.ChangePassword(t.Context(), ada, wrong, fresh, "a"); !errors.Is(err, auth.ErrCredentials) {
		t.Errorf("want the present password asked for, got %v", err)
	}
	for _, no := range []string{password, "short", "password1234!"} {
		if _, err := o.ChangePassword(t.Context(), ada, password, no, "a"); problemOf(err) != "password" {
			t.Errorf("want %q refused, got %v", no, err)
		}
	}
	if o.user(ada.ID).SessionEpoch != ada.SessionEpoch || !o.user(ada.ID).MustChangePassword {
		t.Error("want nothing changed by a refusal")
	}
	changed, err := o.ChangePassword(t.Context(), ada, password, fresh, "a")
	if err != nil || changed.MustChangePassword || changed.SessionEpoch <= ada.SessionEpoch || o.MayWork(changed) != nil {
		t.Errorf("want the change to let the person work and end other sessions, got %+v, %v", changed, err)
	}
	if o.opens(tokens.Access) {
		t.Error("want the tokens ended")
	}
	if err := o.signIn("ada@example.org", password, "a"); !errors.Is(err, auth.ErrCredentials) {
		t.Errorf("want the old password dead, got %v", err)
	}
	if err := o.signIn("ada@example.org", fresh, "a"); err != nil {
		t.Errorf("want the new one good, got %v", err)
	}
}

func TestMayWork_SecondFactorWhereTheServerAsksForIt(t *testing.T) {
	o := newEnv(t, func(o *auth.Options) { o.RequireSecondFactor = true })
	ada, bob := o.add("ada@example.org", auth.Administrator), o.add("bob@example.org", auth.Official)
	if _, err := o.SignInForTokens(t.Context(), "ada@example.org", password, "", "a"); !errors.Is(err, auth.ErrSecondFactorRequired) {
		t.Errorf("want an administrator without one sent to set it up, got %v", err)
	}
	if _, err := o.SignInForTokens(t.Context(), "bob@example.org", password, "", "a"); err != nil {
		t.Errorf("want an official in, got %v", err)
	}
	secret, _ := o.enrol(ada.ID)
	if _, err := o.SignInForTokens(t.Context(), "ada@example.org", password, "", "a"); !errors.Is(err, auth.ErrSecondFactorNeeded) {
		t.Errorf("want a code asked for, got %v", err)
	}
	if _, err := o.SignInForTokens(t.Context(), "ada@example.org", wrong, o.code(secret, 0), "a"); !errors.Is(err, auth.ErrCredentials) {
		t.Errorf("want a code alone not enough, got %v", err)
	}
	if _, err := o.SignInForTokens(t.Context(), "ada@example.org", password, o.code(secret, 0), "a"); err != nil {
		t.Errorf("want the administrator in, got %v", err)
	}
	role := auth.Administrator
	o.change(bob.ID, auth.UserChange{Role: &role})
	if err := o.MayWork(o.user(bob.ID)); !errors.Is(err, auth.ErrSecondFactorRequired) {
		t.Errorf("want it asked of a new administrator, got %v", err)
	}
}

// TestSessionEpoch_GrowsWithWhatEndsSignIns: browser sessions of an earlier epoch are worth nothing.
func TestSessionEpoch_GrowsWithWhatEndsSignIns(t *testing.T) {
	o := newEnv(t)
	o.add("root@example.org", auth.Administrator)
	ada := o.add("ada@example.org", auth.Official)
	role, same, yes, no, fresh, name := auth.Administrator, auth.Administrator, true, false, "another four unrelated words", "Augusta"
	changed := func(c auth.UserChange) func() { return func() { o.change(ada.ID, c) } }
	for _, c := range []struct {
		name  string
		act   func()
		grows bool
	}{
		{"name", changed(auth.UserChange{Forename: &name}), false},
		{"role", changed(auth.UserChange{Role: &role}), true},
		{"the same role", changed(auth.UserChange{Role: &same}), false},
		{"not disabled, as before", changed(auth.UserChange{Disabled: &no}), false},
		{"disabled", changed(auth.UserChange{Disabled: &yes}), true},
		{"enabled", changed(auth.UserChange{Disabled: &no}), true},
		{"password", changed(auth.UserChange{Password: &fresh}), true},
		{"must change the password", changed(auth.UserChange{MustChangePassword: &yes}), true},
		{"need not", changed(auth.UserChange{MustChangePassword: &no}), false},
		{"second factor", func() { o.enrol(ada.ID) }, true},
		{"second factor removed", func() { _ = o.RemoveSecondFactor(t.Context(), system, ada.ID, "") }, true},
	} {
		before := o.user(ada.ID).SessionEpoch
		tokens := auth.Tokens{}
		if !o.user(ada.ID).Disabled {
			tokens = o.tokens(o.user(ada.ID))
		}
		c.act()
		if after := o.user(ada.ID).SessionEpoch; after > before != c.grows {
			t.Errorf("%s: want the epoch to grow %v, got %d after %d", c.name, c.grows, after, before)
		}
		if ends := tokens.Access != "" && !o.opens(tokens.Access); tokens.Access != "" && c.name != "second factor" && ends != c.grows {
			t.Errorf("%s: want tokens ended %v, got %v", c.name, c.grows, ends)
		}
	}
}

// TestIssueTokens_NotForWhomThingsChangedMeanwhile: between the password and the tokens.
func TestIssueTokens_NotForWhomThingsChangedMeanwhile(t *testing.T) {
	o := newEnv(t)
	o.add("root@example.org", auth.Administrator)
	yes, fresh := true, "another four unrelated words"
	for name, act := range map[string]func(id int64){
		"password": func(id int64) { o.change(id, auth.UserChange{Password: &fresh}) },
		"disabled": func(id int64) { o.change(id, auth.UserChange{Disabled: &yes}) },
		"deleted":  func(id int64) { _ = o.DeleteUser(t.Context(), system, id, "") },
	} {
		u := o.add(name+"@example.org", auth.Official)
		act(u.ID)
		if tokens, err := o.IssueTokens(t.Context(), u); err == nil || tokens.Access != "" {
			t.Errorf("%s: want no tokens, got %v", name, err)
		}
	}
}

func TestDeleteUser_LeavesATombstone(t *testing.T) {
	o := newEnv(t)
	root := o.add("root@example.org", auth.Administrator)
	person := auth.NewUser{
		Email: "ada@example.org", Forename: "Ada", Surname: "Lovelace", JMBG: "0101990710008", Role: auth.Official, Password: password,
	}
	ada, err := o.AddUser(t.Context(), system, person)
	if err != nil {
		t.Fatal(err)
	}
	if err := o.signIn("ada@example.org", password, "home"); err != nil {
		t.Fatal(err)
	}
	o.enrol(ada.ID)
	tokens := o.tokens(o.user(ada.ID))
	if err := o.DeleteUser(t.Context(), root.Actor("office"), ada.ID, ""); err != nil {
		t.Fatal(err)
	}

	t.Run("the account is gone", func(t *testing.T) {
		if _, err := o.User(t.Context(), ada.ID); !errors.Is(err, auth.ErrUnknownUser) {
			t.Errorf("by id: %v", err)
		}
		if _, err := o.UserByEmail(t.Context(), "ada@example.org"); !errors.Is(err, auth.ErrUnknownUser) {
			t.Errorf("by e-mail: %v", err)
		}
		if all, err := o.Users(t.Context()); err != nil || len(all) != 1 {
			t.Errorf("want one account listed, got %v, %v", all, err)
		}
		if _, err := o.ChangeUser(t.Context(), system, ada.ID, auth.UserChange{}); !errors.Is(err, auth.ErrUnknownUser) {
			t.Errorf("changed: %v", err)
		}
		if err := o.DeleteUser(t.Context(), system, ada.ID, ""); !errors.Is(err, auth.ErrUnknownUser) {
			t.Errorf("deleted again: %v", err)
		}
		if err := o.signIn("ada@example.org", password, "home"); !errors.Is(err, auth.ErrCredentials) {
			t.Errorf("signed in: %v", err)
		}
	})
	t.Run("its tokens are dead", func(t *testing.T) {
		if o.opens(tokens.Access) {
			t.Error("the access token opens")
		}
		if _, err := o.NewAccessToken(t.Context(), tokens.Refresh); !errors.Is(err, auth.ErrToken) {
			t.Errorf("new access token: %v", err)
		}
		if _, err := o.RefreshTokens(t.Context(), tokens.Refresh, "192.0.2.1"); !errors.Is(err, auth.ErrToken) {
			t.Errorf("refreshed: %v", err)
		}
	})
	t.Run("the name stays, personal data go", func(t *testing.T) {
		row := map[string]any{}
		if err := o.db.Reader(t.Context()).Gorm().Table("users").Where("id = ?", ada.ID).Take(&row).Error; err != nil {
			t.Fatal(err)
		}
		if row["forename"] != "Ada" || row["surname"] != "Lovelace" || row["deleted_at"] == nil {
			t.Errorf("want a tombstone with the name, got %v", row)
		}
		if row["password_hash"] != "" || row["jmbg"] != nil || row["totp_secret"] != nil {
			t.Errorf("want password, JMBG and second factor erased, got %v", row)
		}
		for _, table := range []string{"recovery_codes", "sign_in_addresses"} {
			var n int64
			if err := o.db.Reader(t.Context()).Gorm().Table(table).Where("user_id = ?", ada.ID).Count(&n).Error; err != nil || n != 0 {
				t.Errorf("want nothing in %s, got %d, %v", table, n, err)
			}
		}
		events, err := audit.NewReader(o.db.Pool()).Events(t.Context(), audit.Filter{Action: "user-deleted"})
		if err != nil || len(events) != 1 || events[0].Actor.ID != root.ID || !strings.Contains(events[0].Detail, "Ada Lovelace") {
			t.Errorf("want one event with both names, got %+v, %v", events, err)
		}
	})
	t.Run("e-mail and JMBG may be used again", func(t *testing.T) {
		again, err := o.AddUser(t.Context(), system, person)
		if err != nil || again.ID == ada.ID {
			t.Fatalf("want another account, got %+v, %v", again, err)
		}
		if o.opens(tokens.Access) {
			t.Error("the old token opens the new account")
		}
		person.Email = "bob@example.org"
		if _, err := o.AddUser(t.Context(), system, person); !errors.Is(err, auth.ErrJMBGTaken) {
			t.Errorf("want the JMBG unique among the living, got %v", err)
		}
	})
}

func TestDeleteUser_KeepsAnAdministrator(t *testing.T) {
	o := newEnv(t)
	ada := o.add("ada@example.org", auth.Administrator)
	last := func(err error) bool { return errors.Is(err, auth.ErrLastAdministrator) }
	if err := o.DeleteUser(t.Context(), system, ada.ID, ""); !last(err) {
		t.Errorf("want the last administrator kept, got %v", err)
	}
	yes := true
	bob := o.add("bob@example.org", auth.Administrator)
	o.change(bob.ID, auth.UserChange{Disabled: &yes})
	if err := o.DeleteUser(t.Context(), system, ada.ID, ""); !last(err) {
		t.Errorf("want a disabled one not counted, got %v", err)
	}
	if err := o.DeleteUser(t.Context(), system, bob.ID, ""); err != nil {
		t.Errorf("want the disabled one deleted, got %v", err)
	}
	// Two of them at once, each against the other: one must stay.
	admins := []auth.User{ada, o.add("eve@example.org", auth.Administrator)}
	errs := together(2, func(i int) error { return o.DeleteUser(t.Context(), system, admins[i].ID, "") })
	if count(errs, succeeded) != 1 || count(errs, last) != 1 {
		t.Errorf("want one deleted and one kept, got %v", errs)
	}
}

func TestSetupLink_OnceAndOnlyForTheFirst(t *testing.T) {
	o := newEnv(t)
	link := func() string {
		secret, err := o.NewSetupLink(t.Context())
		if err != nil || secret == "" {
			t.Fatalf("want a link, got %q, %v", secret, err)
		}
		return secret
	}
	first := auth.NewUser{Email: "ada@example.org", Forename: "Ada", Surname: "Lovelace", Role: auth.Official, Rule: auth.PasswordOfEPMS, Password: "Passw0rd"}
	setUp := func(secret string) error {
		_, err := o.SetUp(t.Context(), secret, first, "a")
		return err
	}
	refused := func(err error) bool { return errors.Is(err, auth.ErrSetupLink) }

	old := link()
	good := link()
	for what, secret := range map[string]string{"an earlier link": old, "none": "", "any": strings.Repeat("A", 26)} {
		if err := setUp(secret); !refused(err) || !refused(o.CheckSetupLink(t.Context(), secret)) {
			t.Errorf("%s: want it refused, got %v", what, err)
		}
	}
	if err := setUp(good); problemOf(err) != "password" {
		t.Errorf("want the rule of pages for the first password, got %v", err)
	}
	first.Password = password
	o.clock.Move(24*time.Hour + time.Second)
	if err := setUp(good); !refused(err) {
		t.Errorf("want a link of yesterday refused, got %v", err)
	}
	good = link()
	if err := o.CheckSetupLink(t.Context(), good); err != nil {
		t.Errorf("want a fresh link good, got %v", err)
	}
	errs := together(4, func(int) error { return setUp(good) })
	if count(errs, succeeded) != 1 || count(errs, refused) != 3 {
		t.Errorf("want one of four at once to succeed, got %v", errs)
	}
	all, err := o.Users(t.Context())
	if err != nil || len(all) != 1 || all[0].Role != auth.Administrator {
		t.Errorf("want one administrator, got %+v, %v", all, err)
	}
	if secret, err := o.NewSetupLink(t.Context()); secret != "" || err != nil {
		t.Errorf("want no link where there are accounts, got %q, %v", secret, err)
	}
	// A link that was left over opens no folder that has accounts.
	hash := sha256.Sum256([]byte(good))
	err = o.db.Write(t.Context(), func(tx *database.Tx) error {
		_, err := tx.SQL().ExecContext(t.Context(), `INSERT INTO setup_links (hash, created_at) VALUES ($1, $2)`, hash[:], o.clock.Now().UnixMilli())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := setUp(good); !refused(err) {
		t.Errorf("want it refused where there are accounts, got %v", err)
	}
}

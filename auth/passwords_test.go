package auth_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"

	"urna/auth"
	"urna/internal/testing/databasetest"
)

// TestPasswords_HashesOfEarlierVersionsKeepWorking: they are of passwords as they were typed. At the first sign-in with
// one, its normal form is hashed in its place.
func TestPasswords_HashesOfEarlierVersionsKeepWorking(t *testing.T) {
	o := newEnv(t)
	composed, decomposed := "crème brûlée, škola", "cre\u0300me bru\u0302le\u0301e, s\u030ckola"
	ada := o.add("ada@example.org", auth.Administrator)
	hash, err := argon2id.CreateHash(decomposed, o.options.PasswordParams)
	if err != nil {
		t.Fatal(err)
	}
	stored := func() (hash string) {
		t.Helper()
		if err := o.db.Reader(t.Context()).Gorm().Table("users").Select("password_hash").Where("id = ?", ada.ID).Take(&hash).Error; err != nil {
			t.Fatal(err)
		}
		return hash
	}
	o.exec(`UPDATE users SET password_hash = $1 WHERE id = $2`, hash, ada.ID)
	if err := o.signIn("ada@example.org", "cre\u0300me bru\u0302le\u0301e, skola", "a"); !errors.Is(err, auth.ErrCredentials) || stored() != hash {
		t.Errorf("want another password refused and nothing changed, got %v", err)
	}
	tokens := o.tokens(ada)
	if err := o.CheckPassword(t.Context(), ada, decomposed, "a"); err != nil {
		t.Fatalf("want the password of before good, got %v", err)
	}
	fresh := stored()
	if fresh == hash {
		t.Error("want the hash replaced")
	}
	for _, typed := range []string{composed, decomposed} {
		if err := o.signIn("ada@example.org", typed, "a"); err != nil {
			t.Errorf("want both forms good from then on, got %v", err)
		}
	}
	if stored() != fresh || !o.opens(tokens.Access) || o.user(ada.ID).SessionEpoch != ada.SessionEpoch {
		t.Error("want it replaced once, without ending any session")
	}
	if _, err := o.ChangePassword(t.Context(), ada, decomposed, composed, "a"); problemOf(err) != "password" {
		t.Errorf("want the same password in another form refused as the new one, got %v", err)
	}
}

// TestPasswords_BytesThatAreNoText: with a guess at their meaning several would be one.
func TestPasswords_BytesThatAreNoText(t *testing.T) {
	o := newEnv(t)
	ada := o.add("ada@example.org", auth.Administrator)
	notText := func(err error) bool { return errors.Is(err, auth.ErrPasswordNotText) }
	const latin1 = "plava ki\x9aa u maju"
	for range 20 { // and none of these counts as a guess
		if err := o.signIn("ada@example.org", latin1, "a"); !notText(err) {
			t.Fatalf("sign-in: got %v", err)
		}
		if err := o.CheckPassword(t.Context(), ada, latin1, "a"); !notText(err) {
			t.Fatalf("check: got %v", err)
		}
	}
	if err := o.signIn("ada@example.org", password, "a"); err != nil {
		t.Errorf("want the owner in, got %v", err)
	}
	fresh := latin1
	for name, err := range map[string]error{
		"changed": func() error { _, err := o.ChangePassword(t.Context(), ada, password, fresh, "a"); return err }(),
		"set": func() error {
			_, err := o.ChangeUser(t.Context(), system, ada.ID, auth.UserChange{Password: &fresh})
			return err
		}(),
		"added": func() error {
			_, err := o.AddUser(t.Context(), system, auth.NewUser{Email: "b@example.org", Forename: "B", Surname: "B", Role: auth.Official, Password: fresh})
			return err
		}(),
	} {
		if problemOf(err) != "password" || !strings.Contains(err.Error(), "UTF-8") {
			t.Errorf("%s: want it refused and UTF-8 named, got %v", name, err)
		}
	}
}

// TestChangePassword_OneOfManyAtOnce: for all but the first the current password is no longer the one that they gave.
func TestChangePassword_OneOfManyAtOnce(t *testing.T) {
	o := newEnv(t)
	ada := o.add("ada@example.org", auth.Administrator)
	for range 5 {
		ada = o.user(ada.ID)
		before := fmt.Sprintf("unrelated words, epoch %d", ada.SessionEpoch)
		ada = o.change(ada.ID, auth.UserChange{Password: &before})
		fresh := func(i int) string { return fmt.Sprintf("%d more unrelated words", i) }
		errs := together(10, func(i int) error {
			_, err := o.ChangePassword(t.Context(), ada, before, fresh(i), "a")
			return err
		})
		changed := count(errs, func(err error) bool {
			return errors.Is(err, auth.ErrAccountChanged) || errors.Is(err, auth.ErrCredentials)
		})
		if count(errs, succeeded) != 1 || changed != 9 {
			t.Fatalf("want one of ten, got %v", errs)
		}
		for i, err := range errs {
			o.clock.Move(2 * time.Hour) // past the waits of those who ask for the wrong one
			if good := o.CheckPassword(t.Context(), o.user(ada.ID), fresh(i), "a") == nil; good != (err == nil) {
				t.Errorf("want the password of the change that answered done, got %v for %d", good, i)
			}
		}
	}
}

// TestAccounts_OneOfManyAtOnce: a condition of a change is checked in the transaction that makes the change.
func TestAccounts_OneOfManyAtOnce(t *testing.T) {
	o := newEnv(t)
	ada, bob := o.add("ada@example.org", auth.Administrator), o.add("bob@example.org", auth.Administrator)
	official, disabled := auth.Official, true
	t.Run("second factor confirmed", func(t *testing.T) {
		enrolment, err := o.BeginSecondFactor(t.Context(), system, ada.ID)
		if err != nil {
			t.Fatal(err)
		}
		code, recovery := o.code(enrolment.Secret, 0), make([][]string, 8)
		errs := together(len(recovery), func(i int) (err error) {
			recovery[i], err = o.ConfirmSecondFactor(t.Context(), system, ada.ID, code)
			return err
		})
		if count(errs, succeeded) != 1 {
			t.Errorf("want one answer with recovery codes, got %v", errs)
		}
		for i := range recovery {
			if (errs[i] == nil) != (len(recovery[i]) == 10) {
				t.Errorf("want no codes with a refusal, got %v", recovery[i])
			}
		}
	})
	t.Run("second factor removed", func(t *testing.T) {
		errs := together(8, func(int) error { return o.RemoveSecondFactor(t.Context(), system, ada.ID, "") })
		if count(errs, succeeded) != 1 {
			t.Errorf("want one of them, got %v", errs)
		}
	})
	t.Run("the last administrators' roles", func(t *testing.T) {
		last := func(err error) bool { return errors.Is(err, auth.ErrLastAdministrator) }
		for _, change := range []auth.UserChange{{Role: &official}, {Disabled: &disabled}} {
			ids := []int64{ada.ID, bob.ID}
			errs := together(2, func(i int) error {
				_, err := o.ChangeUser(t.Context(), system, ids[i], change)
				return err
			})
			if count(errs, succeeded) != 1 || count(errs, last) != 1 {
				t.Errorf("want one administrator kept, got %v", errs)
			}
			administrator, no := auth.Administrator, false
			for _, id := range ids {
				o.change(id, auth.UserChange{Role: &administrator, Disabled: &no})
			}
		}
	})
	t.Run("an e-mail, an id", func(t *testing.T) {
		emails := []string{"zoë@example.org", "ZOË@example.org", "zoe\u0308@example.org", "Zoë@Example.org"}
		errs := together(len(emails), func(i int) error {
			_, err := o.AddUser(t.Context(), system, auth.NewUser{
				Email: emails[i], Forename: "Z", Surname: "Z", Role: auth.Official, Password: password,
			})
			return err
		})
		if count(errs, succeeded) != 1 || count(errs, func(err error) bool { return errors.Is(err, auth.ErrEmailTaken) }) != 3 {
			t.Errorf("want one account, got %v", errs)
		}
		errs = together(4, func(i int) error {
			_, err := o.AddUser(t.Context(), system, auth.NewUser{
				Email: fmt.Sprintf("u%d@example.org", i), JMBG: "0101990710008", Forename: "Z", Surname: "Z", Role: auth.Official, Password: password,
			})
			return err
		})
		if count(errs, succeeded) != 1 || count(errs, func(err error) bool { return errors.Is(err, auth.ErrJMBGTaken) }) != 3 {
			t.Errorf("want one account, got %v", errs)
		}
	})
}

// TestUserByEmail_ExistingAccountsKeepWorking: some may have addresses that are one by now.
func TestUserByEmail_ExistingAccountsKeepWorking(t *testing.T) {
	databasetest.NeedsSQLite(t, "PostgreSQL never had such accounts: its NOCASE knows all letters")
	o := newEnv(t)
	first, second := o.add("zoé@example.org", auth.Administrator), o.add("second@example.org", auth.Official)
	o.exec(`UPDATE users SET email = 'ZOÉ@example.org' WHERE id = $1`, second.ID)
	for email, want := range map[string]int64{
		"zoé@example.org": first.ID, "ZOÉ@example.org": second.ID, // to the letter
		"ZOé@Example.org": first.ID, "zoÉ@example.org": second.ID, // by the letters of ASCII, as they were found once
	} {
		if u, err := o.UserByEmail(t.Context(), email); err != nil || u.ID != want {
			t.Errorf("%s: want account %d, got %d, %v", email, want, u.ID, err)
		}
		if u, err := o.SignIn(t.Context(), email, password, "a"); err != nil || u.ID != want {
			t.Errorf("%s: want account %d signed in, got %d, %v", email, want, u.ID, err)
		}
	}
	if err := o.DeleteUser(t.Context(), system, second.ID, ""); err != nil {
		t.Fatal(err)
	}
	if u, err := o.UserByEmail(t.Context(), "ZOÉ@example.org"); err != nil || u.ID != first.ID {
		t.Errorf("want the other one once it is alone, got %d, %v", u.ID, err)
	}
	// One with an invisible character in its address can still sign in.
	o.exec(`UPDATE users SET email = $1 WHERE id = $2`, "zo\u200dé@example.org", first.ID)
	if err := o.signIn("zo\u200dé@example.org", password, "a"); err != nil {
		t.Errorf("want an older address good, got %v", err)
	}
	if err := o.signIn("zoé@example.org", password, "a"); !errors.Is(err, auth.ErrCredentials) {
		t.Errorf("want invisible characters to count, got %v", err)
	}
}

// TestAddUser_TheOldSystemsSignOfNoJMBG: its administrators have thirteen zeros.
func TestAddUser_TheOldSystemsSignOfNoJMBG(t *testing.T) {
	o := newEnv(t)
	for _, email := range []string{"ada@example.org", "bob@example.org"} { // neither is an own address
		u, err := o.AddUser(t.Context(), system, auth.NewUser{
			Email: email, Forename: "A", Surname: "B", Role: auth.Administrator, Password: password, JMBG: "0000000000000",
		})
		if err != nil || u.JMBG != "" {
			t.Errorf("want it taken as none, got %q, %v", u.JMBG, err)
		}
	}
}

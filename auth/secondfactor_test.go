package auth_test

import (
	"bytes"
	"encoding/base32"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"urna/auth"
	"urna/internal/database"
	"urna/internal/problem"
	"urna/internal/testing/databasetest"
)

func wrongCode(err error) bool { return errors.Is(err, auth.ErrSecondFactor) }

func TestSecondFactor_AsksOnlyOnceItIsConfirmed(t *testing.T) {
	o := newEnv(t)
	ada := o.add("ada@example.org", auth.Administrator)
	enrolment, err := o.BeginSecondFactor(t.Context(), system, ada.ID)
	if err != nil {
		t.Fatal(err)
	}
	if raw, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(enrolment.Secret); err != nil || len(raw) != 20 {
		t.Errorf("want 160 bits in base32, got %d bytes, %v", len(raw), err)
	}
	u, err := url.Parse(enrolment.URL)
	if err != nil || u.Scheme != "otpauth" || u.Host != "totp" || u.Path != "/Urna:ada@example.org" || u.Query().Get("secret") != enrolment.Secret {
		t.Errorf("want an otpauth address of the account, got %v, %v", u, err)
	}
	if err := o.signIn("ada@example.org", password, "a"); err != nil || o.user(ada.ID).SecondFactor {
		t.Errorf("want the password alone to do until then, got %v", err)
	}
	if err := o.secondFactor(ada.ID, o.code(enrolment.Secret, 0), "a"); !errors.Is(err, auth.ErrUnknownUser) {
		t.Errorf("want no codes taken until then, got %v", err)
	}
	if pending, err := o.PendingSecondFactor(t.Context(), ada.ID); err != nil || pending != enrolment {
		t.Errorf("want the same enrolment again, got %+v, %v", pending, err)
	}
	for _, code := range []string{"", "000000", o.code(enrolment.Secret, 2), "1" + o.code(enrolment.Secret, 0)} {
		if _, err := o.ConfirmSecondFactor(t.Context(), system, ada.ID, code); !wrongCode(err) {
			t.Errorf("want the code %q refused, got %v", code, err)
		}
	}
	if _, err := o.ConfirmSecondFactor(t.Context(), system, ada.ID, o.code(enrolment.Secret, 0)); err != nil {
		t.Fatal(err)
	}
	u2, err := o.SignIn(t.Context(), "ada@example.org", password, "a")
	if !errors.Is(err, auth.ErrSecondFactorNeeded) || u2.ID != ada.ID || !u2.SecondFactor {
		t.Errorf("want a code asked for, with the account, got %+v, %v", u2, err)
	}
	for what, call := range map[string]func() error{
		"begin again": func() error { _, err := o.BeginSecondFactor(t.Context(), system, ada.ID); return err },
		"pending":     func() error { _, err := o.PendingSecondFactor(t.Context(), ada.ID); return err },
		"confirm again": func() error {
			_, err := o.ConfirmSecondFactor(t.Context(), system, ada.ID, o.code(enrolment.Secret, 1))
			return err
		},
	} {
		if err := call(); problem.KindOf(err) != problem.Conflict {
			t.Errorf("%s: want a conflict, got %v", what, err)
		}
	}
}

func TestSecondFactor_SkewIsOneStep(t *testing.T) {
	for steps, want := range map[int]bool{-2: false, -1: true, 0: true, 1: true, 2: false} {
		o := newEnv(t)
		ada := o.add("ada@example.org", auth.Administrator)
		secret, _ := o.enrol(ada.ID)
		o.clock.Move(5 * time.Minute) // past the code of the enrolment
		if err := o.secondFactor(ada.ID, o.code(secret, steps), "a"); want && err != nil || !want && !wrongCode(err) {
			t.Errorf("%d steps away: want taken %v, got %v", steps, want, err)
		}
	}
}

// TestSecondFactor_AClockInDoubt has codes of both times accepted while the clock is in doubt, each once, and of the
// service's time alone otherwise.
func TestSecondFactor_AClockInDoubt(t *testing.T) {
	const ahead = 40 // steps that the machine is ahead of the service's time
	doubtful := false
	var o *env
	o = newEnv(t, func(options *auth.Options) {
		options.Doubted = func() (time.Time, bool) { return o.clock.Now().Add(ahead * 30 * time.Second), doubtful }
	})
	ada := o.add("ada@example.org", auth.Administrator)
	authenticator, _ := o.enrol(ada.ID)
	if err := o.secondFactor(ada.ID, o.code(authenticator, ahead), "a"); !wrongCode(err) {
		t.Errorf("want a code of the other time refused without a doubt, got %v", err)
	}
	doubtful = true
	for _, step := range []int{2, ahead - 2, ahead + 2} {
		if err := o.secondFactor(ada.ID, o.code(authenticator, step), "a"); !wrongCode(err) {
			t.Errorf("step %d: want the code of neither time refused, got %v", step, err)
		}
	}
	for _, step := range []int{1, ahead} {
		if err := o.secondFactor(ada.ID, o.code(authenticator, step), "a"); err != nil {
			t.Errorf("step %d: want a code of each time accepted, got %v", step, err)
		}
		if err := o.secondFactor(ada.ID, o.code(authenticator, step), "a"); !wrongCode(err) {
			t.Errorf("step %d: want it accepted once, got %v", step, err)
		}
	}
}

func TestSecondFactor_NoCodeWorksTwice(t *testing.T) {
	o := newEnv(t)
	ada := o.add("ada@example.org", auth.Administrator)
	secret, _ := o.enrol(ada.ID)
	if err := o.secondFactor(ada.ID, o.code(secret, -1), "a"); !wrongCode(err) {
		t.Errorf("want the code of the enrolment used up, got %v", err)
	}
	now := o.code(secret, 0)
	if err := o.secondFactor(ada.ID, now[:3]+" "+now[3:], "a"); err != nil {
		t.Errorf("want a code with a space taken, got %v", err)
	}
	if err := o.secondFactor(ada.ID, now, "a"); !wrongCode(err) {
		t.Errorf("want it refused the second time, got %v", err)
	}
	if _, err := o.again().SecondFactor(t.Context(), ada.ID, now, "a"); !wrongCode(err) {
		t.Errorf("want it refused after a restart, got %v", err)
	}
	if err := o.secondFactor(ada.ID, o.code(secret, 1), "a"); err != nil {
		t.Errorf("want the next one taken, got %v", err)
	}
	if err := o.secondFactor(ada.ID, now, "a"); !wrongCode(err) {
		t.Errorf("want nothing earlier taken after it, got %v", err)
	}
}

func TestSecondFactor_OneOfManyAtOnceGetsIn(t *testing.T) {
	o := newEnv(t)
	ada := o.add("ada@example.org", auth.Administrator)
	secret, recovery := o.enrol(ada.ID)
	for _, what := range []string{"code", "recovery code"} {
		o.clock.Move(2 * time.Hour) // the failures before are forgotten
		code := o.code(secret, 0)
		if what == "recovery code" {
			code = recovery[0]
		}
		errs := together(8, func(int) error { return o.secondFactor(ada.ID, code, "a") })
		if in, out := count(errs, succeeded), count(errs, wrongCode); in != 1 || out != 7 {
			t.Errorf("%s: want one in and seven refused, got %d and %d: %v", what, in, out, errs)
		}
	}
}

func TestSecondFactor_CodesOfOneAccountOnly(t *testing.T) {
	o := newEnv(t)
	ada, bob := o.add("ada@example.org", auth.Administrator), o.add("bob@example.org", auth.Official)
	_, adas := o.enrol(ada.ID)
	secret, bobs := o.enrol(bob.ID)
	for _, code := range []string{o.code(secret, 0), bobs[0]} {
		if err := o.secondFactor(ada.ID, code, "a"); !wrongCode(err) {
			t.Errorf("want another's code refused, got %v", err)
		}
	}
	if err := o.secondFactor(bob.ID, adas[0], "a"); !wrongCode(err) {
		t.Errorf("want another's recovery code refused, got %v", err)
	}
	// An attacker who can write the database puts their own sealed secret on the administrator's row.
	err := o.db.Write(t.Context(), func(tx *database.Tx) error {
		_, err := tx.SQL().ExecContext(t.Context(), `UPDATE users SET totp_secret = (SELECT totp_secret FROM users WHERE id = $1) WHERE id = $2`, bob.ID, ada.ID)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := o.secondFactor(ada.ID, o.code(secret, 0), "a"); err == nil {
		t.Error("want a secret that was moved to another account not to open")
	}
}

func TestSecondFactor_AnotherKeyOpensNothing(t *testing.T) {
	o := newEnv(t)
	ada := o.add("ada@example.org", auth.Administrator)
	secret, _ := o.enrol(ada.ID)
	o.options.Key = []byte("another key of thirty-two bytes!")
	other := o.again()
	if _, err := other.SecondFactor(t.Context(), ada.ID, o.code(secret, 0), "a"); err == nil {
		t.Error("want no sign-in under another key")
	}
	if err := o.secondFactor(ada.ID, o.code(secret, 0), "a"); err != nil {
		t.Errorf("want the code good under the right key, got %v", err)
	}
}

func TestRecoveryCodes_EachOnce(t *testing.T) {
	o := newEnv(t)
	ada := o.add("ada@example.org", auth.Administrator)
	_, codes := o.enrol(ada.ID)
	form := regexp.MustCompile(`^([A-Z2-7]{4}-){5}[A-Z2-7]{4}$`) // 24 characters of base32: 120 bits
	seen := map[string]bool{}
	for i, code := range codes {
		if !form.MatchString(code) || seen[code] {
			t.Errorf("want another code of six groups, got %s", code)
		}
		seen[code] = true
		typed := []string{code, strings.ToLower(code), strings.ReplaceAll(code, "-", ""), strings.ReplaceAll(code, "-", " ")}[i%4]
		if err := o.secondFactor(ada.ID, typed, "a"); err != nil {
			t.Errorf("want %q taken, got %v", typed, err)
		}
		if err := o.secondFactor(ada.ID, code, "a"); !wrongCode(err) {
			t.Errorf("want it refused the second time, got %v", err)
		}
		o.clock.Move(2 * time.Hour)
	}
	if len(codes) != 10 {
		t.Errorf("want ten codes, got %d", len(codes))
	}
}

func TestRecoveryCodes_EndWithTheNextOnes(t *testing.T) {
	o := newEnv(t)
	ada := o.add("ada@example.org", auth.Administrator)
	if _, err := o.RenewRecoveryCodes(t.Context(), system, ada.ID); problem.KindOf(err) != problem.Conflict {
		t.Errorf("want none without a second factor, got %v", err)
	}
	_, old := o.enrol(ada.ID)
	fresh, err := o.RenewRecoveryCodes(t.Context(), system, ada.ID)
	if err != nil || len(fresh) != 10 {
		t.Fatalf("want ten codes, got %d, %v", len(fresh), err)
	}
	if err := o.secondFactor(ada.ID, old[0], "a"); !wrongCode(err) {
		t.Errorf("want the old ones worth nothing, got %v", err)
	}
	if err := o.secondFactor(ada.ID, fresh[0], "a"); err != nil {
		t.Errorf("want the new ones good, got %v", err)
	}
	if err := o.RemoveSecondFactor(t.Context(), system, ada.ID, ""); err != nil {
		t.Fatal(err)
	}
	secret, _ := o.enrol(ada.ID)
	if err := o.secondFactor(ada.ID, fresh[1], "a"); !wrongCode(err) {
		t.Errorf("want codes of a removed second factor worth nothing after another, got %v", err)
	}
	if err := o.secondFactor(ada.ID, o.code(secret, 0), "a"); err != nil {
		t.Errorf("want the new factor's code good, got %v", err)
	}
}

func TestSecondFactor_RemovedOrAccountGone(t *testing.T) {
	o := newEnv(t)
	o.add("root@example.org", auth.Administrator)
	yes := true
	for what, end := range map[string]func(id int64) error{
		"removed":  func(id int64) error { return o.RemoveSecondFactor(t.Context(), system, id, "") },
		"disabled": func(id int64) error { o.change(id, auth.UserChange{Disabled: &yes}); return nil },
		"deleted":  func(id int64) error { return o.DeleteUser(t.Context(), system, id, "") },
	} {
		u := o.add(what+"@example.org", auth.Administrator)
		secret, recovery := o.enrol(u.ID)
		tokens := o.tokens(o.user(u.ID))
		if err := end(u.ID); err != nil {
			t.Fatal(err)
		}
		for _, code := range []string{o.code(secret, 0), recovery[0]} {
			if err := o.secondFactor(u.ID, code, "a"); !errors.Is(err, auth.ErrUnknownUser) {
				t.Errorf("%s: want no code taken, got %v", what, err)
			}
		}
		if o.opens(tokens.Access) {
			t.Errorf("%s: want the tokens ended", what)
		}
	}
	if err := o.signIn("removed@example.org", password, "a"); err != nil {
		t.Errorf("want the password alone to do again, got %v", err)
	}
	if err := o.RemoveSecondFactor(t.Context(), system, 1, ""); problem.KindOf(err) != problem.Conflict {
		t.Errorf("want nothing removed where nothing is, got %v", err)
	}
}

// TestSecondFactor_OutlivesAnotherPassword: a forgotten password is no way around it.
func TestSecondFactor_OutlivesAnotherPassword(t *testing.T) {
	o := newEnv(t)
	ada := o.add("ada@example.org", auth.Administrator)
	secret, _ := o.enrol(ada.ID)
	temporary, must := "another four unrelated words", true
	o.change(ada.ID, auth.UserChange{Password: &temporary, MustChangePassword: &must})
	if err := o.signIn("ada@example.org", temporary, "a"); !errors.Is(err, auth.ErrSecondFactorNeeded) {
		t.Errorf("want a code asked for, got %v", err)
	}
	if err := o.secondFactor(ada.ID, o.code(secret, 0), "a"); err != nil {
		t.Errorf("want the same authenticator's code good, got %v", err)
	}
}

// TestSecrets_AreNotInTheDatabase searches the files for everything that opens something.
func TestSecrets_AreNotInTheDatabase(t *testing.T) {
	databasetest.NeedsSQLite(t, "it looks into the files")
	o := newEnv(t)
	link, err := o.NewSetupLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ada := o.add("ada@example.org", auth.Administrator)
	enrolled, recovery := o.enrol(ada.ID)
	bob := o.add("bob@example.org", auth.Official)
	pending, err := o.BeginSecondFactor(t.Context(), system, bob.ID)
	if err != nil {
		t.Fatal(err)
	}
	tokens := o.tokens(o.user(ada.ID))
	if err := o.signIn("ada@example.org", wrong, "a"); err == nil {
		t.Fatal("want a refusal")
	}
	hidden := map[string]string{
		"password": password, "typed password": wrong, "setup link": link, "access token": tokens.Access, "refresh token": tokens.Refresh,
		"a token's signature": tokens.Refresh[strings.LastIndex(tokens.Refresh, ".")+1:],
		"server's key":        key, "token secret": secret,
	}
	for name, encoded := range map[string]string{"secret": enrolled, "pending secret": pending.Secret} {
		raw, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(encoded)
		if err != nil {
			t.Fatal(err)
		}
		hidden[name], hidden[name+", base32"] = string(raw), encoded
	}
	for _, code := range recovery {
		hidden["recovery code "+code], hidden["recovery code, plain "+code] = code, strings.ReplaceAll(code, "-", "")
	}
	files, err := filepath.Glob(filepath.Join(o.folder, "*"))
	if err != nil {
		t.Fatal(err)
	}
	var all []byte
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, content...)
	}
	if !bytes.Contains(all, []byte("ada@example.org")) || !bytes.Contains(all, []byte("second-factor-added")) {
		t.Fatal("want the account and the events in the files: else this searches nothing")
	}
	for name, value := range hidden {
		if bytes.Contains(all, []byte(value)) {
			t.Errorf("the database holds the %s", name)
		}
	}
}

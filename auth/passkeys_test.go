package auth_test

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"urna/auth"
	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/testing/authenticator"
	"urna/internal/testing/databasetest"
)

const origin = "https://vote.example.org"

// session is a browser session of most tests.
const session = "session"

// newPasskeyEnv is newEnv on a server with a public address, with browser sessions.
func newPasskeyEnv(t *testing.T) *env {
	t.Helper()
	o := newEnv(t, func(o *auth.Options) { o.PublicURL = origin })
	o.withSessions(t)
	return o
}

// withSessions opens the browser sessions, which keep challenges.
func (o *env) withSessions(t *testing.T) {
	t.Helper()
	db, err := databasetest.OpenFile(t.Context(), filepath.Join(o.folder, "sessions.db"), database.Sessions)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	o.sessions = auth.NewSessionStore(db, o.clock.Now, []byte(secret))
	o.UseSessions(o.sessions)
}

// begin returns the options for a new passkey of an account.
func (o *env) begin(id int64, name string) []byte {
	o.t.Helper()
	options, err := o.BeginPasskey(o.t.Context(), o.user(id), session, name)
	if err != nil {
		o.t.Fatal(err)
	}
	return options
}

// addPasskey adds a passkey to an account and returns the recovery codes.
func (o *env) addPasskey(id int64, a *authenticator.Authenticator) []string {
	o.t.Helper()
	codes, err := o.AddPasskey(o.t.Context(), o.user(id).Actor("a"), o.user(id), session, a.Create(o.t, o.begin(id, "blue key")))
	if err != nil {
		o.t.Fatal(err)
	}
	return codes
}

// asked returns the options for a sign-in with a passkey.
func (o *env) asked(id int64) []byte {
	o.t.Helper()
	options, err := o.AskToSignIn(o.t.Context(), o.user(id), session)
	if err != nil {
		o.t.Fatal(err)
	}
	return options
}

// answer completes a sign-in with the answer of a passkey.
func (o *env) answer(id int64, response []byte) error {
	_, err := o.SignInWithPasskey(o.t.Context(), id, auth.PasskeyAnswer{Session: session, Response: response}, "a")
	return err
}

func TestPasskey_AddedAndUsedToSignIn(t *testing.T) {
	o := newPasskeyEnv(t)
	ada := o.add("ada@example.org", auth.Administrator)
	a := authenticator.New(origin)
	before := o.user(ada.ID)
	if codes := o.addPasskey(ada.ID, a); len(codes) != 10 {
		t.Errorf("want ten recovery codes with the first factor, got %d", len(codes))
	}
	after := o.user(ada.ID)
	if !after.SecondFactor || after.Authenticator || after.Passkeys != 1 || after.SessionEpoch != before.SessionEpoch+1 {
		t.Errorf("want one passkey as the second factor, and other sessions ended, got %+v", after)
	}
	if err := o.signIn("ada@example.org", password, "a"); !errors.Is(err, auth.ErrSecondFactorNeeded) {
		t.Errorf("want a second factor asked for, got %v", err)
	}
	o.clock.Move(time.Minute)
	if err := o.answer(ada.ID, a.Get(t, o.asked(ada.ID))); err != nil {
		t.Fatal(err)
	}
	list, err := o.Passkeys(t.Context(), ada.ID)
	if err != nil || len(list) != 1 || list[0].Name != "blue key" || list[0].Domain != "vote.example.org" || !list[0].Usable || !list[0].LastUsedAt.Equal(o.clock.Now().Truncate(time.Millisecond)) {
		t.Errorf("want the passkey with its last use, got %+v, %v", list, err)
	}
	if a.Create(t, o.begin(ada.ID, "again")) != nil {
		t.Error("want the browser told which passkeys the account has")
	}
	if codes := o.addPasskey(ada.ID, authenticator.New(origin)); codes != nil {
		t.Error("want the recovery codes kept with the second passkey")
	}
	other := o.again()
	other.UseSessions(o.sessions)
	options := o.asked(ada.ID)
	if _, err := other.SignInWithPasskey(t.Context(), ada.ID, auth.PasskeyAnswer{Session: session, Response: a.Get(t, options)}, "a"); err != nil {
		t.Errorf("want a challenge to outlive a restart, got %v", err)
	}
}

// TestPasskey_WrongAnswers refuses each answer that is not that of the account's passkey to the last question.
func TestPasskey_WrongAnswers(t *testing.T) {
	o := newPasskeyEnv(t)
	ada, bob := o.add("ada@example.org", auth.Administrator), o.add("bob@example.org", auth.Administrator)
	a, b := authenticator.New(origin), authenticator.New(origin)
	o.addPasskey(ada.ID, a)
	o.addPasskey(bob.ID, b)
	wrongOrigin := a.Copy()
	wrongOrigin.Origin = "https://vote.example.org.evil.example"
	for what, c := range map[string]struct {
		answer func() []byte
		want   error
	}{
		"wrong origin":              {func() []byte { return wrongOrigin.Get(t, o.asked(ada.ID)) }, auth.ErrPasskey},
		"another account's passkey": {func() []byte { return b.GetUnasked(t, o.asked(ada.ID)) }, auth.ErrPasskey},
		"a challenge of before": {func() []byte {
			old := o.asked(ada.ID)
			o.asked(ada.ID)
			return a.Get(t, old)
		}, auth.ErrPasskey},
		"a challenge that came too late": {func() []byte {
			old := o.asked(ada.ID)
			o.clock.Move(5 * time.Minute)
			return a.Get(t, old)
		}, auth.ErrPasskeyChallenge},
		"a challenge for a confirmation": {func() []byte {
			options, err := o.AskToConfirm(t.Context(), o.user(ada.ID), session, "certify")
			if err != nil {
				t.Fatal(err)
			}
			return a.Get(t, options)
		}, auth.ErrPasskeyChallenge},
		"no answer":       {func() []byte { o.asked(ada.ID); return nil }, auth.ErrPasskey},
		"no JSON":         {func() []byte { o.asked(ada.ID); return []byte("{") }, auth.ErrPasskey},
		"a long answer":   {func() []byte { return append(a.Get(t, o.asked(ada.ID)), strings.Repeat(" ", 64<<10)...) }, auth.ErrPasskey},
		"a broken answer": {func() []byte { return slices.Concat(a.Get(t, o.asked(ada.ID))[:200], []byte("}}")) }, auth.ErrPasskey},
	} {
		if err := o.answer(ada.ID, c.answer()); !errors.Is(err, c.want) {
			t.Errorf("%s: want %v, got %v", what, c.want, err)
		}
		o.clock.Move(2 * time.Hour) // the failures before are forgotten
	}
	if err := o.answer(ada.ID, a.Get(t, o.asked(ada.ID))); err != nil {
		t.Errorf("want the right answer taken, got %v", err)
	}
}

func TestPasskey_NoAnswerWorksTwice(t *testing.T) {
	o := newPasskeyEnv(t)
	ada := o.add("ada@example.org", auth.Administrator)
	a := authenticator.New(origin)
	a.Counter, a.Stuck = 0, true // an authenticator that does not count: its counter refuses no replay
	o.addPasskey(ada.ID, a)
	response := a.Get(t, o.asked(ada.ID))
	errs := together(8, func(int) error { return o.answer(ada.ID, response) })
	if in := count(errs, succeeded); in != 1 {
		t.Errorf("want one of eight at once in, got %d: %v", in, errs)
	}
	o.clock.Move(2 * time.Hour)
	if err := o.answer(ada.ID, response); !errors.Is(err, auth.ErrPasskeyChallenge) {
		t.Errorf("want the answer refused later, got %v", err)
	}
	if err := o.answer(ada.ID, a.Get(t, o.asked(ada.ID))); err != nil {
		t.Errorf("want an authenticator that does not count taken, got %v", err)
	}
}

func TestPasskey_ACounterThatGoesBackIsRefusedAndRecorded(t *testing.T) {
	o := newPasskeyEnv(t)
	ada := o.add("ada@example.org", auth.Administrator)
	a := authenticator.New(origin)
	o.addPasskey(ada.ID, a)
	thief := a.Copy()
	if err := o.answer(ada.ID, a.Get(t, o.asked(ada.ID))); err != nil {
		t.Fatal(err)
	}
	if err := o.answer(ada.ID, thief.Get(t, o.asked(ada.ID))); !errors.Is(err, auth.ErrPasskeyCounter) {
		t.Errorf("want the copy with the same counter refused, got %v", err)
	}
	if got := o.actions(t, "passkey-counter-refused"); len(got) != 1 || !strings.Contains(got[0].Detail, "blue key") || got[0].Actor.ID != ada.ID {
		t.Errorf("want the refusal in the log with the passkey's name, got %+v", got)
	}
	if err := o.answer(ada.ID, a.Get(t, o.asked(ada.ID))); err != nil {
		t.Errorf("want the original with a higher counter taken, got %v", err)
	}
}

// actions returns the events of an action.
func (o *env) actions(t *testing.T, action string) []audit.Event {
	t.Helper()
	events, err := audit.NewReader(o.db.Pool()).Events(t.Context(), audit.Filter{Action: action})
	if err != nil {
		t.Fatal(err)
	}
	return events
}

func TestPasskey_GuessesAreCountedAsCodesAre(t *testing.T) {
	o := newPasskeyEnv(t)
	ada := o.add("ada@example.org", auth.Administrator)
	a := authenticator.New(origin)
	o.addPasskey(ada.ID, a)
	var err error
	for range 20 {
		if err = o.answer(ada.ID, []byte("{}")); errors.Is(err, auth.ErrTooManySignIns) {
			break
		}
	}
	if !errors.Is(err, auth.ErrTooManySignIns) {
		t.Errorf("want a wait after many wrong answers, got %v", err)
	}
	if err := o.answer(ada.ID, a.Get(t, o.asked(ada.ID))); !errors.Is(err, auth.ErrTooManySignIns) {
		t.Errorf("want the wait to hold for the right answer, too, got %v", err)
	}
	if got := o.actions(t, "sign-in-refused"); len(got) < 5 {
		t.Errorf("want the refusals in the log, got %d", len(got))
	}
}

func TestPasskey_RemovedOrAccountGone(t *testing.T) {
	o := newPasskeyEnv(t)
	o.add("root@example.org", auth.Administrator)
	yes := true
	for what, end := range map[string]func(u auth.User, passkey int64) error{
		"removed by its owner": func(u auth.User, passkey int64) error {
			return o.RemovePasskey(t.Context(), u.Actor("a"), u, passkey)
		},
		"removed with all factors": func(u auth.User, _ int64) error { return o.RemoveSecondFactor(t.Context(), system, u.ID, "") },
		"disabled":                 func(u auth.User, _ int64) error { o.change(u.ID, auth.UserChange{Disabled: &yes}); return nil },
		"deleted":                  func(u auth.User, _ int64) error { return o.DeleteUser(t.Context(), system, u.ID, "") },
	} {
		u := o.add(strings.ReplaceAll(what, " ", ".")+"@example.org", auth.Administrator)
		a := authenticator.New(origin)
		codes := o.addPasskey(u.ID, a)
		list, err := o.Passkeys(t.Context(), u.ID)
		if err != nil {
			t.Fatal(err)
		}
		tokens := o.tokens(u)
		response := a.Get(t, o.asked(u.ID))
		if err := end(o.user(u.ID), list[0].ID); err != nil {
			t.Fatal(err)
		}
		if err := o.answer(u.ID, response); !errors.Is(err, auth.ErrPasskey) && !errors.Is(err, auth.ErrUnknownUser) {
			t.Errorf("%s: want the answer refused, got %v", what, err)
		}
		if err := o.secondFactor(u.ID, codes[0], "a"); !errors.Is(err, auth.ErrUnknownUser) {
			t.Errorf("%s: want the recovery codes worth nothing, got %v", what, err)
		}
		if o.opens(tokens.Access) {
			t.Errorf("%s: want the tokens ended", what)
		}
	}
	if got := o.actions(t, "passkey-removed"); len(got) != 1 {
		t.Errorf("want one removal by an owner in the log, got %d", len(got))
	}
}

// TestPasskey_OnlyForOnesOwnAccount tries to give another person's account a passkey.
func TestPasskey_OnlyForOnesOwnAccount(t *testing.T) {
	o := newPasskeyEnv(t)
	ada, bob := o.add("ada@example.org", auth.Administrator), o.add("bob@example.org", auth.Administrator)
	mine := authenticator.New(origin)
	made := mine.Create(t, o.begin(ada.ID, "blue key"))
	if _, err := o.AddPasskey(t.Context(), ada.Actor("a"), bob, session, made); !errors.Is(err, auth.ErrForbidden) {
		t.Errorf("want another person's account refused, got %v", err)
	}
	if _, err := o.AddPasskey(t.Context(), bob.Actor("a"), bob, session, made); !errors.Is(err, auth.ErrPasskeyChallenge) {
		t.Errorf("want a passkey refused that was begun for another account, got %v", err)
	}
	made = mine.Create(t, o.begin(ada.ID, "blue key"))
	if _, err := o.AddPasskey(t.Context(), ada.Actor("a"), ada, "another session", made); !errors.Is(err, auth.ErrPasskeyChallenge) {
		t.Errorf("want a passkey refused that was begun in another browser, got %v", err)
	}
	if _, err := o.AddPasskey(t.Context(), ada.Actor("a"), o.user(ada.ID), session, made); err != nil {
		t.Fatal(err)
	}
	list, err := o.Passkeys(t.Context(), ada.ID)
	if err != nil {
		t.Fatal(err)
	}
	if err := o.RemovePasskey(t.Context(), bob.Actor("a"), o.user(ada.ID), list[0].ID); !errors.Is(err, auth.ErrForbidden) {
		t.Errorf("want another's passkey kept, got %v", err)
	}
	if err := o.RemovePasskey(t.Context(), bob.Actor("a"), bob, list[0].ID); !errors.Is(err, auth.ErrUnknownPasskey) {
		t.Errorf("want another's passkey kept, got %v", err)
	}
	wrongOrigin := authenticator.New("https://evil.example")
	if _, err := o.AddPasskey(t.Context(), bob.Actor("a"), bob, session, wrongOrigin.Create(t, o.begin(bob.ID, "phone"))); !errors.Is(err, auth.ErrPasskey) {
		t.Errorf("want a passkey refused that was made at another origin, got %v", err)
	}
	if got := o.user(bob.ID); got.SecondFactor {
		t.Errorf("want bob without a second factor, got %+v", got)
	}
}

func TestReauthenticate_APasskeyAnswersForOnePurpose(t *testing.T) {
	o := newPasskeyEnv(t)
	ada := o.add("ada@example.org", auth.Administrator)
	a := authenticator.New(origin)
	o.addPasskey(ada.ID, a)
	ask := func(purpose string) []byte {
		options, err := o.AskToConfirm(t.Context(), o.user(ada.ID), session, purpose)
		if err != nil {
			t.Fatal(err)
		}
		return a.Get(t, options)
	}
	prove := func(password, session, purpose string, response []byte) error {
		proof := auth.Proof{Password: password, Passkey: auth.PasskeyAnswer{Session: session, Purpose: purpose, Response: response}}
		return o.Reauthenticate(t.Context(), o.user(ada.ID), proof, "a")
	}
	if err := prove(password, session, "certify 1", nil); !errors.Is(err, auth.ErrCodeNeeded) {
		t.Errorf("want a second factor asked for, got %v", err)
	}
	if err := prove(password, session, "certify 2", ask("certify 1")); !errors.Is(err, auth.ErrPasskeyChallenge) {
		t.Errorf("want an answer for another purpose refused, got %v", err)
	}
	if err := prove(password, "another session", "certify 1", ask("certify 1")); !errors.Is(err, auth.ErrPasskeyChallenge) {
		t.Errorf("want an answer of another browser refused, got %v", err)
	}
	if err := prove(password, session, "certify 1", a.Get(t, o.asked(ada.ID))); err == nil {
		t.Error("want an answer for a sign-in refused")
	}
	response := ask("certify 1")
	if err := prove(wrong, session, "certify 1", response); !errors.Is(err, auth.ErrPasswordNeeded) {
		t.Errorf("want the password asked for first, got %v", err)
	}
	if err := prove(password, session, "certify 1", response); err != nil {
		t.Errorf("want the passkey in the place of a code, got %v", err)
	}
	if err := prove(password, session, "certify 1", response); !errors.Is(err, auth.ErrPasskeyChallenge) {
		t.Errorf("want it taken once, got %v", err)
	}
}

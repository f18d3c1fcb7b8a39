package auth_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"urna/auth"
	"urna/internal/audit"
	"urna/internal/problem"
)

// newcomer is a person who registers from an address of their own.
func newcomer(n int) (audit.Actor, auth.NewUser) {
	return audit.Actor{Name: "registration", From: fmt.Sprintf("192.0.%d.%d", n/250, n%250)}, auth.NewUser{
		Email: fmt.Sprintf("new%d@example.org", n), Forename: "New", Surname: "Comer", Role: auth.Official, Password: password,
	}
}

// TestRegister_WaitsForAnAdministrator follows a registered account to its acceptance.
func TestRegister_WaitsForAnAdministrator(t *testing.T) {
	s, _ := service(t)
	actor, in := newcomer(1)
	in.Role = auth.Administrator // which registration never makes
	u, err := s.Register(t.Context(), actor, in)
	if err != nil || !u.Waiting || u.Role != auth.Official {
		t.Fatalf("want a waiting official, got %+v, %v", u, err)
	}
	for _, c := range []struct {
		password string
		want     error
	}{{wrong, auth.ErrCredentials}, {password, auth.ErrAccountWaits}} {
		if _, err := s.SignIn(t.Context(), in.Email, c.password, "test"); !errors.Is(err, c.want) {
			t.Errorf("want %v, got %v", c.want, err)
		}
		if _, err := s.SignInForTokens(t.Context(), in.Email, c.password, "", "test"); !errors.Is(err, c.want) {
			t.Errorf("want %v, got %v", c.want, err)
		}
	}
	if _, err := s.IssueTokens(t.Context(), u); !errors.Is(err, auth.ErrCredentials) {
		t.Errorf("want no tokens, got %v", err)
	}
	forename, administrator, disabled, secret := "Other", auth.Administrator, true, "another long password"
	for name, change := range map[string]auth.UserChange{
		"name": {Forename: &forename}, "role": {Role: &administrator}, "disabled": {Disabled: &disabled}, "password": {Password: &secret}, "places": {Places: &[]auth.Place{}},
	} {
		if _, err := s.ChangeUser(t.Context(), system, u.ID, change); !errors.Is(err, auth.ErrAccountWaiting) {
			t.Errorf("%s: want no change of an account that waits, got %v", name, err)
		}
	}
	if _, err := s.ChangePlaces(t.Context(), system, u.ID, nil, nil); !errors.Is(err, auth.ErrAccountWaiting) {
		t.Errorf("want no places before the acceptance, got %v", err)
	}
	if u, err = s.ChangeUser(t.Context(), system, u.ID, auth.UserChange{Accept: true, Places: &[]auth.Place{}, Bound: true}); err != nil || u.Waiting || !u.Bound {
		t.Fatalf("want it accepted without a place yet, got %+v, %v", u, err)
	}
	if _, err := s.SignIn(t.Context(), in.Email, password, "test"); err != nil {
		t.Errorf("want a sign-in, got %v", err)
	}
	for name, err := range map[string]error{
		"accepted again": func() error {
			_, err := s.ChangeUser(t.Context(), system, u.ID, auth.UserChange{Accept: true})
			return err
		}(),
		"refused now": s.Refuse(t.Context(), system, u.ID),
	} {
		if !errors.Is(err, auth.ErrNotWaiting) {
			t.Errorf("%s: want %v, got %v", name, auth.ErrNotWaiting, err)
		}
	}
}

// TestRegister_ARefusedAccountIsGone refuses an account, whose e-mail is free again.
func TestRegister_ARefusedAccountIsGone(t *testing.T) {
	o := newEnv(t)
	s := o.Service
	actor, in := newcomer(1)
	u, err := s.Register(t.Context(), actor, in)
	if err == nil {
		err = s.Refuse(t.Context(), system, u.ID)
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.SignIn(t.Context(), in.Email, password, "test"); !errors.Is(err, auth.ErrCredentials) {
		t.Errorf("want it unknown, got %v", err)
	}
	if _, err := s.Register(t.Context(), actor, in); err != nil {
		t.Errorf("want the e-mail free again, got %v", err)
	}
	for _, action := range []string{"user-added", "user-refused"} {
		events, err := audit.NewReader(o.db.Pool()).Events(t.Context(), audit.Filter{Action: action})
		if err != nil || len(events) == 0 {
			t.Errorf("want the event %s, got %v, %v", action, events, err)
		}
	}
}

// TestRegister_AFloodFillsNothing registers from as many addresses as it likes: a bounded number of accounts waits.
func TestRegister_AFloodFillsNothing(t *testing.T) {
	s, _ := service(t)
	var refused error
	registered := 0
	for n := range 1100 {
		actor, in := newcomer(n)
		if _, refused = s.Register(t.Context(), actor, in); refused != nil {
			break
		}
		registered++
	}
	if registered != 1000 || !errors.Is(refused, auth.ErrTooManyWaiting) {
		t.Fatalf("want 1000 accounts and then a refusal, got %d, %v", registered, refused)
	}
	if err := s.Refuse(t.Context(), system, 1); err != nil {
		t.Fatal(err)
	}
	actor, in := newcomer(2000)
	if _, err := s.Register(t.Context(), actor, in); err != nil {
		t.Errorf("want room for one more, got %v", err)
	}
}

// TestRegister_OneAddressHasToWait registers from one address; refused registrations count, too, since they say which
// e-mails have accounts.
func TestRegister_OneAddressHasToWait(t *testing.T) {
	s, clock := service(t)
	actor, in := newcomer(1)
	tries := 0
	var err error
	for ; tries < 50; tries++ {
		if _, err = s.Register(t.Context(), actor, in); problem.KindOf(err) == problem.TooMany {
			break
		}
		if tries > 0 && !errors.Is(err, auth.ErrEmailTaken) {
			t.Fatalf("want the e-mail taken, got %v", err)
		}
	}
	if tries != 21 {
		t.Errorf("want a wait after 21 registrations, got %d, %v", tries, err)
	}
	other, fresh := newcomer(2)
	if _, err := s.Register(t.Context(), other, fresh); err != nil {
		t.Errorf("want other addresses free, got %v", err)
	}
	clock.Move(2 * time.Second)
	if _, err := s.Register(t.Context(), actor, in); !errors.Is(err, auth.ErrEmailTaken) {
		t.Errorf("want another try after the wait, got %v", err)
	}
}

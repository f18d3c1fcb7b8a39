package cli

import (
	"testing"
	"time"

	"urna/auth"
	"urna/elections"
	"urna/elections/participants"
	"urna/internal/app"
	"urna/internal/audit"
	"urna/internal/testing/apptest"
)

// TestFolder_CertifiersAreThoseOfTheOpening changes accounts before and after an election opens, as pages, the API and
// commands do, and looks at how many must certify it.
func TestFolder_CertifiersAreThoseOfTheOpening(t *testing.T) {
	ctx, path := t.Context(), t.TempDir()
	apptest.Unpack(t, path)
	f, err := openFolder(ctx, path, app.Options{Create: true, Parts: app.Accounts})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	account := func(email string, role auth.Role) int64 {
		t.Helper()
		u, err := f.Auth.AddUser(ctx, audit.System(), auth.NewUser{
			Email: email, Forename: "A", Surname: "B", Role: role, Password: "Unlikely words 7 in a row",
		})
		if err != nil {
			t.Fatal(err)
		}
		return u.ID
	}
	account("one@example.org", auth.Administrator)
	p, err := f.Participants.Create(ctx, audit.System(), participants.Draft{Name: "List", Kind: participants.Party})
	if err != nil {
		t.Fatal(err)
	}
	election := func(opensIn time.Duration) int64 {
		t.Helper()
		now := time.Now()
		e, err := f.Elections.Create(ctx, audit.System(), elections.Draft{
			Title: "Council", Kind: elections.Parliamentary, StartsAt: now.Add(opensIn), EndsAt: now.Add(time.Hour),
			Constituencies: []elections.ConstituencyDraft{{Candidacies: []elections.CandidacyDraft{{ParticipantID: p.ID}}}},
		})
		if err != nil {
			t.Fatal(err)
		}
		return e.ID
	}
	wants := func(what string, id int64, certifiers int, open bool) {
		t.Helper()
		e, err := f.Elections.Election(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		if e.Confirmations != certifiers || e.CertifiersOpen != open {
			t.Errorf("%s: want %d, open: %v; got %d, %v", what, certifiers, open, e.Confirmations, e.CertifiersOpen)
		}
	}
	const soon = time.Second
	alone, later := election(soon), election(30*time.Minute)
	wants("before", alone, 1, true)
	time.Sleep(soon)
	second := account("two@example.org", auth.Administrator)
	wants("a second account after the opening", alone, 1, false)
	wants("and before the other's", later, 2, true)
	both, changed := election(soon), election(soon)
	time.Sleep(soon)
	disabled, official := true, auth.Official
	if _, err := f.Auth.ChangeUser(ctx, audit.System(), second, auth.UserChange{Disabled: &disabled}); err != nil {
		t.Fatal(err)
	}
	wants("one disabled after the opening", both, 2, false)
	wants("and before the other's", later, 1, true)
	third := account("three@example.org", auth.Administrator)
	if _, err := f.Auth.ChangeUser(ctx, audit.System(), third, auth.UserChange{Role: &official}); err != nil {
		t.Fatal(err)
	}
	if err := f.Auth.DeleteUser(ctx, audit.System(), second, ""); err != nil {
		t.Fatal(err)
	}
	wants("one deleted", changed, 2, false)
	wants("for good", alone, 1, false)
	wants("and the other still waits", later, 1, true)
}

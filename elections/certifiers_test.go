package elections_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"urna/elections"
	"urna/elections/participants"
	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/testing/databasetest"
)

// certifiersEnv is an env with a number of administrators. Like accounts, it calls DecideCertifiers before that number
// changes.
type certifiersEnv struct {
	*env

	db             *database.DB
	administrators int
}

func newCertifiersEnv(t *testing.T, administrators int) *certifiersEnv {
	t.Helper()
	db, err := databasetest.OpenFile(t.Context(), filepath.Join(t.TempDir(), "urna.db"), database.Main)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	c := &certifiersEnv{env: &env{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}, db: db, administrators: administrators}
	now := func() time.Time { return c.now }
	log := &audit.Log{Now: now}
	registered := participants.New(db, log, participants.Options{Now: now, Standing: elections.Standing})
	c.Service = elections.New(db, log, registered, elections.Options{
		Now: now, TimeZone: "UTC", Administrators: func(*database.Tx) (int, error) { return c.administrators, nil },
	})
	for _, name := range []string{"P1", "P2", "P3"} {
		if _, err := registered.Create(t.Context(), ada, participants.Draft{Name: name, Kind: participants.Party}); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// appoint changes the number of administrators.
func (c *certifiersEnv) appoint(t *testing.T, n int) {
	t.Helper()
	err := c.db.Write(t.Context(), func(tx *database.Tx) error { return c.DecideCertifiers(t.Context(), tx) })
	if err != nil {
		t.Fatal(err)
	}
	c.administrators = n
}

// wants checks how many certify, and whether that is still open.
func (c *certifiersEnv) wants(t *testing.T, id int64, certifiers int, open bool) *elections.Election {
	t.Helper()
	e, err := c.Election(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if e.Confirmations != certifiers || e.CertifiersOpen != open {
		t.Errorf("want %d certifiers, open: %v; got %d, %v", certifiers, open, e.Confirmations, e.CertifiersOpen)
	}
	return e
}

// decided returns the events about an election's certifiers.
func (c *certifiersEnv) decided(t *testing.T) string {
	t.Helper()
	events, err := audit.NewReader(c.db.Pool()).Events(t.Context(), audit.Filter{Action: "certifiers-decided"})
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range events {
		all = append(all, e.Subject+" "+e.Detail)
	}
	return strings.Join(all, "; ")
}

func TestCertifiers_AreDecidedAtTheOpening(t *testing.T) {
	c := newCertifiersEnv(t, 1)
	id := c.create(t, c.draft()).ID
	chosen := c.draft()
	chosen.Confirmations = 1
	one := c.create(t, chosen).ID
	c.wants(t, id, 1, true)
	c.appoint(t, 3) // the second and third administrator come before the opening
	e := c.wants(t, id, 2, true)
	c.wants(t, one, 1, false)

	// A change that does not speak of it leaves it open; a definition that is exported does too.
	d := e.Draft()
	d.Title = "Renamed"
	if _, err := c.Change(t.Context(), ada, id, d); err != nil {
		t.Fatal(err)
	}
	e = c.wants(t, id, 2, true)
	if got := e.Definition(nil).Confirmations; got != 0 {
		t.Errorf("want the definition to leave it open, got %d", got)
	}
	c.now = e.StartsAt
	c.wants(t, id, 2, false)
	if got := c.decided(t); got != "" {
		t.Errorf("want nothing on record before it is needed, got %s", got)
	}
	c.appoint(t, 1) // after the opening: nothing changes any more
	c.wants(t, id, 2, false)
	c.wants(t, one, 1, false)
	if want, got := `election 1 {"administrators":3,"required":2}`, c.decided(t); want != got {
		t.Errorf("want on record %s, got %s", want, got)
	}
	c.appoint(t, 2)
	c.wants(t, id, 2, false)
	if got := c.decided(t); strings.Count(got, "election") != 1 {
		t.Errorf("want it on record once, got %s", got)
	}
	// The end moves on, and nothing else.
	d = c.wants(t, id, 2, false).Draft()
	d.EndsAt = d.EndsAt.Add(time.Hour)
	if _, err := c.Change(t.Context(), ada, id, d); err != nil {
		t.Errorf("want the end moved, got %v", err)
	}
	c.wants(t, id, 2, false)
}

func TestCertifiers_OneAtTheOpeningStaysOne(t *testing.T) {
	c := newCertifiersEnv(t, 1)
	e := c.create(t, c.draft())
	c.now = e.StartsAt.Add(time.Second)
	c.appoint(t, 2)
	c.wants(t, e.ID, 1, false)
	c.now = e.EndsAt.Add(time.Hour)
	c.appoint(t, 5)
	c.wants(t, e.ID, 1, false)

	// One that opens at once is decided at once, whatever comes after.
	d := c.draft()
	d.StartsAt, d.EndsAt, d.OpenNow = c.now.Add(-time.Hour), c.now.Add(time.Hour), true
	at := c.create(t, d)
	if at.Confirmations != 2 || at.CertifiersOpen || !strings.Contains(c.decided(t), "election 2 ") {
		t.Errorf("want two, on record, got %+v, %s", at, c.decided(t))
	}
	// A choice can be withdrawn before the opening, and made.
	d = c.draft()
	d.Confirmations = 1
	id := c.create(t, d).ID
	for _, step := range []struct {
		confirmations, want int
		open                bool
	}{{0, 2, true}, {2, 2, false}, {0, 2, true}, {1, 1, false}} {
		d.Confirmations = step.confirmations
		if _, err := c.Change(t.Context(), ada, id, d); err != nil {
			t.Fatal(err)
		}
		c.wants(t, id, step.want, step.open)
	}
}

package elections_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"urna/elections"
	"urna/internal/problem"
)

// TestBatchesUntil_Checked: like other times, and not before the end.
func TestBatchesUntil_Checked(t *testing.T) {
	o := newEnv(t)
	for name, c := range map[string]struct {
		change func(*elections.Draft, *time.Time)
		wrong  bool
	}{
		"the end itself":          {func(d *elections.Draft, u *time.Time) { *u = d.EndsAt }, false},
		"a millisecond before":    {func(d *elections.Draft, u *time.Time) { *u = d.EndsAt.Add(-time.Millisecond) }, true},
		"a year out of range":     {func(_ *elections.Draft, u *time.Time) { *u = u.AddDate(400, 0, 0) }, true},
		"an election online only": {func(d *elections.Draft, _ *time.Time) { d.Channels = []elections.Channel{elections.Online} }, true},
	} {
		t.Run(name, func(t *testing.T) {
			d := o.draft()
			until := d.EndsAt.Add(time.Hour)
			d.BatchesUntil = &until
			c.change(&d, &until)
			e, err := o.Create(t.Context(), ada, d)
			f, _ := errors.AsType[*problem.Error](err)
			switch {
			case !c.wrong && (err != nil || !e.BatchesUntil.Equal(until)):
				t.Errorf("want %s stored, got %+v, %v", until, e, err)
			case c.wrong && (f == nil || len(f.Fields) != 1 || f.Fields[0].Name != "batches_until"):
				t.Errorf("want the time refused, got %v", err)
			}
		})
	}
}

// TestBatchesUntil_MovesLaterOnly: while the election is open, and no more after the end.
func TestBatchesUntil_MovesLaterOnly(t *testing.T) {
	o := newEnv(t)
	d := o.draft()
	until := d.EndsAt.Add(24 * time.Hour)
	d.BatchesUntil = &until
	e, err := o.Create(t.Context(), ada, d)
	if err != nil {
		t.Fatal(err)
	}
	change := func(by time.Duration, end time.Duration) error {
		t.Helper()
		d := e.Draft()
		later := d.BatchesUntil.Add(by).In(time.FixedZone("elsewhere", 3600))
		d.BatchesUntil, d.EndsAt = &later, d.EndsAt.Add(end)
		changed, err := o.Change(t.Context(), ada, e.ID, d)
		if err == nil {
			e = changed
		}
		return err
	}
	if err := change(-time.Hour, 0); err != nil {
		t.Errorf("want it changed while the election is scheduled, got %v", err)
	}
	o.now = e.StartsAt.Add(time.Minute)
	for name, c := range map[string]struct{ until, end time.Duration }{
		"earlier": {-time.Hour, 0}, "nothing": {0, 0}, "earlier with a later end": {-time.Hour, time.Hour}, "later with an earlier end": {time.Hour, -time.Hour},
	} {
		if err := change(c.until, c.end); !errors.Is(err, elections.ErrNotScheduled) {
			t.Errorf("%s: want it refused, got %v", name, err)
		}
	}
	for name, c := range map[string]struct{ until, end time.Duration }{"later": {time.Hour, 0}, "both": {time.Hour, time.Hour}, "the end": {0, time.Hour}} {
		if err := change(c.until, c.end); err != nil {
			t.Errorf("%s: want it moved, got %v", name, err)
		}
	}
	o.now = e.EndsAt.Add(time.Minute)
	if err := change(time.Hour, 0); !errors.Is(err, elections.ErrNotScheduled) {
		t.Errorf("want it fixed after the end, got %v", err)
	}
	none := e.Draft()
	none.BatchesUntil = nil
	if _, err := o.Change(t.Context(), ada, e.ID, none); !errors.Is(err, elections.ErrNotScheduled) {
		t.Errorf("want it not removed after the end, got %v", err)
	}
}

// TestBatchesUntil_VersionsAreThoseOfTheInstant: in whatever zone it is written.
func TestBatchesUntil_VersionsAreThoseOfTheInstant(t *testing.T) {
	o := newEnv(t)
	d := o.draft()
	e, err := o.Create(t.Context(), ada, d)
	if err != nil {
		t.Fatal(err)
	}
	without := e.Version()
	until := e.EndsAt.Add(time.Hour)
	e.BatchesUntil = &until
	with := e.Version()
	elsewhere := until.In(time.FixedZone("elsewhere", 3600))
	e.BatchesUntil = &elsewhere
	if with == without || e.Version() != with {
		t.Errorf("want one version for one instant, and another without it, got %s, %s, %s", without, with, e.Version())
	}
	if e.BatchesUntil = nil; strings.Contains(o.exported(t, e), "batches_until") {
		t.Error("want no time in the file of an election without one")
	}
}

package elections_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"urna/elections"
	"urna/internal/problem"
)

// inWords writes hours by the clock of a zone.
func inWords(hours []time.Time, zone *time.Location) string {
	words := make([]string, 0, len(hours))
	for _, hour := range hours {
		words = append(words, hour.In(zone).Format("2 15:04"))
	}
	return strings.Join(words, ", ")
}

func TestTurnoutHours_OnEachDayAndThroughAChangeOfClocks(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Belgrade")
	if err != nil {
		t.Fatal(err)
	}
	e := &elections.Election{
		TimeZone: "Europe/Belgrade", StartsAt: time.Date(2027, 3, 27, 7, 0, 0, 0, zone), EndsAt: time.Date(2027, 3, 28, 20, 0, 0, 0, zone),
		TurnoutReportsAt: []string{"07:00", "11:00", "20:00", "2027-03-28T13:30:00Z"},
	}
	want := "27 11:00, 27 20:00, 28 07:00, 28 11:00, 28 15:30, 28 20:00"
	if got := inWords(e.TurnoutHours(), zone); got != want {
		t.Errorf("want %s, got %s", want, got)
	}
	for _, hour := range e.TurnoutHours() {
		if hour.In(zone).Format("2 15:04") == "28 11:00" && hour.UTC().Hour() != 9 {
			t.Errorf("want summer time on the second day, got %s", hour.UTC())
		}
	}
}

func TestTurnoutHours_AreWithinTheVoting(t *testing.T) {
	o := newEnv(t)
	for entry, want := range map[string]string{
		"11:00": "", "9:00": "", " 17:00 ": "", "noon": "is not an hour", "25:00": "is not an hour", "": "is not an hour",
		"2001-01-01T00:00:00Z": "is outside the voting", "2099-01-01T00:00:00Z": "is outside the voting",
	} {
		d := o.draft()
		d.TimeZone, d.StartsAt, d.EndsAt = "UTC", d.StartsAt.Truncate(24*time.Hour).Add(30*24*time.Hour), d.StartsAt.Truncate(24*time.Hour).Add(31*24*time.Hour)
		d.TurnoutReportsAt = []string{entry}
		_, err := o.Create(t.Context(), ada, d)
		got := ""
		if refused, ok := errors.AsType[*problem.Error](err); ok && len(refused.Fields) > 0 {
			got = refused.Fields[0].Name + ": " + refused.Fields[0].Message.String()
		}
		if want == "" && err != nil || want != "" && (!strings.HasPrefix(got, "turnout_reports_at: ") || !strings.Contains(got, want)) {
			t.Errorf("%q: want %q, got %q, %v", entry, want, got, err)
		}
	}
}

func TestTurnoutHours_ComeBackFromADefinition(t *testing.T) {
	o := newEnv(t)
	d := o.draft()
	d.TimeZone, d.StartsAt = "UTC", d.StartsAt.Truncate(24*time.Hour).Add(30*24*time.Hour)
	d.EndsAt, d.TurnoutReportsAt = d.StartsAt.Add(24*time.Hour), []string{"17:00", "9:00", "17:00"}
	e, err := o.Create(t.Context(), ada, d)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"09:00", "17:00"}
	if diff := cmp.Diff(want, e.Definition(nil).TurnoutAt); diff != "" {
		t.Errorf("the definition's hours (-want +got):\n%s", diff)
	}
	again, err := o.Import(t.Context(), ada, e.Definition(nil))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, again.TurnoutReportsAt); diff != "" {
		t.Errorf("hours after the import (-want +got):\n%s", diff)
	}
}

// TestTurnoutHours_AreOnlyAddedWhileVotingGoesOn opens an election, adds an hour that has not come, and tries to remove one.
func TestTurnoutHours_AreOnlyAddedWhileVotingGoesOn(t *testing.T) {
	o := newEnv(t)
	now := o.Now().Truncate(time.Second)
	at := func(d time.Duration) string { return now.Add(d).UTC().Format(time.RFC3339) }
	d := o.draft()
	d.StartsAt, d.EndsAt, d.OpenNow, d.Confirmations = now.Add(-2*time.Hour), now.Add(2*time.Hour), true, 1
	d.TurnoutReportsAt = []string{at(-time.Hour), at(time.Hour)}
	e, err := o.Create(t.Context(), ada, d)
	if err != nil {
		t.Fatal(err)
	}
	change := func(hours ...string) error {
		d := e.Draft()
		d.TurnoutReportsAt = hours
		_, err := o.Change(t.Context(), ada, e.ID, d)
		return err
	}
	if err := change(at(-time.Hour)); !errors.Is(err, elections.ErrNotScheduled) {
		t.Errorf("want no hour removed, got %v", err)
	}
	if err := change(at(-time.Hour), at(-time.Minute), at(time.Hour)); !errors.Is(err, elections.ErrNotScheduled) {
		t.Errorf("want no hour added that is over, got %v", err)
	}
	if err := change(at(-time.Hour), at(time.Hour), at(90*time.Minute)); err != nil {
		t.Errorf("want an hour added, got %v", err)
	}
}

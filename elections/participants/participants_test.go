package participants_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"urna/elections"
	"urna/elections/participants"
	"urna/internal/app"
	"urna/internal/audit"
	"urna/internal/problem"
	"urna/internal/testing/apptest"
)

var ada = audit.Actor{ID: 1, Name: "Ada", From: "test"}

// newEnv returns a data folder with two parties, P1 and P2 (ids 1 and 2).
func newEnv(t *testing.T) *apptest.Env {
	t.Helper()
	e := apptest.New(t, func(o *app.Options) { o.Parts = 0 })
	for _, name := range []string{"P1", "P2"} {
		if _, err := e.Participants.Create(t.Context(), ada, participants.Draft{Name: name, Kind: participants.Party}); err != nil {
			t.Fatal(err)
		}
	}
	return e
}

// scheduleElection makes an election that starts in an hour, takes votes online, and has P1 as its only candidate.
func scheduleElection(t *testing.T, e *apptest.Env) {
	t.Helper()
	now := e.Clock.Now()
	_, err := e.Elections.Create(t.Context(), ada, elections.Draft{
		Title: "Council", Kind: elections.Parliamentary, StartsAt: now.Add(time.Hour), EndsAt: now.Add(2 * time.Hour),
		Channels:       []elections.Channel{elections.Online},
		Constituencies: []elections.ConstituencyDraft{{Candidacies: []elections.CandidacyDraft{{ParticipantID: 1}}}},
	})
	if err != nil {
		t.Fatal(err)
	}
}

// fieldsOf returns the messages of a refusal by field.
func fieldsOf(err error) map[string]string {
	all := map[string]string{}
	if refused, ok := errors.AsType[*problem.Error](err); ok {
		for _, field := range refused.Fields {
			all[field.Name] = field.Message.String()
		}
	}
	return all
}

func TestChange_NotOnceItsElectionHasOpened(t *testing.T) {
	e := newEnv(t)
	scheduleElection(t, e)
	change := func(name, color string, kind participants.Kind) error {
		_, err := e.Participants.Change(t.Context(), ada, 1, participants.Draft{Name: name, Color: color, Kind: kind})
		return err
	}
	if err := change("P1 renamed", "", participants.Party); err != nil {
		t.Errorf("want a rename before the opening, got %v", err)
	}
	if err := change("P1 renamed", "", participants.Individual); !errors.Is(err, participants.ErrInOpenElection) {
		t.Errorf("want the kind fixed while it is used, got %v", err)
	}
	e.Clock.Move(90 * time.Minute)
	if err := change("P1 again", "", participants.Party); !errors.Is(err, participants.ErrInOpenElection) {
		t.Errorf("want a rename refused after the opening, got %v", err)
	}
	if err := change("P1 renamed", "#1A7F37", participants.Party); err != nil {
		t.Errorf("want a colour changed at any time, got %v", err)
	}
	_, err := e.Participants.Change(t.Context(), ada, 99, participants.Draft{Name: "X", Kind: participants.Party})
	if !errors.Is(err, participants.ErrUnknown) {
		t.Errorf("want unknown, got %v", err)
	}
}

func TestChange_NoNameOfDigitsInAnOnlineElection(t *testing.T) {
	e := newEnv(t)
	scheduleElection(t, e)
	_, err := e.Participants.Change(t.Context(), ada, 1, participants.Draft{Name: "2", Kind: participants.Party})
	if got := fieldsOf(err)["name"]; !strings.Contains(got, "Council") {
		t.Errorf("want no such name for a participant of an online election, got %v", err)
	}
	if _, err := e.Participants.Change(t.Context(), ada, 2, participants.Draft{Name: "2", Kind: participants.Party}); err != nil {
		t.Errorf("want it for one without a candidacy, got %v", err)
	}
}

func TestCreate_TextsAreOneLineThatShows(t *testing.T) {
	e := newEnv(t)
	for name, bad := range map[string]string{
		"escape": "A\x1b[2J", "C1 control": "A\u009bB", "line end": "A\nB", "line end behind": "A\n", "line separator": "A\u2028B",
		"override": "A\u202eB", "isolate": "A\u2066B", "nothing to see": "\u200b", "filler": "\u3164", "byte order mark": "\ufeffA",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := e.Participants.Create(t.Context(), ada, participants.Draft{Name: bad, ShortName: bad, Kind: participants.Party})
			if got := slices.Sorted(maps.Keys(fieldsOf(err))); !slices.Equal(got, []string{"name", "short_name"}) {
				t.Errorf("want name and short name refused, got %v", err)
			}
			_, err = e.Participants.Change(t.Context(), ada, 1, participants.Draft{Name: bad, Kind: participants.Party})
			if fieldsOf(err)["name"] == "" {
				t.Errorf("want the new name refused, got %v", err)
			}
		})
	}
	joined := "می\u200cخواهم"
	p, err := e.Participants.Create(t.Context(), ada, participants.Draft{Name: joined, Kind: participants.Party})
	if err != nil || p.Name != joined {
		t.Errorf("want a name with the joiner that its script needs, got %v, %v", p, err)
	}
}

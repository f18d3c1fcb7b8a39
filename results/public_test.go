package results_test

import (
	"errors"
	"testing"
	"time"

	"urna/elections"
	"urna/elections/participants"
	"urna/results"
)

// TestPublic_StagesFollowTheElection moves the clock over an election of each view. Counts by participant are there in
// the stages that show them alone.
func TestPublic_StagesFollowTheElection(t *testing.T) {
	for view, whileOpen := range map[elections.PublicView]results.Stage{
		elections.TurnoutOnly: results.StageTurnout, elections.RunningCount: results.StageCount,
	} {
		h := newApp(t)
		t.Cleanup(h.results.Close)
		begin := h.now.Now()
		e := h.election(t, elections.Parliamentary, 2, func(d *elections.Draft) {
			d.PublicView, d.StartsAt, d.EndsAt, d.OpenNow = view, begin.Add(time.Hour), begin.Add(2*time.Hour), false
		})
		look := func(want results.Stage, until time.Time) *results.Public {
			t.Helper()
			p, err := h.results.Public(t.Context(), e.ID)
			if err != nil {
				t.Fatal(err)
			}
			_, embargo := p.Count()
			counts := want == results.StageCount || want == results.StageCertified
			if p.Stage != want || !p.Until.Equal(until) || (p.Results != nil) != counts || errors.Is(embargo, results.ErrEmbargoed) == counts {
				t.Errorf("%s: want stage %s until %s, got %s until %s, results %v", view, want, until, p.Stage, p.Until, p.Results)
			}
			if p.Turnout != nil && !counts && (p.Turnout.Ballots.Valid != 0 || p.Turnout.Count != nil) {
				t.Errorf("%s: want the turnout alone, got %+v", view, p.Turnout)
			}
			if (p.Turnout == nil) != (want == results.StageScheduled) || (p.Final != nil) != (want == results.StageCertified) || p.Audit.Events == 0 {
				t.Errorf("%s: want what the stage %s shows, got %+v", view, want, p)
			}
			all, err := h.results.Overview(t.Context())
			if err != nil || len(all) != 1 || all[0].Stage != want || all[0].Results != nil || all[0].Final != nil || !all[0].Until.Equal(until) {
				t.Errorf("%s: want the stage %s in the overview, without counts, got %+v, %v", view, want, all, err)
			}
			return p
		}
		look(results.StageScheduled, e.StartsAt)
		h.now.Move(time.Hour)
		look(whileOpen, e.EndsAt)
		h.upload(t, e, e.Constituencies[0].ID, h.lines(0, 60, 40))
		before := look(whileOpen, e.EndsAt)
		h.now.Move(time.Hour)
		ended := look(results.StageCount, time.Time{})
		if before.Turnout.Ballots.Cast != 100 || ended.Results.Ballots.Cast != 100 || before.Figures == ended.Figures {
			t.Errorf("%s: want 100 ballots before and after the end, and other figures, got %+v and %+v", view, before, ended)
		}
		h.certify(t, e, ada, bob)
		if final := look(results.StageCertified, time.Time{}).Final; final.Certification.Record == nil || final.Results.Participants[0].Votes != 60 {
			t.Errorf("%s: want the certified results, got %+v", view, final.Results.Participants)
		}
	}
}

// TestPublic_FiguresMoveWithWhatIsShown compares Figures around changes that show and changes that do not.
func TestPublic_FiguresMoveWithWhatIsShown(t *testing.T) {
	o := newEnv(t)
	e := o.election(t, elections.Parliamentary, 2, nil)
	look := func() [32]byte {
		p, err := o.results.Public(t.Context(), e.ID)
		if err != nil {
			t.Fatal(err)
		}
		return p.Figures
	}
	before := look()
	o.now.Move(time.Hour)
	if _, err := o.folder.Participants.Create(t.Context(), ada, participants.Draft{Name: "Elsewhere", Kind: participants.Party}); err != nil {
		t.Fatal(err)
	}
	if look() != before {
		t.Error("want the same figures after an event that is recorded, and shows no other figure")
	}
	o.cast(t, e, 0, 1)
	if look() == before {
		t.Error("want other figures after a ballot")
	}
}

// TestVersion_ChangesWithWhatIsPublic looks at the version around a commit and around a new point of the count over time.
func TestVersion_ChangesWithWhatIsPublic(t *testing.T) {
	o := newEnv(t)
	e := o.election(t, elections.Parliamentary, 2, nil)
	version := func() results.Version {
		v, err := o.results.Version(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	if o.results.Unchanged(results.Version{}) {
		t.Error("want the zero version to identify nothing")
	}
	v := version()
	if !o.results.Unchanged(v) {
		t.Error("want the version to hold while nothing changes")
	}
	o.cast(t, e, 0, 1)
	if o.results.Unchanged(v) {
		t.Error("want another version after a commit")
	}
	v = version()
	defer o.results.Close()
	o.results.Changed(e.ID) // takes a point
	for deadline := time.Now().Add(time.Minute); o.results.Unchanged(v); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("want another version after a new point of the count over time")
		}
	}
}

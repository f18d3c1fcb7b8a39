package turnout_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"urna/auth"
	"urna/elections"
	"urna/elections/participants"
	"urna/elections/turnout"
	"urna/internal/audit"
	"urna/internal/problem"
	"urna/internal/testing/apptest"
	"urna/internal/testing/visits"
)

// env is a folder with an election that is open from 08:00 to 20:00, with reports at 11:00 and 17:00. North has two
// polling stations of 100 and 200 voters, South has none and 50 voters.
type env struct {
	*apptest.Env

	day      time.Time // its midnight, UTC
	election *elections.Election
	stations []elections.Station
	official audit.Actor
}

func newEnv(t *testing.T) *env {
	t.Helper()
	o := &env{Env: apptest.New(t)}
	year, month, day := o.Clock.Now().AddDate(0, 0, 1).UTC().Date()
	o.day = time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	var lists []elections.CandidacyDraft
	for _, name := range []string{"Alder", "Birch"} {
		p, err := o.Participants.Create(t.Context(), audit.System(), participants.Draft{Name: name, Kind: participants.Party})
		if err != nil {
			t.Fatal(err)
		}
		lists = append(lists, elections.CandidacyDraft{ParticipantID: p.ID})
	}
	e, err := o.Elections.Create(t.Context(), audit.System(), elections.Draft{
		Title: "Council", Kind: elections.Parliamentary, TimeZone: "UTC", StartsAt: o.at(8), EndsAt: o.at(20), Confirmations: 1,
		TurnoutReportsAt: []string{"17:00", "11:00"},
		Constituencies: []elections.ConstituencyDraft{
			{Name: "North", Seats: 3, Candidacies: lists, Stations: []elections.StationDraft{
				{Number: "1", Name: "School", RegisteredVoters: 100}, {Number: "2", Name: "Library", RegisteredVoters: 200},
			}},
			{Name: "South", Seats: 2, Candidacies: lists, RegisteredVoters: 50},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	o.election = e
	stations, err := o.Elections.Stations(t.Context(), e.ID)
	if err != nil {
		t.Fatal(err)
	}
	o.stations = stations[e.Constituencies[0].ID]
	u := o.AddAccount(t, "olga", auth.Official)
	o.official = audit.Actor{ID: u.ID, Name: "Olga"}
	o.moveTo(12)
	return o
}

func (o *env) at(hour int) time.Time { return o.day.Add(time.Duration(hour) * time.Hour) }

func (o *env) moveTo(hour int) { o.Clock.Move(o.at(hour).Sub(o.Clock.Now())) }

func (o *env) station(i int) turnout.Place { return turnout.Place{StationID: o.stations[i].ID} }

func (o *env) south() turnout.Place {
	return turnout.Place{ConstituencyID: o.election.Constituencies[1].ID}
}

func (o *env) enter(ctx context.Context, p turnout.Place, hour int, voters int64, reason string) (turnout.Report, error) {
	return o.Turnout.Enter(ctx, o.official, o.election.ID, turnout.Draft{Place: p, Hour: o.at(hour), Voters: voters, Reason: reason})
}

func (o *env) entered(t *testing.T, p turnout.Place, hour int, voters int64, reason string) turnout.Report {
	t.Helper()
	r, err := o.enter(t.Context(), p, hour, voters, reason)
	if err != nil {
		t.Fatalf("enter %d at %d:00: %v", voters, hour, err)
	}
	return r
}

// refusedFields returns the fields of a refusal of kind Invalid, with a blank between two.
func refusedFields(err error) string {
	var fields []string
	if p, ok := errors.AsType[*problem.Error](err); ok {
		for _, f := range p.Fields {
			fields = append(fields, f.Name)
		}
	}
	return strings.Join(fields, " ")
}

func (o *env) summary(t *testing.T) *turnout.Summary {
	t.Helper()
	s, err := o.Turnout.Summary(t.Context(), o.election.ID)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestEnter_WhatNeedsAReason(t *testing.T) {
	o := newEnv(t)
	o.moveTo(18)
	o.entered(t, o.station(0), 11, 40, "")
	for _, c := range []struct {
		name   string
		hour   int
		voters int64
		fields string
	}{
		{"another figure for the same hour", 11, 41, "reason"},
		{"a figure that falls", 17, 39, "reason"},
		{"more than are registered", 17, 101, "reason"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := o.enter(t.Context(), o.station(0), c.hour, c.voters, " ")
			if got := refusedFields(err); got != c.fields {
				t.Errorf("want the fields %q refused, got %q: %v", c.fields, got, err)
			}
		})
	}
	if got := o.summary(t).Hours[0].Voters; got != 40 {
		t.Errorf("want nothing of a refused figure stored, got %d", got)
	}
	o.entered(t, o.station(0), 17, 39, "One voter was counted twice at 11:00.")
	_, err := o.enter(t.Context(), o.station(0), 11, 38, "")
	if got := refusedFields(err); got != "reason" {
		t.Errorf("want a correction without a reason refused, got %q: %v", got, err)
	}
	// A figure above a later hour's is as impossible as one below an earlier hour's.
	o.entered(t, o.station(1), 17, 50, "")
	_, err = o.enter(t.Context(), o.station(1), 11, 51, "")
	if got := refusedFields(err); got != "reason" {
		t.Errorf("want a figure above the later hour's refused, got %q: %v", got, err)
	}
}

func TestEnter_TheSameFigureTwiceIsOne(t *testing.T) {
	o := newEnv(t)
	first, again := o.entered(t, o.station(0), 11, 40, ""), o.entered(t, o.station(0), 11, 40, "")
	if first.ID != again.ID || again.Replaced != nil {
		t.Errorf("want the same report, got %+v and %+v", first, again)
	}
}

func TestEnter_WhereAndWhen(t *testing.T) {
	o := newEnv(t)
	_, err := o.enter(t.Context(), o.station(0), 17, 1, "")
	if got := refusedFields(err); got != "at" {
		t.Errorf("want an hour that has not come refused, got %v", err)
	}
	_, err = o.enter(t.Context(), o.station(0), 12, 1, "")
	if got := refusedFields(err); got != "at" {
		t.Errorf("want an hour that the election does not name refused, got %v", err)
	}
	_, err = o.enter(t.Context(), o.station(0), 11, -1, "")
	if got := refusedFields(err); got != "voters" {
		t.Errorf("want a negative figure refused, got %v", err)
	}
	_, err = o.enter(t.Context(), turnout.Place{ConstituencyID: o.election.Constituencies[0].ID}, 11, 1, "")
	if !errors.Is(err, turnout.ErrStationNeeded) {
		t.Errorf("want a constituency with stations refused, got %v", err)
	}
	_, err = o.enter(t.Context(), turnout.Place{ConstituencyID: o.south().ConstituencyID, StationID: o.stations[0].ID}, 11, 1, "")
	if !errors.Is(err, elections.ErrUnknownStation) {
		t.Errorf("want a station of another constituency refused, got %v", err)
	}
	_, err = o.enter(t.Context(), turnout.Place{ConstituencyID: 999}, 11, 1, "")
	if !errors.Is(err, turnout.ErrUnknownConstituency) {
		t.Errorf("want an unknown constituency refused, got %v", err)
	}
	if _, err := o.Auth.ChangePlaces(t.Context(), audit.System(), o.official.ID, []auth.Place{{ConstituencyID: o.south().ConstituencyID}}, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := o.enter(t.Context(), o.station(0), 11, 1, ""); !errors.Is(err, turnout.ErrNotYourPlace) {
		t.Errorf("want a place of others refused, got %v", err)
	}
	o.entered(t, o.south(), 11, 10, "")
	o.moveTo(7)
	if _, err := o.enter(t.Context(), o.south(), 11, 11, "A mistake."); !errors.Is(err, turnout.ErrNotOpen) {
		t.Errorf("want nothing taken before the opening, got %v", err)
	}
	o.moveTo(21)
	o.entered(t, o.south(), 17, 20, "")
}

func TestSummary_AddsUpPlacesByHour(t *testing.T) {
	o := newEnv(t)
	o.moveTo(18)
	o.entered(t, o.station(0), 11, 40, "")
	o.entered(t, o.station(1), 11, 60, "")
	o.entered(t, o.south(), 11, 5, "")
	o.entered(t, o.station(0), 17, 70, "")
	o.entered(t, o.station(0), 11, 45, "A list was read wrongly.")
	s := o.summary(t)
	hour := func(h turnout.Hour) string {
		return fmt.Sprintf("%d:00 %d/%d %d of %d", h.At.UTC().Hour(), h.Reported, h.Places, h.Voters, h.Registered)
	}
	got := []string{hour(s.Hours[0]), hour(s.Hours[1])}
	for _, c := range s.Constituencies {
		got = append(got, c.Name+" "+hour(c.Hours[0]), c.Name+" "+hour(c.Hours[1]))
	}
	want := []string{
		"11:00 3/3 110 of 350", "17:00 1/3 70 of 100", "North 11:00 2/2 105 of 300", "North 17:00 1/2 70 of 100",
		"South 11:00 1/1 5 of 50", "South 17:00 0/1 0 of 0",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("sums (-want +got):\n%s", diff)
	}
	if s.Corrections != 1 || s.Latest().At.UTC().Hour() != 17 {
		t.Errorf("want one correction and 17:00 as the latest hour, got %d and %v", s.Corrections, s.Latest().At)
	}
}

func TestCorrection_IsOnRecordFromAndTo(t *testing.T) {
	o := newEnv(t)
	o.entered(t, o.station(0), 11, 45, "")
	o.entered(t, o.station(0), 11, 40, "=Two digits changed places.")
	reports, err := o.Turnout.Reports(t.Context(), turnout.Place{ConstituencyID: o.stations[0].ConstituencyID, StationID: o.stations[0].ID})
	if err != nil {
		t.Fatal(err)
	}
	if len(reports) != 2 || reports[0].Holds || !reports[1].Holds || reports[1].Replaced == nil || reports[1].Replaced.Voters != 45 {
		t.Fatalf("want the first report, replaced by a second one, got %+v", reports)
	}
	events, err := o.Audit.Events(t.Context(), audit.Filter{Action: "turnout-corrected"})
	if err != nil || len(events) != 1 {
		t.Fatalf("want one event, got %v, %v", events, err)
	}
	for _, part := range []string{`"before":45`, `"after":40`, "Two digits"} {
		if !strings.Contains(events[0].Detail, part) {
			t.Errorf("want %s in the event, got %s", part, events[0].Detail)
		}
	}
	var b bytes.Buffer
	if err := o.Turnout.WriteCSV(t.Context(), o.election.ID, &b); err != nil {
		t.Fatal(err)
	}
	lines, err := csv.NewReader(&b).ReadAll()
	if err != nil || len(lines) != 3 {
		t.Fatalf("want a header and two lines, got %v, %v", lines, err)
	}
	if got := strings.Join(lines[2][4:11], "|"); got != "1|School|100|40|true|45|'=Two digits changed places." {
		t.Errorf("want the correction with the figure before, got %s", got)
	}
	if lines[1][8] != "false" {
		t.Errorf("want the first figure not to hold, got %v", lines[1])
	}
}

func TestReports_AreNeverChangedOrDeleted(t *testing.T) {
	o := newEnv(t)
	o.entered(t, o.station(0), 11, 45, "")
	o.entered(t, o.station(0), 11, 40, "A mistake.")
	for _, statement := range []string{
		"UPDATE turnout_reports SET voters = 44 WHERE replaces IS NOT NULL", "UPDATE turnout_reports SET reason = 'x'",
		"UPDATE turnout_reports SET replaced_at = NULL WHERE replaces IS NULL", "DELETE FROM turnout_reports",
	} {
		if err := o.execute(t.Context(), statement); err == nil {
			t.Errorf("want it refused: %s", statement)
		}
	}
}

func TestReports_EndWithTheCertification(t *testing.T) {
	o := newEnv(t)
	o.entered(t, o.south(), 11, 10, "")
	if err := o.execute(t.Context(), fmt.Sprintf("UPDATE elections SET certified_at = %d", o.at(12).UnixMilli())); err != nil {
		t.Fatal(err)
	}
	if _, err := o.enter(t.Context(), o.south(), 11, 11, "A mistake."); !errors.Is(err, turnout.ErrNotOpen) {
		t.Errorf("want nothing taken after the certification, got %v", err)
	}
	for _, statement := range []string{
		"UPDATE turnout_reports SET replaced_at = 5",
		`INSERT INTO turnout_reports (election_id, constituency_id, place, hour, voters, reporter_id, reporter_name, reported_at)
			SELECT election_id, constituency_id, place, hour + 1, voters, reporter_id, reporter_name, reported_at FROM turnout_reports`,
	} {
		if err := o.execute(t.Context(), statement); err == nil || !strings.Contains(err.Error(), "certified") {
			t.Errorf("want the database to refuse it, got %v: %s", err, statement)
		}
	}
}

func TestLines_MissingPlacesComeFirst(t *testing.T) {
	o := newEnv(t)
	o.entered(t, o.station(0), 11, 45, "")
	list := func(f turnout.Filter) (names []string, more bool) {
		t.Helper()
		f.Hour = o.at(11)
		lines, more, err := o.Turnout.Lines(t.Context(), o.election.ID, f)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range lines {
			name := l.Constituency + l.Number
			if l.Report != nil {
				name += fmt.Sprint("=", l.Report.Voters)
			}
			names = append(names, name)
		}
		return names, more
	}
	everywhere := turnout.Reach{Everywhere: true}
	for _, c := range []struct {
		name   string
		filter turnout.Filter
		want   string
		more   bool
	}{
		{"all", turnout.Filter{Reach: everywhere, Limit: 9}, "[North2 South North1=45]", false},
		{"a page", turnout.Filter{Reach: everywhere, Limit: 1, Offset: 1}, "[South]", true},
		{"found", turnout.Filter{Reach: everywhere, Limit: 9, Search: "SCHO"}, "[North1=45]", false},
		{"no pattern", turnout.Filter{Reach: everywhere, Limit: 9, Search: "%"}, "[]", false},
		{"own constituency", turnout.Filter{Reach: turnout.Reach{Constituencies: []int64{o.south().ConstituencyID}}, Limit: 9}, "[South]", false},
		{"own station", turnout.Filter{Reach: turnout.Reach{Stations: []int64{o.stations[0].ID}}, Limit: 9}, "[North1=45]", false},
		{"nowhere", turnout.Filter{Limit: 9}, "[]", false},
	} {
		if names, more := list(c.filter); fmt.Sprint(names) != c.want || more != c.more {
			t.Errorf("%s: want %s, more %v, got %v, %v", c.name, c.want, c.more, names, more)
		}
	}
	progress, err := o.Turnout.Progress(t.Context(), o.election, turnout.Reach{Constituencies: []int64{o.stations[0].ConstituencyID}})
	if err != nil || len(progress) != 2 || progress[0].Missing() != 1 || progress[1].Missing() != 2 {
		t.Errorf("want one of two places missing at 11:00 and two at 17:00, got %+v, %v", progress, err)
	}
}

// TestLists_VisitEachReportAFewTimes reads lists and sums of 3,000 stations, all but one of which have reported. A plan that
// looks at all reports for each station visits nine million.
func TestLists_VisitEachReportAFewTimes(t *testing.T) {
	o := newEnv(t)
	d := o.election.Draft()
	d.Title, d.OpenNow = "Large", true
	for i := range 3000 {
		d.Constituencies[0].Stations = append(d.Constituencies[0].Stations, elections.StationDraft{Number: strconv.Itoa(i), RegisteredVoters: 500})
	}
	e, err := o.Elections.Create(t.Context(), audit.System(), d)
	if err != nil {
		t.Fatal(err)
	}
	err = o.execute(t.Context(), fmt.Sprintf(`INSERT INTO turnout_reports (election_id, constituency_id, station_id, place, hour, voters,
			reporter_id, reporter_name, reported_at)
		SELECT election_id, constituency_id, id, id, %d, 100, 1, 'Olga', 5 FROM stations WHERE election_id = %d AND number <> '7'`,
		o.at(11).UnixMilli(), e.ID))
	if err != nil {
		t.Fatal(err)
	}
	everywhere := turnout.Reach{Everywhere: true}
	visited := visits.Of(t, o.DB, func() {
		lines, more, err := o.Turnout.Lines(t.Context(), e.ID, turnout.Filter{Reach: everywhere, Hour: o.at(11), Limit: 50, Search: "7"})
		if err != nil || len(lines) != 50 || !more || lines[0].Report != nil {
			t.Errorf("want a page that begins with the missing station, got %d lines, %v, %v", len(lines), more, err)
		}
		progress, err := o.Turnout.Progress(t.Context(), e, everywhere)
		if err != nil || progress[0].Places != 3001 || progress[0].Reported != 2999 {
			t.Errorf("want 2999 of 3001 places, got %+v, %v", progress, err)
		}
		summary, err := o.Turnout.Summary(t.Context(), e.ID)
		if err != nil || summary.Hours[0].Voters != 299_900 {
			t.Errorf("want 299900 voters, got %+v, %v", summary, err)
		}
	})
	if most := int64(1_000_000); visited.Sum > most {
		t.Errorf("want at most %d rows or steps, got %s", most, visited.Most())
	}
}

package api_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"urna/internal/app"
	"urna/internal/app/verify"
)

// presidential makes an election with three candidates and three polling stations, open for an hour, and returns its path
// and the paths of its stations.
func (s *env) presidential() (path string, stations []string) {
	s.t.Helper()
	var ids []string
	for _, name := range []string{"Ana Alder", "Boris Birch", "Vera Cedar"} {
		r := s.json(s.administrator, http.MethodPost, "/participants", fmt.Sprintf(`{"name":%q,"kind":"individual"}`, name))
		ids = append(ids, r.want(http.StatusCreated).str("id"))
	}
	now := s.Clock.Now()
	r := s.json(s.administrator, http.MethodPost, "/elections", fmt.Sprintf(`{"title":"President","kind":"presidential","channels":["batches"],
		"open_now":true,"starts_at":%q,"ends_at":%q,"confirmations":1,"protocol_form":"rs","constituencies":[{"registered_voters":3000,
		"participants":[%s],"stations":[{"number":"1","name":"School","place":"Mill Street","registered_voters":1000},
		{"number":"2","name":"Town hall","registered_voters":1000},{"number":"3","name":"Ship","kind":"mobile","registered_voters":1000}]}]}`,
		now.Add(-time.Hour).Format(time.RFC3339), now.Add(time.Hour).Format(time.RFC3339), strings.Join(ids, ","))).want(http.StatusCreated)
	return s.stationsIn(r)
}

func (s *env) stationsIn(r *reply) (path string, stations []string) {
	s.t.Helper()
	path = "/elections/" + r.str("id")
	list := s.get("", path+"/stations").want(http.StatusOK)
	for i := range 3 {
		stations = append(stations, path+"/stations/"+list.str("items", i, "id"))
	}
	return path, stations
}

// paper is the body of a Serbian protocol of 400 ballots.
func paper(votes ...int) string {
	var all []string
	valid := 0
	for i, n := range votes {
		all = append(all, fmt.Sprintf(`"%d":%d`, i+1, n))
		valid += n
	}
	return fmt.Sprintf(`{"fields":{"registered":1000,"signed":400,"received":1000,"unused":600,"found_in_box":400,"invalid":%d,"valid":%d},"votes":{%s}}`,
		400-valid, valid, strings.Join(all, ","))
}

// twice enters a protocol as both officials.
func (s *env) twice(station, body string) {
	s.t.Helper()
	s.enter(s.first, station, body).want(http.StatusCreated)
	s.enter(s.second, station, body).want(http.StatusCreated).is("definitive", "state")
}

// TestSecondRound_HasThePollingStations holds a first round in which a station sends a protocol, one ballots, and one is
// closed. The second round has the same stations and form; nothing of the first one belongs to them. It ends with a
// certified winner, and urna verify finds no difference in both rounds.
func TestSecondRound_HasThePollingStations(t *testing.T) {
	s := newEnv(t)
	path, stations := s.presidential()
	s.twice(stations[0], paper(160, 150, 80))
	_, number, _ := strings.Cut(stations[1], "/stations/")
	s.counted(s.csv(s.first, path, "?station_id="+number, lines(0, 30, 1)+lines(30, 70, 2)+lines(70, 90, 3)).want(http.StatusAccepted).str("id"))
	s.json(s.administrator, http.MethodPost, stations[2]+"/closure", `{"reason":"The ship did not sail."}`).want(http.StatusOK)
	s.Clock.Move(2 * time.Hour)
	s.confirmedAfterTheClose(path)

	starts := s.Clock.Now().Add(14 * 24 * time.Hour)
	period := fmt.Sprintf(`{"starts_at":%q,"ends_at":%q}`, starts.Format(time.RFC3339), starts.Add(time.Hour).Format(time.RFC3339))
	second, again := s.stationsIn(s.json(s.administrator, http.MethodPost, path+"/second-round", period).want(http.StatusCreated))
	s.Clock.Move(14*24*time.Hour + time.Minute)
	s.renew()
	list := s.get("", second+"/stations").want(http.StatusOK)
	for i, want := range []string{"1 School Mill Street ordinary awaited 1000", "2 Town hall  ordinary awaited 1000", "3 Ship  mobile awaited 1000"} {
		got := strings.Join([]string{
			list.str("items", i, "number"), list.str("items", i, "name"), list.str("items", i, "place"), list.str("items", i, "kind"),
			list.str("items", i, "state"), list.str("items", i, "registered_voters"),
		}, " ")
		if got != want {
			t.Errorf("want the station %q in the second round, got %q", want, got)
		}
		if again[i] == path+"/stations/"+list.str("items", i, "id") {
			t.Error("want stations of its own")
		}
		s.get(s.first, again[i]+"/protocol").want(http.StatusOK).is("empty", "state")
	}
	s.get(s.administrator, stations[2]).want(http.StatusOK).is("closed", "exclusion", "state")
	s.enter(s.first, again[0], paper(200, 150, 10)).want(http.StatusUnprocessableEntity) // there is no third candidate
	s.enter(s.first, stations[0], paper(200, 190)).want(http.StatusConflict)             // the first round takes nothing

	for _, station := range again {
		s.twice(station, paper(160, 230))
	}
	s.get("", path+"/results").want(http.StatusOK).is("190", "participants", 1, "votes")
	s.Clock.Move(2 * time.Hour)
	s.confirmedAfterTheClose(second)
	r := s.get("", second+"/results").want(http.StatusOK)
	r.is("3", "stations", "counted")
	r.is("690", "participants", 0, "votes")
	r.is(r.str("participants", 0, "participant_id"), "winner", "participant_id")
	s.get("", path+"/results").want(http.StatusOK).is("2", "stations", "counted")
	s.verified()
}

// confirmedAfterTheClose starts again, so that the end of the election is noticed, and confirms its figures once voting is closed.
func (s *env) confirmedAfterTheClose(path string) {
	s.t.Helper()
	s.restart()
	s.renew()
	for deadline := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		r := s.get(s.administrator, path+"/certification").want(http.StatusOK)
		if fmt.Sprint(r.at("obstacles")) == "[]" {
			break
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("want nothing in the way of the certification, got %s", r.raw)
		}
	}
	s.json(s.administrator, http.MethodPost, path+"/certification", proof).want(http.StatusOK)
}

// renew signs everybody in again, by a clock that was moved.
func (s *env) renew() {
	s.t.Helper()
	s.administrator, s.first, s.second = s.signIn("ana@example.org").str("access_token"), s.signIn("boris@example.org").str("access_token"),
		s.signIn("vera@example.org").str("access_token")
}

// verified stops everything, and wants no difference of urna verify.
func (s *env) verified() {
	s.t.Helper()
	s.stop()
	must(s.t, s.Close())
	folder, err := app.OpenForReading(s.t.Context(), s.Path, app.ReadOptions{Scratch: s.t.TempDir()})
	must(s.t, err)
	report, err := verify.Folder(s.t.Context(), folder, verify.Options{})
	if err := errors.Join(err, folder.Close()); err != nil || len(report.Differences) > 0 {
		s.t.Errorf("want no difference, got %+v, %v", report, err)
	}
}

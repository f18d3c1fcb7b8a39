package api_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"urna/ballots/online"
	"urna/elections"
	"urna/elections/participants"
	"urna/internal/audit"
	"urna/internal/testing/apptest"
	"urna/results/bundle/verify"
)

// overReasons certifies the present figures of an election with a reason for every open point.
func (s *env) overReasons(path string) *reply {
	s.t.Helper()
	var reasons []string
	for _, item := range s.get(s.administrator, path+"/certification").want(http.StatusOK).at("open_points").([]any) {
		point := item.(map[string]any)
		key := fmt.Sprint(point["code"])
		for _, place := range []string{"constituency_id", "station_id"} { // that of a station alone, if it has one
			if id, has := point[place]; has {
				key = fmt.Sprintf("%v:%v", point["code"], id)
			}
		}
		reasons = append(reasons, fmt.Sprintf("%q:%q", key, "By order of the court."))
	}
	r := s.json(s.administrator, http.MethodPost, path+"/certification", `{"password":"`+password+`","reasons":{`+strings.Join(reasons, ",")+`}}`)
	r.want(http.StatusOK).is("certified", "state")
	return r
}

// closed waits until nothing is in the way of a certification but what a reason can lift.
func (s *env) closed(path string) {
	s.t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		waits := false
		for _, point := range s.get(s.administrator, path+"/certification").want(http.StatusOK).at("open_points").([]any) {
			waits = waits || point.(map[string]any)["liftable"] != true
		}
		if !waits {
			return
		}
		if time.Now().After(deadline) {
			s.t.Fatal("want voting closed")
		}
	}
}

// TestCorrections_RecountsBesideTheOld counts a protocol and a batch again. The certified results are shown until the next
// certification, which says what changed; the old entries and the old batch stay, and both bundles verify.
func TestCorrections_RecountsBesideTheOld(t *testing.T) {
	s := newEnv(t)
	path, stations := s.stations()
	_, protocolID, _ := strings.Cut(stations[0], "/stations/")
	_, batchID, _ := strings.Cut(stations[1], "/stations/")
	s.twice(stations[0], `{"fields":{"found_in_box":1000,"invalid":10},"votes":{"1":600,"2":390}}`)
	old := s.csv(s.first, path, "?station_id="+batchID, lines(0, 30, 1)+lines(30, 50, 2)).want(http.StatusAccepted).str("id")
	s.counted(old)
	s.Clock.Move(2 * time.Hour)
	s.confirmedAfterTheClose(path)
	hash := s.get(s.administrator, path+"/certification").str("figures")
	certified := string(s.get("", path+"/results.csv").want(http.StatusOK).raw)
	first := s.get("", path+"/bundle.zip").want(http.StatusOK).raw

	opened := s.json(s.administrator, http.MethodPost, path+"/corrections", `{"reason":"A box was found.","ordered_by":"District court, 7/2027","stations":[`+
		protocolID+`,{"id":`+batchID+`,"act":"recount"}],"password":"`+password+`"}`).want(http.StatusCreated)
	opened.is(hash, "corrects")
	s.json(s.administrator, http.MethodPost, stations[0]+"/annulment", `{"reason":"not ordered"}`).refused(http.StatusConflict, "station-not-reopened")
	s.json(s.administrator, http.MethodPost, stations[0]+"/protocol/reopening", `{"reason":"counted again"}`).want(http.StatusOK).is("reopened", "state")
	s.twice(stations[0], `{"fields":{"found_in_box":1000,"invalid":12},"votes":{"1":580,"2":408}}`)
	s.json(s.administrator, http.MethodPost, "/batches/"+old+"/retraction", `{"reason":"counted again"}`).want(http.StatusAccepted)
	s.rests(old, "retracted")
	beside := s.csv(s.second, path, "?station_id="+batchID, lines(100, 125, 1)+lines(125, 150, 2)).want(http.StatusAccepted).str("id")
	s.counted(beside)
	s.json(s.administrator, http.MethodPost, path+"/corrections/2/end", `{"reason":"no change"}`).refused(http.StatusConflict, "correction-changed-figures")

	if shown := string(s.get("", path+"/results.csv").want(http.StatusOK).raw); shown != certified {
		t.Errorf("want the certified results until the next certification, got %s", shown)
	}
	r := s.get("", path+"/results").want(http.StatusOK)
	r.is("630", "participants", 0, "votes")
	s.get("", path+"/corrections").want(http.StatusOK).is("<nil>", "items", 0, "changes")
	s.get("", path+"/stations.csv").refused(http.StatusConflict, "stations-reopened")
	protocol := s.get(s.administrator, stations[0]+"/protocol").want(http.StatusOK)
	protocol.is("2", "round")
	protocol.is("580", "votes", "1")

	s.overReasons(path)
	s.get("", path+"/results").want(http.StatusOK).is("605", "participants", 0, "votes")
	r = s.get("", path+"/corrections").want(http.StatusOK)
	for want, at := range map[string][]any{
		"certified":                   {"items", 0, "state"},
		"map[after:605 before:630]":   {"items", 0, "changes", "participants", 0, "votes"},
		"map[after:433 before:410]":   {"items", 0, "changes", "participants", 1, "votes"},
		"map[after:12 before:10]":     {"items", 0, "changes", "ballots", "invalid"},
		"map[after:1050 before:1050]": {"items", 0, "changes", "ballots", "cast"},
		hash:                          {"items", 0, "corrects"},
		s.get(s.administrator, path+"/certification").str("figures"): {"items", 0, "changes", "figures"},
	} {
		r.is(want, at...)
	}
	found := s.get(s.administrator, path+"/batches").want(http.StatusOK)
	found.is("counted", "items", 0, "state")
	found.is("retracted", "items", 1, "state")
	s.get(s.administrator, stations[1]).want(http.StatusOK)
	if again := s.get("", path+"/bundle.zip?certification=1").want(http.StatusOK).raw; string(again) != string(first) {
		t.Error("want the first bundle as it was")
	}
	s.get("", path+"/bundle.zip?certification=3").refused(http.StatusNotFound, "unknown-certification")
	s.get("", path+"/bundle.zip?certification=").refused(http.StatusNotFound, "unknown-certification")
	s.bundles(path, s.get(s.administrator, path+"/certification").str("figures"))
	s.correctedBundle(path)
	s.verified()
}

// correctedBundle wants the last bundle to prove what it corrects, by both of its forms.
func (s *env) correctedBundle(path string) {
	s.t.Helper()
	folder := s.t.TempDir()
	for name, address := range map[string]string{"1.zip": "/bundle-full.zip?certification=1", "2.zip": "/bundle-full.zip?certification=2"} {
		must(s.t, os.WriteFile(filepath.Join(folder, name), s.get(s.administrator, path+address).want(http.StatusOK).raw, 0o600))
		_, err := verify.File(filepath.Join(folder, name))
		must(s.t, err)
	}
}

// TestCorrections_ARepeatedVoteWithoutTheOnlineVotes repeats the vote of a station, with other ballots, and annuls the online
// votes of its constituency.
func TestCorrections_ARepeatedVoteWithoutTheOnlineVotes(t *testing.T) {
	s := newEnv(t)
	d := elections.Draft{
		Title: "Assembly", Kind: elections.Parliamentary, StartsAt: s.Clock.Now().Add(-time.Hour), EndsAt: s.Clock.Now().Add(time.Hour), OpenNow: true,
		Channels:       []elections.Channel{elections.Batches, elections.Online},
		Constituencies: []elections.ConstituencyDraft{{Seats: 3, Stations: []elections.StationDraft{{Number: "1"}, {Number: "2"}}}},
	}
	for _, name := range []string{"Trees", "Rivers"} {
		p, err := s.Participants.Create(t.Context(), audit.System(), participants.Draft{Name: name, Kind: participants.Party})
		must(t, err)
		d.Constituencies[0].Candidacies = append(d.Constituencies[0].Candidacies, elections.CandidacyDraft{ParticipantID: p.ID})
	}
	e, err := s.Elections.Create(t.Context(), audit.System(), d)
	must(t, err)
	all, err := s.Elections.Stations(t.Context(), e.ID)
	must(t, err)
	path, place := fmt.Sprintf("/elections/%d", e.ID), e.Constituencies[0].ID
	one, two := strconv.FormatInt(all[place][0].ID, 10), strconv.FormatInt(all[place][1].ID, 10)
	keys, err := apptest.Keys(t.Context(), s.Votes, e.ID, 24, func(i int) online.Voter { return online.Voter{PersonalID: fmt.Sprintf("voter-%d", i)} })
	must(t, err)
	for _, key := range keys {
		must(t, s.cast(key.PersonalID, key.GUID))
	}
	old := s.csv(s.first, path, "?station_id="+one, lines(0, 30, 1)).want(http.StatusAccepted).str("id")
	s.counted(old)
	s.counted(s.csv(s.first, path, "?station_id="+two, lines(30, 70, 2)).want(http.StatusAccepted).str("id"))
	s.Clock.Move(2 * time.Hour)
	s.restart()
	s.renew()
	s.closed(path)
	s.overReasons(path)
	s.get("", path+"/results").want(http.StatusOK).is("54", "participants", 0, "votes")

	order := func(act string) *reply {
		return s.json(s.administrator, http.MethodPost, path+"/corrections", fmt.Sprintf(
			`{"reason":"A","ordered_by":"B","stations":[{"id":%s,"act":%q}],"constituencies":[%d],"password":%q}`, one, act, place, password))
	}
	for _, act := range []string{"recount", "annul"} {
		if fields := order(act).want(http.StatusUnprocessableEntity).fields(); fields["constituencies[0]"] == "" {
			t.Errorf("%s: want the online votes annulled with a repeated station only, got %v", act, fields)
		}
	}
	order("repeat").want(http.StatusCreated).is(strconv.FormatInt(place, 10), "constituencies", 0)
	s.get("", path+"/results").want(http.StatusOK).is("54", "participants", 0, "votes")
	s.json(s.administrator, http.MethodPost, "/batches/"+old+"/retraction", `{"reason":"They vote again."}`).want(http.StatusAccepted)
	s.rests(old, "retracted")
	s.counted(s.csv(s.first, path, "?station_id="+one, lines(200, 226, 1)+lines(226, 230, 2)).want(http.StatusAccepted).str("id"))
	s.csv(s.first, path, "?station_id="+two, lines(300, 310, 1)).refused(http.StatusConflict, "station-not-reopened")
	s.overReasons(path)
	r := s.get("", path+"/results").want(http.StatusOK)
	r.is("44", "participants", 0, "votes")
	r.is("26", "participants", 1, "votes")
	changes := s.get("", path+"/corrections").want(http.StatusOK)
	changes.is("map[after:70 before:94]", "items", 0, "changes", "ballots", "cast")
	changes.is("map[after:26 before:54]", "items", 0, "changes", "constituencies", 0, "candidacies", 0, "votes")
	s.bundles(path, s.get(s.administrator, path+"/certification").str("figures"))
	s.correctedBundle(path)
	s.verified()
}

// TestCorrections_AnOrderedAnnulmentIsCarriedOut certifies a correction that annuls a station only once it is annulled: else
// the bundle would contradict itself.
func TestCorrections_AnOrderedAnnulmentIsCarriedOut(t *testing.T) {
	s := newEnv(t)
	path, stations, ids := s.certifiedStations()
	s.json(s.administrator, http.MethodPost, path+"/corrections",
		`{"reason":"A","ordered_by":"B","stations":[{"id":`+ids[1]+`,"act":"annul"}],"password":"`+password+`"}`).want(http.StatusCreated)
	r := s.get(s.administrator, path+"/certification").want(http.StatusOK)
	r.is("annulment-not-carried-out", "open_points", 0, "code")
	r.is("false", "open_points", 0, "liftable")
	r.is("[Nationwide: the correction orders that polling station 2 is annulled. Annul it on its page.]", "obstacles")
	s.json(s.administrator, http.MethodPost, path+"/certification", proof).refused(http.StatusConflict, "not-ready-to-certify")
	s.json(s.administrator, http.MethodPost, stations[1]+"/annulment", `{"reason":"By order."}`).want(http.StatusOK)
	s.overReasons(path)
	s.get("", path+"/results").want(http.StatusOK).is("600", "participants", 0, "votes")
	s.bundles(path, s.get(s.administrator, path+"/certification").str("figures"))
	s.correctedBundle(path)
	s.verified()
}

// TestCorrections_AnAnnulmentIsUndone annuls a station with a batch and one with a protocol as the correction orders, opens
// them again, restores what they sent, and ends the correction without a change. While it is open, the station takes no
// other ballots.
func TestCorrections_AnAnnulmentIsUndone(t *testing.T) {
	s := newEnv(t)
	path, stations := s.stations()
	_, protocolID, _ := strings.Cut(stations[0], "/stations/")
	_, batchID, _ := strings.Cut(stations[1], "/stations/")
	s.twice(stations[0], `{"fields":{"found_in_box":1000,"invalid":10},"votes":{"1":600,"2":390}}`)
	batch := s.csv(s.first, path, "?station_id="+batchID, lines(0, 30, 1)+lines(30, 50, 2)).want(http.StatusAccepted).str("id")
	s.counted(batch)
	s.Clock.Move(2 * time.Hour)
	s.confirmedAfterTheClose(path)
	hash := s.get(s.administrator, path+"/certification").str("figures")

	s.json(s.administrator, http.MethodPost, path+"/corrections", `{"reason":"A","ordered_by":"B","stations":[{"id":`+
		protocolID+`,"act":"annul"},{"id":`+batchID+`,"act":"annul"}],"password":"`+password+`"}`).want(http.StatusCreated)
	protocol := stations[0] + "/protocol/restoration"
	restoration := "/batches/" + batch + "/restoration"
	for _, station := range stations[:2] {
		s.json(s.administrator, http.MethodPost, station+"/annulment", `{"reason":"By order."}`).want(http.StatusOK)
	}
	s.rests(batch, "retracted")
	s.json(s.administrator, http.MethodPost, restoration, `{"reason":"x"}`).refused(http.StatusConflict, "station-excluded")
	s.json(s.administrator, http.MethodPost, protocol, `{"reason":"x"}`).want(http.StatusConflict)
	s.json(s.administrator, http.MethodPost, path+"/corrections/2/end", `{"reason":"no change"}`).refused(http.StatusConflict, "correction-changed-figures")
	for _, station := range stations[:2] {
		s.json(s.administrator, http.MethodPost, station+"/reopening", `{"reason":"The court lifted its order."}`).want(http.StatusOK)
	}
	s.csv(s.first, path, "?station_id="+batchID, lines(300, 310, 1)).refused(http.StatusConflict, "station-not-reopened")
	s.enter(s.first, stations[0], `{"fields":{"found_in_box":1000,"invalid":10},"votes":{"1":590,"2":400}}`).want(http.StatusConflict)
	s.json(s.administrator, http.MethodPost, restoration, `{"reason":"The court lifted its order."}`).want(http.StatusAccepted)
	s.rests(batch, "counted")
	s.json(s.administrator, http.MethodPost, protocol, `{"reason":"The court lifted its order."}`).want(http.StatusOK).is("definitive", "state")
	s.json(s.administrator, http.MethodPost, path+"/corrections/2/end", `{"reason":"The order was lifted."}`).want(http.StatusOK).is("ended", "state")
	s.get("", path).want(http.StatusOK).is("certified", "state")
	s.get(s.administrator, path+"/certification").want(http.StatusOK).is(hash, "figures")
	s.verified()
}

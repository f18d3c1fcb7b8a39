package api_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"urna/elections"
	"urna/internal/audit"
)

// withStations makes an election in the state counting with two constituencies, of which the first has the polling
// stations 1 and 2, and returns its path, the ids of the constituencies, and those of the stations.
func (s *env) withStations() (path string, constituencies, stations []string) {
	s.t.Helper()
	s.participants("One", "Two")
	lists := []elections.CandidacyDraft{{ParticipantID: 1}, {ParticipantID: 2}}
	e, err := s.Elections.Create(s.t.Context(), audit.System(), elections.Draft{
		Title: "A", Kind: elections.Parliamentary, StartsAt: s.Clock.Now().Add(-2 * time.Hour), EndsAt: s.Clock.Now().Add(-time.Hour), OpenNow: true,
		Constituencies: []elections.ConstituencyDraft{
			{Name: "North", Seats: 5, Candidacies: lists, Stations: []elections.StationDraft{{Number: "1", Name: "School"}, {Number: "2"}}},
			{Name: "South", Seats: 5, Candidacies: lists},
		},
	})
	must(s.t, err)
	for _, c := range e.Constituencies {
		constituencies = append(constituencies, strconv.FormatInt(c.ID, 10))
	}
	return "/elections/" + strconv.FormatInt(e.ID, 10), constituencies, []string{"1", "2"} // the first ones of the folder
}

func TestUpload_OfAStation(t *testing.T) {
	s := newEnv(t)
	path, parts, stations := s.withStations()
	n := 0
	fresh := func() string { n += 3; return lines(n, n+3, 1) }
	one := s.csv(s.first, path, "?station_id="+stations[0], fresh()).want(http.StatusAccepted).str("id")
	two := s.upload(s.first, path, field{"station_id", stations[1], ""}, field{"constituency_id", parts[0], ""}, field{"file", fresh(), "a.csv"}).
		want(http.StatusAccepted).str("id")
	none := s.csv(s.first, path, "?constituency_id="+parts[1], fresh()).want(http.StatusAccepted).str("id")
	s.counted(one).is(stations[0], "station_id")
	s.counted(one).is(parts[0], "constituency_id")
	s.counted(two).is(stations[1], "station_id")
	if got := s.counted(none).at("station_id"); got != nil {
		t.Errorf("want no station in a constituency without any, got %v", got)
	}
	for query, want := range map[string]string{
		"?station_id=" + stations[1]: two, "?constituency_id=" + parts[1]: none, "?constituency_id=" + parts[0]: two + " " + one, "": none + " " + two + " " + one,
	} {
		var got []string
		for _, item := range s.get(s.administrator, path+"/batches"+query).want(http.StatusOK).at("items").([]any) {
			got = append(got, fmt.Sprint(item.(map[string]any)["id"]))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q: want the batches %s, got %s", query, want, got)
		}
	}
	for name, c := range map[string]struct {
		reply  *reply
		status int
		code   string
		says   string
	}{
		"no station":              {s.csv(s.first, path, "?constituency_id="+parts[0], fresh()), 422, "station-needed", "station_id"},
		"of another constituency": {s.csv(s.first, path, "?constituency_id="+parts[1]+"&station_id=1", fresh()), 422, "station-elsewhere", "station_id"},
		"no id":                   {s.csv(s.first, path, "?station_id=x", fresh()), 422, "invalid-input", "polling station"},
		"twice":                   {s.upload(s.first, path, field{"station_id", "1", ""}, field{"station_id", "1", ""}, field{"file", fresh(), "a.csv"}), 422, "invalid-input", "once"},
		"after the file":          {s.upload(s.first, path, field{"constituency_id", parts[1], ""}, field{"file", fresh(), "a.csv"}, field{"station_id", "1", ""}), 422, "invalid-input", "before the file"},
		"dry run without":         {s.csv(s.first, path, "?dry_run=true&constituency_id="+parts[0], fresh()), 422, "station-needed", "station_id"},
		"a filter that is no id":  {s.get(s.administrator, path+"/batches?station_id=x"), 422, "invalid-input", "station_id"},
	} {
		t.Run(name, func(t *testing.T) {
			c.reply.refused(c.status, c.code)
			if !strings.Contains(string(c.reply.raw), c.says) {
				t.Errorf("want %q in %s", c.says, c.reply.raw)
			}
		})
	}
	header := "guid,poll number,station\n"
	parts2 := header + guid(900) + ",1,2\n" + guid(901) + ",1,1\n" + guid(901) + ",2,1\n"
	dry := s.csv(s.first, path, "?dry_run=true&constituency_id="+parts[0], parts2).want(http.StatusOK)
	dry.is("2", "stations", 1, "lines")
	dry.is("1", "stations", 1, "duplicates")
	dry.is("place-complete", "stations", 1, "late")
	split := s.csv(s.first, path, "?constituency_id="+parts[0], parts2).want(http.StatusAccepted)
	split.is("", "next")
	split.is("2", "items", 0, "station_id")
	split.is("2", "items", 1, "lines")
	s.get(s.first, "/batches/"+split.str("items", 1, "id")).want(http.StatusOK).is("3", "first_line")
	s.csv(s.first, path, "?constituency_id="+parts[0], parts2).refused(http.StatusConflict, "same-file").is(split.str("items", 0, "id"), "batch_id")
	late := s.csv(s.first, path, "?station_id="+stations[0], fresh()).want(http.StatusAccepted)
	late.is("waiting", "state")
	s.get(s.first, "/batches/"+late.str("id")).is("place-complete", "late", "cause")
	s.csv(s.first, path, "?dry_run=true&station_id="+stations[0], fresh()).want(http.StatusOK).is("place-complete", "late")
}

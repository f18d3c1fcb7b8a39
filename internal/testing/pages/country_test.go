package pages

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"urna/elections"
	"urna/elections/participants"
	"urna/internal/app"
	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/rehearsal/resultsfile"
	"urna/internal/testing/apptest"
	"urna/internal/testing/clock"
)

// country is a data folder with elections whose count goes on: two of 52 constituencies, with the votes of Spain's
// election of November 2019, of which one has polling stations, and one of a single constituency, which the batch belongs to.
type country struct {
	spain, stations, single *elections.Election
}

// lists is how many lists the single constituency has.
const lists = 8

// newCountry makes the elections in the data folder, which no server may have open, one of them with so many polling
// stations.
func newCountry(t *testing.T, data string, stations int) country {
	t.Helper()
	folder := apptest.Open(t, data, &clock.Clock{}, func(o *app.Options) { o.Parts = 0 })
	file, err := resultsfile.Open("es-congreso-2019-11")
	must(t, err)
	ids := map[string]int64{}
	participant := func(name string) int64 {
		if ids[name] == 0 {
			p, err := folder.Participants.Create(t.Context(), audit.System(), participants.Draft{Name: name, Kind: participants.Party})
			must(t, err)
			ids[name] = p.ID
		}
		return ids[name]
	}
	spain := draft(file.Name)
	for _, c := range file.Cases {
		place := elections.ConstituencyDraft{Name: c.Name, Seats: c.Seats, RegisteredVoters: c.Eligible}
		for _, list := range c.Lists {
			place.Candidacies = append(place.Candidacies, elections.CandidacyDraft{ParticipantID: participant(list.Name)})
		}
		spain.Constituencies = append(spain.Constituencies, place)
	}
	counted := draft(file.Name + ", by station")
	for i, place := range spain.Constituencies {
		for n := i; n < stations; n += len(spain.Constituencies) {
			place.Stations = append(place.Stations, elections.StationDraft{Number: strconv.Itoa(n + 1), Name: "School", RegisteredVoters: 3000})
		}
		counted.Constituencies = append(counted.Constituencies, place)
	}
	single := draft("Council")
	single.Constituencies = []elections.ConstituencyDraft{{Name: "Nationwide", Seats: 100, RegisteredVoters: 20_000_000}}
	for i := range lists {
		single.Constituencies[0].Candidacies = append(single.Constituencies[0].Candidacies,
			elections.CandidacyDraft{ParticipantID: participant(fmt.Sprintf("List %d", i+1))})
	}
	var made country
	made.spain, err = folder.Elections.Create(t.Context(), audit.System(), spain)
	must(t, err)
	made.stations, err = folder.Elections.Create(t.Context(), audit.System(), counted)
	must(t, err)
	made.single, err = folder.Elections.Create(t.Context(), audit.System(), single)
	must(t, err)
	must(t, folder.DB.Write(t.Context(), func(tx *database.Tx) error {
		for _, statement := range stationsCounted {
			if _, err := tx.SQL().ExecContext(t.Context(), statement, made.stations.ID); err != nil {
				return err
			}
		}
		for i, c := range file.Cases {
			place := made.spain.Constituencies[i].ID
			if _, err := tx.SQL().ExecContext(t.Context(), "INSERT INTO constituency_totals VALUES (?, ?, 0)", place, c.Invalid); err != nil {
				return err
			}
			for n, list := range c.Lists {
				if _, err := tx.SQL().ExecContext(t.Context(), "INSERT INTO constituency_tallies VALUES (?, ?, ?)", place, n+1, list.Votes); err != nil {
					return err
				}
			}
		}
		return nil
	}))
	must(t, folder.Close())
	return made
}

// stationsCounted counts nine of ten polling stations of an election.
var stationsCounted = []string{
	`INSERT INTO batches (election_id, constituency_id, station_id, official_id, official_name, file_name, spool_file, sha256, bytes, lines, state, accepted_at)
		SELECT election_id, constituency_id, id, 1, '', '', 'none-' || id, zeroblob(32), 0, 0, 'counted', 0 FROM stations WHERE election_id = ? AND id % 10 > 0`,
	`INSERT INTO station_tallies SELECT s.id, k.poll_number, 1 + 3000 / k.poll_number / k.poll_number + s.id % 7 FROM stations s
		JOIN candidacies k ON k.constituency_id = s.constituency_id WHERE s.election_id = ? AND s.id % 10 > 0`,
	`INSERT INTO constituency_tallies SELECT s.constituency_id, t.poll_number, sum(t.votes) FROM station_tallies t
		JOIN stations s ON s.id = t.station_id WHERE s.election_id = ? GROUP BY 1, 2`,
}

// draft is an election that ended an hour ago.
func draft(title string) elections.Draft {
	return elections.Draft{
		Title: title, Kind: elections.Parliamentary, StartsAt: time.Now().Add(-13 * time.Hour), EndsAt: time.Now().Add(-time.Hour),
		OpenNow: true, Rules: elections.Rules{Method: "dhondt", ThresholdPercent: "3"},
	}
}

// writeBallots writes a file of random ballots for the single constituency, other ones for each seed.
func writeBallots(t *testing.T, seed uint64, lines int) (name string) {
	t.Helper()
	name = filepath.Join(t.TempDir(), "ballots.csv")
	file, err := os.Create(name)
	must(t, err)
	buffered := bufio.NewWriterSize(file, 1<<20)
	random := rand.NewPCG(1, seed)
	for range lines {
		high, low := random.Uint64(), random.Uint64()
		fmt.Fprintf(buffered, "%08x-%04x-4%03x-8%03x-%012x,%d\n", high>>32, high>>16&0xffff, high&0xfff, low>>52, low&(1<<48-1), 1+low%lists)
	}
	must(t, buffered.Flush())
	must(t, file.Sync())
	must(t, file.Close())
	return name
}

// feed keeps the server counting: when a batch is counted, it sends another one.
type feed struct {
	official official
	election int64
	batches  uint64
	last     int64 // batch
}

// fill returns when a batch is being counted. The file is written before, so that its writing takes nothing from the
// measured.
func (f *feed) fill(t *testing.T) {
	t.Helper()
	if f.last != 0 && f.official.state(t, f.last) != "counted" {
		return
	}
	f.batches++
	name := writeBallots(t, f.batches, *lines)
	f.last = f.official.upload(t, f.election, name).ID
	must(t, os.Remove(name))
}

// official is a client of the API.
type official struct{ url, token string }

func signIn(t *testing.T, url, email, password string) official {
	t.Helper()
	body, err := json.Marshal(map[string]string{"email": email, "password": password})
	must(t, err)
	o := official{url: url}
	var tokens struct {
		Access string `json:"access_token"`
	}
	o.call(t, http.MethodPost, "/api/v1/tokens", "application/json", bytes.NewReader(body), &tokens)
	o.token = tokens.Access
	return o
}

// call makes a call of the API and reads the answer's JSON.
func (o official) call(t *testing.T, method, path, contentType string, body io.Reader, into any) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, o.url+path, body)
	must(t, err)
	request.Header.Set("Content-Type", contentType)
	if o.token != "" {
		request.Header.Set("Authorization", "Bearer "+o.token)
	}
	answer, err := http.DefaultClient.Do(request)
	must(t, err)
	defer func() { _ = answer.Body.Close() }()
	content, err := io.ReadAll(answer.Body)
	must(t, err)
	if answer.StatusCode >= http.StatusBadRequest {
		t.Fatalf("%s %s: want it done, got %s: %s", method, path, answer.Status, content)
	}
	must(t, json.Unmarshal(content, into))
}

// batch has the fields of a batch that are read.
type batch struct {
	ID    int64  `json:"id"`
	State string `json:"state"`
}

// upload sends the ballots and returns once the batch is accepted.
func (o official) upload(t *testing.T, electionID int64, name string) batch {
	t.Helper()
	file, err := os.Open(name)
	must(t, err)
	defer func() { _ = file.Close() }()
	var b batch
	o.call(t, http.MethodPost, fmt.Sprintf("/api/v1/elections/%d/batches", electionID), "text/csv", file, &b)
	return b
}

// state returns the batch's state now.
func (o official) state(t *testing.T, id int64) string {
	t.Helper()
	var b batch
	o.call(t, http.MethodGet, fmt.Sprintf("/api/v1/batches/%d", id), "application/json", http.NoBody, &b)
	return b.State
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

package protocol_test

import (
	"fmt"
	"strconv"
	"testing"

	"urna/ballots/protocol"
	"urna/elections"
)

// BenchmarkEnterAll enters 2,000 protocols of 20 lists at once: first entries, then second ones that agree.
func BenchmarkEnterAll(b *testing.B) {
	const stations, lists = 2000, 20
	for b.Loop() {
		b.StopTimer()
		h := newEnv(b, func(d *elections.Draft) {
			d.Constituencies = d.Constituencies[:1]
			d.Constituencies[0].Candidacies, d.Constituencies[0].Stations = nil, nil
			for i := range lists {
				d.Constituencies[0].Candidacies = append(d.Constituencies[0].Candidacies, elections.CandidacyDraft{ParticipantID: int64(i + 1)})
			}
			for i := range stations {
				d.Constituencies[0].Stations = append(d.Constituencies[0].Stations, elections.StationDraft{Number: strconv.Itoa(i + 1)})
			}
		})
		typed := map[string]string{"fields.found_in_box": strconv.Itoa(10*lists + 5), "fields.invalid": "5"}
		for i := range lists {
			typed[fmt.Sprintf("votes.%d", i+1)] = "10"
		}
		var entries []protocol.Entry
		for _, station := range h.stations {
			entries = append(entries, protocol.Entry{StationID: station, Numbers: typed})
		}
		b.StartTimer()
		for _, by := range []protocol.Person{olga, oskar} {
			if _, err := h.protocols.EnterAll(b.Context(), by, entries, func(_ int, refusal error) { b.Error(refusal) }); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(2*stations*b.N)/b.Elapsed().Seconds(), "entries/s")
}

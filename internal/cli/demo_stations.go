package cli

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"time"

	"urna/client"
)

// showStations makes an election that has ended, with a polling station in each state of an election night, and prints its
// addresses: one station sent its ballots, one a protocol, one has a first entry, the entries of one differ, one was closed,
// and one is awaited.
func showStations(ctx context.Context, streams *Streams, own *temporary, administrator, official *client.Client) error {
	e, stations, err := createIsland(ctx, administrator)
	if err != nil {
		return err
	}
	ballots := islandBallots(map[int]int{1: 214, 2: 161, 3: 58})
	_, err = official.UploadStation(ctx, e.ID, stations["1"], "harbour-school.csv", int64(len(ballots)), func() io.ReadCloser {
		return io.NopCloser(bytes.NewReader(ballots))
	})
	if err != nil {
		return err
	}
	hall, lighthouse, mill := islandProtocol(187, 203, 41), islandProtocol(64, 88, 23), islandProtocol(120, 96, 37)
	transposed := islandProtocol(120, 69, 37)
	for _, typed := range []struct {
		by      *client.Client
		station string
		entry   client.ProtocolEntry
	}{
		{official, "2", hall},
		{administrator, "2", hall},
		{official, "3", lighthouse},
		{official, "4", transposed},
		{administrator, "4", mill},
	} {
		if _, err := typed.by.EnterProtocol(ctx, e.ID, stations[typed.station], typed.entry); err != nil {
			return fmt.Errorf("protocol of polling station %s: %w", typed.station, err)
		}
	}
	if err := administrator.CloseStation(ctx, e.ID, stations["5"], "Storm: the ferry with the ballot box did not sail."); err != nil {
		return err
	}
	_, err = fmt.Fprintf(streams.Out, "Polling stations, some counted, one closed, some awaited: %[1]s/elections/%[2]d/stations\n"+
		"Their protocols, one with two numbers to settle; sign in as the administrator: %[1]s/protocols/%[2]d\n", own.URL, e.ID)
	return err
}

// createIsland makes the election of showStations and returns its polling stations by number.
func createIsland(ctx context.Context, administrator *client.Client) (client.Election, map[string]int64, error) {
	lists, err := demoLists(ctx, administrator)
	if err != nil {
		return client.Election{}, nil, err
	}
	island := client.NewConstituency{Name: "The Island", Seats: 9, Participants: lists}
	for _, s := range []struct {
		number, name string
		voters       int64
	}{
		{"1", "Harbour School", 720},
		{"2", "Town Hall", 810},
		{"3", "Lighthouse", 305},
		{"4", "Old Mill", 440},
		{"5", "Outer Skerry", 62},
		{"6", "Mountain Hut", 130},
	} {
		island.Stations = append(island.Stations, client.NewStation{Number: s.number, Name: s.name, RegisteredVoters: &s.voters})
	}
	now := time.Now().Truncate(time.Minute)
	e, err := administrator.CreateElection(ctx, client.NewElection{
		Title: "Island Assembly", Kind: "parliamentary", StartsAt: now.Add(-14 * time.Hour), EndsAt: now.Add(-time.Hour),
		OpenNow: true, Channels: []string{"batches"}, Rehearsal: true, ProtocolForm: "plain",
		Rules:          client.Rules{Method: "dhondt", ThresholdPercent: "5", ThresholdBase: "valid-party-votes", ThresholdComparison: ">="},
		Constituencies: []client.NewConstituency{island},
	})
	if err != nil {
		return client.Election{}, nil, err
	}
	made, err := administrator.Stations(ctx, e.ID)
	stations := map[string]int64{}
	for _, s := range made {
		stations[s.Number] = s.ID
	}
	return e, stations, err
}

// islandBallots returns a batch with so many ballots for each poll number. Their GUIDs follow one another: the election
// has no other batch.
func islandBallots(votes map[int]int) []byte {
	var b bytes.Buffer
	n := 0
	for pollNumber, ballots := range votes {
		for range ballots {
			n++
			fmt.Fprintf(&b, "00000000-0000-4000-8000-%012x,%d\n", n, pollNumber)
		}
	}
	return b.Bytes()
}

// islandProtocol returns the protocol of a polling station with these votes and three invalid ballots.
func islandProtocol(first, second, third int64) client.ProtocolEntry {
	const invalid = 3
	return client.ProtocolEntry{
		Fields: map[string]int64{"found_in_box": first + second + third + invalid, "invalid": invalid},
		Votes:  map[string]int64{"1": first, "2": second, "3": third},
	}
}

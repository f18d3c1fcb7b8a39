package ballots

import (
	"context"
	"fmt"

	"urna/elections"
	"urna/internal/database"
	"urna/internal/messages"
	"urna/internal/problem"
)

// StationState says how far the count of a polling station has come. It is derived and never stored.
type StationState string

// The states of a polling station.
const (
	StationAwaited  StationState = "awaited"  // nothing came of it, or all of it was retracted
	StationReceived StationState = "received" // something of it waits or is being counted
	StationCounted  StationState = "counted"  // all that came of it is in the count
	StationAnnulled              = StationState(elections.AnnulledStation)
	StationClosed                = StationState(elections.ClosedWithout)
)

// StationStates returns the states, in the order in which a station usually passes through them.
func StationStates() []StationState {
	return []StationState{StationAwaited, StationReceived, StationCounted, StationAnnulled, StationClosed}
}

// ErrStationBeingCounted is returned for the annulment of a polling station that has a batch which is being counted,
// retracted or restored, or a late batch or protocol that waits for a decision.
var ErrStationBeingCounted = problem.New(problem.Conflict, "station-being-counted", messages.RefusalStationBeingCounted())

// stationStateSQL is the state of the polling station s, a row of stations, as an expression of a query. A station has one
// protocol, and in the end most are definitive, so that this is asked first.
const stationStateSQL = `CASE
		WHEN s.exclusion <> '' THEN s.exclusion
		WHEN EXISTS (SELECT 1 FROM batches sb WHERE sb.station_id = s.id
			AND (sb.state IN ('queued', 'processing', 'failed', 'restoring') OR sb.late_state = 'waiting')) THEN 'received'
		WHEN EXISTS (SELECT 1 FROM protocols sp WHERE sp.station_id = s.id AND sp.state = 'definitive') THEN 'counted'
		WHEN EXISTS (SELECT 1 FROM protocols sp WHERE sp.station_id = s.id
			AND sp.state IN ('first-entry', 'second-entry', 'different', 'waiting')) THEN 'received'
		WHEN EXISTS (SELECT 1 FROM batches sb WHERE sb.station_id = s.id AND sb.state = 'counted') THEN 'counted'
		ELSE 'awaited' END`

// StationTallies returns the state of the count in every polling station of the elections that has any line, by station
// id, as the transaction sees it. The sum over the stations of a constituency is its tally without the votes cast
// online, which belong to no station.
func StationTallies(ctx context.Context, tx *database.Tx, electionIDs ...int64) (map[int64]Tally, error) {
	in, ids := database.In(electionIDs)
	return stationTalliesWhere(ctx, tx, "s.election_id "+in, ids)
}

// TalliesOfStations is StationTallies for the polling stations with the ids, such as those of a page.
func TalliesOfStations(ctx context.Context, tx *database.Tx, stationIDs []int64) (map[int64]Tally, error) {
	in, ids := database.In(stationIDs)
	return stationTalliesWhere(ctx, tx, "s.id "+in, ids)
}

// StationSums are the valid ballots of the polling stations of one constituency together.
type StationSums struct {
	Votes    map[int]int64 // by poll number
	Stations int           // with any of them
}

// StationSumsWithin returns the sums over the polling stations of a constituency.
func StationSumsWithin(ctx context.Context, tx *database.Tx, constituencyID int64) (StationSums, error) {
	sums := StationSums{Votes: map[int]int64{}}
	err := tx.SQL().QueryRowContext(ctx, `SELECT count(*) FROM stations s WHERE s.constituency_id = $1
		AND EXISTS (SELECT 1 FROM station_tallies t WHERE t.station_id = s.id)`, constituencyID).Scan(&sums.Stations)
	if err != nil {
		return sums, fmt.Errorf("ballots: count stations: %w", err)
	}
	rows, err := tx.SQL().QueryContext(ctx, `SELECT t.poll_number, CAST(sum(t.votes) AS BIGINT) FROM stations s
		JOIN station_tallies t ON t.station_id = s.id WHERE s.constituency_id = $1 GROUP BY t.poll_number`, constituencyID)
	if err != nil {
		return sums, fmt.Errorf("ballots: add up tallies of stations: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var pollNumber int
		var votes int64
		if err := rows.Scan(&pollNumber, &votes); err != nil {
			return sums, fmt.Errorf("ballots: add up tallies of stations: %w", err)
		}
		sums.Votes[pollNumber] = votes
	}
	return sums, rows.Err()
}

func stationTalliesWhere(ctx context.Context, tx *database.Tx, condition string, ids []any) (map[int64]Tally, error) {
	tallies := map[int64]Tally{}
	rows, err := tx.SQL().QueryContext(ctx, `SELECT s.id, s.constituency_id, t.invalid, t.duplicates, 0, 0
		FROM stations s JOIN station_totals t ON t.station_id = s.id WHERE `+condition+`
		UNION ALL SELECT s.id, s.constituency_id, 0, 0, t.poll_number, t.votes
		FROM stations s JOIN station_tallies t ON t.station_id = s.id WHERE `+condition, ids...)
	if err != nil {
		return nil, fmt.Errorf("ballots: read tallies of stations: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var station, constituency, invalid, duplicates, votes int64
		var pollNumber int
		if err := rows.Scan(&station, &constituency, &invalid, &duplicates, &pollNumber, &votes); err != nil {
			return nil, fmt.Errorf("ballots: read tallies of stations: %w", err)
		}
		t, ok := tallies[station]
		if !ok {
			t = Tally{ConstituencyID: constituency, Votes: map[int]int64{}}
		}
		t.Invalid, t.Duplicates = t.Invalid+invalid, t.Duplicates+duplicates
		if votes != 0 {
			t.Votes[pollNumber] += votes
		}
		tallies[station] = t
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("ballots: read tallies of stations: %w", err)
	}
	return tallies, nil
}

// CompareStations compares the tallies of an election's polling stations with those that were counted a second time.
func (s *SecondCount) CompareStations(ctx context.Context, tx *database.Tx, electionID int64) error {
	kept, err := StationTallies(ctx, tx, electionID)
	if err != nil {
		return err
	}
	for id, t := range kept {
		if !t.equals(s.Stations[id]) {
			s.Differs("The tally of station %d is not the count of its ballots.", id)
		}
	}
	for id, t := range s.Stations {
		if _, ok := kept[id]; !ok && !t.equals(Tally{}) {
			s.Differs("Station %d has ballots and no tally.", id)
		}
	}
	return nil
}

// equals reports whether two tallies have the same numbers. One of 0 votes is one that is not there.
func (t Tally) equals(other Tally) bool {
	if t.Invalid != other.Invalid || t.Duplicates != other.Duplicates || t.Online != other.Online || t.Valid() != other.Valid() {
		return false
	}
	for pollNumber, votes := range t.Votes {
		if other.Votes[pollNumber] != votes {
			return false
		}
	}
	return true
}

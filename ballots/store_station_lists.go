package ballots

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"time"

	"urna/elections"
	"urna/internal/database"
)

// StationRecord is a polling station with its state.
type StationRecord struct {
	elections.Station

	State StationState
}

// StationRecordsOf returns the polling stations of each of the elections, in the order of the constituencies and of their
// lists.
func StationRecordsOf(ctx context.Context, tx *database.Tx, electionIDs []int64) (map[int64][]StationRecord, error) {
	in, ids := database.In(electionIDs)
	found := map[int64][]StationRecord{}
	err := eachStation(ctx, tx, `JOIN constituencies c ON c.id = s.constituency_id
		WHERE s.election_id `+in+` ORDER BY s.election_id, c.position, s.position`, ids, func(r *StationRecord) {
		found[r.ElectionID] = append(found[r.ElectionID], *r)
	})
	return found, err
}

// EachStation calls next for the polling stations of the constituencies, for those of one constituency in the order of its list.
// It is for answers with thousands of them: the record is overwritten by the next one.
func EachStation(ctx context.Context, tx *database.Tx, constituencyIDs []int64, next func(*StationRecord)) error {
	in, ids := database.In(constituencyIDs)
	return eachStation(ctx, tx, "WHERE s.constituency_id "+in+" ORDER BY s.constituency_id, s.position", ids, next)
}

// StationRecords returns the polling stations with the ids, in the order of the ids.
func StationRecords(ctx context.Context, tx *database.Tx, stationIDs []int64) ([]StationRecord, error) {
	in, ids := database.In(stationIDs)
	byID := map[int64]StationRecord{}
	if err := eachStation(ctx, tx, "WHERE s.id "+in, ids, func(r *StationRecord) { byID[r.ID] = *r }); err != nil {
		return nil, err
	}
	found := make([]StationRecord, 0, len(stationIDs))
	for _, id := range stationIDs {
		if r, ok := byID[id]; ok {
			found = append(found, r)
		}
	}
	return found, nil
}

func eachStation(ctx context.Context, tx *database.Tx, which string, arguments []any, next func(*StationRecord)) error {
	rows, err := tx.SQL().QueryContext(ctx, `SELECT s.election_id, s.constituency_id, s.id, s.number, s.name, s.place, s.registered_voters,
			s.kind, s.exclusion, s.exclusion_reason, s.excluded_at, `+stationStateSQL+`
		FROM stations s `+which, arguments...)
	if err != nil {
		return fmt.Errorf("ballots: read stations: %w", err)
	}
	defer rows.Close()
	var r StationRecord
	var excluded sql.NullInt64
	for rows.Next() {
		err := rows.Scan(&r.ElectionID, &r.ConstituencyID, &r.ID, &r.Number, &r.Name, &r.Place, &r.RegisteredVoters,
			&r.Kind, &r.Exclusion, &r.ExclusionReason, &excluded, &r.State)
		if err != nil {
			return fmt.Errorf("ballots: read stations: %w", err)
		}
		if r.ExcludedAt = nil; excluded.Valid {
			at := time.UnixMilli(excluded.Int64)
			r.ExcludedAt = &at
		}
		next(&r)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("ballots: read stations: %w", err)
	}
	return nil
}

// StationGroup is a number of polling stations of a constituency that have one state.
type StationGroup struct {
	ConstituencyID int64
	State          StationState
	Stations       int
	Registered     int64 // their registered voters
	Unknown        int   // those whose registered voters are unknown
}

// StationGroupsOf counts the polling stations of the elections by constituency and state.
func StationGroupsOf(ctx context.Context, tx *database.Tx, electionIDs []int64) (groups []StationGroup, err error) {
	in, ids := database.In(electionIDs)
	rows, err := tx.SQL().QueryContext(ctx, `SELECT s.constituency_id, `+stationStateSQL+` AS state, count(*), sum(s.registered_voters),
			count(CASE s.registered_voters WHEN 0 THEN 1 END)
		FROM stations s WHERE s.election_id `+in+` GROUP BY s.constituency_id, state ORDER BY s.constituency_id, state`, ids...)
	if err != nil {
		return nil, fmt.Errorf("ballots: count stations: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var g StationGroup
		if err := rows.Scan(&g.ConstituencyID, &g.State, &g.Stations, &g.Registered, &g.Unknown); err != nil {
			return nil, fmt.Errorf("ballots: count stations: %w", err)
		}
		groups = append(groups, g)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("ballots: count stations: %w", err)
	}
	return groups, nil
}

// StationSizes returns the number of ballots of each polling station of the constituencies that has any, and how many of
// them are blank, by constituency and station. It is what StationTallies adds up, without the votes of each candidacy.
func StationSizes(ctx context.Context, tx *database.Tx, constituencyIDs []int64) (map[int64]map[int64]StationSize, error) {
	in, ids := database.In(constituencyIDs)
	return stationSizes(ctx, tx, "s.constituency_id "+in, ids)
}

// SmallStations is StationSizes for those stations that have fewer than so many ballots, and for the smallest of the others in
// each of the constituencies. Stations without valid and invalid ballots are left out.
func SmallStations(ctx context.Context, tx *database.Tx, constituencyIDs []int64, least int) (map[int64]map[int64]StationSize, error) {
	in, ids := database.In(constituencyIDs)
	// A group is a small station, or all others of a constituency. The number of ballots and the id, which
	// is far below 2^32, are one number, so that the least of a group names its station.
	return stationSizes(ctx, tx, `s.id IN (SELECT min(n * 4294967296 + id) % 4294967296
		FROM (SELECT s.id AS id, s.constituency_id AS place, `+stationBallots+` AS n
			FROM `+stationsWithBallots+"s.constituency_id "+in+byPlace+`) AS sizes
		WHERE n > 0 GROUP BY place, CASE WHEN n < `+strconv.Itoa(least)+` THEN id ELSE 0 END)`, ids)
}

// The parts of a query for polling stations s with their valid ballots, and their totals t; both are NULL for none. A condition
// and a group are between them. SQLite needs no sort if the groups are in the order of the index by which it finds the stations.
// For PostgreSQL a subquery for each station would cost much more.
const (
	stationsWithBallots = `(SELECT s.id, s.constituency_id, s.position, s.registered_voters, CAST(sum(b.votes) AS BIGINT) AS valid
		FROM stations s LEFT JOIN station_tallies b ON b.station_id = s.id WHERE `
	byPlace    = " GROUP BY s.constituency_id, s.position, s.id" + withTotals
	byID       = " GROUP BY s.id" + withTotals
	withTotals = ") AS s LEFT JOIN station_totals t ON t.station_id = s.id"

	stationBallots = "coalesce(s.valid, 0) + coalesce(t.invalid, 0)" // valid and invalid ones
)

func stationSizes(ctx context.Context, tx *database.Tx, condition string, arguments []any) (map[int64]map[int64]StationSize, error) {
	rows, err := tx.SQL().QueryContext(ctx, `SELECT s.constituency_id, s.id, coalesce(s.valid, 0), coalesce(t.invalid, 0), coalesce(t.duplicates, 0),
			coalesce(z.votes, 0)
		FROM `+stationsWithBallots+condition+byPlace+` LEFT JOIN station_tallies z ON z.station_id = s.id AND z.poll_number = 0
		WHERE s.valid IS NOT NULL OR t.station_id IS NOT NULL`, arguments...)
	if err != nil {
		return nil, fmt.Errorf("ballots: read sizes of stations: %w", err)
	}
	defer rows.Close()
	sizes := map[int64]map[int64]StationSize{}
	for rows.Next() {
		var place, id int64
		var s StationSize
		if err := rows.Scan(&place, &id, &s.Valid, &s.Invalid, &s.Duplicates, &s.Blank); err != nil {
			return nil, fmt.Errorf("ballots: read sizes of stations: %w", err)
		}
		if sizes[place] == nil {
			sizes[place] = map[int64]StationSize{}
		}
		sizes[place][id] = s
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("ballots: read sizes of stations: %w", err)
	}
	return sizes, nil
}

// StationSize is the number of a polling station's ballots.
type StationSize struct {
	Outcome

	Blank int64 // of Valid
}

// StationSize returns the number of ballots of a tally.
func (t Tally) StationSize() StationSize {
	return StationSize{Outcome: Outcome{t.Valid(), t.Invalid, t.Duplicates}, Blank: t.Votes[0]}
}

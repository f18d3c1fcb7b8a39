package ballots

import (
	"context"
	"database/sql"
	"fmt"
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
	err := eachStation(ctx, tx, "s.election_id "+in+" ORDER BY s.election_id, c.position, s.position", ids, func(r StationRecord) {
		found[r.ElectionID] = append(found[r.ElectionID], r)
	})
	return found, err
}

// StationRecords returns the polling stations with the ids, in the order of the ids.
func StationRecords(ctx context.Context, tx *database.Tx, stationIDs []int64) ([]StationRecord, error) {
	in, ids := database.In(stationIDs)
	byID := map[int64]StationRecord{}
	if err := eachStation(ctx, tx, "s.id "+in, ids, func(r StationRecord) { byID[r.ID] = r }); err != nil {
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

func eachStation(ctx context.Context, tx *database.Tx, condition string, arguments []any, add func(StationRecord)) error {
	rows, err := tx.SQL().QueryContext(ctx, `SELECT s.election_id, s.constituency_id, s.id, s.number, s.name, s.place, s.registered_voters,
			s.kind, s.exclusion, s.exclusion_reason, s.excluded_at, `+stationStateSQL+`
		FROM stations s JOIN constituencies c ON c.id = s.constituency_id WHERE `+condition, arguments...)
	if err != nil {
		return fmt.Errorf("ballots: read stations: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var r StationRecord
		var excluded sql.NullInt64
		err := rows.Scan(&r.ElectionID, &r.ConstituencyID, &r.ID, &r.Number, &r.Name, &r.Place, &r.RegisteredVoters,
			&r.Kind, &r.Exclusion, &r.ExclusionReason, &excluded, &r.State)
		if err != nil {
			return fmt.Errorf("ballots: read stations: %w", err)
		}
		if excluded.Valid {
			at := time.UnixMilli(excluded.Int64)
			r.ExcludedAt = &at
		}
		add(r)
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
	sizes := map[int64]map[int64]StationSize{}
	err := eachSize(ctx, tx, constituencyIDs, "valid + invalid + duplicates > 0", func(place, id int64, s StationSize) bool {
		if sizes[place] == nil {
			sizes[place] = map[int64]StationSize{}
		}
		sizes[place][id] = s
		return true
	})
	return sizes, err
}

// SmallStations is StationSizes for those stations of a constituency that have fewer than so many ballots, and the smallest
// of the others.
func SmallStations(ctx context.Context, tx *database.Tx, constituencyID int64, least int) (map[int64]StationSize, error) {
	small := map[int64]StationSize{}
	err := eachSize(ctx, tx, []int64{constituencyID}, "valid + invalid > 0 ORDER BY valid + invalid, id", func(_, id int64, s StationSize) bool {
		small[id] = s
		return s.Valid+s.Invalid < int64(least)
	})
	return small, err
}

// eachSize calls next for the sizes of stations until it returns false. The tallies are read in the order of their key, so
// that the sums need no sort.
func eachSize(ctx context.Context, tx *database.Tx, constituencyIDs []int64, condition string, next func(place, id int64, s StationSize) bool) error {
	in, ids := database.In(constituencyIDs)
	rows, err := tx.SQL().QueryContext(ctx, `SELECT place, id, invalid, duplicates, valid, blank, registered FROM (
			SELECT s.constituency_id AS place, s.id AS id, coalesce(t.invalid, 0) AS invalid, coalesce(t.duplicates, 0) AS duplicates,
				coalesce(v.valid, 0) AS valid, coalesce(v.blank, 0) AS blank, s.registered_voters AS registered
			FROM stations s LEFT JOIN station_totals t ON t.station_id = s.id LEFT JOIN (
				SELECT b.station_id AS station, sum(b.votes) AS valid, sum(CASE b.poll_number WHEN 0 THEN b.votes ELSE 0 END) AS blank
				FROM station_tallies b WHERE b.station_id IN (SELECT id FROM stations WHERE constituency_id `+in+`)
				GROUP BY b.station_id) v ON v.station = s.id
			WHERE s.constituency_id `+in+`) AS sizes
		WHERE `+condition, ids...)
	if err != nil {
		return fmt.Errorf("ballots: read sizes of stations: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var place, id int64
		var s StationSize
		if err := rows.Scan(&place, &id, &s.Invalid, &s.Duplicates, &s.Valid, &s.Blank, &s.Registered); err != nil {
			return fmt.Errorf("ballots: read sizes of stations: %w", err)
		}
		if !next(place, id, s) {
			break
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("ballots: read sizes of stations: %w", err)
	}
	return nil
}

// StationSize is the number of a polling station's ballots.
type StationSize struct {
	Outcome

	Blank      int64 // of Valid
	Registered int64 // voters; 0 is unknown, or not asked for
}

// StationSize returns the number of ballots of a tally.
func (t Tally) StationSize() StationSize {
	return StationSize{Outcome: Outcome{t.Valid(), t.Invalid, t.Duplicates}, Blank: t.Votes[0]}
}

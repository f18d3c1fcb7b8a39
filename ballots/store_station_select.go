package ballots

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"urna/elections"
	"urna/internal/database"
)

// StationOrder is an order of polling stations.
type StationOrder string

// The orders that a selection has. Equal stations are in the order of the election.
const (
	StationsByList       StationOrder = ""           // of the constituencies and of their lists
	StationsByName       StationOrder = "name"       // the name, else the number
	StationsByState      StationOrder = "state"      // as a station passes through the states
	StationsByRegistered StationOrder = "registered" // registered voters
	StationsByTurnout    StationOrder = "turnout"    // unknown turnouts come last
)

// StationSelection says which polling stations of an election are wanted.
type StationSelection struct {
	ElectionID     int64
	ID             int64        // one station, or 0
	ConstituencyID int64        // 0: any
	State          StationState // "": any
	Search         string       // each word of it is in the number, the name or the place
	Order          StationOrder
	Descending     bool
	// Withheld are stations whose turnout counts as unknown in the order of turnouts, so that the order does not tell it.
	Withheld []int64
}

// condition returns the condition of a query for stations s, with its arguments.
func (f *StationSelection) condition() (condition string, arguments []any) {
	condition, arguments = "s.election_id = $1", []any{f.ElectionID}
	where := func(test string, value any, after string) {
		arguments = append(arguments, value)
		condition += " AND " + test + " $" + strconv.Itoa(len(arguments)) + after
	}
	add := func(column string, value any) { where(column+" =", value, "") }
	if f.ID != 0 {
		add("s.id", f.ID)
	}
	if f.ConstituencyID != 0 {
		add("s.constituency_id", f.ConstituencyID)
	}
	if f.State != "" {
		add(stationStateSQL, string(f.State))
	}
	for _, pattern := range elections.StationSearch(f.Search) {
		where("s.search LIKE", pattern, " ESCAPE '!'")
	}
	return condition, arguments
}

// order returns the order of a query for stations s of constituencies c.
func (f *StationSelection) order() string {
	direction := ""
	if f.Descending {
		direction = " DESC"
	}
	switch f.Order {
	case StationsByName:
		return "lower(CASE s.name WHEN '' THEN s.number ELSE s.name END)" + direction + ", c.position, s.position"
	case StationsByState:
		var rank strings.Builder
		rank.WriteString("CASE " + stationStateSQL)
		for i, state := range StationStates() {
			fmt.Fprintf(&rank, " WHEN '%s' THEN %d", state, i)
		}
		return rank.String() + " END" + direction + ", c.position, s.position"
	case StationsByRegistered:
		return "s.registered_voters" + direction + ", c.position, s.position"
	case StationsByTurnout:
		return turnoutSQL + direction + " NULLS LAST, c.position, s.position"
	case StationsByList:
	}
	return "c.position" + direction + ", s.position" + direction
}

// turnoutSQL is the turnout of a polling station of stationsWithBallots; NULL if it is unknown. It is in millionths, rounded as
// results.NewFraction does.
const turnoutSQL = `CASE WHEN s.registered_voters = 0 OR s.id IN (SELECT id FROM r) OR s.valid IS NULL AND t.station_id IS NULL THEN NULL
	ELSE ((` + stationBallots + `) * 2000000 + s.registered_voters) / (2 * s.registered_voters) END`

// stationRecords are the ids of polling stations.
var stationRecords = database.NewLayout(database.Digits("id", 19)) //nolint:gochecknoglobals // a constant

// CountStations returns how many polling stations a selection has.
func CountStations(ctx context.Context, tx *database.Tx, f StationSelection) (n int, err error) {
	condition, arguments := f.condition()
	if err := tx.SQL().QueryRowContext(ctx, `SELECT count(*) FROM stations s WHERE `+condition, arguments...).Scan(&n); err != nil {
		return 0, fmt.Errorf("ballots: count stations: %w", err)
	}
	return n, nil
}

// SelectStations returns the ids of the polling stations of a selection in their order: at most limit, 0 for all, after the
// first offset ones.
func SelectStations(ctx context.Context, tx *database.Tx, f StationSelection, offset, limit int) (ids []int64, err error) {
	condition, arguments := f.condition()
	return f.read(ctx, tx, condition, arguments, offset, limit)
}

// SelectStationsAfter returns the ids of the polling stations of a selection behind one of them, in the order of the
// election: at most limit, 0 for all. It costs the same for each page. The error for a station that is not in the selection
// is elections.ErrUnknownStation.
func SelectStationsAfter(ctx context.Context, tx *database.Tx, f StationSelection, after int64, limit int) (ids []int64, err error) {
	f.Order, f.Descending = StationsByList, false
	condition, arguments := f.condition()
	var place, position int64
	err = tx.SQL().QueryRowContext(ctx, `SELECT c.position, s.position FROM stations s JOIN constituencies c ON c.id = s.constituency_id
		WHERE `+condition+` AND s.id = $`+strconv.Itoa(len(arguments)+1), append(arguments, after)...).Scan(&place, &position)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, elections.ErrUnknownStation
	}
	if err != nil {
		return nil, fmt.Errorf("ballots: find a station: %w", err)
	}
	n := len(arguments)
	condition += fmt.Sprintf(" AND (c.position > $%d OR c.position = $%d AND s.position > $%d)", n+1, n+1, n+2)
	return f.read(ctx, tx, condition, append(arguments, place, position), 0, limit)
}

// read returns the ids of the polling stations of a condition in the selection's order.
func (f *StationSelection) read(ctx context.Context, tx *database.Tx, condition string, arguments []any, offset, limit int) (ids []int64, err error) {
	query, statement := tx.SQL().QueryContext, `SELECT s.id FROM stations s JOIN constituencies c ON c.id = s.constituency_id WHERE `+condition
	if f.Order == StationsByTurnout {
		var withheld []byte
		for _, id := range f.Withheld {
			withheld = fmt.Appendf(withheld, "%019d", id)
		}
		records, err := tx.Rows(ctx, stationRecords, withheld)
		if err != nil {
			return nil, fmt.Errorf("ballots: select stations: %w", err)
		}
		query = records.Query
		statement = `SELECT s.id FROM ` + stationsWithBallots + condition + byID + ` JOIN constituencies c ON c.id = s.constituency_id`
	}
	statement += " ORDER BY " + f.order()
	if limit > 0 {
		statement += " LIMIT " + strconv.Itoa(limit) + " OFFSET " + strconv.Itoa(max(offset, 0))
	}
	rows, err := query(ctx, statement, arguments...)
	if err != nil {
		return nil, fmt.Errorf("ballots: select stations: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("ballots: select stations: %w", err)
		}
		ids = append(ids, id)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("ballots: select stations: %w", err)
	}
	return ids, nil
}

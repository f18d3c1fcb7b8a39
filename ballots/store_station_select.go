package ballots

import (
	"context"
	"fmt"
	"strconv"
	"strings"

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
)

// StationSelection says which polling stations of an election are wanted.
type StationSelection struct {
	ElectionID     int64
	ID             int64        // one station, or 0
	ConstituencyID int64        // 0: any
	State          StationState // "": any
	Order          StationOrder
	Descending     bool
}

// condition returns the condition of a query for stations s, with its arguments.
func (f *StationSelection) condition() (condition string, arguments []any) {
	condition, arguments = "s.election_id = $1", []any{f.ElectionID}
	add := func(column string, value any) {
		arguments = append(arguments, value)
		condition += " AND " + column + " = $" + strconv.Itoa(len(arguments))
	}
	if f.ID != 0 {
		add("s.id", f.ID)
	}
	if f.ConstituencyID != 0 {
		add("s.constituency_id", f.ConstituencyID)
	}
	if f.State != "" {
		add(stationStateSQL, string(f.State))
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
	case StationsByList:
	}
	return "c.position" + direction + ", s.position" + direction
}

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
	err = selectStations(ctx, tx, f, "0", offset, limit, func(id int64, _ string) { ids = append(ids, id) })
	return ids, err
}

// StationTexts calls add for each polling station of a selection in its order, with its number, name and place in one text.
func StationTexts(ctx context.Context, tx *database.Tx, f StationSelection, add func(id int64, text string)) error {
	return selectStations(ctx, tx, f, "s.number || ' ' || s.name || ' ' || s.place", 0, 0, add)
}

func selectStations(ctx context.Context, tx *database.Tx, f StationSelection, text string, offset, limit int, add func(int64, string)) error {
	condition, arguments := f.condition()
	query := `SELECT s.id, ` + text + ` FROM stations s JOIN constituencies c ON c.id = s.constituency_id WHERE ` + condition + ` ORDER BY ` + f.order()
	if limit > 0 {
		query += " LIMIT " + strconv.Itoa(limit) + " OFFSET " + strconv.Itoa(offset)
	}
	rows, err := tx.SQL().QueryContext(ctx, query, arguments...)
	if err != nil {
		return fmt.Errorf("ballots: select stations: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		var text string
		if err := rows.Scan(&id, &text); err != nil {
			return fmt.Errorf("ballots: select stations: %w", err)
		}
		add(id, text)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("ballots: select stations: %w", err)
	}
	return nil
}

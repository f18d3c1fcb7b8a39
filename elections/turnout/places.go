package turnout

import (
	"context"
	"fmt"
	"strings"
	"time"

	"urna/elections"
	"urna/internal/database"
)

// Reach is for which places a person reports: all of an election, or those of the constituencies and stations.
type Reach struct {
	Everywhere     bool
	Constituencies []int64
	Stations       []int64
}

// Filter chooses places of an election.
type Filter struct {
	Reach

	Hour   time.Time
	Search string // in the names and numbers of places, in any capitals; "" is all
	Offset int
	Limit  int
}

// Line is a place with the figure that holds for an hour.
type Line struct {
	Place

	Constituency string
	Number, Name string // of the station; "" for a constituency
	Registered   int64  // 0 is unknown
	Report       *Report
}

// placesOf is a query for the places that report: stations that were not closed, and constituencies without stations.
const placesOf = `SELECT -c.id AS number_of_place, c.id AS constituency_id, 0 AS station_id, c.name AS constituency, '' AS number, '' AS name, '' AS place,
		c.registered_voters AS registered, c.position AS part, 0 AS position
	FROM constituencies c WHERE c.election_id = $1 AND NOT EXISTS (SELECT 1 FROM stations s WHERE s.constituency_id = c.id)
	UNION ALL SELECT s.id, s.constituency_id, s.id, c.name, s.number, s.name, s.place, s.registered_voters, c.position, s.position
	FROM stations s JOIN constituencies c ON c.id = s.constituency_id WHERE s.election_id = $1 AND s.exclusion <> 'closed'`

// Lines returns places with their figures for one hour, those without a figure first, then in the order of the
// definition. more reports whether others follow.
func (s *Service) Lines(ctx context.Context, electionID int64, f Filter) (lines []Line, more bool, err error) {
	err = s.db.Read(ctx, func(tx *database.Tx) error {
		lines, err = readLines(ctx, tx, electionID, f)
		return err
	})
	if len(lines) > f.Limit {
		lines, more = lines[:f.Limit], true
	}
	return lines, more, err
}

func readLines(ctx context.Context, tx *database.Tx, electionID int64, f Filter) (lines []Line, err error) {
	arguments := []any{electionID, f.Hour.UnixMilli()}
	where := f.where(&arguments)
	arguments = append(arguments, f.Limit+1, f.Offset)
	n := len(arguments)
	rows, err := tx.SQL().QueryContext(ctx, fmt.Sprintf(`SELECT p.constituency_id, p.station_id, p.constituency, p.number, p.name, p.registered,
			r.id, r.voters, r.reason, r.reporter_name, r.reported_at
		FROM (`+placesOf+`) p LEFT JOIN turnout_reports r ON r.place = p.number_of_place AND r.hour = $2 AND r.replaced_at IS NULL
		WHERE %s ORDER BY CASE WHEN r.id IS NULL THEN 0 ELSE 1 END, p.part, p.position LIMIT $%d OFFSET $%d`, where, n-1, n), arguments...)
	if err != nil {
		return nil, fmt.Errorf("turnout: read places: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var l Line
		var id, voters, at *int64
		var reason, reporter *string
		err := rows.Scan(&l.ConstituencyID, &l.StationID, &l.Constituency, &l.Number, &l.Name, &l.Registered, &id, &voters, &reason, &reporter, &at)
		if err != nil {
			return nil, fmt.Errorf("turnout: read places: %w", err)
		}
		if id != nil {
			l.Report = &Report{
				ID: *id, ElectionID: electionID, Place: l.Place, Hour: f.Hour, Voters: *voters, Reason: *reason, Reporter: *reporter,
				ReportedAt: time.UnixMilli(*at), Holds: true,
			}
		}
		lines = append(lines, l)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("turnout: read places: %w", err)
	}
	return lines, nil
}

// where is the condition of the filter on places p; it appends its arguments.
func (f Filter) where(arguments *[]any) string {
	conditions := []string{"p.constituency_id > 0"}
	if !f.Everywhere {
		reached := []string{numbered("p.constituency_id", f.Constituencies, arguments), numbered("p.station_id", f.Stations, arguments)}
		conditions = append(conditions, "("+strings.Join(reached, " OR ")+")")
	}
	if f.Search != "" {
		escaped := strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(f.Search)
		*arguments = append(*arguments, "%"+escaped+"%")
		conditions = append(conditions, fmt.Sprintf(
			`lower(p.constituency || ' ' || p.number || ' ' || p.name || ' ' || p.place) LIKE lower($%d) ESCAPE '\'`, len(*arguments)))
	}
	return strings.Join(conditions, " AND ")
}

// numbered is the condition that a column has one of the values.
func numbered(column string, values []int64, arguments *[]any) string {
	if len(values) == 0 {
		return column + " < 0"
	}
	marks := make([]string, len(values))
	for i, v := range values {
		*arguments = append(*arguments, v)
		marks[i] = fmt.Sprintf("$%d", len(*arguments))
	}
	return column + " IN (" + strings.Join(marks, ", ") + ")"
}

// Progress is how many of the places of a person have a figure for an hour.
type Progress struct {
	At               time.Time
	Places, Reported int
}

// Missing returns how many places have no figure.
func (p Progress) Missing() int { return p.Places - p.Reported }

// Progress returns the progress of every hour of an election, in their order, for the places within reach.
func (s *Service) Progress(ctx context.Context, e *elections.Election, r Reach) (hours []Progress, err error) {
	var places int
	reported := map[int64]int{}
	err = s.db.Read(ctx, func(tx *database.Tx) error {
		arguments := []any{e.ID}
		where := Filter{Reach: r}.where(&arguments)
		err := tx.SQL().QueryRowContext(ctx, `SELECT count(*) FROM (`+placesOf+`) p WHERE `+where, arguments...).Scan(&places)
		if err != nil {
			return err
		}
		rows, err := tx.SQL().QueryContext(ctx, `SELECT r.hour, count(*) FROM (`+placesOf+`) p JOIN turnout_reports r
			ON r.place = p.number_of_place AND r.replaced_at IS NULL
			WHERE `+where+` GROUP BY r.hour`, arguments...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var hour int64
			var n int
			if err := rows.Scan(&hour, &n); err != nil {
				return err
			}
			reported[hour] = n
		}
		return rows.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("turnout: count reports: %w", err)
	}
	for _, hour := range e.TurnoutHours() {
		hours = append(hours, Progress{At: hour, Places: places, Reported: reported[hour.UnixMilli()]})
	}
	return hours, nil
}

// Reports returns all reports of a place, in the order of their hours, each hour's oldest first.
func (s *Service) Reports(ctx context.Context, p Place) ([]Report, error) {
	return reportsOf(s.db.Reader(ctx), p)
}

// Line returns a place of an election, without a figure; ErrUnknownConstituency or elections.ErrUnknownStation if it has
// no such place.
func (s *Service) Line(ctx context.Context, electionID int64, p Place) (l Line, err error) {
	err = s.db.Read(ctx, func(tx *database.Tx) error {
		e, err := s.elections.Within(tx, electionID)
		if err != nil {
			return err
		}
		l, err = s.place(tx, e, p)
		return err
	})
	return l, err
}

// MayReport reports whether an account reports for a place.
func (s *Service) MayReport(ctx context.Context, account int64, p Place) (may bool, err error) {
	err = s.db.Read(ctx, func(tx *database.Tx) error {
		may, err = s.options.MayReport(tx, account, p)
		return err
	})
	return may, err
}

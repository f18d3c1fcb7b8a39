package turnout

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"time"

	"urna/internal/database"
	"urna/internal/text/csvtext"
)

// WriteCSV writes all reports of an election as CSV, with a header: by hour, then by place, each place's oldest first. The
// column holds is true for figures that no later report replaced. It has no name of an official.
func (s *Service) WriteCSV(ctx context.Context, electionID int64, w io.Writer) error {
	out := csvtext.NewWriter(w)
	err := out.Write("hour", "constituency_id", "constituency", "station_id", "station_number", "station", "registered_voters", "voters",
		"holds", "replaces_voters", "reason", "reported_at")
	if err != nil {
		return err
	}
	return s.db.Read(ctx, func(tx *database.Tx) error {
		e, err := s.elections.Within(tx, electionID)
		if err != nil {
			return err
		}
		return writeReports(ctx, tx, electionID, e.Location(), out)
	})
}

func writeReports(ctx context.Context, tx *database.Tx, electionID int64, zone *time.Location, out *csvtext.Writer) error {
	rows, err := tx.SQL().QueryContext(ctx, `SELECT r.hour, r.constituency_id, c.name, coalesce(r.station_id, 0), coalesce(s.number, ''),
			coalesce(s.name, ''), coalesce(s.registered_voters, c.registered_voters), r.voters, r.replaced_at, p.voters, r.reason, r.reported_at
		FROM turnout_reports r JOIN constituencies c ON c.id = r.constituency_id LEFT JOIN stations s ON s.id = r.station_id
			LEFT JOIN turnout_reports p ON p.id = r.replaces
		WHERE r.election_id = $1 ORDER BY r.hour, c.position, coalesce(s.position, 0), r.id`, electionID)
	if err != nil {
		return fmt.Errorf("turnout: read reports: %w", err)
	}
	defer rows.Close()
	instant := func(ms int64) string { return time.UnixMilli(ms).In(zone).Format(time.RFC3339) }
	known := func(n int64) string { // a cell for a number whose 0 is none
		if n == 0 {
			return ""
		}
		return strconv.FormatInt(n, 10)
	}
	for rows.Next() {
		var hour, constituency, station, registered, voters, at int64
		var replacedAt, before *int64
		var name, stationNumber, stationName, reason string
		err := rows.Scan(&hour, &constituency, &name, &station, &stationNumber, &stationName, &registered, &voters, &replacedAt, &before, &reason, &at)
		if err != nil {
			return fmt.Errorf("turnout: read reports: %w", err)
		}
		was := ""
		if before != nil {
			was = strconv.FormatInt(*before, 10)
		}
		err = out.Write(instant(hour), constituency, name, known(station), stationNumber, stationName, known(registered), voters,
			replacedAt == nil, was, reason, instant(at))
		if err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("turnout: read reports: %w", err)
	}
	return out.Flush()
}

package turnout

import (
	"context"
	"fmt"
	"time"

	"urna/elections"
	"urna/internal/database"
)

// Summary returns what was reported of an election, from one snapshot; elections.ErrUnknownElection for an unknown id.
func (s *Service) Summary(ctx context.Context, electionID int64) (summary *Summary, err error) {
	err = s.db.Read(ctx, func(tx *database.Tx) error {
		e, err := s.elections.Within(tx, electionID)
		if err != nil {
			return err
		}
		summary, err = summarize(ctx, tx, e)
		return err
	})
	return summary, err
}

func summarize(ctx context.Context, tx *database.Tx, e *elections.Election) (*Summary, error) {
	s := &Summary{Election: e}
	hours := e.TurnoutHours()
	if len(hours) == 0 {
		return s, nil
	}
	reporting, err := reportingStations(ctx, tx, e.ID)
	if err != nil {
		return nil, err
	}
	sums, err := readSums(ctx, tx, e.ID)
	if err != nil {
		return nil, err
	}
	if s.Corrections, err = countCorrections(ctx, tx, e.ID); err != nil {
		return nil, err
	}
	for _, hour := range hours {
		s.Hours = append(s.Hours, Hour{At: hour})
	}
	unknown := make([]bool, len(hours))
	for _, c := range e.Constituencies {
		places := 1
		if c.HasStations {
			places = reporting[c.ID]
		}
		part := Constituency{ID: c.ID, Name: c.Name}
		for i, hour := range hours {
			h := sums[key{c.ID, hour.UnixMilli()}].hour(places, c.RegisteredVoters)
			h.At = hour
			part.Hours = append(part.Hours, h)
			unknown[i] = unknown[i] || h.Reported > 0 && h.Registered == 0
			s.Hours[i].add(h)
		}
		s.Constituencies = append(s.Constituencies, part)
	}
	for i := range s.Hours {
		if unknown[i] {
			s.Hours[i].Registered = 0
		}
	}
	return s, nil
}

func (h *Hour) add(part Hour) {
	h.Places += part.Places
	h.Reported += part.Reported
	h.Voters += part.Voters
	h.Registered += part.Registered
}

// key is a constituency at an hour.
type key struct{ constituency, hour int64 }

// sum is what the places of a constituency reported for an hour. unknown of them have no number of registered voters.
type sum struct{ reported, voters, registered, unknown int64 }

// hour returns the sum of one constituency. If all places have reported, the constituency's own number of registered
// voters takes the place of unknown ones.
func (s sum) hour(places int, registered int64) Hour {
	h := Hour{Places: places, Reported: int(s.reported), Voters: s.voters, Registered: s.registered}
	if s.unknown > 0 {
		h.Registered = 0
		if h.Reported == places {
			h.Registered = registered
		}
	}
	return h
}

func readSums(ctx context.Context, tx *database.Tx, electionID int64) (map[key]sum, error) {
	rows, err := tx.SQL().QueryContext(ctx, `SELECT r.constituency_id, r.hour, count(*), sum(r.voters),
			sum(coalesce(s.registered_voters, c.registered_voters)),
			sum(CASE WHEN coalesce(s.registered_voters, c.registered_voters) = 0 THEN 1 ELSE 0 END)
		FROM turnout_reports r JOIN constituencies c ON c.id = r.constituency_id LEFT JOIN stations s ON s.id = r.station_id
		WHERE r.election_id = $1 AND r.replaced_at IS NULL AND coalesce(s.exclusion, '') <> 'closed'
		GROUP BY r.constituency_id, r.hour`, electionID)
	if err != nil {
		return nil, fmt.Errorf("turnout: sum up reports: %w", err)
	}
	defer rows.Close()
	sums := map[key]sum{}
	for rows.Next() {
		var k key
		var s sum
		if err := rows.Scan(&k.constituency, &k.hour, &s.reported, &s.voters, &s.registered, &s.unknown); err != nil {
			return nil, fmt.Errorf("turnout: sum up reports: %w", err)
		}
		sums[k] = s
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("turnout: sum up reports: %w", err)
	}
	return sums, nil
}

// reportingStations counts the polling stations of each constituency, without those that were closed without ballots.
func reportingStations(ctx context.Context, tx *database.Tx, electionID int64) (map[int64]int, error) {
	rows, err := tx.SQL().QueryContext(ctx, `SELECT constituency_id, count(*) FROM stations
		WHERE election_id = $1 AND exclusion <> 'closed' GROUP BY constituency_id`, electionID)
	if err != nil {
		return nil, fmt.Errorf("turnout: count stations: %w", err)
	}
	defer rows.Close()
	counts := map[int64]int{}
	for rows.Next() {
		var constituency int64
		var n int
		if err := rows.Scan(&constituency, &n); err != nil {
			return nil, fmt.Errorf("turnout: count stations: %w", err)
		}
		counts[constituency] = n
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("turnout: count stations: %w", err)
	}
	return counts, nil
}

// Explained is a figure with a reason: it replaced another one, or it was below an earlier hour's or above the registered
// voters when it was entered.
type Explained struct {
	Line // without a report

	Hour     time.Time
	Voters   int64
	Replaced *int64 // the figure that it replaced
	Reason   string
	At       time.Time
}

// Explained returns the last figures of an election that have a reason, newest first.
func (s *Service) Explained(ctx context.Context, electionID int64, limit int) (list []Explained, err error) {
	rows, err := s.db.Pool().QueryContext(ctx, `SELECT r.constituency_id, coalesce(r.station_id, 0), c.name, coalesce(s.number, ''),
			coalesce(s.name, ''), r.hour, b.voters, r.voters, r.reason, r.reported_at
		FROM turnout_reports r LEFT JOIN turnout_reports b ON b.id = r.replaces JOIN constituencies c ON c.id = r.constituency_id
			LEFT JOIN stations s ON s.id = r.station_id
		WHERE r.election_id = $1 AND r.reason <> '' ORDER BY r.id DESC LIMIT $2`, electionID, limit)
	if err != nil {
		return nil, fmt.Errorf("turnout: read figures with a reason: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var f Explained
		var hour, at int64
		err := rows.Scan(&f.ConstituencyID, &f.StationID, &f.Constituency, &f.Number, &f.Name, &hour, &f.Replaced, &f.Voters, &f.Reason, &at)
		if err != nil {
			return nil, fmt.Errorf("turnout: read figures with a reason: %w", err)
		}
		f.Hour, f.At = time.UnixMilli(hour), time.UnixMilli(at)
		list = append(list, f)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("turnout: read figures with a reason: %w", err)
	}
	return list, nil
}

func countCorrections(ctx context.Context, tx *database.Tx, electionID int64) (n int, err error) {
	err = tx.SQL().QueryRowContext(ctx, `SELECT count(*) FROM turnout_reports WHERE election_id = $1 AND replaces IS NOT NULL`,
		electionID).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("turnout: count corrections: %w", err)
	}
	return n, nil
}

package ballots

// stationComparisons are those of polling stations: their tallies with the ledger, and the tallies of constituencies
// that have stations with the sums of theirs.
func stationComparisons() []Comparison {
	return []Comparison{
		{"station_tallies", `SELECT 'station ' || c.station_id, coalesce(s.election_id, 0), coalesce(s.constituency_id, 0),
				', poll number ' || poll_number || ': the tally says ' || sum(tallied) || ', the ledger holds ' || sum(held)
			FROM (SELECT station_id, poll_number, votes AS tallied, 0 AS held FROM station_tallies
				UNION ALL SELECT station_id, poll_number, 0, votes FROM recount_by_batch WHERE known AND station_id IS NOT NULL
				UNION ALL SELECT station_id, poll_number, 0, votes FROM recount_protocols WHERE poll_number >= 0) AS c
			LEFT JOIN stations s ON s.id = c.station_id
			GROUP BY c.station_id, poll_number, s.election_id, s.constituency_id HAVING sum(tallied) <> sum(held)`, "the tally and the ledger differ"},

		{
			"station_totals", `SELECT 'station ' || c.station_id, coalesce(s.election_id, 0), coalesce(s.constituency_id, 0),
				': the totals say ' || sum(c.invalid) || ' invalid and ' || sum(c.duplicates) || ' duplicates, its batches and protocols ' ||
				sum(batch_invalid) || ' and ' || sum(batch_duplicates)
			FROM (SELECT station_id, invalid, duplicates, 0 AS batch_invalid, 0 AS batch_duplicates FROM station_totals
				UNION ALL SELECT station_id, 0, 0, invalid, duplicates FROM batches WHERE station_id IS NOT NULL
				UNION ALL SELECT station_id, 0, 0, votes, 0 FROM recount_protocols WHERE poll_number < 0) AS c
			LEFT JOIN stations s ON s.id = c.station_id
			GROUP BY c.station_id, s.election_id, s.constituency_id
			HAVING sum(c.invalid) <> sum(batch_invalid) OR sum(c.duplicates) <> sum(batch_duplicates)`,
			"the totals of invalid ballots and duplicates are not those of its batches and protocols",
		},

		{
			"constituency_tallies", `SELECT 'constituency ' || c.constituency_id, coalesce(a.election_id, 0), c.constituency_id,
				', poll number ' || poll_number || ': the tally says ' || sum(tallied) || ', its stations have ' || sum(of_stations)
			FROM (SELECT constituency_id, poll_number, votes AS tallied, 0 AS of_stations FROM constituency_tallies
				UNION ALL SELECT s.constituency_id, t.poll_number, 0, t.votes FROM station_tallies t JOIN stations s ON s.id = t.station_id) AS c
			LEFT JOIN constituencies a ON a.id = c.constituency_id
			WHERE EXISTS (SELECT 1 FROM stations s WHERE s.constituency_id = c.constituency_id)
			GROUP BY c.constituency_id, poll_number, a.election_id HAVING sum(tallied) <> sum(of_stations)`,
			"the tally is not the sum of its stations",
		},

		{
			"constituency_totals", `SELECT 'constituency ' || c.constituency_id, coalesce(a.election_id, 0), c.constituency_id,
				': the totals say ' || sum(invalid) || ' invalid and ' || sum(duplicates) || ' duplicates, its stations ' ||
				sum(station_invalid) || ' and ' || sum(station_duplicates)
			FROM (SELECT constituency_id, invalid, duplicates, 0 AS station_invalid, 0 AS station_duplicates FROM constituency_totals
				UNION ALL SELECT s.constituency_id, 0, 0, t.invalid, t.duplicates FROM station_totals t JOIN stations s ON s.id = t.station_id) AS c
			LEFT JOIN constituencies a ON a.id = c.constituency_id
			WHERE EXISTS (SELECT 1 FROM stations s WHERE s.constituency_id = c.constituency_id)
			GROUP BY c.constituency_id, a.election_id HAVING sum(invalid) <> sum(station_invalid) OR sum(duplicates) <> sum(station_duplicates)`,
			"the totals of invalid ballots and duplicates are not those of its stations",
		},

		{
			"batches", `SELECT 'batch ' || b.id, b.election_id, b.constituency_id, ': its constituency has stations, and it names none'
			FROM batches b WHERE b.station_id IS NULL AND EXISTS (SELECT 1 FROM stations s WHERE s.constituency_id = b.constituency_id)`,
			"its constituency has stations, and it names none",
		},

		{
			"batches", `SELECT 'batch ' || b.id, b.election_id, b.constituency_id, ': its station is none of its constituency'
			FROM batches b LEFT JOIN stations s ON s.id = b.station_id
			WHERE b.station_id IS NOT NULL AND (s.id IS NULL OR s.constituency_id <> b.constituency_id OR s.election_id <> b.election_id)`,
			"its station is none of its constituency",
		},
	}
}

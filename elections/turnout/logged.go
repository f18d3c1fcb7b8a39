package turnout

import "urna/internal/audit"

// LoggedTables declares the reports.
func LoggedTables() []audit.Table {
	return []audit.Table{{
		Name: "turnout_reports", Election: "election_id", Constituency: "constituency_id", Key: []string{"id"}, Columns: []string{
			"election_id", "constituency_id", "station_id", "place", "hour", "voters", "reason", "reporter_id", "reporter_name", "reported_at",
			"replaces", "replaced_at",
		},
	}}
}

package results

import "urna/internal/audit"

// LoggedTables declares the lots and the reasons for open points.
func LoggedTables() []audit.Table {
	return []audit.Table{
		{Name: "lots", Election: "election_id", Constituency: "constituency_id", Key: []string{"id"}, Columns: []string{
			"election_id", "constituency_id", "seats", "seeded", "formula", "place", "witnesses", "note", "recorded_by", "recorded_at", "number",
		}},
		{Name: "lot_participants", Key: []string{"lot_id", "position"}, Columns: []string{"participant_id", "votes"}},
		{Name: "lot_values", Election: "election_id", Key: []string{"id"}, Columns: []string{
			"election_id", "named", "commitment", "committed_by", "committed_at", "value", "revealed_by", "revealed_at",
		}},
		{
			Name: "lot_seeds", Election: "election_id", Key: []string{"election_id"},
			Columns: []string{"commitment", "committed_by", "committed_at", "seed", "revealed_at"},
		},
		{Name: "lifted_points", Election: "election_id", Constituency: "constituency_id", Key: []string{"id"}, Columns: []string{
			"election_id", "code", "constituency_id", "facts", "reason", "administrator_id", "administrator_name", "lifted_at", "voided_at", "station_id", "number",
		}},
	}
}

package participants

import "urna/internal/audit"

// LoggedTables declares the participants.
func LoggedTables() []audit.Table {
	return []audit.Table{
		{Name: "participants", Key: []string{"id"}, Columns: []string{"name", "short_name", "kind", "color", "created_at", "candidate_since", "names"}},
	}
}

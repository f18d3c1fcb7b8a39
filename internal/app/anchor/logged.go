package anchor

import "urna/internal/audit"

// LoggedTables are the tables of this package that the audit log has. folder_anchor is compared with the file.
func LoggedTables() []audit.Table {
	return []audit.Table{
		{Name: "accepted_rollbacks", Key: []string{"election_id", "event_id"}, Columns: []string{"reason", "accepted_at"}},
	}
}

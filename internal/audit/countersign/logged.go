package countersign

import "urna/internal/audit"

// LoggedTables declares the witnesses. Countersignatures are compared with the log themselves.
func LoggedTables() []audit.Table {
	return []audit.Table{
		{Name: "witnesses", Key: []string{"id"}, Columns: []string{"name", "key", "operator", "registered_at", "removed_at"}},
	}
}

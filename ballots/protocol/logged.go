package protocol

import "urna/internal/audit"

// LoggedTables declares the decisions about protocols and who typed them. Of what was typed the log has the SHA-256
// alone, under which a random nonce is: no row of the log tells a number before counts may be shown, and afterwards
// a person who has the entry can prove it. Settlements and explanations exist only once counts may be shown. Drafts are not in
// the log: nothing follows from them.
func LoggedTables() []audit.Table {
	return []audit.Table{
		{
			Name: "protocols", Election: "election_id", Constituency: "constituency_id", Key: []string{"id"},
			Columns: []string{
				"election_id", "constituency_id", "station_id", "round", "state", "differences", "reason", "retractions_after_end",
				"definitive_at", "late", "late_state", "late_official", "late_reason", "late_decider", "late_remark", "correction",
			},
		},
		{Name: "protocol_entries", Key: []string{"id"}, Columns: []string{
			"protocol_id", "round", "number", "typist_id", "typist_name", "commitment", "entered_at",
		}},
		{Name: "protocol_settlements", Key: []string{"protocol_id", "round", "name"}, Columns: []string{
			"value", "choice", "settler_id", "settler_name", "settled_at",
		}},
		{Name: "protocol_explanations", Key: []string{"id"}, Columns: []string{
			"protocol_id", "round", "code", "explanation", "author_id", "author_name", "explained_at",
		}},
		{
			Name: "protocol_coordinators", Election: "election_id", Constituency: "constituency_id", Key: []string{"id"},
			Columns: []string{"election_id", "constituency_id", "account_id", "account_name", "named_at"},
		},
		{
			Name: "protocol_scans", Election: "election_id", Constituency: "constituency_id", Key: []string{"id"},
			Columns: []string{
				"election_id", "constituency_id", "station_id", "sha256", "bytes", "media_type", "file_name", "official_id", "official_name", "attached_at",
			},
		},
	}
}

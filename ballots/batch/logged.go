package batch

import "urna/internal/audit"

// The two states of a batch that a person decides; Urna passes through the others by itself.
const (
	inCount    = "in the count"
	outOfCount = "out of the count"
)

// LoggedTables declares the batches, without the progress of counting, which is compared with their files.
func LoggedTables() []audit.Table {
	return []audit.Table{{
		Name: "batches", Election: "election_id", Constituency: "constituency_id", Key: []string{"id"},
		Columns: []string{
			"election_id", "constituency_id", "station_id", "official_id", "official_name", "file_name", "spool_file", "first_line", "file_offset", "sent_sha256", "sha256", "bytes", "lines", "state",
			"reason", "accepted_at", "upload_id", "retractions_after_end",
			"late", "late_state", "late_reason", "late_decider", "late_remark", "correction",
		},
		Same: map[string]map[string]string{"state": {
			string(Queued): inCount, string(Processing): inCount, string(Counted): inCount, string(Restoring): inCount, string(Failed): inCount,
			string(Retracting): outOfCount, string(Retracted): outOfCount,
		}},
	}}
}

package move

// table is a table whose rows are copied, in the order of its primary key: no other order may tell when they came.
type table struct {
	name string
	key  []string
}

// excepted are tables that stay empty in the target, or as its schema makes them, with the reason.
//
//nolint:gochecknoglobals // a constant
var excepted = map[string]string{
	"numbers":          "a constant of the schema",
	"database_copies":  "copies of a SQLite database, beside it",
	"stored_files":     "files, which are copied for themselves",
	"stored_parts":     "files, which are copied for themselves",
	"unfinished_moves": "the mark of a move into the target",
	"folder_anchor":    "the identity of the anchor beside a SQLite database",
}

// tables are all tables of the main schema but the excepted ones. Each comes after those that it refers to.
//
//nolint:gochecknoglobals // a constant
var tables = []table{
	{"users", []string{"id"}},
	{"token_families", []string{"id"}},
	{"refresh_tokens", []string{"hash"}},
	{"audit_events", []string{"id"}},
	{"participants", []string{"id"}},
	{"elections", []string{"id"}},
	{"constituencies", []string{"id"}},
	{"candidacies", []string{"constituency_id", "poll_number"}},
	{"ballots", []string{"election_id", "guid"}},
	{"constituency_tallies", []string{"constituency_id", "poll_number"}},
	{"constituency_totals", []string{"constituency_id"}},
	{"recovery_codes", []string{"user_id", "hash"}},
	{"sign_in_addresses", []string{"user_id", "address"}},
	{"setup_links", []string{"hash"}},
	{"epms_elections", []string{"election_id"}},
	{"voter_rolls", []string{"id"}},
	{"voter_key_totals", []string{"constituency_id"}},
	{"online_ballots", []string{"election_id", "guid"}},
	{"online_tallies", []string{"constituency_id", "poll_number"}},
	{"lots", []string{"id"}},
	{"lot_participants", []string{"lot_id", "position"}},
	{"lot_seeds", []string{"election_id"}},
	{"confirmations", []string{"id"}},
	{"voter_flags", []string{"page"}},
	{"voter_key_removals", []string{"only"}},
	{"keyed_voters", []string{"voter"}},
	{"voter_keys", []string{"pair"}},
	{"folder_secrets", []string{"name"}},
	{"settings", []string{"name"}},
	{"shown_changes", []string{"election_id"}},
	{"refused_sign_ins", []string{"id"}},
	{"audit_images", []string{"event_id"}},
	{"audit_coverage", []string{"name"}},
	{"approvals", []string{"id"}},
	{"accepted_rollbacks", []string{"election_id", "event_id"}},
	{"lot_values", []string{"id"}},
	{"voter_key_acts", []string{"constituency_id"}},
	{"online_sums", []string{"constituency_id"}},
	{"online_sum_starts", []string{"election_id"}},
	{"account_places", []string{"user_id", "constituency_id"}},
	{"passkeys", []string{"id"}},
	{"witnesses", []string{"id"}},
	{"countersignatures", []string{"id"}},
	{"stations", []string{"id"}},
	{"station_tallies", []string{"station_id", "poll_number"}},
	{"station_totals", []string{"station_id"}},
	{"protocols", []string{"id"}},
	{"protocol_entries", []string{"id"}},
	{"protocol_settlements", []string{"protocol_id", "round", "name"}},
	{"protocol_explanations", []string{"id"}},
	{"protocol_drafts", []string{"station_id", "account_id"}},
	{"protocol_coordinators", []string{"id"}},
	{"protocol_scans", []string{"id"}},
	{"turnout_reports", []string{"id"}},
	{"account_stations", []string{"user_id", "station_id"}},
	{"amendments", []string{"id"}},
	{"corrections", []string{"id"}},
	{"correction_stations", []string{"election_id", "number", "place"}},
	{"annulled_online_votes", []string{"election_id", "number", "constituency_id"}},
	{"certifications", []string{"election_id", "number"}},
	{"certified_figures", []string{"election_id", "number"}},
	{"certified_bundles", []string{"election_id", "number", "form"}},
	{"online_closings", []string{"election_id"}},
	{"account_elections", []string{"user_id", "election_id"}},
	{"voter_information", []string{"election_id"}},
	{"constituency_maps", []string{"election_id"}},
	{"batches", []string{"id"}},
	{"invalid_lines", []string{"batch_id", "line"}},
	{"batch_tallies", []string{"batch_id", "poll_number"}},
	{"uploads", []string{"id"}},
	{"lifted_points", []string{"id"}},
}

package elections

import "urna/internal/audit"

// LoggedTables declares definitions and confirmations. The records of certification are compared with their events,
// whose hash they hold.
func LoggedTables() []audit.Table {
	return []audit.Table{
		{Name: "elections", Election: "id", Key: []string{"id"}, Columns: []string{
			"published_at", "withdrawn_at", "withdrawal_reason",
			"title", "kind", "starts_at", "ends_at", "batches_until", "time_zone", "public_view", "takes_batches", "takes_online", "method",
			"threshold_percent", "threshold_base", "threshold_comparison", "threshold_scope", "majority", "majority_base", "blank_ballots",
			"rehearsal", "confirmations", "certifiers_at_opening", "certifiers_decided_at", "second_round_of", "form_key", "closed_at",
			"certified_at", "created_at", "seal_keys_to", "protocol_form", "publish_every_station", "tie_break",
			"turnout_reports_at", "names",
		}},
		{Name: "voter_information", Election: "election_id", Key: []string{"election_id"}, Columns: []string{
			"contact", "sender", "languages", "hides_personal_id", "texts", "logo",
		}},
		{Name: "constituency_maps", Election: "election_id", Key: []string{"election_id"}, Columns: []string{"outlines", "source"}},
		{
			Name: "constituencies", Election: "election_id", Constituency: "id", Key: []string{"id"},
			Columns: []string{"election_id", "position", "name", "seats", "registered_voters", "declared_votes_cast", "names"},
		},
		{
			Name: "candidacies", Constituency: "constituency_id", Key: []string{"constituency_id", "poll_number"},
			Columns: []string{"participant_id", "weight", "exempt", "max_seats", "threshold_percent"},
		},
		{
			Name: "stations", Election: "election_id", Constituency: "constituency_id", Key: []string{"id"}, Columns: []string{
				"election_id", "constituency_id", "position", "number", "name", "place", "registered_voters", "kind",
				"exclusion", "exclusion_reason", "excluded_at", "search",
			},
		},
		{
			Name: "amendments", Election: "election_id", Constituency: "constituency_id", Key: []string{"id"}, Columns: []string{
				"election_id", "constituency_id", "station_id", "field", "was", "became", "reason", "administrator_name", "approved_by",
				"amended_at",
			},
		},
		{Name: "corrections", Election: "election_id", Key: []string{"id"}, Columns: []string{
			"election_id", "number", "reason", "ordered_by", "figures", "opened_by", "approved_by", "opened_at", "ended_at", "end_reason",
			"ended_by", "certified_at",
		}},
		{
			Name: "correction_stations", Election: "election_id", Constituency: "constituency_id",
			Key: []string{"election_id", "number", "place"}, Columns: []string{"station_id", "constituency_id", "act", "was"},
		},
		{
			Name: "annulled_online_votes", Election: "election_id", Constituency: "constituency_id",
			Key: []string{"election_id", "number", "constituency_id"}, Columns: []string{"votes"},
		},
		{
			Name: "confirmations", Election: "election_id", Key: []string{"id"},
			Columns: []string{"election_id", "administrator_id", "administrator_name", "figures", "confirmed_at", "voided_at", "number"},
		},
	}
}

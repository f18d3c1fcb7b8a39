package auth

import "urna/internal/audit"

// LoggedTables declares the tables that decide what an account may do, and the acts that need a second administrator.
// The log has digests of secret values.
func LoggedTables() []audit.Table {
	return []audit.Table{
		{
			Name: "users", Key: []string{"id"},
			Columns: []string{
				"email", "forename", "surname", "jmbg", "role", "password_hash", "disabled_at", "created_at", "must_change_password",
				"session_epoch", "deleted_at", "totp_secret", "totp_enabled_at", "bound_to_places", "waiting_since",
			},
			Digested: []string{"jmbg", "password_hash", "totp_secret"},
		},
		{Name: "account_places", Key: []string{"user_id", "constituency_id"}, Columns: []string{"given_at"}},
		{Name: "account_stations", Key: []string{"user_id", "station_id"}, Columns: []string{"given_at"}},
		{Name: "account_elections", Key: []string{"user_id", "election_id"}, Columns: []string{"given_at"}},
		{Name: "recovery_codes", Key: []string{"user_id", "hash"}, Columns: []string{"used_at"}, Digested: []string{"hash"}},
		{
			Name: "passkeys", Key: []string{"id"},
			Columns: []string{
				"user_id", "domain", "credential_id", "public_key", "user_handle", "backup_eligible", "transports", "name", "created_at",
			},
		},
		{
			Name: "approvals", Key: []string{"id"},
			Columns: []string{
				"act", "subject", "election_id", "since", "parameters", "secret", "reason", "proposer_id", "proposer_name", "proposer_from",
				"proposed_at", "expires_at", "state", "decider_id", "decider_name", "decision_reason", "decided_at", "alone",
			},
			Digested: []string{"secret"},
		},
		{Name: "token_families", Key: []string{"id"}, Columns: []string{"user_id", "created_at", "revoked_at"}, Digested: []string{"id"}},
	}
}

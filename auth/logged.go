package auth

import "urna/internal/audit"

// LoggedTables declares the tables that decide what an account may do. The log has digests of what must stay secret.
func LoggedTables() []audit.Table {
	return []audit.Table{
		{
			Name: "users", Key: []string{"id"},
			Columns: []string{
				"email", "forename", "surname", "jmbg", "role", "password_hash", "disabled_at", "created_at", "must_change_password",
				"session_epoch", "deleted_at", "totp_secret", "totp_enabled_at",
			},
			Digested: []string{"jmbg", "password_hash", "totp_secret"},
		},
		{Name: "recovery_codes", Key: []string{"user_id", "hash"}, Columns: []string{"used_at"}, Digested: []string{"hash"}},
		{Name: "token_families", Key: []string{"id"}, Columns: []string{"user_id", "created_at", "revoked_at"}, Digested: []string{"id"}},
	}
}

package verify_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"urna/auth"
	"urna/internal/app"
	"urna/internal/app/datafolder"
	"urna/internal/app/verify"
	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/testing/apptest"
	"urna/internal/testing/clock"
)

// TestFolder_NamesWhatTheLogDoesNotSay alters the decisions of people: definitions, accounts, batches and
// certifications.
func TestFolder_NamesWhatTheLogDoesNotSay(t *testing.T) {
	betrayed(t, map[string]alteration{
		"names of two participants exchanged": {
			`UPDATE participants SET name = CASE id WHEN 1 THEN 'List 2' ELSE 'List 1' END WHERE id IN (1, 2)`, "log",
			"participants id 2: name is not what event",
		},
		"lists exchanged on the ballot paper": {
			`DELETE FROM candidacies WHERE constituency_id = 1 AND poll_number < 3;
			INSERT INTO candidacies SELECT 1, 3 - poll_number, participant_id, weight, exempt, max_seats, threshold_percent
				FROM candidacies WHERE constituency_id = 2 AND poll_number < 3`,
			"log", "candidacies constituency_id 1, poll_number 1: participant_id is not what event",
		},
		"the threshold":     {`UPDATE elections SET threshold_percent = '45' WHERE id = 1`, "log", "elections id 1: threshold_percent is not what event"},
		"seats":             {`UPDATE constituencies SET seats = 5 WHERE id = 2`, "log", "constituencies id 2: seats is not what event"},
		"registered voters": {`UPDATE constituencies SET registered_voters = 10 WHERE id = 2`, "log", "constituencies id 2: registered_voters is not"},
		"the end":           {`UPDATE elections SET ends_at = ends_at + 3600000 WHERE id = 3`, "log", "elections id 3: ends_at is not what event"},
		"a confirmation":    {`UPDATE confirmations SET administrator_id = 3 WHERE id = 1`, "log", "confirmations id 1: administrator_id is not what event"},
		"a forged confirmation": {
			`INSERT INTO confirmations (election_id, administrator_id, administrator_name, figures, confirmed_at)
				SELECT 2, 1, 'Account 0', figures, confirmed_at FROM confirmations WHERE id = 1`, "log",
			"confirmations id 3: no event recorded this row",
		},
		"a certification undone":   {`UPDATE elections SET certified_at = NULL WHERE id = 1`, "log", "elections id 1: certified_at is not what event"},
		"a certification's record": {`UPDATE certifications SET figures = audit_head`, "log", "election 1: the figures in the record"},
		"a certification's event":  {`UPDATE certifications SET audit_events = 1`, "log", "election 1: the record of its certification does not name event"},
		"a certification's time":   {`UPDATE certifications SET certified_at = 1`, "log", "election 1: the time in the record"},
		"a certification deleted":  {`DELETE FROM certifications`, "log", "election 1: the record of its certification is missing"},
		"a forged certification": {
			`INSERT INTO certifications SELECT 2, number, figures, certified_at, audit_head, audit_events FROM certifications`, "log",
			"election 2: a record of its certification is there, and no event of one",
		},
		"a batch retracted": {
			`UPDATE batches SET state = 'retracted', processed = 0, valid = 0, invalid = 0, duplicates = 0 WHERE id = 1`, "log",
			"batches id 1: state is not what event",
		},
		"a batch retracted with its ballots": {
			`UPDATE constituency_tallies SET votes = votes - (SELECT coalesce(sum(votes), 0) FROM batch_tallies b
				WHERE b.batch_id = 3 AND b.poll_number = constituency_tallies.poll_number) WHERE constituency_id = 2;
			DELETE FROM ballots WHERE batch_id = 3;
			DELETE FROM batch_tallies WHERE batch_id = 3;
			UPDATE batches SET state = 'retracted', processed = 0, valid = 0, invalid = 0, duplicates = 0 WHERE id = 3`, "log",
			"batches id 3: state is not what event",
		},
		"a batch restored": {`UPDATE batches SET state = 'counted', processed = lines, valid = lines WHERE id = 4`, "log", "batches id 4: state is not"},
		"a late batch approved": {
			`UPDATE batches SET late_state = 'approved', state = 'counted', processed = lines, valid = lines WHERE late_state = 'waiting'`, "log",
			"late_state is not what event",
		},
		"a batch no longer late":   {`UPDATE batches SET late = '', late_state = '' WHERE late_state = 'approved'`, "log", "late is not what event"},
		"a late batch's reason":    {`UPDATE batches SET late_reason = 'none' WHERE late_state = 'refused'`, "log", "late_reason is not what event"},
		"the time until":           {`UPDATE elections SET batches_until = NULL WHERE batches_until IS NOT NULL`, "log", "batches_until is not what event"},
		"a batch of another place": {`UPDATE batches SET constituency_id = 2 WHERE id = 1`, "log", "batches id 1: constituency_id is not what event"},
		"a batch deleted":          {`DELETE FROM invalid_lines WHERE batch_id = 6; DELETE FROM batch_tallies WHERE batch_id = 6; DELETE FROM batches WHERE id = 6`, "log", "batches id 6: the row is missing"},
		"a batch's file":           {`UPDATE batches SET sha256 = zeroblob(32) WHERE id = 2`, "log", "batches id 2: sha256 is not what event"},
		"an account promoted":      {`UPDATE users SET role = 'administrator' WHERE id = 3`, "log", "users id 3: role is not what event"},
		"an official freed":        {`UPDATE users SET bound_to_places = 0 WHERE id = 4`, "log", "users id 4: bound_to_places is not what event"},
		"a place added": {
			`INSERT INTO account_places (user_id, constituency_id, given_at) VALUES (4, 2, 1)`, "log",
			"account_places user_id 4, constituency_id 2: no event recorded this row",
		},
		"another place":       {`UPDATE account_places SET constituency_id = 2 WHERE constituency_id = 3`, "log", "account_places user_id 4, constituency_id 3: the row is missing"},
		"a place removed":     {`DELETE FROM account_places WHERE constituency_id = 3`, "log", "account_places user_id 4, constituency_id 3: the row is missing"},
		"an account accepted": {`UPDATE users SET waiting_since = NULL WHERE id = 5`, "log", "users id 5: waiting_since is not what event"},
		"an account enabled":  {`UPDATE users SET disabled_at = 1 WHERE id = 1`, "log", "users id 1: disabled_at is not what event"},
		"a password replaced": {
			`UPDATE users SET password_hash = (SELECT password_hash FROM users WHERE id = 3) WHERE id = 1`, "log",
			"users id 1: password_hash is not what event",
		},
		"a second factor": {`UPDATE users SET totp_secret = x'00', totp_enabled_at = 1 WHERE id = 1`, "log", "users id 1: totp_secret is not what event"},
		"an account added": {
			`INSERT INTO users (id, email, forename, surname, jmbg, role, password_hash, disabled_at, created_at,
				must_change_password, session_epoch, deleted_at, totp_secret, totp_enabled_at, totp_last_step,
				bound_to_places, waiting_since) SELECT 9, 'x@example.org', forename, surname, jmbg, role, password_hash, disabled_at, created_at,
				must_change_password, session_epoch, deleted_at, totp_secret, totp_enabled_at, totp_last_step,
				bound_to_places, waiting_since FROM users WHERE id = 1`,
			"log", "users id 9: no event recorded this row",
		},
		"a roll":                            {`UPDATE voter_rolls SET keys = keys + 5 WHERE id = 1`, "log", "voter_rolls id 1: keys is not what event"},
		"to whom keys are sealed":           {`UPDATE voter_rolls SET sealed_to = 'age1x' WHERE id = 1`, "log", "voter_rolls id 1: sealed_to is not what event"},
		"an election's sealing":             {`UPDATE elections SET seal_keys_to = 'age1x' WHERE id = 3`, "log", "elections id 3: seal_keys_to is not what event"},
		"a published election made a draft": {`UPDATE elections SET published_at = NULL WHERE id = 3`, "log", "elections id 3: published_at is not what event"},
		"an election withdrawn": {
			`UPDATE elections SET withdrawn_at = 1, withdrawal_reason = 'x' WHERE id = 3`, "log", "elections id 3: withdrawn_at is not what event",
		},
		"a candidate that never was one": {`UPDATE participants SET candidate_since = NULL WHERE id = 1`, "log", "participants id 1: candidate_since is not what event"},
		"the rules for ties":             {`UPDATE elections SET tie_break = 'list-order lot' WHERE id = 3`, "log", "elections id 3: tie_break is not what event"},
		"a lot":                          {`UPDATE lot_participants SET participant_id = 3 WHERE lot_id = 1 AND position = 1`, "log", "lot_participants lot_id 1, position 1: participant_id is not"},
		"a lot's place":                  {`UPDATE lots SET witnesses = '' WHERE id = 1`, "log", "lots id 1: witnesses is not what event"},
		"a secret":                       {`UPDATE folder_secrets SET fingerprint = zeroblob(16) WHERE name = 'signing.key'`, "log", `folder_secrets name "signing.key": fingerprint is not`},
		"an event's rows":                {`UPDATE audit_images SET images = replace(images, 'official', 'administrator') WHERE images LIKE '%official%'`, "log", "are not those whose hash"},
		"an event's rows removed":        {`DELETE FROM audit_images WHERE event_id = 4`, "log", "the rows of event 4"},
		"what the log covers":            {`DELETE FROM audit_coverage WHERE name = 'users'`, "log", "the note of what the log covers of users"},
	})
}

// TestFolder_NoLaterChangeCoversAnAlteration lets the program change a row after it was altered, and open a folder
// whose note of what the log covers was removed.
func TestFolder_NoLaterChangeCoversAnAlteration(t *testing.T) {
	for name, c := range map[string]struct {
		alteration, want string
	}{
		"an ordinary change": {`UPDATE users SET role = 'administrator' WHERE id = 3`, "(user-changed) found another role than event"},
		"a baseline": {
			`UPDATE users SET role = 'administrator' WHERE id = 3; DELETE FROM audit_coverage WHERE name = 'users'`,
			"(baseline) found another role than event",
		},
		"a baseline with a row more": {
			`INSERT INTO settings (name, value) VALUES ('a', 'b'); DELETE FROM audit_coverage`, "(baseline) found a row that no event before it recorded",
		},
		"a baseline with a row less": {
			`DELETE FROM candidacies WHERE constituency_id = 4 AND poll_number = 3; DELETE FROM audit_coverage`, "(baseline) found no row, which event",
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := folder(t)
			alter(t, path, c.alteration)
			env := apptest.Open(t, path, &clock.Clock{})
			surname := "Other"
			if _, err := env.Auth.ChangeUser(t.Context(), audit.System(), 3, auth.UserChange{Surname: &surname}); err != nil {
				t.Fatal(err)
			}
			if err := env.Close(); err != nil {
				t.Fatal(err)
			}
			report := verified(t, path, verify.Options{})
			for _, d := range report.Differences {
				if d.Check == "log" && strings.Contains(d.Sentence, c.want) {
					return
				}
			}
			t.Errorf("want %q, got %+v", c.want, report.Differences)
		})
	}
}

// TestFolder_AReplacedSecretBeginsOtherDigests loses server.key, replaces it, and opens the folder again.
func TestFolder_AReplacedSecretBeginsOtherDigests(t *testing.T) {
	path := folder(t)
	if err := os.Remove(filepath.Join(path, datafolder.ServerKey)); err != nil {
		t.Fatal(err)
	}
	report := verified(t, path, verify.Options{})
	if len(report.Differences) > 0 || !strings.Contains(fmt.Sprint(report.NotChecked), "server.key is not in this folder") {
		t.Errorf("want verify to say that it has not the secret, got %+v", report)
	}
	c := &clock.Clock{}
	env := apptest.Open(t, path, c, func(o *app.Options) { o.Parts = 0 })
	err := env.Folder.Replace(t.Context(), env.DB, datafolder.ServerKey, func(tx *database.Tx) error {
		return errors.Join(env.Log.ForgetDigests(t.Context(), tx),
			env.Log.Append(t.Context(), tx.SQL(), audit.System(), "secret-replaced", "", map[string]any{"file": datafolder.ServerKey}))
	})
	if err := errors.Join(err, env.Close()); err != nil {
		t.Fatal(err)
	}
	if err := apptest.Open(t, path, c).Close(); err != nil {
		t.Fatal(err)
	}
	if report := verified(t, path, verify.Options{}); len(report.Differences) > 0 {
		t.Errorf("want no difference under the new secret, got %+v", report.Differences)
	}
	alter(t, path, `UPDATE users SET password_hash = 'x' WHERE id = 1`)
	if report := verified(t, path, verify.Options{}); len(report.Differences) != 1 {
		t.Errorf("want the password named under the new secret, got %+v", report.Differences)
	}
}

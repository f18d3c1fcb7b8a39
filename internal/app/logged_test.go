package app_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"urna/auth"
	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/testing/apptest"
)

// lastImages returns the rows of the last event, as they are stored.
func lastImages(t *testing.T, env *apptest.Env) (action, detail, images string) {
	t.Helper()
	err := env.DB.Pool().QueryRowContext(t.Context(), `SELECT e.action, e.detail, coalesce(i.images, '') FROM audit_events e
		LEFT JOIN audit_images i ON i.event_id = e.id ORDER BY e.id DESC LIMIT 1`).Scan(&action, &detail, &images)
	if err != nil {
		t.Fatal(err)
	}
	return action, detail, images
}

func TestLog_EventsCarryTheRowsTheyChanged(t *testing.T) {
	env := apptest.New(t)
	ada := env.AddAccount(t, "ada", auth.Administrator)
	env.AddAccount(t, "grace", auth.Administrator)
	official := auth.Official
	if _, err := env.Auth.ChangeUser(t.Context(), audit.System(), ada.ID, auth.UserChange{Role: &official}); err != nil {
		t.Fatal(err)
	}
	action, detail, images := lastImages(t, env)
	if action != "user-changed" || strings.Contains(detail, "example.org") || !strings.Contains(detail, `"rows":"`) {
		t.Errorf("want the detail to have the digest of the rows alone, got %s %s", action, detail)
	}
	var got struct {
		Rows map[string][]struct {
			Kind          string
			Key           []int64
			Before, After map[string]any
		}
	}
	if err := json.Unmarshal([]byte(images), &got); err != nil {
		t.Fatal(err)
	}
	users := got.Rows["users"]
	if len(users) != 1 || users[0].Kind != "changed" || users[0].Key[0] != ada.ID || users[0].Before["role"] != "administrator" ||
		users[0].Before["email"] != "ada@example.org" || fmt.Sprint(users[0].After) != "map[role:official session_epoch:1]" {
		t.Errorf("want the role from what to what, got %s", images)
	}
	var hash string
	if err := env.DB.Pool().QueryRowContext(t.Context(), `SELECT password_hash FROM users WHERE id = $1`, ada.ID).Scan(&hash); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(images, hash) || !strings.Contains(images, `"password_hash":{"digest":"`) {
		t.Errorf("want a digest of the stored password, got %s", images)
	}
}

func TestLog_AChangeWithoutAnEventGetsOne(t *testing.T) {
	env := apptest.New(t)
	err := env.DB.Write(t.Context(), func(tx *database.Tx) error {
		_, err := tx.SQL().ExecContext(t.Context(), `INSERT INTO settings (name, value) VALUES ('a', 'b')`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	action, detail, images := lastImages(t, env)
	if action != "rows-recorded" || !strings.Contains(detail, `"changed":{"settings":1}`) || !strings.Contains(images, `"after":{"value":"b"}`) {
		t.Errorf("want an event of Urna's own, got %s %s %s", action, detail, images)
	}
}

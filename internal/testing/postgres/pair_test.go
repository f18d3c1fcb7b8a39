//go:build linux

package postgres

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// TestPair_LosesOnlyWhatIsAsynchronous is the control of the tests that kill a primary: the standby has what was committed if
// commits waited for it, and lacks it if they did not and it was cut off.
func TestPair_LosesOnlyWhatIsAsynchronous(t *testing.T) {
	for name, asynchronous := range map[string]bool{"synchronous": false, "asynchronous": true} {
		t.Run(name, func(t *testing.T) {
			p := NewPair(t, asynchronous)
			p.Exec(t, p.Primary(), "CREATE TABLE kept (n int)", "INSERT INTO kept VALUES (1)")
			if asynchronous {
				time.Sleep(100 * time.Millisecond) // for the table
				p.CutOff(t)
				time.Sleep(100 * time.Millisecond)
				p.Exec(t, p.Primary(), "INSERT INTO kept VALUES (2)")
			}
			for range 2 {
				t.Log("promoted after", p.Fail(t))
				c, err := pgx.Connect(t.Context(), p.Address("postgres"))
				if err != nil {
					t.Fatal(err)
				}
				var n int
				if err := c.QueryRow(t.Context(), `SELECT count(*) FROM kept`).Scan(&n); err != nil || n != 1 {
					t.Error("want one row", n, err)
				}
				if err := c.Close(context.Background()); err != nil {
					t.Error(err)
				}
				p.Join(t)
			}
		})
	}
}

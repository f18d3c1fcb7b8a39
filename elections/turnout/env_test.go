package turnout_test

import (
	"context"

	"urna/internal/database"
)

// execute runs a statement past the service, under the triggers of the database.
func (o *env) execute(ctx context.Context, statement string) error {
	return o.DB.Write(ctx, func(tx *database.Tx) error {
		_, err := tx.SQL().ExecContext(ctx, statement)
		return err
	})
}

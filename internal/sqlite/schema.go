package sqlite

import (
	"context"
	"embed"
	"fmt"
	"strings"

	"urna/internal/database"
)

//go:embed schema
var schemas embed.FS

// createSchema makes in an empty database what all migrations lead to, and takes a small part of their time. A test writes
// the script from them and compares both.
func createSchema(ctx context.Context, on database.Querier, schema database.Schema) error {
	script, err := schemas.ReadFile("schema/" + string(schema) + ".sql")
	if err != nil {
		return err
	}
	if err := executeEach(ctx, on, strings.Split(string(script), "\n\n")); err != nil {
		return fmt.Errorf("make the schema: %w", err)
	}
	return nil
}

package postgres

import (
	"context"
	"io/fs"
	"maps"

	"urna/internal/database"
)

// Designs are schemas of another program than this one.
type Designs map[database.Schema]*design

// OtherDesigns are those of this program, but for schemas that a folder holds.
func OtherDesigns(files fs.FS, others ...database.Schema) (Designs, error) {
	known, err := designs()
	if err != nil {
		return nil, err
	}
	all := maps.Clone(Designs(known))
	for _, schema := range others {
		if all[schema], err = newDesign(files, ".", schema, baselines[schema]); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// OpenOther is OpenWith in a program that has other schemas.
func OpenOther(ctx context.Context, url string, schema database.Schema, known Designs, o Options) (*database.DB, error) {
	return openWith(ctx, url, schema, known, o)
}

// Baseline is the oldest version that can be upgraded.
func Baseline(schema database.Schema) int64 { return baselines[schema] }

// Whole is the script of the schema as a whole.
func Whole(schema database.Schema) (string, int64) {
	known, err := designs()
	if err != nil {
		return err.Error(), 0
	}
	return known[schema].whole, known[schema].version
}

// Steps are the names and scripts of the steps from the baseline on.
func Steps(schema database.Schema) map[string]string {
	known, err := designs()
	if err != nil {
		return nil
	}
	all := map[string]string{}
	for _, s := range known[schema].steps {
		all[s.name] = s.script
	}
	return all
}

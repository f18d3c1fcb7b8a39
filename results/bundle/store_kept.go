package bundle

import (
	"context"
	"database/sql"
	"fmt"

	"urna/internal/audit"
	"urna/internal/database"
)

// LoggedTables declares the bundles that are kept.
func LoggedTables() []audit.Table {
	return []audit.Table{{
		Name: "certified_bundles", Election: "election_id", Key: []string{"election_id", "number", "form"},
		Columns: []string{"file", "bytes", "sha256"},
	}}
}

// keptBundle is a bundle of an earlier certification.
type keptBundle struct {
	election int64
	number   int
	form     Form
	file     string // its name
	bytes    int64
	sha256   []byte
}

// key names the bundle.
func (k *keptBundle) key() string {
	return fmt.Sprintf("election %d, certification %d, %s", k.election, k.number, k.form)
}

// reopenedCertifications returns the bundles that must be kept: both forms of each certification that a correction
// reopened.
func reopenedCertifications(ctx context.Context, tx *database.Tx) (files []KeptFile, err error) {
	rows, err := tx.SQL().QueryContext(ctx, `SELECT c.election_id, c.number, c.figures FROM certifications c
		WHERE EXISTS (SELECT 1 FROM corrections r WHERE r.election_id = c.election_id AND r.figures = c.figures) ORDER BY 1, 2`)
	if err != nil {
		return nil, fmt.Errorf("bundle: read corrections: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var k KeptFile
		if err := rows.Scan(&k.ElectionID, &k.Number, &k.Figures); err != nil {
			return nil, fmt.Errorf("bundle: read corrections: %w", err)
		}
		for _, k.Form = range []Form{Full, Public} {
			files = append(files, k)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("bundle: read corrections: %w", err)
	}
	return files, nil
}

func insertKept(ctx context.Context, tx *database.Tx, electionID int64, number int, k keptBundle) error {
	_, err := tx.SQL().ExecContext(ctx, `INSERT INTO certified_bundles (election_id, number, form, file, bytes, sha256) VALUES ($1, $2, $3, $4, $5, $6)`,
		electionID, number, string(k.form), k.file, k.bytes, k.sha256)
	if err != nil {
		return fmt.Errorf("bundle: keep bundle: %w", err)
	}
	return nil
}

// querier is a pool or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// keptOf returns the kept bundles of a certification.
func keptOf(ctx context.Context, db querier, electionID int64, number int) ([]keptBundle, error) {
	all, err := allKept(ctx, db)
	if err != nil {
		return nil, err
	}
	var found []keptBundle
	for _, k := range all {
		if k.election == electionID && k.number == number {
			found = append(found, k)
		}
	}
	return found, nil
}

// allKept returns all kept bundles, by election, number and form.
func allKept(ctx context.Context, db querier) ([]keptBundle, error) {
	rows, err := db.QueryContext(ctx, `SELECT election_id, number, form, file, bytes, sha256 FROM certified_bundles ORDER BY election_id, number, form`)
	if err != nil {
		return nil, fmt.Errorf("bundle: read kept bundles: %w", err)
	}
	defer rows.Close()
	var all []keptBundle
	for rows.Next() {
		var k keptBundle
		if err := rows.Scan(&k.election, &k.number, &k.form, &k.file, &k.bytes, &k.sha256); err != nil {
			return nil, fmt.Errorf("bundle: read kept bundles: %w", err)
		}
		all = append(all, k)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("bundle: read kept bundles: %w", err)
	}
	return all, nil
}

// KnownFiles returns the names of the files that are kept.
func KnownFiles(ctx context.Context, tx *database.Tx) (map[string]bool, error) {
	return namesOf(allKept(ctx, tx.SQL()))
}

// keptNames returns the names of the files that are kept.
func (s *Service) keptNames(ctx context.Context) (map[string]bool, error) {
	return namesOf(allKept(ctx, s.db.Pool()))
}

func namesOf(all []keptBundle, err error) (map[string]bool, error) {
	names := map[string]bool{}
	for _, k := range all {
		names[k.file] = true
	}
	return names, err
}

package results

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"urna/ballots"
	"urna/internal/database"
)

// CompareCertified compares, as a transaction sees them, the stored documents of figures with the certifications. It
// returns how many hold. Those of all certifications that were corrected, or that are being corrected, must be there.
func CompareCertified(ctx context.Context, tx *database.Tx) (hold int64, found []ballots.Difference, err error) {
	rows, err := tx.SQL().QueryContext(ctx, `SELECT c.election_id, c.number, c.figures, f.document,
			EXISTS (SELECT 1 FROM corrections r WHERE r.election_id = c.election_id AND r.figures = c.figures)
		FROM certifications c LEFT JOIN certified_figures f ON f.election_id = c.election_id AND f.number = c.number ORDER BY c.election_id, c.number`)
	if err != nil {
		return 0, nil, fmt.Errorf("results: read certified figures: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var election, number int64
		var figures string
		var document []byte
		var reopened bool
		if err := rows.Scan(&election, &number, &figures, &document, &reopened); err != nil {
			return 0, nil, fmt.Errorf("results: read certified figures: %w", err)
		}
		place := ballots.Place(election, 0)
		differs := func(format string, args ...any) {
			row := fmt.Sprintf("certification %d", number)
			found = append(found, ballots.Difference{
				Table: "certified_figures", Row: row, Place: place, Sentence: place + ": " + row + ": " + fmt.Sprintf(format, args...),
			})
		}
		sum := sha256.Sum256(document)
		switch {
		case document == nil && (reopened || number > 1):
			differs("its figures are not stored, and were corrected")
		case document == nil: // of an earlier version
		case hex.EncodeToString(sum[:]) != figures:
			differs("the stored figures have not the SHA-256 %s that was certified", figures)
		default:
			hold++
		}
	}
	if err := rows.Err(); err != nil {
		return 0, nil, fmt.Errorf("results: read certified figures: %w", err)
	}
	return hold, found, unknownCertified(ctx, tx, &found)
}

// unknownCertified adds stored documents of no certification.
func unknownCertified(ctx context.Context, tx *database.Tx, found *[]ballots.Difference) error {
	rows, err := tx.SQL().QueryContext(ctx, `SELECT f.election_id, f.number FROM certified_figures f LEFT JOIN certifications c
		ON c.election_id = f.election_id AND c.number = f.number WHERE c.number IS NULL ORDER BY 1, 2`)
	if err != nil {
		return fmt.Errorf("results: read certified figures: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var election, number int64
		if err := rows.Scan(&election, &number); err != nil {
			return fmt.Errorf("results: read certified figures: %w", err)
		}
		place, row := ballots.Place(election, 0), fmt.Sprintf("certification %d", number)
		*found = append(*found, ballots.Difference{
			Table: "certified_figures", Row: row, Place: place, Sentence: place + ": " + row + ": figures are stored, and there is no such certification",
		})
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("results: read certified figures: %w", err)
	}
	return nil
}

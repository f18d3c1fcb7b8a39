package elections

import (
	"context"
	"encoding/json"
	"fmt"

	"urna/internal/audit"
	"urna/internal/database"
)

// CertificationDifference is a certification that is not as the audit log says.
type CertificationDifference struct {
	ElectionID int64
	Sentence   string
}

// CompareCertifications compares, as a transaction sees them, the records of certification with the events of the
// certifications, whose numbers and hashes they hold.
func CompareCertifications(ctx context.Context, tx *database.Tx) (found []CertificationDifference, err error) {
	records, err := certificationRecords(ctx, tx)
	if err != nil {
		return nil, err
	}
	differ := func(election int64, format string, args ...any) {
		found = append(found, CertificationDifference{election, Subject(election) + ": " + fmt.Sprintf(format, args...)})
	}
	err = audit.NewReader(tx.SQL()).Each(ctx, audit.Filter{Action: "election-certified"}, func(e audit.Event) error {
		var election int64
		var detail struct {
			Figures string `json:"figures"`
		}
		if _, err := fmt.Sscanf(e.Subject, "election %d", &election); err != nil {
			return nil //nolint:nilerr // no event of this program's; the chain compares it
		}
		// A detail that cannot be read has no figures.
		_ = json.Unmarshal([]byte(e.Detail), &detail)
		c, ok := records[election]
		delete(records, election)
		switch {
		case !ok:
			differ(election, "the record of its certification is missing; event %d has it", e.ID)
		case c.AuditEvents != e.ID || c.AuditHead != e.Hash:
			differ(election, "the record of its certification does not name event %d and its hash", e.ID)
		case c.Figures != detail.Figures:
			differ(election, "the figures in the record of its certification are not those of event %d", e.ID)
		case c.electionAt == nil || *c.electionAt != c.CertifiedAt:
			differ(election, "the time in the record of its certification is not that of the election")
		}
		return nil
	})
	for election := range records {
		differ(election, "a record of its certification is there, and no event of one")
	}
	return found, err
}

// certifiedRow is a record of certification with the time that its election has.
type certifiedRow struct {
	certificationRow

	electionAt *int64
}

func certificationRecords(ctx context.Context, tx *database.Tx) (map[int64]certifiedRow, error) {
	rows, err := tx.SQL().QueryContext(ctx, `SELECT c.election_id, c.figures, c.certified_at, c.audit_head, c.audit_events, e.certified_at
		FROM certifications c LEFT JOIN elections e ON e.id = c.election_id`)
	if err != nil {
		return nil, fmt.Errorf("elections: read certifications: %w", err)
	}
	defer rows.Close()
	records := map[int64]certifiedRow{}
	for rows.Next() {
		var c certifiedRow
		if err := rows.Scan(&c.ElectionID, &c.Figures, &c.CertifiedAt, &c.AuditHead, &c.AuditEvents, &c.electionAt); err != nil {
			return nil, fmt.Errorf("elections: read certifications: %w", err)
		}
		records[c.ElectionID] = c
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("elections: read certifications: %w", err)
	}
	return records, nil
}

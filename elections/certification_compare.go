package elections

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"urna/internal/audit"
	"urna/internal/database"
)

// CertificationDifference is a certification that is not as the audit log says.
type CertificationDifference struct {
	ElectionID int64
	Sentence   string
}

// certificationKey names a record of certification.
type certificationKey struct {
	election int64
	number   int
}

func (k certificationKey) String() string {
	if k.number == 1 {
		return Subject(k.election)
	}
	return fmt.Sprintf("%s, certification %d", Subject(k.election), k.number)
}

// CompareCertifications compares, as a transaction sees them, the records of certification with the events of the
// certifications, whose numbers and hashes they hold, and with each other.
func CompareCertifications(ctx context.Context, tx *database.Tx) (found []CertificationDifference, err error) {
	left, err := certificationRecords(ctx, tx) // that no event has named yet
	if err != nil {
		return nil, err
	}
	differ := func(k certificationKey, format string, args ...any) {
		found = append(found, CertificationDifference{k.election, k.String() + ": " + fmt.Sprintf(format, args...)})
	}
	last := map[int64]certifiedRow{} // by election: the record before
	err = audit.NewReader(tx.SQL()).Each(ctx, audit.Filter{Action: "election-certified"}, func(e audit.Event) error {
		var k certificationKey
		if _, err := fmt.Sscanf(e.Subject, "election %d", &k.election); err != nil {
			return nil //nolint:nilerr // no event of this program's; the chain compares it
		}
		var detail struct {
			Figures string `json:"figures"`
			Number  int    `json:"correction"` // 0 is the first certification
		}
		// A detail that cannot be read has no figures.
		_ = json.Unmarshal([]byte(e.Detail), &detail)
		k.number = max(detail.Number, 1)
		c, ok := left[k]
		delete(left, k)
		before := last[k.election]
		last[k.election] = c
		switch {
		case !ok:
			differ(k, "the record of its certification is missing; event %d has it", e.ID)
		case c.AuditEvents != e.ID || c.AuditHead != e.Hash:
			differ(k, "the record of its certification does not name event %d and its hash", e.ID)
		case c.Figures != detail.Figures:
			differ(k, "the figures in the record of its certification are not those of event %d", e.ID)
		case k.number == 1 && (c.electionAt == nil || *c.electionAt != c.CertifiedAt):
			differ(k, "the time in the record of its certification is not that of the election")
		case k.number > 1 && (c.correctedAt == nil || *c.correctedAt != c.CertifiedAt):
			differ(k, "the time in the record of its certification is not that of the correction")
		case k.number > 1 && (c.corrects == nil || *c.corrects != before.Figures || before.Number >= k.number):
			differ(k, "the correction is not one of the figures that were certified before")
		}
		return nil
	})
	for _, k := range sortedKeys(left) {
		differ(k, "a record of its certification is there, and no event of one")
	}
	return found, err
}

func sortedKeys(of map[certificationKey]certifiedRow) []certificationKey {
	return slices.SortedFunc(maps.Keys(of), func(a, b certificationKey) int {
		return cmp.Or(cmp.Compare(a.election, b.election), cmp.Compare(a.number, b.number))
	})
}

// certifiedRow is a record of certification with the time that its election has and, after a correction, the time that this
// has and the figures that it corrects.
type certifiedRow struct {
	certificationRow

	electionAt, correctedAt *int64
	corrects                *string
}

func certificationRecords(ctx context.Context, tx *database.Tx) (map[certificationKey]certifiedRow, error) {
	rows, err := tx.SQL().QueryContext(ctx, `SELECT c.election_id, c.number, c.figures, c.certified_at, c.audit_head, c.audit_events, e.certified_at,
			r.certified_at, r.figures
		FROM certifications c LEFT JOIN elections e ON e.id = c.election_id LEFT JOIN corrections r ON r.election_id = c.election_id AND r.number = c.number`)
	if err != nil {
		return nil, fmt.Errorf("elections: read certifications: %w", err)
	}
	defer rows.Close()
	records := map[certificationKey]certifiedRow{}
	for rows.Next() {
		var c certifiedRow
		err := rows.Scan(&c.ElectionID, &c.Number, &c.Figures, &c.CertifiedAt, &c.AuditHead, &c.AuditEvents, &c.electionAt, &c.correctedAt, &c.corrects)
		if err != nil {
			return nil, fmt.Errorf("elections: read certifications: %w", err)
		}
		records[certificationKey{c.ElectionID, c.Number}] = c
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("elections: read certifications: %w", err)
	}
	return records, nil
}

package protocol

import (
	"context"
	"time"

	"urna/internal/audit"
	"urna/internal/database"
)

// MostScans is how many scans a station's protocol can have.
const MostScans = 20

// AttachScan records a scan of a station's paper, whose file the caller has stored by its SHA-256 and checked. The same
// file is attached once. It is no entry and changes no state. Refusals are those of Enter but ErrFindings and
// ErrEntered: a scan can also be attached later.
func (s *Service) AttachScan(ctx context.Context, by Person, scan Scan) (attached Scan, err error) {
	err = s.db.Write(ctx, func(tx *database.Tx) error {
		k, err := s.know(ctx, tx, by, scan.StationID)
		if err != nil {
			return err
		}
		p, err := k.admit(scan.StationID)
		if err != nil {
			return err
		}
		had, err := scansOf(tx, scan.StationID)
		if err != nil {
			return err
		}
		for _, one := range had {
			if one.SHA256 == scan.SHA256 {
				attached = one
				return nil
			}
		}
		if len(had) >= MostScans {
			return ErrTooManyScans
		}
		row := scanRow{
			ElectionID: p.election.ID, ConstituencyID: p.place.ID, StationID: scan.StationID, SHA256: scan.SHA256[:], Bytes: scan.Bytes,
			MediaType: scan.MediaType, FileName: scan.FileName, OfficialID: by.ID, OfficialName: by.Name, AttachedAt: s.options.Now().UnixMilli(),
		}
		if err := insertScan(tx, &row); err != nil {
			return err
		}
		attached = row.scan()
		tx.AfterCommit(func() { s.options.OnCommit(p.election.ID) })
		return s.log.Append(ctx, tx.SQL(), by.Actor, "scan-attached", stationSubject(scan.StationID), map[string]any{
			"election": p.election.ID, "constituency": p.place.ID, "station": scan.StationID, "bytes": scan.Bytes, "type": scan.MediaType,
		})
	})
	return attached, err
}

func (r *scanRow) scan() Scan {
	return Scan{
		ID: r.ID, StationID: r.StationID, SHA256: [32]byte(r.SHA256), Bytes: r.Bytes, MediaType: r.MediaType, FileName: r.FileName,
		Official: audit.Actor{ID: r.OfficialID, Name: r.OfficialName}, At: time.UnixMilli(r.AttachedAt),
	}
}

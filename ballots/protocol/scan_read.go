package protocol

import (
	"context"

	"urna/internal/database"
	"urna/internal/messages"
	"urna/internal/problem"
)

// mostScanBytes is how many bytes of scans an official's account can attach. Administrators attach as many as the disk has
// room for.
const mostScanBytes = 4 << 30

var (
	// ErrUnknownScan is returned for a scan that does not exist.
	ErrUnknownScan = problem.New(problem.NotFound, "unknown-scan", messages.RefusalUnknownScan())
	// ErrScanNotShown is returned for a scan before counts may be shown, but to the person who attached it: it has all numbers.
	ErrScanNotShown = problem.New(problem.Forbidden, "embargoed", messages.RefusalScanNotShown())
	// ErrScanQuota is returned for a scan beyond the quota of the account.
	ErrScanQuota = problem.New(problem.Full, "scan-quota", messages.RefusalScanQuota(mostScanBytes>>30))
)

// Scan returns a scan of a station to a reader who may see it: before counts may be shown only the person who attached it.
// The caller has checked that the station is the reader's to see.
func (s *Service) Scan(ctx context.Context, reader Person, stationID, id int64) (scan Scan, err error) {
	err = s.db.Read(ctx, func(tx *database.Tx) error {
		p, err := s.paperOf(tx, stationID)
		if err != nil {
			return err
		}
		row, err := findScan(tx, stationID, id)
		switch {
		case err != nil:
			return err
		case row == nil:
			return ErrUnknownScan
		case !s.shows(p.election) && (reader.ID == 0 || row.OfficialID != reader.ID):
			return ErrScanNotShown
		}
		scan = row.scan()
		return nil
	})
	return scan, err
}

// MayAttach reports whether a person may attach a scan to a station's protocol now: nil, or the refusal of AttachScan, or
// ErrScanQuota. It is asked before the file is received.
func (s *Service) MayAttach(ctx context.Context, by Person, stationID int64) error {
	return s.db.Read(ctx, func(tx *database.Tx) error {
		k, err := s.know(ctx, tx, by, stationID)
		if err == nil {
			_, err = k.admit(stationID)
		}
		if err != nil {
			return err
		}
		had, err := scansOf(tx, stationID)
		if err == nil && len(had) >= MostScans {
			err = ErrTooManyScans
		}
		if err != nil || by.Administrator {
			return err
		}
		bytes, err := scanBytes(tx, by.ID)
		if err == nil && bytes >= mostScanBytes {
			err = ErrScanQuota
		}
		return err
	})
}

// AllScans returns all scans of the folder, the oldest first, as a transaction sees them.
func AllScans(tx *database.Tx) (scans []Scan, err error) {
	rows, err := allScans(tx)
	for i := range rows {
		scans = append(scans, rows[i].scan())
	}
	return scans, err
}

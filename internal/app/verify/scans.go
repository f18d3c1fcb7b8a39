package verify

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"

	"urna/ballots"
	"urna/ballots/protocol"
	"urna/ballots/protocol/scan"
)

// checkScans compares the files of scans with the hashes that were recorded with their protocols.
func checkScans(ctx context.Context, r *run) error {
	scans, err := protocol.AllScans(r.tx)
	if err != nil {
		return err
	}
	files := r.ScansWithin(r.tx)
	known := map[string]bool{}
	for _, s := range scans {
		name := hex.EncodeToString(s.SHA256[:])
		known[name] = true
		switch err := readScan(ctx, files, s); {
		case errors.Is(err, scan.ErrMissing):
			r.differs(ballots.Difference{
				Table: "protocol_scans", Row: strconv.FormatInt(s.ID, 10),
				Sentence: fmt.Sprintf("scan %d of station %d: the file scans/%s is missing, or its bytes are not those that were attached", s.ID, s.StationID, name),
			})
		case err != nil:
			return err
		}
	}
	if len(scans) > 0 {
		r.checked(map[string]int64{"scans": int64(len(scans))}, "scans: %d scans of protocols were read and their SHA-256 compared", len(scans))
	}
	names, err := files.Names(ctx)
	for _, name := range names {
		if !known[name] {
			r.checked(nil, "scans: scans/%s is not known to the database; it was attached with another one, or its upload was cut", name)
		}
	}
	return err
}

// readScan compares the file of a scan with its hash.
func readScan(ctx context.Context, files scan.Store, s protocol.Scan) error {
	file, _, err := files.Content(ctx, s.SHA256)
	if err != nil {
		return err
	}
	return file.Close()
}

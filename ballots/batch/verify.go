package batch

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"

	"urna/internal/database"
)

// VerifyFiles reads every accepted batch's file in the spool folder, compares its SHA-256 and length with
// those of the acceptance, and returns how many there were and a sentence for each difference.
func VerifyFiles(ctx context.Context, db database.Source, folder string) (files int, differences []string, err error) {
	rows, err := allBatches(db)
	if err != nil {
		return 0, nil, err
	}
	s := spool{folder: folder}
	for _, row := range rows {
		if err := ctx.Err(); err != nil {
			return files, differences, err
		}
		files++
		if difference := s.verify(row); difference != "" {
			differences = append(differences, fmt.Sprintf("batch %d: %s", row.ID, difference))
		}
	}
	return files, differences, nil
}

// verify returns how a batch's file differs from what was accepted, "" where it does not.
func (s spool) verify(row batchRow) string {
	file, err := s.open(row.SpoolFile)
	if err != nil {
		return "its file cannot be read: " + err.Error()
	}
	defer func() { _ = file.Close() }() // only read
	hash := sha256.New()
	n, err := io.Copy(hash, file)
	if err != nil {
		return "its file cannot be read: " + err.Error()
	}
	if sum := hash.Sum(nil); n != row.Bytes || !bytes.Equal(sum, row.SHA256) {
		return fmt.Sprintf("its file has %d bytes and the SHA-256 %s, and %d bytes with %s were accepted",
			n, hex.EncodeToString(sum), row.Bytes, hex.EncodeToString(row.SHA256))
	}
	return ""
}

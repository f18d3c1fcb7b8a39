package batch

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"slices"

	"urna/ballots"
)

// compareParts compares the files of several polling stations with what was sent: the parts of each cover it from its
// first ballot to its end, and it has the SHA-256 of the acceptance.
func (s spool) compareParts(ctx context.Context, rows []batchRow, report func(ballots.Difference)) error {
	files := map[string][]batchRow{}
	for _, row := range rows {
		if row.FirstLine != 0 {
			name := fileOf(row.SpoolFile)
			files[name] = append(files[name], row)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := s.comparePartsOf(ctx, name, files[name], report); err != nil {
			return err
		}
	}
	return nil
}

func (s spool) comparePartsOf(ctx context.Context, name string, parts []batchRow, report func(ballots.Difference)) error {
	file, err := s.open(ctx, name)
	if err != nil {
		return nil // the reading of each part has said so
	}
	defer func() { _ = file.Close() }() // only read
	sum := sha256.New()
	size, err := io.Copy(sum, file)
	if err != nil {
		report(parts[0].differs("its file cannot be read: %v", err))
		return nil
	}
	slices.SortFunc(parts, func(a, b batchRow) int { return cmp.Compare(a.FileOffset, b.FileOffset) })
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("batch: read parts of a file: %w", err)
	}
	head := newFileLines(file)
	if _, _, err := head.next(); err != nil {
		report(parts[0].differs("its file cannot be read: %v", err))
		return nil
	}
	next := head.begins
	for i := range parts {
		p := &parts[i]
		if !bytes.Equal(p.SentSHA256, sum.Sum(nil)) {
			report(p.differs("it is a part of a file with the SHA-256 %s, and of one with %s it was accepted", hex.EncodeToString(sum.Sum(nil)),
				hex.EncodeToString(p.SentSHA256)))
		}
		if p.FileOffset != next {
			report(p.differs("it begins at byte %d of its file, and the part before it ends at byte %d", p.FileOffset, next))
		}
		next = p.FileOffset + p.Bytes
	}
	if next != size {
		report(parts[len(parts)-1].differs("it is the last part of its file and ends at byte %d of %d", next, size))
	}
	return nil
}

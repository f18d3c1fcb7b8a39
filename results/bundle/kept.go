package bundle

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"urna/ballots"
	"urna/elections"
	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/database/filestore"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/results"
)

// ErrUnknownCertification is returned for the bundle of a certification that an election does not have.
var ErrUnknownCertification = problem.New(problem.NotFound, "unknown-certification", messages.RefusalUnknownCertification())

// fileSum is the size and the SHA-256 of a file as it was read last.
type fileSum struct {
	size     int64
	modified time.Time
	sha256   [sha256.Size]byte
}

// fileSums remember, between Prepare and Keep, the sums of files by their paths, while size and time of change stay the same.
type fileSums struct {
	sync.Mutex

	of map[string]fileSum
}

// sum returns the sum of a file.
func (s *fileSums) sum(path string) (fileSum, error) {
	info, err := os.Stat(path)
	if err != nil {
		return fileSum{}, err
	}
	s.Lock()
	known, found := s.of[path]
	s.Unlock()
	if found && known.size == info.Size() && known.modified.Equal(info.ModTime()) {
		return known, nil
	}
	now, err := readSum(path)
	if err == nil {
		s.Lock()
		s.of[path] = now
		s.Unlock()
	}
	return now, err
}

// readSum reads a file.
func readSum(path string) (sum fileSum, err error) {
	file, err := os.Open(path)
	if err != nil {
		return fileSum{}, err
	}
	defer func() { _ = file.Close() }() // only read
	info, err := file.Stat()
	if err != nil {
		return fileSum{}, err
	}
	h := sha256.New()
	_, err = io.Copy(h, file)
	sum = fileSum{size: info.Size(), modified: info.ModTime()}
	h.Sum(sum.sha256[:0])
	return sum, err
}

// Prepare writes both bundles of a certified election if they are not there. Keep then finds them, so that it does not
// write them while it holds the write lock.
func (s *Service) Prepare(ctx context.Context, electionID int64) error {
	for _, form := range []Form{Full, Public} {
		path, err := s.Bundle(ctx, electionID, form)
		if err != nil {
			return err
		}
		if _, err := s.sums.sum(path); err != nil {
			return fmt.Errorf("bundle: read bundle: %w", err)
		}
	}
	return nil
}

// Keep keeps both bundles of a certified election's last certification for good, within the transaction that opens its
// correction: afterwards they cannot be written again. Their files are on disk when it returns. An event has their
// SHA-256. Bundles that are kept already stay.
func (s *Service) Keep(ctx context.Context, tx *database.Tx, e *elections.Election) error {
	number := e.CertificationNumber()
	kept, err := keptOf(ctx, tx.SQL(), e.ID, number)
	if err != nil || len(kept) > 0 {
		return err
	}
	detail := map[string]any{"certification": number}
	for _, form := range []Form{Full, Public} {
		path, err := s.Bundle(ctx, e.ID, form)
		if err != nil {
			return err
		}
		sum, err := s.sums.sum(path)
		if err != nil {
			return fmt.Errorf("bundle: keep bundle: %w", err)
		}
		k := keptBundle{form: form, file: filepath.Base(path), bytes: sum.size, sha256: sum.sha256[:]}
		if err := s.store(ctx, tx, path); err != nil {
			return err
		}
		if err := insertKept(ctx, tx, e.ID, number, k); err != nil {
			return err
		}
		detail[string(form)] = hex.EncodeToString(k.sha256)
	}
	if err := database.SyncFolder(s.folder); err != nil {
		return fmt.Errorf("bundle: keep bundle: %w", err)
	}
	return s.log.Append(ctx, tx.SQL(), audit.System(), "bundles-kept", elections.Subject(e.ID), detail)
}

// store stores a bundle in the database, if that keeps them.
func (s *Service) store(ctx context.Context, tx *database.Tx, path string) error {
	if s.stored == nil {
		return nil
	}
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("bundle: keep bundle: %w", err)
	}
	defer func() { _ = file.Close() }() // only read
	return s.stored.KeepWithin(ctx, tx, file, filepath.Base(path))
}

// fetch writes a bundle that the database keeps to the folder, if it is not there.
func fetch(ctx context.Context, stored *filestore.Database, path string) error {
	if stored == nil {
		return nil
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return stored.Export(ctx, filepath.Base(path), path)
}

// BundleOf returns the path of the bundle of a certification with a number, 0 for the last one. That of a certification
// that was corrected, or that a correction reopened, is the file that was kept. Errors: ErrNotCertified,
// ErrUnknownCertification, results.ErrAltered if the file is not the one that was kept.
func (s *Service) BundleOf(ctx context.Context, electionID int64, number int, form Form) (string, error) {
	final, err := s.results.Final(ctx, electionID)
	if errors.Is(err, results.ErrEmbargoed) {
		return "", ErrNotCertified
	}
	if err != nil {
		return "", err
	}
	c := final.Certification
	if c.Record != nil && (number == 0 || number == c.Record.Number) {
		if final.Results.Altered {
			return "", results.ErrAltered
		}
		s.writing.Lock()
		defer s.writing.Unlock()
		return s.bundle(ctx, final, form)
	}
	if c.Record == nil && len(c.Earlier) == 0 {
		return "", ErrNotCertified
	}
	if number == 0 {
		number = c.Earlier[len(c.Earlier)-1].Number
	}
	return s.keptFile(ctx, electionID, number, form)
}

// CertificationNumber reads the number of a certification as an address has it; none given is 0, the last one. Errors:
// ErrUnknownCertification for a text that is no number from 1.
func CertificationNumber(text string, given bool) (int, error) {
	if !given {
		return 0, nil
	}
	number, err := strconv.Atoi(text)
	if err != nil || number < 1 {
		return 0, ErrUnknownCertification
	}
	return number, nil
}

// FileName names the bundle of an election's certification for a download; 0 is the last one.
func FileName(electionID int64, number int, form Form) string {
	if number == 0 {
		return fmt.Sprintf("election-%d-%s.zip", electionID, form)
	}
	return fmt.Sprintf("election-%d-certification-%d-%s.zip", electionID, number, form)
}

// keptFile returns the path of a kept bundle, whose size and SHA-256 are compared.
func (s *Service) keptFile(ctx context.Context, electionID int64, number int, form Form) (string, error) {
	kept, err := keptOf(ctx, s.db.Pool(), electionID, number)
	if err != nil {
		return "", err
	}
	for _, k := range kept {
		if k.form != form {
			continue
		}
		path := filepath.Join(s.folder, k.file)
		err := fetch(ctx, s.stored, path)
		if differs := cmp.Or(err, k.compare(path)); differs != nil {
			slog.ErrorContext(ctx, "a kept bundle is not the one that was kept; run urna verify",
				"election_id", electionID, "certification", number, "file", k.file, "error", differs)
			return "", results.ErrAltered
		}
		return path, nil
	}
	return "", ErrUnknownCertification
}

// compare compares a file with the kept bundle that it should be.
func (k *keptBundle) compare(path string) error {
	sum, err := readSum(path)
	if err != nil {
		return err
	}
	if sum.size != k.bytes || string(sum.sha256[:]) != string(k.sha256) {
		return fmt.Errorf("it has %d bytes and the SHA-256 %x; kept were %d bytes with %x", sum.size, sum.sha256, k.bytes, k.sha256)
	}
	return nil
}

// KeptFile is the file of a kept bundle.
type KeptFile struct {
	ElectionID int64
	Number     int // of the certification
	Form       Form
	Path       string
	Figures    string // hex SHA-256 of the certified figures
}

// Name says which bundle it is.
func (k *KeptFile) Name() string { return fmt.Sprintf("certification %d, %s bundle", k.Number, k.Form) }

// CompareKept compares, as a transaction sees them, the kept bundles with their files in a folder, and returns those that
// are as they were kept. Both forms of each certification that a correction reopened must be there. If stored is not nil,
// it has the files, and they are written to the folder.
func CompareKept(ctx context.Context, tx *database.Tx, stored *filestore.Database, folder string) (hold []KeptFile, found []ballots.Difference, err error) {
	needed, err := reopenedCertifications(ctx, tx)
	if err != nil {
		return nil, nil, err
	}
	all, err := allKept(ctx, tx.SQL())
	if err != nil {
		return nil, nil, err
	}
	byKey := map[string]*keptBundle{}
	for i := range all {
		byKey[all[i].key()] = &all[i]
	}
	for _, file := range needed {
		place := ballots.Place(file.ElectionID, 0)
		differs := func(format string, args ...any) {
			found = append(found, ballots.Difference{
				Table: "certified_bundles", Row: file.Name(), Place: place, Sentence: place + ": " + file.Name() + ": " + fmt.Sprintf(format, args...),
			})
		}
		key := (&keptBundle{election: file.ElectionID, number: file.Number, form: file.Form}).key()
		k := byKey[key]
		if k == nil {
			differs("it was not kept, and the certification was reopened")
			continue
		}
		delete(byKey, key)
		file.Path = filepath.Join(folder, filepath.Base(k.file))
		if err := cmp.Or(fetch(ctx, stored, file.Path), k.compare(file.Path)); err != nil {
			differs("its file %s is not the one that was kept: %v", k.file, err)
			continue
		}
		hold = append(hold, file)
	}
	for key, k := range byKey {
		place := ballots.Place(k.election, 0)
		found = append(found, ballots.Difference{
			Table: "certified_bundles", Row: key, Place: place, Sentence: place + ": a bundle is kept of " + key + ", which no correction reopened",
		})
	}
	return hold, found, nil
}

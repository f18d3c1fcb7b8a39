package bundle

import (
	"bytes"
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
	"strings"
	"sync"

	"urna/ballots"
	"urna/internal/audit"
	"urna/internal/audit/checkpoint"
	"urna/internal/database"
	"urna/internal/database/filestore"
	"urna/internal/text/csvtext"
	"urna/results"
	"urna/results/bundle/format"
)

// finals is what this package asks of results.
type finals interface {
	Final(ctx context.Context, electionID int64) (*results.Final, error)
}

// witnesses proves that a certification is in the audit log, and which witnesses have seen the log with it.
type witnesses interface {
	Evidence(ctx context.Context, tx *database.Tx, event int64) (checkpoint.Evidence, error)
}

// Service writes the bundles of a data folder. Its methods may be called concurrently.
type Service struct {
	db        *database.DB
	log       *audit.Log
	results   finals
	witnesses witnesses
	key       Key
	folder    string
	stored    *filestore.Database // of kept bundles; nil if they are in the folder

	sums    fileSums
	writing sync.Mutex // one bundle at a time
}

// figuresInName is how many digits of its figures' hash the name of a bundle has.
const figuresInName = 16

// New returns the service. Bundles are kept in the folder, which is made where it does not exist, until
// Clear; a certified election does not change, so each is written once. Those of a certification that a correction reopens
// are kept for good.
func New(db *database.DB, log *audit.Log, results finals, witnesses witnesses, key Key, folder string) (*Service, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("bundle: make the folder of bundles: %w", err)
	}
	s := &Service{db: db, log: log, results: results, witnesses: witnesses, key: key, folder: folder}
	s.sums.of = map[string]fileSum{}
	return s, nil
}

// Stored returns the store of a database that keeps bundles.
func Stored(db *database.DB) *filestore.Database { return filestore.InDatabase(db, "bundles") }

// KeepIn makes the database keep the bundles that cannot be written again. It is called before any other method; nil keeps
// them in the folder.
func (s *Service) KeepIn(stored *filestore.Database) { s.stored = stored }

// orphansFolder is the folder for bundles of certifications that the database does not know.
const orphansFolder = "orphans"

// Clear removes the bundles that can be written again, to the same bytes, at the next request for them, and what a
// killed process left of one. Those that Keep kept stay. Files that the database does not account for are moved to the folder of orphans: a bundle
// in it may be the only trace of a certification that the database has lost. A server clears at its start, before it
// answers requests.
func (s *Service) Clear(ctx context.Context) error {
	known, err := certifiedFigures(ctx, s.db)
	if err != nil {
		return err
	}
	kept, err := s.keptNames(ctx)
	if err != nil {
		return err
	}
	entries, err := os.ReadDir(s.folder)
	if err != nil {
		return fmt.Errorf("bundle: clear the folder of bundles: %w", err)
	}
	var orphans []string
	for _, e := range entries {
		name := e.Name()
		path := filepath.Join(s.folder, name)
		switch {
		case name == orphansFolder && e.IsDir(), kept[name]:
			continue
		case strings.HasPrefix(name, "draft-") || known[figuresOf(name)]:
			err = os.Remove(path)
		default:
			orphans = append(orphans, name)
			err = s.orphan(path, name)
		}
		if err != nil {
			return fmt.Errorf("bundle: clear the folder of bundles: %w", err)
		}
	}
	if len(orphans) > 0 {
		slog.WarnContext(ctx, "bundles that the database knows no certification of were moved aside; nothing was deleted",
			"folder", filepath.Join(s.folder, orphansFolder), "names", orphans)
	}
	return nil
}

// orphan moves a file to the folder of orphans. Of two with the same name the later one gets a number.
func (s *Service) orphan(path, name string) error {
	folder := filepath.Join(s.folder, orphansFolder)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	target := filepath.Join(folder, name)
	for n := 2; ; n++ {
		if _, err := os.Lstat(target); errors.Is(err, fs.ErrNotExist) {
			return os.Rename(path, target)
		} else if err != nil {
			return err
		}
		target = filepath.Join(folder, fmt.Sprintf("%d-%s", n, name))
	}
}

// Fingerprint returns the fingerprint of the key that signs the bundles.
func (s *Service) Fingerprint() string { return s.key.Fingerprint() }

// Bundle returns the path of the bundle of an election's last certification, writing it where that was not done before.
// While a correction is open it is the one that was kept. Errors are those of BundleOf.
func (s *Service) Bundle(ctx context.Context, electionID int64, form Form) (string, error) {
	return s.BundleOf(ctx, electionID, 0, form)
}

func (s *Service) bundle(ctx context.Context, final *results.Final, form Form) (string, error) {
	evidence, err := s.evidence(ctx, final)
	if err != nil {
		return "", err
	}
	path := filepath.Join(s.folder, fileName(final, form, evidence))
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return path, err
	}
	bound := ""
	if form == Public {
		full, err := s.bundle(ctx, final, Full)
		if err != nil {
			return "", err
		}
		digest, err := coreDigest(full)
		if err != nil {
			return "", err
		}
		bound = format.Commitment(s.key.salt(final.Hash), digest)
	}
	draft, err := os.CreateTemp(s.folder, "draft-*")
	if err != nil {
		return "", fmt.Errorf("bundle: write bundle: %w", err)
	}
	err = s.write(ctx, draft, final, form, bound, evidence)
	err = errors.Join(err, draft.Sync(), draft.Close())
	if err == nil {
		err = s.removeFormer(ctx, final, form)
	}
	if err == nil {
		err = os.Rename(draft.Name(), path)
	}
	if err != nil {
		return "", errors.Join(fmt.Errorf("bundle: write bundle: %w", err), os.Remove(draft.Name()))
	}
	return path, nil
}

// evidence returns the entry about witnesses, nil for a bundle of a format that has none.
func (s *Service) evidence(ctx context.Context, final *results.Final) (document []byte, err error) {
	if format.SumsOfBatches(final.Figures.Format) {
		return nil, nil
	}
	err = s.db.Read(ctx, func(tx *database.Tx) error {
		e, err := s.witnesses.Evidence(ctx, tx, final.Certification.Record.AuditEvents)
		if err != nil {
			return err
		}
		document, _, err = format.Encode(e)
		return err
	})
	return document, err
}

// fileName names the file of a bundle. With further countersignatures it gets another name.
func fileName(final *results.Final, form Form, evidence []byte) string {
	sum := sha256.Sum256(evidence)
	return fmt.Sprintf("%s-%s-%s.zip", final.Certification.Record.Figures[:figuresInName], form, hex.EncodeToString(sum[:4]))
}

// figuresOf returns the part of a bundle's name that names its figures; "" for another file.
func figuresOf(name string) string {
	figures, rest, _ := strings.Cut(name, "-")
	form, _, _ := strings.Cut(strings.TrimSuffix(rest, ".zip"), "-")
	if !strings.HasSuffix(rest, ".zip") || form != string(Full) && form != string(Public) {
		return ""
	}
	return figures
}

// removeFormer removes the bundle with fewer countersignatures, which is there already, unless it is kept. Downloads of it
// go on.
func (s *Service) removeFormer(ctx context.Context, final *results.Final, form Form) error {
	kept, err := s.keptNames(ctx)
	if err != nil {
		return err
	}
	former, err := filepath.Glob(filepath.Join(s.folder, fmt.Sprintf("%s-%s-*.zip", final.Certification.Record.Figures[:figuresInName], form)))
	for _, path := range former {
		if kept[filepath.Base(path)] {
			continue
		}
		err = errors.Join(err, os.Remove(path))
	}
	return err
}

// coreDigest returns the hex SHA-256 to which the public form of a bundle that was written here commits.
func coreDigest(path string) (digest string, err error) {
	file, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("bundle: read bundle: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	info, err := file.Stat()
	if err != nil {
		return "", fmt.Errorf("bundle: read bundle: %w", err)
	}
	c, err := format.Open(file, info.Size())
	if err != nil {
		return "", err
	}
	return c.CoreDigest()
}

// write writes a bundle from one snapshot.
func (s *Service) write(ctx context.Context, out io.Writer, final *results.Final, form Form, bound string, evidence []byte) error {
	election := final.Results.Election
	definition, _, err := results.EncodeDefinition(election)
	if err != nil {
		return err
	}
	certified, _, err := format.Encode(newCertification(final, form))
	if err != nil {
		return err
	}
	var table bytes.Buffer
	if err := format.WriteResultsCSV(&table, final.Figures); err != nil {
		return err
	}
	return s.db.Read(ctx, func(tx *database.Tx) (err error) {
		p := format.NewPacker(out)
		for _, entry := range []struct {
			name    string
			content []byte
		}{
			{format.ReadmeFile, []byte(readme)},
			{format.DefinitionFile, definition},
			{format.FiguresFile, final.Document},
			{format.CertificationFile, certified},
			{format.ResultsFile, table.Bytes()},
		} {
			if err := p.File(entry.name, entry.content); err != nil {
				return err
			}
		}
		if err := s.writeSums(ctx, tx, p, final); err != nil {
			return err
		}
		if form == Public {
			err = p.File(format.CommitmentFile, []byte(bound+"\n"))
		} else {
			err = s.writeWhole(ctx, tx, p, final)
		}
		if err == nil && evidence != nil {
			err = p.File(format.WitnessesFile, evidence)
		}
		if err != nil {
			return err
		}
		return p.Close(s.key.private)
	})
}

// writeSums writes the sums as the format of the certified figures has them.
func (s *Service) writeSums(ctx context.Context, tx *database.Tx, p *format.Packer, final *results.Final) error {
	f := final.Figures
	if !format.SumsOfBatches(f.Format) {
		w, err := p.Entry(format.SumsFile)
		if err != nil {
			return err
		}
		votes, err := writeMergedSums(ctx, tx, w, final)
		if err != nil || len(f.Stations) == 0 {
			return err
		}
		if w, err = p.Entry(format.StationsFile); err != nil {
			return err
		}
		return format.WriteStationsTable(csvtext.NewWindowsWriter(w), f, votes, nil)
	}
	w, err := p.Entry(format.BatchSumsFile)
	if err != nil {
		return err
	}
	if err := writeSums(ctx, tx, w, format.BatchSumsHeader, selectBatchSums, f.ElectionID); err != nil {
		return err
	}
	if w, err = p.Entry(format.OnlineSumsFile); err != nil {
		return err
	}
	return writeSums(ctx, tx, w, format.OnlineSumsHeader, selectOnlineSums, f.ElectionID)
}

// writeWhole writes what only the full form has.
func (s *Service) writeWhole(ctx context.Context, tx *database.Tx, p *format.Packer, final *results.Final) error {
	id := final.Results.Election.ID
	batches, err := ballots.BatchSums(ctx, tx, id)
	if err != nil {
		return err
	}
	constituencyOf := make(map[int64]int64, len(batches))
	for _, b := range batches {
		constituencyOf[b.ID] = b.ConstituencyID
	}
	for _, entry := range []struct {
		name  string
		write func(io.Writer) error
	}{
		{format.LinesFile, func(w io.Writer) error { return writeLines(ctx, tx, w, id) }},
		{format.BallotsFile, func(w io.Writer) error { return writeBallots(ctx, tx, w, id, constituencyOf) }},
		{format.ProtocolsFile, func(w io.Writer) error { return writeProtocols(w, final) }},
		{format.AuditFile, func(w io.Writer) error { return writeAudit(ctx, tx, w, final.Certification.Record.AuditEvents) }},
	} {
		if entry.name == format.ProtocolsFile && len(final.Protocols) == 0 {
			continue
		}
		w, err := p.Entry(entry.name)
		if err != nil {
			return err
		}
		if err := entry.write(w); err != nil {
			return err
		}
	}
	return p.File(format.SaltFile, []byte(s.key.salt(final.Hash)+"\n"))
}

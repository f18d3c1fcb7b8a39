package countersign

import (
	"context"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"urna/internal/audit"
	"urna/internal/audit/checkpoint"
	"urna/internal/database"
)

// Service signs the checkpoints of a data folder's log. Its methods may be called concurrently.
type Service struct {
	db     *database.DB
	log    *audit.Log
	now    func() time.Time
	signer checkpoint.LogSigner

	mutex   sync.Mutex // guards the following
	tree    *tree      // nil before the first use
	signed  Head       // of a size that the tree has
	current bool       // signed has all countersignatures of its size
}

// Signer returns the signer of a log's checkpoints, whose key follows from the folder's secret signing.key. It is another
// key than that of the bundles, so that no signature of one can be taken for the other's.
func Signer(secret []byte) (checkpoint.LogSigner, error) {
	seed, err := hkdf.Key(sha256.New, secret, nil, "urna audit log: key of checkpoints", ed25519.SeedSize)
	if err != nil {
		return checkpoint.LogSigner{}, fmt.Errorf("countersign: derive the key of checkpoints: %w", err)
	}
	return checkpoint.NewLogSigner(ed25519.NewKeyFromSeed(seed)), nil
}

// New returns the service over an open folder.
func New(db *database.DB, log *audit.Log, secret []byte, now func() time.Time) (*Service, error) {
	signer, err := Signer(secret)
	if err != nil {
		return nil, err
	}
	return &Service{db: db, log: log, now: now, signer: signer}, nil
}

// Key returns the verifier key of the log.
func (s *Service) Key() string { return s.signer.String() }

// Head returns the present state of the log.
func (s *Service) Head(ctx context.Context) (Head, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if err := s.update(ctx); err != nil {
		return Head{}, err
	}
	return s.signed, nil
}

// update makes the tree that of all committed events, and signs it if it has grown. It asks the log and not whether
// anything was committed, so that the time of an answer does not depend on votes. The mutex is locked.
func (s *Service) update(ctx context.Context) error {
	if s.tree == nil {
		s.tree, s.current = &tree{}, false
	}
	if err := s.tree.extend(ctx, s.db.Pool()); err != nil {
		return s.failed(err)
	}
	if s.current && s.signed.Size == s.tree.size {
		return nil
	}
	root, err := s.tree.root(ctx, s.db.Pool(), s.tree.size)
	if err != nil {
		return s.failed(err)
	}
	c := checkpoint.Checkpoint{Origin: s.signer.Name(), Size: s.tree.size, Root: root}
	signed, err := s.signer.SignCheckpoint(c)
	if err != nil {
		return err
	}
	further, err := countersignaturesOf(ctx, s.db.Pool(), c.Size)
	if err != nil {
		return err
	}
	s.signed = Head{Checkpoint: c, Hash: s.tree.head, Signed: checkpoint.Merge(signed, s.verified(further, c)...)}
	s.current = true
	return nil
}

// verified returns the signatures of witnesses in stored notes that hold for a checkpoint.
func (s *Service) verified(notes []storedNote, c checkpoint.Checkpoint) (signatures []note.Signature) {
	for _, stored := range notes {
		key, err := checkpoint.ParseWitnessKey(stored.key)
		if err != nil {
			continue
		}
		found, n, err := checkpoint.Open([]byte(stored.note), key)
		if err != nil || found != c {
			continue
		}
		signatures = append(signatures, n.Sigs...)
	}
	return signatures
}

// Consistency returns the proof that the tree of one size begins with that of an earlier one, in the form of the request
// add-checkpoint of c2sp.org/tlog-witness, with the signed checkpoint of the later size. An earlier size of 0 is proved by
// nothing.
func (s *Service) Consistency(ctx context.Context, earlier, later int64) ([]byte, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if err := s.update(ctx); err != nil {
		return nil, err
	}
	if earlier < 0 || later < 1 || earlier > later || later > s.tree.size {
		return nil, ErrNoSuchTree
	}
	c := checkpoint.Consistency{Old: earlier, Signed: s.signed.Signed}
	err := error(nil)
	if earlier > 0 {
		c.Proof, err = tlog.ProveTree(later, earlier, s.tree.reader(ctx, s.db.Pool()))
	}
	if err == nil && later != s.tree.size {
		c.Signed, err = s.sign(ctx, later)
	}
	if err != nil {
		return nil, s.failed(fmt.Errorf("countersign: prove consistency: %w", err))
	}
	return c.Encode(), nil
}

// sign returns the signed checkpoint of an earlier size. The mutex is locked and the tree up to date.
func (s *Service) sign(ctx context.Context, size int64) ([]byte, error) {
	root, err := s.tree.root(ctx, s.db.Pool(), size)
	if err != nil {
		return nil, err
	}
	return s.signer.SignCheckpoint(checkpoint.Checkpoint{Origin: s.signer.Name(), Size: size, Root: root})
}

// failed drops a tree that the database contradicts: the next call computes it from all events, and a witness then sees
// what became of the log. After another fault, such as a request that ended, the tree keeps the events that it has, so
// that ended requests cannot make the server read all events again.
func (s *Service) failed(err error) error {
	if errors.Is(err, errAltered) {
		s.tree = nil
	}
	return err
}

// rootAt returns the root over the first events, or ErrNoSuchTree.
func (s *Service) rootAt(ctx context.Context, size int64) (tlog.Hash, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if err := s.update(ctx); err != nil {
		return tlog.Hash{}, err
	}
	if size > s.tree.size {
		return tlog.Hash{}, ErrNoSuchTree
	}
	root, err := s.tree.root(ctx, s.db.Pool(), size)
	return root, s.failed(err)
}

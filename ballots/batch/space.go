package batch

import (
	"errors"
	"fmt"
	"math"
	"sync"

	"urna/internal/database"
	"urna/internal/messages"
	"urna/internal/problem"
)

// Refusals of uploads by the limits of this file.
var (
	// ErrDiskReserve is returned for an upload while less of the disk is free than its reserve.
	ErrDiskReserve = problem.New(problem.Full, "disk-reserve", messages.RefusalDiskReserve())
	// ErrUploadQuota is returned for an upload beyond the quota of its account's files that wait for confirmation.
	ErrUploadQuota = problem.New(problem.Full, "upload-quota", messages.RefusalUploadQuota(0))
	// ErrUploadQuotaInAll is returned for an upload beyond the quota of all such files.
	ErrUploadQuotaInAll = problem.New(problem.Full, "upload-quota-in-all", messages.RefusalUploadQuotaInAll())
	// ErrAccountEnded is returned for an upload whose account was disabled or deleted while the file arrived.
	ErrAccountEnded = problem.New(problem.Forbidden, "account-ended", messages.RefusalAccountEnded())
)

// The reserve of free disk if Options.DiskReserve is 0: a twentieth of the file system, within these bounds.
const (
	reservedPart = 20
	leastReserve = 64 << 20
	mostReserve  = 1 << 30
)

// The quotas of files that are not confirmed, in files of the largest size.
const (
	quotaOfAccount = 2
	quotaInAll     = 8
)

// checkEvery is after how many arrived bytes the limits are checked again.
const checkEvery = 256 << 10

// space bounds the disk that files take before they are accepted.
type space struct {
	folder    string
	disk      func(folder string) (size, free int64, err error)
	reserve   int64 // 0 is a part of the disk
	ofAccount int64 // math.MaxInt64 is no limit, as of inAll
	inAll     int64

	mutex    sync.Mutex
	arrivals map[*arrival]bool
}

func newSpace(o Options) *space {
	s := &space{
		folder: o.Folder, disk: o.DiskFree, reserve: o.DiskReserve, ofAccount: math.MaxInt64, inAll: math.MaxInt64,
		arrivals: map[*arrival]bool{},
	}
	if s.disk == nil {
		s.disk = database.DiskSpace
	}
	if o.MaxBytes > 0 && o.MaxBytes < math.MaxInt64/quotaInAll {
		s.ofAccount, s.inAll = quotaOfAccount*o.MaxBytes, quotaInAll*o.MaxBytes
	}
	return s
}

// arrival is a file that is being received. It is written to before the file, so that a refusal keeps the bytes off the
// disk.
type arrival struct {
	space   *space
	account int64
	own     waitingBytes // of the account, when the file began to arrive
	quoted  bool         // counts for the quotas; a file that is accepted at once does not
	bytes   int64        // guarded by space.mutex, as ended
	ended   bool         // the account was disabled or deleted
	checked int64        // bytes at the last check
}

// waitingBytes are the sizes of files that wait for confirmation.
type waitingBytes struct{ OfAccount, InAll int64 }

// begin registers a file of an account and refuses it if there is no space for even its first byte.
func (s *space) begin(account int64, waiting waitingBytes, quoted bool) (*arrival, error) {
	a := &arrival{space: s, account: account, own: waiting, quoted: quoted}
	s.mutex.Lock()
	s.arrivals[a] = true
	s.mutex.Unlock()
	if err := a.check(1); err != nil {
		a.end()
		return nil, err
	}
	return a, nil
}

// end removes the file from the arriving ones.
func (a *arrival) end() {
	a.space.mutex.Lock()
	defer a.space.mutex.Unlock()
	delete(a.space.arrivals, a)
}

// Write counts bytes that are about to be written, or refuses them.
func (a *arrival) Write(p []byte) (int, error) {
	a.space.mutex.Lock()
	a.bytes += int64(len(p))
	due := a.bytes-a.checked >= checkEvery
	a.space.mutex.Unlock()
	if due {
		if err := a.check(int64(len(p))); err != nil {
			return 0, err
		}
		a.checked = a.bytes // no other goroutine writes it
	}
	return len(p), nil
}

// check refuses the next bytes of a file beyond a limit.
func (a *arrival) check(next int64) error {
	if err := a.refuseEnded(); err != nil {
		return err
	}
	if a.quoted {
		waiting := a.own
		a.space.mutex.Lock()
		for other := range a.space.arrivals {
			if !other.quoted {
				continue
			}
			waiting.InAll += other.bytes
			if other.account == a.account {
				waiting.OfAccount += other.bytes
			}
		}
		a.space.mutex.Unlock()
		if err := a.space.withinQuotas(waiting); err != nil {
			return err
		}
	}
	return a.space.aboveReserve(next)
}

// refuseEnded refuses a file whose account has ended.
func (a *arrival) refuseEnded() error {
	a.space.mutex.Lock()
	defer a.space.mutex.Unlock()
	if a.ended {
		return ErrAccountEnded
	}
	return nil
}

// endAccount refuses the arriving files of an account.
func (s *space) endAccount(account int64) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for a := range s.arrivals {
		if a.account == account {
			a.ended = true
		}
	}
}

func (s *space) withinQuotas(w waitingBytes) error {
	switch {
	case w.OfAccount > s.ofAccount:
		return ErrUploadQuota.With(messages.RefusalUploadQuota(s.ofAccount >> 20))
	case w.InAll > s.inAll:
		return ErrUploadQuotaInAll
	default:
		return nil
	}
}

// aboveReserve refuses to take so many bytes of the disk if less than the reserve would be free.
func (s *space) aboveReserve(bytes int64) error {
	free, reserve, err := s.free()
	if err == nil && free-bytes < reserve {
		return ErrDiskReserve
	}
	return err
}

// Reserve returns a function that refuses with ErrDiskReserve to store so many more bytes if less than the reserve of
// the disk with Options.Folder would be free. It is for files that other services receive.
func Reserve(o Options) func(bytes int64) error { return newSpace(o).aboveReserve }

// mayCount refuses to count while less than half of the reserve is free: counted ballots take disk, too.
func (s *space) mayCount() error {
	free, reserve, err := s.free()
	if err == nil && free < reserve/2 {
		return errors.Join(database.ErrDiskFull, errReservedForVotes)
	}
	return err
}

var errReservedForVotes = errors.New("batch: the rest of the disk is kept for votes and sign-ins")

// free returns how much of the disk is free, and its reserve.
func (s *space) free() (free, reserve int64, err error) {
	size, free, err := s.disk(s.folder)
	if err != nil {
		return 0, 0, fmt.Errorf("batch: free disk: %w", err)
	}
	if s.reserve > 0 {
		return free, s.reserve, nil
	}
	return free, min(max(size/reservedPart, leastReserve), mostReserve), nil
}

// Usage says how much of the disk files take that wait for confirmation, and how much is free, in bytes.
type Usage struct {
	Waiting, Quota, QuotaOfAccount int64 // math.MaxInt64 is no quota
	Free, Reserve                  int64
}

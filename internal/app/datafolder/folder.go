package datafolder

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Database is the name of the main database's file.
const Database = "urna.db"

// Sessions is the name of the file with the browser sessions.
const Sessions = "sessions.db"

// anchorFile is the name of the anchor's file, as in internal/app/anchor.
const anchorFile = "urna.anchor"

// Folder is an open data folder.
type Folder struct {
	OnSecret OnSecret // nil is nothing

	path    string
	secrets string // the folder of the secret files
	now     func() time.Time
	handle  *os.File
	opened  fs.FileInfo
	locked  *os.File // the lock file of earlier versions; nil without the lock

	readiness readiness
}

// Open opens a data folder that exists, or makes it (for its owner only) if create says so. Errors say what to do.
func Open(path string, create bool, now func() time.Time) (*Folder, error) {
	if path == "" {
		return nil, errors.New("--data is empty: name the data folder")
	}
	if create {
		if err := os.MkdirAll(path, 0o700); err != nil {
			return nil, explain(path, fmt.Errorf("make the data folder: %w", err))
		}
	}
	handle, err := os.Open(path)
	if err != nil {
		return nil, explain(path, err)
	}
	f := &Folder{path: path, secrets: path, now: now, handle: handle}
	if f.opened, err = handle.Stat(); err == nil && !f.opened.IsDir() {
		err = fmt.Errorf("%s is a file: name a folder with --data", path)
	}
	if err == nil {
		err = f.checkAccess()
	}
	if err != nil {
		return nil, errors.Join(err, handle.Close())
	}
	return f, nil
}

// Path returns the path of a file in the folder.
func (f *Folder) Path(name string) string { return filepath.Join(f.path, name) }

// UseSecrets makes another folder that of the secret files. It must exist, and is not written to if it has all of them.
func (f *Folder) UseSecrets(path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("the folder of the secret files, %s, does not exist: make it (mkdir -m 700), or name another one with --secrets", path)
	case err != nil:
		return fmt.Errorf("the folder of the secret files cannot be read: %w", err)
	case !info.IsDir():
		return fmt.Errorf("%s is a file: name the folder of the secret files with --secrets", path)
	}
	f.secrets = path
	return nil
}

// SecretPath returns the path of a secret file.
func (f *Folder) SecretPath(name string) string { return filepath.Join(f.secrets, name) }

// Close closes the folder and ends its lock.
func (f *Folder) Close() error { return errors.Join(f.Unlock(), f.handle.Close()) }

// What faccessat(2) asks for, with the rights that the process has in effect.
const (
	canRead  = 4
	canWrite = 2
	canEnter = 1
)

// checkAccess reports a folder, or a file in it that the program must write, which this account may not use.
func (f *Folder) checkAccess() error {
	if err := unix.Faccessat(unix.AT_FDCWD, f.path, canRead|canWrite|canEnter, unix.AT_EACCESS); err != nil {
		return explain(f.path, &fs.PathError{Op: "write", Path: f.path, Err: err})
	}
	for _, name := range []string{
		Database, Database + "-wal", Database + "-shm", anchorFile, Sessions, Sessions + "-wal", Sessions + "-shm",
		"spool", "rolls", "bundles", "scans",
	} {
		path := f.Path(name)
		if err := unix.Faccessat(unix.AT_FDCWD, path, canRead|canWrite, unix.AT_EACCESS); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return explain(path, &fs.PathError{Op: "write", Path: path, Err: err})
		}
	}
	return nil
}

// explain turns an error of the file system into one that says what to do.
func explain(path string, err error) error {
	switch {
	case errors.Is(err, syscall.EROFS):
		return fmt.Errorf("the file system of %s is read-only: make it writable, or name another folder with --data: %w", path, err)
	case errors.Is(err, fs.ErrPermission) && owner(path) == account():
		return fmt.Errorf("the account %s may not write %s, though it belongs to it: give it the permissions (chmod -R u+rwX FOLDER), "+
			"or name another folder with --data: %w", account(), path, err)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("the account %s may not write %s, which belongs to %s: run Urna under that account, "+
			"give the data folder and all in it to this one (chown -R %s FOLDER), or name another folder with --data: %w",
			account(), path, owner(path), account(), err)
	case errors.Is(err, syscall.ENOTDIR):
		return fmt.Errorf("a part of the path %s is a file: name a folder with --data: %w", path, err)
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return fmt.Errorf("the disk of %s is full: make room and start again: %w", path, err)
	}
	return err
}

// account returns the name of the account that runs the program.
func account() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return fmt.Sprintf("number %d", os.Geteuid())
}

// owner returns the account that a file belongs to, or the nearest folder above it that exists.
func owner(path string) string {
	for {
		info, err := os.Stat(path)
		if err != nil {
			above := filepath.Dir(path)
			if above == path {
				return "another"
			}
			path = above
			continue
		}
		stat, ok := info.Sys().(*syscall.Stat_t)
		if !ok {
			return "another"
		}
		if u, err := user.LookupId(strconv.FormatUint(uint64(stat.Uid), 10)); err == nil {
			return u.Username
		}
		return fmt.Sprintf("account number %d", stat.Uid)
	}
}

// ErrLocked is returned while another program holds the folder's lock.
var ErrLocked = errors.New("another server is running on this data folder")

// lockFile is the file that servers of earlier versions lock.
const lockFile = "server.lock"

// Lock takes the folder for one server, or returns ErrLocked. The lock ends with Unlock or with the process.
func (f *Folder) Lock() error {
	if f.locked != nil {
		return nil
	}
	if err := flock(f.handle); err != nil {
		return fmt.Errorf("lock the data folder %s: %w", f.path, err)
	}
	file, err := os.OpenFile(f.Path(lockFile), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		err = explain(f.Path(lockFile), err)
	} else if err = flock(file); err != nil {
		err = errors.Join(fmt.Errorf("lock the data folder %s: %w", f.path, err), file.Close())
	}
	if err != nil {
		return errors.Join(err, syscall.Flock(int(f.handle.Fd()), syscall.LOCK_UN))
	}
	f.locked = file
	return nil
}

// How often flock tries: InUse of another program holds the lock for an instant.
const (
	lockTries = 5
	lockPause = 5 * time.Millisecond
)

func flock(file *os.File) error {
	err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	for tries := 1; errors.Is(err, syscall.EWOULDBLOCK) && tries < lockTries; tries++ {
		time.Sleep(lockPause)
		err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	}
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return ErrLocked
	}
	if err != nil {
		return fmt.Errorf("its file system cannot lock it; put it on a local disk: %w", err)
	}
	return nil
}

// Unlock ends the lock, if the folder has it.
func (f *Folder) Unlock() error {
	if f.locked == nil {
		return nil
	}
	err := f.locked.Close()
	f.locked = nil
	return errors.Join(err, syscall.Flock(int(f.handle.Fd()), syscall.LOCK_UN))
}

// How long Alone waits for a program that is making the schema itself, and how often it looks.
const (
	aloneWait  = 5 * time.Second
	alonePause = 50 * time.Millisecond
)

// Alone takes the lock for the length of a change of the schema, and returns what ends that. A folder that has the
// lock keeps it. While another program has the lock, it waits some seconds for done, which reports that the other one
// has made the change.
func (f *Folder) Alone(ctx context.Context, done func(context.Context) bool) (release func() error, err error) {
	if f.locked != nil {
		return func() error { return nil }, nil
	}
	patience := time.NewTimer(aloneWait)
	defer patience.Stop()
	for {
		err := f.Lock()
		if err == nil {
			return f.Unlock, nil
		}
		if !errors.Is(err, ErrLocked) {
			return nil, err
		}
		if done(ctx) {
			return func() error { return nil }, nil
		}
		select {
		case <-time.After(alonePause):
		case <-patience.C:
			return nil, fmt.Errorf("%w, and this program must upgrade the database first: stop that server, or use its own version of the program", err)
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// NoteAddress keeps the address at which the server answers that has the folder's lock.
func (f *Folder) NoteAddress(address string) error {
	err := f.locked.Truncate(0)
	if err == nil {
		_, err = f.locked.WriteAt([]byte(address+"\n"), 0)
	}
	if err != nil {
		return explain(f.Path(lockFile), fmt.Errorf("note the server's address: %w", err))
	}
	return nil
}

// ServedAt returns the address that the server of a data folder answers at, "" if none runs.
func ServedAt(path string) (address string, err error) {
	file, err := os.Open(filepath.Join(path, lockFile))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", explain(path, err)
	}
	defer func() { _ = file.Close() }() // it was only read
	if err := flock(file); !errors.Is(err, ErrLocked) {
		return "", err
	}
	noted, err := io.ReadAll(io.LimitReader(file, maxAddress))
	if err != nil {
		return "", fmt.Errorf("read the server's address: %w", err)
	}
	return strings.TrimSpace(string(noted)), nil
}

// maxAddress bounds the length of an address, in bytes.
const maxAddress = 2048

// checkIdentity reports whether the folder and the database in it are still the ones that were opened: a folder that
// was moved, removed or put in another's place is not.
func (f *Folder) checkIdentity(database fs.FileInfo) error {
	now, err := os.Stat(f.path)
	if err != nil {
		return fmt.Errorf("the data folder is gone: %w", err)
	}
	if !os.SameFile(now, f.opened) {
		return fmt.Errorf("%s is another folder than the one that was opened", f.path)
	}
	if database == nil {
		return nil
	}
	if now, err = os.Stat(f.Path(Database)); err != nil {
		return fmt.Errorf("the database is gone: %w", err)
	}
	if !os.SameFile(now, database) {
		return fmt.Errorf("%s is another file than the one that was opened", f.Path(Database))
	}
	return nil
}

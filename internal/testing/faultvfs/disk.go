package faultvfs

/*
#include <stdlib.h>
#include "vfs.h"

enum { FAULTVFS_WRITE = 1, FAULTVFS_SYNC, FAULTVFS_TRUNCATE, FAULTVFS_DELETE, FAULTVFS_OPEN };
*/
import "C"

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"runtime/cgo"
	"sync"
	"unsafe"
)

// Act is what SQLite does to a file.
type Act int

// The acts that a Disk is asked about.
const (
	Write    Act = C.FAULTVFS_WRITE
	Sync     Act = C.FAULTVFS_SYNC
	Truncate Act = C.FAULTVFS_TRUNCATE
	Delete   Act = C.FAULTVFS_DELETE
	Open     Act = C.FAULTVFS_OPEN
)

// Code is how an act fails, in SQLite's result codes.
type Code int

// The ways of failing.
const (
	WriteError Code = 10 | 3<<8 // SQLITE_IOERR_WRITE
	SyncError  Code = 10 | 4<<8 // SQLITE_IOERR_FSYNC
	Full       Code = 13        // SQLITE_FULL
)

// Fault is a plan: which act fails, and how.
type Fault struct {
	Act   Act // Write or Sync
	Nth   int // the first that fails, from 1, counted from the moment of Arm; 0 for none
	Times int // how many fail one after another; Ever for all from then on
	Code  Code
}

// Ever is the Times of a disk that does not recover by itself.
const Ever = math.MaxInt

// Disk is one failing disk. Its methods may be called while SQLite works on it.
type Disk struct {
	// VFS is the name under which SQLite knows the disk.
	VFS string

	registered *C.sqlite3_vfs
	handle     cgo.Handle

	// BeforeAct is called before each act, with the moment of the record. It may be nil, must not use the disk, and is set
	// before SQLite uses the disk.
	BeforeAct func(moment int)

	mutex  sync.Mutex
	base   map[string][]byte // the files from before the record, which are safe
	record []entry
	counts map[Act]int // since the last Arm
	plan   Fault
	failed int // acts refused since the last Arm
}

// entry is one act that was let through.
type entry struct {
	act  Act
	file string // without its folder
	at   int64  // of a Write the offset, of a Truncate the size
	data []byte
}

// New registers a disk that does not fail yet. The driver must be part of the program.
func New() (*Disk, error) {
	d := &Disk{VFS: "fault-" + rand.Text(), counts: map[Act]int{}}
	d.handle = cgo.NewHandle(d)
	name := C.CString(d.VFS)
	defer C.free(unsafe.Pointer(name))
	if d.registered = C.faultvfs_add(name, C.uintptr_t(d.handle)); d.registered == nil {
		d.handle.Delete()
		return nil, errors.New("faultvfs: SQLite took no further file system")
	}
	return d, nil
}

// Close takes the disk away from SQLite. All databases on it must be closed.
func (d *Disk) Close() {
	C.faultvfs_remove(d.registered)
	d.handle.Delete()
}

// Begin takes the files of the names in a folder, as far as they exist, as safe from before the record. Else a power cut
// knows only what was written through the disk. SQLite must not use the disk yet.
func (d *Disk) Begin(folder string, names ...string) error {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	d.base = map[string][]byte{}
	for _, name := range names {
		content, err := os.ReadFile(filepath.Join(folder, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return fmt.Errorf("faultvfs: begin: %w", err)
		}
		d.base[name] = content
	}
	return nil
}

// Arm makes the plan hold from now on, and starts the count at zero. The zero plan fails nothing.
func (d *Disk) Arm(plan Fault) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	d.plan, d.failed = plan, 0
	clear(d.counts)
}

// Count returns how often the act was asked for since the last Arm, whether it failed or not.
func (d *Disk) Count(act Act) int {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	return d.counts[act]
}

// Failed returns how many acts were refused since the last Arm.
func (d *Disk) Failed() int {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	return d.failed
}

// Moment returns how many acts have been recorded so far: a moment for PowerCut.
func (d *Disk) Moment() int {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	return len(d.record)
}

// Moments returns the moments right after each such act of the record.
func (d *Disk) Moments(act Act) (moments []int) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	for i, e := range d.record {
		if e.act == act {
			moments = append(moments, i+1)
		}
	}
	return moments
}

// ask decides about an act and returns SQLite's result code, 0 to let it through.
func (d *Disk) ask(act Act, file string, at int64, data []byte) Code {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	if d.BeforeAct != nil {
		d.BeforeAct(len(d.record))
	}
	d.counts[act]++
	if later := d.counts[act] - d.plan.Nth; d.plan.Act == act && d.plan.Nth > 0 && later >= 0 && later < d.plan.Times {
		d.failed++
		if act == Write && file != "" {
			d.record = append(d.record, entry{act, file, at, append([]byte(nil), data[:len(data)/2]...)})
		}
		return d.plan.Code
	}
	if file != "" { // a temporary file is gone after a power cut
		d.record = append(d.record, entry{act, file, at, append([]byte(nil), data...)})
	}
	return 0
}

//export faultvfsAsk
func faultvfsAsk(handle C.uintptr_t, act C.int, name *C.char, at C.longlong, data unsafe.Pointer, length C.int) C.int {
	disk, ok := cgo.Handle(handle).Value().(*Disk)
	if !ok {
		return C.int(WriteError)
	}
	file := ""
	if name != nil {
		file = filepath.Base(C.GoString(name))
	}
	return C.int(disk.ask(Act(act), file, int64(at), unsafe.Slice((*byte)(data), int(length))))
}

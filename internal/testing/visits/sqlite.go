package visits

/*
#include "trace.h"
*/
import "C"

import (
	"sync"
	"testing"

	"urna/internal/database"
)

//nolint:gochecknoglobals // SQLite calls a function with no receiver
var (
	mutex   sync.Mutex
	counted = map[string]*Count{} // by the file that is looked at
)

//nolint:gochecknoinits // before any connection is opened
func init() { C.visits_trace() }

//export visitsEnded
func visitsEnded(file, statement *C.char, steps C.int) {
	mutex.Lock()
	defer mutex.Unlock()
	if c := counted[C.GoString(file)]; c != nil {
		c.add(C.GoString(statement), int64(steps))
	}
}

func stepsOf(tb testing.TB, db *database.DB, do func()) Count {
	tb.Helper()
	var file string
	if err := db.Pool().QueryRowContext(tb.Context(), "SELECT file FROM pragma_database_list WHERE name = 'main'").Scan(&file); err != nil {
		tb.Fatal(err)
	}
	c := &Count{By: map[string]int64{}}
	mutex.Lock()
	counted[file] = c
	mutex.Unlock()
	do()
	mutex.Lock()
	defer mutex.Unlock()
	delete(counted, file)
	return *c
}

package faultvfs

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// sector is what a disk writes whole or not at all.
const sector = 512

// PowerCut writes into the folder what would be found there had the power gone after the first so many acts
// of the record: everything that was synced, and of what was not an arbitrary part, sector by sector, as
// random draws it. Where random is nil, nothing of what was not synced is found.
//
// Names are synced as SQLite syncs them on a system with folders: with the first sync of a log or a journal
// after it was opened, all of the folder's; and with a Delete that asks for it. The folder must hold nothing
// but what this package put there.
func (d *Disk) PowerCut(acts int, random *rand.Rand, folder string) error {
	d.mutex.Lock()
	record := slices.Clone(d.record[:acts])
	d.mutex.Unlock()
	safe, open := map[string][]byte{}, map[string][]entry{} // open: since the file's last sync
	for name, content := range d.base {
		safe[name] = slices.Clone(content)
	}
	opened := map[string]bool{} // logs and journals that were not synced since
	for _, e := range record {
		switch {
		case e.act == Open:
			opened[e.file] = strings.HasSuffix(e.file, "-wal") || strings.HasSuffix(e.file, "-journal")
		case e.act == Sync && opened[e.file]:
			delete(opened, e.file)
			syncFile(safe, open, e.file)
			syncFolder(safe, open)
		case e.act == Delete && e.at != 0:
			open[e.file] = append(open[e.file], e)
			syncFolder(safe, open)
		case e.act == Sync:
			syncFile(safe, open, e.file)
		default:
			open[e.file] = append(open[e.file], e)
		}
	}
	if random != nil {
		for _, file := range sorted(open) {
			for _, e := range open[file] {
				tear(safe, e, random)
			}
		}
	}
	for _, file := range sorted(safe) {
		if err := os.WriteFile(filepath.Join(folder, file), safe[file], 0o600); err != nil {
			return fmt.Errorf("faultvfs: power cut: %w", err)
		}
	}
	return nil
}

// syncFolder makes the names that were taken away stay away.
func syncFolder(safe map[string][]byte, open map[string][]entry) {
	for file, acts := range open {
		for i, e := range acts {
			if e.act == Delete {
				delete(safe, file)
				open[file] = acts[i+1:]
			}
		}
	}
}

// syncFile makes the file's content safe.
func syncFile(safe map[string][]byte, open map[string][]entry, file string) {
	for _, e := range open[file] {
		apply(safe, e)
	}
	if _, there := safe[file]; !there {
		safe[file] = nil
	}
	delete(open, file)
}

// apply does what an act did.
func apply(files map[string][]byte, e entry) {
	content := files[e.file]
	switch e.act {
	case Delete:
		delete(files, e.file)
		return
	case Truncate:
		files[e.file] = sized(content, int(e.at))
		return
	case Sync, Open:
		return
	case Write:
	}
	if end := int(e.at) + len(e.data); end > len(content) {
		content = sized(content, end)
	}
	copy(content[e.at:], e.data)
	files[e.file] = content
}

// tear does some of what an act did, or nothing.
func tear(files map[string][]byte, e entry, random *rand.Rand) {
	if e.act != Write {
		if random.IntN(2) == 0 {
			apply(files, e)
		}
		return
	}
	part := random.IntN(3) // nothing, all, or some sectors
	for from := 0; from < len(e.data); {
		to := min(len(e.data), from+sector-int(e.at+int64(from))%sector)
		if part == 1 || part == 2 && random.IntN(2) == 0 {
			apply(files, entry{Write, e.file, e.at + int64(from), e.data[from:to]})
		}
		from = to
	}
}

// sized returns the content cut, or filled up with zeros, to the size.
func sized(content []byte, size int) []byte {
	if size <= len(content) {
		return content[:size:size]
	}
	return append(content, make([]byte, size-len(content))...)
}

func sorted[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

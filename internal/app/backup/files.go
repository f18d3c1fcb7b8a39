package backup

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"urna/internal/database"
	"urna/internal/sealed"
)

// The names of the backups of a schedule: urna-20261129T152600Z.tar or, encrypted, urna-20261129T152600Z.tar.age.
const (
	filePrefix = "urna-"
	fileTime   = "20060102T150405Z"
	fileEnd    = ".tar"
)

// File is a backup of a schedule.
type File struct {
	Name      string
	Made      time.Time // when it was begun
	Bytes     int64
	Encrypted bool
}

// FileName returns the name of a backup that is begun at a time.
func FileName(at time.Time, encrypted bool) string {
	name := filePrefix + at.UTC().Format(fileTime) + fileEnd
	if encrypted {
		name += sealed.Extension
	}
	return name
}

// parse reads the name of a backup.
func parse(name string) (f File, ok bool) {
	f.Name = name
	rest, encrypted := strings.CutSuffix(name, sealed.Extension)
	f.Encrypted = encrypted
	rest, tar := strings.CutSuffix(rest, fileEnd)
	rest, prefixed := strings.CutPrefix(rest, filePrefix)
	made, err := time.Parse(fileTime, rest)
	f.Made = made
	return f, tar && prefixed && err == nil
}

// Files returns the backups of a schedule in a folder, newest first. Other files are none of them.
func Files(folder string) (files []File, err error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		f, ok := parse(e.Name())
		info, err := e.Info()
		if !ok || err != nil || !info.Mode().IsRegular() {
			continue
		}
		f.Bytes = info.Size()
		files = append(files, f)
	}
	slices.SortFunc(files, func(a, b File) int { return b.Made.Compare(a.Made) })
	return files, nil
}

// Retain removes the backups that a plan does not keep: it keeps the newest ones, and the last one of each of the newest
// days that have any.
func Retain(p Plan) error {
	files, err := Files(p.Folder)
	if err != nil {
		return err
	}
	var errs []error
	days, last := 0, ""
	for i, f := range files {
		day := f.Made.UTC().Format(time.DateOnly)
		first := day != last
		if first {
			days, last = days+1, day
		}
		if i < p.Keep || first && days <= p.KeepDays {
			continue
		}
		errs = append(errs, os.Remove(filepath.Join(p.Folder, f.Name)))
	}
	return errors.Join(append(errs, database.SyncFolder(p.Folder))...)
}

// sweepParts removes the unfinished backups that killed programs left. One in use is locked.
func sweepParts(folder string) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	var errs []error
	for _, e := range entries {
		whole, part := strings.CutSuffix(e.Name(), partEnd)
		if _, ok := parse(whole); !part || !ok {
			continue
		}
		path := filepath.Join(folder, e.Name())
		file, err := os.Open(path)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
			errs = append(errs, os.Remove(path))
		}
		errs = append(errs, file.Close())
	}
	return errors.Join(errs...)
}

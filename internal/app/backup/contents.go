package backup

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"urna/internal/app/anchor"
	"urna/internal/app/datafolder"
)

// alone are the single files of a backup beside the database. All but the anchor are secrets or certificates.
func alone() []string {
	return []string{
		anchor.Name, datafolder.VotersKey, datafolder.SigningKey, datafolder.ServerKey, datafolder.TokenSecret, "tls.key", "tls.crt",
	}
}

// Secrets returns the names of the single files beside the database but the anchor: secrets and certificates.
func Secrets() []string {
	return slices.DeleteFunc(alone(), func(name string) bool { return name == anchor.Name })
}

// trees are the folders of a backup, with all below them.
func trees() []string { return []string{"spool", "scans", "bundles"} }

// replaced begins the end of the name that a replaced secret gets.
const replaced = ".replaced-"

// belongs reports whether a file of a data folder, named with slashes, is a part of a backup. The others are browser
// sessions, files of a running process, rolls that wait with their keys, and copies of the database.
func belongs(name string) bool {
	if !filepath.IsLocal(name) || strings.Contains(name, `\`) || slices.Contains(strings.Split(name, "/"), "..") {
		return false
	}
	top, rest, below := strings.Cut(name, "/")
	if below {
		return slices.Contains(trees(), top) && rest != "" && !temporary(name)
	}
	secret, _, _ := strings.Cut(name, replaced)
	return name == datafolder.Database || slices.Contains(alone(), secret)
}

// temporary reports whether a file is one that its program has not finished.
func temporary(name string) bool {
	base := name[strings.LastIndex(name, "/")+1:]
	return strings.HasSuffix(base, partEnd) || strings.HasPrefix(base, "run-")
}

// list returns the names of the parts of a folder, without the database and the anchor.
func list(folder string) (names []string, err error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if name := e.Name(); e.Type().IsRegular() && belongs(name) && name != datafolder.Database && name != anchor.Name {
			names = append(names, name)
		}
	}
	for _, tree := range trees() {
		err := filepath.WalkDir(filepath.Join(folder, tree), func(path string, e fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) { // it went meanwhile
				return nil
			}
			if err != nil || !e.Type().IsRegular() {
				return err
			}
			name, err := filepath.Rel(folder, path)
			if name = filepath.ToSlash(name); err == nil && belongs(name) {
				names = append(names, name)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return names, nil
}

package resultsfile

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

//go:embed data/*.json
var builtin embed.FS

// Names returns the names of the built-in files, without .json, in alphabetical order.
func Names() []string {
	entries, err := builtin.ReadDir("data")
	if err != nil {
		panic(err) // the folder is part of the program
	}
	var names []string
	for _, entry := range entries {
		names = append(names, strings.TrimSuffix(entry.Name(), ".json"))
	}
	slices.Sort(names)
	return names
}

// Open reads the file at a path on disk or, if there is none, the built-in file that has the
// path's last part as its name, with or without .json. The errors are ErrNotFound, ErrFormat, and
// those of reading the disk.
func Open(name string) (*File, error) {
	data, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		base := strings.TrimSuffix(filepath.Base(name), ".json")
		data, err = builtin.ReadFile(path.Join("data", base+".json"))
		if err != nil {
			return nil, fmt.Errorf("%w: %s", ErrNotFound, name)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("resultsfile: %w", err)
	}
	file, err := Parse(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return file, nil
}

package openfiles

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// mostHolders bounds the programs that Holders names.
const mostHolders = 5

// Holders returns the other programs that have a file open, such as "sqlite3 (process 4711)", as far as this account may
// see them: none on a system without /proc.
func Holders(path string) (programs []string) {
	path, err := filepath.EvalSymlinks(path)
	if err != nil {
		return nil
	}
	descriptors, _ := filepath.Glob("/proc/[0-9]*/fd/*") // the pattern is a good one
	for _, d := range descriptors {
		if opened, err := os.Readlink(d); err != nil || opened != path {
			continue
		}
		process := strings.Split(d, "/")[2]
		if process == strconv.Itoa(os.Getpid()) {
			continue
		}
		name, err := os.ReadFile(filepath.Join("/proc", process, "comm"))
		if err != nil {
			continue // it ended meanwhile
		}
		program := fmt.Sprintf("%s (process %s)", strings.TrimSpace(string(name)), process)
		if !slices.Contains(programs, program) && len(programs) < mostHolders {
			programs = append(programs, program)
		}
	}
	return programs
}

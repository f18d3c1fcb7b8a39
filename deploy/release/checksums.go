package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// checksumsFile has the SHA-256 of every other file of the release, in the form of sha256sum.
const checksumsFile = "SHA256SUMS"

// writeChecksums writes the file and prints it.
func writeChecksums(folder string, to io.Writer) error {
	entries, err := os.ReadDir(folder) // in the order of their names
	if err != nil {
		return err
	}
	var lines strings.Builder
	for _, entry := range entries {
		if entry.Name() == checksumsFile {
			continue
		}
		sum, err := sha256Of(filepath.Join(folder, entry.Name()))
		if err != nil {
			return err
		}
		fmt.Fprintf(&lines, "%s  %s\n", sum, entry.Name())
	}
	if _, err := io.WriteString(to, lines.String()); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, checksumsFile), []byte(lines.String()), 0o644)
}

func sha256Of(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { _ = file.Close() }()
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

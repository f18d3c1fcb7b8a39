package verify

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"urna/results/bundle/format"
)

// Committed checks that a public bundle is bound to a full one: that the full one is the very file that
// the public one committed to. Both must have passed File.
func Committed(full, public string) error {
	whole, err := openFile(full)
	if err != nil {
		return err
	}
	defer func() { _ = whole.file.Close() }() // only read
	open, err := openFile(public)
	if err != nil {
		return err
	}
	defer func() { _ = open.file.Close() }() // only read
	salt, err := whole.text(format.SaltFile)
	if err != nil {
		return err
	}
	bound, err := open.text(format.CommitmentFile)
	if err != nil {
		return err
	}
	digest, err := whole.CoreDigest()
	if err != nil {
		return err
	}
	if format.Commitment(salt, digest) != bound {
		return contradiction("the public bundle is bound to another full one")
	}
	return nil
}

// opened is a container with its file.
type opened struct {
	*format.Container

	file *os.File
}

func openFile(path string) (*opened, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("bundle: %w", err)
	}
	info, err := file.Stat()
	if err == nil {
		var c *format.Container
		if c, err = format.Open(file, info.Size()); err == nil {
			return &opened{Container: c, file: file}, nil
		}
	}
	return nil, errors.Join(err, file.Close())
}

// text returns an entry that holds one short line.
func (o *opened) text(name string) (string, error) {
	const most = 200
	for _, f := range o.Zip.File {
		if f.Name != name || f.UncompressedSize64 > most {
			continue
		}
		r, err := f.Open()
		if err != nil {
			return "", fmt.Errorf("bundle: %s: %w", name, err)
		}
		content, err := io.ReadAll(r)
		return strings.TrimSuffix(string(content), "\n"), errors.Join(err, r.Close())
	}
	return "", contradiction("there is no %s in it; give the full bundle first and the public one with --public", name)
}

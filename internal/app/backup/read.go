package backup

import (
	"archive/tar"
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"urna/internal/database"
	"urna/internal/sealed"
)

// maxManifest bounds the manifest, in bytes. A part takes some 150.
const maxManifest = 256 << 20

// Check reads a whole backup and compares every part with the manifest. An encrypted backup needs an identity of one
// of its recipients. Errors: ErrEncrypted, ErrNoBackup, ErrDamaged, sealed.ErrOtherIdentity, and those of reading.
func Check(from io.Reader, with sealed.Identities) (Manifest, error) {
	return read(from, with, func(string, int64, io.Reader) error { return nil })
}

// Unpack is Check and writes the parts to a folder, which must exist and be empty. Everything in it is synced.
func Unpack(ctx context.Context, from io.Reader, with sealed.Identities, folder string) (Manifest, error) {
	folders := map[string]bool{folder: true}
	m, err := read(withContext{ctx, from}, with, func(name string, _ int64, content io.Reader) error {
		path := filepath.Join(folder, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		for above := filepath.Dir(path); !folders[above]; above = filepath.Dir(above) {
			folders[above] = true
		}
		file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		_, err = io.Copy(file, content)
		return explain(errors.Join(err, file.Sync(), file.Close()))
	})
	if err != nil {
		return m, err
	}
	for name := range folders {
		if err := database.SyncFolder(name); err != nil {
			return m, err
		}
	}
	return m, nil
}

// read reads a backup. part is called for each part and may read its content; the rest is read for the hash.
func read(from io.Reader, with sealed.Identities, part func(name string, size int64, content io.Reader) error) (m Manifest, err error) {
	source := bufio.NewReaderSize(from, 1<<20)
	var plain io.Reader = source
	if sealed.Sealed(source) {
		if with.IsZero() {
			return m, ErrEncrypted
		}
		if plain, err = sealed.Open(source, with); err != nil {
			return m, err
		}
	}
	archive := tar.NewReader(plain)
	var found []Part
	for {
		header, err := archive.Next()
		switch {
		case err != nil && len(found) == 0 && !errors.Is(err, sealed.ErrDamaged):
			return m, errors.Join(ErrNoBackup, notEOF(err))
		case err != nil:
			return m, damaged(err)
		case header.Name == manifestName:
			return readManifest(archive, plain, found)
		case header.Typeflag != tar.TypeReg || !belongs(header.Name):
			return m, fmt.Errorf("%w: it has an entry %q", ErrNoBackup, header.Name)
		}
		hash := sha256.New()
		content := io.TeeReader(archive, hash)
		if err := part(header.Name, header.Size, content); err != nil {
			return m, fmt.Errorf("%s: %w", header.Name, damagedOnly(err))
		}
		if _, err := io.Copy(io.Discard, content); err != nil {
			return m, damaged(err)
		}
		found = append(found, Part{Name: header.Name, Bytes: header.Size, SHA256: hex.EncodeToString(hash.Sum(nil))})
	}
}

// readManifest reads the last entry and all that follows it, and compares the parts.
func readManifest(archive *tar.Reader, plain io.Reader, found []Part) (m Manifest, err error) {
	content, err := io.ReadAll(io.LimitReader(archive, maxManifest))
	if err != nil {
		return m, damaged(err)
	}
	if m, err = decodeManifest(content); err != nil {
		return m, err
	}
	if _, err := archive.Next(); !errors.Is(err, io.EOF) {
		return m, damaged(errors.New("something follows the manifest"))
	}
	// A sealed file is whole only if it was read to its end.
	if n, err := io.Copy(io.Discard, plain); err != nil || n > 0 {
		return m, damaged(err)
	}
	if len(found) != len(m.Parts) {
		return m, fmt.Errorf("%w: it has %d parts, and its manifest names %d", ErrDamaged, len(found), len(m.Parts))
	}
	for i, p := range m.Parts {
		if found[i] != p {
			return m, fmt.Errorf("%w: %s is not as its manifest says", ErrDamaged, p.Name)
		}
	}
	return m, nil
}

// damaged returns ErrDamaged with the reason.
func damaged(err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return errors.Join(ErrDamaged, err)
	}
	return fmt.Errorf("%w (%w)", ErrDamaged, err)
}

// damagedOnly adds ErrDamaged to the error of a cut archive, and to no other one.
func damagedOnly(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, sealed.ErrDamaged) {
		return damaged(err)
	}
	return err
}

// notEOF returns an error, nil for the ends of a file.
func notEOF(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, tar.ErrHeader) {
		return nil
	}
	return err
}

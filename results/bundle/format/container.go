package format

import (
	"archive/zip"
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"slices"
)

// The comment of a bundle's zip file, of CommentLength bytes: this word, the public key and the signature, in hex.
const (
	signatureWord = "urna-bundle-1 ed25519 "
	CommentLength = len(signatureWord) + 2*ed25519.PublicKeySize + 1 + 2*ed25519.SignatureSize
)

// The most that the directory of a bundle's zip file may take; a real one has a dozen entries.
const maxDirectory = 64 << 10

// signed returns the message that is signed: a line with the SHA-256 of all bytes before the comment.
func signed(digest []byte) []byte {
	return []byte("urna-bundle-1 sha256 " + hex.EncodeToString(digest) + "\n")
}

// tail passes all bytes on except the last CommentLength, which it holds back.
type tail struct {
	to   io.Writer
	held []byte
}

// Write passes on the bytes that cannot be among the last ones.
func (t *tail) Write(p []byte) (int, error) {
	t.held = append(t.held, p...)
	if n := len(t.held) - CommentLength; n > 0 {
		if _, err := t.to.Write(t.held[:n]); err != nil {
			return 0, err
		}
		t.held = append(t.held[:0], t.held[n:]...)
	}
	return len(p), nil
}

// Packer writes a signed zip file, one entry after another.
type Packer struct {
	out  io.Writer
	hash hash.Hash
	tail *tail
	zip  *zip.Writer
}

// NewPacker returns a packer that writes to out.
func NewPacker(out io.Writer) *Packer {
	p := &Packer{out: out, hash: sha256.New()}
	p.tail = &tail{to: io.MultiWriter(out, p.hash)}
	p.zip = zip.NewWriter(p.tail)
	return p
}

// Entry begins the next entry. It is stored and has no time, so that its bytes do not depend on the time or on the
// version of a compressor.
func (p *Packer) Entry(name string) (io.Writer, error) {
	w, err := p.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
	if err != nil {
		return nil, fmt.Errorf("bundle: write %s: %w", name, err)
	}
	return w, nil
}

// File writes an entry.
func (p *Packer) File(name string, content []byte) error {
	w, err := p.Entry(name)
	if err == nil {
		_, err = w.Write(content)
	}
	if err != nil {
		return fmt.Errorf("bundle: write %s: %w", name, err)
	}
	return nil
}

// Close ends the file with its signature.
func (p *Packer) Close(key ed25519.PrivateKey) error {
	err := p.zip.SetComment(string(bytes.Repeat([]byte{' '}, CommentLength)))
	if err == nil {
		err = p.zip.Close()
	}
	if err == nil {
		signature := ed25519.Sign(key, signed(p.hash.Sum(nil)))
		_, err = io.WriteString(p.out, signatureWord+hex.EncodeToString(key[ed25519.SeedSize:])+" "+hex.EncodeToString(signature))
	}
	if err != nil {
		return fmt.Errorf("bundle: sign: %w", err)
	}
	return nil
}

// ErrNotGenuine is returned for a file that is not a bundle, or differs from what was signed.
var ErrNotGenuine = errors.New("this is not a bundle as it was signed")

// Container is an opened bundle with a valid signature.
type Container struct {
	Zip    *zip.Reader
	Key    ed25519.PublicKey // of the signature
	Digest string            // hex SHA-256 of the signed bytes
}

// Open checks the signature over the whole file. It also checks that the file is a plain zip file of the given size,
// that its entries are stored and not compressed, and that they do not overlap. The error is ErrNotGenuine, or that of
// reading.
func Open(file io.ReaderAt, size int64) (*Container, error) {
	const endRecord = 22 // bytes of the zip file's last record before its comment
	if size < int64(CommentLength+endRecord) {
		return nil, fmt.Errorf("%w: it is too short", ErrNotGenuine)
	}
	end := make([]byte, CommentLength+endRecord)
	if _, err := file.ReadAt(end, size-int64(len(end))); err != nil {
		return nil, fmt.Errorf("bundle: read: %w", err)
	}
	public, signature, ok := parseComment(string(end[endRecord:]))
	if !ok || binary.LittleEndian.Uint32(end) != 0x06054b50 || int(binary.LittleEndian.Uint16(end[20:])) != CommentLength {
		return nil, fmt.Errorf("%w: it does not end with a bundle's signature", ErrNotGenuine)
	}
	digest := sha256.New()
	if _, err := io.Copy(digest, io.NewSectionReader(file, 0, size-int64(CommentLength))); err != nil {
		return nil, fmt.Errorf("bundle: read: %w", err)
	}
	sum := digest.Sum(nil)
	if !ed25519.Verify(public, signed(sum), signature) {
		return nil, fmt.Errorf("%w: the signature does not fit; a byte was changed, or it was signed with another key", ErrNotGenuine)
	}
	if binary.LittleEndian.Uint32(end[12:]) > maxDirectory {
		return nil, fmt.Errorf("%w: its directory is too large", ErrNotGenuine)
	}
	reader, err := zip.NewReader(file, size)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotGenuine, err)
	}
	var total uint64
	for _, entry := range reader.File {
		if entry.Method != zip.Store || entry.Flags&1 != 0 || entry.CompressedSize64 != entry.UncompressedSize64 ||
			entry.UncompressedSize64 > uint64(size) || entry.Mode()&os.ModeType != 0 {
			return nil, fmt.Errorf("%w: the entry %q is not a plain stored file", ErrNotGenuine, entry.Name)
		}
		total += entry.UncompressedSize64
	}
	if total > uint64(size) {
		return nil, fmt.Errorf("%w: its entries overlap", ErrNotGenuine)
	}
	return &Container{Zip: reader, Key: public, Digest: hex.EncodeToString(sum)}, nil
}

// parseComment reads a signature. It accepts one spelling only.
func parseComment(comment string) (public ed25519.PublicKey, signature []byte, ok bool) {
	if len(comment) != CommentLength || comment[:len(signatureWord)] != signatureWord {
		return nil, nil, false
	}
	rest := comment[len(signatureWord):]
	const keyDigits = 2 * ed25519.PublicKeySize
	public, err := hex.DecodeString(rest[:keyDigits])
	if err != nil || rest[keyDigits] != ' ' {
		return nil, nil, false
	}
	signature, err = hex.DecodeString(rest[keyDigits+1:])
	written := signatureWord + hex.EncodeToString(public) + " " + hex.EncodeToString(signature)
	return public, signature, err == nil && written == comment
}

// CoreDigest returns the hex SHA-256 of a text that lists the other entries than that about witnesses, which grows when
// a further witness has countersigned the log: for each, in their order, the line that sha256sum prints. A public bundle
// commits to that of the full one. Of a bundle without the entry about witnesses it is the Digest.
func (c *Container) CoreDigest() (string, error) {
	if !slices.ContainsFunc(c.Zip.File, func(f *zip.File) bool { return f.Name == WitnessesFile }) {
		return c.Digest, nil
	}
	list := sha256.New()
	for _, entry := range c.Zip.File {
		if entry.Name == WitnessesFile {
			continue
		}
		sum, err := digestOf(entry)
		if err != nil {
			return "", fmt.Errorf("bundle: %s: %w", entry.Name, err)
		}
		fmt.Fprintf(list, "%x  %s\n", sum, entry.Name)
	}
	return hex.EncodeToString(list.Sum(nil)), nil
}

func digestOf(entry *zip.File) (sum []byte, err error) {
	r, err := entry.Open()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	h := sha256.New()
	_, err = io.Copy(h, r) //nolint:gosec // the hash keeps nothing of it
	return h.Sum(nil), err
}

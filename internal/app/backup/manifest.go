package backup

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"urna/internal/text/strictjson"
)

// format names the format of the archive. A later format gets another name.
const format = "urna-backup-1"

// manifestName is the name of the last entry of an archive.
const manifestName = "manifest.json"

// Manifest says what a backup has. The names of its JSON fields stay.
type Manifest struct {
	Format  string    `json:"format"`
	Made    time.Time `json:"made"`
	Version string    `json:"version"` // of the program that wrote it
	Schema  int64     `json:"schema"`  // of the database
	// Events and Head are the number of events of the audit log and the hash of the last one.
	Events int64  `json:"events"`
	Head   string `json:"head"`
	Parts  []Part `json:"parts"`
}

// Part is one file of a data folder.
type Part struct {
	Name   string `json:"name"` // relative to the folder, with slashes
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"` // hex
}

// Errors of reading a backup.
var (
	// ErrNoBackup is returned for a file that is no backup of a known format.
	ErrNoBackup = errors.New("this is no backup of Urna, or one of a later version")
	// ErrDamaged is returned for a backup that was cut off or changed.
	ErrDamaged = errors.New("the backup is damaged or was cut off; copy it again from where you got it, or use another one")
)

// ErrEncrypted is returned for an encrypted backup without an identity.
var ErrEncrypted = errors.New("the backup is encrypted: give --identity with the file of an identity that opens it")

// Bytes is the size of all parts.
func (m Manifest) Bytes() (n int64) {
	for _, p := range m.Parts {
		n += p.Bytes
	}
	return n
}

func (m Manifest) encode() ([]byte, error) {
	content, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("backup: encode the manifest: %w", err)
	}
	return append(content, '\n'), nil
}

func decodeManifest(content []byte) (m Manifest, err error) {
	if err := strictjson.Unmarshal(content, &m); err != nil || m.Format != format {
		return Manifest{}, ErrNoBackup
	}
	return m, nil
}

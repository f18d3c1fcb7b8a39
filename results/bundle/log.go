package bundle

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"urna/internal/audit"
	"urna/internal/text/strictjson"
)

// maxEvent is the longest line of the audit log that is read.
const maxEvent = 32 << 20

// auditLog walks the chain and looks for what the certification says of it.
func (c *check) auditLog() (err error) {
	r, err := c.files[auditFile].Open()
	if err != nil {
		return fmt.Errorf("bundle: %s: %w", auditFile, err)
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	scanner := bufio.NewScanner(r)
	scanner.Buffer(make([]byte, 0, 64<<10), maxEvent)
	subject := fmt.Sprintf("election %d", c.election.ID)
	previous, last, committed := audit.Genesis, audit.Event{}, false
	confirmed := map[int64]bool{}
	for scanner.Scan() {
		var e event
		if err := strictjson.UnmarshalStored(scanner.Bytes(), &e); err != nil {
			return contradiction("%s: event %d cannot be read", auditFile, last.ID+1)
		}
		now := audit.Event{
			ID: e.ID, At: time.UnixMilli(e.At), Actor: audit.Actor{ID: e.ActorID, Name: e.ActorName, From: e.ActorFrom},
			Action: e.Action, Subject: e.Subject, Detail: e.Detail, Hash: e.Hash,
		}
		if now.ID != last.ID+1 || !now.Follows(previous) {
			return contradiction("%s: the chain breaks at event %d", auditFile, now.ID)
		}
		previous, last = now.Hash, now
		if now.Subject != subject {
			continue
		}
		switch {
		case now.Action == "figures-confirmed" && strings.Contains(now.Detail, c.certification.Figures):
			confirmed[now.Actor.ID] = true
		case now.Action == "seed-committed" && c.figures.Seed != nil && strings.Contains(now.Detail, c.figures.Seed.Commitment):
			committed = committed || now.At.Before(c.election.EndsAt)
		}
	}
	if err := scanner.Err(); err != nil {
		return fmt.Errorf("bundle: %s: %w", auditFile, err)
	}
	return c.compareLog(last, subject, confirmed, committed)
}

func (c *check) compareLog(last audit.Event, subject string, confirmed map[int64]bool, committed bool) error {
	if last.Hash != c.certification.AuditHead || last.ID != c.certification.AuditEvents {
		return contradiction("%s ends at event %d, and the certification names event %d with another hash", auditFile, last.ID, c.certification.AuditEvents)
	}
	if last.Action != "election-certified" || last.Subject != subject || !strings.Contains(last.Detail, c.certification.Figures) {
		return contradiction("%s does not end with the certification of these figures", auditFile)
	}
	if len(confirmed) < c.election.Confirmations {
		return contradiction("%s knows %d confirmations of these figures, and the election asks for %d", auditFile, len(confirmed), c.election.Confirmations)
	}
	if c.figures.Seed != nil && !committed {
		return contradiction("%s does not know the seed phrase's commitment before the end", auditFile)
	}
	c.proved("The audit log's chain of %d events holds, and ends with the certification; its head is %s.", last.ID, last.Hash)
	return nil
}

// Committed checks that a public bundle is bound to a full one: that the full one is the very file that
// the public one committed to. Both must have passed Verify.
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
	salt, err := whole.text(saltFile)
	if err != nil {
		return err
	}
	bound, err := open.text(commitmentFile)
	if err != nil {
		return err
	}
	if commitment(salt, whole.digest) != bound {
		return contradiction("the public bundle is bound to another full one")
	}
	return nil
}

// opened is a container with its file.
type opened struct {
	*container

	file *os.File
}

func openFile(path string) (*opened, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("bundle: %w", err)
	}
	info, err := file.Stat()
	if err == nil {
		var c *container
		if c, err = openContainer(file, info.Size()); err == nil {
			return &opened{container: c, file: file}, nil
		}
	}
	return nil, errors.Join(err, file.Close())
}

// text returns an entry that holds one short line.
func (o *opened) text(name string) (string, error) {
	const most = 200
	for _, f := range o.zip.File {
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

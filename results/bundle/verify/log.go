package verify

import (
	"bufio"
	"errors"
	"fmt"
	"strings"
	"time"

	"urna/internal/audit/checkpoint"
	"urna/internal/text/strictjson"
	"urna/results/bundle/format"
)

// maxEvent is the longest line of the audit log that is read.
const maxEvent = 32 << 20

// auditLog walks the chain and looks for what the certification says of it.
func (c *check) auditLog() (err error) {
	r, err := c.files[format.AuditFile].Open()
	if err != nil {
		return fmt.Errorf("bundle: %s: %w", format.AuditFile, err)
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	scanner := bufio.NewScanner(r)
	scanner.Buffer(make([]byte, 0, 64<<10), maxEvent)
	subject := fmt.Sprintf("election %d", c.election.ID)
	previous, last := format.Genesis, format.Event{}
	committed := map[string]string{} // before the end: the last hash of each name's phrase
	confirmed := map[int64]bool{}
	people, keys := c.newLoggedPeople(), newLoggedKeys(c.election.ID)
	late, exclusions, corrections := newLateInLog(c.election.ID), exclusionsInLog{}, newCorrectionsInLog(c.election.ID)
	protocols := &protocolsInLog{election: c.election.ID, entries: map[string]string{}}
	for scanner.Scan() {
		var now format.Event
		if err := strictjson.UnmarshalStored(scanner.Bytes(), &now); err != nil {
			return contradiction("%s: event %d cannot be read", format.AuditFile, last.ID+1)
		}
		if now.ID != last.ID+1 || !now.Follows(previous) {
			return contradiction("%s: the chain breaks at event %d", format.AuditFile, now.ID)
		}
		leaf, err := checkpoint.Leaf(now.Hash)
		if err != nil {
			return contradiction("%s: %s", format.AuditFile, err.Error())
		}
		c.tree.Append(leaf)
		previous, last = now.Hash, now
		late.add(&now)
		exclusions.add(&now)
		protocols.add(&now)
		if err := errors.Join(people.add(&now), keys.add(&now), corrections.add(&now)); err != nil {
			return err
		}
		if now.Subject != subject {
			continue
		}
		switch {
		case now.Action == "figures-confirmed" && strings.Contains(now.Detail, c.certification.Figures):
			confirmed[now.ActorID] = true
		case now.Action == "seed-committed" && time.UnixMilli(now.At).Before(c.election.EndsAt):
			name, hash := commitment(now.Detail)
			committed[name] = hash
		}
	}
	if err := scanner.Err(); err != nil {
		return fmt.Errorf("bundle: %s: %w", format.AuditFile, err)
	}
	return errors.Join(c.compareLog(last, subject, confirmed, committed), c.compareLate(late), c.compareProtocols(protocols), c.compareExclusions(exclusions),
		c.compareCorrections(corrections), c.compareKeys(keys), c.comparePeople(people))
}

// commitment reads the detail of an event that commits a value of lots. The phrase of one person, of version 0.1.0, has
// the name "".
func commitment(detail string) (name, hash string) {
	var d map[string]any
	_ = strictjson.UnmarshalStored([]byte(detail), &d) // the detail of another form commits nothing
	name, _ = d["name"].(string)
	hash, _ = d["commitment"].(string)
	return name, hash
}

func (c *check) compareLog(last format.Event, subject string, confirmed map[int64]bool, committed map[string]string) error {
	if last.Hash != c.certification.AuditHead || last.ID != c.certification.AuditEvents {
		return contradiction("%s ends at event %d, and the certification names event %d with another hash", format.AuditFile, last.ID, c.certification.AuditEvents)
	}
	if last.Action != "election-certified" || last.Subject != subject || !strings.Contains(last.Detail, c.certification.Figures) {
		return contradiction("%s does not end with the certification of these figures", format.AuditFile)
	}
	if len(confirmed) < c.election.Confirmations {
		return contradiction("%s knows %d confirmations of these figures, and the election asks for %d", format.AuditFile, len(confirmed), c.election.Confirmations)
	}
	if s := c.figures.Seed; s != nil && committed[""] != s.Commitment {
		return contradiction("%s does not know the seed phrase's commitment before the end", format.AuditFile)
	}
	delete(committed, "")
	for _, v := range c.figures.LotValues {
		if hash, known := committed[v.Name]; !known || hash != v.Commitment {
			return contradiction("%s does not know the commitment of %q before the end", format.AuditFile, v.Name)
		}
		delete(committed, v.Name)
	}
	for name := range committed { // a value that is left out changes the lot
		return contradiction("%s knows a commitment of %q, which the figures leave out", format.AuditFile, name)
	}
	c.proved("The audit log's chain of %d events holds, and ends with the certification; its head is %s.", last.ID, last.Hash)
	return nil
}

package verify

import (
	"fmt"
	"slices"
	"strings"

	"urna/internal/audit/checkpoint"
	"urna/internal/text/strictjson"
	"urna/results/bundle/format"
)

// witnesses checks that the certification is in the audit log that the entry about witnesses names, and the
// countersignatures in it. A bundle of an earlier version has no such entry.
func (c *check) witnesses() error {
	if c.files[format.WitnessesFile] == nil {
		return nil
	}
	content, err := c.read(format.WitnessesFile)
	if err != nil {
		return err
	}
	var e checkpoint.Evidence
	if err := strictjson.Unmarshal(content, &e); err != nil {
		return contradiction("%s cannot be read: %s", format.WitnessesFile, err.Error())
	}
	head, seen, err := e.Check(c.certification.AuditEvents, c.certification.AuditHead)
	if err != nil {
		return contradiction("%s: %s", format.WitnessesFile, err.Error())
	}
	if c.report.Form == format.Full && head.Root != c.tree.Root() {
		return contradiction("%s names another log than %s", format.WitnessesFile, format.AuditFile)
	}
	c.report.Log, c.report.Seen = e.Log, seen
	if c.report.Form == format.Full {
		c.proved("The certification is event %d of the audit log with the key %s.", e.Event, e.Log)
	} else { // only the full form has the event
		c.proved("Event %d of the audit log with the key %s has the hash that the certification names.", e.Event, e.Log)
	}
	return nil
}

// Witnessed requires the countersignature of a witness with the verifier key.
func (r *Report) Witnessed(vkey string) error {
	key, err := checkpoint.ParseWitnessKey(strings.TrimSpace(vkey))
	if err != nil {
		return err
	}
	i := slices.IndexFunc(r.Seen, func(s checkpoint.Seen) bool { return s.Witness.Equal(key) })
	if i < 0 {
		return fmt.Errorf("it has no countersignature of the witness %s", key.Name())
	}
	s := r.Seen[i]
	what := "the certification"
	if r.Form == format.Public {
		what = "the event that the certification names"
	}
	r.Proved = append(r.Proved, fmt.Sprintf("The witness %s countersigned the audit log with %s in it: %d events, at %s by its clock.",
		key.Name(), what, s.Size, s.At.Format("2006-01-02 15:04:05 MST")))
	r.Seen = slices.Delete(slices.Clone(r.Seen), i, i+1)
	return nil
}

// Unknown returns a sentence for each countersignature whose key was not given: it proves nothing.
func (r *Report) Unknown() (sentences []string) {
	for _, s := range r.Seen {
		sentences = append(sentences, fmt.Sprintf("That a witness countersigned the audit log: the bundle has a countersignature with the key %s, of %s. "+
			"If that is the key that the witness published, give it with --witness.", s.Witness, s.At.Format("2006-01-02 15:04:05 MST")))
	}
	return sentences
}

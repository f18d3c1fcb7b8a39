package bundle

import (
	"urna/elections"
	"urna/internal/audit"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/results/bundle/format"
)

// Form is one of the two forms of a bundle; package format says what each holds.
type Form = format.Form

// The forms.
const (
	Full   = format.Full
	Public = format.Public
)

// ErrNotCertified is returned for the bundle of an election that is not certified.
var ErrNotCertified = problem.New(problem.Conflict, "not-certified", messages.RefusalNotCertified())

const readme = `This is the results bundle of an election counted with Urna.

Check it on any machine, without a network:

    urna verify THIS-FILE.zip

That counts again, finds the seats again in two ways, checks the signature over every byte of this file,
and says what it proved and what it cannot prove. The file's comment is the signature; docs/exports.md in
Urna's source explains every file in here and how to check the signature with other tools.
`

func newCertification(electionID int64, c *elections.Certification, form format.Form) format.Certification {
	d := format.Certification{
		Format: format.CertificationFormat, ElectionID: electionID, Figures: c.Record.Figures, CertifiedAt: c.Record.At.UTC(), Required: c.Required,
		Confirmations: []format.Confirmation{}, AuditHead: c.Record.AuditHead, AuditEvents: c.Record.AuditEvents,
	}
	for _, k := range c.Confirmations {
		one := format.Confirmation{AdministratorID: k.AdministratorID, Administrator: k.Administrator, Figures: k.Figures, At: k.At.UTC()}
		if form == format.Public {
			one.Administrator = audit.WithoutAddress(k.Administrator)
		}
		if k.VoidedAt != nil {
			voided := k.VoidedAt.UTC()
			one.VoidedAt = &voided
		}
		d.Confirmations = append(d.Confirmations, one)
	}
	return d
}

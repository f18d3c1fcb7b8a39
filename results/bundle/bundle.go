package bundle

import (
	"urna/internal/audit"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/results"
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

// newCertification draws up the document of a certification, with the changes of the accounts of those who confirmed.
func newCertification(final *results.Final, form format.Form) format.Certification {
	c, electionID := final.Certification, final.Results.Election.ID
	named := func(name string) string {
		if form == format.Public {
			return audit.WithoutAddress(name)
		}
		return name
	}
	d := format.Certification{
		Format: format.CertificationFormatOf(final.Figures.Format), ElectionID: electionID, Figures: c.Record.Figures, CertifiedAt: c.Record.At.UTC(), Required: c.Required,
		Confirmations: []format.Confirmation{}, AuditHead: c.Record.AuditHead, AuditEvents: c.Record.AuditEvents,
	}
	for _, k := range c.Confirmations {
		one := format.Confirmation{AdministratorID: k.AdministratorID, Administrator: named(k.Administrator), Figures: k.Figures, At: k.At.UTC()}
		if k.VoidedAt != nil {
			voided := k.VoidedAt.UTC()
			one.VoidedAt = &voided
		}
		d.Confirmations = append(d.Confirmations, one)
	}
	if c.Record.Number > 1 {
		d.Number = c.Record.Number
	}
	for _, e := range c.Earlier {
		d.Earlier = append(d.Earlier, format.EarlierCertification{
			Number: e.Number, Figures: e.Figures, CertifiedAt: e.At.UTC(), AuditHead: e.AuditHead, AuditEvents: e.AuditEvents,
		})
	}
	if !format.HasOpenPoints(final.Figures.Format) {
		return d
	}
	names := map[int64]string{}
	for _, k := range d.Confirmations {
		names[k.AdministratorID] = k.Administrator
	}
	for _, change := range final.AccountChanges {
		if name, confirmed := names[change.UserID]; confirmed {
			d.AccountChanges = append(d.AccountChanges, format.AccountChange{
				AdministratorID: change.UserID, Administrator: name, What: change.What, By: named(change.By), At: change.At.UTC(),
			})
		}
	}
	return d
}

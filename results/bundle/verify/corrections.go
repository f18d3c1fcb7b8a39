package verify

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"urna/results/bundle/format"
)

// correctionFigures checks the corrections of the figures by themselves, and the earlier certifications, which they correct.
func (c *check) correctionFigures() error {
	f, certified := c.figures.Corrections, &c.certification
	if len(f) > 0 && !format.HasOpenPoints(c.figures.Format) {
		return contradiction("figures in the form %q have no corrections", c.figures.Format)
	}
	number := 0 // which the document of a first certification does not have
	if len(f) > 0 {
		number = c.figures.CertificationNumber()
	}
	if certified.Number != number || len(certified.Earlier) != len(f) {
		return contradiction("the certification has the number %d after %d others, and the figures have %d corrections, the last one leading to %d",
			certified.Number, len(certified.Earlier), len(f), number)
	}
	var before format.EarlierCertification
	for i := range f {
		earlier := certified.Earlier[i]
		if i == 0 && earlier.Number != 1 || i > 0 && earlier.Number != f[i-1].Number || earlier.Figures != f[i].Corrects {
			return contradiction("correction %d is not one of certification %d", f[i].Number, earlier.Number)
		}
		if f[i].Number <= earlier.Number || earlier.AuditEvents <= before.AuditEvents || earlier.AuditEvents >= certified.AuditEvents {
			return contradiction("correction %d is out of order", f[i].Number)
		}
		before = earlier
		if err := c.correction(&f[i]); err != nil {
			return err
		}
	}
	c.report.Number, c.report.Corrects = max(number, 1), c.figures.Corrects()
	return c.correctedStates()
}

// correction checks one correction by itself.
func (c *check) correction(f *format.CorrectionFigure) error {
	if f.Reason == "" || f.OrderedBy == "" || f.OpenedBy == "" || f.OpenedAt.IsZero() || len(f.Corrects) != len(c.report.Figures) || len(f.Places) == 0 {
		return contradiction("correction %d names no reason, no person, no figures or no polling station", f.Number)
	}
	repeats := map[int64]bool{}
	for i := range f.Places {
		p := &f.Places[i]
		station := c.stations.byID[p.StationID]
		known := p.StationID == 0 && c.election.Constituency(p.ConstituencyID) != nil && !c.stations.places[p.ConstituencyID] ||
			station != nil && station.ConstituencyID == p.ConstituencyID
		if !known || i > 0 && inPlaces(f.Places[i-1], *p) >= 0 {
			return contradiction("correction %d: polling station %d of constituency %d is out of order, or none of the election", f.Number, p.StationID, p.ConstituencyID)
		}
		if p.Act != format.CorrectionAnnuls && p.Act != format.CorrectionRecounts && p.Act != format.CorrectionRepeats {
			return contradiction("correction %d: %q is no act of a correction", f.Number, p.Act)
		}
		repeats[p.ConstituencyID] = repeats[p.ConstituencyID] || p.Act == format.CorrectionRepeats
	}
	for i, id := range f.AnnulledOnline {
		if !repeats[id] || i > 0 && f.AnnulledOnline[i-1] >= id {
			return contradiction("correction %d annuls the votes cast online of constituency %d, which is out of order or not voting again", f.Number, id)
		}
	}
	c.proved("Certification %d corrects the figures with the SHA-256 %s, as %s ordered (%q): %s. %s opened the correction at %s%s.", f.Number, f.Corrects,
		f.OrderedBy, f.Reason, c.placesInWords(f), f.OpenedBy, f.OpenedAt.UTC().Format(time.RFC3339), approvedInWords(f.ApprovedBy))
	return nil
}

func approvedInWords(by string) string {
	if by == "" {
		return ""
	}
	return ", and " + by + " approved it"
}

// placesInWords lists what a correction orders.
func (c *check) placesInWords(f *format.CorrectionFigure) string {
	words := map[string]string{format.CorrectionAnnuls: "annulled", format.CorrectionRecounts: "counted again", format.CorrectionRepeats: "voted again"}
	var list []string
	for _, p := range f.Places {
		name := c.election.Constituency(p.ConstituencyID).Name
		if station := c.stations.byID[p.StationID]; station != nil {
			name = "polling station " + station.Number + " of " + name
		}
		list = append(list, name+" "+words[p.Act])
	}
	for _, id := range f.AnnulledOnline {
		list = append(list, "votes cast online in "+c.election.Constituency(id).Name+" annulled")
	}
	return strings.Join(list, ", ")
}

func inPlaces(a, b format.CorrectedPlaceFigure) int {
	return cmp.Or(cmp.Compare(a.ConstituencyID, b.ConstituencyID), cmp.Compare(a.StationID, b.StationID))
}

// correctedStates checks that the figures are as the last correction of each place orders: nothing of an annulled one
// counts, and no votes cast online of a constituency whose votes were annulled.
func (c *check) correctedStates() error {
	acts := map[format.CorrectedPlaceFigure]string{}
	for i := range c.figures.Corrections {
		f := &c.figures.Corrections[i]
		for _, p := range f.Places {
			acts[format.CorrectedPlaceFigure{ConstituencyID: p.ConstituencyID, StationID: p.StationID}] = p.Act
		}
		for _, id := range f.AnnulledOnline {
			at := slices.IndexFunc(c.figures.Constituencies, func(k format.ConstituencyFigure) bool { return k.ID == id })
			if at < 0 || c.figures.Constituencies[at].Ballots.Online != 0 {
				return contradiction("correction %d annulled the votes cast online of constituency %d, and they count", f.Number, id)
			}
		}
	}
	for p, act := range acts {
		if act != format.CorrectionAnnuls {
			continue
		}
		if station := c.stations.byID[p.StationID]; station != nil && station.State != format.StationIsAnnulled {
			return contradiction("a correction annulled polling station %d, which is %s", station.ID, station.State)
		}
		counts := slices.ContainsFunc(c.figures.Batches, func(b format.BatchFigure) bool {
			return b.ConstituencyID == p.ConstituencyID && b.StationID == p.StationID && b.State == "counted"
		})
		if counts {
			return contradiction("a correction annulled the ballots of constituency %d, and a batch of it counts", p.ConstituencyID)
		}
	}
	return nil
}

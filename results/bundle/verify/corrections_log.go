package verify

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"urna/internal/text/strictjson"
	"urna/results/bundle/format"
)

// correctionsInLog is what the audit log says of an election's certifications and corrections.
type correctionsInLog struct {
	election  int64
	certified []format.EarlierCertification
	led       []format.CorrectionFigure // to the certifications after the first one
	open      *format.CorrectionFigure
	places    map[string]format.CorrectedPlaceFigure // of batches, by their subjects
}

func newCorrectionsInLog(election int64) *correctionsInLog {
	return &correctionsInLog{election: election, places: map[string]format.CorrectedPlaceFigure{}}
}

// correctionDetail is the detail of an event about a correction, a certification, a batch, a protocol or a station.
type correctionDetail struct {
	Election     int64  `json:"election"`
	Constituency int64  `json:"constituency"`
	Station      int64  `json:"station"`
	Number       int    `json:"correction"`
	Figures      string `json:"figures"`
	Reason       string `json:"reason"`
	OrderedBy    string `json:"ordered_by"`
	ApprovedBy   string `json:"approved_by"`
	Stations     []struct {
		Constituency int64  `json:"constituency"`
		Station      int64  `json:"station"`
		Act          string `json:"act"`
	} `json:"stations"`
	Annulled []int64 `json:"online_votes_annulled"`
}

// add reads an event.
func (l *correctionsInLog) add(e *format.Event) error {
	switch {
	case e.Action == "election-certified", e.Action == "correction-opened", e.Action == "correction-ended":
		if e.Subject != fmt.Sprintf("election %d", l.election) {
			return nil
		}
		var d correctionDetail
		_ = strictjson.UnmarshalStored([]byte(e.Detail), &d) // a detail of another form has no figures
		return l.step(e, &d)
	case strings.HasPrefix(e.Subject, "batch "):
		return l.batch(e)
	case strings.HasPrefix(e.Subject, "protocol "):
		if d, ok := l.ofElection(e); ok {
			return l.moves(e, format.CorrectedPlaceFigure{StationID: d.Station})
		}
		return nil
	case e.Action == "station-annulled", e.Action == "station-closed", e.Action == "station-reopened":
		return l.station(e)
	default:
		return nil
	}
}

// ofElection returns the detail of an event, if it is one of the election.
func (l *correctionsInLog) ofElection(e *format.Event) (d correctionDetail, ok bool) {
	ok = strictjson.UnmarshalStored([]byte(e.Detail), &d) == nil && d.Election == l.election
	return d, ok
}

// station reads an event about a polling station, whose number is in the subject.
func (l *correctionsInLog) station(e *format.Event) error {
	if _, ok := l.ofElection(e); !ok {
		return nil
	}
	var place format.CorrectedPlaceFigure
	if _, err := fmt.Sscanf(e.Subject, "station %d", &place.StationID); err != nil {
		return contradiction("%s: event %d about a polling station cannot be read", format.AuditFile, e.ID)
	}
	return l.moves(e, place)
}

// batch reads an event about a batch: its acceptance says where it belongs.
func (l *correctionsInLog) batch(e *format.Event) error {
	d, ok := l.ofElection(e)
	if !ok {
		return nil
	}
	switch e.Action {
	case "batch-accepted":
		l.places[e.Subject] = format.CorrectedPlaceFigure{ConstituencyID: d.Constituency, StationID: d.Station}
	case "batch-retracting", "batch-restoring":
	default:
		return nil
	}
	return l.moves(e, l.places[e.Subject])
}

// moves refuses an act on a place after a certification, unless an open correction names it.
func (l *correctionsInLog) moves(e *format.Event, place format.CorrectedPlaceFigure) error {
	if len(l.certified) == 0 {
		return nil
	}
	named := l.open != nil && slices.ContainsFunc(l.open.Places, func(p format.CorrectedPlaceFigure) bool {
		return p.StationID == place.StationID && (place.StationID != 0 || place.ConstituencyID == p.ConstituencyID)
	})
	if !named {
		return contradiction("%s: event %d, %s of %s, changed a certified result, and no open correction named its polling station",
			format.AuditFile, e.ID, e.Action, e.Subject)
	}
	return nil
}

// step reads a certification, or the begin or end of a correction.
func (l *correctionsInLog) step(e *format.Event, d *correctionDetail) error {
	switch {
	case e.Action == "election-certified" && (len(l.certified) > 0) == (l.open != nil && l.open.Number == d.Number):
		if l.open != nil {
			l.led = append(l.led, *l.open)
		}
		l.certified, l.open = append(l.certified, format.EarlierCertification{
			Number: max(d.Number, 1), Figures: d.Figures, AuditHead: e.Hash, AuditEvents: e.ID,
		}), nil
	case e.Action == "correction-opened" && len(l.certified) > 0 && l.open == nil && d.Figures == l.certified[len(l.certified)-1].Figures:
		l.open = &format.CorrectionFigure{
			Number: d.Number, Corrects: d.Figures, Reason: d.Reason, OrderedBy: d.OrderedBy, OpenedBy: format.PersonName(e.ActorName),
			ApprovedBy: format.PersonName(d.ApprovedBy), AnnulledOnline: d.Annulled,
		}
		for _, s := range d.Stations {
			l.open.Places = append(l.open.Places, format.CorrectedPlaceFigure{ConstituencyID: s.Constituency, StationID: s.Station, Act: s.Act})
		}
		slices.SortFunc(l.open.Places, inPlaces)
		slices.Sort(l.open.AnnulledOnline)
	case e.Action == "correction-ended" && l.open != nil && l.open.Number == d.Number:
		l.open = nil
	default:
		return contradiction("%s: event %d, %s, does not follow from the certifications and corrections before it", format.AuditFile, e.ID, e.Action)
	}
	return nil
}

// compareCorrections compares the corrections and the earlier certifications with those of the log.
func (c *check) compareCorrections(log *correctionsInLog) error {
	figures, earlier := c.figures.Corrections, c.certification.Earlier
	if len(log.certified) != len(earlier)+1 || len(log.led) != len(figures) {
		return contradiction("%s knows %d certifications and %d corrections that led to one; this bundle has %d and %d", format.AuditFile,
			len(log.certified), len(log.led), len(earlier)+1, len(figures))
	}
	for i, e := range earlier {
		e.CertifiedAt = time.Time{} // which is not in the log to the millisecond
		if e != log.certified[i] {
			return contradiction("%s knows certification %d otherwise than %s", format.AuditFile, e.Number, format.CertificationFile)
		}
	}
	for i, f := range figures {
		f.OpenedAt = time.Time{} // likewise
		if logged := log.led[i]; !reflect.DeepEqual(f, logged) {
			return contradiction("%s knows correction %d otherwise than the figures: %+v, and %+v", format.AuditFile, f.Number, logged, f)
		}
	}
	if len(figures) > 0 {
		c.proved("The audit log has the %d certifications before this one, with their figures, and the corrections that led from one to the next. "+
			"Between them it knows no act on a polling station that the open correction did not name.", len(earlier))
	}
	return nil
}

package pages

import (
	"context"
	"log/slog"
	"time"

	"github.com/gin-gonic/gin"

	"urna/elections"
	"urna/internal/audit"
	"urna/internal/messages"
	"urna/results"
	"urna/web/cache"
	"urna/web/respond"
	"urna/web/view"
	"urna/web/view/kit"
)

func correctionsPath(electionID int64) string {
	return "/elections/" + decimal(electionID) + "/corrections"
}

// ElectionCorrections lists the corrections of a certified result with what they changed, for everybody.
func (p *Pages) ElectionCorrections(c *gin.Context) {
	id, ok := pathID(c, "election")
	if !ok {
		respond.Error(c, elections.ErrUnknownElection)
		return
	}
	p.public(c, cache.Key{Page: "corrections", Election: id}, func(ctx context.Context, reader *view.Person) (publicPage, error) {
		public, err := p.Results.Public(ctx, id)
		if err != nil {
			return publicPage{}, err
		}
		public = public.In(tagOf(ctx))
		found, err := p.Elections.Corrections(ctx, id)
		if err != nil {
			return publicPage{}, err
		}
		e := public.Election
		model := view.CorrectionsPage{
			Page:  p.surround(reader, view.SectionElections, messages.CorrectionsHeading()),
			Title: e.Title, Back: "/elections/" + decimal(id),
		}
		if model.Corrections, err = p.correctionViews(ctx, e, found, public.Corrected); err != nil {
			return publicPage{}, err
		}
		model.Page.Preview, err = p.previewOf(ctx, e, "/corrections", messages.CorrectionsHeading(), publicMarks(public)...)
		return publicPage{view.Corrections(model), time.Time{}}, err
	})
}

// correctionViews returns corrections as everybody sees them, the newest first.
func (p *Pages) correctionViews(ctx context.Context, e *elections.Election, found []elections.Correction, changes []results.Comparison) ([]view.Correction, error) {
	if len(found) == 0 {
		return nil, nil
	}
	stations, err := p.stationsByID(ctx, e)
	if err != nil {
		return nil, err
	}
	return correctionViewsOf(e, found, changes, stations), nil
}

func correctionViewsOf(e *elections.Election, found []elections.Correction, changes []results.Comparison,
	stations map[int64]elections.Station,
) (views []view.Correction) {
	for i := len(found) - 1; i >= 0; i-- {
		v := correctionView(e, &found[i], stations)
		for k := range changes {
			if changes[k].Correction.Number == found[i].Number {
				v.After, v.Changes = changes[k].After.Figures, changesTable(e, &changes[k])
				v.BundleLink = []view.Link{bundleOf(e.ID, changes[k].Before.Number), bundleOf(e.ID, changes[k].After.Number)}
			}
		}
		views = append(views, v)
	}
	return views
}

func bundleOf(electionID int64, number int) view.Link {
	return view.Link{
		Href: "/elections/" + decimal(electionID) + "/bundle.zip?certification=" + decimal(int64(number)), Text: messages.CorrectionsBundleOf(int64(number)),
	}
}

// stationsByID returns the polling stations of an election.
func (p *Pages) stationsByID(ctx context.Context, e *elections.Election) (map[int64]elections.Station, error) {
	all, err := p.Elections.Stations(ctx, e.ID)
	byID := map[int64]elections.Station{}
	for _, of := range all {
		for _, station := range of {
			byID[station.ID] = station
		}
	}
	return byID, err
}

func correctionView(e *elections.Election, c *elections.Correction, stations map[int64]elections.Station) view.Correction {
	zone := e.Location()
	v := view.Correction{
		ID: "correction-" + decimal(int64(c.Number)), Heading: messages.CorrectionsNumber(int64(c.Number)), OrderedBy: c.OrderedBy, Reason: c.Reason,
		State: kit.Mark{Class: "processing", Text: messages.CorrectionsStateOpen()}, Before: c.Figures,
	}
	opened, by := view.ZonedTime(view.NewMoment(c.OpenedAt, zone)), audit.WithoutAddress(c.OpenedBy)
	if c.ApprovedBy == "" {
		v.Opened = messages.CorrectionsOpenedBy(opened, by)
	} else {
		v.Opened = messages.CorrectionsOpenedApproved(opened, by, audit.WithoutAddress(c.ApprovedBy))
	}
	if c.EndedAt != nil {
		v.State = kit.Mark{Class: "retracted", Text: messages.CorrectionsStateEnded()}
		v.Ended = messages.CorrectionsEndedBy(view.ZonedTime(view.NewMoment(*c.EndedAt, zone)), audit.WithoutAddress(c.EndedBy), c.EndReason)
	}
	if c.CertifiedAt != nil {
		at := view.NewMoment(*c.CertifiedAt, zone)
		v.State, v.Certified = kit.Mark{Class: "counted", Text: messages.CorrectionsStateCertified()}, &at
	}
	for i := range c.Stations {
		v.Places = append(v.Places, messages.CorrectionsPlace(correctedPlace(e, &c.Stations[i], stations), correctedAct(c.Stations[i].Act)))
	}
	for _, id := range c.Constituencies {
		v.Online = append(v.Online, e.Constituency(id).Name)
	}
	return v
}

// correctedPlace names a polling station of a correction, or a constituency that has none.
func correctedPlace(e *elections.Election, s *elections.CorrectedStation, stations map[int64]elections.Station) string {
	place := e.Constituency(s.ConstituencyID)
	station, known := stations[s.StationID]
	if !known {
		return place.Name
	}
	name := station.Number
	if station.Name != "" {
		name += " " + station.Name
	}
	if len(e.Constituencies) == 1 {
		return name
	}
	return place.Name + ", " + name
}

func correctedAct(act elections.CorrectionAct) messages.Message {
	switch act {
	case elections.Annul:
		return messages.CorrectionsActAnnul()
	case elections.Recount:
		return messages.CorrectionsActRecount()
	case elections.Repeat:
		return messages.CorrectionsActRepeat()
	}
	return messages.Verbatim(string(act))
}

// mostPlacesNamed bounds the places that the page of an election names.
const mostPlacesNamed = 3

// correctionNotice says on the page of an election that its result is being corrected, or was; nil if neither.
func (p *Pages) correctionNotice(ctx context.Context, public *results.Public) *view.CorrectionNotice {
	n := &view.CorrectionNotice{Href: correctionsPath(public.Election.ID)}
	if open := public.Correcting; open != nil {
		named := ""
		for i := range open.Stations[:min(len(open.Stations), mostPlacesNamed)] {
			stations := map[int64]elections.Station{}
			if id := open.Stations[i].StationID; id != 0 {
				station, err := p.Elections.Station(ctx, id)
				if err != nil { // the page itself is worth more than this name
					slog.ErrorContext(ctx, "a polling station of a correction could not be read", "station_id", id, "error", err)
					continue
				}
				stations[id] = station
			}
			if named != "" {
				named += "; "
			}
			named += correctedPlace(public.Election, &open.Stations[i], stations)
		}
		if more := len(open.Stations) - mostPlacesNamed; more > 0 {
			named = messages.CorrectionsAndMore(named, int64(more)).In(ctx)
		}
		n.Correcting = messages.CorrectionsCorrecting(named, open.OrderedBy)
	}
	if changes := public.Corrected; len(changes) > 0 {
		last := &changes[len(changes)-1]
		n.Has = true
		n.Corrected = messages.CorrectionsCorrectedOn(view.ZonedTime(view.NewMoment(last.After.At, public.Election.Location())), last.Correction.OrderedBy)
	}
	if n.Correcting.IsZero() && !n.Has {
		return nil
	}
	return n
}

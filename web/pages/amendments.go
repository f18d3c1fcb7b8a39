package pages

import (
	"context"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"urna/elections"
	"urna/internal/audit"
	"urna/internal/messages"
	"urna/web/cache"
	"urna/web/respond"
	"urna/web/view"
)

// pageOfAmendments is how many corrections a page shows at once.
const pageOfAmendments = 100

// ElectionAmendments lists what was corrected in an election after its opening, for everybody.
func (p *Pages) ElectionAmendments(c *gin.Context) {
	id, ok := pathID(c, "election")
	if !ok {
		respond.Error(c, elections.ErrUnknownElection)
		return
	}
	key, before := cache.Key{Page: "amendments", Election: id}, queryID(c, "before")
	if c.Request.URL.RawQuery != "" {
		key = cache.Key{}
	}
	p.public(c, key, func(ctx context.Context, reader *view.Person) (publicPage, error) {
		e, err := p.Elections.Election(ctx, id)
		if err != nil {
			return publicPage{}, err
		}
		e = e.In(tagOf(ctx))
		list, err := p.Elections.Amendments(ctx, id, elections.AmendmentFilter{Before: before, Limit: pageOfAmendments})
		if err != nil {
			return publicPage{}, err
		}
		own := "/elections/" + decimal(id)
		model := view.AmendmentsPage{
			Page: p.surround(reader, view.SectionElections, messages.AmendmentsHeading()), Title: e.Title, Back: own,
			Rows: amendmentRows(e, list), Zone: view.ZoneName(e.Location()),
		}
		if len(list) == pageOfAmendments {
			model.Older = own + "/amendments?before=" + decimal(list[len(list)-1].ID)
		}
		model.Page.Preview, err = p.previewOf(ctx, e, "/amendments", messages.AmendmentsHeading(), rehearsalMarks(e)...)
		return publicPage{view.Amendments(model), time.Time{}}, err
	})
}

func amendmentRows(e *elections.Election, list []elections.Amendment) []view.AmendmentRow {
	rows := make([]view.AmendmentRow, 0, len(list))
	for i := range list {
		a := &list[i]
		row := view.AmendmentRow{
			At: view.NewMoment(a.At, e.Location()), What: messages.AmendmentsWhatOf(amendedWhere(e, a), amendedField(a.Field)),
			Was: amendedValue(a.Field, a.Was), Became: amendedValue(a.Field, a.Became), Reason: a.Reason, By: audit.WithoutAddress(a.By),
		}
		if a.ApprovedBy != "" {
			row.Approved = messages.AmendmentsApproved(audit.WithoutAddress(a.ApprovedBy))
		}
		rows = append(rows, row)
	}
	return rows
}

// amendedWhere names the constituency or the polling station of an amendment.
func amendedWhere(e *elections.Election, a *elections.Amendment) messages.Message {
	name := ""
	if c := e.Constituency(a.ConstituencyID); c != nil {
		name = c.Name
	}
	if a.StationID == 0 {
		return messages.Verbatim(name)
	}
	return messages.AmendmentsStationOf(name, a.StationNumber)
}

func amendedField(field elections.AmendedField) messages.Message {
	switch field {
	case elections.AmendedRegisteredVoters:
		return messages.AmendmentsFieldRegisteredVoters()
	case elections.AmendedName:
		return messages.AmendmentsFieldName()
	case elections.AmendedPlace:
		return messages.AmendmentsFieldPlace()
	case elections.AmendedKind:
		return messages.AmendmentsFieldKind()
	case elections.AmendedAdded:
		return messages.AmendmentsFieldAdded()
	case elections.AmendedExclusion:
		return messages.AmendmentsFieldExclusion()
	}
	return messages.Verbatim(string(field))
}

// amendedValue is a value as people read it.
func amendedValue(field elections.AmendedField, value string) messages.Message {
	switch {
	case field == elections.AmendedRegisteredVoters && value == "0":
		return messages.StationAdminUnknown()
	case field == elections.AmendedRegisteredVoters:
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil {
			return messages.Verbatim(value)
		}
		return messages.Integer(n)
	case field == elections.AmendedKind:
		return stationKind(elections.StationKind(value))
	case field == elections.AmendedExclusion && value == "":
		return messages.AmendmentsOpen()
	case field == elections.AmendedExclusion:
		return exclusionMark(elections.Exclusion(value)).Text
	case value == "":
		return messages.AmendmentsEmpty()
	}
	return messages.Verbatim(value)
}

package pages

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"urna/auth"
	"urna/elections"
	"urna/internal/messages"
	"urna/internal/text"
	"urna/web/principal"
	"urna/web/respond"
	"urna/web/view"
	"urna/web/view/kit"
)

// pageOfPlaces is how many constituencies a page shows at once.
const pageOfPlaces = 200

// AdminUserPlaces shows where an official uploads, and the constituencies of the election that the query names.
func (p *Pages) AdminUserPlaces(c *gin.Context) {
	user, err := p.official(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	if user.Role == auth.Observer {
		p.userObserved(c, user)
		return
	}
	ctx := c.Request.Context()
	list, err := p.Elections.Elections(ctx)
	if err != nil {
		respond.Error(c, err)
		return
	}
	r, err := p.reachOf(ctx, user)
	if err != nil {
		respond.Error(c, err)
		return
	}
	path := userPath(user.ID) + "/places"
	model := view.PlacesPage{
		Page: p.page(c, view.SectionUsers, messages.PlacesHeading()), Heading: user.Name(), User: userPath(user.ID), Path: path,
		Bound: r.bound, Summary: r.summary(), Notice: doneNotice(c.Query("done")),
	}
	chosen := queryID(c, "election")
	for _, e := range sortElections(list, p.Now()) {
		if !e.Takes(elections.Batches) || e.StateAt(p.Now()).Final() {
			continue
		}
		given := 0
		if r.bound {
			given = len(r.of(e))
		}
		model.Elections = append(model.Elections, view.PlacesElection{
			Href: path + "?election=" + decimal(e.ID) + "#choice", Title: e.Title, Open: e.ID == chosen,
			Chosen: messages.PlacesChosenOf(int64(given), int64(len(e.Constituencies))),
		})
		if e.ID == chosen {
			if model.Chosen, err = p.placesChoice(c, path, e, r); err != nil {
				respond.Error(c, err)
				return
			}
		}
	}
	personal(c)
	respond.Page(c, http.StatusOK, view.Places(model))
}

// official returns the account that the path names, if it is one that has places.
func (p *Pages) official(c *gin.Context) (auth.User, error) {
	user, err := p.user(c)
	if err == nil && user.Waiting {
		err = auth.ErrAccountWaiting
	}
	if err == nil && user.Role == auth.Administrator {
		err = atField("places", messages.FieldPlacesOfOfficials())
	}
	return user, err
}

// summary says where an official uploads.
func (r reach) summary() messages.Message {
	switch {
	case !r.bound:
		return messages.PlacesEverywhere()
	case r.size() == 0:
		return messages.PlacesNowhere()
	case len(r.stations) > 0:
		return messages.PlacesSummaryStations(int64(len(r.places)), int64(len(r.stations)))
	default:
		return messages.PlacesSummary(int64(len(r.places)))
	}
}

// search returns those constituencies whose name has a text, in their order; all for "".
func search(e *elections.Election, q string) []elections.Constituency {
	key := text.Key(q)
	if key == "" {
		return e.Constituencies
	}
	var found []elections.Constituency
	for _, c := range e.Constituencies {
		if strings.Contains(text.Key(c.Name), key) {
			found = append(found, c)
		}
	}
	return found
}

// window returns the part of a list that a page shows from a position on, and the position of the next page, 0 for none.
func window(list []elections.Constituency, from int64) (shown []elections.Constituency, first, next int) {
	if first = int(min(from, int64(len(list)))); first == len(list) {
		first = 0
	}
	end := min(first+pageOfPlaces, len(list))
	if end < len(list) {
		next = end
	}
	return list[first:end], first, next
}

// searchField is the text to search constituencies for.
func searchField(q string) kit.Field {
	return kit.Field{Name: "q", Label: messages.PlacesSearch(), Value: q, Type: "search", Filter: true, Complete: "off"}
}

// nextPage is the address of further constituencies, "" for none.
func nextPage(path string, query url.Values, next int) string {
	if next == 0 {
		return ""
	}
	query.Set("from", strconv.Itoa(next))
	return path + "?" + query.Encode()
}

// placesChoice offers the constituencies of an election, or its polling stations.
func (p *Pages) placesChoice(c *gin.Context, path string, e *elections.Election, r reach) (*view.PlacesChoice, error) {
	if c.Query("of") == ofStations {
		return p.stationsChoice(c, path, e, r)
	}
	q := strings.TrimSpace(c.Query("q"))
	found := search(e, q)
	shown, first, next := window(found, queryID(c, "from"))
	choice := &view.PlacesChoice{
		Election: decimal(e.ID), Heading: messages.PlacesOfElection(e.Title), Search: searchField(q), All: int64(len(found)), From: strconv.Itoa(first),
		Range: messages.PlacesShownRange(int64(first+1), int64(first+len(shown)), int64(len(found))),
		Next:  nextPage(path, url.Values{"election": {decimal(e.ID)}, "q": {q}}, next),
	}
	if choice.Next != "" {
		choice.Next += "#choice"
	}
	var ids []string
	for _, place := range shown {
		ids = append(ids, decimal(place.ID))
		choice.Boxes = append(choice.Boxes, view.PlaceBox{ID: decimal(place.ID), Name: messages.Verbatim(place.Name), Ticked: r.bound && r.places[place.ID]})
	}
	choice.Shown = strings.Join(ids, ",")
	if e.HasStations() {
		choice.Other = kit.Crumb{
			Text: messages.PlacesChooseStations(), Href: path + "?election=" + decimal(e.ID) + "&of=" + ofStations + "#choice",
		}
	}
	return choice, nil
}

// ofStations is the value of the query for polling stations.
const ofStations = "stations"

// stationsChoice offers the polling stations of an election, those that a search finds.
func (p *Pages) stationsChoice(c *gin.Context, path string, e *elections.Election, r reach) (*view.PlacesChoice, error) {
	q, from := strings.TrimSpace(c.Query("q")), int(min(queryID(c, "from"), 1_000_000))
	found, all, err := p.Elections.FindStations(c.Request.Context(), e.ID, elections.StationFilter{Search: q, Offset: from, Limit: pageOfPlaces})
	if err != nil {
		return nil, err
	}
	next := 0
	if from+len(found) < all {
		next = from + len(found)
	}
	field := searchField(q)
	field.Label = messages.StationAdminSearch()
	choice := &view.PlacesChoice{
		Election: decimal(e.ID), Of: ofStations, Heading: messages.PlacesStationsOfElection(e.Title), Search: field, From: strconv.Itoa(from),
		Range: messages.PlacesShownRange(int64(from+1), int64(from+len(found)), int64(all)),
		Next:  nextPage(path, url.Values{"election": {decimal(e.ID)}, "of": {ofStations}, "q": {q}}, next),
		Other: kit.Crumb{Text: messages.PlacesChooseConstituencies(), Href: path + "?election=" + decimal(e.ID) + "#choice"},
	}
	if choice.Next != "" {
		choice.Next += "#choice"
	}
	var ids []string
	for i := range found {
		s := &found[i]
		ids = append(ids, decimal(s.ID))
		number := strings.TrimSpace(s.Number + " " + s.Name)
		name := messages.Verbatim(number)
		if constituency := e.Constituency(s.ConstituencyID); constituency != nil && len(e.Constituencies) > 1 {
			name = messages.AmendmentsStationOf(constituency.Name, number)
		}
		own := slices.ContainsFunc(r.stations, func(own elections.Station) bool { return own.ID == s.ID })
		choice.Boxes = append(choice.Boxes, view.PlaceBox{ID: decimal(s.ID), Name: name, Ticked: r.bound && own})
	}
	choice.Shown = strings.Join(ids, ",")
	return choice, nil
}

// AdminUserPlacesChange adds the ticked constituencies of those that the form showed, and removes the others of them. Places
// that the form did not show stay as they are.
func (p *Pages) AdminUserPlacesChange(c *gin.Context) {
	user, err := p.official(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	if user.Role == auth.Observer {
		p.userObservedChange(c, user)
		return
	}
	id, _ := strconv.ParseInt(formValue(c, "election"), 10, 64) // a text that is no number names no election
	e, err := p.Elections.Election(c.Request.Context(), id)
	if err != nil {
		respond.Error(c, err)
		return
	}
	add, remove := placesOfForm(c, e)
	if formValue(c, "of") == ofStations {
		if add, remove, err = p.stationsOfForm(c, e); err != nil {
			respond.Error(c, err)
			return
		}
	}
	if len(add)+len(remove) > 0 {
		if _, err := p.Auth.ChangePlaces(c.Request.Context(), principal.Actor(c), user.ID, add, remove); err != nil {
			respond.Error(c, err)
			return
		}
	}
	query := url.Values{"election": {decimal(e.ID)}, "q": {formValue(c, "q")}, "from": {formValue(c, "from")}, "done": {"places"}}
	if of := formValue(c, "of"); of == ofStations {
		query.Set("of", of)
	}
	respond.SeeOther(c, userPath(user.ID)+"/places?"+query.Encode())
}

// placesOfForm returns which constituencies of an election a form adds and removes. A form without a tick does not bind an
// account that uploads everywhere: it removes places that the account does not have.
func placesOfForm(c *gin.Context, e *elections.Election) (add, remove []auth.Place) {
	act := formValue(c, "act")
	if act == "all" || act == "none" {
		all := make([]auth.Place, 0, len(e.Constituencies))
		for _, place := range search(e, strings.TrimSpace(formValue(c, "q"))) {
			all = append(all, auth.Place{ConstituencyID: place.ID})
		}
		if act == "all" {
			return all, nil
		}
		return nil, all
	}
	ticked := map[string]bool{}
	for _, id := range c.Request.PostForm["places"] {
		ticked[id] = true
	}
	for id := range strings.SplitSeq(formValue(c, "shown"), ",") {
		n, err := strconv.ParseInt(id, 10, 64)
		switch {
		case err != nil || e.Constituency(n) == nil: // it is gone since the form was shown
		case ticked[id]:
			add = append(add, auth.Place{ConstituencyID: n})
		default:
			remove = append(remove, auth.Place{ConstituencyID: n})
		}
	}
	return add, remove
}

// stationsOfForm returns which polling stations of an election a form adds and removes.
func (p *Pages) stationsOfForm(c *gin.Context, e *elections.Election) (add, remove []auth.Place, err error) {
	ticked := map[string]bool{}
	for _, id := range c.Request.PostForm["places"] {
		ticked[id] = true
	}
	var shown []int64
	for id := range strings.SplitSeq(formValue(c, "shown"), ",") {
		if n, err := strconv.ParseInt(id, 10, 64); err == nil {
			shown = append(shown, n)
		}
	}
	stations, err := p.Elections.StationsByID(c.Request.Context(), shown[:min(len(shown), pageOfPlaces)])
	for _, s := range stations {
		switch {
		case s.ElectionID != e.ID:
		case ticked[decimal(s.ID)]:
			add = append(add, auth.Place{StationID: s.ID})
		default:
			remove = append(remove, auth.Place{StationID: s.ID})
		}
	}
	return add, remove, err
}

// AdminUserPlacesEverywhere lets an official upload everywhere, or an observer read all elections.
func (p *Pages) AdminUserPlacesEverywhere(c *gin.Context) {
	user, err := p.official(c)
	if err == nil {
		_, err = p.Auth.FreeFromPlaces(c.Request.Context(), principal.Actor(c), user.ID)
	}
	if err != nil {
		respond.Error(c, err)
		return
	}
	done := "places"
	if user.Role == auth.Observer {
		done = "observed"
	}
	respond.SeeOther(c, userPath(user.ID)+"/places?done="+done)
}

// placesDetails says on an official's page where the account uploads.
func (p *Pages) placesDetails(c *gin.Context, user auth.User) ([]messages.Message, error) {
	ctx := c.Request.Context()
	r, err := p.reachOf(ctx, user)
	switch {
	case err != nil:
		return nil, err
	case !r.bound:
		return []messages.Message{messages.PlacesUploadsEverywhere()}, nil
	case r.size() == 0:
		return []messages.Message{messages.PlacesUploadsNowhere()}, nil
	}
	list, err := p.Elections.Elections(ctx)
	if err != nil {
		return nil, err
	}
	var lines []messages.Message
	for _, e := range sortElections(list, p.Now()) {
		if len(r.of(e)) > 0 {
			lines = append(lines, r.inElection(e))
		}
	}
	return lines, nil
}

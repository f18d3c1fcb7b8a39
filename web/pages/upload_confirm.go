package pages

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"urna/ballots"
	"urna/ballots/batch"
	"urna/elections"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/web/principal"
	"urna/web/respond"
	"urna/web/view"
	"urna/web/view/kit"
)

// OfficialUploads shows an official's files that wait to be confirmed, with what would be counted of each.
func (p *Pages) OfficialUploads(c *gin.Context) { p.showUploads(c, http.StatusOK, kit.Problems{}) }

func (p *Pages) showUploads(c *gin.Context, status int, problems kit.Problems) {
	list, err := p.uploadList(c, problems)
	if err != nil {
		respond.Error(c, err)
		return
	}
	heading := messages.UploadConfirmHeadingSeveral()
	if len(list.Items) == 1 {
		heading = messages.UploadConfirmHeadingOne()
	}
	model := view.UploadsPage{Page: p.page(c, view.SectionOfficial, heading), Heading: heading, Problems: problems, List: list}
	if list.PollURL != "" {
		model.Page.Refresh, model.Page.RefreshURL = 2, "/official/uploads/watch"
		model.Page.Scripts = []string{"htmx-2.0.11.min.js", "idiomorph-ext-0.8.0.min.js", "urna.js"}
	}
	personal(c)
	respond.Page(c, status, view.Uploads(model))
}

// OfficialUploadsProgress is the fragment that the page asks for while files are compared.
func (p *Pages) OfficialUploadsProgress(c *gin.Context) {
	list, err := p.uploadList(c, kit.Problems{})
	if err != nil {
		respond.Error(c, err)
		return
	}
	personal(c)
	respond.Page(c, http.StatusOK, view.UploadListFragment(list))
}

// OfficialUploadsConfirm takes the files into the count that the form names, in its order.
func (p *Pages) OfficialUploadsConfirm(c *gin.Context) {
	if err := c.Request.ParseForm(); err != nil {
		respond.Error(c, batch.ErrUnknownUpload)
		return
	}
	var accepted []batch.Batch
	var refusal error
	for _, chosen := range c.Request.PostForm["upload"] {
		answer := parseChoice(chosen)
		answer.Reason = formValue(c, "reason")
		b, err := p.confirmUpload(c, answer)
		if err != nil {
			refusal = err
			continue
		}
		accepted = append(accepted, b)
	}
	switch {
	case refusal != nil:
		p.refuseConfirmation(c, refusal)
	case len(accepted) == 1:
		respond.SeeOther(c, "/batches/"+decimal(accepted[0].ID))
	default:
		respond.SeeOther(c, "/official")
	}
}

// confirmUpload accepts a file. On this page a late one needs its reason.
func (p *Pages) confirmUpload(c *gin.Context, answer batch.Answer) (batch.Batch, error) {
	if answer.Late && answer.Reason == "" {
		var checks problem.Checks
		checks.Add("reason", messages.FieldLateReasonNeeded())
		return batch.Batch{}, checks.Err()
	}
	return p.Batches.ConfirmAnswer(c.Request.Context(), principal.Actor(c), answer)
}

// refuseConfirmation shows the files that still wait, and why one was not taken.
func (p *Pages) refuseConfirmation(c *gin.Context, err error) {
	problems, status, ok := formProblems(err, problem.Forbidden)
	if errors.Is(err, batch.ErrUnknownUpload) {
		problems = kit.Problems{Summary: messages.UploadConfirmGone()}
		status, ok = http.StatusNotFound, true
	}
	if !ok {
		respond.Error(c, err)
		return
	}
	for i := range problems.List {
		if at := &problems.List[i]; at.Field == "reason" {
			at.Field, at.Where = sentReason(c), messages.UploadConfirmLateReason()
		}
	}
	p.showUploads(c, status, problems)
}

// sentReason returns the id of the input of the reason that was sent: that of one file, or that of all.
func sentReason(c *gin.Context) string {
	if chosen := c.Request.PostForm["upload"]; len(chosen) == 1 {
		return reasonOfFile(parseChoice(chosen[0]).UploadID)
	}
	return reasonOfAll
}

// The ids of inputs for reasons.
const reasonOfAll = "reason-all"

func reasonOfFile(id int64) string { return "reason-" + decimal(id) }

// OfficialUploadDiscard forgets a file. One that is gone already is no reason to complain.
func (p *Pages) OfficialUploadDiscard(c *gin.Context) {
	id, ok := pathID(c, "upload")
	if !ok {
		respond.Error(c, batch.ErrUnknownUpload)
		return
	}
	err := p.Batches.Discard(c.Request.Context(), principal.Actor(c), id)
	if err != nil && !errors.Is(err, batch.ErrUnknownUpload) {
		respond.Error(c, err)
		return
	}
	respond.SeeOther(c, "/official/uploads")
}

// choice is what a form says of an upload: its id, the batch with the same content that the official was told of, and
// whether the official was told that it is late.
func choice(u batch.Upload) string {
	told := decimal(u.ID) + ":" + decimal(u.SameAs)
	if u.Late != "" {
		told += ":late"
	}
	return told
}

func parseChoice(s string) (a batch.Answer) {
	first, rest, _ := strings.Cut(s, ":")
	second, third, _ := strings.Cut(rest, ":")
	a.UploadID, _ = strconv.ParseInt(first, 10, 64) // a text that is no number names no upload
	a.SameAs, _ = strconv.ParseInt(second, 10, 64)
	a.Late = third == "late"
	return a
}

// lateReason is the input for the reason of late files.
func lateReason(c *gin.Context, id string, label messages.Message, problems kit.Problems) kit.Field {
	field := kit.Field{
		Name: "reason", ID: id, Label: label, Hint: messages.UploadConfirmLateReasonHint(), Complete: "off", TestID: id, Problem: problems.Of(id),
	}
	if sentReason(c) == id {
		field.Value = formValue(c, "reason")
	}
	return field
}

// lateFile says that a file is late, and why.
func lateFile(cause batch.LateCause) messages.Message {
	switch cause {
	case batch.AfterConfirmation:
		return messages.UploadConfirmLateAfterConfirmation()
	case batch.AfterBatchesUntil:
		return messages.UploadConfirmLateAfterBatchesUntil()
	case batch.PlaceComplete:
		return messages.UploadConfirmLatePlaceComplete()
	default:
		return messages.Message{}
	}
}

func (p *Pages) uploadList(c *gin.Context, problems kit.Problems) (view.UploadList, error) {
	ctx := c.Request.Context()
	user, _ := principal.Of(c)
	uploads, err := p.Batches.Uploads(ctx, user.ID)
	if err != nil {
		return view.UploadList{}, err
	}
	r, err := p.reachOf(ctx, user)
	if err != nil {
		return view.UploadList{}, err
	}
	stations, err := p.stationsOfUploads(ctx, uploads)
	if err != nil {
		return view.UploadList{}, err
	}
	var list view.UploadList
	late := false // of those that one button confirms
	for _, u := range uploads {
		election, err := p.Elections.Election(ctx, u.ElectionID)
		if err != nil {
			return view.UploadList{}, err
		}
		item := uploadItem(u, election, stations)
		item.Same = p.sameBatch(ctx, u.SameAs, user.ID)
		if !r.includes(u.ConstituencyID, u.StationID) {
			item.NotYours, item.Result = messages.PlacesNotYoursAnyMore(), nil
		} else if u.Late != "" {
			item.Late, item.Reason = lateFile(u.Late), lateReason(c, reasonOfFile(u.ID), messages.UploadConfirmLateReason(), problems)
		}
		list.Items = append(list.Items, item)
		switch {
		case !item.NotYours.IsZero():
		case u.DryRun == nil:
			list.PollURL = "/official/uploads/progress"
		case u.SameAs == 0:
			list.All = append(list.All, choice(u))
			late = late || u.Late != ""
		default:
			list.LeftOut = true
		}
	}
	if list.PollURL != "" || len(list.All) < 2 {
		list.All, list.LeftOut = nil, false
	}
	if late {
		list.Reason = lateReason(c, reasonOfAll, messages.UploadConfirmLateReasonAll(), problems)
	}
	for i := range list.Items {
		if list.PollURL != "" { // an update of the page would delete a half-typed reason
			list.Items[i].Reason = kit.Field{}
		}
	}
	return list, nil
}

// stationsOfUploads reads the polling stations of uploads, and those of the parts of one.
func (p *Pages) stationsOfUploads(ctx context.Context, uploads []batch.Upload) (map[int64]elections.Station, error) {
	var ids []int64
	for _, u := range uploads {
		ids = append(ids, u.StationID)
		if u.DryRun != nil {
			for _, of := range u.DryRun.Stations {
				ids = append(ids, of.StationID)
			}
		}
	}
	return stationsOf(ctx, p, ids, func(id int64) int64 { return id })
}

// dryRunStations shows what would come of each part of a file.
func dryRunStations(d *batch.DryRun, stations map[int64]elections.Station) (rows []view.StationDryRun) {
	for _, of := range d.Stations {
		s := stations[of.StationID]
		row := view.StationDryRun{
			Station: s.Title(), FirstLine: messages.Integer(of.FirstLine), Lines: messages.Integer(of.Lines), Valid: messages.Integer(of.Valid),
			Invalid: messages.Integer(of.Invalid), Duplicates: messages.Integer(of.Duplicates),
		}
		if of.Late != "" {
			row.Late = messages.BatchesLate()
		}
		rows = append(rows, row)
	}
	return rows
}

// sameBatch leads to the batch that has the file; it may be another official's, whose page this one may
// not see. The id 0 is no batch.
func (p *Pages) sameBatch(ctx context.Context, id, officialID int64) view.SameFile {
	file := view.SameFile{Batch: id}
	if same, err := p.Batches.Batch(ctx, id); err == nil && same.OfficialID == officialID {
		file.Href = "/batches/" + decimal(id)
	}
	return file
}

func uploadItem(u batch.Upload, e *elections.Election, stations map[int64]elections.Station) view.UploadItem {
	item := view.UploadItem{
		ID: decimal(u.ID), Station: stationTitle(stations, u.StationID), File: u.FileName, Election: e.Title, Choice: choice(u),
		Discard: "/official/uploads/" + decimal(u.ID) + "/discard",
		Compare: "/official/uploads/" + decimal(u.ID) + "/comparison",
		Expires: view.NewMoment(u.ExpiresAt, e.Location()),
		Lines:   messages.UploadConfirmLinesOfFile(u.Lines),
		Done:    decimal(u.Compared), Total: decimal(u.Lines), Failed: u.Failed,
		Details: []view.Detail{
			{Name: messages.UploadConfirmReceived(), Value: view.NewExactMoment(u.ReceivedAt, e.Location()).Text},
			{Name: messages.UploadConfirmSize(), Value: messages.Size(u.Bytes)},
			{Name: messages.UploadConfirmSha256(), Value: messages.Verbatim(u.SHA256), Code: true},
		},
	}
	constituency := e.Constituency(u.ConstituencyID)
	if constituency != nil && len(e.Constituencies) > 1 {
		item.Place = constituency.Name
	}
	switch {
	case u.Failed:
		item.Sentence = messages.UploadConfirmComparingFailed()
	case u.Compared == 0:
		item.Sentence = messages.UploadConfirmSorting()
	default:
		item.Sentence = messages.UploadConfirmComparing(percent(float64(u.Compared) / float64(u.Lines)))
	}
	if u.DryRun != nil {
		item.Result = dryRunView(u.DryRun, e, constituency)
		item.Result.Stations = dryRunStations(u.DryRun, stations)
		if u.DryRun.Invalid+u.DryRun.Duplicates > 0 {
			item.Result.NotCounted = "/official/uploads/" + decimal(u.ID) + "/not-counted.csv"
		}
	}
	return item
}

func dryRunView(d *batch.DryRun, e *elections.Election, place *elections.Constituency) *view.DryRun {
	shown := &view.DryRun{
		Figures: []kit.Figure{
			{Label: messages.UploadConfirmLinesFigure(), Value: messages.UnitNumber(d.Lines), TestID: "dry-lines"},
			{Label: messages.UploadConfirmWouldCount(), Value: messages.UnitNumber(d.Valid), TestID: "dry-valid"},
			{Label: messages.UploadConfirmUnknownPollNumber(), Value: messages.UnitNumber(d.Invalid), TestID: "dry-invalid"},
			{Label: messages.UploadConfirmDuplicates(), Value: messages.UnitNumber(d.Duplicates), TestID: "dry-duplicates"},
		},
		AsOf: view.NewExactMoment(d.AsOf, e.Location()),
		None: d.Valid == 0,
	}
	if d.Duplicates > 0 {
		shown.Figures[3].Note = messages.UploadConfirmDuplicatesNote(d.Duplicates-d.Repeated, d.Repeated)
	}
	if d.Waiting > 0 {
		shown.Waiting = messages.UploadConfirmBatchesBefore(int64(d.Waiting))
	}
	for _, sort := range []struct {
		heading messages.Message
		testID  string
		lines   []ballots.DryRunLine
	}{
		{messages.UploadConfirmSampleValid(), "dry-sample-valid", batch.Sample(d.ValidLines)},
		{messages.UploadConfirmSampleInvalid(), "dry-sample-invalid", batch.Sample(d.InvalidLines)},
		{messages.UploadConfirmSampleDuplicates(), "dry-sample-duplicate", batch.Sample(d.DuplicateLines)},
	} {
		if len(sort.lines) == 0 {
			continue
		}
		sample := view.Sample{Heading: sort.heading, TestID: sort.testID}
		for _, l := range sort.lines {
			sample.Lines = append(sample.Lines, view.InvalidLine{
				Line: messages.Integer(l.Number), GUID: l.GUID.String(), PollNumber: strconv.Itoa(int(l.PollNumber)),
				Reason: dryRunNote(l, place, sort.testID == "dry-sample-duplicate"),
			})
		}
		shown.Samples = append(shown.Samples, sample)
	}
	return shown
}

// dryRunNote says who holds a duplicate's GUID, or whom a line's poll number means.
func dryRunNote(l ballots.DryRunLine, place *elections.Constituency, duplicate bool) messages.Message {
	switch {
	case duplicate && l.HeldBy != 0:
		return messages.UploadConfirmCountedBefore(l.HeldBy)
	case duplicate:
		return messages.UploadConfirmRepeatsLine()
	case l.PollNumber == 0:
		return messages.UploadConfirmBlank()
	case place != nil:
		for _, candidacy := range place.Candidacies {
			if candidacy.PollNumber == int(l.PollNumber) {
				return messages.Verbatim(candidacy.Name)
			}
		}
	}
	return messages.UploadConfirmNoSuchPollNumber()
}

package pages

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"urna/ballots/batch"
	"urna/elections"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/internal/text"
	"urna/web/principal"
	"urna/web/respond"
	"urna/web/upload"
	"urna/web/view"
	"urna/web/view/kit"
)

var (
	errNotAnUpload       = problem.New(problem.Malformed, "not-a-form", messages.RefusalNotAFormUpload())
	errTwoConstituencies = problem.New(problem.Malformed, "not-a-form",
		messages.RefusalNotAFormTwoConstituencies())
	errNoFile = &problem.Error{
		Kind: problem.Invalid, Code: "file-needed", Message: messages.RefusalInvalidInput(),
		Fields: []problem.Field{{Name: "file", Message: messages.FieldChooseBallotsFile()}},
	}
)

// OfficialUploadForm asks for a file.
func (p *Pages) OfficialUploadForm(c *gin.Context) {
	election, err := p.election(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	p.uploadForm(c, http.StatusOK, election, p.askedStation(c, election), nil)
}

// OfficialUpload streams each file to the batch service as it arrives; no file is ever buffered whole. Each file has
// its own answer. Accepted files wait for confirmation.
func (p *Pages) OfficialUpload(c *gin.Context) {
	election, err := p.election(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	body := upload.NewBody(c.Writer, c.Request, p.MaxUpload+upload.FormOverhead)
	answers, err := p.receive(c, body, election)
	if body.TooLarge() {
		err = problem.New(problem.TooLarge, "too-large", messages.RefusalTooLargeUpload(messages.Size(p.MaxUpload)))
	}
	if err == nil && len(answers.refused) == 0 {
		respond.SeeOther(c, "/official/uploads")
		return
	}
	body.Drain()
	p.refuseUpload(c, election, answers, err)
}

// answers are what became of an upload's files.
type answers struct {
	constituency string
	station      typedStation
	checkedIn    int
	refused      []refusedFile
}

type refusedFile struct {
	name   string
	reason error
}

// receive reads the form and passes its files on. The constituency and the polling station come before them. An error refuses the whole
// upload.
func (p *Pages) receive(c *gin.Context, body io.Reader, e *elections.Election) (a answers, err error) {
	form := upload.Form{Files: upload.Chosen, Several: true, MaxValue: 1000}
	form.Field = func(field upload.Field) error {
		switch {
		case field.Name == "station":
			a.station.text = text.Trim(field.Value)
		case field.Name != "constituency_id":
		case a.constituency != "":
			return errTwoConstituencies
		default:
			a.constituency = strings.TrimSpace(field.Value)
		}
		return nil
	}
	form.File = func(name string, content io.Reader) error {
		d := delivery(c, e, a.constituency, name)
		if err := p.findStation(c.Request.Context(), e, d.ConstituencyID, &a.station); err != nil {
			return err
		}
		d.StationID = a.station.id
		_, err := p.Batches.CheckIn(c.Request.Context(), d, content)
		if errors.Is(err, batch.ErrStationNeeded) {
			return refuseStation(messages.FieldChooseStation())
		}
		if aboutTheFile(err) {
			a.refused = append(a.refused, refusedFile{name: name, reason: err})
			return nil
		}
		if err == nil {
			a.checkedIn++
		}
		return err
	}
	err = form.Read(c.GetHeader("Content-Type"), body)
	return a, formRefusal(err, errNoFile)
}

// formRefusal returns the page's refusal for an error of reading an upload form.
func formRefusal(err, noFile error) error {
	switch {
	case errors.Is(err, upload.ErrNoFile):
		return noFile
	case errors.Is(err, upload.ErrNotAForm), errors.Is(err, upload.ErrIncomplete):
		return errNotAnUpload
	default:
		return err
	}
}

// aboutTheFile tells a refusal of one file from one that holds for all.
func aboutTheFile(err error) bool {
	return errors.Is(err, batch.ErrMalformedFile) || errors.Is(err, batch.ErrCompression) || errors.Is(err, batch.ErrTooLarge)
}

func delivery(c *gin.Context, e *elections.Election, constituency, fileName string) batch.Delivery {
	// A text that is no number names no constituency; the service says which it needs.
	id, err := strconv.ParseInt(constituency, 10, 64)
	if err != nil {
		id = 0
	}
	return batch.Delivery{Actor: principal.Actor(c), ElectionID: e.ID, ConstituencyID: id, FileName: fileName, MaySplit: true}
}

// refuseUpload shows the form again with the problems of the upload, or with each of its files.
func (p *Pages) refuseUpload(c *gin.Context, e *elections.Election, a answers, err error) {
	if err == nil { // the first refusal says which sort of answer this is
		err = a.refused[0].reason
	}
	var shown []problem.Kind // a full disk is a page of its own, and logged
	if errors.Is(err, batch.ErrStationExcluded) {
		shown = append(shown, problem.Conflict)
	}
	if errors.Is(err, batch.ErrNotYourPlace) {
		shown = append(shown, problem.Forbidden)
	}
	if errors.Is(err, batch.ErrUploadQuota) || errors.Is(err, batch.ErrUploadQuotaInAll) {
		shown = append(shown, problem.Full)
	}
	if _, status, ok := formProblems(err, shown...); ok {
		p.uploadForm(c, status, e, a, err)
		return
	}
	respond.Error(c, err)
}

func (p *Pages) uploadForm(c *gin.Context, status int, e *elections.Election, a answers, refusal error) {
	user, _ := principal.Of(c)
	r, err := p.reachOf(c.Request.Context(), user)
	if err != nil {
		respond.Error(c, err)
		return
	}
	own := r.of(e)
	model := view.UploadPage{
		Page: p.page(c, view.SectionOfficial, messages.UploadHeading()), Title: e.Title, Marks: rehearsalMarks(e),
		Action:   "/official/elections/" + decimal(e.ID) + "/batches",
		Template: "/official/elections/" + decimal(e.ID) + "/template.csv",
		MaxBytes: decimal(p.MaxUpload), MaxSize: messages.Size(p.MaxUpload), Sample: sampleLines(e),
	}
	model.Page.Scripts = []string{"upload.js"}
	if !acceptsBatches(e, p.Now()) {
		model.Closed = batch.ErrElectionTakesNoBatches.Message
	} else if len(own) == 0 {
		model.Closed, status = messages.PlacesNoConstituency(), http.StatusForbidden
	} else {
		model.Yours = r.yourPlaces(e)
	}
	if err := p.addLateness(c.Request.Context(), &model, e); err != nil {
		respond.Error(c, err)
		return
	}
	if model.Protocols = protocolsLink(e); model.Protocols != "" && a.station.id != 0 {
		model.Protocols = "/stations/" + decimal(a.station.id) + "/protocol"
	}
	addRefusals(c.Request.Context(), &model, a, refusal)
	model.Place = kit.Field{
		Name: "constituency_id", Label: messages.UploadConstituency(), Value: a.constituency,
		Hint: messages.UploadConstituencyHint(), Problem: model.Problems.Of("constituency_id"), TestID: "upload-constituency",
	}
	if len(own) == 1 {
		model.PlaceID = decimal(own[0].ID)
	} else {
		model.Places = []kit.Option{{Text: messages.UploadChooseConstituency()}}
		for _, option := range own {
			model.Places = append(model.Places, kit.Option{Value: decimal(option.ID), Text: messages.Verbatim(option.Name)})
		}
	}
	if err := p.addStation(c.Request.Context(), &model, e, own, a.station); err != nil {
		respond.Error(c, err)
		return
	}
	personal(c)
	respond.Page(c, status, view.Upload(model))
}

// addLateness says that files are late now.
func (p *Pages) addLateness(ctx context.Context, model *view.UploadPage, e *elections.Election) error {
	cause, err := p.Batches.Lateness(ctx, e.ID, 0) // that of a station is told before the confirmation
	switch cause {
	case batch.AfterConfirmation:
		model.Late = messages.UploadLateAfterConfirmation()
	case batch.AfterBatchesUntil:
		model.Late = messages.UploadLateAfterBatchesUntil()
	case batch.PlaceComplete: // of a station only
	}
	return err
}

// addRefusals shows the problems of each file, and those of the upload above the form.
func addRefusals(ctx context.Context, model *view.UploadPage, a answers, refusal error) {
	if n := a.checkedIn; n > 0 {
		model.CheckedIn = messages.UploadCheckedIn(int64(n))
	}
	for _, file := range a.refused {
		model.Refused = append(model.Refused, fileProblems(ctx, file))
	}
	if refusal == nil {
		return
	}
	if aboutTheFile(refusal) {
		model.Problems.Summary = messages.UploadFilesRefused(int64(len(a.refused)))
		return
	}
	if problems, _, ok := formProblems(refusal, problem.Full, problem.Forbidden, problem.Conflict); ok {
		model.Problems = problems
	}
}

// sampleLines shows what a file looks like, with GUIDs that no ballot has.
func sampleLines(e *elections.Election) []string {
	guids := []string{"7f2c1f0e-0c0b-4b51-9a53-5b1d3a2f6c01", "0b9e6c1d-93d5-4a0c-8f7e-1c24d8e5aa02", "c4d1a7b8-2e6f-4f39-b0a1-9e8d7c6b5a03"}
	most := 1
	for _, constituency := range e.Constituencies {
		most = max(most, len(constituency.Candidacies))
	}
	lines := make([]string, 0, len(guids))
	for i, guid := range guids {
		lines = append(lines, guid+","+strconv.Itoa(1+i%most))
	}
	return lines
}

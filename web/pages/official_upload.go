package pages

import (
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"urna/ballots/batch"
	"urna/elections"
	"urna/internal/fault"
	"urna/web/caller"
	"urna/web/patient"
	"urna/web/respond"
	"urna/web/view"
)

// formOverhead is what a multipart body may hold beside the file: boundaries, headers, small fields.
const formOverhead = 64 << 10

var (
	errNotAnUpload = fault.New(fault.Malformed, "not-a-form", "The upload could not be read as a form with a file.")
	errNoFile      = &fault.Error{
		Kind: fault.Invalid, Code: "file-needed", Message: "Some fields need another look.",
		Fields: []fault.Field{{Name: "file", Message: "Choose the file with the ballots."}},
	}
)

// OfficialUploadForm asks for a file.
func (p *Pages) OfficialUploadForm(c *gin.Context) {
	election, err := p.election(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	p.uploadForm(c, http.StatusOK, election, decimal(queryID(c, "constituency_id")), nil)
}

// OfficialUpload streams a file to the batches as it arrives; it is nowhere held as a whole.
func (p *Pages) OfficialUpload(c *gin.Context) {
	election, err := p.election(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	body := http.MaxBytesReader(c.Writer, io.NopCloser(patient.NewReader(c.Writer, c.Request.Body)), p.MaxUpload+formOverhead)
	c.Request.Body = body
	constituency, accepted, err := p.receive(c, election)
	if err == nil {
		respond.SeeOther(c, "/batches/"+decimal(accepted.ID))
		return
	}
	// A browser shows an answer only once it has sent everything.
	_, _ = io.Copy(io.Discard, body)
	p.refuseUpload(c, election, constituency, err)
}

// receive reads the form part by part and hands the file on; the constituency comes before the file.
func (p *Pages) receive(c *gin.Context, e *elections.Election) (constituency string, accepted batch.Batch, err error) {
	parts, err := c.Request.MultipartReader()
	if err != nil {
		return "", batch.Batch{}, errNotAnUpload
	}
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return constituency, batch.Batch{}, errNoFile
		}
		if err != nil {
			return constituency, batch.Batch{}, unreadable(err)
		}
		switch part.FormName() {
		case "constituency_id":
			if constituency, err = shortValue(part); err != nil {
				return "", batch.Batch{}, err
			}
		case "file":
			if part.FileName() == "" {
				return constituency, batch.Batch{}, errNoFile
			}
			accepted, err = p.Batches.Receive(c.Request.Context(), delivery(c, e, constituency, part.FileName()), part)
			return constituency, accepted, err
		}
	}
}

func delivery(c *gin.Context, e *elections.Election, constituency, fileName string) batch.Delivery {
	// What is no number names no constituency; the service says which it needs.
	id, err := strconv.ParseInt(constituency, 10, 64)
	if err != nil {
		id = 0
	}
	return batch.Delivery{Actor: caller.Actor(c), ElectionID: e.ID, ConstituencyID: id, FileName: fileName, Keep: true}
}

// shortValue reads a small field of the form.
func shortValue(part *multipart.Part) (string, error) {
	const most = 32
	value, err := io.ReadAll(io.LimitReader(part, most))
	if err != nil {
		return "", unreadable(err)
	}
	return strings.TrimSpace(string(value)), nil
}

// unreadable keeps the one error that has an answer of its own: a body over the limit.
func unreadable(err error) error {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return err
	}
	return errNotAnUpload
}

// refuseUpload shows the form again with what is wrong, or the question about a file that was there.
func (p *Pages) refuseUpload(c *gin.Context, e *elections.Election, constituency string, err error) {
	var f *fault.Error
	if errors.Is(err, batch.ErrSameFile) && errors.As(err, &f) {
		if id, ok := f.Extra["upload_id"].(int64); ok {
			respond.SeeOther(c, "/official/uploads/"+decimal(id))
			return
		}
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		err = fault.New(fault.TooLarge, "too-large", "The file is larger than the "+view.Size(p.MaxUpload)+" that this server takes. Split it and send the parts.")
	}
	if _, status, ok := formProblems(err); ok {
		p.uploadForm(c, status, e, constituency, err)
		return
	}
	respond.Error(c, err)
}

func (p *Pages) uploadForm(c *gin.Context, status int, e *elections.Election, constituency string, refusal error) {
	model := view.UploadPage{
		Page: p.page(c, view.SectionOfficial, "Upload a file"), Title: e.Title, Marks: rehearsalMarks(e),
		Action:   "/official/elections/" + decimal(e.ID) + "/batches",
		MaxBytes: decimal(p.MaxUpload), MaxSize: view.Size(p.MaxUpload), Sample: sampleLines(e),
	}
	model.Page.Scripts = []string{"upload.js"}
	if !takesBatches(e, p.Now()) {
		model.Closed = batch.ErrElectionTakesNoBatches.Message
	}
	addRefusal(&model, refusal)
	model.Place = view.Field{
		Name: "constituency_id", Label: "Constituency", Value: constituency,
		Hint: "Where these ballots were cast.", Problem: model.Problems.Of("constituency_id"), TestID: "upload-constituency",
	}
	if len(e.Constituencies) == 1 {
		model.PlaceID = decimal(e.Constituencies[0].ID)
	} else {
		model.Places = []view.Option{{Text: "Choose one"}}
		for _, option := range e.Constituencies {
			model.Places = append(model.Places, view.Option{Value: decimal(option.ID), Text: option.Name})
		}
	}
	personal(c)
	respond.Page(c, status, view.Upload(model))
}

// addRefusal shows a malformed file's problems line by line, and any other refusal above the form.
func addRefusal(model *view.UploadPage, refusal error) {
	problems, _, ok := formProblems(refusal)
	if !ok {
		return
	}
	model.Problems = problems
	var f *fault.Error
	if !errors.Is(refusal, batch.ErrMalformedFile) || !errors.As(refusal, &f) {
		return
	}
	model.Problems.List = nil
	for _, field := range f.Fields {
		model.Refused = append(model.Refused, view.RefusedLine{
			Where: strings.ToUpper(field.Name[:1]) + field.Name[1:], Message: field.Message,
		})
	}
	all := int64(len(f.Fields))
	switch n := f.Extra["problems"].(type) {
	case int64:
		all = n
	case int:
		all = int64(n)
	}
	model.RefusedMore = "Lines are counted from 1. Correct the file and upload it again."
	if shown := int64(len(f.Fields)); all > shown {
		model.RefusedMore = "These are the first " + view.Number(shown) + " of " + view.Number(all) + " problems. " + model.RefusedMore
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

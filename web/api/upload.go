package api

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"urna/ballots/batch"
	"urna/elections"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/web/principal"
	"urna/web/respond"
	"urna/web/upload"
)

// maxValue is the largest form value beside the file: a reason of 500 characters.
const maxValue = 2000

// What an upload can get wrong before a line of it was read.
var (
	errUploadForm = problem.New(problem.Malformed, "malformed-upload",
		messages.RefusalMalformedUpload())
	errUploadIncomplete = problem.New(problem.Malformed, "incomplete-upload",
		messages.RefusalIncompleteUpload())
	errEncoding = problem.New(problem.Malformed, "unknown-encoding",
		messages.RefusalUnknownEncoding())
	errConstituencyLate = batch.ErrConstituencyNeeded.With(
		messages.RefusalConstituencyNeededBeforeFile())
)

type acceptedView struct {
	ID int64 `json:"id"`
	// StationID and Lines are those of a part of a file of several polling stations.
	StationID *int64      `json:"station_id,omitempty"`
	Lines     *int64      `json:"lines,omitempty"`
	State     batch.State `json:"state"`
	SHA256    string      `json:"sha256"`
	Href      string      `json:"href"`
}

// BatchCreate answers POST /elections/{id}/batches. The file goes to the service as it arrives; the
// answer is 202 once it is on disk: a list if the file was split into one batch for each of its polling stations.
func (a *API) BatchCreate(c *gin.Context) {
	e, ok := a.election(c)
	if !ok {
		return
	}
	delivery, dry, err := readDelivery(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	delivery.ElectionID = e.ID
	if dry {
		a.dryRun(c, delivery, onlyConstituency(e))
		return
	}
	var accepted []batch.Batch
	err = a.receive(c, delivery, onlyConstituency(e), func(d batch.Delivery, file io.Reader) (err error) {
		accepted, err = a.services.Batches.ReceiveAll(c.Request.Context(), d, file)
		return err
	})
	switch {
	case err != nil:
		respond.Error(c, err)
	case accepted[0].FirstLine == 0:
		c.Header("Location", batchHref(accepted[0].ID))
		respond.JSON(c, http.StatusAccepted, viewAccepted(accepted[0]))
	default:
		parts := list[acceptedView]{Items: make([]acceptedView, 0, len(accepted))}
		for _, b := range accepted {
			part := viewAccepted(b)
			part.StationID, part.Lines = &b.StationID, &b.Lines
			parts.Items = append(parts.Items, part)
		}
		respond.JSON(c, http.StatusAccepted, parts)
	}
}

func viewAccepted(b batch.Batch) acceptedView {
	return acceptedView{ID: b.ID, State: b.State, SHA256: b.SHA256, Href: batchHref(b.ID)}
}

// onlyConstituency returns the id of the constituency that needs no naming, 0 where there are several.
func onlyConstituency(e *elections.Election) int64 {
	if len(e.Constituencies) != 1 {
		return 0
	}
	return e.Constituencies[0].ID
}

// readDelivery reads what the query says of an upload.
func readDelivery(c *gin.Context) (d batch.Delivery, dry bool, err error) {
	var checks problem.Checks
	checkDecodes(c, &checks)
	d = batch.Delivery{Actor: principal.Actor(c), MaySplit: true, Again: flag(c, "again", &checks)}
	d.FileName, _ = parameter(c, "file_name", &checks)
	d.Reason, _ = parameter(c, "reason", &checks)
	dry = flag(c, "dry_run", &checks)
	checkPlace(c, &checks, &d.ConstituencyID, &d.StationID)
	return d, dry, checks.Err()
}

// readPlace reads the constituency and the polling station that a query names.
func readPlace(c *gin.Context, constituency, station *int64) error {
	var checks problem.Checks
	checkDecodes(c, &checks)
	checkPlace(c, &checks, constituency, station)
	return checks.Err()
}

func checkPlace(c *gin.Context, checks *problem.Checks, constituency, station *int64) {
	for name, id := range map[string]*int64{"constituency_id": constituency, "station_id": station} {
		s, given := parameter(c, name, checks)
		if !given {
			continue
		}
		var problem messages.Message
		if *id, problem = placeID(name, s); !problem.IsZero() {
			checks.Add(name, problem)
		}
	}
}

// placeID reads the value of a field that names a constituency or a polling station.
func placeID(name, s string) (int64, messages.Message) {
	id, err := strconv.ParseInt(s, 10, 64)
	switch {
	case err == nil && id > 0:
		return id, messages.Message{}
	case name == "station_id":
		return 0, messages.FieldStationId()
	default:
		return 0, messages.FieldConstituencyId()
	}
}

// receiver passes a file on to a service as it arrives.
type receiver func(d batch.Delivery, file io.Reader) error

// receive reads the body in either form and passes the file on.
func (a *API) receive(c *gin.Context, d batch.Delivery, only int64, file receiver) error {
	kind, _, err := mime.ParseMediaType(c.GetHeader("Content-Type"))
	if err != nil {
		return errUploadForm
	}
	body := upload.NewBody(c.Writer, c.Request, a.services.MaxUpload)
	content := io.Reader(body)
	switch c.GetHeader("Content-Encoding") {
	case "", "identity":
	case "gzip":
		content = batch.Unpacked(body, a.services.MaxUpload)
	default:
		return errEncoding
	}
	switch kind {
	case "text/csv", "application/gzip":
		if d.FileName == "" {
			d.FileName = "upload.csv"
		}
		err = file(d, content)
	case "multipart/form-data":
		form := &uploadForm{delivery: d, only: only, named: d.ConstituencyID != 0}
		err = form.receive(c.GetHeader("Content-Type"), content, file)
	default:
		return errUploadForm
	}
	return explain(body, err)
}

// uploadForm is what the query and a multipart body say of one upload.
type uploadForm struct {
	delivery batch.Delivery
	only     int64 // the constituency of an election that has one, else 0
	named    bool  // the query or the form has named the constituency
}

// receive reads the form: values before the file, the file, and, before the file's stream ends, the values after it.
func (f *uploadForm) receive(contentType string, body io.Reader, file receiver) error {
	form := upload.Form{MaxValue: maxValue, Field: f.field}
	form.File = func(name string, content io.Reader) error { return f.file(name, content, file) }
	err := form.Read(contentType, body)
	switch {
	case errors.Is(err, upload.ErrNotAForm), errors.Is(err, upload.ErrNoFile):
		return errUploadForm
	case errors.Is(err, upload.ErrSecondFile):
		var checks problem.Checks
		checks.Add(upload.FileField, messages.FieldOneFilePerRequest())
		return checks.Err()
	case errors.Is(err, upload.ErrIncomplete):
		if _, ok := errors.AsType[*problem.Error](err); ok {
			return err // the body's own refusal, such as one of its compression
		}
		return errors.Join(errUploadIncomplete, err)
	}
	return err
}

// file passes the form's file on.
func (f *uploadForm) file(name string, content io.Reader, file receiver) error {
	if name != "" {
		if given := f.delivery.FileName; given != "" && given != name {
			var checks problem.Checks
			checks.Add("file_name", messages.FieldFileNameDiffers(name))
			return checks.Err()
		}
		f.delivery.FileName = name
	}
	if f.delivery.ConstituencyID == 0 {
		f.delivery.ConstituencyID = f.only
	}
	err := file(f.delivery, content)
	if errors.Is(err, batch.ErrConstituencyNeeded) && f.delivery.ConstituencyID == 0 {
		return errConstituencyLate
	}
	return err
}

// field reads a form value. After the file it may only repeat the constituency that the file goes to.
func (f *uploadForm) field(field upload.Field) error {
	switch field.Name {
	case "reason":
		return f.reason(field)
	case "station_id":
		return f.station(field)
	}
	var checks problem.Checks
	id, problem := placeID("constituency_id", field.Value)
	switch {
	case field.Name != "constituency_id":
		checks.Add(field.Name, messages.FieldUnknownField())
	case !problem.IsZero():
		checks.Add("constituency_id", problem)
	case f.named:
		checks.Add("constituency_id", messages.FieldSendFieldOnce())
	case f.delivery.ConstituencyID != 0 && f.delivery.ConstituencyID != id:
		checks.Add("constituency_id", messages.FieldFileGoesElsewhere())
	case field.AfterFile && f.delivery.ConstituencyID == 0:
		checks.Add("constituency_id", messages.FieldSendBeforeFile())
	default:
		f.delivery.ConstituencyID, f.named = id, true
	}
	return checks.Err()
}

// station reads the polling station, which comes before the file.
func (f *uploadForm) station(field upload.Field) error {
	var checks problem.Checks
	id, problem := placeID("station_id", field.Value)
	switch {
	case !problem.IsZero():
		checks.Add("station_id", problem)
	case f.delivery.StationID != 0:
		checks.Add("station_id", messages.FieldSendFieldOnce())
	case field.AfterFile:
		checks.Add("station_id", messages.FieldSendBeforeFile())
	default:
		f.delivery.StationID = id
	}
	return checks.Err()
}

// reason reads why the file comes late.
func (f *uploadForm) reason(field upload.Field) error {
	var checks problem.Checks
	switch {
	case field.AfterFile:
		checks.Add("reason", messages.FieldSendReasonBeforeFile())
	case f.delivery.Reason != "":
		checks.Add("reason", messages.FieldSendFieldOnce())
	default:
		f.delivery.Reason = field.Value
	}
	return checks.Err()
}

// explain tells a refusal of the service from an upload that did not arrive whole.
func explain(body *upload.Body, err error) error {
	switch {
	case err == nil || body.Broken() == nil:
		return err
	case body.TooLarge():
		return body.Broken()
	default:
		return errUploadIncomplete
	}
}

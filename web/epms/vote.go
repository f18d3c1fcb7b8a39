package epms

import (
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"

	"github.com/gin-gonic/gin"

	"urna/ballots/batch"
	"urna/elections"
	"urna/web/deadline"
)

// Vote answers POST /vote: the file goes to the election that is going on now. The file's form is
// checked first, also where no election is.
func (e *EPMS) Vote(c *gin.Context) {
	body := deadline.NewUpload(c.Writer, c.Request, e.services.MaxUpload)
	file := openFile(c.Request, body)
	if file == nil {
		fail(c, errNoFile)
		return
	}
	err := e.receive(c, file)
	switch {
	case err == nil:
		c.Status(http.StatusOK)
	case body.Broken() != nil:
		fail(c, errors.Join(body.Broken(), errIncomplete)) // the first, where it was over the limit
	case file.err != nil && !file.whole:
		fail(c, errIncomplete)
	default:
		fail(c, err)
	}
}

func (e *EPMS) receive(c *gin.Context, file *uploadFile) error {
	ctx := c.Request.Context()
	ongoing, err := e.ongoing(ctx)
	if err != nil {
		return err
	}
	if ongoing == nil {
		if err := batch.CheckEPMSFormat(file); err != nil {
			return err
		}
		return errNoneOngoing
	}
	_, err = e.services.Batches.Receive(ctx, batch.Delivery{
		Actor: actor(c), ElectionID: ongoing.ID, FileName: file.part.FileName(), EPMSFormat: true, Again: true,
	}, file)
	if errors.Is(err, batch.ErrElectionTakesNoBatches) { // it was certified at this very moment
		return errNoneOngoing
	}
	return err
}

// ongoing returns the election made through the contract that is going on now, or nil.
func (e *EPMS) ongoing(ctx context.Context) (*elections.Election, error) {
	rows, err := e.store.made(ctx)
	if err != nil {
		return nil, err
	}
	now := e.services.Elections.Now()
	for _, row := range rows {
		found, err := e.services.Elections.Election(ctx, row.electionID)
		if err != nil {
			return nil, err
		}
		if found.StateAt(now) == elections.Open {
			return found, nil
		}
	}
	return nil, nil
}

// uploadFile is the file in a multipart body that is read once, from front to back. Its end comes only
// after the rest of the form has arrived, so that nothing is taken of a request that was cut off.
type uploadFile struct {
	form  *multipart.Reader
	part  *multipart.Part
	whole bool  // the form has arrived to its end
	err   error // what ended the reading
}

// openFile returns the first file in the field file, or nil. As in the old system, a value without a
// file name is no file.
func openFile(r *http.Request, body io.Reader) *uploadFile {
	kind, parameters, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" || parameters["boundary"] == "" {
		return nil
	}
	form := multipart.NewReader(body, parameters["boundary"])
	for {
		part, err := form.NextPart()
		if err != nil {
			return nil
		}
		_, disposition, err := mime.ParseMediaType(part.Header.Get("Content-Disposition"))
		if _, named := disposition["filename"]; err == nil && named && part.FormName() == "file" {
			return &uploadFile{form: form, part: part}
		}
	}
}

// Read reads the file.
func (f *uploadFile) Read(p []byte) (int, error) {
	if f.err != nil {
		return 0, f.err
	}
	n, err := f.part.Read(p)
	if errors.Is(err, io.EOF) {
		err = f.rest()
		f.whole = errors.Is(err, io.EOF)
	}
	f.err = err
	return n, err
}

// rest reads what stands behind the file and returns io.EOF where the form is whole.
func (f *uploadFile) rest() error {
	for {
		_, err := f.form.NextPart() // skips what is left of the part before
		if err == io.EOF {          // bare: that of the form; one that is wrapped is the body's, too early
			return io.EOF
		}
		if err != nil {
			return errIncomplete
		}
	}
}

package epms

import (
	"context"
	"errors"
	"io"
	"net/http"

	"github.com/gin-gonic/gin"

	"urna/ballots/batch"
	"urna/elections"
	"urna/web/upload"
)

// Vote answers POST /vote: the file goes to the election that is going on now. The file's format is checked first,
// even if no election is going on. Like the old system, it reads the first file in the field file and ignores
// everything else in the form; a value without a file name is no file.
func (e *EPMS) Vote(c *gin.Context) {
	body := upload.NewBody(c.Writer, c.Request, e.services.MaxUpload)
	found := false
	form := upload.Form{Files: upload.Named, IgnoreRest: true}
	form.File = func(name string, content io.Reader) error {
		found = true
		return e.receive(c, name, content)
	}
	err := form.Read(c.GetHeader("Content-Type"), body)
	switch {
	case err == nil:
		c.Status(http.StatusOK)
	case !found:
		fail(c, errNoFile)
	case body.Broken() != nil:
		fail(c, errors.Join(body.Broken(), errIncomplete)) // the first one, if it was over the limit
	case errors.Is(err, upload.ErrIncomplete):
		fail(c, errIncomplete)
	default:
		fail(c, err)
	}
}

func (e *EPMS) receive(c *gin.Context, name string, file io.Reader) error {
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
		Actor: actor(c), ElectionID: ongoing.ID, FileName: name, EPMSFormat: true, Again: true,
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

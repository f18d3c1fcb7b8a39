package api

import (
	"context"
	"encoding/hex"
	"errors"
	"io"
	"net/http"

	"github.com/gin-gonic/gin"

	"urna/ballots/protocol"
	"urna/ballots/protocol/scan"
	"urna/elections"
	"urna/internal/audit"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/web/principal"
	"urna/web/respond"
	"urna/web/upload"
)

func viewScan(s protocol.Scan) scanView {
	return scanView{
		ID: s.ID, SHA256: hex.EncodeToString(s.SHA256[:]), Bytes: s.Bytes, MediaType: s.MediaType,
		AttachedBy: audit.WithoutAddress(s.Official.Name), AttachedAt: s.At,
	}
}

// ProtocolExplain answers POST /elections/{id}/stations/{station}/protocol/explanations.
func (a *API) ProtocolExplain(c *gin.Context) {
	var station elections.Station
	var code, said string
	err := readBody(c, object{"code": text(&code), "explanation": text(&said)})
	if err == nil {
		station, _, err = a.station(c)
	}
	if err == nil {
		err = a.services.Protocols.Explain(c.Request.Context(), protocolPerson(c), station.ID, code, said)
	}
	if err != nil {
		respond.Error(c, err)
		return
	}
	a.answerProtocol(c, station)
}

// ProtocolRetract answers POST /elections/{id}/stations/{station}/protocol/retraction.
func (a *API) ProtocolRetract(c *gin.Context) { a.moveProtocol(c, a.services.Protocols.Retract) }

// ProtocolRestore answers POST /elections/{id}/stations/{station}/protocol/restoration.
func (a *API) ProtocolRestore(c *gin.Context) { a.moveProtocol(c, a.services.Protocols.Restore) }

// ProtocolReopen answers POST /elections/{id}/stations/{station}/protocol/reopening.
func (a *API) ProtocolReopen(c *gin.Context) { a.moveProtocol(c, a.services.Protocols.Reopen) }

func (a *API) moveProtocol(c *gin.Context, act func(ctx context.Context, by audit.Actor, stationID int64, reason string) (protocol.State, error)) {
	var station elections.Station
	reason := ""
	err := readBody(c, object{"reason": text(&reason)})
	if err == nil {
		station, _, err = a.station(c)
	}
	if err == nil {
		_, err = act(c.Request.Context(), principal.Actor(c), station.ID, reason)
	}
	if err != nil {
		respond.Error(c, err)
		return
	}
	a.answerProtocol(c, station)
}

// ProtocolScanCreate answers POST /elections/{id}/stations/{station}/protocol/scans: a file in the form field "file".
func (a *API) ProtocolScanCreate(c *gin.Context) {
	station, _, err := a.station(c)
	by := protocolPerson(c)
	if err == nil {
		err = a.services.Protocols.MayAttach(c.Request.Context(), by, station.ID)
	}
	if err != nil {
		respond.Error(c, err)
		return
	}
	var attached protocol.Scan
	body := upload.NewBody(c.Writer, c.Request, scan.MaxBytes+upload.FormOverhead)
	form := upload.Form{File: func(name string, content io.Reader) error {
		stored, err := a.services.Scans.Receive(c.Request.Context(), content)
		if err != nil {
			return err
		}
		attached, err = a.services.Protocols.AttachScan(c.Request.Context(), by, protocol.Scan{
			StationID: station.ID, SHA256: stored.SHA256, Bytes: stored.Bytes, MediaType: stored.MediaType, FileName: name,
		})
		return err
	}}
	err = form.Read(c.GetHeader("Content-Type"), body)
	switch {
	case body.TooLarge():
		err = scan.ErrTooLarge
	case errors.Is(err, upload.ErrNoFile), errors.Is(err, upload.ErrNotAForm), errors.Is(err, upload.ErrIncomplete), errors.Is(err, upload.ErrSecondFile):
		err = problem.New(problem.Malformed, "not-a-form", messages.RefusalNotAFormOneFile())
	}
	if err != nil {
		body.Drain()
		respond.Error(c, err)
		return
	}
	respond.JSON(c, http.StatusCreated, viewScan(attached))
}

// listView is the answer to a list of protocols.
type listView struct {
	Protocols int `json:"protocols"`
	First     int `json:"first_entries"`
	Second    int `json:"second_entries"`

	Different  int              `json:"different"`
	Definitive int              `json:"definitive"`
	Warnings   []listedWarnings `json:"warnings"`
}

type listedWarnings struct {
	Line     int           `json:"line"`
	Station  string        `json:"station"`
	Warnings []findingView `json:"warnings"`
}

// maxProtocolList is the largest list of protocols, in bytes.
const maxProtocolList = 8 << 20

// ProtocolsCreate answers POST /elections/{id}/protocols: a CSV list, whose lines are the caller's entries; all, or none.
func (a *API) ProtocolsCreate(c *gin.Context) {
	e, ok := a.election(c)
	if !ok {
		return
	}
	source, err := io.ReadAll(http.MaxBytesReader(c.Writer, c.Request.Body, maxProtocolList))
	if err != nil {
		respond.Error(c, err)
		return
	}
	ctx, by := c.Request.Context(), protocolPerson(c)
	stations, err := a.services.Elections.Stations(ctx, e.ID)
	var lines []protocol.Line
	if err == nil {
		lines, err = protocol.ReadList(e, stations, source)
	}
	dryRun, status := c.Query("dry_run") == "true", http.StatusCreated
	var preview protocol.Preview
	var answers []protocol.Entered
	switch {
	case err != nil:
	case dryRun:
		status = http.StatusOK
		preview, err = a.services.Protocols.PreviewList(ctx, by, lines)
	default:
		answers, preview, err = a.services.Protocols.EnterList(ctx, by, lines)
	}
	if err != nil {
		respond.Error(c, err)
		return
	}
	v := listView{Protocols: len(lines), First: preview.First, Second: preview.Second, Warnings: []listedWarnings{}}
	for _, w := range preview.Warned {
		v.Warnings = append(v.Warnings, listedWarnings{w.Line.Line, w.Station.Number, viewFindings(w.Warnings)})
	}
	for _, answer := range answers {
		switch answer.State {
		case protocol.Different:
			v.Different++
		case protocol.Definitive:
			v.Definitive++
		default:
		}
	}
	respond.JSON(c, status, v)
}

package pages

import (
	"errors"
	"io"

	"github.com/gin-gonic/gin"

	"urna/ballots/protocol"
	"urna/ballots/protocol/scan"
	"urna/internal/audit"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/web/respond"
	"urna/web/upload"
	"urna/web/view"
	"urna/web/view/kit"
)

// StationScanAttach stores a scan of a station's paper and records it with its protocol.
func (p *Pages) StationScanAttach(c *gin.Context) {
	at, err := p.protocolPlace(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	body := upload.NewBody(c.Writer, c.Request, scan.MaxBytes+upload.FormOverhead)
	if err = p.Protocols.MayAttach(c.Request.Context(), at.by, at.station.ID); err == nil {
		err = p.receiveScan(c, at, body)
	}
	if body.TooLarge() {
		err = scan.ErrTooLarge
	}
	if err == nil {
		protocolShown(c, at, "scan")
		return
	}
	body.Drain()
	problems, status, ok := formProblems(err, problem.Full, problem.Forbidden)
	if !ok {
		respond.Error(c, err)
		return
	}
	typed := protocolTyped{problems: problems}
	if len(problems.List) == 0 {
		typed.scan = problems.Summary
		typed.problems = kit.Problems{Summary: messages.RefusalInvalidInput(), List: []kit.Problem{{Field: "file", Message: problems.Summary}}}
	} else {
		typed.scan = problems.Of("file")
	}
	p.showProtocol(c, status, at, typed)
}

var errNoScan = atField("file", messages.FieldChooseScan())

func (p *Pages) receiveScan(c *gin.Context, at protocolPlace, body io.Reader) error {
	form := upload.Form{Files: upload.Chosen}
	form.File = func(name string, content io.Reader) error {
		stored, err := p.Scans.Receive(c.Request.Context(), content)
		if err != nil {
			return err
		}
		_, err = p.Protocols.AttachScan(c.Request.Context(), at.by, protocol.Scan{
			StationID: at.station.ID, SHA256: stored.SHA256, Bytes: stored.Bytes, MediaType: stored.MediaType, FileName: name,
		})
		return err
	}
	err := form.Read(c.GetHeader("Content-Type"), body)
	if errors.Is(err, upload.ErrSecondFile) {
		return problem.New(problem.Malformed, "not-a-form", messages.RefusalNotAFormOneFile())
	}
	return formRefusal(err, errNoScan)
}

// StationScan sends a scan, as a download only. A file whose bytes are not those that were attached is not sent.
func (p *Pages) StationScan(c *gin.Context) {
	at, err := p.protocolPlace(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	id, ok := pathID(c, "scan")
	if !ok {
		respond.Error(c, protocol.ErrUnknownScan)
		return
	}
	found, err := p.Protocols.Scan(c.Request.Context(), at.by, at.station.ID, id)
	if err != nil {
		respond.Error(c, err)
		return
	}
	file, size, err := p.Scans.Content(c.Request.Context(), found.SHA256)
	if err != nil {
		respond.Error(c, err)
		return
	}
	defer func() { _ = file.Close() }() // only read
	ends := map[string]string{"application/pdf": ".pdf", "image/jpeg": ".jpg", "image/png": ".png"}
	personal(c)
	c.Header("Content-Security-Policy", "sandbox")
	respond.Content(c, file, size, "station-"+decimal(at.station.ID)+"-scan-"+decimal(found.ID)+ends[found.MediaType], found.MediaType)
}

// addScans adds the scans, and the form to attach one.
func (at protocolPlace) addScans(model *view.ProtocolPage, stored protocol.Protocol, typed protocolTyped, attaches bool) {
	zone := at.election.Location()
	for _, s := range stored.Scans {
		model.Scans.List = append(model.Scans.List, view.ProtocolScan{
			Href: at.path() + "/scans/" + decimal(s.ID), Name: s.FileName, Size: messages.Size(s.Bytes), Person: audit.WithoutAddress(s.Official.Name),
			At: view.NewMoment(s.At, zone),
		})
	}
	model.Scans.Hint, model.Scans.Problem = messages.ProtocolsScanHint(messages.Size(scan.MaxBytes)), typed.scan
	if attaches {
		model.Scans.Action = at.path() + "/scans"
	}
}

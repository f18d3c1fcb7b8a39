package pages

import (
	"context"
	"net/http"
	"slices"
	"strconv"

	"github.com/gin-gonic/gin"

	"urna/auth"
	"urna/ballots"
	"urna/ballots/batch"
	"urna/elections"
	"urna/internal/audit"
	"urna/internal/messages"
	"urna/web/principal"
	"urna/web/respond"
	"urna/web/view"
	"urna/web/view/kit"
)

// pageOfLines is how many lines that do not count a batch's page shows at once.
const pageOfLines = 100

// BatchPage shows one batch to its official, to administrators, and to observers of its election; to others it does not
// exist.
func (p *Pages) BatchPage(c *gin.Context) { p.showBatch(c, http.StatusOK, view.MoveForm{}) }

// showBatch shows a batch, with what was typed into an administrator's form.
func (p *Pages) showBatch(c *gin.Context, status int, typed view.MoveForm) {
	b, err := p.batch(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	ctx := c.Request.Context()
	election, err := p.Elections.Election(ctx, b.ElectionID)
	if err != nil {
		respond.Error(c, err)
		return
	}
	model := p.batchPage(c, b, election)
	stations, err := stationsOf(ctx, p, []batch.Batch{b}, stationOfBatch)
	if err != nil {
		respond.Error(c, err)
		return
	}
	if s, ok := stations[b.StationID]; ok {
		at := min(1, len(model.Details)) // after the constituency
		model.Details = slices.Insert(model.Details, at, view.Detail{Name: messages.BatchesStation(), Value: messages.Verbatim(s.Title())})
	}
	if err := p.addInvalidLines(ctx, &model, principal.Actor(c), b, queryID(c, "after")); err != nil {
		respond.Error(c, err)
		return
	}
	if user, ok := principal.Of(c); ok && user.Role == auth.Administrator {
		model.Move, model.Decide = moveForm(b, typed), b.State == batch.Waiting
		model.Move.Second = p.moveNeeds(ctx, b, election)
	}
	personal(c)
	respond.Page(c, status, view.Batch(model))
}

// moveNeeds says whose approval a move of a batch needs now; zero for none.
func (p *Pages) moveNeeds(ctx context.Context, b batch.Batch, e *elections.Election) messages.Message {
	switch {
	case !e.AsksApproval(p.Now(), b.State != batch.Counted):
		return messages.Message{}
	case refusedLate(b):
		return messages.BatchesRestoreRefused()
	case p.secondNeeded(ctx, e.PublishedAt):
		return messages.ApprovalsNeedsSecond()
	default:
		return messages.Message{}
	}
}

// moveForm returns the form that takes a counted batch out of the count, or puts a retracted one back.
func moveForm(b batch.Batch, typed view.MoveForm) view.MoveForm {
	switch b.State {
	case batch.Counted:
		typed.Action = "/admin/batches/" + decimal(b.ID) + "/retraction"
		typed.Heading, typed.Button = messages.BatchesRetractHeading(), messages.BatchesRetract()
		typed.Explanation = messages.BatchesRetractExplanation()
	case batch.Retracted:
		typed.Action = "/admin/batches/" + decimal(b.ID) + "/restoration"
		typed.Heading, typed.Button = messages.BatchesRestoreHeading(), messages.BatchesRestore()
		typed.Explanation = messages.BatchesRestoreExplanation()
	default:
		return view.MoveForm{}
	}
	return typed
}

// BatchProgress is the fragment that the page asks for once a second. Once the batch is settled the
// whole page is loaded again, since then it can list what does not count.
func (p *Pages) BatchProgress(c *gin.Context) {
	b, err := p.batch(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	personal(c)
	if b.Settled() && isHTMX(c.Request) {
		c.Header("HX-Refresh", "true")
	}
	respond.Page(c, http.StatusOK, view.BatchProgressFragment(batchProgress(b)))
}

// batch returns the batch that the path names, if it is the caller's to see.
func (p *Pages) batch(c *gin.Context) (batch.Batch, error) {
	id, ok := pathID(c, "batch")
	user, signedIn := principal.Of(c)
	if !ok || !signedIn {
		return batch.Batch{}, ballots.ErrUnknownBatch
	}
	b, err := p.Batches.Batch(c.Request.Context(), id)
	if err != nil {
		return batch.Batch{}, err
	}
	if user.Role == auth.Observer {
		return b, p.mayObserve(c, b.ElectionID, ballots.ErrUnknownBatch)
	}
	if b.OfficialID != user.ID && user.Role != auth.Administrator {
		return batch.Batch{}, ballots.ErrUnknownBatch
	}
	return b, nil
}

func (p *Pages) batchPage(c *gin.Context, b batch.Batch, e *elections.Election) view.BatchPage {
	heading := messages.BatchesBatchNumber(b.ID)
	model := view.BatchPage{
		Page: p.page(c, view.SectionOfficial, heading), Heading: heading,
		Crumbs:   []kit.Crumb{{Text: messages.UploadHeading(), Href: "/official"}},
		Election: kit.Crumb{Text: messages.Verbatim(e.Title), Href: "/elections/" + decimal(e.ID)},
		Progress: batchProgress(b),
		Accepted: view.NewExactMoment(b.AcceptedAt, e.Location()),
	}
	switch user, ok := principal.Of(c); {
	case ok && user.Role == auth.Administrator:
		p.addMenu(&model.Page, e, incomingEntry)
		model.Crumbs = []kit.Crumb{{Text: messages.ElectionMenuIncoming(), Href: adminPath(e.ID, string(incomingEntry))}}
	case ok && user.Role == auth.Observer:
		model.Page.Section = view.SectionBatches
		model.Crumbs = []kit.Crumb{{Text: messages.BatchesBatches(), Href: "/admin/batches"}}
	}
	if constituency := e.Constituency(b.ConstituencyID); constituency != nil {
		model.Details = append(model.Details, view.Detail{Name: messages.BatchesConstituency(), Value: messages.Verbatim(constituency.Name)})
	}
	model.Details = append(model.Details,
		view.Detail{Name: messages.BatchesFile(), Value: messages.Verbatim(b.FileName)},
		view.Detail{Name: messages.BatchesSize(), Value: messages.Size(b.Bytes)},
		view.Detail{Name: messages.BatchesSha256(), Value: messages.Verbatim(b.SHA256), Code: true},
		view.Detail{Name: messages.BatchesOfficialOfFile(), Value: messages.Verbatim(b.OfficialName)},
	)
	if b.FirstLine != 0 {
		model.Details = append(model.Details,
			view.Detail{Name: messages.BatchesPart(), Value: messages.BatchesPartFrom(messages.Integer(b.FirstLine))},
			view.Detail{Name: messages.BatchesSha256Sent(), Value: messages.Verbatim(b.SentSHA256), Code: true},
		)
	}
	model.Details = append(model.Details, lateDetails(b)...)
	if b.Reason != "" && (b.Late == nil || b.Reason != b.Late.Remark && b.Reason != b.Late.Reason) {
		model.Details = append(model.Details, view.Detail{Name: reasonOf(b.State), Value: messages.Verbatim(b.Reason)})
	}
	if !b.Settled() {
		model.Page.Refresh, model.Page.RefreshURL = 2, "/batches/"+decimal(b.ID)+"/watch"
		model.Page.Scripts = []string{"htmx-2.0.11.min.js", "idiomorph-ext-0.8.0.min.js"}
	}
	return model
}

// lateDetails say why a batch was late and what was decided about it.
func lateDetails(b batch.Batch) []view.Detail {
	l := b.Late
	if l == nil {
		return nil
	}
	list := []view.Detail{
		{Name: messages.BatchesLate(), Value: lateInWords(l.Cause)},
		{Name: messages.BatchesLateReason(), Value: messages.FromEnglish(l.Reason, messages.BatchesLateNoReason())},
	}
	switch l.State {
	case batch.LateApproved:
		list = append(list, view.Detail{Name: messages.BatchesLateApprovedBy(), Value: messages.Verbatim(audit.WithoutAddress(l.Decider))})
	case batch.LateRefused:
		list = append(list, view.Detail{Name: messages.BatchesLateRefusedBy(), Value: messages.Verbatim(audit.WithoutAddress(l.Decider))})
	case batch.LateWaiting:
	}
	if l.Remark != "" {
		list = append(list, view.Detail{Name: messages.BatchesLateRemark(), Value: messages.Verbatim(l.Remark)})
	}
	return list
}

// reasonOf names the reason that is kept with a batch: that of the latest move.
func reasonOf(state batch.State) messages.Message {
	if state == batch.Retracting || state == batch.Retracted {
		return messages.BatchesRetractionReason()
	}
	return messages.BatchesRestorationReason()
}

func batchProgress(b batch.Batch) view.BatchProgress {
	progress := view.BatchProgress{
		State: batchMark(b), Sentence: batchSentence(b),
		Lines: messages.Integer(b.Lines), Valid: messages.Integer(b.Valid), Invalid: messages.Integer(b.Invalid), Duplicates: messages.Integer(b.Duplicates),
		Done: decimal(b.Processed), Total: decimal(max(b.Lines, 1)),
	}
	if b.Failure != "" {
		progress.Failure = messages.RefusalCountingStopped()
	}
	if rest := b.Lines - b.Valid - b.Invalid - b.Duplicates; rest > 0 {
		progress.Rest, progress.RestIs = messages.Integer(rest), view.RestUncounted
		switch b.State {
		case batch.Retracting, batch.Retracted:
			if progress.RestIs = view.RestRetracted; refusedLate(b) {
				progress.RestIs = view.RestLate
			}
		case batch.Restoring:
			progress.RestIs = view.RestRestoring
		case batch.Waiting:
			progress.RestIs = view.RestLate
		case batch.Queued, batch.Processing, batch.Counted, batch.Failed:
		}
	}
	if !b.Settled() {
		progress.PollURL = "/batches/" + decimal(b.ID) + "/progress"
	}
	return progress
}

func batchSentence(b batch.Batch) messages.Message {
	if refusedLate(b) {
		return messages.BatchesProgressRefused()
	}
	switch b.State {
	case batch.Queued:
		return messages.BatchesProgressQueued()
	case batch.Processing:
		return messages.BatchesProgressProcessing(percent(b.Progress()))
	case batch.Counted:
		return messages.BatchesProgressCounted()
	case batch.Failed:
		return messages.BatchesProgressFailed()
	case batch.Retracting:
		return messages.BatchesProgressRetracting()
	case batch.Retracted:
		return messages.BatchesProgressRetracted()
	case batch.Restoring:
		return messages.BatchesProgressRestoring()
	case batch.Waiting:
		return messages.BatchesProgressWaiting()
	default:
		return messages.Message{}
	}
}

// addInvalidLines shows a page of the lines that do not count, from the line after the given number; with their
// poll numbers if the reader may see them.
func (p *Pages) addInvalidLines(ctx context.Context, model *view.BatchPage, reader audit.Actor, b batch.Batch, after int64) error {
	lines, shown, err := p.Batches.InvalidLines(ctx, reader, b.ID, after, pageOfLines+1)
	if err != nil {
		return err
	}
	address := "/batches/" + decimal(b.ID)
	if len(lines) > pageOfLines {
		lines = lines[:pageOfLines]
		model.More = address + "?after=" + decimal(lines[pageOfLines-1].Number)
	}
	if after > 0 {
		model.First = address
	}
	if b.Invalid+b.Duplicates > 0 {
		model.Download = address + "/invalid.csv"
	}
	for _, line := range lines {
		row := view.InvalidLine{Line: messages.Integer(line.Number), GUID: line.GUID.String(), Reason: reasonName(line.Reason)}
		if shown {
			row.PollNumber = strconv.Itoa(int(line.PollNumber))
		}
		model.Lines = append(model.Lines, row)
	}
	model.Withheld = !shown && len(lines) > 0
	model.Range = linesInWords(b, len(lines), after)
	return nil
}

func linesInWords(b batch.Batch, shown int, after int64) messages.Message {
	all := b.Invalid + b.Duplicates
	switch {
	case shown == 0 && after > 0:
		return messages.BatchesNoMoreLines()
	case refusedLate(b):
		return messages.BatchesLinesOfRefused()
	case b.State == batch.Retracted:
		return messages.BatchesLinesOfRetracted()
	case b.State == batch.Waiting:
		return messages.BatchesLinesOfWaiting()
	case all == 0 && b.Settled():
		return messages.BatchesEveryLineCounts()
	case all == 0:
		return messages.BatchesNoLinesSoFar()
	case int64(shown) == all && after == 0:
		return messages.BatchesLinesDoNotCount(all)
	default:
		return messages.BatchesLinesShown(int64(shown), all)
	}
}

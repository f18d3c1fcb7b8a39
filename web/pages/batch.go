package pages

import (
	"context"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"urna/auth"
	"urna/ballots"
	"urna/ballots/batch"
	"urna/elections"
	"urna/internal/messages"
	"urna/web/principal"
	"urna/web/respond"
	"urna/web/view"
)

// pageOfLines is how many lines that do not count a batch's page shows at once.
const pageOfLines = 100

// BatchPage shows one batch to its official and to administrators; to others it does not exist.
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
	if err := p.addInvalidLines(ctx, &model, b, queryID(c, "after")); err != nil {
		respond.Error(c, err)
		return
	}
	if user, ok := principal.Of(c); ok && user.Role == auth.Administrator {
		model.Move = moveForm(b, typed)
	}
	personal(c)
	respond.Page(c, status, view.Batch(model))
}

// moveForm returns the form that takes a counted batch out of the count, or puts a retracted one back.
func moveForm(b batch.Batch, typed view.MoveForm) view.MoveForm {
	switch b.State {
	case batch.Counted:
		typed.Action = "/admin/batches/" + decimal(b.ID) + "/retraction"
		typed.Heading, typed.Button = "Take this batch out of the count", "Retract the batch"
		typed.Explanation = "Its ballots go to the next lines that claim them; if there are none, they do not count. Nothing is deleted: the batch and your reason stay visible, and it can be restored."
	case batch.Retracted:
		typed.Action = "/admin/batches/" + decimal(b.ID) + "/restoration"
		typed.Heading, typed.Button = "Put this batch back into the count", "Restore the batch"
		typed.Explanation = "It takes its place in the order of acceptance again, before the lines that came later."
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
	if b.OfficialID != user.ID && user.Role != auth.Administrator {
		return batch.Batch{}, ballots.ErrUnknownBatch
	}
	return b, nil
}

func (p *Pages) batchPage(c *gin.Context, b batch.Batch, e *elections.Election) view.BatchPage {
	heading := "Batch " + decimal(b.ID)
	model := view.BatchPage{
		Page: p.page(c, view.SectionOfficial, messages.Literal(heading)), Heading: heading,
		Crumbs:   []view.Crumb{{Text: messages.Literal("Upload ballots"), Href: "/official"}},
		Election: view.Crumb{Text: messages.Verbatim(e.Title), Href: "/elections/" + decimal(e.ID)},
		Progress: batchProgress(b),
		Accepted: view.NewExactMoment(b.AcceptedAt, e.Location()),
	}
	if user, ok := principal.Of(c); ok && user.Role == auth.Administrator {
		model.Page.Section = view.SectionBatches
		model.Crumbs = []view.Crumb{{Text: messages.Literal("Batches"), Href: "/admin/batches"}}
	}
	if constituency := e.Constituency(b.ConstituencyID); constituency != nil {
		model.Pairs = append(model.Pairs, view.Pair{Name: "Constituency", Value: constituency.Name})
	}
	model.Pairs = append(model.Pairs,
		view.Pair{Name: "File", Value: b.FileName},
		view.Pair{Name: "Size", Value: view.Size(b.Bytes)},
		view.Pair{Name: "SHA-256", Value: b.SHA256, Code: true},
		view.Pair{Name: "Official", Value: b.OfficialName},
	)
	if b.Reason != "" {
		model.Pairs = append(model.Pairs, view.Pair{Name: reasonOf(b.State), Value: b.Reason})
	}
	if !b.Settled() {
		model.Page.Refresh, model.Page.RefreshURL = 2, "/batches/"+decimal(b.ID)+"/watch"
		model.Page.Scripts = []string{"htmx-2.0.11.min.js", "idiomorph-ext-0.8.0.min.js"}
	}
	return model
}

// reasonOf names the reason that is shown with a batch: of the latest move.
func reasonOf(state batch.State) string {
	if state == batch.Retracting || state == batch.Retracted {
		return "Taken out because"
	}
	return "Put back because"
}

func batchProgress(b batch.Batch) view.BatchProgress {
	progress := view.BatchProgress{
		State: batchState(b.State), Failure: b.Failure, Sentence: batchSentence(b),
		Lines: view.Number(b.Lines), Valid: view.Number(b.Valid), Invalid: view.Number(b.Invalid), Duplicates: view.Number(b.Duplicates),
		Done: decimal(b.Processed), Total: decimal(max(b.Lines, 1)),
	}
	if rest := b.Lines - b.Valid - b.Invalid - b.Duplicates; rest > 0 {
		progress.Rest, progress.RestIs = view.Number(rest), "still to be counted"
		switch b.State {
		case batch.Retracting, batch.Retracted:
			progress.RestIs = "taken out"
		case batch.Restoring:
			progress.RestIs = "still taken out"
		case batch.Queued, batch.Processing, batch.Counted, batch.Failed:
		}
	}
	if !b.Settled() {
		progress.PollURL = "/batches/" + decimal(b.ID) + "/progress"
	}
	return progress
}

func batchSentence(b batch.Batch) string {
	switch b.State {
	case batch.Queued:
		return "On disk and accepted; it waits for its turn."
	case batch.Processing:
		return percent(b.Progress()) + " of the lines are counted."
	case batch.Counted:
		return "Every line is accounted for."
	case batch.Failed:
		return "Batches that were accepted later wait for it."
	case batch.Retracting:
		return "It is being taken out of the count."
	case batch.Retracted:
		return "It was taken out of the count."
	case batch.Restoring:
		return "It is being put back into the count."
	default:
		return ""
	}
}

// addInvalidLines shows a page of the lines that do not count, from the line after the given number.
func (p *Pages) addInvalidLines(ctx context.Context, model *view.BatchPage, b batch.Batch, after int64) error {
	lines, err := p.Batches.InvalidLines(ctx, b.ID, after, pageOfLines+1)
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
		model.Lines = append(model.Lines, view.InvalidLine{
			Line: view.Number(line.Number), GUID: line.GUID.String(),
			PollNumber: strconv.Itoa(int(line.PollNumber)), Reason: reasonName(line.Reason),
		})
	}
	model.Range = linesInWords(b, len(lines), after)
	return nil
}

func linesInWords(b batch.Batch, shown int, after int64) string {
	all := b.Invalid + b.Duplicates
	switch {
	case shown == 0 && after > 0:
		return "There are no more."
	case b.State == batch.Retracted:
		return "None of its lines counts while it is retracted."
	case all == 0 && b.Settled():
		return "Every line counts."
	case all == 0:
		return "None so far."
	case int64(shown) == all && after == 0:
		return view.Count(all, "line does", "lines do") + " not count."
	default:
		return "Showing " + view.Number(int64(shown)) + " of " + view.Count(all, "line that does", "lines that do") + " not count."
	}
}

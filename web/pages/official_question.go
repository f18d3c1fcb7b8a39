package pages

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"urna/ballots/batch"
	"urna/web/caller"
	"urna/web/respond"
	"urna/web/view"
)

// OfficialUploadQuestion asks what to do with a file that was uploaded before.
func (p *Pages) OfficialUploadQuestion(c *gin.Context) {
	ctx := c.Request.Context()
	user, _ := caller.Of(c)
	id, ok := pathID(c, "upload")
	if !ok {
		respond.Error(c, batch.ErrUnknownUpload)
		return
	}
	upload, err := p.Batches.Upload(ctx, user.ID, id)
	if err != nil {
		respond.Error(c, err)
		return
	}
	election, err := p.Elections.Election(ctx, upload.ElectionID)
	if err != nil {
		respond.Error(c, err)
		return
	}
	address := "/official/uploads/" + decimal(upload.ID)
	model := view.QuestionPage{
		Page: p.page(c, view.SectionOfficial, "The same file again"), Heading: "The same file again",
		Batch:   view.Crumb{Text: "batch " + decimal(upload.SameAs)},
		Confirm: address + "/confirm", Discard: address + "/discard",
		Pairs: []view.Pair{{Name: "Election", Value: election.Title}},
	}
	// The batch may be another official's, whose page this one may not see.
	if same, err := p.Batches.Batch(ctx, upload.SameAs); err == nil && same.OfficialID == user.ID {
		model.Batch.Href = "/batches/" + decimal(same.ID)
	}
	if constituency := election.Constituency(upload.ConstituencyID); constituency != nil {
		model.Pairs = append(model.Pairs, view.Pair{Name: "Constituency", Value: constituency.Name})
	}
	model.Pairs = append(model.Pairs,
		view.Pair{Name: "File", Value: upload.FileName},
		view.Pair{Name: "Lines", Value: view.Number(upload.Lines)},
		view.Pair{Name: "SHA-256", Value: upload.SHA256, Code: true},
	)
	personal(c)
	respond.Page(c, http.StatusOK, view.Question(model))
}

// OfficialUploadConfirm takes the file into the count after all.
func (p *Pages) OfficialUploadConfirm(c *gin.Context) {
	id, ok := pathID(c, "upload")
	if !ok {
		respond.Error(c, batch.ErrUnknownUpload)
		return
	}
	accepted, err := p.Batches.Confirm(c.Request.Context(), caller.Actor(c), id)
	if err != nil {
		respond.Error(c, err)
		return
	}
	respond.SeeOther(c, "/batches/"+decimal(accepted.ID))
}

// OfficialUploadDiscard forgets the file.
func (p *Pages) OfficialUploadDiscard(c *gin.Context) {
	id, ok := pathID(c, "upload")
	if !ok {
		respond.Error(c, batch.ErrUnknownUpload)
		return
	}
	if err := p.Batches.Discard(c.Request.Context(), caller.Actor(c), id); err != nil {
		respond.Error(c, err)
		return
	}
	respond.SeeOther(c, "/official")
}

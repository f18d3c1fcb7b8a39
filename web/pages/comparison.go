package pages

import (
	"cmp"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"urna/ballots/batch"
	"urna/elections"
	"urna/internal/messages"
	"urna/internal/text"
	"urna/web/respond"
	"urna/web/view"
	"urna/web/view/kit"
)

// comparison is a file that waits, and what a person typed from its protocol.
type comparison struct {
	upload   batch.Upload
	election *elections.Election
	place    *elections.Constituency
}

// comparison returns the file that the path names. One that is not compared with the ledger yet is not counted by poll number
// either: it leads back to the page that waits for it.
func (p *Pages) comparison(c *gin.Context) (found comparison, err error) {
	if found.upload, err = p.upload(c); err != nil {
		return found, err
	}
	if found.election, err = p.Elections.Election(c.Request.Context(), found.upload.ElectionID); err != nil {
		return found, err
	}
	if found.place = found.election.Constituency(found.upload.ConstituencyID); found.place == nil {
		return found, batch.ErrUnknownUpload
	}
	return found, nil
}

// OfficialComparison asks for the numbers of the protocol that belongs to a file.
func (p *Pages) OfficialComparison(c *gin.Context) { p.compareUpload(c, false) }

// OfficialComparisonShow sets the numbers that were typed beside those of the file. Neither is stored.
func (p *Pages) OfficialComparisonShow(c *gin.Context) { p.compareUpload(c, true) }

func (p *Pages) compareUpload(c *gin.Context, typed bool) {
	found, err := p.comparison(c)
	switch {
	case err != nil:
		respond.Error(c, err)
		return
	case found.upload.DryRun == nil:
		respond.SeeOther(c, "/official/uploads")
		return
	}
	model, status := found.page(), http.StatusOK
	if typed {
		model.Problems = found.compare(c, &model)
		if model.Problems.Any() {
			status = http.StatusUnprocessableEntity
		}
	}
	model.Page = p.page(c, view.SectionOfficial, model.Heading)
	personal(c)
	respond.Page(c, status, view.Comparison(model))
}

// page is the form, with a row for each line of the ballot paper and one for the sum.
func (f comparison) page() view.ComparisonPage {
	own := "/official/uploads/" + decimal(f.upload.ID)
	model := view.ComparisonPage{
		Heading: messages.ComparisonHeading(), File: f.upload.FileName, Place: messages.Verbatim(f.election.Title),
		Action: own + "/comparison", Back: "/official/uploads#upload-" + decimal(f.upload.ID), Several: len(f.upload.DryRun.Stations) > 1,
	}
	if len(f.election.Constituencies) > 1 {
		model.Place = messages.Verbatim(f.election.Title + " · " + f.place.Name)
	}
	row := func(name, number string, label messages.Message) {
		model.Rows = append(model.Rows, view.ComparisonRow{
			Number: number, TestID: "comparison-row", Field: kit.Field{Name: name, Label: label, TestID: "comparison-" + name},
		})
	}
	for _, candidacy := range f.place.Candidacies {
		number := strconv.Itoa(candidacy.PollNumber)
		row("votes-"+number, number, messages.Verbatim(candidacy.Name))
	}
	if f.election.Rules.BlankBallots {
		row("votes-0", "", messages.ComparisonBlank())
	}
	row("sum", "", messages.ComparisonSum())
	return model
}

// inFile is how many lines of the file a row is about.
func (f comparison) inFile(row view.ComparisonRow) int64 {
	if row.Field.Name == "sum" {
		return f.upload.DryRun.Lines
	}
	number, _ := strconv.Atoi(cmp.Or(row.Number, "0")) // this package wrote it
	return f.upload.DryRun.Votes[number]
}

// compare fills the rows with what was typed and what the file has. An empty field is a number that the paper does not have.
func (f comparison) compare(c *gin.Context, model *view.ComparisonPage) (problems kit.Problems) {
	differing, compared := int64(0), 0
	for i := range model.Rows {
		row := &model.Rows[i]
		row.Field.Value = text.Trim(formValue(c, row.Field.Name))
		if row.Field.Value == "" {
			continue
		}
		n, err := strconv.ParseInt(row.Field.Value, 10, 64)
		if err != nil || n < 0 {
			row.Field.Problem = messages.ComparisonNoNumber()
			problems.List = append(problems.List, kit.Problem{Field: row.Field.Name, Message: row.Field.Problem})
			continue
		}
		compared++
		has := f.inFile(*row)
		row.InFile = messages.ComparisonInFile(has)
		switch {
		case has > n:
			row.Differs = messages.ComparisonMore(has - n)
		case has < n:
			row.Differs = messages.ComparisonFewer(n - has)
		default:
			continue
		}
		differing++
	}
	switch {
	case len(problems.List) > 0:
		problems.Summary = messages.RefusalInvalidInput()
	case compared == 0:
		problems.Summary = messages.ComparisonNothing()
		problems.List = []kit.Problem{{Field: model.Rows[0].Field.Name, Message: messages.ComparisonNothing()}}
	case differing > 0:
		model.Outcome = messages.ComparisonDiffer(differing)
	default:
		model.Outcome, model.Agree = messages.ComparisonAgree(int64(compared)), true
	}
	return problems
}

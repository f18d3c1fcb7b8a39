package pages

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/gin-gonic/gin"

	"urna/elections"
	"urna/elections/participants"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/web/principal"
	"urna/web/respond"
	"urna/web/upload"
	"urna/web/view"
)

// maxListBytes limits a list of constituencies: some hundred thousand candidacies.
const maxListBytes = 8 << 20

// AdminElectionImportForm asks for a list of constituencies and candidacies.
func (p *Pages) AdminElectionImportForm(c *gin.Context) {
	election, err := p.scheduledElection(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	p.importForm(c, http.StatusOK, election, view.ElectionImportPage{})
}

// AdminElectionImport reads a pasted or uploaded list and shows the election that would follow from it, or
// the lines with mistakes. A list that is confirmed is stored.
func (p *Pages) AdminElectionImport(c *gin.Context) {
	election, err := p.scheduledElection(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	form, text, err := readImport(c)
	var model view.ElectionImportPage
	if err == nil {
		model.List.Value = string(text)
		err = p.importList(c, election, form, text, &model)
	}
	if err == nil {
		if model.Parts == nil {
			respond.SeeOther(c, "/admin/elections/"+decimal(election.ID))
			return
		}
		p.importForm(c, http.StatusOK, election, model)
		return
	}
	problems, status, ok := formProblems(err)
	if !ok {
		respond.Error(c, err)
		return
	}
	model.Problems, model.Parts = problems, nil
	p.importForm(c, status, election, model)
}

// atPlacesOf names for each problem of a definition the constituency, and the number of the candidacy in it, as the list
// has them: the page has no other field for them.
func atPlacesOf(list []elections.ListedConstituency, err error) error {
	refusal, ok := errors.AsType[*problem.Error](err)
	if !ok || refusal.Kind != problem.Invalid {
		return err
	}
	placed := *refusal
	placed.Fields = slices.Clone(refusal.Fields)
	for k, field := range placed.Fields {
		found := inConstituency.FindStringSubmatch(field.Name)
		i := constituencyAt(field.Name)
		if i < 0 || i >= len(list) {
			continue
		}
		where := messages.Verbatim(list[i].Name)
		if j, err := strconv.Atoi(found[2]); err == nil {
			where = messages.ComponentsAtNumber(where, int64(j+1))
		}
		placed.Fields[k] = problem.Field{Name: "list", Message: messages.ComponentsProblemAt(where, field.Message)}
	}
	return &placed
}

// importList stores a confirmed list. It fills the model with the preview of any other.
func (p *Pages) importList(c *gin.Context, e *elections.Election, form url.Values, text []byte, model *view.ElectionImportPage) error {
	ctx := c.Request.Context()
	list, err := elections.ReadList(text)
	if err != nil {
		return err
	}
	if form.Get("action") == save {
		_, err := p.Elections.ReplaceConstituencies(ctx, principal.Actor(c), e.ID, form.Get("version"), list)
		return atPlacesOf(list, err)
	}
	registered, err := p.allParticipants(ctx)
	if err != nil {
		return err
	}
	fresh, err := elections.Match(list, e.Kind.Participants(), registered)
	if err != nil {
		return err
	}
	seats, candidacies := 0, 0
	for _, constituency := range list {
		seats += constituency.Seats
		candidacies += len(constituency.Candidacies)
		model.Parts = append(model.Parts, listedPart(e, constituency))
	}
	model.Sum = messages.ElectionImportSum(messages.ElectionImportConstituencies(int64(len(list))),
		messages.UnitSeats(int64(seats)), messages.ElectionImportCandidacies(int64(candidacies)))
	model.Fresh = freshRows(fresh, registered)
	return nil
}

// freshRows shows the participants that a list registers, and who of the registered and of the list looks the same.
func freshRows(fresh []participants.Draft, registered []participants.Participant) []view.FreshRow {
	alike := participants.NewLookalikes(registered)
	rows := make([]view.FreshRow, 0, len(fresh))
	for i, draft := range fresh {
		row := view.FreshRow{Name: draft.Name}
		for _, other := range alike.Of(draft.Kind, draft.Name, 0) {
			name := messages.ElectionImportInQuotes(other.Name)
			if other.ID > 0 {
				name = messages.ElectionImportInQuotesWithId(other.Name, decimal(other.ID))
			}
			row.Alike = messages.Join(messages.UnitList, row.Alike, name)
		}
		rows = append(rows, row)
		alike.Add(participants.Participant{ID: -1 - int64(i), Name: draft.Name, Kind: draft.Kind}) // not registered yet
	}
	return rows
}

func listedPart(e *elections.Election, c elections.ListedConstituency) view.StandingPart {
	part := view.StandingPart{Name: messages.Verbatim(c.Name), What: constituencyInWords(e, elections.Constituency{
		Seats: c.Seats, RegisteredVoters: c.RegisteredVoters, DeclaredVotesCast: c.DeclaredVotesCast,
	})}
	for i, k := range c.Candidacies {
		part.Rows = append(part.Rows, view.StandingRow{
			PollNumber: strconv.Itoa(i + 1), Name: c.Participants[i].Name,
			Remark: candidacyRemark(elections.Candidacy{
				Weight: k.Weight, Exempt: k.Exempt, MaxSeats: k.MaxSeats, ThresholdPercent: k.ThresholdPercent,
			}),
		})
	}
	return part
}

// readImport reads the posted form and its list: the uploaded file, or the pasted text if no file was chosen or the file
// is empty.
func readImport(c *gin.Context) (form url.Values, list []byte, err error) {
	return readImportUpTo(c, maxListBytes)
}

// readImportUpTo is readImport for a form of so many bytes.
func readImportUpTo(c *gin.Context, most int64) (form url.Values, list []byte, err error) {
	if c.ContentType() != gin.MIMEMultipartPOSTForm {
		return c.Request.PostForm, []byte(c.Request.PostForm.Get("list")), nil
	}
	body := upload.NewBody(c.Writer, c.Request, most)
	form = url.Values{}
	reader := upload.Form{Files: upload.Chosen, MaxValue: maxListBytes}
	reader.Field = func(field upload.Field) error {
		form.Add(field.Name, field.Value)
		return nil
	}
	reader.File = func(_ string, content io.Reader) (err error) {
		list, err = io.ReadAll(content)
		return err
	}
	err = reader.Read(c.GetHeader("Content-Type"), body)
	switch {
	case body.TooLarge():
		return nil, nil, problem.New(problem.TooLarge, "too-large", messages.RefusalTooLargeList(messages.Size(most)))
	case errors.Is(err, upload.ErrSecondFile):
		return nil, nil, problem.New(problem.Malformed, "not-a-form", messages.RefusalNotAFormOneFile())
	case err != nil && !errors.Is(err, upload.ErrNoFile):
		return nil, nil, problem.New(problem.Malformed, "not-a-form", messages.RefusalNotAForm())
	}
	if err := checkValues(form); err != nil {
		return nil, nil, err
	}
	if len(list) == 0 {
		list = []byte(form.Get("list"))
	}
	return form, list, nil
}

// scheduledElection returns the election of the path while its definition may change.
func (p *Pages) scheduledElection(c *gin.Context) (*elections.Election, error) {
	election, err := p.electionOrDraft(c)
	if err == nil && !election.Editable(p.Now()) {
		err = notEditable(election)
	}
	return election, err
}

// exampleList is a short list as the page shows it.
const exampleList = `constituency,seats,registered_voters,participant,exempt
North,7,52000,Green Union,
North,,,Minority List,yes
South,5,41000,Green Union,`

func (p *Pages) importForm(c *gin.Context, status int, e *elections.Election, model view.ElectionImportPage) {
	address := "/admin/elections/" + decimal(e.ID)
	model.Page = p.inElection(c, e, constituenciesEntry, messages.ElectionImportHeading())
	model.Action, model.Back = address+"/list", adminPath(e.ID, string(constituenciesEntry))
	model.List.Name, model.List.Label, model.List.Problem = "list", messages.ElectionImportList(), model.Problems.Of("list")
	model.List.Hint = messages.ElectionImportListHint()
	model.Columns, model.Example, model.Version = elections.ListColumns(), exampleList, e.Version()
	personal(c)
	respond.Page(c, status, view.ElectionImport(model))
}

package pages

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"urna/ballots/protocol"
	"urna/elections"
	"urna/internal/messages"
	"urna/web/respond"
	"urna/web/view"
	"urna/web/view/kit"
)

// mostWarned is how many lines with warnings a preview shows.
const mostWarned = 100

// ProtocolsListForm asks for a list of protocols that were typed elsewhere.
func (p *Pages) ProtocolsListForm(c *gin.Context) {
	e, err := p.election(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	p.protocolsListForm(c, http.StatusOK, e, view.ProtocolsListPage{})
}

// ProtocolsList reads a list and shows what it would enter, or the lines with mistakes. A list that is confirmed is entered
// as the entries of the person who sends it.
func (p *Pages) ProtocolsList(c *gin.Context) {
	e, err := p.election(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	form, source, err := readImport(c)
	var model view.ProtocolsListPage
	confirmed := err == nil && form.Get("action") == save
	if err == nil {
		model.List.Value = string(source)
		err = p.takeList(c, e, source, confirmed, &model)
	}
	switch {
	case err == nil && confirmed:
		respond.SeeOther(c, protocolsPath(e.ID)+"?done=list")
		return
	case err == nil:
		p.protocolsListForm(c, http.StatusOK, e, model)
		return
	}
	problems, status, ok := formProblems(err)
	if !ok {
		respond.Error(c, err)
		return
	}
	model.Problems, model.Preview = problems, nil
	p.protocolsListForm(c, status, e, model)
}

// takeList enters a confirmed list, and fills the model with the preview of any other.
func (p *Pages) takeList(c *gin.Context, e *elections.Election, source []byte, confirmed bool, model *view.ProtocolsListPage) error {
	ctx := c.Request.Context()
	stations, err := p.Elections.Stations(ctx, e.ID)
	if err != nil {
		return err
	}
	lines, err := protocol.ReadList(e, stations, source)
	if err != nil {
		return err
	}
	if confirmed {
		_, _, err := p.Protocols.EnterList(ctx, personOf(c), lines)
		return err
	}
	preview, err := p.Protocols.PreviewList(ctx, personOf(c), lines)
	if err != nil {
		return err
	}
	shown := &view.ProtocolsPreview{Sum: messages.ProtocolsListSum(int64(len(lines)), int64(preview.First), int64(preview.Second))}
	if n := len(preview.Warned); n > 0 {
		shown.Warned = messages.ProtocolsListWithWarnings(int64(n))
	}
	for _, w := range preview.Warned[:min(len(preview.Warned), mostWarned)] {
		for _, f := range w.Warnings {
			shown.Warnings = append(shown.Warnings, view.RefusedLine{
				Where: messages.ProtocolsListLine(int64(w.Line.Line), w.Station.Number), Message: messages.ProtocolsCodeOf(f.Code, f.Message),
			})
		}
	}
	model.Preview = shown
	return nil
}

func (p *Pages) protocolsListForm(c *gin.Context, status int, e *elections.Election, model view.ProtocolsListPage) {
	model.Page = p.page(c, protocolSection(personOf(c)), messages.ProtocolsListHeading())
	p.addMenu(&model.Page, e, protocolsEntry)
	model.Crumbs = []kit.Crumb{{Text: messages.ProtocolsAllProtocols(), Href: protocolsPath(e.ID)}}
	model.Action, model.Back = protocolsPath(e.ID)+"/list", protocolsPath(e.ID)
	model.List = kit.Field{
		Name: "list", Label: messages.ProtocolsList(), Hint: messages.ProtocolsListHint(), Value: model.List.Value, Problem: model.Problems.Of("list"),
	}
	model.Example = exampleProtocols(e)
	personal(c)
	respond.Page(c, status, view.ProtocolsList(model))
}

// exampleProtocols is a list with the columns of an election and one protocol that adds up.
func exampleProtocols(e *elections.Election) string {
	columns, values := []string{"station"}, []string{"12"}
	if len(e.Constituencies) > 1 {
		columns, values = append(columns, "constituency"), append(values, e.Constituencies[0].Name)
	}
	lists := e.Constituencies[0].Candidacies
	valid := int64(10 * len(lists))
	numbers := map[elections.ProtocolFieldName]int64{
		elections.FieldRegistered: valid + 60, elections.FieldSigned: valid + 2, elections.FieldReceived: valid + 60,
		elections.FieldUnused: 58, elections.FieldFoundInBox: valid + 2, elections.FieldInvalid: 2, elections.FieldValid: valid,
	}
	for _, f := range e.ProtocolForm().Fields {
		if n, is := numbers[f.Name]; is || f.Required {
			columns, values = append(columns, string(f.Name)), append(values, decimal(n))
		}
	}
	for _, k := range lists {
		columns, values = append(columns, protocol.VotesNumber(k.PollNumber)), append(values, "10")
	}
	return strings.Join(columns, ",") + "\n" + strings.Join(values, ",")
}

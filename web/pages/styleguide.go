package pages

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"urna/internal/messages"
	"urna/web/respond"
	"urna/web/view"
	"urna/web/view/kit"
)

// Styleguide shows all parts of pages, for people who change the program. Only a server with --dev has it.
func (p *Pages) Styleguide(c *gin.Context) {
	wrong := messages.RefusalNotFound()
	model := view.StyleguidePage{
		Page:  p.page(c, view.SectionElections, messages.Verbatim(styleguideTitle)),
		Form:  kit.Problems{Summary: messages.RefusalInvalidInput(), List: []kit.Problem{{Field: "guide-wrong", Message: wrong, Where: messages.ComponentsCode()}}},
		Input: kit.Field{Name: "guide-input", Label: messages.ResultsName(), Hint: messages.ComponentsNoNameYet(), Value: "Ada"},
		Wrong: kit.Field{Name: "guide-wrong", Label: messages.ComponentsCode(), Value: "12", Problem: wrong},
		Icons: kit.IconNames(),
		Table: kit.Table{
			Caption: messages.ResultsTurnoutByConstituency(), Sorted: true,
			Columns: []kit.Column{{Head: messages.ResultsConstituency()}, {Head: messages.ResultsCast(), Label: messages.ResultsCastLabel(), Number: true}, {Head: messages.ResultsTurnout(), Label: messages.ResultsTurnoutLabel(), Number: true}},
		},
	}
	for i, name := range []string{"Čačak", "Ćuprija", "Ada", "Žabalj"} {
		votes := int64(10_000*(i+1)) % 7_777
		model.Table.Rows = append(model.Table.Rows, kit.Row{Cells: []kit.Cell{
			kit.TextCell(name), {Content: messages.Integer(votes), Value: decimal(votes)}, {Content: messages.Percentage(decimal(int64(41+i*13) % 60))},
		}})
	}
	model.Page.Scripts = []string{kit.SortScript}
	respond.Page(c, http.StatusOK, view.Styleguide(model))
}

const styleguideTitle = "Styleguide"

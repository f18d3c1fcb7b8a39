package pages

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"urna/ballots/protocol"
	"urna/internal/audit"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/web/respond"
	"urna/web/view"
	"urna/web/view/kit"
)

// typedChoice is what was chosen for a number that differs.
type typedChoice struct{ choice, third string }

// The names of the inputs of a settlement begin so; the name of the number follows.
const (
	choiceField = "choice."
	thirdField  = "value."
)

// StationProtocolSettle records what the paper says where two entries differ.
func (p *Pages) StationProtocolSettle(c *gin.Context) {
	at, err := p.protocolPlace(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	ctx := c.Request.Context()
	stored, err := p.Protocols.Protocol(ctx, at.by, at.station.ID)
	if err != nil {
		respond.Error(c, err)
		return
	}
	chosen := chosenValues(c.Request.PostForm, stored.Differences)
	decisions, err := decisionsOf(stored, chosen)
	if err == nil && len(decisions) == 0 && stored.State == protocol.Different {
		nothing := kit.Problems{Summary: messages.ProtocolsNothingChosen()}
		p.showProtocol(c, http.StatusUnprocessableEntity, at, protocolTyped{problems: nothing})
		return
	}
	state := stored.State
	if err == nil {
		state, err = p.Protocols.Settle(ctx, at.by, at.station.ID, decisions, formValue(c, "late_reason"))
	}
	if err == nil {
		protocolShown(c, at, "settled-"+string(state))
		return
	}
	p.refuseProtocolForm(c, at, err, protocolTyped{settle: chosen})
}

// refuseProtocolForm shows the page with why one of its other forms was refused.
func (p *Pages) refuseProtocolForm(c *gin.Context, at protocolPlace, err error, typed protocolTyped) {
	if found := protocol.FindingsOf(err); found != nil {
		typed.problems = at.problemsOf(found)
		p.showProtocol(c, http.StatusUnprocessableEntity, at, typed)
		return
	}
	problems, status, ok := formProblems(err, problem.Forbidden)
	if !ok {
		respond.Error(c, err)
		return
	}
	typed.problems = problems
	p.showProtocol(c, status, at, typed)
}

func chosenValues(form url.Values, names []string) map[string]typedChoice {
	chosen := map[string]typedChoice{}
	for _, name := range names {
		if choice := form.Get(choiceField + name); choice != "" {
			chosen[name] = typedChoice{choice, strings.TrimSpace(form.Get(thirdField + name))}
		}
	}
	return chosen
}

// decisionsOf returns what was chosen, with the values of the entries.
func decisionsOf(stored protocol.Protocol, chosen map[string]typedChoice) (decisions []protocol.Decision, err error) {
	if len(stored.Entries) < 2 || stored.Entries[0].Values == nil {
		return nil, protocol.ErrNotShown
	}
	for _, name := range stored.Differences {
		said, is := chosen[name]
		if !is {
			continue
		}
		d := protocol.Decision{Name: name, Typed: said.third}
		switch said.choice {
		case string(protocol.First):
			d.Typed = valueOf(stored.Entries[0].Values, name)
		case string(protocol.Second):
			d.Typed = valueOf(stored.Entries[1].Values, name)
		}
		decisions = append(decisions, d)
	}
	return decisions, nil
}

// valueOf returns a number as it is typed, "" if the entry has none.
func valueOf(v protocol.Values, name string) string {
	n, has := v[name]
	if !has {
		return ""
	}
	return decimal(n)
}

// StationProtocolExplain records an explanation of a warning.
func (p *Pages) StationProtocolExplain(c *gin.Context) {
	at, err := p.protocolPlace(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	code, said := formValue(c, "code"), formValue(c, "explanation")
	if err := p.Protocols.Explain(c.Request.Context(), at.by, at.station.ID, code, said); err != nil {
		p.refuseProtocolForm(c, at, err, protocolTyped{explain: map[string]string{code: said}})
		return
	}
	protocolShown(c, at, "explained")
}

// addDifferences adds the numbers that differ: their names, and the form to settle them to those who may.
func (at protocolPlace) addDifferences(model *view.ProtocolPage, stored protocol.Protocol, typed protocolTyped, shown bool) {
	for _, name := range stored.Differences {
		model.Differences = append(model.Differences, at.label(name))
	}
	model.Withheld = !shown
	if stored.State != protocol.Different || !at.settles || len(stored.Entries) < 2 || stored.Entries[0].Values == nil || stored.Entries[1].Values == nil || !shown {
		return
	}
	settle := &view.ProtocolSettle{Action: at.path() + "/settlement"}
	for _, name := range stored.Differences {
		settle.Numbers = append(settle.Numbers, at.choiceOf(stored, typed, name, model.Problems))
	}
	if p := model.Problems.Of("late_reason"); !p.IsZero() || model.Entry != nil {
		settle.Late = nil // its reason is optional; a problem is in the list above
	}
	model.Settle = settle
}

func (at protocolPlace) path() string { return "/stations/" + decimal(at.station.ID) + "/protocol" }

func (at protocolPlace) choiceOf(stored protocol.Protocol, typed protocolTyped, name string, problems kit.Problems) view.ProtocolChoice {
	value := func(i int) messages.Message {
		n, has := stored.Entries[i].Values[name]
		said := messages.ProtocolsNoValue()
		if has {
			said = messages.Integer(n)
		}
		if i == 0 {
			return messages.ProtocolsValueFirst(said, audit.WithoutAddress(stored.Entries[i].Typist))
		}
		return messages.ProtocolsValueSecond(said, audit.WithoutAddress(stored.Entries[i].Typist))
	}
	choice := view.ProtocolChoice{
		Name: name, Label: at.label(name), First: value(0), Second: value(1),
		Third: kit.Field{Name: thirdField + name, Problem: problems.Of(name)},
	}
	for _, s := range stored.Settlements {
		if s.Name != name {
			continue
		}
		choice.Chosen = string(s.Choice)
		if s.Choice == protocol.Third && s.Value != nil {
			choice.Third.Value = decimal(*s.Value)
		}
		choice.Settled = messages.ProtocolsSettledBy(audit.WithoutAddress(s.Settler))
	}
	if said, is := typed.settle[name]; is {
		choice.Chosen, choice.Third.Value = said.choice, said.third
	}
	return choice
}

// addValues adds what the protocol says to those who may see it; else the reader's own entry.
func (at protocolPlace) addValues(model *view.ProtocolPage, stored protocol.Protocol, typed protocolTyped) {
	values := stored.Values
	if values == nil {
		for _, e := range stored.Entries {
			if e.TypistID == at.by.ID && e.Values != nil {
				values, model.ValuesOwn = e.Values, true
			}
		}
	}
	if values == nil {
		return
	}
	for _, name := range at.names() {
		n, has := values[name]
		shown := view.ProtocolValue{Label: at.label(name), Value: messages.ProtocolsNoValue()}
		if has {
			shown.Value = messages.Integer(n)
		}
		shown.Settled = !model.ValuesOwn && slices.ContainsFunc(stored.Settlements, func(s protocol.Settlement) bool { return s.Name == name })
		model.Values = append(model.Values, shown)
	}
	if stored.Values != nil {
		at.addWarnings(model, stored, typed)
	}
}

// addWarnings adds the warnings with their explanations, and the forms for more to those who may explain.
func (at protocolPlace) addWarnings(model *view.ProtocolPage, stored protocol.Protocol, typed protocolTyped) {
	if at.settles {
		model.ExplainAt = at.path() + "/explanations"
	}
	for _, w := range stored.Warnings {
		warning := view.ProtocolWarning{Code: w.Code, Message: w.Message}
		for _, e := range stored.Explanations {
			if e.Code == w.Code {
				warning.Explained = append(warning.Explained, messages.ProtocolsExplainedBy(e.Text, audit.WithoutAddress(e.Author)))
			}
		}
		warning.Input = kit.Field{
			Name: "explanation", ID: "explain-" + w.Code, Label: messages.ProtocolsExplanation(), Value: typed.explain[w.Code], Complete: "off",
		}
		if _, sent := typed.explain[w.Code]; sent {
			warning.Input.Problem = model.Problems.Of("explanation")
		}
		model.Warnings = append(model.Warnings, warning)
	}
}

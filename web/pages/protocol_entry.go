package pages

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"urna/ballots/protocol"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/web/respond"
	"urna/web/view"
	"urna/web/view/kit"
)

// explanationField is the name of the input for the explanation of a check's warnings. No form has a field with a capital.
func explanationField(code string) string { return explanationFields + strings.ToLower(code) }

// explanationFields begins these names.
const explanationFields = "explanation."

// typedEntry is what was sent with the form of an entry, and what the checks found in it.
type typedEntry struct {
	found  protocol.Checked
	good   bool // nothing was found
	warned bool // the page asks to look at the warnings
	late   string
}

// StationProtocolEnter does what a button of the form of an entry asks for: save, check, enter or discard. All but discard
// save what was typed first, so that nothing is lost whatever the answer is.
func (p *Pages) StationProtocolEnter(c *gin.Context) {
	at, err := p.protocolPlace(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	ctx := c.Request.Context()
	form := c.Request.PostForm
	if form.Get("action") == "discard" {
		if err := p.Protocols.DiscardDraft(ctx, at.by, at.station.ID); err != nil {
			respond.Error(c, err)
			return
		}
		protocolShown(c, at, "")
		return
	}
	if _, err := p.Protocols.SaveDraft(ctx, at.by, at.draft(form)); err != nil {
		p.refuseEntry(c, at, err, typedEntry{late: form.Get("late_reason")})
		return
	}
	if form.Get("action") == save {
		protocolShown(c, at, "")
		return
	}
	p.checkEntry(c, at, form)
}

// checkEntry shows what the checks find in a draft. One without errors whose warnings were seen is entered if that is what
// the button says.
func (p *Pages) checkEntry(c *gin.Context, at protocolPlace, form url.Values) {
	ctx := c.Request.Context()
	draft, err := p.Protocols.Draft(ctx, at.by, at.station.ID)
	if err != nil {
		respond.Error(c, err)
		return
	}
	entry := protocol.Entry{
		StationID: at.station.ID, Numbers: draft.Numbers, Explanations: draft.Explanations, LateReason: form.Get("late_reason"),
	}
	typed := typedEntry{late: entry.LateReason}
	if typed.found, err = p.Protocols.Check(ctx, at.by, entry); err != nil {
		p.refuseEntry(c, at, err, typed)
		return
	}
	seen := strings.Fields(form.Get("seen"))
	unseen := slices.ContainsFunc(typed.found.Warnings, func(w protocol.Finding) bool {
		return !slices.Contains(seen, w.Code) && strings.TrimSpace(draft.Explanations[w.Code]) == ""
	})
	typed.good = len(typed.found.Errors)+len(typed.found.Warnings) == 0
	switch {
	case len(typed.found.Errors) > 0:
		p.showProtocol(c, http.StatusUnprocessableEntity, at, protocolTyped{entry: &typed, problems: at.problemsOf(typed.found.Errors)})
	case form.Get("action") != "enter" || unseen:
		typed.warned = true
		p.showProtocol(c, http.StatusOK, at, protocolTyped{entry: &typed, problems: seeWarnings(typed.found.Warnings)})
	default:
		answer, err := p.Protocols.Enter(ctx, at.by, entry)
		if err != nil {
			p.refuseEntry(c, at, err, typed)
			return
		}
		what := "1"
		if answer.Number > 1 {
			what = "2-" + string(answer.State)
		}
		protocolShown(c, at, what)
	}
}

// seeWarnings asks to look at warnings; no problems for none.
func seeWarnings(warnings []protocol.Finding) (problems kit.Problems) {
	for _, code := range codesOf(warnings) {
		i := slices.IndexFunc(warnings, func(w protocol.Finding) bool { return w.Code == code })
		problems.Summary = messages.ProtocolsSeenWarnings()
		problems.List = append(problems.List, kit.Problem{Field: explanationField(code), Message: messages.ProtocolsCodeOf(code, warnings[i].Message)})
	}
	return problems
}

// codesOf returns the codes of findings, each once.
func codesOf(found []protocol.Finding) (codes []string) {
	for _, f := range found {
		if !slices.Contains(codes, f.Code) {
			codes = append(codes, f.Code)
		}
	}
	return codes
}

// problemsOf lists errors above the form, and beside their fields.
func (at protocolPlace) problemsOf(found []protocol.Finding) kit.Problems {
	problems := kit.Problems{Summary: messages.ProtocolsHasErrors()}
	for _, f := range found {
		problems.List = append(problems.List, kit.Problem{
			Field: f.Number, Message: messages.ProtocolsCodeOf(f.Code, messages.ProtocolsWithRemedy(f.Message, protocol.RemedyOf(f.Code))),
		})
	}
	return problems
}

// refuseEntry shows the page with why an entry or a draft was refused.
func (p *Pages) refuseEntry(c *gin.Context, at protocolPlace, err error, typed typedEntry) {
	if found := protocol.FindingsOf(err); found != nil {
		typed.found.Errors = found
		p.showProtocol(c, http.StatusUnprocessableEntity, at, protocolTyped{entry: &typed, problems: at.problemsOf(found)})
		return
	}
	problems, status, ok := formProblems(err, problem.Forbidden)
	if !ok {
		respond.Error(c, err)
		return
	}
	for i := range problems.List {
		field := strings.TrimPrefix(problems.List[i].Field, "numbers.")
		if code, is := strings.CutPrefix(field, "explanations."); is {
			field = explanationField(code)
		}
		problems.List[i].Field = field
	}
	p.showProtocol(c, status, at, protocolTyped{entry: &typed, problems: problems})
}

// draft reads what was typed: all numbers of the paper that the form has, and the explanations.
func (at protocolPlace) draft(form url.Values) protocol.Draft {
	d := protocol.Draft{StationID: at.station.ID, Numbers: map[string]string{}, Explanations: map[string]string{}}
	for _, name := range at.names() {
		if form.Has(name) {
			d.Numbers[name] = strings.TrimSpace(form.Get(name))
		}
	}
	for name := range form {
		if code, is := strings.CutPrefix(name, explanationFields); is {
			d.Explanations[strings.ToUpper(code)] = strings.TrimSpace(form.Get(name))
		}
	}
	return d
}

// savedDraft is what the script of the form is told.
type savedDraft struct {
	Saved string `json:"saved"` // the time, as the page shows it
}

// StationProtocolDraft saves fields as they are typed, for the script of the form.
func (p *Pages) StationProtocolDraft(c *gin.Context) {
	at, err := p.protocolPlace(c)
	var saved protocol.Draft
	if err == nil {
		saved, err = p.Protocols.SaveDraft(c.Request.Context(), at.by, at.draft(c.Request.PostForm))
	}
	if err != nil {
		respond.Error(c, err)
		return
	}
	personal(c)
	respond.JSON(c, http.StatusOK, savedDraft{Saved: saved.SavedAt.In(at.election.Location()).Format("15:04:05")})
}

// addEntry adds the form of an entry, or why there is none.
func (p *Pages) addEntry(ctx context.Context, model *view.ProtocolPage, at protocolPlace, typed protocolTyped) error {
	err := p.Protocols.MayEnter(ctx, at.by, at.station.ID)
	if closed, is := closedTo(err); is {
		said := errors.Is(err, protocol.ErrSamePerson) && !typed.done.IsZero()
		if !said && !errors.Is(err, protocol.ErrEntered) { // the notice, or the state, says it
			model.Closed = closed
		}
		return nil
	}
	if err != nil {
		return err
	}
	draft, err := p.Protocols.Draft(ctx, at.by, at.station.ID)
	if err != nil {
		return err
	}
	address := "/stations/" + decimal(at.station.ID) + "/protocol"
	entry := &view.ProtocolEntry{
		Action: address, DraftAt: address + "/draft", Key: model.Key, Saved: messages.ProtocolsNothingTyped(),
	}
	if !draft.SavedAt.IsZero() {
		entry.Saved = messages.ProtocolsSavedAt(draft.SavedAt.In(at.election.Location()).Format("15:04:05"))
	}
	var sent typedEntry
	if typed.entry != nil {
		sent = *typed.entry
	}
	if sent.good {
		entry.Good = messages.ProtocolsNoErrors()
	}
	entry.Seen = strings.Join(codesOf(sent.found.Warnings), " ")
	at.addNumbers(entry, draft, sent, model.Problems)
	cause, err := p.Protocols.Lateness(ctx, at.election.ID)
	if cause != "" {
		entry.Late = &kit.Field{
			Name: "late_reason", Label: messages.ProtocolsLateReason(), Value: sent.late, Optional: true, Complete: "off",
			Problem: model.Problems.Of("late_reason"),
		}
	}
	model.Entry = entry
	return err
}

// addNumbers adds the inputs of the fields and of the lists.
func (at protocolPlace) addNumbers(entry *view.ProtocolEntry, draft protocol.Draft, sent typedEntry, problems kit.Problems) {
	shown := map[string]bool{}
	number := func(name string, label messages.Message) view.ProtocolNumber {
		n := view.ProtocolNumber{Field: kit.Field{Name: name, Label: label, Value: draft.Numbers[name], Problem: problems.Of(name), TestID: name}}
		for _, w := range sent.found.Warnings {
			if w.Number != name {
				continue
			}
			warning := view.ProtocolWarning{Code: w.Code, Message: w.Message, Remedy: protocol.RemedyOf(w.Code)}
			if !shown[w.Code] { // one explanation for each check
				shown[w.Code] = true
				field := explanationField(w.Code)
				warning.Input = kit.Field{
					Name: field, Label: messages.ProtocolsExplanation(), Hint: messages.ProtocolsExplanationHint(), Optional: true, Complete: "off",
					Value: draft.Explanations[w.Code], TestID: field,
				}
				if !sent.warned { // else the problem is the warning itself, which is beside the input
					warning.Input.Problem = problems.Of(field)
				}
			}
			n.Warnings = append(n.Warnings, warning)
		}
		return n
	}
	for _, f := range at.form.Fields {
		n := number(protocol.FieldNumber(f.Name), at.form.LabelOf(f.Name))
		n.Optional = !f.Required
		switch f.Name {
		case "invalid", "blank":
			n.Sum = "other"
		case "found_in_box":
			entry.InBox = n.Name
		default:
		}
		entry.Fields = append(entry.Fields, n)
	}
	for _, k := range at.place.Candidacies {
		n := number(protocol.VotesNumber(k.PollNumber), messages.Verbatim(k.Name))
		n.Number, n.Color, n.Sum = decimal(int64(k.PollNumber)), k.Color, "votes"
		entry.Lists = append(entry.Lists, n)
	}
}

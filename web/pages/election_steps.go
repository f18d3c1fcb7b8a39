package pages

import (
	"slices"
	"strings"

	"urna/elections"
	"urna/elections/participants"
	"urna/internal/messages"
	"urna/internal/text"
	"urna/results/apportion"
	"urna/web/view"
	"urna/web/view/kit"
)

// A step is a part of the definition of an election, on a page of its own. Each page sends the whole definition: what it does not
// ask for is sent unseen, as it is stored.
type step string

// The steps.
const (
	basicsStep         step = "name"
	rulesStep          step = "rules"
	constituenciesStep step = "constituencies"
	candidaciesStep    step = "candidacies"
	datesStep          step = "dates"
)

// formSteps are all steps in their order.
func formSteps() []step {
	return []step{basicsStep, rulesStep, constituenciesStep, candidaciesStep, datesStep}
}

// readStep returns the step of the name, the first one for any other name.
func readStep(name string) step {
	if at := step(name); slices.Contains(formSteps(), at) {
		return at
	}
	return basicsStep
}

// next is the step after one, "" after the last.
func (s step) next() step {
	all := formSteps()
	if i := slices.Index(all, s); i+1 < len(all) {
		return all[i+1]
	}
	return ""
}

// stepName names a step for the person who takes it.
func stepName(s step, kind elections.Kind) messages.Message {
	switch s {
	case rulesStep:
		return messages.ElectionMenuRules()
	case constituenciesStep:
		return messages.ElectionMenuConstituencies()
	case candidaciesStep:
		if kind == elections.Presidential {
			return messages.ElectionMenuCandidates()
		}
		return messages.ElectionMenuLists()
	case datesStep:
		return messages.ElectionStepsDates()
	case basicsStep:
	}
	return messages.ElectionStepsName()
}

// editPath is the address of a step of an election's form; "" if the definition cannot change any more.
func (p *Pages) editPath(e *elections.Election, at step) string {
	if !e.Editable(p.Now()) {
		return ""
	}
	return adminPath(e.ID, "edit/"+string(at))
}

// viewSteps shows the steps, and what the page's own one asks for.
func (f *electionForm) viewSteps(model *view.ElectionFormPage) {
	now := slices.Index(formSteps(), f.Step)
	for i, s := range formSteps() {
		shown := kit.Step{Name: stepName(s, elections.Kind(f.Kind))}
		switch {
		case i < now:
			shown.State = kit.StepDone
		case i == now:
			shown.State = kit.StepNow
		}
		if f.stored != nil && i != now {
			shown.Href = adminPath(f.stored.ID, "edit/"+string(s))
		}
		model.Steps = append(model.Steps, shown)
	}
	model.Step, model.StepName = string(f.Step), stepName(f.Step, elections.Kind(f.Kind))
	model.Last = f.Step == datesStep
	model.Wrong = map[string]bool{}
	for _, problem := range model.Problems.List {
		model.Wrong[string(stepOf(problem.Field))] = true
	}
	if f.stored != nil && now > 0 {
		model.Previous = adminPath(f.stored.ID, "edit/"+string(formSteps()[now-1]))
	}
	model.Preset = kit.Field{Name: "preset", Label: messages.ElectionStepsPreset(), Hint: messages.ElectionStepsPresetHint(), Value: f.Preset}
	for _, p := range presets() {
		if p.kind == elections.Kind(f.Kind) {
			model.Presets = append(model.Presets, kit.Option{Value: p.name, Text: p.text})
		}
	}
	model.Standing = kit.Field{
		Name: "standing", Label: messages.ElectionStepsStanding(), Hint: messages.ElectionStepsStandingHint(), Value: f.Standing,
		Problem: model.Problems.Of("standing"), Optional: true,
	}
}

// preset is a set of usual rules.
type preset struct {
	name, method, threshold, base string
	kind                          elections.Kind
	majority                      elections.Majority
	text                          messages.Message
}

func presets() []preset {
	const valid, none = "valid-party-votes", "none"
	return []preset{
		{"parliament", string(apportion.DHondt), "5", valid, elections.Parliamentary, elections.Absolute, messages.ElectionStepsPresetParliament()},
		{"council", "sainte-lague", "0", none, elections.Parliamentary, elections.Absolute, messages.ElectionStepsPresetCouncil()},
		{"board", "hare", "0", none, elections.Parliamentary, elections.Absolute, messages.ElectionStepsPresetBoard()},
		{"president", string(apportion.DHondt), "0", none, elections.Presidential, elections.Absolute, messages.ElectionStepsPresetPresident()},
		{"chair", string(apportion.DHondt), "0", none, elections.Presidential, elections.Plurality, messages.ElectionStepsPresetChair()},
	}
}

// applyPreset fills in the rules of the chosen preset; the rest of the form stays.
func (f *electionForm) applyPreset() {
	for _, p := range presets() {
		if p.name == f.Preset && p.kind == elections.Kind(f.Kind) {
			f.Method, f.ThresholdPercent, f.ThresholdBase, f.ThresholdComparison = p.method, p.threshold, p.base, ">="
			f.ThresholdScope = string(elections.EachConstituency)
			f.Majority, f.MajorityBase, f.TieBreak = string(p.majority), string(elections.MajorityOfValid), string(elections.ByLot)
		}
	}
}

// addStanding adds the participants of the list, one a line, to every constituency, after those that are candidates already. A
// name that no participant of the kind has refuses the list.
func (f *electionForm) addStanding(registered []participants.Participant) kit.Problems {
	var added []participants.Participant
	var problems []kit.Problem
	fitting, number := f.fits(registered), 0
	for line := range strings.Lines(f.Standing) {
		number++
		name := strings.TrimSpace(line)
		if name == "" {
			continue
		}
		at := slices.IndexFunc(fitting, func(p participants.Participant) bool { return text.Key(p.Name) == text.Key(name) })
		if at < 0 {
			problems = append(problems, kit.Problem{Field: "standing", Message: messages.ElectionStepsUnknownName(int64(number), name)})
			continue
		}
		if !slices.ContainsFunc(added, func(p participants.Participant) bool { return p.ID == fitting[at].ID }) {
			added = append(added, fitting[at])
		}
	}
	if len(problems) > 0 {
		return kit.Problems{Summary: messages.ElectionFormListRefused(), List: problems}
	}
	for i := range f.Constituencies {
		c := &f.Constituencies[i]
		c.add(c.missing(added)...)
	}
	f.Standing = ""
	return kit.Problems{}
}

// draftTasks are the steps of a draft, each with what it still lacks.
func (p *Pages) draftTasks(e *elections.Election) []kit.Task {
	lacking := 0
	for i := range e.Constituencies {
		if len(e.Constituencies[i].Candidacies) == 0 {
			lacking++
		}
	}
	tasks := make([]kit.Task, 0, len(formSteps()))
	for _, s := range formSteps() {
		task := kit.Task{Name: stepName(s, e.Kind), Href: p.editPath(e, s), TestID: "step-" + string(s)}
		if s == candidaciesStep && lacking > 0 {
			task.State = kit.Mark{Class: "counting", Text: messages.ElectionStepsToDo()}
		}
		tasks = append(tasks, task)
	}
	return tasks
}

// entryOf is the entry of the menu to which a step belongs.
func entryOf(s step) menuEntry {
	switch s {
	case rulesStep:
		return rulesEntry
	case constituenciesStep:
		return constituenciesEntry
	case candidaciesStep:
		return candidaciesEntry
	case basicsStep, datesStep:
	}
	return overviewEntry
}

// stepOf is the step that asks for a field.
func stepOf(field string) step {
	switch {
	case strings.HasPrefix(field, "constituencies[") && strings.Contains(field, "].participants"), field == "standing":
		return candidaciesStep
	case strings.HasPrefix(field, "constituencies"), field == "paste":
		return constituenciesStep
	case strings.HasPrefix(field, "protocol_"), strings.HasPrefix(field, "threshold_"), strings.HasPrefix(field, "majority"), field == "method", field == "tie_break":
		return rulesStep
	case field == "title", field == "names", field == "kind", field == "rehearsal":
		return basicsStep
	default:
		return datesStep
	}
}

package protocol

import (
	"context"
	"errors"

	"urna/internal/messages"
	"urna/internal/problem"
)

// Preview is what a list of protocols would enter.
type Preview struct {
	First, Second int // entries
	// Warned are the lines with warnings that have no explanation.
	Warned []Warned
}

// Warned is a line of a list with warnings.
type Warned struct {
	Line
	Warnings []Finding
}

// PreviewList returns what EnterList would do. Nothing is stored. The error is ErrListUnreadable with what EnterList would
// refuse, by line.
func (s *Service) PreviewList(ctx context.Context, by Person, lines []Line) (p Preview, err error) {
	wrong := map[int][]messages.Message{}
	first, second, err := s.CheckAll(ctx, by, entriesOfLines(lines), func(i int, found Checked, refusal error) {
		if refusal != nil {
			wrong[i] = sentences(refusal)
		}
		for _, f := range found.Errors {
			wrong[i] = append(wrong[i], f.Message)
		}
		p.warn(&lines[i], found.Warnings)
	})
	p.First, p.Second = first, second
	if err != nil {
		return p, err
	}
	return p, problemsAt(lines, wrong)
}

// warn adds the warnings of a line that have no explanation.
func (p *Preview) warn(line *Line, found []Finding) {
	warned := Warned{Line: *line}
	for _, w := range found {
		if line.Entry.Explanations[w.Code] == "" {
			warned.Warnings = append(warned.Warnings, w)
		}
	}
	if len(warned.Warnings) > 0 {
		p.Warned = append(p.Warned, warned)
	}
}

// EnterList enters all protocols of a list as the person's entries, or none: the first or the second entry of each. It
// also returns what the preview of the list would have been. The error is ErrListUnreadable with the mistakes, by line.
func (s *Service) EnterList(ctx context.Context, by Person, lines []Line) (answers []Entered, p Preview, err error) {
	wrong := map[int][]messages.Message{}
	answers, err = s.EnterAll(ctx, by, entriesOfLines(lines), func(i int, refusal error) { wrong[i] = sentences(refusal) })
	if len(wrong) > 0 {
		err = problemsAt(lines, wrong)
	}
	for i := range answers {
		if answers[i].Number == 1 {
			p.First++
		} else {
			p.Second++
		}
		p.warn(&lines[i], answers[i].Warnings)
	}
	return answers, p, err
}

func entriesOfLines(lines []Line) []Entry {
	entries := make([]Entry, len(lines))
	for i := range lines {
		entries[i] = lines[i].Entry
	}
	return entries
}

// sentences returns what a refusal says, field by field.
func sentences(refusal error) (said []messages.Message) {
	f, ok := errors.AsType[*problem.Error](refusal)
	if !ok {
		return []messages.Message{messages.RefusalInvalidInput()}
	}
	for _, field := range f.Fields {
		said = append(said, field.Message)
	}
	if len(said) == 0 {
		said = append(said, f.Message)
	}
	return said
}

package view

import "urna/web/view/kit"

type (
	// Crumb is a step of the way to a page.
	Crumb = kit.Crumb
	// Field is one input of a form.
	Field = kit.Field
	// Figure is a number with its name.
	Figure = kit.Figure
	// Mark is a state or a warning.
	Mark = kit.Mark
	// Option is one choice of a list.
	Option = kit.Option
	// Problem is something wrong with a form.
	Problem = kit.Problem
	// Problems are all that is wrong with a form.
	Problems = kit.Problems
)

// OffsetSuffix ends the name of the input that tells which of two instants is meant.
const OffsetSuffix = kit.OffsetSuffix

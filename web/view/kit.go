package view

import "urna/web/view/kit"

// The parts that forms and pages are made of, under the names that handlers use.
type (
	Crumb    = kit.Crumb
	Field    = kit.Field
	Figure   = kit.Figure
	Mark     = kit.Mark
	Option   = kit.Option
	Problem  = kit.Problem
	Problems = kit.Problems
)

// OffsetSuffix ends the name of the input that tells which of two instants is meant.
const OffsetSuffix = kit.OffsetSuffix

package view

import "urna/web/view/kit"

// ColorOr returns the colour where it is a whole "#rrggbb", else the other.
func ColorOr(color, other string) string {
	if kit.IsColor(color) {
		return color
	}
	return other
}

// patterned reports whether any row is drawn with a pattern.
func (l Live) patterned() bool {
	if l.Overall != nil && l.Overall.patterned() || l.Rest != nil && l.Rest.patterned() {
		return true
	}
	for _, part := range l.Parts {
		if part.Table.patterned() {
			return true
		}
	}
	return patternedParts(l.Standing)
}

func (t ResultTable) patterned() bool {
	for _, row := range t.Rows {
		if kit.IsPattern(row.Color) {
			return true
		}
	}
	return false
}

func patternedParts(parts []StandingPart) bool {
	for _, part := range parts {
		for _, row := range part.Rows {
			if kit.IsPattern(row.Color) {
				return true
			}
		}
	}
	return false
}

// patterned reports whether any candidacy of the form is drawn with a pattern.
func (p ElectionFormPage) patterned() bool {
	for _, constituency := range p.Constituencies {
		for _, candidacy := range constituency.Candidacies {
			if kit.IsPattern(candidacy.Color) {
				return true
			}
		}
	}
	return false
}

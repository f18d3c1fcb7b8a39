package pages

import "urna/elections"

// editPath is the address of an election's form; "" if the definition cannot change any more.
func (p *Pages) editPath(e *elections.Election) string {
	if !e.Editable(p.Now()) {
		return ""
	}
	return adminPath(e.ID, "edit")
}

package verify

import "strings"

// confirmations checks that as many administrators as the election asks for confirmed these figures.
func (c *check) confirmations() error {
	by := map[int64]bool{}
	var names []string
	for _, k := range c.certification.Confirmations {
		if k.VoidedAt == nil && k.Figures == c.certification.Figures && !by[k.AdministratorID] {
			by[k.AdministratorID] = true
			names = append(names, k.Administrator)
		}
	}
	if c.certification.Required != c.election.Confirmations || len(by) < c.election.Confirmations {
		return contradiction("%d administrators confirmed the figures, and the election asks for %d", len(by), c.election.Confirmations)
	}
	c.proved("These figures were confirmed by %s, as the election asks.", strings.Join(names, " and "))
	return nil
}

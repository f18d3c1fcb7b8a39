package kit

import "urna/internal/messages"

// Menu is the head of the pages of one thing that has several, such as an election, and the way among them.
type Menu struct {
	Label  messages.Message // of the navigation, for people who hear it
	Up     Crumb            // what the thing is one of
	Title  Crumb            // the thing, and its first page
	Struck bool             // it is void, as a withdrawn election
	State  Mark
	Marks  []Mark
	Groups [][]Link // with a space between them
}

// current is the name of the page that is shown.
func (m Menu) current() messages.Message {
	for _, group := range m.Groups {
		for _, link := range group {
			if link.Current {
				return link.Text
			}
		}
	}
	return m.Label
}

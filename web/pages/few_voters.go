package pages

import (
	"strconv"
	"strings"

	"urna/elections"
	"urna/internal/messages"
)

// fewVoters warns that the result of constituencies tells how their few online voters voted; no message for none.
func fewVoters(few []*elections.Constituency) messages.Message {
	if len(few) == 0 {
		return messages.Message{}
	}
	names := make([]string, len(few))
	for i, c := range few {
		names[i] = c.Name
	}
	return messages.ElectionsFewOnlineVoters(strings.Join(names, ", "))
}

// fewVoters warns of the constituencies of the form as they were typed.
func (f *electionForm) fewVoters() messages.Message {
	typed := elections.Election{}
	for _, channel := range f.Channels {
		typed.Channels = append(typed.Channels, elections.Channel(channel))
	}
	for _, c := range f.Constituencies {
		registered, _ := strconv.ParseInt(strings.TrimSpace(c.RegisteredVoters), 10, 64) // another text is refused when the form is saved
		typed.Constituencies = append(typed.Constituencies, elections.Constituency{Name: c.Name, RegisteredVoters: registered})
	}
	return fewVoters(typed.WithFewOnlineVoters())
}

package pages

import (
	"strings"

	"urna/ballots/online"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/internal/text"
)

// The bounds of a letter's address as it is typed: lines, and characters in each.
const (
	mostAddressLines = 7
	mostAddressLine  = 100
)

// addressee returns the voter of a personal id, to whose name and address, one line each, a letter goes; "" is to none.
func addressee(personalID, typed string) (online.Voter, error) {
	v := online.Voter{PersonalID: personalID}
	var lines []string
	for line := range strings.SplitSeq(strings.ReplaceAll(typed, "\r", "\n"), "\n") {
		if line = text.Trim(line); line != "" {
			lines = append(lines, line)
		}
	}
	if len(lines) > mostAddressLines {
		return v, atField("letter_to", messages.FieldAddressLines(mostAddressLines))
	}
	for _, line := range lines {
		if mistake := problem.InOptionalText(line, mostAddressLine); !mistake.IsZero() {
			return v, atField("letter_to", mistake)
		}
	}
	lines = append(lines, make([]string, mostAddressLines-len(lines))...)
	v.Name = lines[0]
	v.Address = online.Postal{Lines: [4]string(lines[1:5]), Town: lines[5], Country: lines[6]}
	return v, nil
}

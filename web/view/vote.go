package view

import (
	"cmp"
	"strconv"

	"urna/internal/messages"
	"urna/web/view/kit"
)

// VoteScreen is a step of the voting page.
type VoteScreen string

// The screens, in the order in which a voter sees them.
const (
	VoteKey     VoteScreen = "key"     // asks for the key
	VoteChoices VoteScreen = "choices" // the ballot paper
	VoteConfirm VoteScreen = "confirm" // the choice once more, in large type
	VoteCounted VoteScreen = "counted"
	VoteRefused VoteScreen = "refused" // no form helps, or the same one again later
)

// VotePage is one screen of the voting page. Its address and its title are the same on all of them.
type VotePage struct {
	Page     Page
	Screen   VoteScreen
	Action   string // the page's own address
	Election string // title
	Public   string // address of the election's page
	Marks    []kit.Mark
	Ends     *Moment // of the voting, nil where it is not open
	Place    string  // the key's constituency, "" where there is just one
	Contact  string  // whom voters can ask, "" for none
	Help     string  // address of the chapter for voters

	// The key and the choice travel from screen to screen in hidden fields, and are stored nowhere.
	PersonalID, GUID kit.Field
	Typed            []string // the key that was refused, in the groups of a letter, a line each
	Choices          []VoteChoice
	Choice           VoteChoice // chosen
	Padding          string     // blanks that make the screen as long for this choice as for any other
	ChoiceProblem    messages.Message
	Problems         kit.Problems

	Heading, Message, Advice messages.Message   // of VoteRefused
	Reasons                  []messages.Message // sentences that follow Message
	Wait                     *VoteWait
	Again                    string // the step that may be tried again as it was sent, "" for none
	Restart                  bool   // another key may be entered
}

// VoteWait says how long to wait before another try. The page's script counts it down.
type VoteWait struct {
	Seconds string
	Text    messages.Markup // the sentence with the time
}

// NewVoteWait returns the wait of so many seconds, in the sentence that the catalogue has around the time.
func NewVoteWait(seconds int64, sentence func(time messages.Component) messages.Markup) *VoteWait {
	left := messages.UnitSeconds(seconds)
	if seconds >= 60 {
		left = messages.UnitMinutes((seconds + 59) / 60)
	}
	return &VoteWait{Seconds: strconv.FormatInt(seconds, 10), Text: sentence(voteLeft(left))}
}

// manyChoices is from how many lines on a ballot paper can be searched.
const manyChoices = 15

func (p VotePage) searchable() bool { return len(p.Choices) >= manyChoices }

// steps are the parts of voting, up to the one of the screen; none where no form helps.
func (p VotePage) steps() []kit.Step {
	now := map[VoteScreen]int{VoteKey: 0, VoteChoices: 1, VoteConfirm: 2, VoteCounted: 3}
	at, is := now[p.Screen]
	if !is {
		return nil
	}
	return kit.StepsTo(at, messages.VoteStepKey(), messages.VoteStepChoice(), messages.VoteStepCast())
}

// VoteChoice is a line of the ballot paper.
type VoteChoice struct {
	Value      string // as it is sent: the poll number, or 0 for a blank vote, in as many digits for every line
	PollNumber string // as shown, "" for a blank vote
	Name       messages.Message
	Hint       messages.Message
	Chosen     bool
}

// number is the poll number, "0" for a blank vote.
func (c VoteChoice) number() string { return cmp.Or(c.PollNumber, "0") }

// label says a line of the ballot paper as one text, as it is read aloud.
func (c VoteChoice) label() messages.Message {
	label := c.Name
	if c.PollNumber != "" {
		label = messages.VoteLine(c.PollNumber, label)
	}
	if !c.Hint.IsZero() {
		label = messages.VoteLineHint(label, c.Hint)
	}
	return label
}

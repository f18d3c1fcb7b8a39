package pages

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/a-h/templ"
	"github.com/gin-gonic/gin"

	"urna/ballots/online"
	"urna/elections"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/web/letters"
	"urna/web/respond"
	"urna/web/view"
	"urna/web/view/kit"
)

// mostVoteForm bounds the voting page's form, in bytes: the longest fields fit well.
const mostVoteForm = 16 << 10

// errOtherElection is returned for a key that votes in another election than the page's.
var errOtherElection = problem.New(problem.Conflict, "other-election", messages.RefusalOtherElection())

// voteForm is what a voter's screen sends. It is nowhere kept: the next screen carries it in hidden fields.
type voteForm struct {
	credentials online.Credentials
	choice      string
	step        string
}

// unkept keeps an answer, and what led to it, out of caches and logs.
func unkept(c *gin.Context) {
	respond.Unlogged(c)
	c.Header("Cache-Control", "no-store")
}

// VoteForm asks for a key where the election takes votes online at the moment, and says when it does
// elsewhere. It reads nothing from the address but the election.
func (p *Pages) VoteForm(c *gin.Context) {
	unkept(c)
	election, err := p.votersElection(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	p.askForKey(c, election, voteForm{})
}

// votersElection is the election that the path names, as readers of the page's language see it.
func (p *Pages) votersElection(c *gin.Context) (*elections.Election, error) {
	e, err := p.election(c)
	if err != nil {
		return nil, err
	}
	told, err := p.useInformation(c, e)
	if err != nil {
		return nil, err
	}
	c.Set(ownContact, told.Contact)
	return e.In(tagOf(c.Request.Context())), nil
}

// ownContact is the key of an election's own contact among what a request has learned.
const ownContact = "urna/contact"

// inLanguage returns a ballot paper with the names in a language. A vote is cast by its poll number, never by a name.
func inLanguage(paper *online.Paper, tag string) *online.Paper {
	shown := *paper
	if shown.Election = paper.Election.In(tag); shown.Election != paper.Election {
		if c := shown.Election.Constituency(paper.Constituency.ID); c != nil {
			shown.Constituency = c
		}
	}
	return &shown
}

// askForKey shows the first screen, with what was typed.
func (p *Pages) askForKey(c *gin.Context, election *elections.Election, form voteForm) {
	model := p.votePage(c, election, form)
	if !p.votes(election) {
		p.refuseVoting(&model, election)
	}
	respond.Page(c, http.StatusOK, view.Vote(model))
}

// Vote takes a voter from screen to screen: from the key to the ballot paper, to the choice once more, to
// the vote. Each answer is the next screen itself; there is no redirect, no session and no cookie.
func (p *Pages) Vote(c *gin.Context) {
	unkept(c)
	election, err := p.votersElection(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	form, err := readVote(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	if form.step == "language" || form.step == "key" { // in another language, or one step back, with what was typed
		p.askForKey(c, election, form)
		return
	}
	ctx := c.Request.Context()
	paper, err := p.Votes.Open(ctx, form.credentials)
	if err == nil && paper.Election.ID != election.ID {
		err = errOtherElection
	}
	if err != nil {
		respond.Error(c, err)
		return
	}
	model, status := p.votePage(c, election, form), http.StatusOK
	choice, chosen := addChoices(&model, inLanguage(paper, tagOf(ctx)), form.choice)
	switch {
	case form.step != "confirm" && form.step != "cast":
		model.Screen = view.VoteChoices
	case !chosen:
		model.Screen, status = view.VoteChoices, http.StatusUnprocessableEntity
		model.ChoiceProblem = messages.VoteChooseOne()
		model.Problems = kit.Problems{Summary: messages.VoteNoChoice(), List: []kit.Problem{{Field: "choice", Message: model.ChoiceProblem}}}
	case form.step == "confirm":
		model.Screen, model.Choice = view.VoteConfirm, choice
		if model.Padding, err = padChosen(ctx, choice, model.Choices); err != nil {
			respond.Error(c, err)
			return
		}
	default:
		if err := p.Votes.Cast(ctx, online.Vote{Credentials: form.credentials, Candidate: cmp.Or(choice.PollNumber, "0"), ByNumber: true}); err != nil {
			respond.Error(c, err)
			return
		}
		model = p.votePage(c, election, voteForm{})
		model.Screen = view.VoteCounted
	}
	respond.Page(c, status, view.Vote(model))
}

// readVote reads the form. Missing fields are empty, and the page asks for them.
func readVote(c *gin.Context) (voteForm, error) {
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, mostVoteForm)
	err := parseForm(c)
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return voteForm{}, nil // asks for the key again, like a field that is too long
	}
	if err == nil {
		err = checkOnce(c.Request.PostForm) // a key that is no text is answered like any other that is none
	}
	if err != nil {
		return voteForm{}, err
	}
	return voteForm{
		credentials: online.Credentials{
			PersonalID: formValue(c, "personal_id"), GUID: oneLine(formValue(c, "guid")), Origin: c.ClientIP(),
		},
		choice: formValue(c, "choice"), step: formValue(c, "step"),
	}, nil
}

// oneLine joins the lines of a key as it is in a letter.
func oneLine(typed string) string {
	return strings.TrimRight(strings.NewReplacer("\r\n", " ", "\n", " ").Replace(typed), " ")
}

// votes reports whether an election takes votes online now.
func (p *Pages) votes(e *elections.Election) bool {
	return e.Takes(elections.Online) && e.StateAt(p.Now()) == elections.Open
}

// votePage returns the first screen, with what was typed.
func (p *Pages) votePage(c *gin.Context, e *elections.Election, form voteForm) view.VotePage {
	model := view.VotePage{
		Page: p.page(c, view.SectionVote, messages.VoteTitle(e.Title)), Screen: view.VoteKey,
		Action: "/vote/" + decimal(e.ID), Public: "/elections/" + decimal(e.ID),
		Election: e.Title, Marks: rehearsalMarks(e), Contact: p.Contact, Help: "/help/voters",
		PersonalID: kit.Field{Name: "personal_id", Label: messages.VotePersonalId(), Value: form.credentials.PersonalID, TestID: "vote-personal-id"},
		GUID: kit.Field{
			Name: "guid", Label: messages.VoteKey(), Value: form.credentials.GUID, TestID: "vote-guid",
			Hint: messages.VoteKeyHint(),
		},
		Choice: view.VoteChoice{Value: form.choice},
	}
	model.Page.Scripts = []string{"vote.js"}
	if own := c.GetString(ownContact); own != "" {
		model.Contact, model.Help = own, model.Help+"?election="+decimal(e.ID)
	}
	if p.votes(e) {
		ends := view.NewMoment(e.EndsAt, e.Location())
		model.Ends = &ends
	}
	return model
}

// padChosen returns the blanks that make the screen on which a choice is shown once more as long as the longest one
// that any of the choices has: who sees the encrypted answer's length learns nothing from it.
func padChosen(ctx context.Context, chosen view.VoteChoice, choices []view.VoteChoice) (string, error) {
	length := func(c view.VoteChoice) (int, error) {
		var b bytes.Buffer
		err := view.VoteChosen(c).Render(ctx, &b)
		return b.Len(), err
	}
	own, err := length(chosen)
	longest := own
	for _, c := range choices {
		if err != nil {
			break
		}
		var n int
		n, err = length(c)
		longest = max(longest, n)
	}
	return strings.Repeat(" ", longest-own), err
}

// addChoices puts the ballot paper onto the page and returns the line that was chosen. What a form sends of a choice has
// as many digits for every line: who sees how long the encrypted request is learns nothing from it.
func addChoices(model *view.VotePage, paper *online.Paper, chosen string) (choice view.VoteChoice, ok bool) {
	if len(paper.Election.Constituencies) > 1 {
		model.Place = paper.Constituency.Name
	}
	digits := len(strconv.Itoa(len(paper.Constituency.Candidacies)))
	for _, candidacy := range paper.Constituency.Candidacies {
		model.Choices = append(model.Choices, view.VoteChoice{
			Value: fmt.Sprintf("%0*d", digits, candidacy.PollNumber), PollNumber: strconv.Itoa(candidacy.PollNumber), Name: messages.Verbatim(candidacy.Name), Hint: messages.Verbatim(candidacy.ShortName),
		})
	}
	if paper.Election.Rules.BlankBallots {
		model.Choices = append(model.Choices, view.VoteChoice{Value: strings.Repeat("0", digits), Name: messages.VoteBlank(), Hint: messages.VoteBlankHint()})
	}
	for i := range model.Choices {
		if line := &model.Choices[i]; chosen != "" && strings.TrimLeft(line.Value, "0") == strings.TrimLeft(chosen, "0") {
			line.Chosen = true
			choice, ok = *line, true
		}
	}
	return choice, ok
}

// VoteRefusal draws what a refusal means to a voter: the form again where another key helps, else a
// sentence. It is a respond.ErrorPage.
func (p *Pages) VoteRefusal(c *gin.Context, status int, f *problem.Error) templ.Component {
	election, err := p.votersElection(c)
	if err != nil {
		return p.ErrorPage(c, status, f)
	}
	form, unread := readVote(c)
	model := p.votePage(c, election, form)
	switch {
	case unread != nil:
		model.Screen, model.Heading, model.Restart = view.VoteRefused, messages.VoteFormUnreadable(), true
		model.Message = messages.VoteFormUnreadableWhy(f.Message)
		for _, field := range f.Fields {
			model.Reasons = append(model.Reasons, field.Message)
		}
	case errors.Is(f, online.ErrMalformedVote):
		askAgain(&model, form)
	case errors.Is(f, online.ErrInvalidKey):
		compare(&model, form)
	case errors.Is(f, online.ErrTooManyTries): // which only a wrong key meets
		compare(&model, form)
		model.Wait = view.NewVoteWait(retryAfter(f), messages.VoteWaitWrongKeys)
	case errors.Is(f, online.ErrKeyUsed):
		model.Screen, model.Heading = view.VoteRefused, messages.VoteKeyUsedHeading()
		model.Message = messages.VoteKeyUsed()
		model.Advice = messages.VoteKeyUsedAdvice()
		model.Restart = true
	case errors.Is(f, online.ErrVotingClosed):
		p.refuseVoting(&model, election)
	case errors.Is(f, errOtherElection):
		model.Screen, model.Heading, model.Restart = view.VoteRefused, messages.VoteOtherElectionHeading(), true
		model.Message = messages.VoteOtherElection()
	default:
		askForPatience(&model, form, f)
	}
	return view.Vote(model)
}

// askForPatience offers the step once more that the server could not take. What it failed at while it cast a vote
// may have been stored.
func askForPatience(model *view.VotePage, form voteForm, f *problem.Error) {
	model.Screen, model.Heading, model.Again = view.VoteRefused, messages.VoteFailedHeading(), form.step
	model.Message, model.Advice = f.Message, messages.VoteFailedAdvice()
	if form.step != "confirm" && form.step != "cast" {
		model.Again = "choices"
	}
	if errors.Is(f, online.ErrOverloaded) {
		model.Message = messages.VoteOverloaded()
		model.Advice = messages.VoteOverloadedAdvice()
		model.Wait = view.NewVoteWait(retryAfter(f), messages.VoteWaitOverloaded)
	}
	if form.step == "cast" && (f.Kind == problem.Internal || f.Kind == problem.Unsure) {
		model.Heading = messages.VoteUnsureHeading()
		model.Advice = messages.VoteUnsureAdvice()
	}
}

// keySigns is how many letters and digits a key has.
const keySigns = 32

// compare asks for a key again and shows the one that was refused, to be compared with the letter.
func compare(model *view.VotePage, form voteForm) {
	model.Typed, model.GUID.Problem = compareKey(form.credentials.GUID, messages.VoteCompare())
	model.Problems = kit.Problems{
		Summary: messages.VoteKeyWrong(),
		List:    []kit.Problem{{Field: "guid", Message: model.GUID.Problem}},
	}
}

// compareKey returns a key that was refused in the groups of a letter, and its problem: a sign or a
// number of signs that no key has, else the problem that is given.
func compareKey(typed string, problem messages.Message) (lines []string, message messages.Message) {
	bare := strings.ToLower(online.BareKey(typed))
	message = problem
	if n := utf8.RuneCountInString(bare); n != keySigns {
		message = messages.VoteKeyLength(int64(n))
	}
	for _, sign := range online.KeySigns(bare) {
		if !strings.ContainsRune("0123456789abcdef", sign) {
			message = messages.VoteKeyWrongCharacter(string(sign))
			break
		}
	}
	return letters.Groups(bare), message
}

// askAgain marks the fields that are empty or too long.
func askAgain(model *view.VotePage, form voteForm) {
	model.Problems = kit.Problems{Summary: messages.RefusalInvalidInput()}
	check := func(field *kit.Field, value string, missing, tooLong messages.Message) {
		switch {
		case value == "":
			field.Problem = missing
		case len([]rune(value)) > 100:
			field.Problem = tooLong
		default:
			return
		}
		model.Problems.List = append(model.Problems.List, kit.Problem{Field: field.Name, Message: field.Problem})
	}
	check(&model.PersonalID, form.credentials.PersonalID, messages.VoteEnterPersonalId(), messages.VotePersonalIdTooLong())
	check(&model.GUID, form.credentials.GUID, messages.VoteEnterKeyFromLetter(), messages.VoteKeyTooLong())
}

// refuseVoting says why the page takes no vote, and when it does.
func (p *Pages) refuseVoting(model *view.VotePage, e *elections.Election) {
	model.Screen, model.Heading = view.VoteRefused, messages.VoteClosedHeading()
	ends := view.NewMoment(e.EndsAt, e.Location())
	switch {
	case !e.Takes(elections.Online):
		model.Message = messages.VoteNotOnline()
	case e.StateAt(p.Now()) == elections.Scheduled:
		model.Heading = messages.VoteNotBegunHeading()
		model.Message = messages.VoteNotBegun(view.NewMoment(e.StartsAt, e.Location()).Text, ends.Text, ends.Zone)
	case e.StateAt(p.Now()) == elections.Withdrawn:
		model.Message = messages.VoteWithdrawn()
	default:
		model.Heading = messages.VoteEndedHeading()
		model.Message = messages.VoteEnded(ends.Text, ends.Zone)
		if model.GUID.Value != "" { // a key that has voted is refused as such
			model.Advice = messages.VoteEndedUnused()
		}
	}
}

// retryAfter returns after how many seconds the voter may try again.
func retryAfter(f *problem.Error) int64 {
	if seconds, ok := f.Extra["retry_after"].(int64); ok {
		return max(1, seconds)
	}
	return 60
}

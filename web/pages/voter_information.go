package pages

import (
	"bytes"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"urna/ballots/online"
	"urna/elections"
	"urna/internal/messages"
	"urna/web/letters"
	"urna/web/principal"
	"urna/web/respond"
	"urna/web/upload"
	"urna/web/view"
	"urna/web/view/kit"
)

// informationPath is the address of the page of what an election tells its voters.
func informationPath(electionID int64) string { return adminPath(electionID, "information") }

// AdminVoterInformation shows what an election tells its voters: contact, languages, and the texts of letters.
func (p *Pages) AdminVoterInformation(c *gin.Context) {
	election, told, err := p.electionWithInformation(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	model := view.VoterInformationPage{}
	if c.Query("done") == "saved" {
		model.Notice = messages.InformationSaved()
	}
	p.voterInformation(c, http.StatusOK, election, told, model)
}

// electionWithInformation returns the election of the path, or the draft, and what it tells its voters.
func (p *Pages) electionWithInformation(c *gin.Context) (*elections.Election, elections.VoterInformation, error) {
	election, err := p.electionOrDraft(c)
	if err != nil {
		return nil, elections.VoterInformation{}, err
	}
	told, err := p.Elections.VoterInformation(c.Request.Context(), election.ID)
	return election, told, err
}

// AdminVoterInformationChange stores what an election tells its voters.
func (p *Pages) AdminVoterInformationChange(c *gin.Context) {
	election, stored, err := p.electionWithInformation(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	form, logo, err := readImport(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	typed := p.readInformation(form, stored)
	switch {
	case form.Has("without_logo"):
		typed.Logo = nil
	case len(logo) > 0:
		var mistake messages.Message
		if typed.Logo, mistake = elections.ReadLogo(logo); !mistake.IsZero() {
			err, typed.Logo = atField("logo", mistake), stored.Logo
		}
	}
	if err == nil {
		err = p.Elections.ChangeVoterInformation(c.Request.Context(), principal.Actor(c), election.ID, typed)
	}
	if err == nil {
		respond.SeeOther(c, informationPath(election.ID)+"?done=saved")
		return
	}
	problems, status, ok := formProblems(err)
	if !ok {
		respond.Error(c, err)
		return
	}
	p.voterInformation(c, status, election, typed, view.VoterInformationPage{Problems: ofFile(problems, "logo")})
}

// readInformation reads the form. Texts in languages that the form does not have stay.
func (p *Pages) readInformation(form url.Values, stored elections.VoterInformation) elections.VoterInformation {
	typed := elections.VoterInformation{
		Contact: form.Get("contact"), Sender: form.Get("sender"), HidesPersonalID: form.Has("hides_personal_id"), Logo: stored.Logo,
		Texts: map[string]elections.LetterText{},
	}
	maps.Copy(typed.Texts, stored.Texts)
	for _, l := range p.Languages {
		typed.Texts[l.Tag] = elections.LetterText{
			Greeting: form.Get(inLanguageField("greeting", l.Tag)), Instructions: form.Get(inLanguageField("instructions", l.Tag)),
			Closing: form.Get(inLanguageField("closing", l.Tag)),
		}
		if slices.Contains(form["languages"], l.Tag) {
			typed.Languages = append(typed.Languages, l.Tag)
		}
	}
	if len(typed.Languages) == len(p.Languages) { // all of the server, also those that it gets later
		typed.Languages = nil
	}
	return typed
}

// inLanguageField is the name of a field for a text in a language.
func inLanguageField(name, tag string) string { return name + "-" + strings.ToLower(tag) }

func (p *Pages) voterInformation(c *gin.Context, status int, e *elections.Election, told elections.VoterInformation, model view.VoterInformationPage) {
	of := model.Problems.Of
	model.Page = p.inElection(c, e, keysEntry, messages.InformationHeading())
	model.Action, model.Sample, model.File = informationPath(e.ID), informationPath(e.ID)+"/letter", informationPath(e.ID)+"/letters.json"
	model.Contact = kit.Field{
		Name: "contact", Label: messages.InformationContact(), Value: told.Contact, Problem: of("contact"), Optional: true, Complete: "off",
		Hint: messages.InformationContactHint(),
	}
	if p.Contact != "" {
		model.Contact.Hint = messages.InformationContactHintServer(p.Contact)
	}
	model.Sender = kit.Field{
		Name: "sender", Label: messages.InformationSender(), Value: told.Sender, Problem: of("sender"), Optional: true, Complete: "off",
		Hint: messages.InformationSenderHint(),
	}
	model.HidesID = kit.Field{Name: "hides_personal_id", Label: messages.InformationHidesId(), Hint: messages.InformationHidesIdHint()}
	model.HidesIDTicked = told.HidesPersonalID
	model.Languages = kit.Field{Name: "languages", Label: messages.InformationLanguages(), Hint: messages.InformationLanguagesHint(), Problem: of("languages")}
	for _, l := range p.Languages {
		model.Boxes = append(model.Boxes, view.Box{
			Value: l.Tag, Text: messages.Verbatim(l.Name), Checked: len(told.Languages) == 0 || slices.Contains(told.Languages, l.Tag),
		})
		model.Texts = append(model.Texts, letterTextForm(l, told.Texts[l.Tag], model.Problems))
	}
	model.Logo = kit.Field{Name: upload.FileField, TestID: "logo", Label: messages.InformationLogo(), Hint: messages.InformationLogoHint(), Problem: of(upload.FileField), Optional: true}
	if len(told.Logo) > 0 {
		width, height := elections.LogoSize(told.Logo)
		model.Shown = view.NewLetterLogo(elections.LogoType(told.Logo), told.Logo, width, height)
	}
	model.WithoutLogo = kit.Field{Name: "without_logo", Label: messages.InformationWithoutLogo()}
	model.Fixed = e.WithdrawnAt != nil || e.CertifiedAt != nil
	personal(c)
	respond.Page(c, status, view.VoterInformation(model))
}

// letterTextForm asks for what letters say in a language.
func letterTextForm(l messages.Language, text elections.LetterText, problems kit.Problems) view.LetterTextForm {
	field := func(name, value string, label, hint messages.Message) kit.Field {
		name = inLanguageField(name, l.Tag)
		return kit.Field{Name: name, Label: label, Value: value, Hint: hint, Problem: problems.Of(name), Optional: true, Complete: "off"}
	}
	form := view.LetterTextForm{
		Tag: l.Tag, Language: l.Name,
		Greeting:     field("greeting", text.Greeting, messages.InformationGreeting(), messages.InformationGreetingHint()),
		Instructions: field("instructions", text.Instructions, messages.InformationInstructions(), messages.InformationInstructionsHint()),
		Closing:      field("closing", text.Closing, messages.InformationClosing(), messages.InformationClosingHint()),
	}
	form.Open = text != (elections.LetterText{}) || !form.Greeting.Problem.IsZero() || !form.Instructions.Problem.IsZero() || !form.Closing.Problem.IsZero()
	return form
}

// AdminSampleLetter shows a letter as it would be printed, with a key that no voter has.
func (p *Pages) AdminSampleLetter(c *gin.Context) {
	election, told, err := p.electionWithInformation(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	l, err := p.lettersOf(election, told, sampleAddress)
	if err != nil {
		respond.Error(c, err)
		return
	}
	l.Back, l.Sample = informationPath(election.ID), true
	key := online.Key{PersonalID: "0000000000", GUID: "00000000-0000-0000-0000-000000000000", Name: "N. N."}
	if len(election.Constituencies) > 0 {
		key.ConstituencyID = election.Constituencies[0].ID
	}
	var letter bytes.Buffer
	if err := l.Write(c.Request.Context(), &letter, func(yield func(online.Key, error) bool) { yield(key, nil) }); err != nil {
		respond.Error(c, err)
		return
	}
	personal(c)
	c.Data(http.StatusOK, respond.HTML, letter.Bytes())
}

// sampleAddress is in the sample of a letter: it belongs to no server.
const sampleAddress = "https://vote.example.org"

// lettersOf returns the letters of an election, with what it tells its voters.
func (p *Pages) lettersOf(e *elections.Election, told elections.VoterInformation, address string) (*letters.Letters, error) {
	l, err := letters.New(e, address)
	if err != nil {
		return nil, err
	}
	l.Contact, l.Sender, l.USLetter = p.Contact, p.Sender, p.USLetter
	l.UseInformation(told)
	return l, nil
}

// AdminLetterTexts exports what letters say as a file for a printing office.
func (p *Pages) AdminLetterTexts(c *gin.Context) {
	election, told, err := p.electionWithInformation(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	if told.Contact == "" {
		told.Contact = p.Contact
	}
	if told.Sender == "" {
		told.Sender = p.Sender
	}
	content, err := told.WriteFile()
	if err != nil {
		respond.Error(c, err)
		return
	}
	personal(c)
	c.Header("Content-Disposition", `attachment; filename="urna-election-`+decimal(election.ID)+`-letters.json"`)
	c.Data(http.StatusOK, "application/json; charset=utf-8", content)
}

// useInformation makes a voter's screen one of the election's languages, and returns what the election tells its voters.
func (p *Pages) useInformation(c *gin.Context, e *elections.Election) (elections.VoterInformation, error) {
	told, err := p.Elections.VoterInformation(c.Request.Context(), e.ID)
	if err != nil || len(told.Languages) == 0 {
		return told, err
	}
	ctx := c.Request.Context()
	around := view.LanguagesOf(ctx)
	around.List = slices.DeleteFunc(slices.Clone(around.List), func(l messages.Language) bool { return !slices.Contains(told.Languages, l.Tag) })
	if len(around.List) == 0 { // the server does not offer them any more
		return told, nil
	}
	ctx = view.WithLanguages(ctx, around)
	if !slices.Contains(told.Languages, tagOf(ctx)) {
		language, _ := messages.In(around.List[0].Tag)
		ctx = messages.With(ctx, language)
	}
	c.Request = c.Request.WithContext(ctx)
	return told, nil
}

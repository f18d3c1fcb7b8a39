package elections

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/internal/text"
	"urna/internal/text/strictjson"
)

// The bounds of what an election tells its voters, in characters. Sender fits into an envelope's window.
const (
	maxContact      = 200
	maxSender       = 60
	maxGreeting     = 200
	maxInstructions = 2000
	maxClosing      = 1000
)

// VoterInformation is what an election tells its voters besides its definition: on their screens and in letters. It is no part of
// the definition and can change until the certification.
type VoterInformation struct {
	Contact string `json:"contact,omitempty"` // whom voters can ask, one line; "" is that of the server
	Sender  string `json:"sender,omitempty"`  // the line above a letter's address; "" is that of the server
	// Languages are those of voters' screens and letters, by tag and in the order in which they are offered; none is all of
	// the server.
	Languages []string `json:"languages,omitempty"`
	// HidesPersonalID leaves the personal id out of letters and of their codes: voters know it.
	HidesPersonalID bool                  `json:"hides_personal_id,omitempty"`
	Texts           map[string]LetterText `json:"texts,omitempty"` // of letters, by language
	Logo            []byte                `json:"-"`               // a PNG or an SVG as ReadLogo writes it
}

// LetterText is what letters say in a language, besides what all letters say. Instructions and Closing may have several lines.
type LetterText struct {
	Greeting     string `json:"greeting,omitempty"`
	Instructions string `json:"instructions,omitempty"`
	Closing      string `json:"closing,omitempty"`
}

// normalize trims all texts and leaves out empty ones.
func (v *VoterInformation) normalize() {
	v.Contact, v.Sender = text.Trim(v.Contact), text.Trim(v.Sender)
	texts := map[string]LetterText{}
	for tag, t := range v.Texts {
		t.Greeting, t.Instructions, t.Closing = text.Trim(t.Greeting), trimLines(t.Instructions), trimLines(t.Closing)
		if t != (LetterText{}) {
			texts[tag] = t
		}
	}
	v.Texts = nil
	if len(texts) > 0 {
		v.Texts = texts
	}
}

// trimLines removes the blanks around each line, and empty lines at both ends.
func trimLines(s string) string {
	var lines []string
	for line := range strings.SplitSeq(strings.ReplaceAll(s, "\r\n", "\n"), "\n") {
		lines = append(lines, text.Trim(line))
	}
	return strings.Trim(strings.Join(lines, "\n"), "\n")
}

// Check returns the problems of each field, named as the page of the letters names it; nil for none.
func (v *VoterInformation) Check() error {
	v.normalize()
	var c problem.Checks
	line := func(field, value string, most int) {
		if mistake := problem.InOptionalText(value, most); !mistake.IsZero() {
			c.Add(field, mistake)
		}
	}
	line("contact", v.Contact, maxContact)
	line("sender", v.Sender, maxSender)
	for _, tag := range v.Languages {
		if !text.IsLanguage(tag) {
			c.Add("languages", messages.FieldNamesLanguage(tag))
		}
	}
	for _, tag := range slices.Sorted(maps.Keys(v.Texts)) {
		t := v.Texts[tag]
		if !text.IsLanguage(tag) {
			c.Add("languages", messages.FieldNamesLanguage(tag))
			continue
		}
		in := "-" + strings.ToLower(tag) // fields of forms have no capitals
		line("greeting"+in, t.Greeting, maxGreeting)
		checkLines(&c, "instructions"+in, t.Instructions, maxInstructions)
		checkLines(&c, "closing"+in, t.Closing, maxClosing)
	}
	if len(v.Logo) > 0 {
		if _, mistake := ReadLogo(v.Logo); !mistake.IsZero() {
			c.Add("logo", mistake)
		}
	}
	return c.Err()
}

// checkLines adds the problem of a text of several lines.
func checkLines(c *problem.Checks, field, value string, most int) {
	if utf8.RuneCountInString(value) > most {
		c.Add(field, messages.TextTooLong(int64(most)))
		return
	}
	for line := range strings.SplitSeq(value, "\n") {
		if mistake := problem.InOptionalText(line, most); !mistake.IsZero() {
			c.Add(field, mistake)
			return
		}
	}
}

// In returns the texts of letters in a language: those of its tag, else those of the tag without its script or region.
func (v *VoterInformation) In(tag string) LetterText {
	for of := tag; of != ""; of = of[:max(0, strings.LastIndexByte(of, '-'))] {
		if t, ok := v.Texts[of]; ok {
			return t
		}
	}
	return LetterText{}
}

// VoterInformation returns what a draft or an election tells its voters; it is empty if no text was entered.
func (s *Service) VoterInformation(ctx context.Context, id int64) (VoterInformation, error) {
	return voterInformation(s.db.Reader(ctx), id)
}

// ChangeVoterInformation changes what an election tells its voters, with the event voter-information-changed. The same again changes nothing.
// Refusals: ErrUnknownElection, ErrWithdrawn, ErrCertified, and problems as Check names them.
func (s *Service) ChangeVoterInformation(ctx context.Context, actor audit.Actor, id int64, v VoterInformation) error {
	if err := v.Check(); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *database.Tx) error {
		e, err := s.OrDraftWithin(tx, id)
		if err != nil {
			return err
		}
		switch {
		case e.WithdrawnAt != nil:
			return ErrWithdrawn
		case e.CertifiedAt != nil:
			return ErrCertified
		}
		before, err := voterInformation(tx, id)
		if err != nil {
			return err
		}
		was, became := before.inLog(), v.inLog()
		if was == became {
			return nil
		}
		if err := saveVoterInformation(tx, id, v); err != nil {
			return err
		}
		return s.log.Append(ctx, tx.SQL(), actor, "voter-information-changed", Subject(id),
			map[string]any{"before": json.RawMessage(was), "after": json.RawMessage(became)})
	})
}

// inLog is what an event says of it: the logo by its hash.
func (v *VoterInformation) inLog() string {
	said := struct {
		VoterInformation

		Logo string `json:"logo_sha256,omitempty"`
	}{VoterInformation: *v}
	if len(v.Logo) > 0 {
		said.Logo = hashOf(v.Logo)
	}
	content, err := json.Marshal(said)
	if err != nil {
		panic(fmt.Sprintf("elections: texts became no JSON: %v", err))
	}
	return string(content)
}

// voterInformationFormat names the form of the file for a printing office.
const voterInformationFormat = "urna-letters-1"

type voterInformationFile struct {
	Format  string           `json:"format"`
	Letters VoterInformation `json:"letters"`
	Logo    string           `json:"logo,omitempty"` // in Base64
}

// WriteFile returns the file that brings what letters say to a printing office, which has no access to the server.
func (v VoterInformation) WriteFile() ([]byte, error) {
	content, err := json.MarshalIndent(voterInformationFile{voterInformationFormat, v, base64.StdEncoding.EncodeToString(v.Logo)}, "", " ")
	if err != nil {
		return nil, fmt.Errorf("elections: write what letters say: %w", err)
	}
	return append(content, '\n'), nil
}

// ReadVoterInformation reads a file of WriteFile, as strictly as a definition.
func ReadVoterInformation(document []byte) (VoterInformation, error) {
	var f voterInformationFile
	if err := strictjson.UnmarshalKnown(strictjson.WithoutMark(document), &f); err != nil {
		return f.Letters, fmt.Errorf("the texts of letters cannot be read: %w", err)
	}
	if f.Format != voterInformationFormat {
		return f.Letters, fmt.Errorf("the texts of letters have the format %q instead of %q", f.Format, voterInformationFormat)
	}
	logo, err := base64.StdEncoding.DecodeString(f.Logo)
	if err != nil {
		return f.Letters, fmt.Errorf("the logo of letters cannot be read: %w", err)
	}
	f.Letters.Logo = logo
	return f.Letters, f.Letters.Check()
}

package pages

import (
	"context"
	"net/url"
	"strconv"
	"strings"

	"urna/elections"
	"urna/internal/messages"
	"urna/web/picture"
	"urna/web/view"
	"urna/web/view/kit"
)

// preview is what other programs show of a link to a page below an election's own, and the picture of an address below it.
// The caller adds the words.
func (p *Pages) preview(ctx context.Context, e *elections.Election, page, drawn string) (*view.Preview, error) {
	by, err := p.publisher(ctx)
	if err != nil {
		return nil, err
	}
	shown := &view.Preview{}
	if by.Address != "" {
		own := strings.TrimSuffix(by.Address, "/") + "/elections/" + decimal(e.ID)
		shown.Address = own + page
		shown.Picture = own + drawn + "/picture.png?lang=" + url.QueryEscape(messages.From(ctx).Language())
		shown.PictureWidth, shown.PictureHeight = strconv.Itoa(picture.Width), strconv.Itoa(picture.Height)
	}
	return shown, nil
}

// previewOf is the preview of a further page of an election: its heading, and the states. The picture is the election's.
func (p *Pages) previewOf(ctx context.Context, e *elections.Election, page string, heading messages.Message, marks ...kit.Mark) (*view.Preview, error) {
	shown, err := p.preview(ctx, e, page, "")
	if err != nil {
		return nil, err
	}
	words := []messages.Message{messages.Verbatim(e.Title)}
	for _, mark := range marks {
		words = append(words, mark.Text)
	}
	shown.Title = heading.In(ctx) + " – " + e.Title
	shown.Description = messages.Join(messages.UnitParts, append([]messages.Message{heading}, words...)...).In(ctx)
	return shown, nil
}

// inOneLine sums a page up: the states and the sentence.
func inOneLine(live view.Live) messages.Message {
	words := []messages.Message{live.State.Text}
	for _, mark := range live.Marks {
		words = append(words, mark.Text)
	}
	text := messages.Join(messages.UnitParts, words...)
	if live.Outcome != nil {
		text = messages.Join(messages.UnitParts, text, live.Outcome.Lead)
	}
	return text
}

package pages

import (
	"cmp"
	"context"
	"image/color"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"urna/elections"
	"urna/internal/messages"
	"urna/web/cache"
	"urna/web/picture"
	"urna/web/respond"
	"urna/web/view"
	"urna/web/view/kit"
)

// ElectionPicture draws what an election's page says, for other programs that show a link to it.
func (p *Pages) ElectionPicture(c *gin.Context) {
	id, ok := pathID(c, "election")
	if !ok {
		respond.Error(c, elections.ErrUnknownElection)
		return
	}
	p.drawnFile(c, cache.Key{Page: "picture", Election: id}, func(ctx context.Context) (cache.Drawing, error) {
		public, err := p.Results.Public(ctx, id)
		if err != nil {
			return cache.Drawing{}, err
		}
		live := p.live(ctx, public.In(tagOf(ctx)))
		body, err := picture.Draw(pictureCard(ctx, live, live.Address))
		return cache.Drawing{ContentType: "image/png", Body: body, Until: public.Until}, err
	})
}

// ConstituencyPicture draws what the page of a constituency says.
func (p *Pages) ConstituencyPicture(c *gin.Context) {
	id, ok := pathID(c, "election")
	if !ok {
		respond.Error(c, elections.ErrUnknownElection)
		return
	}
	place, ok := pathID(c, "constituency")
	if !ok {
		respond.Error(c, errNoConstituency)
		return
	}
	p.drawnFile(c, cache.Key{Page: "picture", Election: id, Part: place}, func(ctx context.Context) (cache.Drawing, error) {
		public, err := p.Results.Public(ctx, id)
		if err != nil {
			return cache.Drawing{}, err
		}
		public = public.In(tagOf(ctx))
		live, err := constituencyLive(public, place)
		if err != nil {
			return cache.Drawing{}, err
		}
		card := pictureCard(ctx, live, p.shareAddress(ctx, public.Election))
		card.Lead = cmp.Or(leaderIn(public, place).In(ctx), card.Lead)
		card.Title = live.Title + " – " + public.Election.Title
		body, err := picture.Draw(card)
		return cache.Drawing{ContentType: "image/png", Body: body, Until: public.Until}, err
	})
}

// mostPictured is how many lists a picture has room for at most.
const mostPictured = 6

// pictureCard takes what a picture shows from the model of the page, so that it shows nothing else.
func pictureCard(ctx context.Context, live view.Live, address string) picture.Card {
	card := picture.Card{Title: live.Title, Address: withoutScheme(address)}
	for _, mark := range append([]kit.Mark{live.State}, live.Marks...) {
		card.States = append(card.States, picture.State{Text: mark.Text.In(ctx), Kind: pictureKind(mark.Class)})
	}
	if live.Outcome != nil {
		card.Lead = live.Outcome.Lead.In(ctx)
	}
	if live.Changed != nil && live.Overall != nil { // the time of a turnout would make each picture another one
		card.Time = messages.UnitMomentInZone(live.Changed.Text, live.Changed.Zone).In(ctx)
	}
	for _, f := range live.Figures {
		card.Facts = append(card.Facts, picture.Fact{Value: f.Value.In(ctx), Name: f.Label.In(ctx)})
	}
	addPictureSeats(ctx, &card, live.SeatBar)
	if t := live.Overall; t != nil {
		addPictureRows(ctx, &card, t)
	}
	return card
}

func addPictureSeats(ctx context.Context, card *picture.Card, bar *view.SeatBar) {
	if bar == nil {
		return
	}
	for _, s := range bar.Segments {
		card.Bar = append(card.Bar, picture.Segment{Name: s.Name.In(ctx), Seats: s.Seats, Fill: pictureFill(s.Color)})
	}
	if bar.Majority > 0 {
		card.Line = messages.ChartsMajoritySeats(int64(bar.Majority)).In(ctx)
	}
}

func addPictureRows(ctx context.Context, card *picture.Card, t *view.ResultTable) {
	card.Heads[0] = messages.ResultsShare().In(ctx)
	if t.ShowSeats {
		card.Heads[1] = messages.ResultsSeats().In(ctx)
	}
	for _, row := range t.Rows[:min(mostPictured, len(t.Rows))] {
		part, err := strconv.ParseFloat(strings.TrimSuffix(row.Bar, "%"), 64)
		if err != nil {
			part = 0 // a list without a bar
		}
		drawn := picture.Row{Name: row.Name, Fill: pictureFill(row.Color), Share: row.Share.In(ctx), Part: part / 100}
		if t.ShowSeats {
			drawn.Seats = row.Seats.In(ctx)
		}
		card.Rows = append(card.Rows, drawn)
	}
}

// pictureFill translates a colour of the pages.
func pictureFill(of string) picture.Fill {
	base, kind := kit.Drawn(of)
	rgb, err := strconv.ParseUint(strings.TrimPrefix(base, "#"), 16, 32)
	if err != nil {
		return picture.Fill{Color: color.RGBA{0x7d, 0x87, 0x90, 255}, Stripes: picture.Rising} // seats that no list has
	}
	return picture.Fill{Color: color.RGBA{uint8(rgb >> 16), uint8(rgb >> 8), uint8(rgb), 255}, Stripes: picture.Stripes(kind)}
}

func pictureKind(class string) picture.Kind {
	switch class {
	case "certified":
		return picture.Final
	case "provisional", "rehearsal":
		return picture.Provisional
	case "failed", "withdrawn":
		return picture.Wrong
	default:
		return picture.Plain
	}
}

// withoutScheme returns an address as people read it.
func withoutScheme(address string) string {
	_, rest, found := strings.Cut(address, "://")
	if !found {
		return address
	}
	return rest
}

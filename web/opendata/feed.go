package opendata

import (
	"context"
	"crypto/sha256"
	"encoding/xml"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"urna/elections"
	"urna/internal/messages"
	"urna/results"
	"urna/web/cache"
)

// FeedType is the content type of a feed.
const FeedType = "application/atom+xml; charset=utf-8"

// An Atom feed (RFC 4287).
type (
	atomFeed struct {
		XMLName  xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
		Language string      `xml:"xml:lang,attr"`
		ID       string      `xml:"id"`
		Title    string      `xml:"title"`
		Updated  string      `xml:"updated"`
		Author   atomAuthor  `xml:"author"`
		Links    []atomLink  `xml:"link"`
		Entries  []atomEntry `xml:"entry"`
	}
	atomAuthor struct {
		Name string `xml:"name"`
	}
	atomLink struct {
		Relation string `xml:"rel,attr"`
		Type     string `xml:"type,attr"`
		Address  string `xml:"href,attr"`
	}
	atomEntry struct {
		ID      string      `xml:"id"`
		Title   string      `xml:"title"`
		Updated string      `xml:"updated"`
		Link    atomLink    `xml:"link"`
		Content atomContent `xml:"content"`
		at      time.Time
	}
	atomContent struct {
		Type string `xml:"type,attr"`
		Text string `xml:",chardata"`
	}
)

// Publisher is who publishes a feed, and where.
type Publisher struct {
	// Identity tells this server from every other one. Ids of entries follow from it.
	Identity string
	// Address is that of the server as readers open it, "" if it is not known. Links are then relative to the feed's address.
	Address string
	Name    string
}

// Feed draws what happened in an election, newest first, in the language of the context: its publication, its opening and
// end, the provisional result, each certification and each correction. The id of an entry never changes. The entry of the
// provisional result exists while counts may be shown and are not certified, and no other entry has a count.
func Feed(ctx context.Context, public *results.Public, by Publisher) (cache.Drawing, error) {
	e := public.Election
	f := feed{ctx: ctx, public: public, by: by, page: by.Address + "/elections/" + decimal(e.ID)}
	f.happened()
	if public.Results != nil && public.Results.Provisional && !public.Results.Altered {
		f.add("standing", public.Results.UpdatedAt, messages.FeedStanding(), standingText(ctx, public.Results))
	}
	slices.SortStableFunc(f.entries, func(a, b atomEntry) int { return b.at.Compare(a.at) })
	updated := e.PublishedAt
	if len(f.entries) > 0 {
		updated = f.entries[0].at
	}
	self := f.page + "/feed.atom"
	document := atomFeed{
		Language: messages.From(ctx).Language(), ID: stableID(by.Identity, e.ID, "feed"), Title: e.Title, Updated: atomTime(updated), Author: atomAuthor{by.Name},
		Links:   []atomLink{{"self", "application/atom+xml", self}, {"alternate", "text/html", f.page}},
		Entries: f.entries,
	}
	body, err := xml.MarshalIndent(document, "", "  ")
	return cache.Drawing{ContentType: FeedType, Body: append([]byte(xml.Header), append(body, '\n')...), Until: public.Until}, err
}

// feed collects the entries of a feed.
type feed struct {
	ctx     context.Context
	public  *results.Public
	by      Publisher
	page    string
	entries []atomEntry
}

// happened adds an entry for each act and each change of the state.
func (f *feed) happened() {
	e, state := f.public.Election, f.public.State
	if !e.PublishedAt.IsZero() {
		f.add("published", e.PublishedAt, messages.FeedPublished(), f.say(messages.FeedPublishedMore(f.when(e.StartsAt), f.when(e.EndsAt))))
	}
	if state == elections.Withdrawn {
		if e.WithdrawnAt != nil {
			f.add("withdrawn", *e.WithdrawnAt, messages.FeedWithdrawn(), e.WithdrawalReason)
		}
		return
	}
	if state != elections.Scheduled && state != elections.Drafted {
		f.add("opened", e.StartsAt, messages.FeedOpened(), f.say(messages.FeedOpenedMore(f.when(e.EndsAt))))
	}
	if state == elections.Counting || state == elections.Certified || state == elections.Correcting {
		f.add("ended", e.EndsAt, messages.FeedEnded(), f.say(messages.FeedEndedMore()))
	}
	f.certifications()
}

// certifications adds the certifications and the corrections. Figures that were altered later are not announced again.
func (f *feed) certifications() {
	if f.public.Final != nil && f.public.Final.Certification != nil {
		records := f.public.Final.Certification.Earlier
		if last := f.public.Final.Certification.Record; last != nil {
			records = append(slices.Clone(records), *last)
		}
		for i := range records {
			title := messages.FeedCertified()
			if i > 0 {
				title = messages.FeedCertifiedAgain()
			}
			f.add("certified-"+strconv.Itoa(records[i].Number), records[i].At, title, f.say(messages.FeedFigures(records[i].Figures)))
		}
	}
	for i := range f.public.Corrected {
		f.correction(&f.public.Corrected[i].Correction)
	}
	if f.public.Correcting != nil {
		f.correction(f.public.Correcting)
	}
}

func (f *feed) correction(c *elections.Correction) {
	if c.Number == 0 {
		return
	}
	f.add("correction-"+strconv.Itoa(c.Number), c.OpenedAt, messages.FeedCorrection(), f.say(messages.FeedCorrectionMore(c.Reason, c.OrderedBy)))
}

// add adds an entry. Its name is unique in the election.
func (f *feed) add(name string, at time.Time, title messages.Message, content string) {
	f.entries = append(f.entries, atomEntry{
		ID: stableID(f.by.Identity, f.public.Election.ID, name), Title: title.In(f.ctx), Updated: atomTime(at),
		Link: atomLink{"alternate", "text/html", f.page}, Content: atomContent{"text", content}, at: at,
	})
}

func (f *feed) say(m messages.Message) string { return m.In(f.ctx) }

// when writes a time in the election's zone.
func (f *feed) when(at time.Time) messages.Message {
	e := f.public.Election
	return messages.UnitMomentInZone(messages.DateTime(at.In(e.Location())), messages.Verbatim(e.Location().String()))
}

// standingText lists the provisional result, a line a participant, most votes first.
func standingText(ctx context.Context, r *results.Results) string {
	lines := []string{messages.FeedProvisional().In(ctx)}
	for i := range r.Participants {
		p := &r.Participants[i]
		votes, share := messages.Integer(p.Votes), p.Share.InPercent()
		line := messages.FeedVotes(p.Name, votes, share)
		if r.Election.Kind == elections.Parliamentary {
			line = messages.FeedVotesAndSeats(p.Name, votes, share, int64(p.Seats))
		}
		lines = append(lines, line.In(ctx))
	}
	return strings.Join(lines, "\n")
}

// stableID returns a URN that is the same whenever it is asked for: a UUID of version 8 (RFC 9562), from a hash.
func stableID(identity string, election int64, name string) string {
	sum := sha256.Sum256([]byte("urna|" + identity + "|" + decimal(election) + "|" + name))
	sum[6], sum[8] = sum[6]&0x0f|0x80, sum[8]&0x3f|0x80
	return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", sum[0:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}

func atomTime(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func decimal(n int64) string { return strconv.FormatInt(n, 10) }

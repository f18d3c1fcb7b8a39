package pages

import (
	"cmp"
	"context"

	"github.com/gin-gonic/gin"

	"urna/internal/messages"
	"urna/internal/problem"
	"urna/web/cache"
	"urna/web/help"
	"urna/web/respond"
	"urna/web/view"
)

// errNoChapter is returned for a chapter that the handbook does not have.
var errNoChapter = problem.New(problem.NotFound, "unknown-chapter", messages.RefusalUnknownChapter())

// Help lists the chapters of the handbook.
func (p *Pages) Help(c *gin.Context) {
	p.public(c, cache.Key{Page: "help"}, func(ctx context.Context, reader *view.Person) (publicPage, error) {
		return publicPage{component: view.Help(view.HelpPage{ //nolint:contextcheck // drawn later, with the context of its language
			Page: p.surround(reader, view.SectionHelp, messages.HelpHeading()), Chapters: helpChapters(ctx),
		})}, nil
	})
}

// HelpChapter shows one chapter.
func (p *Pages) HelpChapter(c *gin.Context) {
	name := c.Param("chapter")
	if _, ok := help.Find(messages.English(), name); !ok {
		respond.Error(c, errNoChapter)
		return
	}
	key := cache.Key{Page: "help/" + name}
	contact, err := p.contactFor(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	if contact != p.Contact {
		key = cache.Key{} // the chapter with the contact of an election
	}
	p.public(c, key, func(ctx context.Context, reader *view.Person) (publicPage, error) {
		chapter, _ := help.Find(messages.From(ctx), name)
		model := view.HelpChapterPage{
			Page: p.surround(reader, view.SectionHelp, messages.Verbatim(chapter.Title)), Name: name, Title: chapter.Title, Language: chapter.Language,
			Untranslated: !chapter.Translated, HTML: chapter.HTML, Chapters: helpChapters(ctx),
		}
		if name == "trouble" || name == "voters" || name == "officials" {
			model.Contact = contact
		}
		for _, h := range chapter.Headings {
			model.Headings = append(model.Headings, view.HelpHeading{Anchor: h.Anchor, Text: h.Text})
		}
		return publicPage{component: view.HelpChapter(model)}, nil
	})
}

// contactFor returns whom readers can ask: the contact of the published election that the address names, else that of the server.
func (p *Pages) contactFor(c *gin.Context) (string, error) {
	id := queryID(c, "election")
	if id == 0 {
		return p.Contact, nil
	}
	if _, err := p.Elections.Election(c.Request.Context(), id); err != nil {
		return p.Contact, nil //nolint:nilerr // the chapter is for readers of no election, too
	}
	told, err := p.Elections.VoterInformation(c.Request.Context(), id)
	return cmp.Or(told.Contact, p.Contact), err
}

// helpChapters returns all chapters in the language of the context.
func helpChapters(ctx context.Context) []view.HelpEntry {
	chapters := help.In(messages.From(ctx))
	entries := make([]view.HelpEntry, len(chapters))
	for i, c := range chapters {
		entries[i] = view.HelpEntry{Name: c.Name, Title: c.Title, Summary: c.Summary, Address: c.Address(), Language: c.Language}
	}
	return entries
}

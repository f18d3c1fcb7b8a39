package view

import (
	"context"
	"strings"
)

// HelpPage lists the chapters of the handbook.
type HelpPage struct {
	Page     Page
	Chapters []HelpEntry
}

// HelpEntry is a chapter in a list.
type HelpEntry struct {
	Name, Title, Summary, Address string
	Language                      string // of the texts
}

// HelpChapterPage is one chapter.
type HelpChapterPage struct {
	Contact      string // whom people can ask, "" for none
	Page         Page
	Name, Title  string
	Language     string // of the text
	Untranslated bool   // the text is in English because the reader's language does not have it
	HTML         string
	Headings     []HelpHeading
	Chapters     []HelpEntry
}

// HelpHeading is a heading of a chapter.
type HelpHeading struct{ Anchor, Text string }

type helpKey struct{}

// WithHelp returns a context whose pages are explained at an address of the handbook; "" for none.
func WithHelp(ctx context.Context, address string) context.Context {
	return context.WithValue(ctx, helpKey{}, address)
}

// HelpOf returns where a page of the context is explained, "" for none.
func HelpOf(ctx context.Context) string {
	address, _ := ctx.Value(helpKey{}).(string)
	return address
}

// helpAddress returns where a page of a section is explained. A voter's screen has its language in its address alone, so
// that the handbook is told it there, too.
func helpAddress(ctx context.Context, section Section) string {
	address := HelpOf(ctx)
	if address == "" || section != SectionVote {
		return address
	}
	path, anchor, _ := strings.Cut(address, "#")
	return Kept(ctx, path) + "#" + anchor
}

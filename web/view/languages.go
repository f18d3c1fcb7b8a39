package view

import (
	"context"
	"net/url"
	"strings"

	"urna/internal/messages"
)

// Languages are those in which a page can be read, and its address.
type Languages struct {
	List []messages.Language
	// Address is the page's own, with its query and without a language; "" if the page cannot be opened again.
	Address string
}

type languagesKey struct{}

// WithLanguages returns a context whose pages are offered in languages.
func WithLanguages(ctx context.Context, l Languages) context.Context {
	return context.WithValue(ctx, languagesKey{}, l)
}

// LanguagesOf returns the languages of a context; without any, pages are offered in none.
func LanguagesOf(ctx context.Context) Languages {
	l, _ := ctx.Value(languagesKey{}).(Languages)
	return l
}

// choosable reports whether there is a language to choose.
func (l Languages) choosable() bool { return len(l.List) > 1 && l.Address != "" }

// in returns the page's address in a language.
func (l Languages) in(tag string) string { return InLanguage(l.Address, tag) }

// InLanguage returns an address of this server in a language.
func InLanguage(address, tag string) string {
	path, query, _ := strings.Cut(address, "?")
	if query != "" {
		query += "&"
	}
	return path + "?" + query + "lang=" + url.QueryEscape(tag)
}

// Kept returns an address that a script or a voter's screen asks for, in the language of the page: no cookie tells it. With
// one language it is the address as it is.
func Kept(ctx context.Context, address string) string {
	if len(LanguagesOf(ctx).List) < 2 {
		return address
	}
	return InLanguage(address, messages.From(ctx).Language())
}

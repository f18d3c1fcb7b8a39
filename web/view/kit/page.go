package kit

import (
	"context"
	"strings"

	"github.com/a-h/templ"

	"urna/assets"
	"urna/internal/messages"
)

// Document is what every page has around its content.
type Document struct {
	Title   messages.Message // of the browser's window
	Refresh string           // the content of the element that loads the page again without JavaScript; "" for none
	Scripts []string         // the assets that the page needs, by name
	Head    templ.Component  // more for the head of the document, such as links to other languages; nil for nothing
	Bare    bool             // the content alone, dark and large, for a screen in a hall
	Area    Area
	Links   []Link
	Account *Account // nil without a sign-in
	SignIn  bool     // with a link to sign in
	// Languages chooses the page's language; nil for none. It is in the foot of the page.
	Languages templ.Component
	Foot      messages.Message
	FootLinks []Link
}

// Area says as what a person is on a page. The zero Area is public.
type Area struct {
	Name messages.Message
	Icon string
}

// Link is an entry of the navigation.
type Link struct {
	Href    string
	Text    messages.Message
	TestID  string
	Current bool // the page belongs to it
}

// Account is the signed-in person.
type Account struct {
	Name    string
	Current bool // the page is the account's own
}

// faces are the files of the typeface that a page in the language needs at once.
func faces(ctx context.Context) []string {
	files := []string{assets.URL("urna-sans-latin.woff2")}
	switch language := messages.From(ctx).Language(); {
	case strings.HasPrefix(language, "ka"):
		files = append(files, assets.URL("noto-sans-georgian.woff2"))
	case strings.Contains(language, "Cyrl"), strings.HasPrefix(language, "ru"), strings.HasPrefix(language, "uk"):
		files = append(files, assets.URL("urna-sans-cyrillic.woff2"))
	case strings.Contains(language, "Latn"):
		files = append(files, assets.URL("urna-sans-latin-ext.woff2"))
	}
	return files
}

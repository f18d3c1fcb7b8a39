package web

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"

	"urna/assets"
	"urna/internal/messages"
	"urna/web/view"
)

// languageCookie keeps the language that a reader chose. It has no other value than a language's tag.
const languageCookie = "urna-language"

// languageParameter is the query parameter with which an address names its language.
const languageParameter = "lang"

// language is middleware: it chooses the language of a page, by ?lang= of its address, then by the reader's cookie, then by
// Accept-Language, else the server's own. A language that the address names is kept in the cookie. On the voter's screens
// no cookie is set or read. What programs ask for stays in English.
//
// The parameter is taken out of the address: it changes how a page reads, never what it shows.
func (s *server) language(c *gin.Context) {
	if s.options.Language != nil || forPrograms(c.Request) {
		return
	}
	named := takeLanguage(c)
	choice := s.options.Languages
	voter := inFolder(c.Request.URL.Path, votePath)
	chosen, ok := choice.Of(named)
	switch {
	case ok && !voter && readsPage(c.Request):
		s.keepLanguage(c, chosen)
	case !ok && !voter:
		if cookie, err := c.Request.Cookie(languageCookie); err == nil {
			chosen, ok = choice.Of(cookie.Value)
		}
	}
	if !ok {
		chosen = choice.Accepting(c.GetHeader("Accept-Language"))
	}
	offer := view.Languages{List: choice.Languages()}
	if len(offer.List) > 1 {
		c.Writer.Header().Add("Vary", "Accept-Language")
	}
	if c.Request.Method == http.MethodGet || c.Request.Method == http.MethodHead || s.readable[c.FullPath()] {
		offer.Address = c.Request.URL.RequestURI()
	}
	ctx := messages.With(c.Request.Context(), chosen)
	c.Request = c.Request.WithContext(view.WithLanguages(ctx, offer))
}

// forPrograms reports whether a request is one of a contract with programs, or for a file that has no language.
func forPrograms(r *http.Request) bool {
	path := r.URL.Path
	return path == votePath || inFolder(path, "/api") || inFolder(path, epmsBase) || strings.HasPrefix(path, assets.Prefix) ||
		path == "/healthz" || path == "/readyz"
}

// readsPage reports whether a person opens an address. The live feed is asked for by a page.
func readsPage(r *http.Request) bool {
	return r.Method == http.MethodGet && !strings.HasSuffix(r.URL.Path, "/live") && r.Header.Get("HX-Request") == ""
}

// takeLanguage takes the language out of the request's address and returns its tag, "" for none.
func takeLanguage(c *gin.Context) (tag string) {
	query := c.Request.URL.RawQuery
	if !strings.Contains(query, languageParameter) {
		return ""
	}
	var rest []string
	for pair := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(pair, "=")
		if name != languageParameter {
			rest = append(rest, pair)
			continue
		}
		if value, err := url.QueryUnescape(value); err == nil && tag == "" {
			tag = value
		}
	}
	address := *c.Request.URL
	address.RawQuery = strings.Join(rest, "&")
	c.Request.URL = &address
	return tag
}

// keepLanguage sets the cookie, unless the reader has it.
func (s *server) keepLanguage(c *gin.Context, chosen *messages.Localizer) {
	if before, err := c.Request.Cookie(languageCookie); err == nil && before.Value == chosen.Language() {
		return
	}
	const year = 365 * 24 * 60 * 60
	http.SetCookie(c.Writer, &http.Cookie{ //nolint:gosec // secure where the server is reached by TLS
		Name: languageCookie, Value: chosen.Language(), Path: "/", MaxAge: year, HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: s.options.Secure,
	})
}

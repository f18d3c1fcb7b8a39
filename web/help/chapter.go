package help

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"urna/internal/messages"
)

//go:embed */*.md
var files embed.FS

// Base is the address of the handbook.
const Base = "/help"

// original is the folder that has every chapter.
const original = "en"

// The chapters, by the names of their files, in the order in which they are listed.
const (
	HowThisWorks   = "how-this-works"
	Voters         = "voters"
	Officials      = "officials"
	Administrators = "administrators"
	ElectionDay    = "election-day"
	Trouble        = "trouble"
)

// Names returns the names of all chapters, in the order in which they are listed.
func Names() []string {
	return []string{HowThisWorks, Voters, Officials, Administrators, ElectionDay, Trouble}
}

// Chapter is one chapter in a reader's language.
type Chapter struct {
	Name    string
	Title   string
	Summary string // its first paragraph
	// Language is that of its text: the reader's, or English if the chapter is not translated.
	Language   string
	Translated bool
	Headings   []Heading
	HTML       string // what follows the title
}

// Heading is a heading of a chapter.
type Heading struct{ Anchor, Text string }

// Address returns where the chapter is read.
func (c *Chapter) Address() string { return Base + "/" + c.Name }

// Find returns a chapter by its name in the localizer's language; false for a name that no chapter has.
func Find(l *messages.Localizer, name string) (*Chapter, bool) {
	i := slices.Index(Names(), name)
	if i < 0 {
		return nil, false
	}
	return In(l)[i], true
}

// In returns all chapters in the localizer's language.
func In(l *messages.Localizer) []*Chapter {
	return handbooks[l.Language()]()
}

// handbooks make the chapters of each language when they are asked for first.
var handbooks = func() map[string]func() []*Chapter { //nolint:gochecknoglobals // made once of what was compiled in
	all := map[string]func() []*Chapter{}
	for _, language := range messages.Known() {
		all[language.Tag] = sync.OnceValue(func() []*Chapter {
			l, _ := messages.In(language.Tag)
			var chapters []*Chapter
			for _, name := range Names() {
				c, err := read(l, name)
				if err != nil {
					panic(fmt.Errorf("help: %s: %s: %w", language.Tag, name, err)) // excluded by the tests of the chapters
				}
				chapters = append(chapters, c)
			}
			return chapters
		})
	}
	return all
}()

// read returns a chapter in the localizer's language, in English if the language's folder does not have it.
func read(l *messages.Localizer, name string) (*Chapter, error) {
	source, err := files.ReadFile(path.Join(l.Folder(), name+".md"))
	translated := err == nil
	if !translated {
		if source, err = files.ReadFile(path.Join(original, name+".md")); err != nil {
			return nil, fmt.Errorf("read the chapter: %w", err)
		}
	}
	c, err := render(l, translated, source)
	if err != nil {
		return nil, err
	}
	c.Name = name
	return c, nil
}

// render makes a chapter of its source.
func render(l *messages.Localizer, translated bool, source []byte) (*Chapter, error) {
	c := &Chapter{Language: l.Language(), Translated: translated}
	w := writer{localizer: l, language: l.Language()}
	if !translated {
		c.Language, w.language = original, original
		w.letters = messages.English()
	} else {
		w.letters = l
	}
	markdown := goldmark.New(
		goldmark.WithExtensions(extension.Table),
		goldmark.WithParserOptions(
			parser.WithAttribute(),
			parser.WithInlineParsers(util.Prioritized(labels{}, beforeAll)),
			parser.WithASTTransformers(util.Prioritized(links{}, beforeAll)),
		),
		goldmark.WithRendererOptions(renderer.WithNodeRenderers(util.Prioritized(w, beforeAll), util.Prioritized(html.NewRenderer(), last))),
	)
	document := markdown.Parser().Parse(text.NewReader(source))
	title, isTitle := document.FirstChild().(*ast.Heading)
	if !isTitle || title.Level != 1 {
		return nil, errors.New("the chapter does not begin with its title")
	}
	summary := title.NextSibling()
	if summary == nil || summary.Kind() != ast.KindParagraph {
		return nil, errors.New("no paragraph follows the title")
	}
	c.Title, c.Summary = w.plain(title, source), w.plain(summary, source)
	document.RemoveChild(document, title)
	for n := document.FirstChild(); n != nil; n = n.NextSibling() {
		if heading, ok := n.(*ast.Heading); ok {
			anchor, _ := heading.AttributeString("id")
			id, ok := anchor.([]byte)
			if !ok {
				return nil, fmt.Errorf("the heading %q has no address", w.plain(n, source))
			}
			c.Headings = append(c.Headings, Heading{Anchor: string(id), Text: w.plain(n, source)})
		}
	}
	var b bytes.Buffer
	if err := markdown.Renderer().Render(&b, source, document); err != nil {
		return nil, fmt.Errorf("render the chapter: %w", err)
	}
	c.HTML = b.String()
	return c, nil
}

// links is a transformer that leads links between chapters to the addresses of the handbook.
type links struct{}

// Transform changes the destinations of links.
func (links) Transform(document *ast.Document, _ text.Reader, _ parser.Context) {
	_ = ast.Walk(document, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if link, ok := n.(*ast.Link); ok && entering {
			if to := string(link.Destination); !strings.HasPrefix(to, "/") && !strings.HasPrefix(to, "#") {
				link.Destination = []byte(Base + "/" + to)
			}
		}
		return ast.WalkContinue, nil
	})
}

// sources returns the files of a folder, for tests.
func sources(folder string) []string {
	names, err := fs.Glob(files, folder+"/*.md")
	if err != nil {
		return nil
	}
	return names
}

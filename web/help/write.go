package help

import (
	"fmt"
	"html"
	"regexp"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	markdown "github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"urna/assets"
	"urna/internal/messages"
)

// The priorities of parts of the Markdown reader: the lowest comes first.
const (
	beforeAll = 10
	last      = 1000
)

// label is a sentence of the catalogue in a text.
type label struct {
	ast.BaseInline

	id string
}

// kindLabel is the kind of its node.
var kindLabel = ast.NewNodeKind("Label") //nolint:gochecknoglobals // a constant

// Kind returns kindLabel.
func (*label) Kind() ast.NodeKind { return kindLabel }

// Dump prints the node, for debugging.
func (n *label) Dump(source []byte, level int) {
	ast.DumpHelper(n, source, level, map[string]string{"ID": n.id}, nil)
}

var labelForm = regexp.MustCompile(`^\{\{([a-z0-9_]+\.[a-z0-9_]+)\}\}`)

// labels reads {{area.key}}.
type labels struct{}

// Trigger returns the sign with which a label begins.
func (labels) Trigger() []byte { return []byte{'{'} }

// Parse reads a label.
func (labels) Parse(_ ast.Node, block text.Reader, _ parser.Context) ast.Node {
	line, _ := block.PeekLine()
	found := labelForm.FindSubmatch(line)
	if found == nil {
		return nil
	}
	block.Advance(len(found[0]))
	return &label{id: string(found[1])}
}

// writer writes texts and labels for a reader.
type writer struct {
	localizer *messages.Localizer // of the reader
	letters   *messages.Localizer // of the text
	language  string              // of the text
}

// RegisterFuncs registers the nodes that writer writes.
func (w writer) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(ast.KindText, w.text)
	r.Register(kindLabel, w.label)
	r.Register(ast.KindImage, w.picture)
}

func (w writer) text(b util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	n, ok := node.(*ast.Text)
	if !entering || !ok {
		return ast.WalkContinue, nil
	}
	markdown.DefaultWriter.Write(b, []byte(w.letters.Written(string(n.Segment.Value(source)))))
	if n.SoftLineBreak() {
		return ast.WalkContinue, b.WriteByte('\n')
	}
	return ast.WalkContinue, nil
}

func (w writer) label(b util.BufWriter, _ []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	n, ok := node.(*label)
	if !entering || !ok {
		return ast.WalkContinue, nil
	}
	name := html.EscapeString(w.named(n.id))
	if language := w.localizer.Language(); language != w.language {
		name = `<span lang="` + language + `">` + name + `</span>`
	}
	_, err := b.WriteString(name)
	return ast.WalkContinue, err
}

// picture writes a picture of a page in the reader's language: ![what it shows](the state's name). Tests of the pages in a
// browser take these pictures.
func (w writer) picture(b util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	n, ok := node.(*ast.Image)
	if !entering || !ok {
		return ast.WalkContinue, nil
	}
	url, width, height := assets.Picture(string(n.Destination) + "." + w.localizer.Language() + ".webp")
	_, err := fmt.Fprintf(b, `<img src="%s" width="%d" height="%d" loading="lazy" alt="%s">`, url, width, height, html.EscapeString(w.plain(n, source)))
	return ast.WalkSkipChildren, err
}

// named returns a sentence of the catalogue in the reader's language. The tests exclude ids that the catalogue does not have.
func (w writer) named(id string) string {
	m, ok := messages.Named(id)
	if !ok {
		return id
	}
	return w.localizer.Text(m)
}

// plain returns the text of a node without its markup.
func (w writer) plain(node ast.Node, source []byte) string {
	var b strings.Builder
	_ = ast.Walk(node, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Text:
			value := string(n.Segment.Value(source))
			if n.Parent().Kind() != ast.KindCodeSpan {
				value = w.letters.Written(value)
			}
			b.WriteString(value)
			if n.SoftLineBreak() {
				b.WriteByte(' ')
			}
		case *label:
			b.WriteString(w.named(n.id))
		}
		return ast.WalkContinue, nil
	})
	return b.String()
}

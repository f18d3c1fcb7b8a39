package svg

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

const head = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 20">`

func TestRedraw_WritesWhatItUnderstoodAndNothingElse(t *testing.T) {
	file := `<?xml version="1.0"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">
<!-- made by <script>alert(1)</script> --><svg xmlns="http://www.w3.org/2000/svg" xmlns:inkscape="http://www.inkscape.org/x" version="1.1" viewBox="0 0 40 20" id="secret">
<title>Secret &lt;script&gt;</title><metadata><x>y</x></metadata><inkscape:namedview><inkscape:page/></inkscape:namedview>
<g transform="translate(1 2) scale(.5)" class="a" inkscape:label="Secret"><path style="fill:#c00; stroke : none;-inkscape-stroke:none" d="M 0,0 L 10 10 z"/></g>
<rect x="1" y="2" width="3.5" height="4" rx="1" fill="rgb(1, 2, 3)"/><circle cx="1" cy="2" r="3" stroke="red" stroke-width="2px"/></svg>`
	drawn, mistake := Redraw([]byte(file))
	want := head[:len(head)-1] + ` width="200" height="100"><g transform="translate(1 2) scale(.5)"><path d="M 0,0 L 10 10 z" fill="#c00" stroke="none"></path></g>` +
		`<rect x="1" y="2" width="3.5" height="4" rx="1" fill="rgb(1, 2, 3)"></rect><circle cx="1" cy="2" r="3" stroke="red" stroke-width="2px"></circle></svg>`
	if !mistake.IsZero() || string(drawn.Document) != want || drawn.Width != 200 || drawn.Height != 100 {
		t.Errorf("want\n%s\ngot\n%s, %d × %d, %s", want, drawn.Document, drawn.Width, drawn.Height, mistake)
	}
	if again, mistake := Redraw(drawn.Document); !mistake.IsZero() || !bytes.Equal(again.Document, drawn.Document) {
		t.Errorf("want the same picture drawn again, got %s, %s", again.Document, mistake)
	}
}

func TestRedraw_RefusesByNameAndLine(t *testing.T) {
	for name, c := range map[string]struct{ file, want string }{
		"a script":            {head + "\n<script>alert(1)</script></svg>", "Line 2 of the drawing has the element “script”"},
		"an image":            {head + `<image href="https://evil.example.org/x.png"/></svg>`, "the element “image”"},
		"a use":               {head + `<use href="#x"/></svg>`, "the element “use”"},
		"a style sheet":       {head + "\n\n<style>*{}</style></svg>", "Line 3 of the drawing has the element “style”"},
		"a foreign object":    {head + `<foreignObject/></svg>`, "the element “foreignObject”"},
		"letters":             {head + `<text>Urna</text></svg>`, "the element “text”"},
		"text between":        {head + "\n<g>text</g></svg>", "has text"},
		"an event":            {head + `<path onclick="alert(1)" d="M0 0"/></svg>`, "a value of “onclick”"},
		"an event that loads": {`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1" onload="none"></svg>`, "a value of “onload”"},
		"an address":          {head + `<path fill="url(https://evil.example.org)" d="M0 0"/></svg>`, "a value of “fill”"},
		"an address in style": {head + `<path style="fill:url(#a)" d="M0 0"/></svg>`, "a value of “fill”"},
		"a link":              {head + `<g xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="javascript:alert(1)"/></svg>`, "a value of “href”"},
		"a filter":            {head + `<g filter="url(#a)"/></svg>`, "a value of “filter”"},
		"a path with letters": {head + `<path d="M0 0 javascript"/></svg>`, "a value of “d”"},
		"an entity":           {`<!DOCTYPE svg [<!ENTITY a "b">]>` + head + `</svg>`, "!DOCTYPE"},
		"an unknown entity":   {head + `<g id="&bomb;"/></svg>`, "cannot be read as SVG"},
		"cut off":             {head + `<g>`, "cannot be read as SVG"},
		"a page":              {`<html><body></body></html>`, "the element “html”"},
		"a picture within":    {head + head + `</svg></svg>`, "the element “svg”"},
		"no size":             {`<svg xmlns="http://www.w3.org/2000/svg"></svg>`, "has no size"},
		"an endless size":     {`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1e99 1"></svg>`, "has no size"},
		"nothing":             {`<!-- nothing -->`, "not a complete drawing"},
		"many shapes":         {head + strings.Repeat(`<g/>`, maxElements) + `</svg>`, "too large"},
		"deep nesting":        {head + strings.Repeat(`<g>`, 100) + strings.Repeat(`</g>`, 100) + `</svg>`, "too large"},
		"a long path":         {head + `<path d="M0 0` + strings.Repeat(" 1 1", 40_000) + `"/></svg>`, "too large"},
	} {
		t.Run(name, func(t *testing.T) {
			drawn, mistake := Redraw([]byte(c.file))
			if mistake.IsZero() || !strings.Contains(mistake.String(), c.want) {
				t.Errorf("want a refusal with %q, got %q and %s", c.want, mistake, drawn.Document)
			}
		})
	}
}

func FuzzRedraw(f *testing.F) {
	f.Add([]byte(head + `<g transform="rotate(3)"><path style="fill:#c00" d="M0 0z"/></g></svg>`))
	f.Add([]byte(head + `<script/></svg>`))
	f.Fuzz(func(t *testing.T, file []byte) {
		drawn, mistake := Redraw(file)
		if !mistake.IsZero() {
			return
		}
		again, mistake := Redraw(drawn.Document)
		if !mistake.IsZero() || !bytes.Equal(again.Document, drawn.Document) {
			t.Errorf("want the same picture drawn again, got %s, %s", fmt.Sprintf("%q", again.Document), mistake)
		}
		for _, never := range []string{"script", "href", "url(", "on", "&", "style"} {
			if bytes.Contains(drawn.Document, []byte("<"+never)) || bytes.Contains(drawn.Document, []byte(" "+never)) || never == "url(" && bytes.Contains(drawn.Document, []byte(never)) {
				t.Errorf("want no %s, got %q", never, drawn.Document)
			}
		}
	})
}

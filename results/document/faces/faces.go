// Package faces has the typefaces that the server itself draws with: those of the record of results and of the pictures
// of links. Both have Latin, Cyrillic and Georgian letters; README.md beside them says how they were made.
package faces

import _ "embed"

// Regular is Noto Sans as a TrueType file. It must not be changed.
//
//go:embed NotoSans-Regular.ttf
var Regular []byte

// Bold is the same in bold. It must not be changed.
//
//go:embed NotoSans-Bold.ttf
var Bold []byte

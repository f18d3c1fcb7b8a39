package view

import (
	"urna/internal/messages"
	"urna/web/view/kit"
)

// MapFigure shows the constituencies of an election on a map, each in the pattern of who has the most votes there. The page
// has the table with the same beside it.
type MapFigure struct {
	ViewBox string
	Text    messages.Message // says in words what the map shows; "" on a preview
	Source  messages.Message // "" says nothing
	Shapes  []MapShape
	Fills   []MapFill // those of the leaders
}

// MapShape is a constituency.
type MapShape struct {
	ID    string // of the outline, which MapOutlines draws
	Href  string // its page; "" for none
	Title string // its name, and who leads
	Fill  string
}

// MapFill is what a leader's constituencies are drawn with. Kinds differ without any colour.
type MapFill struct {
	ID    string
	Color string // "#rrggbb"
	Kind  int    // 0 to MapFillKinds-1
	Text  messages.Message
}

// MapFillKinds is the number of patterns.
const MapFillKinds = 12

// MapOutline is the outline of a constituency. Pages have the outlines once, outside of the part that changes.
type MapOutline struct {
	ID   string
	Path string
}

// MapPage is the page of an election's map for administrators.
type MapPage struct {
	Page     Page
	Problems kit.Problems
	Notice   messages.Message
	Action   string
	Remove   string // address; "" if there is no map

	File, Property, Source kit.Field

	// Preview is a map that was read and is not stored; nil for none.
	Preview *MapPreview
	// Stored is the stored map.
	Stored         *MapFigure
	StoredOutlines []MapOutline
}

// MapPreview says what a file makes.
type MapPreview struct {
	Figure           MapFigure
	Outlines         []MapOutline
	Matched          messages.Message
	Plane, ByNumber  bool
	Missing, Unknown []string
	Bare             []string
	Drawn            string // the map as it will be stored, for the form
	Source           string
}

package view

// ElectionImportPage takes a list of constituencies and candidacies.
type ElectionImportPage struct {
	Page     Page
	Crumbs   []Crumb
	Action   string
	Back     string
	Problems Problems
	List     Field
	Columns  []string
	// Of the preview, where there is one.
	Sum   string
	Fresh []FreshRow // participants to be registered
	Parts []StandingPart
	// Version is that of the election which the list was shown for.
	Version string
}

// FreshRow is a participant to be registered.
type FreshRow struct {
	Name  string
	Alike string // the participants that look the same; "" for none
}

// DeclaredPage asks for the votes cast by the paper protocols, constituency by constituency.
type DeclaredPage struct {
	Page      Page
	Crumbs    []Crumb
	Action    string
	Back      string
	Problems  Problems
	Fields    []Field
	Certified bool
}

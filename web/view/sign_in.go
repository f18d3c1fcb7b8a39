package view

// SignInPage is the way in.
type SignInPage struct {
	Page     Page
	Email    string
	Next     string // where to go afterwards
	Problems Problems
}

// SignInCodePage asks for the second factor.
type SignInCodePage struct {
	Page     Page
	Next     string
	Problems Problems
}

// SetupPage makes the first administrator.
type SetupPage struct {
	Page     Page
	Action   string
	Fields   []Field
	Problems Problems
}

package view

// SignInPage is the way in.
type SignInPage struct {
	Page     Page
	Email    string
	Next     string // where to go afterwards
	Problems Problems
}

// ErrorPage says what could not be done.
type ErrorPage struct {
	Page    Page
	Status  string // such as "404"
	Heading string
	Message string
	Details []string
	Advice  string
	Links   []Crumb
}

// UsersPage lists the accounts.
type UsersPage struct {
	Page  Page
	Users []UserRow
}

// UserRow is one account.
type UserRow struct {
	ID       string
	Name     string
	Email    string
	Role     string
	JMBG     string
	Since    Moment
	Disabled bool
	Self     bool // the person who looks
}

// UserFormPage asks for a new account.
type UserFormPage struct {
	Page     Page
	Fields   []Field // all but the role
	Role     Field
	Roles    []Option
	Problems Problems
}

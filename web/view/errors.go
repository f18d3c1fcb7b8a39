package view

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

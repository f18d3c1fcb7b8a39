package auth

import (
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"urna/internal/messages"
	"urna/internal/problem"
	"urna/internal/text"
)

// emailForm is a local part, an @, a domain with a dot, and a last label of two letters or more.
var emailForm = regexp.MustCompile(`^[^\s@]+@[^\s@.]+(\.[^\s@.]+)*\.[A-Za-z]{2,}$`)

// ValidEmail reports whether s has the form of an e-mail address of under 256 characters. A new account's has no
// invisible character either.
func ValidEmail(s string) bool {
	return utf8.ValidString(s) && utf8.RuneCountInString(s) < 256 && emailForm.MatchString(s)
}

// emailKey returns what an e-mail address is compared by, wherever two are: at registration, sign-in, deletion, on
// the command line, and by the limiter of guesses. Case makes no difference, as with the names of things: no provider
// gives Ada@example.org and ada@example.org to two people, and nor do they é in one piece and é in two.
func emailKey(s string) string { return text.Key(s) }

func checkEmail(c *problem.Checks, email string) {
	switch mistake := problem.InVisibleText(email); {
	case email == "":
		c.Add("email", messages.FieldEnterEmail())
	case !mistake.IsZero():
		c.Add("email", mistake)
	case strings.ContainsFunc(email, unicode.IsSpace):
		c.Add("email", messages.FieldEmailBlank())
	case !ValidEmail(email):
		c.Add("email", messages.FieldEnterEmail())
	}
}

// ValidJMBG reports whether s is a JMBG, the national id of Yugoslavia's successors: 13 digits
// DDMMYYYRRBBBK with a real date (YYY below 800 is 2YYY, above it 1YYY), a region RR of 70 to 99 and
// the control digit K, modulo 11.
func ValidJMBG(s string) bool {
	if len(s) != 13 {
		return false
	}
	var d [13]int
	for i := range d {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
		d[i] = int(s[i] - '0')
	}
	year := 1000 + 100*d[4] + 10*d[5] + d[6]
	if d[4] < 8 {
		year += 1000
	}
	day, month := 10*d[0]+d[1], time.Month(10*d[2]+d[3])
	date := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	if date.Day() != day || date.Month() != month || 10*d[7]+d[8] < 70 {
		return false
	}
	sum := 0
	for i, weight := range [6]int{7, 6, 5, 4, 3, 2} {
		sum += weight * (d[i] + d[i+6])
	}
	control := 11 - sum%11
	if control > 9 {
		control = 0
	}
	return d[12] == control
}

// checkName checks a name. Missing is the sentence for a blank one.
func checkName(c *problem.Checks, field string, missing messages.Message, value string) {
	const longest = 100 // characters
	switch mistake := problem.InText(value); {
	case text.Trim(value) == "":
		c.Add(field, missing)
	case !mistake.IsZero():
		c.Add(field, mistake)
	case utf8.RuneCountInString(value) > longest:
		c.Add(field, messages.FieldTooLong(longest))
	}
}

func checkRole(c *problem.Checks, role Role) {
	if role != Administrator && role != Official && role != Observer {
		c.Add("role", messages.FieldChooseRole())
	}
}

func (in NewUser) check() error {
	var c problem.Checks
	checkEmail(&c, in.Email)
	checkName(&c, "forename", messages.FieldEnterForename(), in.Forename)
	checkName(&c, "surname", messages.FieldEnterSurname(), in.Surname)
	if in.JMBG != "" && !ValidJMBG(in.JMBG) {
		c.Add("jmbg", messages.FieldJmbgMalformed())
	}
	checkRole(&c, in.Role)
	checkPassword(&c, in.Rule, in.Password, User{Email: in.Email, Forename: in.Forename, Surname: in.Surname})
	return c.Err()
}

// check names the problems of a change to the account of the given person.
func (in UserChange) check(u User) error {
	var c problem.Checks
	if in.Forename != nil {
		checkName(&c, "forename", messages.FieldEnterForename(), *in.Forename)
		u.Forename += " " + *in.Forename
	}
	if in.Surname != nil {
		checkName(&c, "surname", messages.FieldEnterSurname(), *in.Surname)
		u.Surname += " " + *in.Surname
	}
	if in.Role != nil {
		checkRole(&c, *in.Role)
	}
	if in.Password != nil {
		checkPassword(&c, PasswordOfTwelve, *in.Password, u)
	}
	return c.Err()
}

package epms

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/gin-gonic/gin"

	"urna/auth"
	"urna/internal/problem"
	"urna/web/principal"
	"urna/web/respond"
)

// Register answers POST /register: the person becomes an official, or waits for an administrator.
func (e *EPMS) Register(c *gin.Context) {
	f, ok := readWith(c, "jmbg", "forename", "surname", "email", "password")
	if !ok {
		return
	}
	person, err := f.person()
	if err != nil {
		fail(c, err)
		return
	}
	if _, administrator := principal.Of(c); e.services.Registration == auth.RegistrationApprove && !administrator {
		_, err = e.services.Auth.Register(c.Request.Context(), actor(c), person)
	} else {
		_, err = e.services.Auth.AddUser(c.Request.Context(), actor(c), person)
	}
	if err != nil {
		fail(c, registration(err))
		return
	}
	c.Status(http.StatusOK)
}

// person returns whom a registration describes, or the first refusal. A name of blanks alone is refused after the
// JMBG: clients of the old system send a blank where they have nothing to say, and expect to hear of the JMBG.
func (f fields) person() (auth.NewUser, error) {
	u := auth.NewUser{Role: auth.Official, Rule: auth.PasswordOfEPMS}
	var err error
	if u.Forename, err = f.name("forename"); err != nil {
		return u, err
	}
	if u.Surname, err = f.name("surname"); err != nil {
		return u, err
	}
	var ok bool
	if u.JMBG, ok = f.text("jmbg"); !ok || !auth.ValidJMBG(u.JMBG) {
		return u, errJMBG
	}
	switch {
	case u.Forename == "":
		return u, invalid("forename")
	case u.Surname == "":
		return u, invalid("surname")
	}
	if u.Email, ok = f.email(); !ok {
		return u, errEmail
	}
	if u.Password, ok = f.text("password"); !ok {
		return u, errPassword
	}
	return u, nil
}

// registration says in the contract's words why an account was not made.
func registration(err error) error {
	switch {
	case errors.Is(err, auth.ErrEmailTaken):
		return errEmailTaken
	case errors.Is(err, auth.ErrJMBGTaken):
		return errJMBGTaken
	}
	f, ok := errors.AsType[*problem.Error](err)
	if !ok || f.Kind != problem.Invalid {
		return err
	}
	for _, field := range []string{"forename", "surname", "jmbg", "email", "password"} {
		if slices.ContainsFunc(f.Fields, func(p problem.Field) bool { return p.Name == field }) {
			return invalid(field)
		}
	}
	return err
}

// email returns the field email where it has the form of an address.
func (f fields) email() (string, bool) {
	s, ok := f.text("email")
	return s, ok && auth.ValidEmail(s) && !strings.ContainsFunc(s, unicode.IsControl)
}

type tokensView struct {
	AccessToken  string `json:"accessToken"`
	RefreshToken string `json:"refreshToken"`
}

// Login answers POST /login. An account with an open duty on the pages gets no tokens here, and the
// same answer as a wrong password.
func (e *EPMS) Login(c *gin.Context) {
	f, ok := readWith(c, "email", "password")
	if !ok {
		return
	}
	email, ok := f.email()
	if !ok {
		fail(c, errEmail)
		return
	}
	password, ok := f.text("password")
	if !ok {
		fail(c, errCredentials)
		return
	}
	tokens, err := e.signIn(c, email, password)
	switch problem.KindOf(err) {
	case problem.Unauthenticated, problem.Forbidden:
		err = errCredentials
	default:
	}
	if err != nil {
		fail(c, err)
		return
	}
	c.Header("Cache-Control", "no-store")
	respond.JSON(c, http.StatusOK, tokensView{AccessToken: tokens.Access, RefreshToken: tokens.Refresh})
}

func (e *EPMS) signIn(c *gin.Context, email, password string) (auth.Tokens, error) {
	return e.services.Auth.SignInForEPMS(c.Request.Context(), email, password, c.ClientIP())
}

type accessView struct {
	AccessToken string `json:"accessToken"`
}

// Refresh answers POST /refresh with the access token that RefreshToken got.
func (e *EPMS) Refresh(c *gin.Context) {
	respond.JSON(c, http.StatusOK, accessView{AccessToken: c.GetString(freshAccess)})
}

// Delete answers POST /delete.
func (e *EPMS) Delete(c *gin.Context) {
	f, ok := readWith(c, "email")
	if !ok {
		return
	}
	email, ok := f.email()
	if !ok {
		fail(c, errEmail)
		return
	}
	u, err := e.services.Auth.UserByEmail(c.Request.Context(), email)
	if err == nil {
		err = e.delete(c, u)
	}
	if errors.Is(err, auth.ErrUnknownUser) {
		err = errUnknownUser
	}
	if err != nil {
		fail(c, err)
		return
	}
	c.Status(http.StatusOK)
}

// delete deletes an account, unless that needs a second administrator: this contract has no way to wait for one.
func (e *EPMS) delete(c *gin.Context, u auth.User) error {
	if u.Role == auth.Administrator {
		needed, err := e.services.Auth.Approvals().Needed(c.Request.Context(), time.Time{})
		if err != nil {
			return err
		}
		if needed {
			return errApproval
		}
	}
	return e.services.Auth.DeleteUser(c.Request.Context(), actor(c), u.ID, "")
}

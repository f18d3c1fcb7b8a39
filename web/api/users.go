package api

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"urna/auth"
	"urna/internal/problem"
	"urna/web/principal"
	"urna/web/respond"
)

type userView struct {
	ID        int64     `json:"id"`
	Email     string    `json:"email"`
	Forename  string    `json:"forename"`
	Surname   string    `json:"surname"`
	JMBG      string    `json:"jmbg,omitempty"`
	Role      auth.Role `json:"role"`
	Disabled  bool      `json:"disabled"`
	CreatedAt time.Time `json:"created_at"`

	MustChangePassword bool `json:"must_change_password"`
	SecondFactor       bool `json:"second_factor"`
}

func viewUser(u auth.User) userView {
	return userView{
		ID: u.ID, Email: u.Email, Forename: u.Forename, Surname: u.Surname, JMBG: u.JMBG,
		Role: u.Role, Disabled: u.Disabled, CreatedAt: u.CreatedAt.UTC(),
		MustChangePassword: u.MustChangePassword, SecondFactor: u.SecondFactor,
	}
}

// Users answers GET /users.
func (a *API) Users(c *gin.Context) {
	w, err := readWindow(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	users, err := a.services.Auth.Users(c.Request.Context())
	if err != nil {
		respond.Error(c, err)
		return
	}
	page, err := pageOf(w, users, func(u auth.User) int64 { return u.ID }, viewUser)
	if err != nil {
		respond.Error(c, err)
		return
	}
	respond.JSON(c, http.StatusOK, page)
}

// UserCreate answers POST /users.
func (a *API) UserCreate(c *gin.Context) {
	var in auth.NewUser
	err := readBody(c, object{
		"email": text(&in.Email), "forename": text(&in.Forename), "surname": text(&in.Surname),
		"jmbg": nullable(text(&in.JMBG)), "role": named(&in.Role), "password": text(&in.Password),
		"must_change_password": truth(&in.MustChangePassword),
	})
	if err != nil {
		respond.Error(c, err)
		return
	}
	u, err := a.services.Auth.AddUser(c.Request.Context(), principal.Actor(c), in)
	if err != nil {
		respond.Error(c, err)
		return
	}
	created(c, "users", u.ID, viewUser(u))
}

// User answers GET /users/{id}.
func (a *API) User(c *gin.Context) {
	id, ok := pathID(c, auth.ErrUnknownUser)
	if !ok {
		return
	}
	u, err := a.services.Auth.User(c.Request.Context(), id)
	if err != nil {
		respond.Error(c, err)
		return
	}
	respond.JSON(c, http.StatusOK, viewUser(u))
}

// UserChange answers PATCH /users/{id}; fields that are absent stay as they are.
func (a *API) UserChange(c *gin.Context) {
	id, ok := pathID(c, auth.ErrUnknownUser)
	if !ok {
		return
	}
	var change auth.UserChange
	err := readBody(c, object{
		"forename": set(&change.Forename, text), "surname": set(&change.Surname, text),
		"role": set(&change.Role, named[auth.Role]), "disabled": set(&change.Disabled, truth),
		"password": set(&change.Password, text), "must_change_password": set(&change.MustChangePassword, truth),
		"reason": text(&change.Reason),
	})
	if err != nil {
		respond.Error(c, err)
		return
	}
	u, err := a.services.Auth.ChangeUser(c.Request.Context(), principal.Actor(c), id, change)
	if err != nil {
		respond.Error(c, err)
		return
	}
	respond.JSON(c, http.StatusOK, viewUser(u))
}

// UserDelete answers DELETE /users/{id}; the query may have a reason, for the second administrator.
func (a *API) UserDelete(c *gin.Context) {
	id, ok := pathID(c, auth.ErrUnknownUser)
	if !ok {
		return
	}
	var checks problem.Checks
	reason, _ := parameter(c, "reason", &checks)
	err := checks.Err()
	if err == nil {
		err = a.services.Auth.DeleteUser(c.Request.Context(), principal.Actor(c), id, reason)
	}
	if err != nil {
		respond.Error(c, err)
		return
	}
	c.Status(http.StatusNoContent)
}

package api

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"urna/auth"
	"urna/internal/messages"
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
	Waiting            bool `json:"waiting"`

	placesView
}

// placesView is where an account uploads, or what it reads.
type placesView struct {
	Everywhere bool        `json:"everywhere"`
	Places     []placeView `json:"places"`
}

// placeView is a constituency, a polling station or an election: one of them.
type placeView struct {
	ConstituencyID int64 `json:"constituency_id,omitempty"`
	StationID      int64 `json:"station_id,omitempty"`
	ElectionID     int64 `json:"election_id,omitempty"`
}

func viewPlaces(u auth.User, places []auth.Place) placesView {
	v := placesView{Everywhere: u.Role != auth.Administrator && !u.Bound, Places: make([]placeView, 0, len(places))}
	for _, p := range places {
		if u.Role == auth.Official && p.ElectionID == 0 || u.Role == auth.Observer && p.ElectionID != 0 { // others are of an earlier role
			v.Places = append(v.Places, placeView(p))
		}
	}
	return v
}

// place takes one place of an official or an observer.
func place(into *auth.Place) target {
	return func(raw json.RawMessage) []problem.Field {
		problems := object{
			"constituency_id": integer(&into.ConstituencyID), "station_id": integer(&into.StationID), "election_id": integer(&into.ElectionID),
		}.read(raw)
		given := 0
		for _, id := range []int64{into.ConstituencyID, into.StationID, into.ElectionID} {
			if id != 0 {
				given++
			}
		}
		if len(problems) == 0 && given != 1 {
			return wrong(messages.FieldPlaceNeeded())
		}
		return problems
	}
}

func viewUser(u auth.User, places []auth.Place) userView {
	return userView{
		Waiting: u.Waiting, placesView: viewPlaces(u, places),
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
	places, err := a.services.Auth.AllPlaces(c.Request.Context())
	if err != nil {
		respond.Error(c, err)
		return
	}
	view := func(u auth.User) userView { return viewUser(u, places[u.ID]) }
	page, err := pageOf(w, users, func(u auth.User) int64 { return u.ID }, view)
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
		"must_change_password": truth(&in.MustChangePassword), "places": each(&in.Places, place),
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
	view, err := a.userView(c, u)
	if err != nil {
		respond.Error(c, err)
		return
	}
	created(c, "users", u.ID, view)
}

// userView returns an account with its places.
func (a *API) userView(c *gin.Context, u auth.User) (userView, error) {
	places, err := a.services.Auth.Places(c.Request.Context(), u.ID)
	return viewUser(u, places), err
}

// showUser answers with an account.
func (a *API) showUser(c *gin.Context, u auth.User) {
	view, err := a.userView(c, u)
	if err != nil {
		respond.Error(c, err)
		return
	}
	respond.JSON(c, http.StatusOK, view)
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
	a.showUser(c, u)
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
		"reason": text(&change.Reason), "places": placesInto(&change.Places), "waiting": accepting(&change.Accept),
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
	a.showUser(c, u)
}

// placesInto takes the places of an official or an observer; an empty list is everywhere.
func placesInto(into **[]auth.Place) target {
	return set(into, func(places *[]auth.Place) target { return each(places, place) })
}

// accepting takes false, which accepts an account that waits.
func accepting(into *bool) target {
	return func(raw json.RawMessage) []problem.Field {
		if string(raw) != "false" {
			return wrong(messages.FieldWaitingFalse())
		}
		*into = true
		return nil
	}
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

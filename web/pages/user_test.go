package pages

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"urna/auth"
)

func TestAdminUser(t *testing.T) {
	d := newEnv(t)
	d.furnish(t)
	ada, grace := d.signedIn(t, d.ada), d.signedIn(t, d.grace)
	grace.enrol()
	path := userPath(d.grace.ID)
	ada.want(ada.get("/admin/users"), http.StatusOK, "/admin/users", "second factor")
	ada.want(ada.get(path), http.StatusOK, path, "Grace Hopper")

	t.Run("change", func(t *testing.T) {
		ada.want(ada.post(path, "forename", "", "surname", "Murray", "role", "official"), http.StatusUnprocessableEntity, path, `value="Murray"`)
		ada.want(ada.post(path, "forename", "Grace", "surname", "Murray", "role", "official"), http.StatusOK, path, "Grace Murray")
		grace.want(grace.get("/account"), http.StatusOK, "/account", "Grace Murray")
	})
	t.Run("lost telephone", func(t *testing.T) {
		ada.want(ada.post(path+"/second-factor/remove"), http.StatusOK, path, "The second factor is removed")
		grace.want(grace.get("/account"), http.StatusOK, "/login", "")
		ada.want(ada.post(path+"/second-factor/remove"), http.StatusConflict, path+"/second-factor/remove", "No second factor")
	})
	t.Run("temporary password", func(t *testing.T) {
		grace = d.signedIn(t, d.grace)
		ada.want(ada.post(path+"/password", "password", "short"), http.StatusUnprocessableEntity, path+"/password", "at least 12 characters")
		ada.want(ada.post(path+"/password", "password", "something for one day"), http.StatusOK, path, "must choose a password")
		grace.want(grace.get("/account"), http.StatusOK, "/login", "")
		b := d.browser(t)
		request, _ := b.env.Auth.SignIn(t.Context(), d.grace.Email, "something for one day", "test")
		if next := d.firstPage(request, "/official"); next != passwordPath {
			t.Errorf("want the way to a new password, got %s", next)
		}
	})
	t.Run("delete, only where the box is ticked", func(t *testing.T) {
		got := ada.post(path + "/delete")
		ada.want(got, http.StatusUnprocessableEntity, path+"/delete", "Tick this box")
		if !strings.Contains(got.body, `<details class="sheet" id="delete" open>`) {
			t.Error("want the form open")
		}
		ada.want(ada.post(path+"/delete", "confirm", "true"), http.StatusOK, "/admin/users", "The account is deleted.")
		if _, err := d.Auth.User(t.Context(), d.grace.ID); !errors.Is(err, auth.ErrUnknownUser) {
			t.Errorf("want the account gone, got %v", err)
		}
		ada.want(ada.get(path), http.StatusNotFound, path, "no such user")
	})
}

func TestAdminUser_OnesOwnAccountAsksItsOwnQuestions(t *testing.T) {
	d := newEnv(t)
	d.furnish(t)
	ada := d.signedIn(t, d.ada)
	ada.enrol()
	path := userPath(d.ada.ID)
	for _, act := range []string{"/password", "/second-factor/remove", "/delete"} {
		got := ada.post(path+act, "password", "something for one day", "confirm", "true")
		ada.want(got, http.StatusConflict, path+act, "your own account")
	}
	ada.want(ada.post(path, "forename", "Ada", "surname", "Lovelace", "role", "official"), http.StatusOK, path, "Ada Lovelace")
	if u, err := d.Auth.User(t.Context(), d.ada.ID); err != nil || u.Role != auth.Administrator || !u.SecondFactor {
		t.Errorf("want role and second factor as they were, got %+v, %v", u, err)
	}
}

func TestAdminUserCreate_AsksForAPasswordOfOnesOwn(t *testing.T) {
	d := newEnv(t)
	d.furnish(t)
	ada := d.signedIn(t, d.ada)
	form := []string{"email", "tim@example.org", "forename", "Tim", "surname", "Lee", "role", "official", "password", password}
	ada.want(ada.post("/admin/users", append(form, "must_change_password", "true")...), http.StatusOK, "/admin/users", "must choose a password")
	u, err := d.Auth.UserByEmail(t.Context(), "tim@example.org")
	if err != nil || !u.MustChangePassword {
		t.Errorf("want a change asked for, got %+v, %v", u, err)
	}
}

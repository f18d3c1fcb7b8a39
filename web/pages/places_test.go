package pages

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"

	"urna/auth"
	"urna/elections"
	"urna/elections/participants"
	"urna/internal/audit"
)

// country makes an open election with so many constituencies, called Constituency 1 and so on.
func (d *env) country(t *testing.T, title string, constituencies int) *elections.Election {
	t.Helper()
	var lists []elections.CandidacyDraft
	for _, name := range []string{"Roses", "Tulips"} {
		p, err := d.Participants.Create(t.Context(), audit.System(), participants.Draft{Name: name + " of " + title, Kind: participants.Party})
		if err != nil {
			t.Fatal(err)
		}
		lists = append(lists, elections.CandidacyDraft{ParticipantID: p.ID})
	}
	now := d.clock.Now()
	draft := elections.Draft{Title: title, Kind: elections.Parliamentary, StartsAt: now.Add(-time.Minute), EndsAt: now.Add(time.Hour), OpenNow: true, Channels: []elections.Channel{elections.Batches}}
	for n := range constituencies {
		draft.Constituencies = append(draft.Constituencies, elections.ConstituencyDraft{Name: fmt.Sprintf("Constituency %d", n+1), Seats: 3, Candidacies: lists})
	}
	e, err := d.Elections.Create(t.Context(), audit.System(), draft)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// wantPlaces compares the numbers of an official's constituencies within an election.
func (d *env) wantPlaces(t *testing.T, e *elections.Election, want ...int) {
	t.Helper()
	places, err := d.Auth.Places(t.Context(), d.grace.ID)
	if err != nil {
		t.Fatal(err)
	}
	var got []int
	for _, place := range places {
		for i, c := range e.Constituencies {
			if c.ID == place.ConstituencyID {
				got = append(got, i+1)
			}
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("want the constituencies %v, got %v", want, got)
	}
}

// TestAdminUserPlaces_AmongThousands gives places in an election with 2,500 constituencies: the page stays small, and what a
// form did not show stays as it is.
func TestAdminUserPlaces_AmongThousands(t *testing.T) {
	d := newEnv(t)
	d.furnish(t)
	e := d.country(t, "Country", 2500)
	ada := d.signedIn(t, d.ada)
	path := userPath(d.grace.ID) + "/places"
	ada.want(ada.get(userPath(d.grace.ID)), http.StatusOK, userPath(d.grace.ID), "All places")
	got := ada.get(path + "?election=" + decimal(e.ID))
	ada.want(got, http.StatusOK, path, "1 to 200 of 2")
	if n := strings.Count(got.body, `name="places"`); n != pageOfPlaces || len(got.body) > 100_000 {
		t.Errorf("want %d boxes in a small page, got %d in %d bytes", pageOfPlaces, n, len(got.body))
	}
	id := func(n int) string { return decimal(e.Constituencies[n-1].ID) }
	save := func(fields ...string) {
		t.Helper()
		ada.want(ada.post(path, append([]string{"election", decimal(e.ID)}, fields...)...), http.StatusOK, path, "The places are saved.")
	}
	// A form without a tick does not bind.
	save("act", "save", "shown", id(1)+","+id(2))
	if u, err := d.Auth.User(t.Context(), d.grace.ID); err != nil || u.Bound {
		t.Fatalf("want the account to upload everywhere still, got %+v, %v", u, err)
	}
	save("act", "save", "shown", id(1)+","+id(2)+","+id(3), "places", id(1), "places", id(3))
	d.wantPlaces(t, e, 1, 3)
	save("act", "save", "shown", id(2400), "places", id(2400)) // another page of the list
	d.wantPlaces(t, e, 1, 3, 2400)
	save("act", "save", "shown", id(1)+","+id(2)+","+id(3), "places", id(2))
	d.wantPlaces(t, e, 2, 2400)
	// A place that was not shown cannot be added by this form.
	save("act", "save", "shown", id(7), "places", id(8))
	d.wantPlaces(t, e, 2, 2400)
	ada.want(ada.get(path+"?election="+decimal(e.ID)+"&q=CONSTITUENCY+249"), http.StatusOK, path, "1 to 11 of 11")
	save("act", "all", "q", "constituency 249")
	d.wantPlaces(t, e, 2, 249, 2400, 2490, 2491, 2492, 2493, 2494, 2495, 2496, 2497, 2498, 2499)
	save("act", "none", "q", "constituency 249")
	d.wantPlaces(t, e, 2, 2400)
	officials := "/admin/elections/" + decimal(e.ID) + "/officials"
	got = ada.get(officials + "?q=2400")
	ada.want(got, http.StatusOK, officials, "Grace Hopper")
	ada.want(got, http.StatusOK, officials, "No official uploads everywhere.")
	save("act", "none")
	ada.want(ada.get(userPath(d.grace.ID)), http.StatusOK, userPath(d.grace.ID), "No place yet")
	ada.want(ada.post(path+"/everywhere"), http.StatusOK, path, "uploads for all places")
	ada.want(ada.get(officials), http.StatusOK, officials, "For all places:")
	for _, other := range []string{userPath(d.ada.ID) + "/places", userPath(99) + "/places"} {
		if got := ada.get(other); got.status < 400 {
			t.Errorf("%s: want a refusal, got %d", other, got.status)
		}
	}
}

// TestAdminUserCreate_WithPlaces makes an official who uploads nowhere until places are chosen on the next page.
func TestAdminUserCreate_WithPlaces(t *testing.T) {
	d := newEnv(t)
	d.furnish(t)
	ada := d.signedIn(t, d.ada)
	form := []string{"email", "tim@example.org", "forename", "Tim", "surname", "Lee", "role", "official", "password", password, "scope", "places"}
	got := ada.post("/admin/users", form...)
	ada.want(got, http.StatusOK, "/admin/users/3/places", "uploads for no place")
	if u, err := d.Auth.User(t.Context(), 3); err != nil || !u.Bound {
		t.Errorf("want a bound account, got %+v, %v", u, err)
	}
	form[1], form[7] = "ann@example.org", "administrator"
	ada.want(ada.post("/admin/users", form...), http.StatusOK, "/admin/users", "ann@example.org")
}

// sendFiles uploads files on the page, for a constituency.
func (b *browser) sendFiles(path, constituency string, files ...string) page {
	b.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	_ = form.WriteField("constituency_id", constituency)
	for i, content := range files {
		part, err := form.CreateFormFile("file", fmt.Sprintf("box%d.csv", i))
		if err != nil {
			b.t.Fatal(err)
		}
		_, _ = part.Write([]byte(content))
	}
	_ = form.Close()
	request, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.env.url+path, &body)
	if err != nil {
		b.t.Fatal(err)
	}
	request.Header.Set("Content-Type", form.FormDataContentType())
	answer, err := b.client.Do(request)
	if err != nil {
		b.t.Fatal(err)
	}
	defer answer.Body.Close()
	var read bytes.Buffer
	_, _ = read.ReadFrom(answer.Body)
	return page{answer.StatusCode, answer.Request.URL.Path, answer.Header, read.String()}
}

// TestOfficial_SeesAndUsesTheirPlacesOnly goes through the pages of an official with a place.
func TestOfficial_SeesAndUsesTheirPlacesOnly(t *testing.T) {
	d := newEnv(t)
	d.furnish(t)
	country, town := d.country(t, "Country", 3), d.country(t, "Town", 1)
	grace := d.signedIn(t, d.grace)
	grace.want(grace.get("/official"), http.StatusOK, "/official", "Town")
	ids := country.Constituencies
	give := func(id int64) []auth.Place { return []auth.Place{{ConstituencyID: id}} }
	if _, err := d.Auth.ChangePlaces(t.Context(), audit.System(), d.grace.ID, give(ids[1].ID), nil); err != nil {
		t.Fatal(err)
	}
	got := grace.get("/official")
	grace.want(got, http.StatusOK, "/official", "You work for: Constituency 2.")
	if strings.Contains(got.body, "Town") {
		t.Error("want an election without a place not offered")
	}
	path := "/official/elections/" + decimal(country.ID)
	got = grace.get(path)
	grace.want(got, http.StatusOK, path, `name="constituency_id" value="`+decimal(ids[1].ID)+`"`)
	for _, other := range []string{"Constituency 1", "Constituency 3", "<select"} {
		if strings.Contains(got.body, other) {
			t.Errorf("want no choice of others, found %q", other)
		}
	}
	grace.want(grace.get("/official/elections/"+decimal(town.ID)), http.StatusForbidden, "/official/elections/"+decimal(town.ID), "no constituency of this election")
	const file, second = "7f2c1f0e-0c0b-4b51-9a53-5b1d3a2f6c01,1\n", "7f2c1f0e-0c0b-4b51-9a53-5b1d3a2f6c02,1\n"
	got = grace.sendFiles(path+"/batches", decimal(ids[0].ID), file, second)
	grace.want(got, http.StatusForbidden, path+"/batches", "does not upload for the constituency")
	if uploads, err := d.Batches.Uploads(t.Context(), d.grace.ID); err != nil || len(uploads) != 0 {
		t.Errorf("want nothing stored, got %v, %v", uploads, err)
	}
	grace.want(grace.sendFiles(path+"/batches", decimal(ids[1].ID), file, second), http.StatusOK, "/official/uploads", "box1.csv")
	// The place is taken away while the files wait.
	if _, err := d.Auth.ChangePlaces(t.Context(), audit.System(), d.grace.ID, give(ids[2].ID), give(ids[1].ID)); err != nil {
		t.Fatal(err)
	}
	got = grace.get("/official/uploads")
	grace.want(got, http.StatusOK, "/official/uploads", "no longer uploads for this constituency")
	if strings.Contains(got.body, `data-testid="upload-confirm`) {
		t.Error("want no button that confirms")
	}
	uploads, err := d.Batches.Uploads(t.Context(), d.grace.ID)
	if err != nil || len(uploads) != 2 {
		t.Fatalf("want the files to wait, got %v, %v", uploads, err)
	}
	got = grace.post("/official/uploads/confirm", "upload", choice(uploads[0]), "upload", choice(uploads[1]))
	grace.want(got, http.StatusForbidden, "/official/uploads/confirm", "does not upload for the constituency")
}

// TestAdminUsers_AcceptAndRefuse decides about registered accounts.
func TestAdminUsers_AcceptAndRefuse(t *testing.T) {
	d := newEnv(t)
	d.furnish(t)
	d.Registration = auth.RegistrationApprove
	ada := d.signedIn(t, d.ada)
	register := func(name string) string {
		t.Helper()
		u, err := d.Auth.Register(t.Context(), audit.Actor{Name: "registration", From: "192.0.2.1"}, auth.NewUser{
			Email: name + "@example.org", Forename: name, Surname: "Comer", Password: password,
		})
		if err != nil {
			t.Fatal(err)
		}
		return decimal(u.ID)
	}
	one, two, three := register("one"), register("two"), register("three")
	got := ada.get("/admin/users")
	ada.want(got, http.StatusOK, "/admin/users", "Accounts that wait for you")
	ada.want(got, http.StatusOK, "/admin/users", "Such accounts wait here")
	if n := strings.Count(got.body, "one@example.org"); n != 1 {
		t.Errorf("want an account that waits listed once, got %d times", n)
	}
	ada.want(ada.get("/admin"), http.StatusOK, "/admin", "3 registered accounts wait")
	ada.want(ada.get("/admin/users/"+one), http.StatusOK, "/admin/users/"+one, "Accept or refuse")
	b := d.browser(t)
	b.want(b.post("/login", "email", "one@example.org", "password", password), http.StatusForbidden, "/login", "waits for an administrator")
	b.want(b.post("/login", "email", "one@example.org", "password", "some other words here"), http.StatusUnauthorized, "/login", "password is wrong")
	ada.want(ada.post("/admin/users/waiting", "act", "accept", "scope", "places"), http.StatusUnprocessableEntity, "/admin/users/waiting", "Select at least one")
	ada.want(ada.post("/admin/users/waiting", "act", "accept", "scope", "places", "users", one), http.StatusOK, "/admin/users/"+one+"/places", "for no place")
	d.signedInAs(t, "one@example.org")
	// What a form does not say is not guessed: neither a deletion nor the widest permission.
	for _, form := range [][]string{{"users", two}, {"users", two, "act", "other"}, {"users", two, "act", "accept"}, {"users", two, "act", "accept", "scope", "other"}} {
		ada.want(ada.post("/admin/users/waiting", form...), http.StatusBadRequest, "/admin/users/waiting", "could not be read")
	}
	ada.want(ada.post("/admin/users/waiting", "act", "accept", "scope", "everywhere", "users", two), http.StatusOK, "/admin/users", "Done.")
	ada.want(ada.post("/admin/users/waiting", "act", "refuse", "users", three), http.StatusOK, "/admin/users", "Done.")
	// Another administrator decided meanwhile; an accepted account is never deleted here.
	ada.want(ada.post("/admin/users/waiting", "act", "refuse", "users", two), http.StatusUnprocessableEntity, "/admin/users/waiting", "does not wait")
	d.signedInAs(t, "two@example.org")
	b.want(b.post("/login", "email", "three@example.org", "password", password), http.StatusUnauthorized, "/login", "password is wrong")
	d.Registration = auth.RegistrationOpen
	ada.want(ada.get("/admin"), http.StatusOK, "/admin", "Registration is open to everybody")
}

// signedInAs signs a person in who was registered.
func (d *env) signedInAs(t *testing.T, email string) {
	t.Helper()
	b := d.browser(t)
	b.post("/login", "email", email, "password", password)
	if got := b.get("/account"); got.path != "/account" {
		t.Errorf("want %s signed in, got %d at %s", email, got.status, got.path)
	}
}

// TestPlaces_OfPollingStationsOnThePages gives an official one polling station and looks at what both see.
func TestPlaces_OfPollingStationsOnThePages(t *testing.T) {
	d := newEnv(t)
	d.furnish(t)
	country := d.country(t, "Country", 2)
	first := country.Constituencies[0].ID
	for i := range 210 {
		draft := elections.StationDraft{Number: decimal(int64(i + 1)), Name: "Hall"}
		if _, err := d.Elections.AddStation(t.Context(), audit.System(), country.ID, first, draft, "a test"); err != nil {
			t.Fatal(err)
		}
	}
	found, all, err := d.Elections.FindStations(t.Context(), country.ID, elections.StationFilter{Search: "210"})
	if err != nil || all != 1 {
		t.Fatalf("want station 210, got %d, %v", all, err)
	}
	ada, grace := d.signedIn(t, d.ada), d.signedIn(t, d.grace)
	address := "/admin/users/" + decimal(d.grace.ID) + "/places"
	query := address + "?election=" + decimal(country.ID)
	see := func(v *browser, got page, path string, texts ...string) {
		t.Helper()
		for _, text := range texts {
			v.want(got, http.StatusOK, path, text)
		}
	}
	see(ada, ada.get(query), address, "Choose single polling stations instead")
	see(ada, ada.get(query+"&of=stations"), address, "1 to 200 of 210", "from=200", "Constituency 1, station 1 Hall")
	one := decimal(found[0].ID)
	see(ada, ada.get(query+"&of=stations&q=210"), address, "1 to 1 of 1", `value="`+one+`"`)
	got := ada.post(address, "election", decimal(country.ID), "of", "stations", "q", "210", "shown", one, "places", one, "act", "save")
	see(ada, got, address, "0 whole constituencies and 1 polling station", "checked")
	user := "/admin/users/" + decimal(d.grace.ID)
	see(ada, ada.get(user), user, "Constituency 1 (only stations 210)")
	see(grace, grace.get("/official"), "/official", "You work for: Constituency 1 (only stations 210).")
	form := "/official/elections/" + decimal(country.ID)
	see(grace, grace.get(form), form, `href="/protocols/`+decimal(country.ID)+`"`)
	see(grace, grace.get(form+"?station_id="+one), form, `href="/stations/`+one+`/protocol"`)
	see(ada, ada.post(address, "election", decimal(country.ID), "of", "stations", "shown", one, "act", "save"), address, "no place")
}

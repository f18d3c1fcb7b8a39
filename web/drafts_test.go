package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"urna/auth"
	"urna/elections"
	"urna/internal/audit"
	"urna/web/api"
)

// sees returns a public page.
func (v *visitor) sees(t *testing.T, path string) string {
	t.Helper()
	return text(v.send(t, http.MethodGet, path, ""))
}

// hiddenTitle is on no page but those of the administrators.
const hiddenTitle = "Moonlit Ballot"

// TestDraft_IsOnNoPageButTheAdministrators: asks every route that reads, as everybody but an administrator, with the
// number of a draft. No answer has its title, and those about it are refused.
func TestDraft_IsOnNoPageButTheAdministrators(t *testing.T) {
	s := newSite(t)
	draft := s.scheduled(t, func(d *elections.Draft) { d.Title, d.AsDraft, d.Channels = hiddenTitle, true, nil })
	number := id(draft.ID)
	for name, v := range map[string]*visitor{"visitor": s.visitor(t), "official": s.signedIn(t, "official")} {
		for route := range access {
			method, path, _ := strings.Cut(route, " ")
			if method != http.MethodGet || strings.HasSuffix(path, "/live") && !strings.HasPrefix(path, "/elections") {
				continue
			}
			about := strings.Contains(path, "/elections/:") || strings.Contains(path, "/vote/:")
			path = strings.NewReplacer("/elections/:id", "/elections/"+number, ":election", number).Replace(path)
			answer := v.send(t, method, s.address(path), "")
			if about && answer.StatusCode == http.StatusOK {
				t.Errorf("%s: want nothing of a draft at %s, got %s", name, path, answer.Status)
			}
			if strings.Contains(text(answer), hiddenTitle) {
				t.Errorf("%s: want no draft on %s", name, path)
			}
		}
	}
	administrator := s.signedIn(t, "administrator")
	for _, path := range []string{"/admin", "/admin/elections", "/admin/elections/" + number, api.Base + "/elections", api.Base + "/elections/" + number} {
		if page := administrator.get(t, path); !strings.Contains(page, hiddenTitle) {
			t.Errorf("want administrators to see it on %s", path)
		}
	}
	for _, path := range []string{"/", "/elections/" + number, "/elections/" + number + "/live", "/vote/" + number, api.Base + "/elections/" + number + "/results"} {
		if answer := administrator.send(t, http.MethodGet, path, ""); strings.Contains(text(answer), hiddenTitle) {
			t.Errorf("want nothing of a draft at %s, which is everybody's, got %s", path, answer.Status)
		}
	}
}

// TestDraft_TakesNothing: neither batches nor rolls nor votes, even after its start.
func TestDraft_TakesNothing(t *testing.T) {
	s := newSite(t)
	draft := s.scheduled(t, func(d *elections.Draft) {
		d.AsDraft, d.Channels, d.StartsAt = true, nil, time.Now().Add(-time.Hour)
	})
	number := id(draft.ID)
	official, administrator := s.signedIn(t, "official"), s.signedIn(t, "administrator")
	for what, answer := range map[string]*http.Response{
		"a batch":               official.send(t, http.MethodPost, api.Base+"/elections/"+number+"/batches", "00000000-0000-4000-8000-000000000001,1\n", "Content-Type", "text/csv"),
		"a roll":                administrator.send(t, http.MethodPost, api.Base+"/elections/"+number+"/voter-keys", "9001\n", "Content-Type", "text/csv"),
		"a roll on the page":    administrator.post(t, "/admin/elections/"+number+"/keys", url.Values{"roll": {"9001"}}),
		"a certification":       administrator.post(t, "/admin/elections/"+number+"/certification", url.Values{}),
		"an official's page":    official.send(t, http.MethodGet, "/official/elections/"+number, ""),
		"a vote":                s.visitor(t).post(t, "/vote/"+number, url.Values{"personal_id": {"9001"}}),
		"a later end":           administrator.post(t, "/admin/elections/"+number+"/end", url.Values{}),
		"a second round":        administrator.send(t, http.MethodPost, api.Base+"/elections/"+number+"/second-round", `{}`, "Content-Type", "application/json"),
		"a withdrawal's page":   administrator.send(t, http.MethodGet, "/admin/elections/"+number+"/withdrawal", ""),
		"declared votes' page":  administrator.send(t, http.MethodGet, "/admin/elections/"+number+"/declared", ""),
		"the officials' places": administrator.send(t, http.MethodGet, "/admin/elections/"+number+"/officials", ""),
	} {
		if answer.StatusCode != http.StatusNotFound {
			t.Errorf("%s: want 404, got %s: %s", what, answer.Status, text(answer))
		}
	}
}

// TestDraft_FromTheFormToThePublic walks the way of an administrator: the form saves a draft, the next page says every
// rule and asks, and from then on everybody sees the election.
func TestDraft_FromTheFormToThePublic(t *testing.T) {
	s := newSite(t)
	v := s.signedIn(t, "administrator")
	anyone := s.visitor(t)
	anyone.sees(t, "/") // kept by the cache
	address := v.post(t, "/admin/elections/new", typedElection("action", "publish")).Header.Get("Location")
	draft, asked := strings.CutSuffix(address, "/publication")
	if !asked {
		t.Fatalf("want the question next, got %q", address)
	}
	if strings.Contains(anyone.sees(t, "/"), "Harbour Board") {
		t.Error("want it hidden until it is published")
	}
	page := v.get(t, address)
	wants(t, page, "Harbour Board", "Parliamentary election. Voting from", "It takes votes in batches.", "9 seats are allocated", "A list takes seats only with at least 5",
		"A tie is decided by", "It has no polling stations", "Certification:", "It is a real election.", "Only Party", "After the publication the election cannot be deleted.")
	answer := v.post(t, draft+"/edit/name", typedElection("version", hidden(t, v.get(t, draft+"/edit"), "version"), "title", "Harbour Council"))
	if answer.StatusCode != http.StatusSeeOther || answer.Header.Get("Location") != draft {
		t.Fatalf("want the draft changed, got %s: %s", answer.Status, text(answer))
	}
	if answer := v.post(t, address, filled(t, page, address)); answer.StatusCode != http.StatusConflict {
		t.Errorf("want other rules than those that were read not published, got %s", answer.Status)
	}
	v.publish(t, draft)
	wants(t, v.get(t, draft+"?done=published"), "The election is published.")
	wants(t, anyone.sees(t, "/"), "Harbour Council")
	if answer := v.send(t, http.MethodGet, address, ""); answer.StatusCode != http.StatusConflict {
		t.Errorf("want no question about a public election, got %s", answer.Status)
	}
	if answer := v.post(t, draft+"/deletion", url.Values{}); answer.StatusCode != http.StatusConflict {
		t.Errorf("want a public election not deleted, got %s", answer.Status)
	}
}

// TestDraft_PublicationSaysTheFormOfProtocols: of an election with polling stations and ballots on paper, and of no other.
func TestDraft_PublicationSaysTheFormOfProtocols(t *testing.T) {
	s := newSite(t)
	v := s.signedIn(t, "administrator")
	page := func(channels ...elections.Channel) string {
		draft := s.scheduled(t, func(d *elections.Draft) {
			d.AsDraft, d.Channels = true, channels
			d.Constituencies[0].Stations = []elections.StationDraft{{Number: "1"}, {Number: "2"}}
			d.Protocols = elections.ProtocolForm{
				Preset: elections.GeorgianForm, InvalidPercent: 7,
				Fields: []elections.ProtocolField{{Name: elections.FieldSigned, Label: "Who came"}, {Name: elections.FieldInvalid, Required: true}},
			}
		})
		return v.get(t, "/admin/elections/"+id(draft.ID)+"/publication")
	}
	wants(t, page(elections.Batches), "It has 2 polling stations.", "The form of protocols is “Georgia: summary protocol”, with the fields “Who came” and “Invalid ballot papers”",
		"more than 80 % of the valid votes", "more than 7 % of the ballots are invalid")
	if online := page(elections.Online); !strings.Contains(online, "It has 2 polling stations.") || strings.Contains(online, "form of protocols") {
		t.Errorf("want no form without ballots on paper, got %s", online)
	}
}

func TestDraft_IsDeletedOnItsPage(t *testing.T) {
	s := newSite(t)
	v := s.signedIn(t, "administrator")
	draft := s.scheduled(t, func(d *elections.Draft) { d.Title, d.AsDraft = hiddenTitle, true })
	party := "/admin/participants/" + id(draft.Constituencies[0].Candidacies[0].ParticipantID)
	wants(t, v.get(t, party), "The draft “"+hiddenTitle+"” names this participant.")
	if answer := v.post(t, party+"/deletion", url.Values{}); answer.StatusCode != http.StatusConflict {
		t.Errorf("want the draft in the way, got %s", answer.Status)
	}
	page := v.get(t, "/admin/elections/"+id(draft.ID))
	wants(t, page, "This election is a draft", "Delete this draft")
	answer := v.post(t, "/admin/elections/"+id(draft.ID)+"/deletion", url.Values{"version": {hidden(t, page, "version")}})
	if answer.StatusCode != http.StatusSeeOther {
		t.Fatalf("want it deleted, got %s: %s", answer.Status, text(answer))
	}
	wants(t, v.get(t, answer.Header.Get("Location")), "The draft is deleted.")
	wants(t, v.get(t, party), "Delete this participant")
	if answer := v.post(t, party+"/deletion", url.Values{}); answer.StatusCode != http.StatusSeeOther {
		t.Errorf("want the participant deleted, got %s: %s", answer.Status, text(answer))
	}
	wants(t, v.get(t, "/admin/audit"), "Draft deleted", "Participant deleted")
}

// TestWithdrawal_NeedsTwoAndStaysOnRecord: the approval withdraws it, and the pages say why, struck through.
func TestWithdrawal_NeedsTwoAndStaysOnRecord(t *testing.T) {
	s := commission(t)
	e := s.scheduled(t, func(d *elections.Draft) {
		d.Title, d.StartsAt, d.EndsAt = "Spring vote", s.Clock.Now().Add(time.Hour), s.Clock.Now().Add(2*time.Hour)
	})
	v, anyone := s.signedIn(t, "administrator"), s.visitor(t)
	public, admin := "/elections/"+id(e.ID), "/admin/elections/"+id(e.ID)
	before := anyone.sees(t, public)
	wants(t, v.get(t, admin), admin+"/withdrawal")
	wants(t, v.get(t, admin+"/withdrawal"), "A second administrator has to approve this.")
	if answer := v.post(t, admin+"/withdrawal", url.Values{"reason": {" "}}); answer.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("want a reason asked for, got %s", answer.Status)
	}
	answer := v.post(t, admin+"/withdrawal", url.Values{"reason": {"The court has postponed it."}})
	if again := anyone.sees(t, public); strings.Contains(again, "Withdrawn") || !strings.Contains(before, "Scheduled") {
		t.Error("want it not withdrawn before the approval")
	}
	wants(t, s.signedIn(t, "second administrator").get(t, strings.Split(answer.Header.Get("Location"), "?")[0]), "Withdraw an election", "Spring vote", "The court has postponed it.")
	s.approved(t, answer)

	wants(t, anyone.sees(t, public), "<s>Spring vote</s>", "Withdrawn", "The court has postponed it.", "It is not held.")
	wants(t, anyone.sees(t, "/"), "<s>Spring vote</s>", "Why it was withdrawn")
	wants(t, v.get(t, admin), "<s>Spring vote</s>", "The court has postponed it.")
	wants(t, anyone.sees(t, api.Base+"/elections/"+id(e.ID)), `"state":"withdrawn"`, `"reason":"The court has postponed it."`)
	s.Clock.Move(90 * time.Minute) // it would be open
	if answer := anyone.send(t, http.MethodGet, api.Base+"/elections/"+id(e.ID)+"/results", ""); answer.StatusCode != http.StatusForbidden || !strings.Contains(text(answer), "It has no results.") {
		t.Errorf("want no results, got %s", answer.Status)
	}
	answer = s.signedIn(t, "official").send(t, http.MethodPost, api.Base+"/elections/"+id(e.ID)+"/batches", "00000000-0000-4000-8000-000000000001,1\n", "Content-Type", "text/csv")
	if answer.StatusCode != http.StatusConflict {
		t.Errorf("want no batch taken, got %s: %s", answer.Status, text(answer))
	}
	if answer := v.post(t, admin+"/withdrawal", url.Values{"reason": {"again"}}); answer.StatusCode != http.StatusConflict {
		t.Errorf("want it withdrawn once, got %s", answer.Status)
	}
	wants(t, v.get(t, admin+"/withdrawal"), "This election was withdrawn")
}

// TestWithdrawal_NotWithABallotOrAKey, and the page names the obstacle.
func TestWithdrawal_NotWithABallotOrAKey(t *testing.T) {
	s := newSite(t)
	v := s.signedIn(t, "administrator")
	p := s.newPoll(t, 1, func(d *elections.Draft) { d.Channels = nil })
	admin := "/admin/elections/" + id(p.election.ID)
	wants(t, v.get(t, admin+"/withdrawal"), "Voters have keys for this election", admin+"/keys")
	if answer := v.post(t, admin+"/withdrawal", url.Values{"reason": {"rain"}}); answer.StatusCode != http.StatusConflict {
		t.Errorf("want it refused, got %s", answer.Status)
	}
	b := s.counted(t, p.election.ID, "00000000-0000-4000-8000-000000000001,1\n")
	if _, err := s.Batches.Retract(t.Context(), audit.System(), b.ID, "wrong box"); err != nil {
		t.Fatal(err)
	}
	wants(t, v.get(t, admin+"/withdrawal"), "Ballots were accepted for this election")
	if answer := v.post(t, admin+"/withdrawal", url.Values{"reason": {"rain"}}); answer.StatusCode != http.StatusConflict {
		t.Errorf("want a retracted batch in the way, got %s", answer.Status)
	}
}

// TestDraft_ApprovalsCountFromThePublication: an administrator who was there while it was a draft, and whose account
// ended before the publication, is not asked for.
func TestDraft_ApprovalsCountFromThePublication(t *testing.T) {
	s := commission(t)
	draft := s.scheduled(t, func(d *elections.Draft) {
		d.AsDraft, d.StartsAt, d.EndsAt = true, s.Clock.Now().Add(time.Hour), s.Clock.Now().Add(2*time.Hour)
	})
	users, err := s.Auth.Users(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range users {
		disabled := true
		if u.Role != auth.Administrator || u.Disabled || u.ID == s.users["administrator"].ID {
			continue
		}
		if _, err := s.Auth.ChangeUser(t.Context(), audit.System(), u.ID, auth.UserChange{Disabled: &disabled}); err != nil {
			t.Fatal(err)
		}
	}
	s.Clock.Move(time.Minute)
	e, err := s.Elections.Publish(t.Context(), audit.System(), draft.ID, elections.Publication{})
	if err != nil {
		t.Fatal(err)
	}
	needed, err := s.Approvals.Needed(t.Context(), e.PublishedAt)
	if err != nil || needed {
		t.Errorf("want one administrator since the publication, got %v, %v", needed, err)
	}
	if needed, err := s.Approvals.Needed(t.Context(), s.Clock.Now().Add(-2*time.Minute)); err != nil || !needed {
		t.Errorf("want two administrators before it, got %v, %v", needed, err)
	}
	if _, err := s.Elections.Withdraw(t.Context(), s.users["administrator"].Actor("test"), e.ID, "postponed"); err != nil {
		t.Errorf("want it withdrawn by one, got %v", err)
	}
}

package web_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"urna/elections"
	"urna/elections/participants"
	"urna/internal/audit"
	"urna/web/api"
)

// TestNames_ReadersSeeThoseOfTheirLanguage gives names through the API and looks at pages, the live feed and ballot papers
// in each language.
func TestNames_ReadersSeeThoseOfTheirLanguage(t *testing.T) {
	s := newMultilingualSite(t)
	administrator := s.signedIn(t, "administrator")
	call := func(method, path, body string, status int) (answer map[string]any) {
		t.Helper()
		got := administrator.send(t, method, api.Base+path, body, "Content-Type", "application/json")
		said := text(got)
		if got.StatusCode != status {
			t.Fatalf("%s %s: want %d, got %s: %s", method, path, status, got.Status, said)
		}
		if err := json.Unmarshal([]byte(said), &answer); err != nil {
			t.Fatal(err)
		}
		return answer
	}
	party := call(http.MethodPost, "/participants", `{"name":"Maple","kind":"party","short_name":"MP","names":{"ka":"ნეკერჩხალი","sr":"Javor"}}`, http.StatusCreated)
	names, _ := party["names"].(map[string]any)
	if names["ka"] != "ნეკერჩხალი" || names["sr"] != "Javor" {
		t.Errorf("want the names back, got %v", party)
	}
	id := strconv.FormatFloat(party["id"].(float64), 'f', -1, 64) //nolint:forcetypeassert // the API's number
	starts := time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
	body := `{"title":"Council election","names":{"ka":"საკრებულოს არჩევნები"},"kind":"parliamentary","starts_at":"` + starts + `","ends_at":"` +
		time.Now().Add(2*time.Hour).UTC().Format(time.RFC3339) + `","public_view":"running-count","constituencies":[{"name":"Old Town","names":{"ka":"ძველი ქალაქი"},"seats":3,"participants":[` + id + `]}]}`
	call(http.MethodPost, "/elections", strings.Replace(body, `{"ka":"ძველი ქალაქი"}`, `{"KA":"x"}`, 1), http.StatusUnprocessableEntity)
	call(http.MethodPost, "/elections", strings.Replace(body, `{"ka":"ძველი ქალაქი"}`, `{"ka":"a\u0007b"}`, 1), http.StatusUnprocessableEntity)
	made := call(http.MethodPost, "/elections", body, http.StatusCreated)
	election := "/elections/" + strconv.FormatFloat(made["id"].(float64), 'f', -1, 64) //nolint:forcetypeassert // the API's number
	call(http.MethodPatch, election, `{"starts_at":"`+time.Now().Add(-time.Hour).UTC().Format(time.RFC3339)+`","open_now":true}`, http.StatusOK)
	if got := call(http.MethodGet, election, "", http.StatusOK); got["names"] == nil || got["title"] != "Council election" {
		t.Errorf("want the plain title with the others beside it, got %v", got)
	}
	for tag, want := range map[string][]string{
		"en": {"Council election", "Maple"}, "ka": {"საკრებულოს არჩევნები", "ნეკერჩხალი"}, "sr-Cyrl": {"Council election", "Javor"}, "sr-Latn": {"Council election", "Javor"},
	} {
		v := s.visitor(t)
		wants(t, text(v.send(t, http.MethodGet, election+"?lang="+tag, "")), want...)
		wants(t, text(v.send(t, http.MethodGet, "/?lang="+tag, "")), want[0])
		wants(t, s.firstEvent(t, http.DefaultClient, election+"/live?lang="+tag), want[1])
	}
	// Names are fixed with the definition.
	refused := administrator.send(t, http.MethodPatch, api.Base+"/participants/"+id, `{"names":{"ka":"სხვა"}}`, "Content-Type", "application/json")
	if refused.StatusCode != http.StatusConflict {
		t.Errorf("want other names refused once the election is open, got %s", refused.Status)
	}
	refused = administrator.send(t, http.MethodPatch, api.Base+election, `{"names":null}`, "Content-Type", "application/json")
	if refused.StatusCode != http.StatusConflict {
		t.Errorf("want another title refused once the election is open, got %s", refused.Status)
	}
}

func TestNames_OnTheBallotPaper(t *testing.T) {
	s := newMultilingualSite(t)
	p := s.newPoll(t, 1, func(d *elections.Draft) {
		party, err := s.Participants.Create(t.Context(), audit.System(), participants.Draft{Name: "Maple", ShortName: "MP", Kind: participants.Party, Names: `{"ka":"ნეკერჩხალი"}`})
		if err != nil {
			t.Fatal(err)
		}
		d.Names = `{"ka":"არჩევნები"}`
		d.Constituencies[0].Candidacies = append(d.Constituencies[0].Candidacies, elections.CandidacyDraft{ParticipantID: party.ID})
	})
	b := p.booth(t)
	b.path += "?lang=ka"
	b.look(http.MethodGet, "")
	b.on("key", http.StatusOK, "არჩევნები").send("choices", p.key(0)).on("choices", http.StatusOK, "ნეკერჩხალი")
	if strings.Contains(b.html, "Maple") || strings.Contains(b.html, "MP") {
		t.Error("want the Georgian name alone, without the other one's short name")
	}
	b.send("confirm", url.Values{"choice": {"4"}}).on("confirm", http.StatusOK, "ნეკერჩხალი").send("cast", nil).on("counted", http.StatusOK)
}

// TestNames_InTheForms types names into the forms, changes them, and has mistakes named.
func TestNames_InTheForms(t *testing.T) {
	s := newSite(t)
	administrator := s.signedIn(t, "administrator")
	refused := administrator.post(t, "/admin/participants", fields("name", "Maple", "kind", "party", "names", "ka ნეკერჩხალი"))
	if page := text(refused); refused.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page, "is not the tag of a language") || !strings.Contains(page, "ka ნეკერჩხალი</textarea>") {
		t.Errorf("want the line refused and kept, got %s:\n%s", refused.Status, page)
	}
	if made := administrator.post(t, "/admin/participants", fields("name", "Maple", "kind", "party", "names", "ka: ნეკერჩხალი\r\nsr: Javor\r\n")); made.StatusCode != http.StatusSeeOther {
		t.Fatalf("want the participant registered, got %s:\n%s", made.Status, text(made))
	}
	all, err := s.Participants.All(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range all {
		if p.Name == "Maple" {
			if p.Names != `{"ka":"ნეკერჩხალი","sr":"Javor"}` {
				t.Errorf("want both names stored, got %s", p.Names)
			}
			wants(t, text(administrator.send(t, http.MethodGet, "/admin/participants/"+id(p.ID), "")), "ka: ნეკერჩხალი\nsr: Javor</textarea>")
			return
		}
	}
	t.Error("want the participant found")
}

// TestNames_OfANewElectionsConstituency looks at the name that a form begins with, and has it replaced by a list after the
// reader has chosen another language.
func TestNames_OfANewElectionsConstituency(t *testing.T) {
	s := newMultilingualSite(t)
	v := s.signedIn(t, "administrator")
	wants(t, text(v.send(t, http.MethodGet, "/admin/elections/new?lang=sr-Latn", "")), `value="Cela zemlja"`, "izborna jedinica „Cela zemlja“")
	wants(t, text(v.send(t, http.MethodGet, "/admin/elections/new?lang=sr-Cyrl", "")), `value="Цела земља"`)
	page := text(v.post(t, "/admin/elections/new", fields("action", "paste", "kind", "parliamentary", "paste", "East; 5",
		"constituencies[0].name", "Cela zemlja", "constituencies[0].seats", "250")))
	if wants(t, page, `value="East"`); strings.Contains(page, `value="Cela zemlja"`) {
		t.Error("want the constituency that the form began with replaced")
	}
}

// TestLetters_InTheLanguagesThatAreAsked prints letters in two languages, in one, and in one that is not offered.
func TestLetters_InTheLanguagesThatAreAsked(t *testing.T) {
	s := newMultilingualSite(t)
	p := s.newPoll(t, 0, func(d *elections.Draft) { d.Names = `{"ka":"არჩევნები"}` })
	v := s.signedIn(t, "administrator")
	at := v.issue(t, p.election.ID, "personal_id\nv-1\nv-2\n")
	wants(t, v.get(t, at), `name="first_language"`, `name="second_language"`, `<option value="ka"`)
	query := url.Values{"address": {"https://vote.example.org"}, "first": {"1"}, "most": {"2"}, "first_language": {"ka"}, "second_language": {"en"}}
	letters := v.get(t, at+"/letters?"+query.Encode())
	wants(t, letters, `<html lang="ka">`, "<h1>არჩევნები</h1>", "<h1>Online</h1>", "/vote/"+id(p.election.ID)+"?lang=ka", "/vote/"+id(p.election.ID)+"?lang=en", "Cast this vote")
	if first, second := strings.Count(letters, `data-testid="letter"`), strings.Count(letters, `data-testid="letter-again"`); first != 2 || second != 2 {
		t.Errorf("want two letters of two pages, got %d and %d", first, second)
	}
	query.Set("second_language", "ka") // the same twice is one
	if letters = v.get(t, at+"/letters?"+query.Encode()); strings.Contains(letters, "letter-again") || strings.Contains(letters, "<h1>Online</h1>") {
		t.Error("want letters in Georgian alone")
	}
	query.Set("first_language", "xx")
	if answer := v.send(t, http.MethodGet, at+"/letters?"+query.Encode(), ""); answer.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("want a language that is not offered refused, got %s", answer.Status)
	}
}

package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"urna/elections/participants"
	"urna/internal/audit"
)

const participantsList = "/admin/participants/list"

// participantNames are the registered participants, each with short name, colour and kind.
func (s *site) participantNames(t *testing.T) (names []string) {
	t.Helper()
	all, err := s.Participants.All(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range all {
		names = append(names, strings.Join([]string{p.Name, p.ShortName, p.Color, string(p.Kind)}, "|"))
	}
	return names
}

// confirmedList is the form that confirms a preview.
func confirmedList(t *testing.T, page string) url.Values {
	t.Helper()
	form := filled(t, page, participantsList)
	form.Set("action", "save")
	return form
}

// TestParticipantsList registers participants from a pasted list: a preview stores nothing, one confirmation all that are new,
// each with its event.
func TestParticipantsList(t *testing.T) {
	s := newSite(t)
	ada := s.signedIn(t, "administrator")
	_, err := s.Participants.Create(t.Context(), audit.System(), participants.Draft{Name: "Oak Union", ShortName: "OU", Kind: participants.Party})
	if err != nil {
		t.Fatal(err)
	}
	before := s.participantNames(t)
	list := "Maple Party;MP;#2E7D32\noak union;XX\nＭaple  Party\nAna Ilić;;;individual\n"
	page := text(ada.post(t, participantsList, url.Values{"list": {list}, "kind": {"party"}, "action": {"preview"}}))
	for _, want := range []string{"3 participants are registered if you confirm", "1 line names a participant that is registered already", "Maple Party", "looks the same as “Maple Party”"} {
		if !strings.Contains(page, want) {
			t.Errorf("want %q in the preview, got %s", want, page)
		}
	}
	if got := s.participantNames(t); len(got) != len(before) {
		t.Fatalf("want nothing stored by a preview, got %q", got)
	}
	events := s.events(t)
	answer := ada.post(t, participantsList, confirmedList(t, page))
	if to := answer.Header.Get("Location"); answer.StatusCode != http.StatusSeeOther || !strings.Contains(ada.get(t, to), "3 participants of the list are registered") {
		t.Fatalf("want the list stored, got %s to %s: %s", answer.Status, to, text(answer))
	}
	got := strings.Join(s.participantNames(t), "\n")
	for _, want := range []string{"Maple Party|MP|#2e7d32|party", "Oak Union|OU||party", "Ｍaple  Party|||party", "Ana Ilić|||individual"} {
		if !strings.Contains(got, want) {
			t.Errorf("want %s, got %s", want, got)
		}
	}
	if made := s.events(t) - events; made != 3 {
		t.Errorf("want an event for each, got %d", made)
	}
	again := text(ada.post(t, participantsList, url.Values{"list": {list}, "kind": {"party"}, "action": {"preview"}}))
	if !strings.Contains(again, "0 participants are registered") || strings.Contains(again, "participants-confirm") {
		t.Errorf("want nothing left to register, got %s", again)
	}
}

// TestParticipantsList_AllOrNothing: a mistake in one line stores no line, and the page names the line. A participant that was
// registered since the preview and looks like one of the list is shown first.
func TestParticipantsList_AllOrNothing(t *testing.T) {
	s := newSite(t)
	ada := s.signedIn(t, "administrator")
	before := len(s.participantNames(t))
	answer := ada.post(t, participantsList, url.Values{"list": {"Maple Party\nOak,,green\n"}, "action": {"save"}})
	if page := text(answer); answer.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page, "Line 2: color: ") || !strings.Contains(page, "Oak,,green") {
		t.Errorf("want the line of the mistake and the list kept, got %s: %s", answer.Status, page)
	}
	page := text(ada.post(t, participantsList, url.Values{"list": {"Birch\nMaple Party\n"}, "action": {"preview"}}))
	if _, err := s.Participants.Create(t.Context(), audit.System(), participants.Draft{Name: "Ｍaple  Party", Kind: participants.Party}); err != nil {
		t.Fatal(err)
	}
	form := confirmedList(t, page)
	page = text(ada.post(t, participantsList, form))
	if got := len(s.participantNames(t)); got != before+1 || !strings.Contains(page, "Another administrator has registered") {
		t.Fatalf("want to be asked first, got %d more participants: %s", got-before, page)
	}
	if answer := ada.post(t, participantsList, confirmedList(t, page)); answer.StatusCode != http.StatusSeeOther {
		t.Fatalf("want it stored by the second confirmation, got %s: %s", answer.Status, text(answer))
	}
	if got := len(s.participantNames(t)); got != before+3 {
		t.Errorf("want both of the list, got %d more", got-before)
	}
}

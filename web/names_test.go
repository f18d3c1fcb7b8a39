package web_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"urna/elections"
	"urna/elections/participants"
	"urna/internal/audit"
	"urna/internal/database"
)

// rename gives a candidate or constituency a name that today's rules refuse, as an earlier version would have taken it.
func (s *site) rename(t *testing.T, table string, id int64, name string) {
	t.Helper()
	err := s.DB.Write(t.Context(), func(tx *database.Tx) error {
		_, err := tx.SQL().ExecContext(t.Context(), `UPDATE `+table+` SET name = ? WHERE id = ?`, name, id)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// castFor returns the poll number of a poll's only vote, 0 for none.
func (s *site) castFor(t *testing.T, p *poll) (pollNumber int, err error) {
	t.Helper()
	err = s.DB.Pool().QueryRowContext(t.Context(), `SELECT coalesce(max(poll_number), 0) FROM online_ballots WHERE election_id = ?`, p.election.ID).Scan(&pollNumber)
	return pollNumber, err
}

// TestVote_ANameOfDigits votes in elections from before such names were refused: by a text of digits that is a name and
// another one's number nothing is counted; by a number, as the voter's page does, the number is.
func TestVote_ANameOfDigits(t *testing.T) {
	s := newSite(t)
	for _, c := range []struct {
		name      string // of the candidate with the poll number 1
		candidate string // as it is written
		want      int    // the poll number that is counted, 0 for a refusal
	}{
		{"2", `"2"`, 0},
		{"2", `" 2 "`, 0},
		{"2", `"02"`, 0},
		{"2", `2`, 2},
		{"2", `"1"`, 1},
		{"2", `"3"`, 3},
		{"02", `"2"`, 0},
		{"02", `"02"`, 0},
		{"+2", `"2"`, 0},
		{"+2", `"+2"`, 0},
		{"２", `"2"`, 0},
		{"２", `"２"`, 0},
		{"٢", `"2"`, 0},
		{"٢", `"٢"`, 0},
		{"2\u200b", `"2"`, 0},
		{"1", `"1"`, 1},
		{"1", `"01"`, 1},
		{"7", `"7"`, 1},
		{"7", `7`, 0},
		{"7", `"07"`, 0},
		{"-2", `-2`, 0},
		{"2.0", `2.0`, 0},
		{"2e0", `2e0`, 0},
		{"-2", `"-2"`, 1},
		{"2022", `"2022"`, 1},
		{"2022", `"Šešir"`, 0},
	} {
		t.Run(c.name+" "+c.candidate, func(t *testing.T) {
			p := s.newPoll(t, 1, nil)
			s.rename(t, "participants", p.election.Constituencies[0].Candidacies[0].ParticipantID, c.name)
			answer := s.visitor(t).send(t, http.MethodPost, "/vote", p.body(0, c.candidate))
			if got := text(answer); c.want == 0 && (answer.StatusCode != 422 || !strings.Contains(got, "/unknown-candidate")) ||
				c.want != 0 && answer.StatusCode != http.StatusOK {
				t.Fatalf("want number %d to be counted, 0 for a refusal, got %s: %s", c.want, answer.Status, got)
			}
			counted, err := s.castFor(t, p)
			if err != nil || counted != c.want {
				t.Errorf("want the poll number %d in the ledger, got %d, %v", c.want, counted, err)
			}
		})
	}
}

// TestVoterPage_VotesByNumber takes the page's way to a candidate whose number is another one's name.
func TestVoterPage_VotesByNumber(t *testing.T) {
	s := newSite(t)
	p := s.newPoll(t, 1, nil)
	s.rename(t, "participants", p.election.Constituencies[0].Candidacies[0].ParticipantID, "2")
	form := url.Values{"personal_id": {p.keys[0].PersonalID}, "guid": {p.keys[0].GUID}, "choice": {"2"}, "step": {"cast"}}
	answer := s.visitor(t).send(t, http.MethodPost, "/vote/"+id(p.election.ID), form.Encode(), "Content-Type", "application/x-www-form-urlencoded")
	if got := text(answer); answer.StatusCode != http.StatusOK || !strings.Contains(got, "Your vote was counted") {
		t.Fatalf("want the vote counted, got %s: %s", answer.Status, got)
	}
	if counted, err := s.castFor(t, p); err != nil || counted != 2 {
		t.Errorf("want number 2 counted, got %d, %v", counted, err)
	}
}

// TestRoll_NamesThatDifferInCapitals issues keys in an election from before such names were refused.
func TestRoll_NamesThatDifferInCapitals(t *testing.T) {
	s := newSite(t)
	p := s.newPoll(t, 0, func(d *elections.Draft) {
		d.Constituencies[0].Name = "North"
		d.Constituencies = append(d.Constituencies, elections.ConstituencyDraft{Name: "Else", Seats: 1, Candidacies: d.Constituencies[0].Candidacies},
			elections.ConstituencyDraft{Name: "École", Seats: 1, Candidacies: d.Constituencies[0].Candidacies})
	})
	places := p.election.Constituencies
	s.rename(t, "constituencies", places[1].ID, "NORTH")
	v := s.signedIn(t, "administrator")
	issue := func(roll string) (*http.Response, string) {
		answer := v.rollByAPI(t, "/api/v1/elections/"+id(p.election.ID)+"/voter-keys", roll)
		return answer, text(answer)
	}
	answer, got := issue("anna,North\nben,north\ncleo,NORTH\n")
	if answer.StatusCode != 422 || !strings.Contains(got, "line 2") || !strings.Contains(got, `\"North\" or \"NORTH\"`) || strings.Contains(got, "line 3") {
		t.Errorf("want line 2 refused with both names, got %s: %s", answer.Status, got)
	}
	if answer, got := issue("anna,North\nben, NORTH \ncleo,E\u0301COLE\n"); answer.StatusCode != http.StatusOK {
		t.Fatalf("want keys, got %s: %s", answer.Status, got)
	}
	for i, want := range []int64{1, 1, 1} {
		var keys int64
		if err := s.DB.Pool().QueryRowContext(t.Context(), `SELECT keys FROM voter_key_totals WHERE constituency_id = ?`, places[i].ID).Scan(&keys); err != nil || keys != want {
			t.Errorf("%s: want %d keys, got %d, %v", places[i].Name, want, keys, err)
		}
	}
}

// TestRoll_WhatLettersShowIsOneLine sends rolls with names that would print as something else.
func TestRoll_WhatLettersShowIsOneLine(t *testing.T) {
	s := newSite(t)
	p := s.newPoll(t, 0, nil)
	v := s.signedIn(t, "administrator")
	for bad, column := range map[string]string{"Ad\u202ea": "name", "\u200b": "name", "Ad\u2028a": "name", "a\u200bda@example.org": "email"} {
		roll := "personal_id," + column + "\nanna," + bad + "\n"
		answer := v.send(t, http.MethodPost, "/api/v1/elections/"+id(p.election.ID)+"/voter-keys", roll, "Content-Type", "text/csv")
		if got := text(answer); answer.StatusCode != 422 || !strings.Contains(got, "line 2") {
			t.Errorf("%q: want line 2 refused, got %s: %s", bad, answer.Status, got)
		}
	}
}

// TestParticipantPage_AsksAboutLookalikes registers and renames as a browser without scripts does.
func TestParticipantPage_AsksAboutLookalikes(t *testing.T) {
	s := newSite(t)
	v := s.signedIn(t, "administrator")
	post := func(path string, form url.Values) (*http.Response, string) {
		t.Helper()
		answer := v.send(t, http.MethodPost, path, form.Encode(), "Content-Type", "application/x-www-form-urlencoded")
		return answer, text(answer)
	}
	count := func() int {
		t.Helper()
		all, err := s.Participants.All(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return len(all)
	}
	party := func(name string, more ...string) url.Values {
		form := url.Values{"kind": {"party"}, "name": {name}}
		for i := 0; i < len(more); i += 2 {
			form.Set(more[i], more[i+1])
		}
		return form
	}
	const path = "/admin/participants"
	if answer, page := post(path, party("Alder Alliance", "short_name", "AL")); answer.StatusCode != http.StatusSeeOther {
		t.Fatalf("want it registered, got %s: %s", answer.Status, page)
	}
	before := count()
	for _, name := range []string{"alder  alliance", "Ａlder Alliance", "Alder\u00a0Alliance", "Alder Alli\u200dance"} {
		answer, page := post(path, party(name, "action", "another"))
		if answer.StatusCode != http.StatusConflict || count() != before || !strings.Contains(page, "participant-alike") || !strings.Contains(page, `name="seen"`) ||
			!strings.Contains(page, "Alder Alliance</a>") || !strings.Contains(page, "(AL, number ") {
			t.Fatalf("%q: want a question that names the other, and nothing stored, got %s: %s", name, answer.Status, page)
		}
	}
	_, page := post(path, party("alder  alliance", "action", "another"))
	seen := between(t, page, `name="seen" value="`, `"`)
	if answer, _ := post(path, party("alder  alliance")); answer.StatusCode != http.StatusConflict || count() != before {
		t.Errorf("want it asked again where the question was not answered, got %s", answer.Status)
	}
	answer, page := post(path, party("alder  alliance", "seen", seen, "then", "another"))
	if location := answer.Header.Get("Location"); answer.StatusCode != http.StatusSeeOther || count() != before+1 || !strings.Contains(location, "added=") {
		t.Fatalf("want it registered, and another asked for, got %s, %q: %s", answer.Status, location, page)
	}
	if answer, _ := post(path, party("ALDER ALLIANCE", "seen", seen)); answer.StatusCode != http.StatusConflict {
		t.Errorf("want it asked about the one that was not seen, got %s", answer.Status)
	}
	if answer, page := post(path, url.Values{"kind": {"individual"}, "name": {"Alder Alliance"}}); answer.StatusCode != http.StatusSeeOther {
		t.Errorf("want an individual of the name registered, without a candidacy beside the party, got %s: %s", answer.Status, page)
	}

	birch, err := s.Participants.Create(t.Context(), audit.System(), participants.Draft{Name: "Birch", Kind: participants.Party})
	if err != nil {
		t.Fatal(err)
	}
	its := path + "/" + id(birch.ID)
	answer, page = post(its, party("Alder Alliance "))
	if now, err := s.Participants.Participant(t.Context(), birch.ID); err != nil || answer.StatusCode != http.StatusConflict || now.Name != "Birch" || !strings.Contains(page, "participant-alike") {
		t.Fatalf("want a question and the old name, got %s, %v, %v", answer.Status, now, err)
	}
	if answer, page := post(its, party("Alder Alliance", "seen", between(t, page, `name="seen" value="`, `"`))); answer.StatusCode != http.StatusSeeOther {
		t.Errorf("want it renamed, got %s: %s", answer.Status, page)
	}
	if answer, page := post(its, party("Alder Alliance", "own_color", "true", "color", "#123456")); answer.StatusCode != http.StatusSeeOther {
		t.Errorf("want no question where the name stays, got %s: %s", answer.Status, page)
	}
}

// between returns the part between two texts.
func between(t *testing.T, page, from, to string) string {
	t.Helper()
	_, rest, found := strings.Cut(page, from)
	got, _, closed := strings.Cut(rest, to)
	if !found || !closed {
		t.Fatalf("want %s in the page, got %s", from, page)
	}
	return got
}

func TestConstituencies_AListShowsLookalikesAndRegistersNoID(t *testing.T) {
	s := newSite(t)
	e := s.scheduled(t, nil)
	v := s.signedIn(t, "administrator")
	send := func(lines, action string) (*http.Response, string) {
		t.Helper()
		form := url.Values{"list": {"constituency,seats,participant\n" + lines}, "action": {action}}
		answer := v.send(t, http.MethodPost, "/admin/elections/"+id(e.ID)+"/list", form.Encode(), "Content-Type", "application/x-www-form-urlencoded")
		return answer, text(answer)
	}
	answer, page := send("North,7,Old  Party\nNorth,,New Party\nNorth,,Ｎew Party\n", "preview")
	for _, want := range []string{"looks the same as “Old Party” (#", "looks the same as “New Party”"} {
		if answer.StatusCode != http.StatusOK || strings.Count(page, want) != 1 {
			t.Errorf("want %q once in the preview, got %s: %s", want, answer.Status, page)
		}
	}
	if _, page := send("North,7,OLD PARTY\n", "preview"); strings.Contains(page, "Not registered yet") {
		t.Errorf("want the registered party found, got %s", page)
	}
	for _, name := range []string{"#999", "#0", "# 12", "#12abc", "#"} {
		for _, action := range []string{"preview", "save"} {
			if answer, page := send("North,7,"+name+"\n", action); answer.StatusCode != 422 || !strings.Contains(page, "Line 2: There is no participant") {
				t.Errorf("%s %s: want the line refused, got %s: %s", action, name, answer.Status, page)
			}
		}
	}
	all, err := s.Participants.All(t.Context())
	if err != nil || slices.ContainsFunc(all, func(p participants.Participant) bool { return strings.HasPrefix(p.Name, "#") }) {
		t.Errorf("want no participant registered, got %v, %v", all, err)
	}
}

func TestElectionForm_ConstituenciesOfOneName(t *testing.T) {
	s := newSite(t)
	v := s.signedIn(t, "administrator")
	party := s.scheduled(t, nil).Constituencies[0].Candidacies[0].ParticipantID
	form := url.Values{
		"title": {"Provinces"}, "kind": {"parliamentary"}, "starts_at": {"2050-01-01T08:00"}, "ends_at": {"2050-01-01T20:00"}, "time_zone": {"UTC"},
		"public_view": {"turnout"}, "channels": {"batches"}, "method": {"dhondt"}, "threshold_percent": {"5"}, "threshold_base": {"valid-party-votes"},
		"threshold_comparison": {">="}, "threshold_scope": {"constituency"}, "majority": {"absolute"}, "majority_base": {"valid"}, "action": {"save"},
	}
	for i, name := range []string{"North", "NORTH"} {
		at := "constituencies[" + id(int64(i)) + "]."
		form.Set(at+"name", name)
		form.Set(at+"seats", "3")
		form.Set(at+"participants[0].id", id(party))
	}
	answer := v.send(t, http.MethodPost, "/admin/elections/new", form.Encode(), "Content-Type", "application/x-www-form-urlencoded")
	if page := text(answer); answer.StatusCode != 422 || !strings.Contains(page, `field-error-constituencies[1].name`) || !strings.Contains(page, "Constituency 1 has the name") {
		t.Errorf("want the second name refused beside its field, got %s: %s", answer.Status, page)
	}
	form.Set("constituencies[1].name", "South")
	if answer := v.send(t, http.MethodPost, "/admin/elections/new", form.Encode(), "Content-Type", "application/x-www-form-urlencoded"); answer.StatusCode != http.StatusSeeOther {
		t.Errorf("want the election stored, got %s: %s", answer.Status, text(answer))
	}
}

// TestElectionForm_FieldsAreTakenAsMeantOrNotAtAll sends forms with a field twice, and with one in other capitals, which
// would else leave a rule at its default silently.
func TestElectionForm_FieldsAreTakenAsMeantOrNotAtAll(t *testing.T) {
	s := newSite(t)
	v := s.signedIn(t, "administrator")
	party := s.scheduled(t, nil).Constituencies[0].Candidacies[0].ParticipantID
	good := func() url.Values {
		return url.Values{
			"title": {"Provinces"}, "kind": {"parliamentary"}, "starts_at": {"2050-01-01T08:00"}, "ends_at": {"2050-01-01T20:00"}, "time_zone": {"UTC"},
			"channels": {"batches"}, "threshold_base": {"valid-party-votes"}, "action": {"save"},
			"constituencies[0].name": {"North"}, "constituencies[0].seats": {"3"}, "constituencies[0].participants[0].id": {id(party)},
		}
	}
	for _, field := range []string{"Title", "METHOD", "Threshold_percent", "Public_View", "constituencies[0].Seats", "constituencies[0].participants[0].Weight"} {
		form := good()
		form.Set(field, "hare")
		answer := v.send(t, http.MethodPost, "/admin/elections/new", form.Encode(), "Content-Type", "application/x-www-form-urlencoded")
		if page := text(answer); answer.StatusCode != http.StatusBadRequest || !strings.Contains(page, field) || !strings.Contains(page, "small letters") {
			t.Errorf("%s: want the form refused with the field's name, got %s: %s", field, answer.Status, page)
		}
	}
	for _, field := range []string{"title", "time_zone", "constituencies[0].seats"} {
		form := good()
		form.Add(field, "9")
		answer := v.send(t, http.MethodPost, "/admin/elections/new", form.Encode(), "Content-Type", "application/x-www-form-urlencoded")
		if page := text(answer); answer.StatusCode != http.StatusBadRequest || !strings.Contains(page, field) {
			t.Errorf("%s twice: want the form refused with the field's name, got %s: %s", field, answer.Status, page)
		}
	}
	if answer := v.send(t, http.MethodPost, "/admin/elections/new", good().Encode(), "Content-Type", "application/x-www-form-urlencoded"); answer.StatusCode != http.StatusSeeOther {
		t.Errorf("want the form stored, got %s: %s", answer.Status, text(answer))
	}
}

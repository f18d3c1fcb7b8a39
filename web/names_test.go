package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"urna/elections"
	"urna/internal/sqlite"
)

// rename gives a candidate or constituency a name that today's rules refuse, as an earlier version would have taken it.
func (s *site) rename(t *testing.T, table string, id int64, name string) {
	t.Helper()
	err := s.db.Write(t.Context(), func(tx *sqlite.Tx) error {
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
	err = s.db.Pool().QueryRowContext(t.Context(), `SELECT coalesce(max(poll_number), 0) FROM online_ballots WHERE election_id = ?`, p.election.ID).Scan(&pollNumber)
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
		answer := v.send(t, http.MethodPost, "/api/v1/elections/"+id(p.election.ID)+"/voter-keys", roll, "Content-Type", "text/csv")
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
		if err := s.db.Pool().QueryRowContext(t.Context(), `SELECT keys FROM voter_key_totals WHERE constituency_id = ?`, places[i].ID).Scan(&keys); err != nil || keys != want {
			t.Errorf("%s: want %d keys, got %d, %v", places[i].Name, want, keys, err)
		}
	}
}

package elections_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"urna/elections"
	"urna/elections/participants"
	"urna/internal/problem"
)

const list = `constituency;seats;registered voters;participant;weight;exempt;max_seats;threshold_percent
North;7;1 000;P1;;;;
North;;;Newcomers;27/20;yes;4;7,5
South;3;;P2
South;;;Newcomers
`

func TestReplaceConstituencies_FromAList(t *testing.T) {
	o := newEnv(t)
	e := o.create(t, o.draft())
	read, err := elections.ReadList([]byte("\ufeff" + list))
	if err != nil {
		t.Fatal(err)
	}
	changed, err := o.ReplaceConstituencies(t.Context(), ada, e.ID, "", read)
	if err != nil {
		t.Fatal(err)
	}
	north, south := changed.Constituencies[0], changed.Constituencies[1]
	if north.Name != "North" || north.Seats != 7 || north.RegisteredVoters != 1000 || len(north.Candidacies) != 2 || south.Seats != 3 {
		t.Errorf("want North with 7 seats and South with 3, got %+v", changed.Constituencies)
	}
	got := north.Candidacies[1]
	if got.Name != "Newcomers" || got.Weight != "27/20" || !got.Exempt || got.MaxSeats != 4 || got.ThresholdPercent != "7.5" {
		t.Errorf("want the newcomers' special rules, got %+v", got)
	}
	if south.Candidacies[1].ParticipantID != got.ParticipantID || south.Candidacies[0].Name != "P2" {
		t.Errorf("want the same newcomers in the south, got %+v", south.Candidacies)
	}
}

// TestReadList_EmptyCellsOfASpreadsheet reads a list that a spreadsheet saved with rows and columns of empty cells.
func TestReadList_EmptyCellsOfASpreadsheet(t *testing.T) {
	got, err := elections.ReadList([]byte("sep=;;;;\r\nconstituency;seats;participant;; \r\n;;;;\r\nN;1;A;;\r\n;;;;\r\n\"\";\r\n"))
	if err != nil || len(got) != 1 || got[0].Name != "N" || got[0].Seats != 1 || len(got[0].Participants) != 1 || got[0].Participants[0].Name != "A" {
		t.Errorf("want N with one seat and A, got %+v, %v", got, err)
	}
}

func TestReadList_NamesTheLines(t *testing.T) {
	const header = "constituency,seats,participant,registered_voters,exempt\n"
	for _, c := range []struct{ text, want string }{
		{"", "Line 1: The list is empty"},
		{"constituency,participant\n", "Line 1: The column seats is missing"},
		{"constituency,seats,party\n", `Line 1: There is no column "party"`},
		{"North;7;100;A\nSouth;3;100;A\n", "Line 1: This line must name the columns, and it names none of them."},
		{header + "North,7,A\nSouth,x,B\n", `Line 3: seats must be a whole number, not "x"`},
		{header + "North,7,A\nSouth,,B\n", "Line 3: The seats of South are missing"},
		{header + "North,7,A\nSouth,1,B\nNorth,7,C\n", "Line 4: North is on line 2 already"},
		{header + "North,7,A\nNorth,8,B\n", "Line 3: North has 7 seats in line 2"},
		{header + "North,7,A,100\nNorth,,B,200\n", "Line 3: North has 100 registered voters in line 2"},
		{header + "North,7,\n", "Line 2: The participant’s name is missing"},
		{header + ",7,A\n", "Line 2: The constituency’s name is missing"},
		{header + "North,7,A,1,perhaps\n", `Line 2: exempt must be yes or no, not "perhaps"`},
		{header + "North,7,A,1,yes,more\n", "Line 2: It has 6 cells"},
		{header + "North,7,\"A\n", "quotation mark"},
		{"constituency,seats,participant\nN\xf6rd,1,A\n", "UTF-8"},
		{header + "\n\nNorth,7,A\n\nSouth,y,B\n", "Line 6: seats must be"},
		{header + "North,x,A\nNorth,4,B\n", "Line 2: seats must be"},
		{header + strings.Repeat("North,x,A\n", 40) + "\n", "And "},
		{header + "North,7,A\n\u200bSouth,1,B\n", "Line 3: The line has the invisible character U+200B (zero width space) before the constituency’s name, at column 1."},
		{header + "North,7,\"A\u00a0B, C\"\n", "Line 2: The line has the invisible character U+00A0 (no-break space) within the participant’s name, at column 11."},
		{header + "North,7,A\u00ad\n", "Line 2: The line has the invisible character U+00AD (soft hyphen) after the participant’s name, at column 10."},
		{header + "North,7\x00,A\n", "Line 2: The line has the invisible character U+0000 (null) after the cell of seats, at column 8."},
		{header + "North,7,A\n\ufeff" + header + "South,1,B\n", "Line 3: The line has the invisible character U+FEFF (byte order mark) before the constituency’s name, at column 1. A file may begin"},
		{"\u2060" + header + "North,7,A\n", "Line 1: The line has the invisible character U+2060 (word joiner) before a column’s name, at column 1."},
		{header + "\u200b\n", "Line 2: The line looks blank and has the invisible character U+200B"},
		{"sep=|\nconstituency|seats|participant\nN|1|A\n", "Line 1: The line names a separator that is not read here."},
		{"sep=;\r\nconstituency;seats;participant\r\n\r\nN;x;A\r\n", "Line 4: seats must be"},
		{"sep=;\nconstituency,seats,participant\nN,1,A\n", "Line 2: There is no column"},
	} {
		_, err := elections.ReadList([]byte(c.text))
		var f *problem.Error
		if !errors.As(err, &f) || !errors.Is(err, elections.ErrListUnreadable) {
			t.Errorf("%q: want a refusal, got %v", c.text, err)
			continue
		}
		once := strings.HasPrefix(c.text, "North;") || strings.HasPrefix(c.text, header+"North,x,A\nNorth,4")
		if once && len(f.Fields) != 1 {
			t.Errorf("%q: want nothing that only follows from the first problem, got %q", c.text, f.Fields)
		}
		if !slices.ContainsFunc(f.Fields, func(field problem.Field) bool { return strings.Contains(field.Message.String(), c.want) }) {
			t.Errorf("%q: want %q, got %q", c.text, c.want, f.Fields)
		}
	}
}

func TestReadList_SeparatorsAndNamesAsTheyCome(t *testing.T) {
	for _, text := range []string{
		"sep=;\r\nconstituency;seats;participant\r\nNorth, new;7;می\u200cخواهم\r\n",
		"\ufeff\"sep=\t\"\nconstituency\tseats\tparticipant\nNorth, new\t7\tمی\u200cخواهم\n",
		"sep=,,,\nconstituency,seats,participant\n\"North, new\",7,می\u200cخواهم\n",
		"sep=;\n\nconstituency;seats;participant;registered_voters\nNorth, new;7;می\u200cخواهم;1\u00a0000\n",
	} {
		read, err := elections.ReadList([]byte(text))
		if err != nil || len(read) != 1 || read[0].Name != "North, new" || read[0].Seats != 7 || read[0].Participants[0].Name != "می\u200cخواهم" {
			t.Errorf("%q: want one constituency with one list, got %+v, %v", text, read, err)
		}
	}
}

func TestReadList_ALineWithAHiddenCharacterIsOneProblem(t *testing.T) {
	_, err := elections.ReadList([]byte("constituency,seats,participant\nNor\u200bth,7,A\nNorth,,B\nSouth,1,A\n"))
	var f *problem.Error
	if !errors.As(err, &f) || len(f.Fields) != 1 {
		t.Errorf("want the one line named and nothing that follows from it, got %v", err)
	}
}

func TestMatch_TwoOfTheSameNameNeedTheirID(t *testing.T) {
	registered := []participants.Participant{
		{ID: 1, Name: "Unity", Kind: participants.Party},
		{ID: 2, Name: "Unity", Kind: participants.Party},
		{ID: 3, Name: "Unity", Kind: participants.Individual},
	}
	read, err := elections.ReadList([]byte("constituency,seats,participant\nN,1,Unity\n"))
	if err != nil {
		t.Fatal(err)
	}
	var f *problem.Error
	if _, err := elections.Match(read, participants.Party, registered); !errors.As(err, &f) || !strings.Contains(f.Fields[0].Message.String(), "Line 2: ") {
		t.Errorf("want the line named, got %v", err)
	}
	read[0].Participants[0].Name = "#2"
	if fresh, err := elections.Match(read, participants.Party, registered); err != nil || len(fresh) != 0 || read[0].Candidacies[0].ParticipantID != 2 {
		t.Errorf("want participant 2, got %v, %v, %+v", fresh, err, read[0])
	}
}

func TestDeclareVotesCast(t *testing.T) {
	o := newEnv(t)
	d := o.draft()
	d.StartsAt, d.EndsAt, d.OpenNow = o.now.AddDate(0, 0, -2), o.now.AddDate(0, 0, -1), true
	e := o.create(t, d)
	votes := int64(123)
	id := e.Constituencies[0].ID
	changed, err := o.DeclareVotesCast(t.Context(), ada, e.ID, map[int64]*int64{id: &votes, 99: nil})
	if err != nil {
		t.Fatal(err)
	}
	if got := changed.Constituencies[0].DeclaredVotesCast; got == nil || *got != 123 {
		t.Errorf("want 123 declared, got %v", got)
	}
	if changed, err = o.DeclareVotesCast(t.Context(), ada, e.ID, map[int64]*int64{id: nil}); err != nil || changed.Constituencies[0].DeclaredVotesCast != nil {
		t.Errorf("want the ledger's own again, got %v, %v", changed.Constituencies[0].DeclaredVotesCast, err)
	}
}

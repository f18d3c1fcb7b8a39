package pages

import (
	"errors"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"urna/elections"
	"urna/elections/participants"
	"urna/internal/problem"
)

func typed(pairs ...string) url.Values {
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		v.Add(pairs[i], pairs[i+1])
	}
	return v
}

// minimal is a form that a person could have sent.
func minimal(more ...string) url.Values {
	v := typed(
		"title", "Council", "kind", "parliamentary", "starts_at", "2027-03-27T07:00", "ends_at", "2027-03-27T20:00",
		"time_zone", "Europe/Belgrade", "public_view", "turnout", "channels", "batches", "method", "dhondt",
		"threshold_percent", "3,5", "threshold_base", "votes-cast", "threshold_comparison", ">=", "majority", "absolute",
		"constituencies[0].name", "North", "constituencies[0].seats", "12",
		"constituencies[0].registered_voters", "6 500\u202f000", "constituencies[0].declared_votes_cast", "",
		"constituencies[0].participants[0].id", "3", "constituencies[0].participants[0].position", "1",
		"constituencies[0].participants[0].weight", "27/20", "constituencies[0].participants[0].exempt", "true",
		"constituencies[0].participants[1].id", "1", "constituencies[0].participants[1].position", "2",
		"constituencies[0].participants[1].max_seats", "4",
	)
	for i := 0; i < len(more); i += 2 {
		v.Set(more[i], more[i+1])
	}
	return v
}

func TestElectionForm_BecomesTheDraftThatWasMeant(t *testing.T) {
	form := readElectionForm(minimal())
	got, err := form.draft()
	if err != nil {
		t.Fatal(err)
	}
	want := elections.Draft{
		Title: "Council", Kind: elections.Parliamentary, TimeZone: "Europe/Belgrade", PublicView: elections.TurnoutOnly,
		StartsAt: time.Date(2027, 3, 27, 6, 0, 0, 0, time.UTC), EndsAt: time.Date(2027, 3, 27, 19, 0, 0, 0, time.UTC),
		Channels: []elections.Channel{elections.Batches},
		Rules: elections.Rules{
			Method: "dhondt", ThresholdPercent: "3.5", ThresholdBase: "votes-cast", ThresholdComparison: ">=", Majority: elections.Absolute,
		},
		Constituencies: []elections.ConstituencyDraft{{
			Name: "North", Seats: 12, RegisteredVoters: 6_500_000,
			Candidacies: []elections.CandidacyDraft{{ParticipantID: 3, Weight: "27/20", Exempt: true}, {ParticipantID: 1, MaxSeats: 4}},
		}},
	}
	got.StartsAt, got.EndsAt = got.StartsAt.UTC(), got.EndsAt.UTC()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("want the draft as typed (-want +got):\n%s", diff)
	}
}

func TestElectionForm_NamesEachFieldThatCannotBeRead(t *testing.T) {
	for name, c := range map[string]struct {
		values url.Values
		want   string
	}{
		"letters for seats":        {minimal("constituencies[0].seats", "many"), "constituencies[0].seats"},
		"no seats":                 {minimal("constituencies[0].seats", ""), "constituencies[0].seats"},
		"zero seats":               {minimal("constituencies[0].seats", "0"), "constituencies[0].seats"},
		"negative voters":          {minimal("constituencies[0].registered_voters", "-1"), "constituencies[0].registered_voters"},
		"huge voters":              {minimal("constituencies[0].registered_voters", "99999999999999"), "constituencies[0].registered_voters"},
		"letters for votes cast":   {minimal("constituencies[0].declared_votes_cast", "x"), "constituencies[0].declared_votes_cast"},
		"letters for a bound":      {minimal("constituencies[0].participants[1].max_seats", "x"), "constituencies[0].participants[1].max_seats"},
		"no time":                  {minimal("starts_at", ""), "starts_at"},
		"a time that is skipped":   {minimal("ends_at", "2027-03-28T02:30"), "ends_at"},
		"unknown zone":             {minimal("time_zone", "Europe/Atlantis"), "time_zone"},
		"the machine's own zone":   {minimal("time_zone", "Local"), "time_zone"},
		"no way for votes to come": {func() url.Values { v := minimal(); v.Del("channels"); return v }(), "channels"},
	} {
		t.Run(name, func(t *testing.T) {
			form := readElectionForm(c.values)
			_, err := form.draft()
			var f *problem.Error
			if !errors.As(err, &f) {
				t.Fatalf("want a refusal, got %v", err)
			}
			for _, field := range f.Fields {
				if field.Name == c.want {
					return
				}
			}
			t.Errorf("want %s named, got %v", c.want, f.Fields)
		})
	}
}

func TestElectionForm_ShowsAStoredElectionAsItWasTyped(t *testing.T) {
	declared := int64(900)
	election := &elections.Election{
		Title: "Council", Kind: elections.Parliamentary, TimeZone: "Europe/Belgrade", PublicView: elections.RunningCount,
		StartsAt: time.Date(2027, 3, 27, 6, 0, 0, 0, time.UTC), EndsAt: time.Date(2027, 3, 27, 19, 0, 30, 0, time.UTC),
		Channels: []elections.Channel{elections.Batches, elections.Online}, Rehearsal: true, Confirmations: 2,
		Rules: elections.Rules{
			Method: "hare", ThresholdPercent: "5", ThresholdBase: "eligible", ThresholdComparison: ">", Majority: elections.Absolute, BlankBallots: true,
			TieBreak: []elections.TieBreak{elections.ByMoreVotes, elections.ByListOrder, elections.ByLot},
		},
		Constituencies: []elections.Constituency{
			{Name: "North", Seats: 3, RegisteredVoters: 1000, DeclaredVotesCast: &declared, Candidacies: []elections.Candidacy{{PollNumber: 1, ParticipantID: 7, Weight: "2", Exempt: true, MaxSeats: 2}}},
			{Name: "South", Seats: 4, Candidacies: []elections.Candidacy{{PollNumber: 1, ParticipantID: 8}, {PollNumber: 2, ParticipantID: 7}}},
		},
	}
	form := formOf(election)
	got, err := form.draft()
	if err != nil {
		t.Fatal(err)
	}
	if !got.StartsAt.Equal(election.StartsAt) || !got.EndsAt.Equal(election.EndsAt) {
		t.Errorf("want %s to %s, got %s to %s", election.StartsAt, election.EndsAt, got.StartsAt, got.EndsAt)
	}
	got.StartsAt, got.EndsAt = election.StartsAt, election.EndsAt
	want := elections.Draft{
		Title: election.Title, Kind: election.Kind, StartsAt: election.StartsAt, EndsAt: election.EndsAt, TimeZone: election.TimeZone,
		PublicView: election.PublicView, Channels: election.Channels, Rules: election.Rules, Rehearsal: true, Confirmations: 2,
		Constituencies: []elections.ConstituencyDraft{
			{Name: "North", Seats: 3, RegisteredVoters: 1000, DeclaredVotesCast: &declared, Candidacies: []elections.CandidacyDraft{{ParticipantID: 7, Weight: "2", Exempt: true, MaxSeats: 2}}},
			{Name: "South", Seats: 4, Candidacies: []elections.CandidacyDraft{{ParticipantID: 8}, {ParticipantID: 7}}},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("want the same definition back (-want +got):\n%s", diff)
	}
}

func TestConstituencyInput_TypedPollNumbersMoveTheirCandidacies(t *testing.T) {
	for name, c := range map[string]struct {
		positions []string
		want      []int64
	}{
		"untouched":        {[]string{"1", "2", "3", "4"}, []int64{1, 2, 3, 4}},
		"last to first":    {[]string{"1", "2", "3", "1"}, []int64{4, 1, 2, 3}},
		"first to last":    {[]string{"4", "2", "3", "4"}, []int64{2, 3, 4, 1}},
		"down by one":      {[]string{"1", "3", "3", "4"}, []int64{1, 3, 2, 4}},
		"far out":          {[]string{"99", "2", "3", "4"}, []int64{2, 3, 4, 1}},
		"swapped":          {[]string{"2", "1", "3", "4"}, []int64{2, 1, 3, 4}},
		"no number at all": {[]string{"x", "", "3", "4"}, []int64{1, 2, 3, 4}},
	} {
		t.Run(name, func(t *testing.T) {
			in := constituencyInput{}
			for j, position := range c.positions {
				in.Candidacies = append(in.Candidacies, candidacyInput{ParticipantID: int64(j + 1), Position: position})
			}
			in.order()
			if diff := cmp.Diff(c.want, ids(in)); diff != "" {
				t.Errorf("want another order (-want +got):\n%s", diff)
			}
		})
	}
}

func ids(c constituencyInput) []int64 {
	list := []int64{}
	for _, candidacy := range c.Candidacies {
		list = append(list, candidacy.ParticipantID)
	}
	return list
}

func registered() []participants.Participant {
	return []participants.Participant{
		{ID: 1, Name: "A", Kind: participants.Party},
		{ID: 2, Name: "B", Kind: participants.Party},
		{ID: 3, Name: "C", Kind: participants.Party},
		{ID: 9, Name: "P", Kind: participants.Individual},
	}
}

func TestElectionForm_Acts(t *testing.T) {
	for name, c := range map[string]struct {
		action string
		more   []string
		want   [][]int64 // participants, by constituency
	}{
		"up":                          {"up:0:1", nil, [][]int64{{1, 3}}},
		"up at the top":               {"up:0:0", nil, [][]int64{{3, 1}}},
		"down":                        {"down:0:0", nil, [][]int64{{1, 3}}},
		"remove":                      {"remove:0:0", nil, [][]int64{{1}}},
		"add":                         {"add:0", []string{"constituencies[0].add", "2"}, [][]int64{{3, 1, 2}}},
		"add a candidate again":       {"add:0", []string{"constituencies[0].add", "1"}, [][]int64{{3, 1}}},
		"add of the wrong kind":       {"add:0", []string{"constituencies[0].add", "9"}, [][]int64{{3, 1}}},
		"add all":                     {"add-all:0", nil, [][]int64{{3, 1, 2}}},
		"add a constituency":          {"add-constituency", nil, [][]int64{{3, 1}, {3, 1}}},
		"never remove the last one":   {"remove-constituency:0", nil, [][]int64{{3, 1}}},
		"paste":                       {"paste", []string{"paste", "East; 5; 1 000\n\nWest\t7\n"}, [][]int64{{3, 1}, {3, 1}, {3, 1}}},
		"paste in place of the first": {"paste", []string{"paste", "East; 5", "constituencies[0].name", "Nationwide"}, [][]int64{{3, 1}}},
		"paste with a bad line":       {"paste", []string{"paste", "East; 5\nWest"}, [][]int64{{3, 1}}},
		"another kind":                {"kind:presidential", nil, [][]int64{{}}},
		"the same kind":               {"kind:parliamentary", nil, [][]int64{{3, 1}}},
		"nonsense":                    {"up:7:99", nil, [][]int64{{3, 1}}},
		"more nonsense":               {"explode:-1", nil, [][]int64{{3, 1}}},
	} {
		t.Run(name, func(t *testing.T) {
			form := readElectionForm(minimal(c.more...))
			form.act(c.action, registered())
			got := [][]int64{}
			for _, constituency := range form.Constituencies {
				got = append(got, ids(constituency))
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("want others to stand (-want +got):\n%s", diff)
			}
			if form.Title != "Council" || form.StartsAt.Clock != "2027-03-27T07:00" {
				t.Errorf("want what was typed kept, got %q, %q", form.Title, form.StartsAt)
			}
		})
	}
}

// A list has no names in other languages: constituencies that the form or the stored election has keep theirs.
func TestElectionForm_ReplacedConstituenciesKeepTheirNames(t *testing.T) {
	form := readElectionForm(minimal("paste", "East; 5\nWEST; 7\nSouth; 2", "constituencies[0].name", "Cela zemlja", "constituencies[0].names", "ka: x"))
	form.stored = &elections.Election{Constituencies: []elections.Constituency{{Name: "West", Names: `{"ka":"დასავლეთი"}`}}}
	form.act("kind:presidential", registered())
	if got := form.Constituencies[0]; got.Name != "Cela zemlja" || got.Names != "ka: x" {
		t.Errorf("want the name and the others kept with another kind, got %q, %q", got.Name, got.Names)
	}
	form.act("paste", registered())
	var got []string
	for _, c := range form.Constituencies {
		got = append(got, c.Name+"|"+c.Names)
	}
	if want := []string{"East|", "WEST|ka: დასავლეთი", "South|"}; !slices.Equal(got, want) {
		t.Errorf("want %q, got %q", want, got)
	}
}

func TestElectionForm_PasteSaysWhichLineIsWrong(t *testing.T) {
	form := readElectionForm(minimal("paste", "East; 5\nWest"))
	problems := form.act("paste", registered())
	if !problems.Any() || problems.Of("paste").IsZero() || form.Paste == "" {
		t.Errorf("want a problem and the list kept, got %v, %q", problems, form.Paste)
	}
}

// A copied candidacy must not be the same memory: a change in one place stays there.
func TestElectionForm_CopiedCandidaciesAreTheirOwn(t *testing.T) {
	form := readElectionForm(minimal())
	form.act("add-constituency", registered())
	form.act("up:1:1", registered())
	if diff := cmp.Diff([]int64{3, 1}, ids(form.Constituencies[0])); diff != "" {
		t.Errorf("want the first constituency untouched (-want +got):\n%s", diff)
	}
}

package results_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"urna/elections"
	"urna/internal/text"
	"urna/results"
	"urna/results/bundle/format"
)

// fill gives every field of a struct a value that is not its zero value.
func fill(t *testing.T, v reflect.Value) {
	t.Helper()
	switch v.Kind() {
	case reflect.String:
		if v.Type() == reflect.TypeFor[text.Names]() {
			v.SetString(`{"ka":"text of Names"}`)
			return
		}
		v.SetString("text of " + v.Type().Name())
	case reflect.Int, reflect.Int64:
		v.SetInt(7)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(t, v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(t, v.Index(0))
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)))
			return
		}
		for _, field := range v.Fields() {
			fill(t, field)
		}
	default:
		t.Fatalf("fill does not know %s", v.Type())
	}
}

// TestDefinition_CarriesEverythingTheResultsDependOn fails for a field that an election gains and the
// document does not: add it to the document, or below if the results do not depend on it.
func TestDefinition_CarriesEverythingTheResultsDependOn(t *testing.T) {
	want := &elections.Election{}
	fill(t, reflect.ValueOf(want).Elem())
	document, _, err := results.EncodeDefinition(want)
	if err != nil {
		t.Fatal(err)
	}
	read, err := format.ReadDefinition(document)
	if err != nil {
		t.Fatal(err)
	}
	got := electionOf(read)
	// What may still change after certification, or is not the definition's.
	want.ClosedAt, want.CertifiedAt, want.PublishedAt = nil, nil, got.PublishedAt
	want.IsDraft, want.WithdrawnAt, want.WithdrawalReason = false, nil, "" // a draft and a withdrawn election have no figures
	want.SealKeysTo = nil                                                  // the figures say of each roll what was done
	want.CertifiersAtOpening, want.CertifiersOpen = false, false           // how Confirmations came about
	want.Constituencies[0].ElectionID = got.ID
	want.Constituencies[0].Candidacies[0].Color = ""
	want.Constituencies[0].HasStations = false                         // the figures have the polling stations
	want.Correction, want.Correcting, want.CorrectedAt = 0, false, nil // the figures say which certification they are of
	want.Protocols = elections.ProtocolForm{}                          // what people type; the figures follow from the sums
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	again, _, err := results.EncodeDefinition(got)
	if err != nil || string(again) != string(document) {
		t.Errorf("want the same bytes again, got %s, %v", again, err)
	}
}

// electionOf returns the election that a document defines.
func electionOf(d *format.Definition) *elections.Election {
	e := &elections.Election{
		ID: d.ID, Title: d.Title, Names: text.NewNames(d.Names), Kind: elections.Kind(d.Kind), StartsAt: d.StartsAt, EndsAt: d.EndsAt, BatchesUntil: d.BatchesUntil, TimeZone: d.TimeZone,
		PublicView: elections.PublicView(d.PublicView), Rehearsal: d.Rehearsal, Confirmations: d.Confirmations, SecondRoundOf: d.SecondRoundOf,
		TurnoutReportsAt: d.TurnoutAt,
		Rules: elections.Rules{
			Method: d.Rules.Method, ThresholdPercent: d.Rules.ThresholdPercent, ThresholdBase: d.Rules.ThresholdBase,
			ThresholdComparison: d.Rules.ThresholdComparison, ThresholdScope: elections.ThresholdScope(d.Rules.ThresholdScope),
			Majority: elections.Majority(d.Rules.Majority), MajorityBase: elections.MajorityBase(d.Rules.MajorityBase), BlankBallots: d.Rules.BlankBallots,
			PublishEveryStation: d.Rules.PublishEveryStation,
		},
	}
	for _, rule := range d.Rules.TieBreak {
		e.Rules.TieBreak = append(e.Rules.TieBreak, elections.TieBreak(rule))
	}
	for _, channel := range d.Channels {
		e.Channels = append(e.Channels, elections.Channel(channel))
	}
	for _, c := range d.Constituencies {
		part := elections.Constituency{
			ID: c.ID, ElectionID: d.ID, Name: c.Name, Names: text.NewNames(c.Names), Seats: c.Seats, RegisteredVoters: c.RegisteredVoters, DeclaredVotesCast: c.DeclaredVotesCast,
		}
		for _, k := range c.Candidacies {
			part.Candidacies = append(part.Candidacies, elections.Candidacy{
				PollNumber: k.PollNumber, ParticipantID: k.ParticipantID, Name: k.Name, Names: text.NewNames(k.Names), ShortName: k.ShortName,
				Weight: k.Weight, Exempt: k.Exempt, MaxSeats: k.MaxSeats, ThresholdPercent: k.ThresholdPercent,
			})
		}
		e.Constituencies = append(e.Constituencies, part)
	}
	return e
}

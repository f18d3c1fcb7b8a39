package results_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"urna/elections"
	"urna/results"
)

// fill gives every field of a struct a value that is not its zero value.
func fill(t *testing.T, v reflect.Value) {
	t.Helper()
	switch v.Kind() {
	case reflect.String:
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
	got, err := results.DecodeDefinition(document)
	if err != nil {
		t.Fatal(err)
	}
	// What may still change after certification, or is not the definition's.
	want.ClosedAt, want.CertifiedAt = nil, nil
	want.CertifiersAtOpening, want.CertifiersOpen = false, false // how Confirmations came about
	want.Constituencies[0].ElectionID = got.ID
	want.Constituencies[0].Candidacies[0].Color = ""
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	again, _, err := results.EncodeDefinition(got)
	if err != nil || string(again) != string(document) {
		t.Errorf("want the same bytes again, got %s, %v", again, err)
	}
}

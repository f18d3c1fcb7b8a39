package kit

import "testing"

func TestFieldID_MakesAnchorsOfAnyName(t *testing.T) {
	if got, want := FieldID("constituencies[0].participants[12].id"), "field-constituencies-0--participants-12--id"; got != want {
		t.Errorf("want %q, got %q", want, got)
	}
}

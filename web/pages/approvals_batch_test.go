package pages

import (
	"slices"
	"testing"

	"urna/internal/messages"
)

func TestBatchOfAct(t *testing.T) {
	const known = `{"constituency":"North","file":"a.csv","late":"after-batches-until","lines":1200,"official":"Ada","sha256":"9b9c"}`
	says := func(parameters string) (list []string) {
		about, _ := batchOfAct(parameters)
		for _, detail := range about {
			list = append(list, detail.Name.String()+": "+detail.Value.String())
		}
		return list
	}
	want := []string{
		"Constituency: North", "File: a.csv", "Lines: " + messages.Integer(1200).String(), "SHA-256: 9b9c", "Official: Ada",
		"Late: It came after the time until which this election takes batches.",
	}
	if got := says(known); !slices.Equal(got, want) {
		t.Errorf("want %q, got %q", want, got)
	}
	for _, other := range []string{
		`{"file":"a.csv","sha256":"9b9c","station":"7"}`, `{"voters":3}`, `{}`, `{"before":{"title":"A"},"after":{"title":"B"}}`,
	} {
		if about, ok := batchOfAct(other); ok {
			t.Errorf("want %s shown as it is, got %v", other, about)
		}
	}
}

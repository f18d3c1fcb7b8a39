package pages

import (
	"testing"
	"time"

	"urna/internal/messages"
)

// TestChangesOf_FieldsHaveNamesInTheReadersLanguage reads one event in each language. A field that the list does not have is
// shown as the log has it.
func TestChangesOf_FieldsHaveNamesInTheReadersLanguage(t *testing.T) {
	const detail = `{"before":{"Title":"A","Constituencies":[{"Seats":3}],"NewThing":1},"after":{"Title":"B","Constituencies":[{"Seats":4}],"NewThing":2}}`
	for tag, want := range map[string][]string{
		"en":      {"Title", "Constituencies › 1 › seats", "New thing"},
		"sr-Latn": {"Naslov", "Izborne jedinice › 1 › mandati", "New thing"},
		"sr-Cyrl": {"Наслов", "Изборне јединице › 1 › мандати", "New thing"},
		"ka":      {"სათაური", "საარჩევნო ოლქები › 1 › მანდატები", "New thing"},
	} {
		l, _ := messages.In(tag)
		got, _ := changesOf(messages.With(t.Context(), l), detail, time.UTC)
		if len(got) != len(want) {
			t.Fatalf("%s: want %d changes, got %+v", tag, len(want), got)
		}
		for i := range want {
			if got[i].Name != want[i] {
				t.Errorf("%s: want %q, got %q", tag, want[i], got[i].Name)
			}
		}
	}
}

// TestFieldNames_AreWordsOfTheLog compares the English names with the words that the list is searched for.
func TestFieldNames_AreWordsOfTheLog(t *testing.T) {
	for key, name := range fieldNames {
		if words, got := keyInWords(key), name().String(); got != words {
			t.Errorf("want %q, got %q", words, got)
		}
	}
}

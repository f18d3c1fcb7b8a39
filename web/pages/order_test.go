package pages

import (
	"slices"
	"testing"

	"urna/internal/messages"
)

func TestInOrder_IsThatOfTheReadersLanguage(t *testing.T) {
	for tag, want := range map[string][]string{
		"en": {"Cetinje", "Đakovo", "Džep", "Zenica"}, "sr-Latn": {"Cetinje", "Džep", "Đakovo", "Zenica"},
	} {
		l, _ := messages.In(tag)
		got := []string{"Zenica", "Đakovo", "Cetinje", "Džep"}
		if inOrder(messages.With(t.Context(), l), got, func(s string) string { return s }); !slices.Equal(got, want) {
			t.Errorf("%s: want %q, got %q", tag, want, got)
		}
	}
}

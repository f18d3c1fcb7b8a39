package pages

import (
	"strings"
	"testing"
)

func TestLocalPath_LeadsNowhereElse(t *testing.T) {
	for next, want := range map[string]string{
		"/admin/elections/3": "/admin/elections/3", "/official?before=7": "/official?before=7", "/": "/",
		"": "", "admin": "", "//evil.example": "", "/\\evil.example": "", "https://evil.example/": "", "/\t/evil.example": "",
		"javascript:alert(1)": "", "/%2f/evil.example": "", "/%5cevil": "/%5cevil",
	} {
		if got := localPath(next); got != want {
			t.Errorf("%q: want %q, got %q", next, want, got)
		}
	}
}

func TestNamesInWords_ReadAsASentence(t *testing.T) {
	for want, names := range map[string]string{"": "", "A": "A", "A and B": "A B", "A, B and C": "A B C"} {
		if got := namesInWords(strings.Fields(names)).String(); got != want {
			t.Errorf("want %q, got %q", want, got)
		}
	}
}

package document_test

import (
	"bytes"
	"compress/zlib"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"urna/elections"
	"urna/internal/messages"
	"urna/results"
	"urna/results/document"
)

const hash = "5f1d0e8a9c3b7d2e4f6a8b0c1d2e3f405162738495a6b7c8d9eaf0b1c2d3e4f5"

// record makes a record of an election with some constituencies of some lists each.
func record(t *testing.T, constituencies, lists int) document.Record {
	t.Helper()
	at := time.Date(2026, time.November, 29, 21, 36, 0, 0, time.UTC)
	e := &elections.Election{
		ID: 7, Title: "Избори за народне посланике", Kind: elections.Parliamentary, StartsAt: at.Add(-14 * time.Hour), EndsAt: at.Add(-2 * time.Hour),
		TimeZone: "Europe/Belgrade", Confirmations: 2, Rules: elections.Rules{Method: "dhondt"},
	}
	r := &results.Results{Election: e, State: elections.Counting, Provisional: true, UpdatedAt: at}
	for i := range constituencies {
		c := results.Constituency{ID: int64(i + 1), Name: fmt.Sprintf("Constituency %03d", i+1), Seats: 3, ThresholdVotes: 31}
		place := elections.Constituency{ID: c.ID, Name: c.Name}
		for k := range lists {
			candidacy := elections.Candidacy{PollNumber: k + 1, ParticipantID: int64(k + 1), Name: fmt.Sprintf("List %d of the long name that has to be written in more than one line of the table", k+1)}
			c.Candidacies = append(c.Candidacies, results.Candidacy{Candidacy: candidacy, Votes: int64(100 - k), Share: results.NewFraction(int64(100-k), 1000)})
			place.Candidacies = append(place.Candidacies, candidacy)
		}
		c.Candidacies[lists-1].Name = fmt.Sprintf("Last of %03d", i+1)
		c.Ballots = results.Ballots{Valid: 990, Invalid: 10, Cast: 1000, RegisteredVoters: 2000}
		r.Constituencies, e.Constituencies = append(r.Constituencies, c), append(e.Constituencies, place)
	}
	for k := range lists {
		r.Participants = append(r.Participants, results.Participant{ID: int64(k + 1), Name: fmt.Sprintf("List %d", k+1), Votes: int64(100 - k), Share: 100_000, Seats: 1})
	}
	return document.Record{
		Results: r, Figures: &results.Figures{}, Hash: hash, Publisher: "vote.example.org", Kind: messages.ElectionKindParliamentary(),
		Method: messages.RulesMethodDHondt(),
	}
}

// draw returns a record as PDF in a language, with the texts of its pages.
func draw(t *testing.T, language string, r document.Record) (pdf []byte, pages []string) {
	t.Helper()
	l, ok := messages.In(language)
	if !ok {
		t.Fatalf("no language %s", language)
	}
	pdf, err := document.Draw(messages.With(context.Background(), l), r)
	if err != nil {
		t.Fatal(err)
	}
	if folder := os.Getenv("URNA_PICTURES"); folder != "" {
		if err := os.WriteFile(filepath.Join(folder, strings.ReplaceAll(t.Name(), "/", "-")+"-"+language+".pdf"), pdf, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return pdf, texts(t, pdf)
}

var shown = regexp.MustCompile(`(?s)\(((?:\\.|[^\\)])*)\) ?Tj`)

// texts returns what each page of a PDF shows, a line for each text.
func texts(t *testing.T, pdf []byte) (pages []string) {
	t.Helper()
	for rest := pdf; ; {
		_, after, found := bytes.Cut(rest, []byte("stream\n"))
		if !found {
			return pages
		}
		content, next, _ := bytes.Cut(after, []byte("\nendstream"))
		rest = next
		packed, err := zlib.NewReader(bytes.NewReader(content))
		if err != nil {
			continue
		}
		plain, err := io.ReadAll(packed)
		if err != nil || !bytes.Contains(plain, []byte(")Tj")) {
			continue
		}
		var b strings.Builder
		for _, match := range shown.FindAllSubmatch(plain, -1) {
			raw := regexp.MustCompile(`(?s)\\(.)`).ReplaceAllFunc(match[1], func(s []byte) []byte {
				if s[1] == 'r' {
					return []byte{'\r'}
				}
				return s[1:]
			})
			var units []uint16
			for i := 0; i+1 < len(raw); i += 2 {
				units = append(units, uint16(raw[i])<<8|uint16(raw[i+1]))
			}
			b.WriteString(string(utf16.Decode(units)) + "\n")
		}
		pages = append(pages, b.String())
	}
}

// on returns the pages on which a text is.
func on(pages []string, text string) (numbers []int) {
	for i, page := range pages {
		if strings.Contains(page, text) {
			numbers = append(numbers, i+1)
		}
	}
	return numbers
}

func TestDraw_TheSameBytesForTheSameFigures(t *testing.T) {
	first, _ := draw(t, "en", record(t, 4, 6))
	for range 3 {
		if again, _ := draw(t, "en", record(t, 4, 6)); !bytes.Equal(first, again) {
			t.Fatal("want the same bytes")
		}
	}
}

func TestDraw_EachPageHasItsNumberTheHashAndTheMark(t *testing.T) {
	r := record(t, 8, 12)
	_, pages := draw(t, "en", r)
	if len(pages) < 3 {
		t.Fatalf("want several pages, got %d", len(pages))
	}
	for i, page := range pages {
		for _, want := range []string{fmt.Sprintf("Page %d of %d\n", i+1, len(pages)), "SHA-256 of the figures: " + hash, "PROVISIONAL\n"} {
			if !strings.Contains(page, want) {
				t.Errorf("page %d: want %q, got %s", i+1, want, page)
			}
		}
	}
	certified := time.Date(2026, time.December, 4, 9, 0, 0, 0, time.UTC)
	r.Results.Provisional, r.Results.State = false, elections.Certified
	r.Certification = &elections.Certification{
		Number: 1, Required: 2, Record: &elections.CertificationRecord{Number: 1, Figures: hash, At: certified},
		Confirmations: []elections.Confirmation{
			{AdministratorID: 1, Administrator: "Ana <ana@example.org>", Figures: hash}, {AdministratorID: 2, Administrator: "Boris", Figures: hash},
		},
	}
	r.Points = []results.OpenPoint{{
		Code: "no-ballots", Message: messages.Verbatim("No ballots came from the island."), Lifted: &results.Lifting{Reason: "The ferry sank.", Administrator: "Ana <ana@example.org>"},
	}}
	_, pages = draw(t, "en", r)
	all := strings.Join(pages, "")
	for _, want := range []string{"Certified: 4 December 2026, 10:00", "1. No ballots came from the island.", "Reason, by Ana: The ferry sank.", "Ana (name and signature)", "Boris (name and signature)"} {
		if !strings.Contains(all, want) {
			t.Errorf("want %q, got %s", want, all)
		}
	}
	if strings.Contains(all, "PROVISIONAL") || strings.Contains(all, "@example.org") {
		t.Error("want no watermark and no e-mail address")
	}
}

// TestDraw_AConstituencyIsNotSplit looks for the first and the last line of each constituency.
func TestDraw_AConstituencyIsNotSplit(t *testing.T) {
	_, pages := draw(t, "en", record(t, 30, 5))
	for i := range 30 {
		first, last := on(pages, fmt.Sprintf("Constituency %03d", i+1)), on(pages, fmt.Sprintf("Last of %03d", i+1))
		if len(first) != 1 || !slices.Equal(first, last) {
			t.Errorf("constituency %d: want it on one page, got its name on %v and its end on %v", i+1, first, last)
		}
	}
	_, pages = draw(t, "en", record(t, 2, 60)) // longer than a page
	first, last := on(pages, "Constituency 002"), on(pages, "Last of 002")
	if len(first) != 1 || len(last) != 1 || last[0] <= first[0] {
		t.Fatalf("want it over pages, got its name on %v and its end on %v", first, last)
	}
	for page := first[0]; page <= last[0]; page++ {
		if !strings.Contains(pages[page-1], "Votes\n") {
			t.Errorf("page %d: want the head of the table again", page)
		}
	}
}

func TestDraw_MissingStationsWithReasons(t *testing.T) {
	r := record(t, 1, 3)
	awaited := results.StationFigure{ID: 4, ConstituencyID: 1, Number: "4", Name: "Island", State: "awaited"}
	r.Figures.Stations = []results.StationFigure{{ID: 3, ConstituencyID: 1, Number: "3", Name: "Harbour", State: "counted"}, awaited}
	r.Figures.OpenPoints = []results.OpenPointFigure{{Code: "station-awaited", ConstituencyID: 1, Facts: []int64{4}, Reason: "No ferry came."}}
	_, pages := draw(t, "en", r)
	all := strings.Join(pages, "")
	if !strings.Contains(all, "Island") || !strings.Contains(all, "No ferry came.") || strings.Contains(all, "Harbour") {
		t.Errorf("want the missing station with its reason alone, got %s", all)
	}
	r.Figures.Stations = r.Figures.Stations[:1]
	if _, pages := draw(t, "en", r); !strings.Contains(strings.Join(pages, ""), "The ballots of all polling stations are in the count.") {
		t.Error("want it said that no station is missing")
	}
}

func TestDraw_InEveryLanguage(t *testing.T) {
	for language, want := range map[string]string{
		"sr-Latn": "Zapisnik o rezultatima", "sr-Cyrl": "Записник о резултатима", "ka": "შედეგების შემაჯამებელი ოქმი",
	} {
		if _, pages := draw(t, language, record(t, 2, 4)); !strings.Contains(pages[0], want) || !strings.Contains(pages[0], "Избори за народне посланике") {
			t.Errorf("%s: want %q, got %s", language, want, pages[0])
		}
	}
}

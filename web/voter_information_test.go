package web_test

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/png"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"urna/elections"
	"urna/internal/audit"
)

// logoFile is a PNG with a text beside its pixels.
func logoFile(t *testing.T) []byte {
	t.Helper()
	picture := image.NewNRGBA(image.Rect(0, 0, 40, 20))
	for x := range 40 {
		picture.Set(x, 10, color.NRGBA{R: 200, A: 255})
	}
	var b bytes.Buffer
	if err := png.Encode(&b, picture); err != nil {
		t.Fatal(err)
	}
	// A text chunk before the end, as programs leave them: its checksum is that of "tEXtAuthor\x00Secret Printer".
	end := bytes.LastIndex(b.Bytes(), []byte("IEND")) - 4
	chunk := append([]byte{0, 0, 0, 21}, "tEXtAuthor\x00Secret Printer"...)
	return slices.Concat(b.Bytes()[:end], chunk, binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE(chunk[4:])), b.Bytes()[end:])
}

// informed sends the form of contact and letters.
func (v *visitor) informed(t *testing.T, electionID int64, logo []byte, values url.Values) *http.Response {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for name, all := range values {
		for _, value := range all {
			if err := form.WriteField(name, value); err != nil {
				t.Fatal(err)
			}
		}
	}
	if logo != nil {
		part, err := form.CreateFormFile("file", "logo.png")
		if err == nil {
			_, err = part.Write(logo)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	return v.send(t, http.MethodPost, "/admin/elections/"+id(electionID)+"/information", body.String(), "Content-Type", form.FormDataContentType())
}

// TestVoterInformation_IsWhatVotersSee enters contact, languages and texts of an election, and looks at voters' screens, their help
// and a letter. Another election keeps the contact of the server.
func TestVoterInformation_IsWhatVotersSee(t *testing.T) {
	s := newMultilingualSite(t)
	ada := s.signedIn(t, "administrator")
	p, other := s.newPoll(t, 1, nil), s.newPoll(t, 1, nil)
	events := s.events(t)
	form := url.Values{
		"contact": {"Harbour Commission, 555 0123"}, "sender": {"Harbour Commission · Quay 1"}, "languages": {"ka", "sr-Latn"}, "hides_personal_id": {"true"},
		"greeting-ka": {"Dear <voter>"}, "instructions-ka": {"First line\r\nSecond line"}, "closing-ka": {"Yours"},
	}
	answer := ada.informed(t, p.election.ID, logoFile(t), form)
	if answer.StatusCode != http.StatusSeeOther {
		t.Fatalf("want it stored, got %s: %s", answer.Status, text(answer))
	}
	if got := s.events(t) - events; got != 1 {
		t.Errorf("want one event, got %d", got)
	}
	if page := ada.get(t, "/admin/elections/"+id(p.election.ID)+"/information"); !strings.Contains(page, "Harbour Commission, 555 0123") || !strings.Contains(page, `data-testid="logo-shown"`) {
		t.Errorf("want what was stored in the form, got %s", page)
	}
	v := s.visitor(t)
	screen := text(v.send(t, http.MethodGet, "/vote/"+id(p.election.ID), "", "Accept-Language", "en"))
	if !strings.Contains(screen, "Harbour Commission, 555 0123") || !strings.Contains(screen, `<html lang="sr-Latn"`) || strings.Contains(screen, "English") {
		t.Errorf("want the contact, and the first of the election's languages for a reader of another one, got %s", screen)
	}
	if page := text(v.send(t, http.MethodGet, "/help/voters?election="+id(p.election.ID), "")); !strings.Contains(page, "Harbour Commission, 555 0123") {
		t.Errorf("want the contact in the voters' help, got %s", page)
	}
	for _, path := range []string{"/vote/" + id(other.election.ID), "/help/voters", "/help/voters?election=" + id(other.election.ID)} {
		if page := text(v.send(t, http.MethodGet, path, "")); strings.Contains(page, "Harbour Commission") {
			t.Errorf("%s: want no contact of another election, got %s", path, page)
		}
	}
	letter := ada.get(t, "/admin/elections/"+id(p.election.ID)+"/information/letter")
	for _, want := range []string{"Harbour Commission · Quay 1", "Dear &lt;voter&gt;", "First line\nSecond line", "Yours", `data-testid="letter-without-id"`, `data-testid="letter-logo"`} {
		if !strings.Contains(letter, want) {
			t.Errorf("want %q in the letter, got %s", want, letter)
		}
	}
	if wants(t, letter, "Ovo je primer pisma.", `information">Nazad na stranicu „Kontakt i pisma“<`); strings.Contains(letter, "ne prikazuj") {
		t.Error("want a sample shown as often as wanted")
	}
	if strings.Contains(letter, "0000000000") {
		t.Error("want no personal id in the letter")
	}
	file := ada.get(t, "/admin/elections/"+id(p.election.ID)+"/information/letters.json")
	told, err := elections.ReadVoterInformation([]byte(file))
	if err != nil || told.Contact != "Harbour Commission, 555 0123" || told.Texts["ka"].Closing != "Yours" || !told.HidesPersonalID {
		t.Errorf("want the texts for the printing office, got %+v, %v", told, err)
	}
	if stored, err := base64.StdEncoding.DecodeString(betweenOf(letter, "data:image/png;base64,", `"`)); err != nil || bytes.Contains(stored, []byte("Secret Printer")) || len(stored) == 0 {
		t.Errorf("want the logo's pixels alone, got %q, %v", stored, err)
	}
}

// betweenOf returns the part between two texts.
func betweenOf(page, before, after string) string {
	_, rest, _ := strings.Cut(page, before)
	found, _, _ := strings.Cut(rest, after)
	return found
}

// TestVoterInformation_NamesEachMistake: each mistake has its place, and the typed text stays.
func TestVoterInformation_NamesEachMistake(t *testing.T) {
	s := newSite(t)
	ada := s.signedIn(t, "administrator")
	for name, c := range map[string]struct {
		form  url.Values
		logo  []byte
		field string
	}{
		"a long contact":      {url.Values{"contact": {strings.Repeat("x", 201)}}, nil, "contact"},
		"two lines of sender": {url.Values{"sender": {"a\nb"}}, nil, "sender"},
		"long instructions":   {url.Values{"contact": {"Kept"}, "instructions-en": {strings.Repeat("y", 2001)}}, nil, "instructions-en"},
		"a page as a logo":    {url.Values{"contact": {"Kept"}}, []byte("<svg onload='x'/>"), "file"},
		"no picture":          {url.Values{"contact": {"Kept"}}, []byte("GIF89a"), "file"},
	} {
		t.Run(name, func(t *testing.T) {
			answer := ada.informed(t, s.election.ID, c.logo, c.form)
			page := text(answer)
			if answer.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page, `field-error-`+c.field) && !strings.Contains(page, `#field-`+c.field) {
				t.Errorf("want a problem of %s, got %s: %s", c.field, answer.Status, page)
			}
			if c.form.Has("contact") && !strings.Contains(page, c.form.Get("contact")) {
				t.Error("want the typed text kept")
			}
		})
	}
	if told, err := s.Elections.VoterInformation(t.Context(), s.election.ID); err != nil || told.Contact != "" {
		t.Errorf("want nothing stored, got %+v, %v", told, err)
	}
	withdrawn := s.scheduled(t, nil)
	if err := s.Elections.ChangeVoterInformation(t.Context(), audit.System(), withdrawn.ID+1000, elections.VoterInformation{}); err == nil {
		t.Error("want no texts of an unknown election")
	}
}

// TestLetters_ForAMailingHouse downloads the letters of a roll in several files. Keys are in the letters alone.
func TestLetters_ForAMailingHouse(t *testing.T) {
	s := newSite(t)
	ada := s.signedIn(t, "administrator")
	e := s.scheduled(t, func(d *elections.Draft) { d.Channels = nil })
	roll := "personal_id,name,street,town\n1001,Ada,Main Street 1,Novi Sad\n1002,Bea,Main Street 2,Novi Sad\n1003,=Cleo,,Novi Sad\n"
	at := ada.issue(t, e.ID, roll)
	query := url.Values{"address": {"https://vote.example.org"}, "first": {"1"}, "most": {"2"}}
	answer := ada.send(t, http.MethodGet, at+"/letters.zip?"+query.Encode(), "")
	content := text(answer)
	if answer.StatusCode != http.StatusOK || !strings.HasPrefix(answer.Header.Get("Content-Disposition"), "attachment;") {
		t.Fatalf("want an archive, got %s: %s", answer.Status, content)
	}
	archive, err := zip.NewReader(strings.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range archive.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		files[f.Name] = string(b)
	}
	for name, letters := range map[string]int{"letters-0001.html": 2, "letters-0002.html": 1} {
		if got := strings.Count(files[name], `data-testid="letter-key"`); got != letters || !strings.Contains(files[name], "<style>") {
			t.Errorf("want %d letters in %s, with their styles, got %d", letters, name, got)
		}
	}
	table := files["addresses.csv"]
	want := "letter,file,position,name,address_1,address_2,address_3,address_4,postcode,town,country,constituency\n" +
		"1,letters-0001.html,1,Ada,Main Street 1,,,,,Novi Sad,,"
	if !strings.HasPrefix(strings.ReplaceAll(table, "\r\n", "\n"), want) || !strings.Contains(table, "3,letters-0002.html,1,'=Cleo") {
		t.Errorf("want a line for each letter, got %s", table)
	}
	for _, secret := range []string{"1001", "1002", "1003"} {
		if strings.Contains(table, secret) {
			t.Errorf("want no personal id among the addresses, got %s", table)
		}
	}
	for line := range strings.Lines(files["letters-0001.html"]) {
		if key := betweenOf(line, `data-testid="letter-key"><span>`, "<"); key != "" && strings.Contains(table, strings.ReplaceAll(key, " ", "")[:8]) {
			t.Error("want no key among the addresses")
		}
	}
	if details := s.disclosures(t, e.ID); len(details) != 1 || !strings.Contains(details[0], "letters") {
		t.Errorf("want the disclosure of the letters recorded, got %v", details)
	}
}

// TestKeys_TheLetterOfAReplacedKeyHasAnAddress types it in the form; no table and no event keeps it.
func TestKeys_TheLetterOfAReplacedKeyHasAnAddress(t *testing.T) {
	s := newSite(t)
	ada := s.signedIn(t, "administrator")
	e := s.scheduled(t, func(d *elections.Draft) { d.Channels = nil })
	ada.issue(t, e.ID, "personal_id\n1001\n")
	path := "/admin/elections/" + id(e.ID) + "/keys/revocations"
	form := url.Values{"personal_id": {"1001"}, "act": {"reissue"}, "address": {"https://vote.example.org"}, "letter_to": {strings.Repeat("line\n", 8)}}
	if page := text(ada.post(t, path, form)); !strings.Contains(page, "field-error-letter_to") {
		t.Errorf("want eight lines refused at their field, got %s", page)
	}
	form.Set("letter_to", "Marigold Quince\r\nElm Street 7\r\n\r\n11000 Belgrade\r\n")
	letter := text(ada.post(t, path, form))
	for _, want := range []string{"<span>Marigold Quince</span>", "<span>Elm Street 7</span>", "<span>11000 Belgrade</span>"} {
		if !strings.Contains(letter, want) {
			t.Errorf("want %s in the letter, got %s", want, letter)
		}
	}
	if log := ada.get(t, "/admin/audit?q=Marigold"); strings.Contains(log, "Quince") {
		t.Errorf("want no name in the log, got %s", log)
	}
}

// TestVoterInformation_AnSVGLogoIsDrawnAgain gives a drawing as a logo, and looks at the letter, the page and the file for a
// printing office: its shapes are there, and nothing else of the file.
func TestVoterInformation_AnSVGLogoIsDrawnAgain(t *testing.T) {
	s := newSite(t)
	ada := s.signedIn(t, "administrator")
	p := s.newPoll(t, 1, nil)
	file := `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 20"><title>Secret Printer</title><path style="fill:#a00" d="M0 0h40v20z"/></svg>`
	if answer := ada.informed(t, p.election.ID, []byte(file), url.Values{"contact": {"Commission"}}); answer.StatusCode != http.StatusSeeOther {
		t.Fatalf("want the logo stored, got %s: %s", answer.Status, text(answer))
	}
	told, err := elections.ReadVoterInformation([]byte(ada.get(t, "/admin/elections/"+id(p.election.ID)+"/information/letters.json")))
	want := `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 20" width="200" height="100"><path d="M0 0h40v20z" fill="#a00"></path></svg>`
	if err != nil || string(told.Logo) != want {
		t.Errorf("want %s, got %s, %v", want, told.Logo, err)
	}
	data := `"data:image/svg+xml;base64,` + base64.StdEncoding.EncodeToString([]byte(want)) + `"`
	for _, path := range []string{"/information", "/information/letter"} {
		if page := ada.get(t, "/admin/elections/"+id(p.election.ID)+path); !strings.Contains(page, data) {
			t.Errorf("%s: want the drawing, got %s", path, betweenOf(page, "<main", "</main>"))
		}
	}
}

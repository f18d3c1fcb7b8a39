package letters_test

import (
	"slices"
	"strings"
	"testing"

	"urna/ballots/online"
	"urna/web/letters"
)

// TestLetters_HaveTheAddressOfTheRoll reads an address in a roll, writes it into the table of keys, reads it there, and prints it;
// an e-mail address is not in the window beside it.
func TestLetters_HaveTheAddressOfTheRoll(t *testing.T) {
	roll := "personal_id;name;email;Street;address 2;Zip;Town;country\nid-1;Ana Ilić;a@example.org;Main Street 1;Flat <2>;21000;Novi Sad;Serbia\nid-2;Boris;;;;;;\n"
	var keys []online.Key
	for v, err := range online.NewRollFile(strings.NewReader(roll)).Voters() {
		if err != nil || !v.Problem.IsZero() {
			t.Fatal(err, v.Problem)
		}
		keys = append(keys, online.Key{PersonalID: v.PersonalID, GUID: guid, ConstituencyID: 1, Name: v.Name, Email: v.Email, Address: v.Address})
	}
	want := online.Postal{Lines: [4]string{"Main Street 1", "Flat <2>"}, Postcode: "21000", Town: "Novi Sad", Country: "Serbia"}
	if len(keys) != 2 || keys[0].Address != want || keys[1].Address != (online.Postal{}) {
		t.Fatalf("want %+v, got %+v", want, keys)
	}
	var table strings.Builder
	if err := letters.WriteCSV(&table, election(), each(nil, keys...)); err != nil {
		t.Fatal(err)
	}
	var read []online.Key
	for key, err := range letters.ReadCSV(strings.NewReader(table.String()), election()) {
		if err != nil {
			t.Fatal(err)
		}
		read = append(read, key)
	}
	if !slices.Equal(read, keys) {
		t.Errorf("want %+v, got %+v", keys, read)
	}
	pages := strings.Split(write(t, read...), `<section class="letter"`)[1:]
	address, _, _ := strings.Cut(pages[0], "</address>")
	if want := "<span>Ana Ilić</span> <span>Main Street 1</span> <span>Flat &lt;2&gt;</span> <span>21000 Novi Sad</span> <span>Serbia</span>"; !strings.Contains(address, want) {
		t.Errorf("want the address line by line, got %s", address)
	}
}

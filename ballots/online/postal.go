package online

import (
	"slices"
	"strings"
)

// Postal is the address to which a letter goes. It travels along with a key, as the name does, and is in no table.
type Postal struct {
	Lines                   [4]string // such as a street, a floor, an institution
	Postcode, Town, Country string
}

// fields are all of its parts, in the order of the columns.
func (p *Postal) fields() []*string {
	return []*string{&p.Lines[0], &p.Lines[1], &p.Lines[2], &p.Lines[3], &p.Postcode, &p.Town, &p.Country}
}

// Values are all of its parts, in the order of PostalColumns.
func (p Postal) Values() (values []string) {
	for _, field := range p.fields() {
		values = append(values, *field)
	}
	return values
}

// PostalOf returns the address whose parts have these values, in the order of PostalColumns.
func PostalOf(value func(column string) string) (p Postal) {
	for i, field := range p.fields() {
		*field = value(PostalColumns()[i])
	}
	return p
}

// PostalColumns are the columns of an address in rolls and in tables of keys.
func PostalColumns() []string {
	return []string{"address_1", "address_2", "address_3", "address_4", "postcode", "town", "country"}
}

// Printed is the address line by line, without empty lines: the postcode is before its town.
func (p Postal) Printed() (lines []string) {
	for _, line := range append(p.Lines[:], strings.TrimSpace(p.Postcode+" "+p.Town), p.Country) {
		if line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// postalColumn returns the place of a column of an address, by its name in common spellings; false for any other.
func postalColumn(name string) (place int, is bool) {
	folded := strings.NewReplacer(" ", "", "_", "", "-", "").Replace(strings.ToLower(strings.TrimSpace(name)))
	for i, words := range [][]string{
		{"address1", "address", "street"}, {"address2"}, {"address3"}, {"address4"}, {"postcode", "postalcode", "zip", "zipcode"}, {"town", "city"}, {"country"},
	} {
		if slices.Contains(words, folded) {
			return i, true
		}
	}
	return 0, false
}

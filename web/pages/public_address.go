package pages

import (
	"strings"

	"github.com/gin-gonic/gin"

	"urna/elections"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/web/letters"
	"urna/web/principal"
	"urna/web/publicurl"
	"urna/web/view/kit"
)

// The fields with which a letter's form asks for the public address.
const (
	addressField  = "address"
	loopbackField = "loopback"
)

// origin is the address at which this request reached the server.
func (p *Pages) origin(c *gin.Context) string {
	if p.Secure {
		return "https://" + c.Request.Host
	}
	return "http://" + c.Request.Host
}

// publicAddress returns the address of the service as voters open it: the set or entered one, else the one at which this
// request reached the server, unless that leads to the reader's own machine. "" is an address that must be asked for.
func (p *Pages) publicAddress(c *gin.Context) (string, error) {
	address, err := p.PublicURL.Get(c.Request.Context())
	if err == nil && address == "" && !publicurl.Loopback(p.origin(c)) {
		address = p.origin(c)
	}
	return address, err
}

// checkAddress adds the problem of an address for letters. A loopback address needs a tick.
func checkAddress(checks *problem.Checks, address string, ticked bool) {
	switch {
	case address == "":
		checks.Add(addressField, messages.FieldEnterPublicAddress())
	case publicurl.Loopback(address) && !ticked:
		checks.Add(addressField, messages.FieldAddressOfThisComputer())
	}
}

// addressOf returns the address that a form with a letter asks for, checked and remembered.
func (p *Pages) addressOf(c *gin.Context) (string, error) {
	address := strings.TrimSpace(formValue(c, addressField))
	var err error
	if address == "" {
		if address, err = p.publicAddress(c); err != nil {
			return "", err
		}
	}
	var checks problem.Checks
	checkAddress(&checks, address, formValue(c, loopbackField) == "true")
	if checks.Err() == nil {
		if _, err := letters.New(&elections.Election{}, address); err != nil {
			checks.Add(addressField, asRefusal(err).Fields[0].Message)
		}
	}
	if err := checks.Err(); err != nil {
		return "", err
	}
	return address, p.PublicURL.Remember(c.Request.Context(), principal.Actor(c), address)
}

// addressFields are the fields that ask for the address, with the entered value and its problem.
func addressFields(address string, problem messages.Message) (field, loopback kit.Field) {
	field = kit.Field{
		Name: addressField, Label: messages.KeysAddress(), Value: address, Type: "url",
		Hint: messages.KeysAddressHint(), Problem: problem,
	}
	if address == "" || publicurl.Loopback(address) {
		loopback = kit.Field{
			Name: loopbackField, Label: messages.KeysLoopback(),
		}
	}
	return field, loopback
}

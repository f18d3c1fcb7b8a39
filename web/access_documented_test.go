package web_test

import (
	"cmp"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/access.md")

// TestAccess_TableIsDocumented keeps docs/access.md the same as the table.
func TestAccess_TableIsDocumented(t *testing.T) {
	var b strings.Builder
	b.WriteString("# Who may do what\n\n" +
		"Every route of the server with the roles that may use it. A route may refuse more: an official sees their own\n" +
		"batches only, and uploads for their places only; an observer reads the elections of their account only, and\n" +
		"changes nothing but the account; an election shows counts only when its rules allow. HEAD is answered wherever\n" +
		"GET is, to the same people, with the same status and headers and without effects; the answer to HEAD has no\n" +
		"length if it is a redirect. OPTIONS is answered where scripts of other sites may read (`routes.Public` in\n" +
		"`web/route_group.go`).\n\n" +
		"A confirmation of a certification needs the administrator's password again and, if the account has a second\n" +
		"factor, a code of the app, a recovery code or, in a browser, a passkey. Wrong ones count as sign-ins that\n" +
		"failed. Only its owner adds a passkey or removes a single one; removing the second factor of an account\n" +
		"removes all its passkeys. `POST /login/passkey`, `POST /account/passkey` and `POST\n" +
		"/account/second-factor/passkeys/challenge` give a challenge for the browser session that asks.\n\n" +
		"Everybody may send to `POST /log/countersignatures`; only countersignatures of registered witnesses are\n" +
		"stored. The official who sent a late batch never approves it, also as an administrator later.\n\n" +
		"This page is made from the table that the tests compare with the router\n(`go test ./web -run TestAccess -update`).\n\n" +
		"| route | administrator | official | observer | everybody |\n| --- | --- | --- | --- | --- |\n")
	byPath := func(a, b string) int {
		methodA, pathA, _ := strings.Cut(a, " ")
		methodB, pathB, _ := strings.Cut(b, " ")
		return cmp.Or(strings.Compare(pathA, pathB), strings.Compare(methodA, methodB))
	}
	mark := func(is bool) string {
		if is {
			return "yes"
		}
		return ""
	}
	for _, name := range slices.SortedFunc(maps.Keys(access), byPath) {
		allowed := access[name]
		if allowed == "refresh token" {
			fmt.Fprintf(&b, "| `%s` | with a refresh token of `/epms` | with a refresh token of `/epms` | with a refresh token of `/epms` | |\n", name)
			continue
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", name, mark(allowed == "" || strings.Contains(allowed, "administrator")),
			mark(allowed == "" || strings.Contains(allowed, "official")), mark(allowed == "" || strings.Contains(allowed, "observer")), mark(allowed == ""))
	}
	const file = "../docs/access.md"
	if *update {
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil || string(got) != b.String() {
		t.Errorf("want docs/access.md to be the table of the tests (run with -update), %v", err)
	}
}

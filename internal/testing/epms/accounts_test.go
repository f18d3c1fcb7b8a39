//nolint:thelper // the parts of one long test: their failures belong to their lines
package epms

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// jmbg completes a JMBG with its control digit.
func jmbg(dayMonth, year, region, serial string) string {
	twelve := dayMonth + year + region + serial
	sum := 0
	for i, weight := range []int{7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2} {
		sum += weight * int(twelve[i]-'0')
	}
	control := 11 - sum%11
	if control > 9 {
		control = 0
	}
	return fmt.Sprintf("%s%d", twelve, control)
}

// withControl returns a valid JMBG whose m, before it becomes a control digit, is as wanted.
func withControl(t *testing.T, m int) string {
	t.Helper()
	for serial := range 1000 {
		twelve := fmt.Sprintf("010199071%03d", serial)
		sum := 0
		for i, weight := range []int{7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2} {
			sum += weight * int(twelve[i]-'0')
		}
		if 11-sum%11 == m {
			return jmbg("0101", "990", "71", twelve[9:])
		}
	}
	t.Fatalf("no JMBG with m = %d", m)
	return ""
}

// addresses that are none.
var invalidEmails = []string{
	" ", "a", "a@b", "a@b.c", "@b.rs", "a@", "a@.rs", "a@b.", "a@b.r1", "a@b..rs", "a b@c.rs", "a@b@c.rs", " a@b.rs", "a@b.rs ",
	strings.Repeat("a", 251) + "@b.rs",
}

func (w *world) register(t *testing.T) {
	const path = "/epms/register"
	checkMissing(t, w.anonymous, path, "jmbg", "forename", "surname", "email", "password")
	w.firstJMBG = jmbg("0101", "990", "71", "000")
	wrong := object{"jmbg": " ", "forename": "Grace", "surname": "Hopper", "email": " ", "password": " "}

	w.anonymous.post(t, path, wrong).refused(t, "Invalid jmbg.")
	last := w.firstJMBG[12] - '0'
	for name, number := range map[string]any{
		"a digit too few": w.firstJMBG[:12], "a digit too many": w.firstJMBG + "0", "a letter": "O" + w.firstJMBG[1:],
		"blanks around": " " + w.firstJMBG, "other digits": "٠" + w.firstJMBG[1:], "a number": 101990710008,
		"the other control digit": w.firstJMBG[:12] + string('0'+(last+1)%10),
		"day 0":                   jmbg("0001", "990", "71", "000"), "day 32": jmbg("3201", "990", "71", "000"),
		"month 0": jmbg("0100", "990", "71", "000"), "month 13": jmbg("0113", "990", "71", "000"),
		"31 April": jmbg("3104", "990", "71", "000"), "29 February 1990": jmbg("2902", "990", "71", "000"),
		"29 February 2001": jmbg("2902", "001", "71", "000"),
		"region 69":        jmbg("0101", "990", "69", "000"), "region 0": jmbg("0101", "990", "00", "000"),
	} {
		t.Run(name, func(t *testing.T) {
			w.anonymous.post(t, path, copyWith(wrong, "jmbg", number)).refused(t, "Invalid jmbg.")
		})
	}

	// A valid one gets past this check to the next.
	for name, number := range map[string]string{
		"29 February 2000": jmbg("2902", "000", "71", "000"), "29 February 1996": jmbg("2902", "996", "71", "000"),
		"region 70": jmbg("0101", "990", "70", "000"), "region 99": jmbg("0101", "990", "99", "000"),
		"m is 9": withControl(t, 9), "m is 10": withControl(t, 10), "m is 11": withControl(t, 11), "m is 1": withControl(t, 1),
	} {
		t.Run(name, func(t *testing.T) {
			w.anonymous.post(t, path, copyWith(wrong, "jmbg", number)).refused(t, "Invalid email.")
		})
	}
	wrong["jmbg"] = w.firstJMBG
	for _, email := range append([]string{"a@b.c1"}, invalidEmails...) {
		w.anonymous.post(t, path, copyWith(wrong, "email", email)).refused(t, "Invalid email.")
	}
	w.anonymous.post(t, path, copyWith(wrong, "email", 7)).refused(t, "Invalid email.")

	wrong["email"] = "grace@example.org"
	for name, password := range map[string]any{
		"blanks": "        ", "too short": "Abcdef7", "no digit": "Abcdefgh", "no upper case": "abcdefg7", "no lower case": "ABCDEFG7",
		"too long": "Ab3" + strings.Repeat("x", 253), "a number": 12345678,
	} {
		t.Run(name, func(t *testing.T) {
			w.anonymous.post(t, path, copyWith(wrong, "password", password)).refused(t, "Invalid password.")
		})
	}
	for _, password := range []string{"Grace@example.org1", "1-GRACE@example.org"} { // the account's own address
		w.anonymous.post(t, path, copyWith(wrong, "password", password)).refused(t, "Invalid password.")
	}
	wrong["password"] = "Abcdefg7"
	w.names(t, wrong)
	w.anonymous.post(t, path, wrong).empty(t)
	w.anonymous.post(t, path, wrong).refused(t, "Email already exists.")
	w.anonymous.post(t, path, copyWith(wrong, "email", "GRACE@example.org")).refused(t, "Email already exists.")
	w.anonymous.post(t, path, copyWith(wrong, "email", chief.Email)).refused(t, "Email already exists.")
	w.anonymous.post(t, path, copyWith(wrong, "email", "second@example.co.rs")).refused(t, "JMBG already exists.")

	w.secondJMBG = withControl(t, 10)
	w.anonymous.post(t, path, object{
		"jmbg": w.secondJMBG, "forename": " Пера ", "surname": "Перић", "email": "second@example.co.rs",
		"password": "Ab3" + strings.Repeat("x", 252),
	}).empty(t)
}

// nameless are texts that no name may be, but blanks alone.
var nameless = map[string]any{
	"an escape": "Gra\x1b[31mce", "a line end": "Grace\n", "a tab": "\tGrace", "a null byte": "Gra\x00ce", "C1 control": "Gra\u0085ce",
	"a line separator": "Gra\u2028ce", "an override": "Gra\u202ece", "a zero width space alone": "\u200b", "joiners alone": "\u200d\u200c",
	"no-break spaces": "\u00a0\u00a0", "ideographic spaces": "\u3000", "a hangul filler": "\u3164", "a tag": "\U000e0041", "a number": 7, "a list": []string{"Grace"},
}

// names wants them checked after the fields that are missing and before all others. A name of blanks alone is refused
// after the JMBG, which clients of the old system count on; person is a registration with which nothing is wrong.
func (w *world) names(t *testing.T, person object) {
	const path = "/epms/register"
	for _, field := range []string{"forename", "surname"} {
		message := "Invalid " + field + "."
		for name, value := range nameless {
			t.Run(field+": "+name, func(t *testing.T) {
				one := copyWith(person, field, value)
				w.anonymous.post(t, path, one).refused(t, message)
				for other, wrong := range map[string]any{"jmbg": " ", "email": "no address", "password": "short"} {
					w.anonymous.post(t, path, copyWith(one, other, wrong)).refused(t, message)
				}
				w.anonymous.post(t, path, copyWith(one, "password", "")).refused(t, "Field password is missing.")
			})
		}
		blank := copyWith(person, field, "   ")
		w.anonymous.post(t, path, copyWith(blank, "jmbg", "0101994704400")).refused(t, "Invalid jmbg.")
		w.anonymous.post(t, path, blank).refused(t, message)
		w.anonymous.post(t, path, copyWith(blank, "email", "no address")).refused(t, message)
		w.anonymous.post(t, path, copyWith(person, field, strings.Repeat("x", 101))).refused(t, message)
	}
	w.anonymous.post(t, path, copyWith(copyWith(person, "forename", "\x1b"), "surname", "\x1b")).refused(t, "Invalid forename.")
	for _, email := range []string{"gra\u200dce@example.org", "grace@exam\u00adple.org", "gra\u00a0ce@example.org", "grace@exam\u202eple.org"} {
		w.anonymous.post(t, path, copyWith(person, "email", email)).refused(t, "Invalid email.")
	}
}

// pair is what a login returns.
type pair struct{ access, refresh string }

func signIn(t *testing.T, anonymous *client, email, password string) pair {
	t.Helper()
	var got map[string]string
	anonymous.post(t, "/epms/login", object{"email": email, "password": password}).into(t, &got)
	if len(got) != 2 || got["accessToken"] == "" || got["refreshToken"] == "" {
		t.Fatalf("want an accessToken and a refreshToken alone, got %v", got)
	}
	return pair{access: got["accessToken"], refresh: got["refreshToken"]}
}

func (w *world) login(t *testing.T) {
	const path = "/epms/login"
	checkMissing(t, w.anonymous, path, "email", "password")
	for _, email := range invalidEmails {
		w.anonymous.post(t, path, object{"email": email, "password": chief.Password}).refused(t, "Invalid email.")
	}
	w.anonymous.post(t, path, object{"email": true, "password": chief.Password}).refused(t, "Invalid email.")
	for _, wrong := range []object{
		{"email": "unknown@example.org", "password": chief.Password},
		{"email": chief.Email, "password": "Analytical engine 2"},
		{"email": chief.Email, "password": " "},
		{"email": chief.Email, "password": []string{chief.Password}},
	} {
		w.anonymous.post(t, path, wrong).refused(t, "Invalid credentials.")
	}
	administrator := signIn(t, w.anonymous, chief.Email, chief.Password)
	w.administrator, w.refresh = w.anonymous.with(administrator.access), administrator.refresh
	w.first = w.anonymous.with(signIn(t, w.anonymous, "grace@example.org", "Abcdefg7").access)
	w.second = w.anonymous.with(signIn(t, w.anonymous, "second@example.co.rs", "Ab3"+strings.Repeat("x", 252)).access)
}

func (w *world) refreshing(t *testing.T) {
	const path = "/epms/refresh"
	w.anonymous.post(t, path, nil).headerMissing(t)
	w.administrator.post(t, path, nil).tokenRefused(t)
	for name, token := range damaged(t, w.refresh) {
		t.Run(name, func(t *testing.T) { w.anonymous.with(token).post(t, path, nil).tokenRefused(t) })
	}
	for range 2 { // it stays usable
		var got map[string]string
		w.anonymous.with(w.refresh).post(t, path, nil).into(t, &got)
		if len(got) != 1 {
			t.Errorf("want an accessToken alone, got %v", got)
		}
		checkToken(t, got["accessToken"], "access", 3600, administratorClaims)
		if got := w.anonymous.with(got["accessToken"]).get(t, "/epms/getParticipants"); got.status != http.StatusOK {
			t.Errorf("want the new token to work, got %d %s", got.status, got.body)
		}
	}
	if got := w.administrator.get(t, "/epms/getParticipants"); got.status != http.StatusOK {
		t.Errorf("want the first token to work on, got %d %s", got.status, got.body)
	}
}

func (w *world) deleting(t *testing.T) {
	const path = "/epms/delete"
	checkMissing(t, w.administrator, path, "email")
	for _, email := range invalidEmails {
		w.administrator.post(t, path, object{"email": email}).refused(t, "Invalid email.")
	}
	w.administrator.post(t, path, object{"email": "unknown@example.org"}).refused(t, "Unknown user.")

	person := object{
		"jmbg": withControl(t, 11), "forename": "Passing", "surname": "Guest", "email": "guest@example.org", "password": "Abcdefg7",
	}
	w.anonymous.post(t, "/epms/register", person).empty(t)
	tokens := signIn(t, w.anonymous, "guest@example.org", "Abcdefg7")
	w.administrator.post(t, path, object{"email": "guest@example.org"}).empty(t)
	w.anonymous.post(t, "/epms/login", object{"email": "guest@example.org", "password": "Abcdefg7"}).refused(t, "Invalid credentials.")
	w.anonymous.with(tokens.refresh).post(t, "/epms/refresh", nil).tokenRefused(t)
	w.anonymous.with(tokens.access).post(t, "/epms/vote", nil).tokenRefused(t)
	w.administrator.post(t, path, object{"email": "guest@example.org"}).refused(t, "Unknown user.")
	w.anonymous.post(t, "/epms/register", person).empty(t)

	// The contract knows no last administrator; whatever the words, they stay.
	if got := w.administrator.post(t, path, object{"email": chief.Email}); got.status != http.StatusBadRequest {
		t.Errorf("want the last administrator to stay, got %d %s", got.status, got.body)
	}
	if got := w.administrator.get(t, "/epms/getElections"); got.status != http.StatusOK {
		t.Errorf("want the last administrator to work on, got %d %s", got.status, got.body)
	}
}

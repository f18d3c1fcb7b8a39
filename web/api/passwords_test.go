package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// person returns the body of a new account.
func person(t *testing.T, email, forename, surname, password string) string {
	t.Helper()
	return fmt.Sprintf(`{"email":%s,"forename":%s,"surname":%s,"role":"official","password":%s}`,
		quoted(t, email), quoted(t, forename), quoted(t, surname), quoted(t, password))
}

// tokens tries to sign in.
func (s *env) tokens(email, password string) *reply {
	s.t.Helper()
	return s.json("", http.MethodPost, "/tokens", fmt.Sprintf(`{"email":%s,"password":%s}`, quoted(s.t, email), quoted(s.t, password)))
}

func TestTokens_ALostAnswerOfARefresh(t *testing.T) {
	s := newEnv(t)
	refresh := func(token string) *reply {
		return s.json("", http.MethodPost, "/tokens/refresh", fmt.Sprintf(`{"refresh_token":%q}`, token))
	}
	first := s.signIn("ana@example.org").str("refresh_token")
	lost := refresh(first).want(http.StatusOK)
	again := refresh(first).want(http.StatusOK)
	s.get(lost.str("access_token"), "/me").refused(http.StatusUnauthorized, "invalid-token")
	s.get(again.str("access_token"), "/me").want(http.StatusOK)
	// Now the answer is known to have arrived.
	refresh(first).refused(http.StatusUnauthorized, "invalid-token")
	s.get(again.str("access_token"), "/me").refused(http.StatusUnauthorized, "invalid-token")
	refresh(again.str("refresh_token")).refused(http.StatusUnauthorized, "invalid-token")
}

func TestUsers_NamesAndEmailsAreTextOfOneLine(t *testing.T) {
	s := newEnv(t)
	const good = "four unrelated words"
	for name, bad := range map[string]string{
		"escape": "Mi\x1b[31mna", "line end": "Mina\nM", "line end behind": "Mina\n", "tab before": "\tMina", "line separator behind": "Mina\u2028", "tab": "Mi\tna", "delete": "Mi\x7fna", "C1 control": "Mi\u009bna",
		"line separator": "Mi\u2028na", "override": "Mi\u202ena", "isolate": "\u2066Mina", "byte order mark": "\ufeffMina", "zero width space": "\u200b",
		"joiners": "\u200d\u200c", "filler": "\u3164",
	} {
		t.Run(name, func(t *testing.T) {
			for field, body := range map[string]string{
				"forename": person(t, "mina@example.org", bad, "M", good), "surname": person(t, "mina@example.org", "M", bad, good),
			} {
				r := s.json(s.administrator, http.MethodPost, "/users", body).refused(http.StatusUnprocessableEntity, "invalid-input")
				if fields := r.fields(); len(fields) != 1 || fields[field] == "" {
					t.Errorf("want a problem with the %s alone, got %v", field, fields)
				}
				change := fmt.Sprintf(`{%q:%s}`, field, quoted(t, bad))
				r = s.json(s.administrator, http.MethodPatch, "/users/2", change).refused(http.StatusUnprocessableEntity, "invalid-input")
				if fields := r.fields(); len(fields) != 1 || fields[field] == "" {
					t.Errorf("want a problem with the %s alone, got %v", field, fields)
				}
			}
		})
	}
	for name, bad := range map[string]string{
		"zero width space": "mi\u200bna@example.org", "joiner": "mina@exam\u200dple.org", "soft hyphen": "mina\u00ad@example.org",
		"mark of direction": "mina@example\u200f.org", "override": "\u202emina@example.org", "no-break space": "mi\u00a0na@example.org",
		"ideographic space": "mina@exam\u3000ple.org", "escape": "mi\x1bna@example.org", "line end": "mina@example.org\r\n", "filler": "mi\u3164na@example.org",
	} {
		t.Run("e-mail: "+name, func(t *testing.T) {
			r := s.json(s.administrator, http.MethodPost, "/users", person(t, bad, "Mina", "M", good)).
				refused(http.StatusUnprocessableEntity, "invalid-input")
			if message := r.fields()["email"]; !strings.HasPrefix(message, "Leave out the ") {
				t.Errorf("want to be told what to leave out, got %q", message)
			}
		})
	}
	for _, forename := range []string{"می\u200cخواهم", "क्\u200dष", "Љиљана", "José", "O’Brien"} { // scripts need their joiners
		email := fmt.Sprintf("u%x@example.org", forename[:4])
		s.json(s.administrator, http.MethodPost, "/users", person(t, email, forename, "M", good)).want(http.StatusCreated).is(forename, "forename")
	}
}

// TestUsers_OneEqualityOfEmails: registration and sign-in compare alike.
func TestUsers_OneEqualityOfEmails(t *testing.T) {
	s := newEnv(t)
	for i, same := range [][]string{
		{"mina@example.org", "MINA@Example.ORG", " mina@example.org "},
		{"zoë@example.org", "ZOË@example.org", "zoe\u0308@example.org", "ZOE\u0308@EXAMPLE.org"},
		{"Ђорђе@example.org", "ђОРЂЕ@example.org"},
		{"kim@example.org", "\u212aim@example.org", "kım@example.org"},
		{"σίσυφος@example.org", "ΣΊΣΥΦΟΣ@example.org"},
	} {
		secret := fmt.Sprintf("unrelated words, number %d", i)
		s.json(s.administrator, http.MethodPost, "/users", person(t, same[0], "Mina", "M", secret)).want(http.StatusCreated)
		for _, email := range same {
			s.json(s.administrator, http.MethodPost, "/users", person(t, email, "Other", "M", secret)).refused(http.StatusConflict, "email-taken")
			s.tokens(email, secret).want(http.StatusOK)
		}
	}
	for _, other := range []string{"mína@example.org", "mina@example.com", "zoe@example.org"} { // other letters are other addresses
		s.json(s.administrator, http.MethodPost, "/users", person(t, other, "Other", "M", "unrelated words, number 0")).want(http.StatusCreated)
	}
	// Guesses at one account are counted together, however it is written.
	for i := range 11 {
		s.tokens([]string{"zoë@example.org", "ZOË@example.org", "zoe\u0308@example.org"}[i%3], "a wrong guess").want(http.StatusUnauthorized)
	}
	s.tokens("Zoë@Example.org", "a wrong guess").refused(http.StatusTooManyRequests, "too-many-requests")
}

func TestUsers_TheirOwnEmailIsNoPassword(t *testing.T) {
	s := newEnv(t)
	const email = "jelena.markovic@glasanje.example"
	for _, bad := range []string{
		email, "JELENA.MARKOVIC@GLASANJE.EXAMPLE", " " + email + " ", email + "2027!", "1-" + email, "jelena.markovic", "Jelena.Markovic",
		"jelena_markovic_27", "markovicjelena1", "jelenamarkovic@", email + email, "glasanje.example99", "ｊｅｌｅｎａ．ｍａｒｋｏｖｉｃ", "jelena\u200b.markovic",
		"Ana.Ilić-2027", "jelenaana2027",
	} {
		r := s.json(s.administrator, http.MethodPost, "/users", person(t, email, "Ana", "Ilić", bad))
		if r.status != http.StatusUnprocessableEntity || r.fields()["password"] == "" {
			t.Errorf("%q: want it refused, got %d %s", bad, r.status, r.raw)
		}
	}
	id := s.json(s.administrator, http.MethodPost, "/users", person(t, email, "Ana", "Ilić", "jelena met a badger")).want(http.StatusCreated).str("id")
	change := func(password string) *reply {
		return s.json(s.administrator, http.MethodPatch, "/users/"+id, fmt.Sprintf(`{"forename":"Vukosava","password":%q}`, password))
	}
	for _, bad := range []string{email, "Jelena.Markovic-1", "Vukosava-2027"} {
		if fields := change(bad).refused(http.StatusUnprocessableEntity, "invalid-input").fields(); fields["password"] == "" {
			t.Errorf("%q: want it refused, got %v", bad, fields)
		}
	}
	change("six short words at the very least").want(http.StatusOK)
}

// TestTokens_APasswordTypedInAnotherForm: how a keyboard puts letters and accents together makes no other password.
func TestTokens_APasswordTypedInAnotherForm(t *testing.T) {
	s := newEnv(t)
	forms := []string{"crème brûlée, škola", "cre\u0300me bru\u0302le\u0301e, s\u030ckola", "crème brûlée,\u00a0škola", "ｃrème brûlée, škola"}
	for i, form := range forms {
		email := fmt.Sprintf("u%d@example.org", i)
		s.json(s.administrator, http.MethodPost, "/users", person(t, email, "Mina", "M", form)).want(http.StatusCreated)
		for _, typed := range forms {
			s.tokens(email, typed).want(http.StatusOK)
		}
		for _, other := range []string{"creme brulee, skola", "Crème brûlée, škola", "crème brûlée, škola "} {
			s.tokens(email, other).refused(http.StatusUnauthorized, "invalid-credentials")
		}
	}
	// Twelve characters are twelve letters, not twelve keystrokes; and the common ones are common in every form.
	for _, bad := range []string{strings.Repeat("s\u030c", 11), "ｐａｓｓｗｏｒｄ１２３４", "pass\u200bword1234"} {
		s.json(s.administrator, http.MethodPost, "/users", person(t, "short@example.org", "Mina", "M", bad)).
			refused(http.StatusUnprocessableEntity, "invalid-input")
	}
	s.json(s.administrator, http.MethodPost, "/users", person(t, "long@example.org", "Mina", "M", "plava "+strings.Repeat("s\u030ce\u0301", 120))).
		want(http.StatusCreated)
}

package cli

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"urna/auth"
	"urna/internal/app"
	"urna/internal/database"
)

// runWith runs a command with something on standard input.
func runWith(in string, args ...string) (int, string) {
	var out strings.Builder
	code := Main(args, &Streams{In: strings.NewReader(in), Out: &out, Err: &out})
	return code, out.String()
}

// utf16Of returns a text in UTF-16, with the mark before it if wanted.
func utf16Of(order binary.AppendByteOrder, s string, mark bool) string {
	units := utf16.Encode([]rune(s))
	if mark {
		units = append([]uint16{0xfeff}, units...)
	}
	var b []byte
	for _, unit := range units {
		b = order.AppendUint16(b, unit)
	}
	return string(b)
}

// TestPasswordStdin_IsTheFirstLineInUTF8: no mark and no line end becomes part of a password, at every command that
// reads one from standard input.
func TestPasswordStdin_IsTheFirstLineInUTF8(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "data")
	add := func(in, email string) (int, string) {
		return runWith(in, "users", "add", "--data", folder, "--email", email, "--role", "administrator", "--forename", "Ada", "--surname", "L", "--password-stdin")
	}
	set := func(in, email string) (int, string) {
		return runWith(in, "users", "password", "--data", folder, "--email", email, "--password-stdin")
	}
	f, err := openFolder(t.Context(), folder, app.Options{Create: true, Parts: app.Accounts})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	signIn := func(t *testing.T, email, password string) error {
		t.Helper()
		_, err := f.Auth.SignIn(t.Context(), email, password, "here")
		return err
	}
	const password, mark = "plava kiša u maju", "\ufeff"
	for name, in := range map[string]string{
		"line end": password + "\n", "none": password, "of Windows": password + "\r\n", "mark": mark + password + "\n", "mark, of Windows": mark + password + "\r\n",
		"mark, no line end": mark + password, "more lines": password + "\nand more\n", "decomposed": "plava kis\u030ca u maju\n",
	} {
		t.Run(name, func(t *testing.T) {
			email := strings.Map(func(r rune) rune {
				if r == ' ' || r == ',' {
					return '.'
				}
				return r
			}, name) + ".@example.org"
			if code, out := add(in, email); code != 0 {
				t.Fatal(out)
			}
			if err := signIn(t, email, password); err != nil {
				t.Errorf("want the line itself as the password, got %v", err)
			}
			if code, out := set("some other four words", email); code != 0 {
				t.Fatal(out)
			}
			if code, out := set(in, email); code != 0 {
				t.Fatal(out)
			}
			if err := signIn(t, email, password); err != nil {
				t.Errorf("want the line itself set as the password, got %v", err)
			}
		})
	}
	for name, c := range map[string]struct{ in, says string }{
		"UTF-16, little": {utf16Of(binary.LittleEndian, password+"\r\n", true), "UTF-16"},
		"UTF-16, big":    {utf16Of(binary.BigEndian, password+"\r\n", true), "UTF-16"},
		"without a mark": {utf16Of(binary.LittleEndian, "four unrelated words\n", false), "UTF-16"},
		"big, no mark":   {utf16Of(binary.BigEndian, "four unrelated words", false), "UTF-16"},
		"Latin-1":        {"plava ki\x9aa u maju\n", "not text in UTF-8"},
		"empty":          {"", "is empty"},
		"an empty line":  {"\r\nfour unrelated words\n", "is empty"},
		"a mark alone":   {mark + "\n", "is empty"},
		"endless":        {strings.Repeat("four unrelated words ", 10_000), "no line end"},
	} {
		t.Run(name, func(t *testing.T) {
			if code, out := add(c.in, "refused@example.org"); code != 1 || !strings.Contains(out, c.says) {
				t.Errorf("want it refused with %q, got %d, %s", c.says, code, out)
			}
			if code, out := set(c.in, "none.@example.org"); code != 1 || !strings.Contains(out, c.says) {
				t.Errorf("want it refused with %q, got %d, %s", c.says, code, out)
			}
			if err := signIn(t, "none.@example.org", password); err != nil {
				t.Errorf("want the password as it was, got %v", err)
			}
		})
	}
}

// TestUsers_HashPasswordsAtFullCost: the program sets no costs of its own, as other tests of this package do.
func TestUsers_HashPasswordsAtFullCost(t *testing.T) {
	tests := passwordParams
	defer func() { passwordParams = tests }()
	passwordParams = nil
	folder := filepath.Join(t.TempDir(), "data")
	for _, args := range [][]string{
		{"add", "--role", "administrator", "--forename", "Ada", "--surname", "L"}, {"password"},
	} {
		args = append([]string{"users"}, append(args, "--data", folder, "--email", "ada@example.org", "--password-stdin")...)
		if code, out := runWith("four unrelated words\n", args...); code != 0 {
			t.Fatal(out)
		}
		var hash string
		f, err := openFolder(t.Context(), folder, app.Options{Parts: app.Accounts})
		if err == nil {
			err = f.DB.Pool().QueryRowContext(t.Context(), `SELECT password_hash FROM users`).Scan(&hash)
			err = errors.Join(err, f.Close())
		}
		p := auth.DefaultPasswordParams()
		if want := fmt.Sprintf("$m=%d,t=%d,p=%d$", p.Memory, p.Iterations, p.Parallelism); err != nil || !strings.Contains(hash, want) {
			t.Errorf("users %s: want a hash with %s, got %s, %v", args[1], want, hash, err)
		}
	}
}

// TestReadSecret_LeavesTheRestOfAnEndlessInput: it reads no more than a secret may have.
func TestReadSecret_LeavesTheRestOfAnEndlessInput(t *testing.T) {
	endless := &endlessLine{}
	if _, err := readSecret(endless); err == nil || endless.n > 2*maxSecretLine {
		t.Errorf("want a refusal after at most %d bytes, got %v after %d", 2*maxSecretLine, err, endless.n)
	}
}

type endlessLine struct{ n int }

// Read gives letters without end.
func (c *endlessLine) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	c.n += len(p)
	if c.n > 1<<24 {
		return 0, io.ErrUnexpectedEOF
	}
	return len(p), nil
}

// TestUsers_PrintNothingRaw: accounts of earlier versions may hold what steers a terminal.
func TestUsers_PrintNothingRaw(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "data")
	add := func(email, forename, surname string) (int, string) {
		return runWith("four unrelated words\n", "users", "add", "--data", folder, "--email", email, "--role", "administrator",
			"--forename", forename, "--surname", surname, "--password-stdin")
	}
	for _, bad := range [][3]string{
		{"ada@example.org", "A\x1b[2Jda", "L"},
		{"ada@example.org", "Ada", "L\u202e"},
		{"ada@example.org", "\u200b", "L"},
		{"ada\u200d@example.org", "Ada", "L"},
		{"ada@example.org", "Ada", "L\n"},
	} {
		if code, out := add(bad[0], bad[1], bad[2]); code != 1 || strings.ContainsAny(out, "\x1b\u202e\u200b\u200d") {
			t.Errorf("%q: want it refused and nothing raw printed, got %d, %q", bad, code, out)
		}
	}
	for _, email := range []string{"ada@example.org", "bob@example.org", "zoë@example.org"} {
		if code, out := add(email, "Ada", "L"); code != 0 {
			t.Fatal(out)
		}
	}
	f, err := openFolder(t.Context(), folder, app.Options{Parts: app.Accounts})
	if err != nil {
		t.Fatal(err)
	}
	err = f.DB.Write(t.Context(), func(tx *database.Tx) error {
		_, err := tx.SQL().ExecContext(t.Context(), `UPDATE users SET email = ?, forename = ?, surname = ? WHERE id = 2`,
			"b\x1bob@example.org", "Bo\x1b]0;owned\x07b", "H\u202e\u009b31m")
		return err
	})
	if err != nil || f.Close() != nil {
		t.Fatal(err)
	}
	const raw = "\x1b\x07\u202e\u009b"
	for _, command := range [][]string{
		{"list"},
		{"disable", "--email", "b\x1bob@example.org"},
		{"enable", "--email", "b\x1bob@example.org"},
		{"password", "--email", "b\x1bob@example.org", "--password-stdin"},
		{"delete", "--email", "b\x1bob@example.org"},
	} {
		code, out := runWith("four unrelated words\n", append([]string{"users", command[0], "--data", folder}, command[1:]...)...)
		if code != 0 || strings.ContainsAny(out, raw) || !strings.Contains(out, `b\x1bob@example.org`) {
			t.Errorf("%v: want the account found and nothing raw, got %d, %q", command, code, out)
		}
	}
	// An e-mail finds its account here as it does at a sign-in.
	if code, out := runWith("", "users", "disable", "--data", folder, "--email", "ZOE\u0308@Example.org"); code != 0 || !strings.Contains(out, "zoë@example.org: disabled") {
		t.Errorf("want the account found, got %d, %s", code, out)
	}
	if code, out := runWith("", "users", "--\x1b[2Jnothing"); code != 2 || strings.ContainsAny(out, raw) {
		t.Errorf("want the command line not repeated raw, got %d, %q", code, out)
	}
}

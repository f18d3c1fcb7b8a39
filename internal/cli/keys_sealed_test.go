package cli

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"urna/elections"
)

// office is a printing office: a folder on a machine without a data folder, with an identity.
type office struct{ folder, recipient string }

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{folder: t.TempDir()}
	code, out, errs := o.run("", "identity", "--out", o.file("identity.txt"))
	if code != 0 || errs != "" || !strings.HasPrefix(out, "age1") {
		t.Fatalf("want the recipient alone, got %d, %q, %q", code, out, errs)
	}
	o.recipient = strings.TrimSpace(out)
	return o
}

func (o *office) file(name string) string { return filepath.Join(o.folder, name) }

func (o *office) run(input, command string, flags ...string) (code int, out, errs string) {
	var w, e bytes.Buffer
	code = Main(append([]string{"keys", command}, flags...), &Streams{In: strings.NewReader(input), Out: &w, Err: &e})
	return code, w.String(), e.String()
}

var secretKey = regexp.MustCompile(`AGE-SECRET-KEY-1[A-Z0-9]`)

// refused wants exit 1, the words, and no file x.
func (o *office) refused(t *testing.T, words, input, command string, flags ...string) {
	t.Helper()
	code, out, errs := o.run(input, command, append([]string{"--out", o.file("x")}, flags...)...)
	if code != 1 || out != "" || !strings.Contains(errs, words) || secretKey.MatchString(errs) {
		t.Errorf("%s %q: want exit 1 and %q, got %d, %q, %q", command, flags, words, code, out, errs)
	}
	if _, err := os.Stat(o.file("x")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s %q: want no file left, got %v", command, flags, err)
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

const sealedRoll = "personal_id;name;constituency\na;Ana;North\nb;Boris;South\nc;;North\n"

func twoPlaces(d *elections.Draft) {
	d.Constituencies = []elections.ConstituencyDraft{{Name: "North", Seats: 3}, {Name: "South", Seats: 3}}
}

// TestKeysSealed_LettersOnAnotherMachine: the same letters from the sealed file, without the data folder, as on the
// machine that has it.
func TestKeysSealed_LettersOnAnotherMachine(t *testing.T) {
	k, o := newKeysEnv(t, twoPlaces), newOffice(t)
	const url = "https://vote.example.org"
	file := k.file("keys.csv.age")
	k.done(t, "3 keys issued with roll 2, sealed to "+o.recipient+"; they are in "+file, sealedRoll, "issue", "--roll", "-", "--out", file, "--seal-to", o.recipient)
	k.done(t, ", sealed to "+o.recipient, "", "count")
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 || strings.Contains(read(t, file), "Boris") {
		t.Errorf("want an encrypted file for its owner alone, got %v, %v", info, err)
	}
	code, _, errs := o.run("", "letters", "--identity", o.file("identity.txt"), "--in", file, "--out", o.file("letters.html"), "--url", url)
	if code != 0 || !strings.Contains(errs, "3 letters for Vote online; voters open "+url+"/vote/1") {
		t.Fatalf("want the letters, got %d, %q", code, errs)
	}
	if code, _, errs = o.run("", "open", "--identity", o.file("identity.txt"), "--in", file, "--out", o.file("keys.csv")); code != 0 || errs != "" {
		t.Fatalf("want the table, got %d, %q", code, errs)
	}
	k.done(t, "", "", "letters", "--keys", o.file("keys.csv"), "--out", k.file("same.html"), "--url", url)
	letters := read(t, o.file("letters.html"))
	if letters != read(t, k.file("same.html")) || strings.Count(letters, `data-testid="letter"`) != 3 || !strings.Contains(letters, "<span>South</span>") {
		t.Error("want the same letters on both machines")
	}
	rows, err := csv.NewReader(strings.NewReader(read(t, o.file("keys.csv")))).ReadAll()
	if err != nil || len(rows) != 4 || k.vote(t, rows[1][0], rows[1][1]) != nil {
		t.Errorf("want keys that vote, got %q, %v", rows, err)
	}

	if code, out, errs := k.run("", "revoke", "--personal-id", "b", "--seal-to", o.recipient); code != 1 || out != "" || !strings.Contains(errs, "add --reissue") {
		t.Errorf("want recipients of no new key refused, got %d, %q, %q", code, out, errs)
	}
	code, fresh, errs := k.run("", "revoke", "--personal-id", "b", "--reissue", "--seal-to", o.recipient)
	if code != 0 || errs != "" || !strings.HasPrefix(fresh, "-----BEGIN AGE ENCRYPTED FILE-----") {
		t.Fatalf("want a sealed key, got %d, %q, %q", code, fresh, errs)
	}
	code, out, _ := o.run(fresh, "letters", "--identity", o.file("identity.txt"), "--in", "-", "--out", "-") // the address is remembered
	if code != 0 || strings.Count(out, `data-testid="letter"`) != 1 || !strings.Contains(out, "Boris") && !strings.Contains(out, ">b<") || strings.Contains(out, rows[2][1]) {
		t.Errorf("want the letter of the new key, got %d", code)
	}
}

// TestKeysSealed_RefusalsLeaveNothingBehind names the fault of an identity or a file; no file is half written.
func TestKeysSealed_RefusalsLeaveNothingBehind(t *testing.T) {
	k, o, other := newKeysEnv(t, twoPlaces), newOffice(t), newOffice(t)
	file := k.file("keys.csv.age")
	var large strings.Builder
	large.WriteString(sealedRoll)
	for i := range 700 {
		large.WriteString("person-" + strings.Repeat("y", i%7) + string(rune('a'+i%26)) + strings.Repeat("z", i/26) + ";A Voter;North\n")
	}
	k.done(t, "issued", large.String(), "issue", "--roll", "-", "--out", file, "--seal-to", o.recipient)
	content := read(t, file)
	identity, url := o.file("identity.txt"), []string{"--url", "https://h"}
	cut, damaged, roll := o.file("cut"), o.file("damaged"), o.file("roll")
	for name, with := range map[string]string{roll: sealedRoll, cut: content[:len(content)-100], damaged: content[:90_000] + "\x00\x00" + content[90_002:]} {
		if err := os.WriteFile(name, []byte(with), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, command := range []string{"letters", "open"} {
		more := url
		if command == "open" {
			more = nil
		}
		o.refused(t, "sealed to another recipient; this identity is of "+other.recipient, "", command, append(more, "--identity", other.file("identity.txt"), "--in", file)...)
		o.refused(t, "is damaged or was cut off", "", command, append(more, "--identity", identity, "--in", cut)...)
		o.refused(t, "is damaged or was cut off", "", command, append(more, "--identity", identity, "--in", damaged)...)
		o.refused(t, "this is no sealed file", "personal_id,guid\n1,2\n", command, append(more, "--identity", identity, "--in", "-")...)
		o.refused(t, "its lines must begin with AGE-SECRET-KEY-1", "", command, append(more, "--identity", roll, "--in", file)...)
		o.refused(t, "no such file", "", command, append(more, "--identity", o.file("none"), "--in", file)...)
	}
	o.refused(t, "give --url", content, "letters", "--identity", identity, "--in", "-")
	o.refused(t, "leads to whatever computer", content, "letters", "--identity", identity, "--in", "-", "--url", "http://127.0.0.1:1")
	o.refused(t, "leave --election out", content, "letters", "--identity", identity, "--in", "-", "--election", "1")
	o.refused(t, "there is no letter from number 9000 on", content, "letters", "--identity", identity, "--in", "-", "--first", "9000", "--url", "https://h")
	k.refused(t, "give --identity", content, "letters", "--keys", "-", "--url", "https://h", "--out", k.file("x"))
	k.refused(t, "leave --letters out", sealedRoll, "issue", "--roll", "-", "--out", k.file("x"), "--letters", k.file("y"), "--seal-to", o.recipient)
	secret := read(t, identity)
	secret = strings.TrimSpace(secret[strings.Index(secret, "AGE-SECRET"):])
	k.refused(t, "--seal-to: This is a secret key", sealedRoll, "issue", "--roll", "-", "--out", k.file("x"), "--seal-to", secret)
	k.refused(t, "--seal-to: Enter recipients of age only", "", "revoke", "--personal-id", "a", "--reissue", "--seal-to", "printer")
	if left, err := filepath.Glob(k.file("[xy]")); err != nil || left != nil {
		t.Errorf("want no file left, got %q, %v", left, err)
	}
}

func TestKeysIdentity_IsNeverWrittenOver(t *testing.T) {
	o := newOffice(t)
	before := read(t, o.file("identity.txt"))
	if info, err := os.Stat(o.file("identity.txt")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("want a file for its owner alone, got %v, %v", info, err)
	}
	if code, out, errs := o.run("", "identity", "--out", o.file("identity.txt")); code != 1 || out != "" || !strings.Contains(errs, "exists already") {
		t.Errorf("want it refused, got %d, %q, %q", code, out, errs)
	}
	if read(t, o.file("identity.txt")) != before {
		t.Error("want the identity as it was")
	}
	code, recipient, errs := o.run("correct horse\n", "identity", "--out", o.file("protected"), "--passphrase-stdin")
	if code != 0 || errs != "" || strings.Contains(read(t, o.file("protected")), "AGE-SECRET") {
		t.Fatalf("want a protected identity, got %d, %q", code, errs)
	}
	k := newKeysEnv(t, twoPlaces)
	file := k.file("keys.csv.age")
	k.done(t, "issued", sealedRoll, "issue", "--roll", "-", "--out", file, "--seal-to", strings.TrimSpace(recipient))
	o.refused(t, "the passphrase does not open the identity", "wrong\n", "open", "--identity", o.file("protected"), "--passphrase-stdin", "--in", file)
	o.refused(t, "use --passphrase-stdin", "", "open", "--identity", o.file("protected"), "--in", file)
	if code, out, errs := o.run("correct horse\n", "open", "--identity", o.file("protected"), "--passphrase-stdin", "--in", file, "--out", "-"); code != 0 ||
		!strings.Contains(out, "Boris") {
		t.Errorf("want the table, got %d, %q, %q", code, out, errs)
	}
}

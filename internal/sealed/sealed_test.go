package sealed_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"filippo.io/age"

	"urna/internal/sealed"
)

// newIdentity returns an identity, the text of its file, and its recipient.
func newIdentity(t *testing.T) (sealed.Identities, []byte, string) {
	t.Helper()
	file, recipient, err := sealed.NewIdentity()
	if err != nil {
		t.Fatal(err)
	}
	id, err := sealed.ReadIdentities(bytes.NewReader(file), nil)
	if err != nil {
		t.Fatal(err)
	}
	return id, file, recipient
}

// seal returns a text as a binary file, sealed to the recipients.
func seal(t *testing.T, plain, to string) []byte {
	t.Helper()
	r, mistake := sealed.Parse(to)
	if !mistake.IsZero() {
		t.Fatal(mistake)
	}
	var b bytes.Buffer
	w, err := r.NewWriter(&b)
	if err == nil {
		_, err = io.WriteString(w, plain)
		err = errors.Join(err, w.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// open returns what a file has for an identity.
func open(file []byte, id sealed.Identities) (string, error) {
	r, err := sealed.Open(bytes.NewReader(file), id)
	if err != nil {
		return "", err
	}
	plain, err := io.ReadAll(r)
	return string(plain), err
}

func TestOpen_OnlyARecipientReads(t *testing.T) {
	one, _, to := newIdentity(t)
	two, _, also := newIdentity(t)
	stranger, _, _ := newIdentity(t)
	plain := strings.Repeat("1001,key\n", 20_000) // several chunks
	file := seal(t, plain, also+",\n"+to+" "+to)
	if bytes.Contains(file, []byte("1001")) {
		t.Error("want nothing of the text in the file")
	}
	for _, id := range []sealed.Identities{one, two} {
		if got, err := open(file, id); err != nil || got != plain {
			t.Errorf("want the text, got %d bytes, %v", len(got), err)
		}
	}
	if _, err := open(file, stranger); !errors.Is(err, sealed.ErrOtherIdentity) {
		t.Errorf("want %v, got %v", sealed.ErrOtherIdentity, err)
	}
	if got := one.Recipients().String(); got != to {
		t.Errorf("want the recipient %s, got %s", to, got)
	}
	r, _ := sealed.Parse(to)
	text, err := r.Text([]byte(plain))
	if got, failed := open([]byte("\n"+text+"\n"), one); err != nil || failed != nil || got != plain {
		t.Errorf("want the armored text opened, got %d bytes, %v, %v", len(got), err, failed)
	}
}

func TestOpen_ACutOrDamagedFileIsNeverWhole(t *testing.T) {
	id, _, to := newIdentity(t)
	plain := strings.Repeat("1001,key\n", 20_000)
	r, _ := sealed.Parse(to)
	text, err := r.Text([]byte(plain))
	if err != nil {
		t.Fatal(err)
	}
	for name, file := range map[string][]byte{"binary": seal(t, plain, to), "armored": []byte(text)} {
		for _, length := range []int{1, 22, 60, 150, 199, 215, 216, 300, 65_735, 65_752, 65_768, len(file) / 2, len(file) - 40, len(file) - 2} {
			if got, err := open(file[:length], id); !errors.Is(err, sealed.ErrDamaged) && (length > 40 || !errors.Is(err, sealed.ErrNotSealed)) {
				t.Errorf("%s, %d bytes: want %v, got %d bytes, %v", name, length, sealed.ErrDamaged, len(got), err)
			}
		}
		for _, place := range []int{400, 70_000, len(file) - 60} {
			changed := bytes.Clone(file)
			changed[place] ^= 1
			if _, err := open(changed, id); !errors.Is(err, sealed.ErrDamaged) {
				t.Errorf("%s, changed at %d: want %v, got %v", name, place, sealed.ErrDamaged, err)
			}
		}
	}
	if _, err := open(append(seal(t, plain, to), 'x'), id); !errors.Is(err, sealed.ErrDamaged) {
		t.Errorf("more behind the end: want %v, got %v", sealed.ErrDamaged, err)
	}
	for _, other := range []string{"", "personal_id,guid\n1001,x\n", "PK\x03\x04"} {
		if _, err := open([]byte(other), id); !errors.Is(err, sealed.ErrNotSealed) {
			t.Errorf("%q: want %v, got %v", other, sealed.ErrNotSealed, err)
		}
	}
}

func TestParse_SaysWhatIsWrongAndRepeatsNoSecret(t *testing.T) {
	_, file, to := newIdentity(t)
	secret := strings.TrimSpace(string(file[bytes.Index(file, []byte("AGE-SECRET")):]))
	hybrid, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	many := []string{to}
	for range sealed.MaxRecipients {
		_, _, another := newIdentity(t)
		many = append(many, another)
	}
	for name, c := range map[string]struct{ text, want string }{
		"a secret key":        {secret, "This is a secret key, not a recipient."},
		"in small letters":    {to + " " + strings.ToLower(secret), "This is a secret key"},
		"of the other kind":   {hybrid.String(), "This is a secret key"},
		"a whole file":        {string(file), "This is a secret key"},
		"of SSH":              {"-----BEGIN OPENSSH PRIVATE KEY-----", "This is a secret key"},
		"SSH":                 {"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5", "Keys of SSH cannot be used"},
		"a character changed": {to[:20] + "b" + to[21:], "is not a recipient of age: a character is wrong or missing"},
		"the end missing":     {to[:40], "is not a recipient of age: a character is wrong or missing"},
		"a plugin":            {"age1yubikey1qwt50d05nh5vutpdzmlg5wn80xq5negm4uj9ghv0snvdd3yysf5yw3rhl3t", "the plugin yubikey of age"},
		"both kinds":          {to + " " + hybrid.Recipient().String(), "together with one of the other kind"},
		"a name":              {"printing@example.org", "Enter recipients of age only"},
		"many":                {strings.Join(many, " "), "Enter at most 10 recipients."},
	} {
		r, mistake := sealed.Parse(c.text)
		if got := mistake.String(); !strings.Contains(got, c.want) || !r.IsZero() {
			t.Errorf("%s: want %q, got %q and %v", name, c.want, got, r)
		}
		if strings.Contains(mistake.String(), secret[10:40]) {
			t.Errorf("%s: want nothing of the secret key, got %q", name, mistake)
		}
	}
	r, mistake := sealed.Parse(" \n" + hybrid.Recipient().String() + ";")
	if !mistake.IsZero() || r.String() != hybrid.Recipient().String() || len(sealed.Short(r.String())) > 120 {
		t.Errorf("want the hybrid recipient, shown shortly, got %v, %s", mistake, sealed.Short(r.String()))
	}
	if r, mistake := sealed.Parse(" \n"); !r.IsZero() || !mistake.IsZero() {
		t.Errorf("want no recipients, got %v, %v", r, mistake)
	}
}

func TestReadIdentities_APassphraseProtects(t *testing.T) {
	_, file, to := newIdentity(t)
	protected, err := sealed.Protect(file, "correct horse")
	if err != nil || bytes.Contains(protected, []byte("AGE-SECRET")) || bytes.Contains(protected, []byte(to)) {
		t.Fatalf("want the file protected, got %s, %v", protected, err)
	}
	say := func(word string) func() (string, error) { return func() (string, error) { return word, nil } }
	id, err := sealed.ReadIdentities(bytes.NewReader(protected), say("correct horse"))
	if err != nil || id.Recipients().String() != to {
		t.Errorf("want the identity, got %v, %v", id.Recipients(), err)
	}
	for _, word := range []string{"wrong", ""} {
		if _, err := sealed.ReadIdentities(bytes.NewReader(protected), say(word)); !errors.Is(err, sealed.ErrPassphrase) {
			t.Errorf("%q: want %v, got %v", word, sealed.ErrPassphrase, err)
		}
	}
	for _, other := range []string{"", to, strings.Replace(string(file), "KEY-1", "KEY-1Q", 1), "ssh-ed25519 x"} {
		_, err := sealed.ReadIdentities(strings.NewReader(other), nil)
		if !errors.Is(err, sealed.ErrNoIdentity) || strings.Contains(err.Error(), "KEY-1Q") {
			t.Errorf("want %v, got %v", sealed.ErrNoIdentity, err)
		}
	}
	windows := bytes.ReplaceAll(file, []byte("\n"), []byte("\r\n"))
	if id, err := sealed.ReadIdentities(bytes.NewReader(windows), nil); err != nil || id.Recipients().String() != to {
		t.Errorf("want the identity of a file with Windows line ends, got %v, %v", id.Recipients(), err)
	}
}

package web_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"urna/elections"
	"urna/internal/sealed"
)

// printer is a printing office with its identity, which this server never sees.
type printer struct {
	secret     string
	identities sealed.Identities
	recipient  string
}

func newPrinter(t *testing.T) printer {
	t.Helper()
	file, recipient, err := sealed.NewIdentity()
	if err != nil {
		t.Fatal(err)
	}
	identities, err := sealed.ReadIdentities(bytes.NewReader(file), nil)
	if err != nil {
		t.Fatal(err)
	}
	return printer{strings.TrimSpace(string(file[bytes.Index(file, []byte("AGE-")):])), identities, recipient}
}

// keys returns personal ids and keys of a sealed file.
func (p printer) keys(t *testing.T, file string) (keys [][2]string) {
	t.Helper()
	plain, err := sealed.Open(strings.NewReader(file), p.identities)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(plain).ReadAll()
	if err != nil || len(rows) < 2 {
		t.Fatalf("want keys, got %q, %v", rows, err)
	}
	for _, row := range rows[1:] {
		keys = append(keys, [2]string{row[0], row[1]})
	}
	return keys
}

// eavesdropper hears all that the server says to a visitor.
type eavesdropper struct{ heard bytes.Buffer }

func (e *eavesdropper) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(answer.Body)
	_ = answer.Body.Close()
	fmt.Fprintf(&e.heard, "%s %v\n%s\n", r.URL, answer.Header, body)
	answer.Body = io.NopCloser(bytes.NewReader(body))
	return answer, err
}

// forms are the ways in which a key can be written.
func forms(t *testing.T, guid string) []string {
	t.Helper()
	bare := strings.ReplaceAll(guid, "-", "")
	raw, err := hexBytes(bare)
	if err != nil {
		t.Fatal(err)
	}
	return []string{guid, bare, inFours(guid), inFours(guid)[:19], raw}
}

// onDisk returns the bytes of all files of the data folder.
func (s *site) onDisk(t *testing.T) []byte {
	t.Helper()
	var all []byte
	err := filepath.WalkDir(s.Path, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		all = append(all, content...)
		return err
	})
	if err != nil || len(all) == 0 {
		t.Fatalf("want the folder's files, got %d bytes, %v", len(all), err)
	}
	return bytes.ToLower(all)
}

// sealedRoll sends a roll with the page's form and recipients, and returns where its keys wait.
func (v *visitor) sealedRoll(t *testing.T, electionID int64, to, roll string) *http.Response {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	_ = form.WriteField("seal_to", to) // a buffer takes everything
	file, err := form.CreateFormFile("file", "roll.csv")
	if err == nil {
		_, err = io.WriteString(file, roll)
	}
	if err != nil || form.Close() != nil {
		t.Fatal(err)
	}
	return v.send(t, http.MethodPost, "/admin/elections/"+id(electionID)+"/keys", body.String(), "Content-Type", form.FormDataContentType())
}

// ready waits until the keys of an issue are there, and returns its page.
func (v *visitor) ready(t *testing.T, answer *http.Response) (at, page string) {
	t.Helper()
	at = answer.Header.Get("Location")
	if answer.StatusCode != http.StatusSeeOther || !strings.Contains(at, "/keys/issues/") {
		t.Fatalf("want to be sent to the keys, got %s:\n%s", answer.Status, text(answer))
	}
	for deadline := time.Now().Add(patience); !strings.Contains(page, `data-testid="keys-issued"`); time.Sleep(10 * time.Millisecond) {
		if page = v.get(t, at); time.Now().After(deadline) {
			t.Fatalf("the keys were not issued in time:\n%s", page)
		}
	}
	return at, page
}

// begins makes an election that begins in so long, by the site's clock.
func (s *site) begins(in time.Duration) func(*elections.Draft) {
	return func(d *elections.Draft) {
		d.StartsAt, d.EndsAt = s.Clock.Now().Add(in), s.Clock.Now().Add(48*time.Hour)
	}
}

// TestSealed_NoKeyIsSeenStoredOrLogged issues and replaces keys, sealed and open, on the page and through the API. Sealed ones are in no
// answer, in no file of the folder and in no line of the log; open ones are in the answers that are asked for them alone.
func TestSealed_NoKeyIsSeenStoredOrLogged(t *testing.T) {
	before, log := slog.Default(), &guarded{}
	t.Cleanup(func() { slog.SetDefault(before) })
	slog.SetDefault(slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	s := newSite(t)
	e, office := s.newPoll(t, 0, s.begins(24*time.Hour)).election, newPrinter(t)
	v, ear := s.signedIn(t, "administrator"), &eavesdropper{}
	v.client.Transport = ear
	base, calls := "/admin/elections/"+id(e.ID)+"/keys", "/api/v1/elections/"+id(e.ID)+"/voter-keys"

	at, page := v.ready(t, v.sealedRoll(t, e.ID, office.recipient, "personal_id,name\nplanted-1,Zlatokosa Neverovatna\n"))
	wants(t, page, office.recipient, "urna keys letters --identity", "cannot show or print them")
	during := s.onDisk(t)
	file := v.send(t, http.MethodGet, at+"/keys.csv.age", "")
	if got := file.Header.Get("Content-Disposition"); file.Header.Get("Content-Type") != sealed.MediaType || !strings.Contains(got, "-keys.csv.age") {
		t.Errorf("want an age file, got %v", file.Header)
	}
	keys := office.keys(t, text(file))
	for _, path := range []string{"/keys.csv", "/letters?address=https://h&first=1&most=1"} {
		if answer := v.send(t, http.MethodGet, at+path, ""); answer.StatusCode != http.StatusConflict || !strings.Contains(text(answer), "urna keys letters") {
			t.Errorf("%s: want sealed keys refused, with the remedy, got %s", path, answer.Status)
		}
	}
	answer := v.send(t, http.MethodPost, calls+"?seal_to="+office.recipient, "planted-2\n", "Content-Type", "text/csv")
	if answer.StatusCode != http.StatusOK || answer.Header.Get("Content-Type") != sealed.MediaType || answer.Header.Get("Urna-Roll") == "" {
		t.Fatalf("want an age file, got %s: %s", answer.Status, text(answer))
	}
	keys = append(keys, office.keys(t, text(answer))...)
	answer = v.post(t, base+"/revocations", url.Values{"act": {"reissue"}, "personal_id": {"planted-1"}, "seal_to": {office.recipient}})
	armored := values(text(answer), "sealed-key")
	if answer.StatusCode != http.StatusOK || len(armored) != 1 {
		t.Fatalf("want the sealed key as text, got %s", answer.Status)
	}
	keys = append(keys, office.keys(t, armored[0])...)
	answer = v.send(t, http.MethodPost, calls+"/revocations", `{"personal_id":"planted-2","reissue":true,"seal_to":["`+office.recipient+`"]}`, "Content-Type", "application/json")
	var replaced struct {
		GUID, Sealed string
		SealedTo     []string `json:"sealed_to"`
	}
	if err := json.Unmarshal([]byte(text(answer)), &replaced); err != nil || replaced.GUID != "" || len(replaced.SealedTo) != 1 {
		t.Fatalf("want the sealed key as text, got %s, %+v, %v", answer.Status, replaced, err)
	}
	keys = append(keys, office.keys(t, replaced.Sealed)...)
	if len(keys) != 4 {
		t.Fatalf("want four keys, got %q", keys)
	}
	stored, heard, logged := append(during, s.onDisk(t)...), ear.heard.String(), log.String()
	for _, key := range keys {
		for _, form := range forms(t, key[1]) {
			if strings.Contains(heard, form) || strings.Contains(logged, form) || bytes.Contains(stored, bytes.ToLower([]byte(form))) {
				t.Errorf("want the sealed key of %s nowhere in the clear", key[0])
			}
		}
	}
	for _, trace := range []string{"planted-", "zlatokosa"} {
		if strings.Contains(strings.ToLower(logged), trace) || bytes.Contains(stored, []byte(trace)) {
			t.Errorf("want nothing of the voters stored or logged, found %s", trace)
		}
	}
	page = v.get(t, base)
	wants(t, page, `data-testid="roll-sealed"`, office.recipient)
	wants(t, v.get(t, "/admin/audit"), office.recipient, "sealed-table")

	// The search finds open keys in the answers: it is not blind.
	at = v.issue(t, e.ID, "planted-3\n")
	open := s.onDisk(t)
	if strings.Contains(ear.heard.String(), "planted-3,") {
		t.Error("want no key before it is asked for")
	}
	rows, err := csv.NewReader(strings.NewReader(v.get(t, at+"/keys.csv"))).ReadAll()
	if err != nil || len(rows) != 2 || !strings.Contains(ear.heard.String(), rows[1][1]) {
		t.Fatalf("want the open key in the answer that is asked for it, got %q, %v", rows, err)
	}
	for _, form := range append(forms(t, rows[1][1]), "planted-3") {
		if bytes.Contains(append(open, s.onDisk(t)...), bytes.ToLower([]byte(form))) || strings.Contains(log.String(), form) {
			t.Errorf("want the open key in no file and no log, found %q", form)
		}
	}
	wants(t, v.get(t, base), "not sealed")
}

// TestSealed_ASecretKeyByMistakeIsNeitherKeptNorShown sends a secret key wherever a recipient is asked for.
func TestSealed_ASecretKeyByMistakeIsNeitherKeptNorShown(t *testing.T) {
	before, log := slog.Default(), &guarded{}
	t.Cleanup(func() { slog.SetDefault(before) })
	slog.SetDefault(slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	s := newSite(t)
	e, office := s.newPoll(t, 0, s.begins(24*time.Hour)).election, newPrinter(t)
	v := s.signedIn(t, "administrator")
	base, calls := "/admin/elections/"+id(e.ID)+"/keys", "/api/v1/elections/"+id(e.ID)
	asJSON := []string{"Content-Type", "application/json"}
	answers := map[string]*http.Response{
		"roll":        v.sealedRoll(t, e.ID, office.secret, "a\n"),
		"lost key":    v.post(t, base+"/revocations", url.Values{"act": {"reissue"}, "personal_id": {"a"}, "seal_to": {office.secret}}),
		"election":    v.post(t, base+"/sealing", url.Values{"seal_keys_to": {office.secret}}),
		"API":         v.send(t, http.MethodPost, calls+"/voter-keys?seal_to="+office.secret, "a\n", "Content-Type", "text/csv"),
		"API, lost":   v.send(t, http.MethodPost, calls+"/voter-keys/revocations", `{"personal_id":"a","reissue":true,"seal_to":["`+office.secret+`"]}`, asJSON...),
		"API, change": v.send(t, http.MethodPatch, calls, `{"seal_keys_to":["`+office.secret+`"]}`, asJSON...),
	}
	for name, answer := range answers {
		content := text(answer)
		if answer.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(content, "This is a secret key, not a recipient") {
			t.Errorf("%s: want it said that this is a secret key, got %s: %s", name, answer.Status, content)
		}
		if strings.Contains(strings.ToUpper(content), office.secret) {
			t.Errorf("%s: want the secret key not shown", name)
		}
	}
	if bytes.Contains(s.onDisk(t), []byte(strings.ToLower(office.secret))) || strings.Contains(log.String(), office.secret) {
		t.Error("want the secret key in no file and no log")
	}
	if keys, err := s.Votes.Keys(t.Context(), e.ID); err != nil || keys != 0 {
		t.Errorf("want no key issued, got %d, %v", keys, err)
	}
	for typed, want := range map[string]string{
		office.recipient[:30] + "x": "is not a recipient of age", "ssh-ed25519 AAAA": "Keys of SSH", "age1yubikey1qqqq": "the plugin yubikey",
	} {
		if answer := v.sealedRoll(t, e.ID, typed, "a\n"); answer.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("%s: want it refused, got %s", typed, answer.Status)
		} else {
			wants(t, text(answer), want, `value="`+typed+`"`)
		}
	}
}

// TestSealed_TheElectionsRecipientsNeedTwoPeopleToChange: an election that seals its keys does so until two administrators agree, before the
// opening and after it.
func TestSealed_TheElectionsRecipientsNeedTwoPeopleToChange(t *testing.T) {
	for name, when := range map[string]time.Duration{"scheduled": 24 * time.Hour, "open": -time.Hour} {
		t.Run(name, func(t *testing.T) {
			s := commission(t)
			e, office, own := s.newPoll(t, 0, s.begins(when)).election, newPrinter(t), newPrinter(t)
			v := s.signedIn(t, "administrator")
			base := "/admin/elections/" + id(e.ID) + "/keys"
			change := func(to, reason string) *http.Response {
				return v.post(t, base+"/sealing", url.Values{"seal_keys_to": {to}, "reason": {reason}})
			}
			has := func(want ...string) {
				t.Helper()
				now, err := s.Elections.Election(t.Context(), e.ID)
				if err != nil || strings.Join(now.SealKeysTo, " ") != strings.Join(want, " ") {
					t.Errorf("want the recipients %q, got %q, %v", want, now.SealKeysTo, err)
				}
			}
			if answer := change(office.recipient, ""); answer.Header.Get("Location") != base+"?done=sealing" {
				t.Fatalf("want one administrator enough to seal, got %s: %s", answer.Status, text(answer))
			}
			has(office.recipient)
			wants(t, v.get(t, base), `data-testid="sealed-to"`, office.recipient)
			if answer := v.sealedRoll(t, e.ID, own.recipient, "a\n"); answer.StatusCode != http.StatusConflict {
				t.Errorf("want keys for others refused, got %s", answer.Status)
			}
			proposed := change(own.recipient, "another office")
			has(office.recipient)
			s.approved(t, proposed)
			has(own.recipient)
			s.approved(t, change("", "printed here"))
			has()
			wants(t, v.get(t, "/admin/audit"), "Act approved", own.recipient)
		})
	}
}

// TestSealed_ARevocationWithRecipientsIsRefused: recipients in a revocation without a new key are a mistake, and nothing is revoked.
func TestSealed_ARevocationWithRecipientsIsRefused(t *testing.T) {
	s := newSite(t)
	e, office := s.newPoll(t, 0, s.begins(24*time.Hour)).election, newPrinter(t)
	v := s.signedIn(t, "administrator")
	calls, asJSON := "/api/v1/elections/"+id(e.ID)+"/voter-keys", []string{"Content-Type", "application/json"}
	if answer := v.send(t, http.MethodPost, calls, "a\n", "Content-Type", "text/csv"); answer.StatusCode != http.StatusOK {
		t.Fatalf("want a key, got %s", answer.Status)
	}
	for _, reissue := range []string{"", `"reissue":false,`} {
		answer := v.send(t, http.MethodPost, calls+"/revocations", `{"personal_id":"a",`+reissue+`"seal_to":["`+office.recipient+`"]}`, asJSON...)
		if got := text(answer); answer.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(got, `"seal_to"`) || !strings.Contains(got, "leave seal_to out") {
			t.Errorf("want the recipients refused, with the remedy, got %s: %s", answer.Status, got)
		}
	}
	if keys, err := s.Votes.Keys(t.Context(), e.ID); err != nil || keys != 1 {
		t.Errorf("want the key still there, got %d, %v", keys, err)
	}
	if answer := v.send(t, http.MethodPost, calls+"/revocations", `{"personal_id":"a"}`, asJSON...); answer.StatusCode != http.StatusOK {
		t.Errorf("want the key revoked, got %s", answer.Status)
	}
}

// TestSealed_AnApprovedRollKeepsItsRecipients: a second administrator approves a roll with its recipients, and no other one.
func TestSealed_AnApprovedRollKeepsItsRecipients(t *testing.T) {
	s := commission(t)
	e, office := s.newPoll(t, 0, s.begins(-time.Hour)).election, newPrinter(t)
	v := s.signedIn(t, "administrator")
	calls := "/api/v1/elections/" + id(e.ID) + "/voter-keys"
	send := func(query string) *http.Response {
		return v.send(t, http.MethodPost, calls+query, "a\nb\n", "Content-Type", "text/csv")
	}
	answer := send("?reason=late&seal_to=" + office.recipient)
	address := answer.Header.Get("Location")
	second := s.signedIn(t, "second administrator")
	wants(t, second.get(t, "/admin/approvals/"+address[strings.LastIndex(address, "/")+1:]), office.recipient)
	if answer = second.send(t, http.MethodPost, address, `{"approve":true}`, "Content-Type", "application/json"); answer.StatusCode != http.StatusOK {
		t.Fatalf("want it approved, got %s: %s", answer.Status, text(answer))
	}
	approval := "?approval=" + strings.TrimPrefix(address, "/api/v1/approvals/")
	if answer = send(approval); answer.StatusCode == http.StatusOK {
		t.Error("want the approval of sealed keys refused for open ones")
	}
	if answer = send(approval + "&seal_to=" + newPrinter(t).recipient); answer.StatusCode == http.StatusOK {
		t.Error("want the approval refused for other recipients")
	}
	wants(t, v.get(t, "/admin/elections/"+id(e.ID)+"/keys"+approval), `value="`+office.recipient+`"`)
	if answer = send(approval + "&seal_to=" + office.recipient); answer.StatusCode != http.StatusOK {
		t.Fatalf("want the keys, got %s: %s", answer.Status, text(answer))
	}
	if keys := office.keys(t, text(answer)); len(keys) != 2 || keys[0][0] != "a" {
		t.Errorf("want both keys, got %q", keys)
	}
}

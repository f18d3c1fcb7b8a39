package web_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io/fs"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"urna/elections"
)

// sendRoll sends a roll with the page's form; once the second administrator has approved it, if that is needed.
func (v *visitor) sendRoll(t *testing.T, electionID int64, roll string) *http.Response {
	t.Helper()
	answer := v.sendRollWith(t, electionID, "", roll)
	if !strings.HasPrefix(answer.Header.Get("Location"), "/admin/approvals/") {
		return answer
	}
	return v.sendRollWith(t, electionID, v.site.approved(t, answer), roll)
}

// sendRollWith sends a roll with the number of an approval, "" for none.
func (v *visitor) sendRollWith(t *testing.T, electionID int64, approval, roll string) *http.Response {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	_ = form.WriteField("approval", approval) // a buffer takes everything
	file, err := form.CreateFormFile("file", "roll.csv")
	if err == nil {
		_, err = file.Write([]byte(roll))
	}
	if err != nil || form.Close() != nil {
		t.Fatal(err)
	}
	return v.send(t, http.MethodPost, "/admin/elections/"+id(electionID)+"/keys", body.String(), "Content-Type", form.FormDataContentType())
}

// issue sends a roll and waits for its keys; it returns where they are handed out.
func (v *visitor) issue(t *testing.T, electionID int64, roll string) string {
	t.Helper()
	answer := v.sendRoll(t, electionID, roll)
	at := answer.Header.Get("Location")
	if answer.StatusCode != http.StatusSeeOther || !strings.Contains(at, "/keys/issues/") {
		t.Fatalf("want to be sent to the keys, got %s:\n%s", answer.Status, text(answer))
	}
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		page := text(v.send(t, http.MethodGet, at, ""))
		if strings.Contains(page, `data-testid="keys-issued"`) {
			return at
		}
		if !strings.Contains(page, "<progress") {
			t.Fatalf("want progress until the keys are there, got:\n%s", page)
		}
		if time.Now().After(deadline) {
			t.Fatal("the keys were not issued in time")
		}
	}
}

func (v *visitor) get(t *testing.T, path string) string {
	t.Helper()
	answer := v.send(t, http.MethodGet, path, "")
	if answer.StatusCode != http.StatusOK || answer.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("%s: want 200 and no-store, got %s and %q", path, answer.Status, answer.Header.Get("Cache-Control"))
	}
	return text(answer)
}

func TestKeysPage_FromRollToLetters(t *testing.T) {
	s := newSite(t)
	p := s.newPoll(t, 0, nil)
	v := s.signedIn(t, "administrator")
	at := v.issue(t, p.election.ID, "name;personal_id;email\nAna <Ilić>;v-1;ana@example.org\n=Boris;v-2;\n;v-3;\n")

	keys, err := csv.NewReader(strings.NewReader(v.get(t, at+"/keys.csv"))).ReadAll()
	if err != nil || len(keys) != 4 || keys[1][0] != "v-1" || keys[1][3] != "Ana <Ilić>" || keys[2][3] != "'=Boris" || keys[1][2] != "Nationwide" {
		t.Fatalf("want a key a line with all that the roll said, got %v, %q", err, keys)
	}
	page := url.Values{"address": {"https://vote.example.org/town/"}, "first": {"1"}, "most": {"2"}}
	v.get(t, at+"/keys.csv") // once more: the same hand-out
	v.get(t, at+"/letters?"+page.Encode())
	letters := v.get(t, at+"/letters?"+page.Encode())
	if want, got := 2, strings.Count(letters, `data-testid="letter"`); want != got {
		t.Errorf("want %d letters, got %d", want, got)
	}
	for _, want := range []string{
		"Ana &lt;Ilić&gt;", "<b>https://vote.example.org/town/vote/" + id(p.election.ID) + "</b>", "Cast this vote",
		"<span>" + inFours(keys[1][1])[:19] + "</span>", "<span>" + inFours(keys[1][1])[20:] + "</span>",
	} {
		if !strings.Contains(letters, want) {
			t.Errorf("want %q in the letters", want)
		}
	}
	if strings.Contains(letters, keys[1][1]) || strings.Contains(letters, "<style") || strings.Contains(letters, "#id=") {
		t.Error("want the key in the picture and in groups alone, and styles from the server")
	}
	page.Set("first", "3")
	if last := v.get(t, at+"/letters?"+page.Encode()); strings.Count(last, `data-testid="letter"`) != 1 || !strings.Contains(last, "v-3") {
		t.Error("want the third letter alone")
	}
	const remark = "was read as a voter"
	if strings.Contains(v.get(t, at), remark) {
		t.Error("want no remark on a roll that names its columns")
	}
	if other := v.issue(t, p.election.ID, "лични број\nv-4\n"); !strings.Contains(v.get(t, other), remark) {
		t.Error("want it said that the first line was read as a voter")
	}
	for _, wrong := range []url.Values{
		{"address": {"vote.example.org"}, "first": {"1"}, "most": {"1"}},
		{"address": {"https://u:p@h"}, "first": {"1"}, "most": {"1"}},
		{"address": {"https://h/#x"}, "first": {"1"}, "most": {"1"}},
		{"address": {"https://h"}, "first": {"0"}, "most": {"1"}},
		{"address": {"https://h"}, "first": {"4"}, "most": {"1"}},
		{"address": {"https://h"}, "first": {"1"}, "most": {"x"}},
	} {
		if answer := v.send(t, http.MethodGet, at+"/letters?"+wrong.Encode(), ""); answer.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("%v: want 422, got %s", wrong, answer.Status)
		}
	}

	if want, got := []string{
		`{"as":"table","keys":3,"roll":1}`, `{"as":"letters","keys":2,"roll":1}`, `{"as":"letters","keys":1,"roll":1}`,
	}, s.disclosures(t, p.election.ID); !slices.Equal(want, got) {
		t.Errorf("want it on record once for each part that was exported, %q, got %q", want, got)
	}

	// The keys are the issuer's alone, until they are dropped.
	other := s.signedIn(t, "second administrator")
	for _, path := range []string{"", "/progress", "/keys.csv", "/letters?" + page.Encode()} {
		if answer := other.send(t, http.MethodGet, at+path, ""); answer.StatusCode != http.StatusNotFound {
			t.Errorf("%s: want nothing for another administrator, got %s", path, answer.Status)
		}
	}
	if len(s.disclosures(t, p.election.ID)) != 3 {
		t.Error("want no record of a refused export")
	}
	if !strings.Contains(v.get(t, "/admin/elections/"+id(p.election.ID)+"/keys"), `data-testid="keys-waiting"`) {
		t.Error("want to be told that keys wait")
	}
	if answer := v.send(t, http.MethodPost, at+"/drop", ""); answer.StatusCode != http.StatusSeeOther {
		t.Errorf("want the keys dropped, got %s", answer.Status)
	}
	if answer := v.send(t, http.MethodGet, at+"/keys.csv", ""); answer.StatusCode != http.StatusNotFound {
		t.Errorf("want the keys gone, got %s", answer.Status)
	}
}

// disclosures returns what the audit log says of exports of keys, all by the administrator.
func (s *site) disclosures(t *testing.T, electionID int64) (details []string) {
	t.Helper()
	rows, err := s.DB.Pool().QueryContext(t.Context(), `SELECT actor_name, detail FROM audit_events
		WHERE action = 'voter-keys-exported' AND subject = ? ORDER BY id`, "election "+id(electionID))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var actor, detail string
		if err := rows.Scan(&actor, &detail); err != nil {
			t.Fatal(err)
		}
		if actor == "" {
			t.Error("want to know who exported keys")
		}
		details = append(details, detail)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return details
}

func TestKeysPage_RefusedRollsNameTheirLines(t *testing.T) {
	s := newSite(t)
	p := s.newPoll(t, 1, nil)
	v := s.signedIn(t, "administrator")
	answer := v.sendRoll(t, p.election.ID, "a\nb\na\n\"c\n"+p.keys[0].PersonalID+"\n")
	page := text(answer)
	for _, want := range []string{"Line 3:", "is already on line 1", "Line 4:", "quotation mark", "Line 5:", "has a key"} {
		if !strings.Contains(page, want) {
			t.Errorf("want %q on the page, got:\n%s", want, page)
		}
	}
	if answer.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page, "no key was issued") {
		t.Errorf("want 422, got %s", answer.Status)
	}
	if answer := v.sendRoll(t, p.election.ID, strings.Repeat(strings.Repeat("7", 63)+"\n", 1<<15)); answer.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("want 413 for a roll that is too large, got %s", answer.Status)
	}
	if answer := v.sendRoll(t, s.election.ID, "a\n"); answer.StatusCode != http.StatusConflict {
		t.Errorf("want 409 for an election that is over, got %s", answer.Status)
	}
	if page := v.get(t, "/admin/elections/"+id(p.election.ID)+"/keys"); !strings.Contains(page, `data-testid="keys-count">1`) {
		t.Errorf("want the one key there was, got:\n%s", page)
	}
}

func TestKeysPage_LostKeysAndRolls(t *testing.T) {
	s := newSite(t)
	p := s.newPoll(t, 3, nil)
	v := s.signedIn(t, "administrator")
	base := "/admin/elections/" + id(p.election.ID) + "/keys"
	act := func(act, personalID string) *http.Response {
		return v.lostKey(t, base, url.Values{"act": {act}, "personal_id": {personalID}})
	}
	reissued := act("reissue", " "+p.keys[0].PersonalID+" ")
	letter := text(reissued)
	groups := regexp.MustCompile(`<span>([0-9a-f]{4}(?: [0-9a-f]{4}){3})</span>`).FindAllStringSubmatch(letter, -1)
	if reissued.StatusCode != http.StatusOK || reissued.Header.Get("Cache-Control") != "no-store" || len(groups) != 2 {
		t.Fatalf("want the new key as a letter, got %s:\n%s", reissued.Status, letter)
	}
	if !strings.Contains(letter, "If you reload this page, the key is not shown again") {
		t.Error("want it said that the letter is shown this once")
	}
	guid := groups[0][1] + groups[1][1]
	p.booth(t).send("choices", p.key(0)).on("key", http.StatusForbidden)
	p.booth(t).send("choices", url.Values{"personal_id": p.key(0)["personal_id"], "guid": {guid}}).
		send("confirm", url.Values{"choice": {"1"}}).send("cast", nil).on("counted", http.StatusOK)
	if answer := act("reissue", p.keys[0].PersonalID); answer.StatusCode != http.StatusConflict || !strings.Contains(text(answer), "has voted already") {
		t.Errorf("want a used key refused, got %s", answer.Status)
	}
	if answer := act("revoke", p.keys[1].PersonalID); answer.StatusCode != http.StatusSeeOther {
		t.Errorf("want the key revoked, got %s", answer.Status)
	}
	p.booth(t).send("choices", p.key(1)).on("key", http.StatusForbidden)
	if answer := act("revoke", "nobody"); answer.StatusCode != http.StatusNotFound || !strings.Contains(text(answer), "no key for this personal id") {
		t.Errorf("want an unknown voter named, got %s", answer.Status)
	}
	if answer := act("reissue", ""); answer.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("want to be asked for the voter, got %s", answer.Status)
	}
	withdrawal := regexp.MustCompile(`action="([^"]+/withdrawal)"`).FindStringSubmatch(v.get(t, base))
	if withdrawal == nil {
		t.Fatal("want a roll that can be withdrawn")
	}
	if answer := v.send(t, http.MethodPost, strings.Replace(withdrawal[1], id(p.election.ID)+"/keys", id(s.election.ID)+"/keys", 1), ""); answer.StatusCode != http.StatusNotFound {
		t.Errorf("want no roll of another election, got %s", answer.Status)
	}
	s.approved(t, v.post(t, withdrawal[1], url.Values{"reason": {"the letters were never printed"}}))
	p.booth(t).send("choices", p.key(2)).on("key", http.StatusForbidden)
}

// TestKeysPage_ALetterLoadedAgainIssuesNoOtherKey sends the form of a lost key again, as a browser does that loads the
// letter's page again.
func TestKeysPage_ALetterLoadedAgainIssuesNoOtherKey(t *testing.T) {
	s := newSite(t)
	p := s.newPoll(t, 2, nil)
	v := s.signedIn(t, "administrator")
	base := "/admin/elections/" + id(p.election.ID) + "/keys"
	issued := func() (n int) {
		t.Helper()
		row := s.DB.Pool().QueryRowContext(t.Context(), `SELECT count(*) FROM audit_events WHERE action = 'voter-key-reissued'`)
		if err := row.Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	send := func(form, personalID string) (*http.Response, string) {
		answer := v.lostKey(t, base, url.Values{"form_key": {form}, "act": {"reissue"}, "personal_id": {personalID}})
		return answer, text(answer)
	}
	form := hidden(t, v.get(t, base), "form_key")
	// What was refused was not done: the same form is refused for the same reason again.
	for range 2 {
		if answer, page := send(form, "nobody"); answer.StatusCode != http.StatusNotFound || !strings.Contains(page, "no key for this personal id") {
			t.Fatalf("want an unknown voter named, got %s", answer.Status)
		}
	}
	if answer, page := send(form, p.keys[0].PersonalID); answer.StatusCode != http.StatusOK || !strings.Contains(page, `data-testid="letter"`) {
		t.Fatalf("want the letter, got %s:\n%s", answer.Status, page)
	}
	answer, page := send(form, p.keys[0].PersonalID)
	if answer.StatusCode != http.StatusConflict || !strings.Contains(page, "shown once") || strings.Contains(page, `data-testid="letter"`) || issued() != 1 {
		t.Errorf("want to be told that the key was issued and shown, and no other one, got %d keys and %s:\n%s", issued(), answer.Status, page)
	}
	// The page that says so has a form of its own, to issue another key on purpose; and who went back in the browser
	// may have typed another person.
	if answer, _ := send(hidden(t, page, "form_key"), p.keys[0].PersonalID); answer.StatusCode != http.StatusOK || issued() != 2 {
		t.Errorf("want another key on purpose, got %s and %d keys", answer.Status, issued())
	}
	if answer, _ := send(form, p.keys[1].PersonalID); answer.StatusCode != http.StatusOK || issued() != 3 {
		t.Errorf("want a key for another person, got %s and %d keys", answer.Status, issued())
	}
}

// TestVote_LeavesNothingOfTheVoterInTheFolder issues keys on the page, votes on the page, and then looks
// through every byte of every file.
func TestVote_LeavesNothingOfTheVoterInTheFolder(t *testing.T) {
	s := newSite(t)
	p := s.newPoll(t, 0, func(d *elections.Draft) { d.Rules.BlankBallots = true })
	v := s.signedIn(t, "administrator")
	const name, personalID, email = "Zlatokosa Neverovatna", "jmbg-0101990710006", "zlatokosa@example.org"
	at := v.issue(t, p.election.ID, fmt.Sprintf("personal_id,name,email\n%s,%s,%s\n", personalID, name, email))
	keys, err := csv.NewReader(strings.NewReader(v.get(t, at+"/keys.csv"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	guid := keys[1][1]
	v.get(t, at+"/letters?"+url.Values{"address": {"https://example.org"}, "first": {"1"}, "most": {"9"}}.Encode())
	traces := map[string]string{"name": name, "personal id": personalID, "e-mail": email, "key": guid, "key in groups": inFours(guid), "key, bare": strings.ReplaceAll(guid, "-", "")}
	raw, err := hexBytes(strings.ReplaceAll(guid, "-", ""))
	if err != nil {
		t.Fatal(err)
	}
	traces["key's bytes"] = raw
	search := func(when string) {
		t.Helper()
		files := 0
		err := filepath.WalkDir(s.Path, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			content, err := os.ReadFile(path)
			files++
			for what, trace := range traces {
				if bytes.Contains(bytes.ToLower(content), bytes.ToLower([]byte(trace))) {
					t.Errorf("%s: want nothing of the voter stored, found the %s in %s", when, what, filepath.Base(path))
				}
			}
			return err
		})
		if err != nil || files < 3 {
			t.Fatalf("want the folder's files searched, got %d, %v", files, err)
		}
	}
	search("after the issue")
	b := p.booth(t).send("choices", url.Values{"personal_id": {personalID}, "guid": {guid}}).send("confirm", url.Values{"choice": {"0"}})
	search("before the vote")
	b.send("cast", nil).on("counted", http.StatusOK)
	search("after the vote")
}

func hexBytes(s string) (string, error) {
	var b []byte
	_, err := fmt.Sscanf(s, "%x", &b)
	return string(b), err
}

package pages

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"urna/elections"
	"urna/elections/participants"
	"urna/internal/audit"
	"urna/internal/messages"
	"urna/web/view"
)

func TestAdminAudit(t *testing.T) {
	d := newEnv(t)
	d.furnish(t)
	ada := d.signedIn(t, d.ada)
	ada.post(userPath(d.ada.ID), "forename", "=cmd|'/c calc'!A1", "surname", "Byron")
	ada.post(userPath(d.grace.ID), "forename", "Grace", "surname", "Hopper", "role", "administrator")
	head, events, err := d.Audit.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}

	t.Run("in words", func(t *testing.T) {
		got := ada.get("/admin/audit")
		for _, want := range []string{
			"User changed", "Signed in", "Ada Byron", "ada@example.org", "from 127.0.0.1", `href="/admin/users/2"`, "official", "administrator",
			head, head[:16] + "…", messages.Integer(events).String() + " event", "Europe/Belgrade time",
		} {
			ada.want(got, http.StatusOK, "/admin/audit", want)
		}
		if newest, oldest := strings.Index(got.body, "event 8<"), strings.Index(got.body, "event 1<"); newest < 0 || newest > oldest {
			t.Errorf("want the newest first, got %d and %d", newest, oldest)
		}
	})
	t.Run("filtered", func(t *testing.T) {
		today := d.clock.Now().In(d.zone()).Format(inputDate)
		for query, want := range map[string]int{
			"action=user-added": 2, "subject=user+2": 2, "actor=byron": 3, "from=" + today: 8, "to=" + today: 8,
			"to=" + d.clock.Now().In(d.zone()).AddDate(0, 0, -1).Format(inputDate): 0, "action=user-added&subject=user+2": 1,
		} {
			if got := strings.Count(ada.get("/admin/audit?"+query).body, `data-testid="audit-row"`); got != want {
				t.Errorf("%s: want %d, got %d", query, want, got)
			}
			if got := strings.Count(ada.get("/admin/audit.jsonl?"+query).body, "\n"); got != want {
				t.Errorf("export of %s: want %d, got %d", query, want, got)
			}
		}
		ada.want(ada.get("/admin/audit?from=yesterday"), http.StatusUnprocessableEntity, "/admin/audit", "Enter a date")
		ada.want(ada.get("/admin/audit.csv?from=yesterday"), http.StatusUnprocessableEntity, "/admin/audit.csv", "Enter a date")
	})
	t.Run("CSV that no spreadsheet runs", func(t *testing.T) {
		got := ada.get("/admin/audit.csv")
		rows, err := csv.NewReader(strings.NewReader(got.body)).ReadAll()
		if err != nil || len(rows) != 9 || rows[0][0] != "id" || rows[1][0] != "1" || rows[8][8] != head {
			t.Fatalf("want eight events (three of the secret files), oldest first, with their hashes, got %v, %v", rows, err)
		}
		if want := "'=cmd|'/c calc'!A1 Byron <ada@example.org>"; rows[8][3] != want {
			t.Errorf("want %q, got %q", want, rows[8][3])
		}
		for _, row := range rows {
			for _, cell := range row {
				if cell != "" && strings.ContainsRune("=+-@", rune(cell[0])) {
					t.Errorf("want no cell that runs, got %q", cell)
				}
			}
		}
	})
	t.Run("JSON lines are what the hash was made of", func(t *testing.T) {
		decoder := json.NewDecoder(strings.NewReader(ada.get("/admin/audit.jsonl").body))
		all, err := d.Audit.Events(t.Context(), audit.Filter{})
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range slices.Backward(all) {
			var line auditLine
			if err := decoder.Decode(&line); err != nil || line.ID != want.ID || string(line.Detail) != want.Detail || line.Hash != want.Hash {
				t.Errorf("want %+v, got %+v, %v", want, line, err)
			}
		}
	})
	t.Run("pages", func(t *testing.T) {
		for range pageOfEvents {
			d.signedIn(t, d.ada)
		}
		got := ada.get("/admin/audit?actor=byron")
		_, older, _ := strings.Cut(got.body, `href="/admin/audit?actor=byron&amp;before=`)
		older, _, _ = strings.Cut(older, `"`)
		ada.want(ada.get("/admin/audit?actor=byron&before="+older), http.StatusOK, "/admin/audit", "Newest events")
		if n := strings.Count(ada.get("/admin/audit?actor=byron&before="+older).body, `data-testid="audit-row"`); n != 3 {
			t.Errorf("want the three that are left, got %d", n)
		}
	})
}

// brokenLog breaks off after its first event.
type brokenLog struct{ auditLog }

func (brokenLog) Each(_ context.Context, _ audit.Filter, fn func(audit.Event) error) error {
	if err := fn(audit.Event{ID: 1, Detail: "{}"}); err != nil {
		return err
	}
	return errors.New("the disk is gone")
}

func TestAdminAuditExport_OneThatBreaksOffDoesNotLookWhole(t *testing.T) {
	d := newEnv(t)
	d.furnish(t)
	ada := d.signedIn(t, d.ada)
	d.Audit = brokenLog{d.Audit}
	for _, path := range []string{"/admin/audit.csv", "/admin/audit.jsonl"} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, d.url+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := ada.client.Do(request)
		if err != nil {
			continue // broken off before the first byte
		}
		_, err = io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		if err == nil {
			t.Errorf("%s: want an answer without an end, got a whole one", path)
		}
	}
}

func TestChangesOf(t *testing.T) {
	zone := time.FixedZone("Europe/Belgrade", 2*3600)
	at := func(hour int) messages.Message {
		return messages.UnitMomentInZone(messages.ExactDateTime(time.Date(2027, time.March, 27, hour, 0, 0, 0, zone)), view.ZoneName(zone))
	}
	for name, c := range map[string]struct {
		detail string
		want   []view.Change
	}{
		"nothing":      {`{}`, []view.Change{}},
		"plain values": {`{"again":false,"file":"a.csv","lines":12}`, []view.Change{{Name: "Again", After: messages.UnitNo()}, {Name: "File", After: messages.Verbatim("a.csv")}, {Name: "Lines", After: messages.Verbatim("12")}}},
		"field by field": {
			`{"role":{"after":"administrator","before":"official"},"must_change_password":true}`,
			[]view.Change{{Name: "Role", Compared: true, Before: messages.Verbatim("official"), After: messages.Verbatim("administrator")}, {Name: "Must change password", After: messages.UnitYes()}},
		},
		"two definitions": {
			`{"before":{"Title":"Council","EndsAt":"2027-03-27T19:00:00Z","Constituencies":[{"Seats":3}]},"after":{"Title":"Council","EndsAt":"2027-03-27T20:00:00Z","Constituencies":[{"Seats":3},{"Seats":4}]}}`,
			[]view.Change{
				{Name: "Ends at", Compared: true, Before: at(21), After: at(22)},
				{Name: "Constituencies › 2 › seats", Compared: true, After: messages.Verbatim("4")},
			},
		},
		"made just now": {`{"after":{"Name":"Alder","ShortName":""}}`, []view.Change{{Name: "Name", After: messages.Verbatim("Alder")}}},
		"no JSON":       {`{"x":`, []view.Change{{After: messages.Verbatim(`{"x":`)}}},
	} {
		t.Run(name, func(t *testing.T) {
			got, more := changesOf(t.Context(), c.detail, zone)
			if diff := cmp.Diff(c.want, got); diff != "" || more != 0 {
				t.Errorf("%d more (-want +got):\n%s", more, diff)
			}
		})
	}
	many := `{"x":[` + strings.Repeat("1,", mostChanges+6) + `1]}`
	if got, more := changesOf(t.Context(), many, zone); len(got) != mostChanges || more != 7 {
		t.Errorf("want %d and 7 more, got %d and %d", mostChanges, len(got), more)
	}
}

func TestAdminElectionExtend(t *testing.T) {
	d := newEnv(t)
	d.furnish(t)
	ada := d.signedIn(t, d.ada)
	participant, err := d.Participants.Create(t.Context(), audit.System(), participants.Draft{Name: "Alder", Kind: participants.Party})
	if err != nil {
		t.Fatal(err)
	}
	start := d.clock.Now().Truncate(time.Minute).Add(-time.Hour)
	e, err := d.Elections.Create(t.Context(), audit.System(), elections.Draft{
		Title: "Council", Kind: elections.Parliamentary, StartsAt: start, EndsAt: start.Add(2 * time.Hour), OpenNow: true, TimeZone: "Asia/Tokyo",
		Constituencies: []elections.ConstituencyDraft{{Candidacies: []elections.CandidacyDraft{{ParticipantID: participant.ID}}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	path := "/admin/elections/" + decimal(e.ID)
	typed := func(d time.Duration) string { return typedOf(e.EndsAt.Add(d), e.Location()).Clock }
	ada.want(ada.get(path), http.StatusOK, path, `value="`+typed(0)+`"`)
	ada.want(ada.post(path+"/end", "ends_at", typed(-time.Minute)), http.StatusUnprocessableEntity, path+"/end", "after the current end")
	ada.want(ada.post(path+"/end", "ends_at", ""), http.StatusUnprocessableEntity, path+"/end", "Enter a date and a time.")
	ada.want(ada.post(path+"/end", "ends_at", typed(time.Hour)), http.StatusOK, path, "end is moved")
	if e, err = d.Elections.Election(t.Context(), e.ID); err != nil || !e.EndsAt.Equal(start.Add(3*time.Hour)) {
		t.Errorf("want the end an hour later, got %v, %v", e.EndsAt, err)
	}
	ada.want(ada.get("/admin/audit?action=election-extended"), http.StatusOK, "/admin/audit", "Ends at: ")
	head, _, err := d.Audit.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ada.want(ada.get("/elections/"+decimal(e.ID)), http.StatusOK, "/elections/"+decimal(e.ID), head)
	d.clock.Move(start.Add(4 * time.Hour).Sub(d.clock.Now()))
	ada.want(ada.post(path+"/end", "ends_at", typed(2*time.Hour)), http.StatusConflict, path+"/end", "Only an open election")
	if strings.Contains(ada.get(path).body, "Move the end") {
		t.Error("want no form after the end")
	}
}

// TestChangesOf_CountsWhatItDoesNotRead compares the number of lines that are not shown with that of an event whose values
// are all read, because it compares some.
func TestChangesOf_CountsWhatItDoesNotRead(t *testing.T) {
	var typed []string
	for i := range 700 {
		typed = append(typed, fmt.Sprintf(`{"protocol":%d,"name":"a: \"b\\\",","none":null,"empty":"","is":true,"share":-0.5,"of":{"in":[1,"two",[]]},"nothing":{}}`, i))
	}
	list := `"list":[` + strings.Join(typed, ",") + `]}`
	shown, more := changesOf(t.Context(), "{"+list, time.UTC)
	all, moreOfAll := changesOf(t.Context(), `{"after":1,"before":2,`+list, time.UTC)
	if len(shown) != mostChanges || len(all) != mostChanges || len(shown)+more != 700*6 || more+2 != moreOfAll {
		t.Errorf("want %d lines, got %d and %d more; all read %d more", 700*6, len(shown), more, moreOfAll)
	}
}

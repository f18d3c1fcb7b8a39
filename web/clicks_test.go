package web_test

import (
	"fmt"
	"html"
	"maps"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"urna/auth"
	"urna/ballots/batch"
	"urna/ballots/online"
	"urna/elections"
	"urna/internal/app/server"
	"urna/internal/testing/clock"
)

// walk is a person who follows links and sends forms of the pages, from the first page after the sign-in.
type walk struct {
	v            *visitor
	page         string // the page that is shown
	pages, forms int
}

// begin signs a person in. The first page counts; the sign-in does not.
func (s *site) begin(t *testing.T, name string) *walk {
	t.Helper()
	w := &walk{v: s.signedIn(t, name)}
	home := "/admin"
	if s.users[name].Role == auth.Official {
		home = "/official"
	}
	w.show(t, home)
	return w
}

func (w *walk) show(t *testing.T, path string) {
	t.Helper()
	w.page = w.v.get(t, path)
	w.pages++
}

// follow opens the first link of the page whose address matches the expression.
func (w *walk) follow(t *testing.T, address string) {
	t.Helper()
	found := regexp.MustCompile(`<a [^>]*href="(` + address + `)"`).FindStringSubmatch(w.page)
	if found == nil {
		t.Fatalf("want a link to %s, got %s", address, w.page)
	}
	w.show(t, html.UnescapeString(found[1]))
}

// submit sends a form of the page, with these fields as the person enters them, and shows the page after it.
func (w *walk) submit(t *testing.T, action string, fields url.Values) {
	t.Helper()
	form := filled(t, w.page, action)
	maps.Copy(form, fields)
	w.sent(t, w.v.post(t, action, form))
}

// sent counts a form and shows the page to which its answer leads.
func (w *walk) sent(t *testing.T, answer *http.Response) {
	t.Helper()
	w.forms++
	switch answer.StatusCode {
	case http.StatusSeeOther:
		w.show(t, answer.Header.Get("Location"))
	case http.StatusOK:
		w.page = text(answer)
		w.pages++
	default:
		t.Fatalf("want the form taken, got %s: %s", answer.Status, text(answer))
	}
}

// cost is the cell of a table.
func (w *walk) cost() string { return fmt.Sprintf("%d / %d", w.pages, w.forms) }

var administratorNames = []string{"administrator", "second administrator", "third administrator"}

// commissionOf is a site with so many administrators, an official and nothing else, two days after its accounts were made.
func commissionOf(t *testing.T, administrators int) *site {
	t.Helper()
	s := emptySite(t, &clock.Clock{}, server.Options{})
	for _, name := range administratorNames[:administrators] {
		s.users[name] = s.AddAccount(t, name, auth.Administrator)
	}
	s.users["official"] = s.AddAccount(t, "official", auth.Official)
	s.Clock.Move(48 * time.Hour)
	return s
}

// act is an act on the pages that needs a second administrator.
type act struct {
	name    string
	prepare func(*testing.T, *site) (*elections.Election, func() bool) // the second reports whether the act is done
	propose func(*testing.T, *walk, *elections.Election)
	repeat  func(*testing.T, *walk, *elections.Election) // after the approval; nil if the approval does the act
}

var twoPersonActs = []act{
	{"retract a batch after the end", retractable, func(t *testing.T, w *walk, _ *elections.Election) {
		t.Helper()
		w.follow(t, `/batches/\d+`)
		w.submit(t, "/admin/batches/1/retraction", url.Values{"reason": {"the wrong box"}})
	}, nil},
	{"replace a voter's key while the election is open", replaceable, func(t *testing.T, w *walk, e *elections.Election) {
		t.Helper()
		page := "/admin/elections/" + id(e.ID)
		w.follow(t, page)
		w.follow(t, page+"/keys")
		w.submit(t, page+"/keys/revocations", url.Values{"act": {"reissue"}, "personal_id": {id(e.ID) + "-0"}, "reason": {"lost letter"}})
	}, func(t *testing.T, w *walk, e *elections.Election) {
		t.Helper()
		page := "/admin/elections/" + id(e.ID) + "/keys"
		w.follow(t, page+`\?approval=\d+[^"]*`)
		w.submit(t, page+"/revocations", url.Values{"act": {"reissue"}, "personal_id": {id(e.ID) + "-0"}})
	}},
	{"lower the number of confirmations before the opening", lowerable, func(t *testing.T, w *walk, e *elections.Election) {
		t.Helper()
		page := "/admin/elections/" + id(e.ID)
		w.follow(t, page)
		w.follow(t, page+"/edit/name")
		w.follow(t, page+"/edit/dates")
		w.submit(t, page+"/edit/dates", url.Values{"confirmations": {"1"}, "action": {"save"}, "reason": {"on leave"}})
	}, nil},
}

// toCertify is an election that ended, with one counted batch and without open points.
func (s *site) toCertify(t *testing.T) *elections.Election {
	t.Helper()
	e := s.ended(t, elections.Parliamentary, []string{"Alder", "Birch"}, func(d *elections.Draft) {
		d.Constituencies[0].Seats, d.Confirmations = 3, 0
	})
	s.count(t, e, 0, 12, 11)
	s.closed(t, e)
	return e
}

func retractable(t *testing.T, s *site) (*elections.Election, func() bool) {
	t.Helper()
	return s.toCertify(t), func() bool {
		b, err := s.Batches.Batch(t.Context(), 1)
		return err == nil && (b.State == batch.Retracting || b.State == batch.Retracted)
	}
}

func replaceable(t *testing.T, s *site) (*elections.Election, func() bool) {
	t.Helper()
	p := s.newPoll(t, 1, func(d *elections.Draft) { d.EndsAt = s.Clock.Now().Add(72 * time.Hour) })
	return p.election, func() bool {
		_, err := s.Votes.Open(t.Context(), online.Credentials{PersonalID: p.keys[0].PersonalID, GUID: p.keys[0].GUID})
		return err != nil
	}
}

func lowerable(t *testing.T, s *site) (*elections.Election, func() bool) {
	t.Helper()
	e := s.scheduled(t, func(d *elections.Draft) {
		d.Confirmations, d.StartsAt, d.EndsAt = 2, s.Clock.Now().Add(72*time.Hour), s.Clock.Now().Add(84*time.Hour)
	})
	return e, func() bool { return s.stored(t, e.ID).Confirmations == 1 }
}

// decide approves the act that waits, as the person finds it after the sign-in.
func (w *walk) decide(t *testing.T) {
	t.Helper()
	w.follow(t, "/admin/approvals")
	w.follow(t, `/admin/approvals/\d+`)
	w.submit(t, w.approval(t), url.Values{"decision": {"approve"}})
}

// approval returns the address of the approval that the page shows.
func (w *walk) approval(t *testing.T) string {
	t.Helper()
	path := regexp.MustCompile(`action="(/admin/approvals/\d+)"`).FindStringSubmatch(w.page)
	if path == nil {
		t.Fatalf("want an act that waits, got %s", w.page)
	}
	return path[1]
}

// with walks the act with so many administrators, of whom the last one decides.
func (a act) with(t *testing.T, administrators int) string {
	t.Helper()
	s := commissionOf(t, administrators)
	e, done := a.prepare(t, s)
	first := s.begin(t, administratorNames[0])
	a.propose(t, first, e)
	cost := first.cost()
	if administrators > 1 {
		if done() {
			t.Errorf("%s: want it not done by one of %d", a.name, administrators)
		}
		second := s.begin(t, administratorNames[administrators-1])
		second.decide(t)
		if a.repeat != nil {
			first.show(t, first.approval(t)) // the page is loaded again
			a.repeat(t, first, e)
		}
		cost = first.cost() + " | " + second.cost()
	}
	if !done() {
		t.Errorf("%s: want it done with %d administrators", a.name, administrators)
	}
	return cost
}

// alone walks the act with one of two administrators, who comes back a day later.
func (a act) alone(t *testing.T) string {
	t.Helper()
	s := commissionOf(t, 2)
	e, done := a.prepare(t, s)
	w := s.begin(t, administratorNames[0])
	a.propose(t, w, e)
	s.Clock.Move(24 * time.Hour)
	later := s.begin(t, administratorNames[0])
	later.decide(t)
	if a.repeat != nil {
		a.repeat(t, later, e)
	}
	if !done() {
		t.Errorf("%s: want it done alone after a day", a.name)
	}
	w.pages, w.forms = w.pages+later.pages, w.forms+later.forms
	return w.cost()
}

// same returns what a walk costs with two administrators, and wants the same with three.
func same(t *testing.T, name string, walk func(administrators int) string) string {
	t.Helper()
	two := walk(2)
	if three := walk(3); three != two {
		t.Errorf("%s: want %s with three administrators as with two, got %s", name, two, three)
	}
	return two
}

// certified walks a certification; each administrator who is needed confirms.
func certified(t *testing.T, administrators int) string {
	t.Helper()
	s := commissionOf(t, administrators)
	e := s.toCertify(t)
	page := "/admin/elections/" + id(e.ID) + "/certification"
	var costs []string
	for i := range min(administrators, 2) {
		w := s.begin(t, administratorNames[(administrators-1)*i]) // the first and the last
		w.follow(t, page)
		w.submit(t, page, url.Values{"password": {password}})
		costs = append(costs, w.cost())
	}
	if final, err := s.Results.Final(t.Context(), e.ID); err != nil || final.Results.State != elections.Certified {
		t.Fatalf("want it certified, got %v", err)
	}
	return strings.Join(costs, " | ")
}

// lateBatch walks a late batch: its official sends it, and one administrator approves it.
func lateBatch(t *testing.T, administrators int) (official, administrator string) {
	t.Helper()
	s := commissionOf(t, administrators)
	until := s.Clock.Now().Add(-time.Minute)
	s.election = s.ended(t, elections.Parliamentary, []string{"Alder", "Birch"}, func(d *elections.Draft) { d.BatchesUntil = &until })
	s.closed(t, s.election)
	w := s.begin(t, "official")
	w.follow(t, "/official/elections/"+id(s.election.ID))
	w.sent(t, w.v.sendFiles(t, file{"late.csv", ballot(901, 1)}))
	w.page = w.v.look(t) // the page updates itself until the file is compared
	w.submit(t, "/official/uploads/confirm", url.Values{"upload": choices(w.page)["upload"], "reason": {"the boat was late"}})
	other := s.begin(t, administratorNames[0])
	other.decide(t)
	s.state(t, 1, batch.Counted)
	return w.cost(), other.cost()
}

// TestClicks_AreThoseOfTheDocument walks the acts that need two people as a new user does, by links and forms of the
// pages, and compares the numbers of pages and forms with docs/operating.md.
func TestClicks_AreThoseOfTheDocument(t *testing.T) {
	rows := []string{"| certify | " + certified(t, 1) + " | " + same(t, "certify", func(n int) string { return certified(t, n) }) + " | not possible |"}
	for _, a := range twoPersonActs {
		pair := same(t, a.name, func(n int) string { return a.with(t, n) })
		rows = append(rows, "| "+a.name+" | "+a.with(t, 1)+" | "+pair+" | "+a.alone(t)+" |")
	}
	official, administrator := lateBatch(t, 1)
	for n := 2; n <= 3; n++ {
		if o, a := lateBatch(t, n); o != official || a != administrator {
			t.Errorf("late batch: want %s and %s with %d administrators, got %s and %s", official, administrator, n, o, a)
		}
	}
	rows = append(rows, "| approve a late batch | "+administrator+" | "+administrator+" | none | "+administrator+" |",
		"| send a late batch (its official) | "+official+" | "+official+" | none | "+official+" |")
	document, err := os.ReadFile("../docs/operating.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		if !strings.Contains(string(document), row+"\n") {
			t.Errorf("want in docs/operating.md: %s", row)
		}
	}
}

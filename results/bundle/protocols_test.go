package bundle_test

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"urna/auth"
	"urna/ballots/batch"
	"urna/ballots/protocol"
	"urna/elections"
	"urna/elections/participants"
	"urna/internal/audit"
	"urna/results"
	"urna/results/bundle"
	"urna/results/bundle/format"
	"urna/results/bundle/verify"
)

// The people who type the protocols.
var (
	cleo = protocol.Person{Actor: audit.Actor{ID: 11, Name: "Cleo <cleo@example.org>"}}
	dan  = protocol.Person{Actor: audit.Actor{ID: 12, Name: "Dan <dan@example.org>"}}
)

// certifiedProtocols certifies an election with five stations: a batch of the first, and protocols of the others. That of
// the second has warnings, one of them explained; the third was settled, retracted and restored; the fourth has six
// ballots; of the fifth there is one entry.
func (h *app) certifiedProtocols(t *testing.T) *elections.Election {
	t.Helper()
	d := elections.Draft{
		Title: "Council", Kind: elections.Parliamentary, StartsAt: h.now.Now().Add(-time.Hour), EndsAt: h.now.Now().Add(time.Hour), OpenNow: true,
		Channels: []elections.Channel{elections.Batches}, Constituencies: []elections.ConstituencyDraft{{Name: "North", Seats: 3}},
	}
	for i := range 2 {
		p := must[participants.Participant](t)(h.participants.Create(t.Context(), ada, participants.Draft{Name: fmt.Sprint("List ", i), Kind: participants.Party}))
		d.Constituencies[0].Candidacies = append(d.Constituencies[0].Candidacies, elections.CandidacyDraft{ParticipantID: p.ID})
		d.Constituencies[0].Stations = append(d.Constituencies[0].Stations, elections.StationDraft{Number: strconv.Itoa(2*i + 1)}, elections.StationDraft{Number: strconv.Itoa(2*i + 2)})
	}
	d.Constituencies[0].Stations = append(d.Constituencies[0].Stations, elections.StationDraft{Number: "5"})
	e := must[*elections.Election](t)(h.elections.Create(t.Context(), ada, d))
	of := must[map[int64][]elections.Station](t)(h.elections.Stations(t.Context(), e.ID))[e.Constituencies[0].ID]
	b := must[batch.Batch](t)(h.batches.Receive(t.Context(), batch.Delivery{Actor: ada, ElectionID: e.ID, StationID: of[0].ID}, strings.NewReader(lines(0, 30, 1))))
	h.rest(t, b.ID)
	enter := func(by protocol.Person, station int, found, signed, first, second, invalid string) {
		t.Helper()
		must[protocol.Entered](t)(h.protocols.Enter(t.Context(), by, protocol.Entry{
			StationID: of[station].ID, Explanations: map[string]string{"W1": "a voter did not sign"}, Numbers: map[string]string{
				"fields.found_in_box": found, "fields.signed": signed, "fields.invalid": invalid, "votes.1": first, "votes.2": second,
			},
		}))
	}
	// A list has one event for all its entries.
	var list []protocol.Entry
	for station, typed := range []string{"50 49 4 43 3", "60 - 21 38 1"} {
		entry := protocol.Entry{StationID: of[station+1].ID, Numbers: map[string]string{}, Explanations: map[string]string{"W1": "a voter did not sign"}}
		for k, number := range strings.Fields(typed) {
			name := []string{"fields.found_in_box", "fields.signed", "votes.1", "votes.2", "fields.invalid"}[k]
			entry.Numbers[name] = strings.TrimPrefix(number, "-")
		}
		list = append(list, entry)
	}
	must[[]protocol.Entered](t)(h.protocols.EnterAll(t.Context(), cleo, list, nil))
	enter(dan, 1, "50", "49", "4", "43", "3")
	enter(dan, 2, "60", "60", "20", "39", "1")
	enter(cleo, 3, "6", "6", "5", "1", "0")
	enter(dan, 3, "6", "6", "5", "1", "0")
	enter(dan, 4, "40", "40", "20", "20", "0")
	h.now.Move(2 * time.Hour)
	h.do(t, `INSERT INTO online_closings VALUES (1, 'finished')`, fmt.Sprintf(`UPDATE elections SET closed_at = %d`, h.now.Now().UnixMilli()))
	administrator := protocol.Person{Actor: ada, Administrator: true}
	decisions := []protocol.Decision{{Name: "fields.signed", Typed: "60"}, {Name: "votes.1", Typed: "22"}, {Name: "votes.2", Typed: "37"}}
	must[protocol.State](t)(h.protocols.Settle(t.Context(), administrator, of[2].ID, decisions, ""))
	if h.before != nil {
		h.before(e)
	}
	h.certify(t, ada, e.ID)
	h.certify(t, bob, e.ID)
	return e
}

// TestVerify_Protocols: both forms prove an election with protocols, and tell who typed, settled and explained; alterations
// are found. The numbers of a protocol are in the full form only.
func TestVerify_Protocols(t *testing.T) {
	h := newApp(t)
	e := h.certifiedProtocols(t)
	content := map[bundle.Form][]byte{}
	for _, form := range []bundle.Form{bundle.Full, bundle.Public} {
		path := must[string](t)(h.bundles.Bundle(t.Context(), e.ID, form))
		report := must[*verify.Report](t)(verify.File(path))
		all := strings.Join(report.Proved, "\n")
		for _, want := range []string{
			"Of 4 protocols, each that is in the count was typed by two people",
			"The open point protocol-explanations of constituency 1 [1 3 1 4] was lifted by",
			"The open point protocol-unfinished of constituency 1 [4 1] was lifted by",
		} {
			if !strings.Contains(all, want) {
				t.Errorf("%s: want it to prove %q, got:\n%s", form, want, all)
			}
		}
		content[form] = read(t, path)
	}
	figures := must[*results.Final](t)(h.results.Final(t.Context(), e.ID)).Figures
	if f := figures.Protocols[0]; f.Entries[0].Typist != "Cleo" || f.Entries[1].Typist != "Dan" || !slices.Equal(f.Warnings, []string{"W1", "W3", "W4"}) ||
		len(f.Explanations) != 2 || f.Explanations[0].Reason != "a voter did not sign" {
		t.Errorf("want typists, warnings and the explanation, got %+v", f)
	}
	if f := figures.Protocols[1]; len(f.Settlements) != 3 || f.Settlements[0].Choice != "second" || f.Settlements[1].Choice != "third" || f.Settlements[1].By != "Ada Lovelace" {
		t.Errorf("want the settlements, got %+v", f.Settlements)
	}
	if b := figures.Ballots; b.Cast != 30+50+60+6 || b.Invalid != 4 {
		t.Errorf("want batch and protocols counted, got %+v", b)
	}
	for _, s := range figures.Sums {
		if s.Ballots() < format.LeastSum {
			t.Errorf("want no sum with fewer than ten ballots, got %+v", s)
		}
	}
	altered := func(form bundle.Form, change func(*results.Figures)) []byte {
		return consistent(t, content[form], change)
	}
	for name, c := range map[string]struct {
		content []byte
		says    string
	}{
		"an entry less":             {altered(bundle.Public, func(f *results.Figures) { f.Protocols[0].Entries = f.Protocols[0].Entries[:1] }), "with 1 entries"},
		"no typist":                 {altered(bundle.Public, func(f *results.Figures) { f.Protocols[0].Entries[0].Typist = "" }), "no typist"},
		"a settlement less":         {altered(bundle.Public, func(f *results.Figures) { f.Protocols[1].Settlements = f.Protocols[1].Settlements[1:] }), "are settled"},
		"a settlement of no person": {altered(bundle.Public, func(f *results.Figures) { f.Protocols[1].Settlements[0].By = "" }), "by no person"},
		"a warning less":            {altered(bundle.Public, func(f *results.Figures) { f.Protocols[0].Warnings = []string{"W1", "W4"} }), "here they are [1 4]"},
		"an explanation less":       {altered(bundle.Public, func(f *results.Figures) { f.Protocols[0].Explanations = nil }), "here they are [1 1 1 3 1 4]"},
		"a protocol less":           {altered(bundle.Public, func(f *results.Figures) { f.Protocols = f.Protocols[1:] }), "polling station 2 is counted, and what came of it counts: false"},
		"retracted":                 {altered(bundle.Public, func(f *results.Figures) { f.Protocols[0].State = format.ProtocolRetracted }), "polling station 2 is counted, and what came of it counts: false"},
		"a late one":                {altered(bundle.Public, func(f *results.Figures) { f.Protocols[0].Late = &format.LateFigure{Cause: "fog"} }), "was late, without"},
		"an unfinished one less":    {altered(bundle.Public, func(f *results.Figures) { f.Protocols = f.Protocols[:3] }), "does not follow"},
		"a sum without it": {altered(bundle.Public, func(f *results.Figures) {
			for i := range f.Sums {
				f.Sums[i].Protocols = slices.DeleteFunc(f.Sums[i].Protocols, func(id int64) bool { return id == 3 })
			}
		}), "of which 36 are in the count"},
		"another document": {altered(bundle.Full, func(f *results.Figures) { f.Protocols[0].Entries[0].SHA256 = strings.Repeat("0", 64) }), "is not the document"},
		"another choice":   {altered(bundle.Full, func(f *results.Figures) { f.Protocols[1].Settlements[0].Choice = "first" }), "did not choose"},
		"another typist":   {altered(bundle.Full, func(f *results.Figures) { f.Protocols[0].Entries[0].Typist = "Eve" }), "does not know entry 1 of protocol 1"},
		"another second typist": {
			altered(bundle.Full, func(f *results.Figures) { f.Protocols[1].Entries[1].Typist = "Eve" }), "does not know entry 2 of protocol 2",
		},
		"another number": {forge(t, content[bundle.Full], in(format.ProtocolsFile, replace(`\"votes.1\":4`, `\"votes.1\":5`))), "is not the document"},
		"another settled one": {
			forge(t, content[bundle.Full], in(format.ProtocolsFile, replace(`"number":"votes.1","value":22`, `"number":"votes.1","value":23`))), "62 ballots, and the batches",
		},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := check(t, c.content); !errors.Is(err, verify.ErrContradiction) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("want it refused saying %q, got %v", c.says, err)
			}
		})
	}
	if strings.Contains(string(content[bundle.Public]), "@example.org") {
		t.Error("want no e-mail address in a public bundle")
	}
}

// certifiedLateProtocol certifies the election of certifiedProtocols with a second batch of the first station, and with a
// protocol that came after a confirmation; both were approved. It returns the open points before that.
func (h *app) certifiedLateProtocol(t *testing.T) (e *elections.Election, points []string) {
	t.Helper()
	approve := func(id int64) {
		must[auth.Approval](t)(h.approvals.Decide(t.Context(), bob, id, auth.Decision{Approve: true, Reason: "seen with the board"}))
	}
	h.before = func(e *elections.Election) {
		of := must[map[int64][]elections.Station](t)(h.elections.Stations(t.Context(), e.ID))[e.Constituencies[0].ID]
		b := must[batch.Batch](t)(h.batches.Receive(t.Context(), batch.Delivery{
			Actor: ada, ElectionID: e.ID, StationID: of[0].ID, Reason: "a second box",
		}, strings.NewReader(lines(30, 42, 1))))
		approve(1)
		h.rest(t, b.ID)
		h.certify(t, ada, e.ID)
		answer := must[protocol.Entered](t)(h.protocols.Enter(t.Context(), protocol.Person{Actor: ada, Administrator: true}, protocol.Entry{StationID: of[4].ID, Numbers: map[string]string{
			"fields.found_in_box": "40", "fields.signed": "40", "fields.invalid": "0", "votes.1": "20", "votes.2": "20",
		}}))
		if answer.State != protocol.Waiting {
			t.Fatalf("want it to wait, got %+v", answer)
		}
		for _, p := range must[*results.Final](t)(h.results.Final(t.Context(), e.ID)).OpenPoints {
			points = append(points, fmt.Sprint(p.Code, p.Liftable))
		}
		approve(2)
	}
	return h.certifiedProtocols(t), points
}

// TestCertify_ALateProtocolIsDecidedFirst: no reason lifts a late protocol that waits.
func TestCertify_ALateProtocolIsDecidedFirst(t *testing.T) {
	_, points := newApp(t).certifiedLateProtocol(t)
	if !slices.Contains(points, "batches-waitingfalse") {
		t.Errorf("want the waiting protocol among the open points, got %q", points)
	}
}

// TestVerify_LateProtocols: the full form proves why a protocol was late, and that a batch came after another one of its
// station; alterations are found.
func TestVerify_LateProtocols(t *testing.T) {
	h := newApp(t)
	e, _ := h.certifiedLateProtocol(t)
	full := read(t, must[string](t)(h.bundles.Bundle(t.Context(), e.ID, bundle.Full)))
	report := must[*verify.Report](t)(check(t, full))
	all := strings.Join(report.Proved, "\n")
	for _, want := range []string{
		"The open point late-protocol of constituency 1 [4 1]", `Batch 2 of constituency 1 was late (place-complete; `,
		`Protocol 4 of constituency 1 was late (after-confirmation; made definitive by Ada Lovelace with the reason `, `("seen with the board") and is definitive.`,
	} {
		if !strings.Contains(all, want) {
			t.Errorf("want it to prove %q, got:\n%s", want, all)
		}
	}
	figures := func(change func(*results.Figures)) []byte { return consistent(t, full, change) }
	log := func(change func([]logged) []logged) []byte { return relogged(t, full, change) }
	at := func(l []logged, action, subject string) int {
		return slices.IndexFunc(l, func(e logged) bool { return e.Action == action && e.Subject == subject })
	}
	reworded := func(action, subject, from, to string) []byte {
		return log(func(l []logged) []logged {
			i := slices.IndexFunc(l, func(e logged) bool {
				return e.Action == action && strings.Contains(e.Subject+e.Detail, subject) && strings.Contains(e.Detail, from)
			})
			l[i].Detail = strings.Replace(l[i].Detail, from, to, 1)
			return l
		})
	}
	for name, c := range map[string]struct {
		content []byte
		says    string
	}{
		"not late, and no point": {figures(func(f *results.Figures) {
			f.Protocols[3].Late = nil
			f.OpenPoints = slices.DeleteFunc(f.OpenPoints, func(p results.OpenPointFigure) bool { return p.Code == format.LateProtocol })
		}), "protocol 4 was late by the figures: false, and by audit.jsonl: true"},
		"one that was in time": {figures(func(f *results.Figures) {
			f.Protocols[0].Late = f.Protocols[3].Late
			for i := range f.OpenPoints {
				if f.OpenPoints[i].Code == format.LateProtocol {
					f.OpenPoints[i].Facts = []int64{1, 1, 4, 1}
				}
			}
		}), "protocol 1 was late by the figures: true, and by audit.jsonl: false"},
		"another person who decided": {figures(func(f *results.Figures) { f.Protocols[3].Late.DecidedBy = "Eve" }), "the late protocol 4 is approved, by Eve, in the figures"},
		"a refusal":                  {figures(func(f *results.Figures) { f.Protocols[3].Late.State = "refused" }), "the late protocol 4 is refused, by"},
		"another official":           {figures(func(f *results.Figures) { f.Protocols[3].Late.Official = "Eve" }), "the late protocol 4 came from Eve"},
		"another reason":             {figures(func(f *results.Figures) { f.Protocols[3].Late.Reason = "fog" }), `with the reason "fog"`},
		"another remark":             {figures(func(f *results.Figures) { f.Protocols[3].Late.Remark = "fog" }), `the remark "fog"`},
		"another cause":              {figures(func(f *results.Figures) { f.Protocols[3].Late.Cause = format.LateAfterBatchesUntil }), "when the election still took protocols"},
		"the cause of a batch":       {figures(func(f *results.Figures) { f.Protocols[3].Late.Cause = format.LatePlaceComplete }), "a reason that does not exist"},
		"a log without the lateness": {reworded("protocol-entered", "protocol 4", `"late":"after-confirmation",`, ``), "by audit.jsonl: false"},
		"a log with another cause":   {reworded("protocol-entered", "protocol 4", `"late":"after-confirmation"`, `"late":"after-batches-until"`), "in audit.jsonl it is approved"},
		"a log without the approval": {reworded("approval-given", `"protocol 4"`, `"late-protocol"`, `"protocol-restored"`), "in audit.jsonl it is ,"},
		"a log without a confirmation before": {log(func(l []logged) []logged {
			i := slices.IndexFunc(l, func(e logged) bool { return e.Action == "figures-confirmed" })
			return slices.Delete(l, i, i+1)
		}), "protocol 4 is late because figures had been confirmed"},
		"a complete place that is none": {figures(func(f *results.Figures) { f.Batches[1].StationID = 0 }), "batch 2 is late because its polling station was counted, and it is of none"},
		"a batch of another station":    {reworded("batch-accepted", "batch 1", `"station":1`, `"station":5`), "batch 1 is of polling station 1 by the figures, and of 5"},
		"a complete place without a batch before": {log(func(l []logged) []logged {
			i, k := at(l, "batch-accepted", "batch 1"), at(l, "batch-accepted", "batch 2")
			first := l[i]
			l = slices.Insert(l, k+1, first)
			return slices.Delete(l, i, i+1)
		}), "batch 2 is late because its polling station was counted"},
		"a complete place whose batch was out of the count": {log(func(l []logged) []logged {
			return slices.Insert(l, at(l, "batch-accepted", "batch 2"), logged{
				At: 1, ActorName: "Eve", Action: "batch-retracting", Subject: "batch 1", Detail: fmt.Sprintf(`{"election":%d,"reason":"fog"}`, e.ID),
			})
		}), "batch 2 is late because its polling station was counted"},
		"a batch that only others knew late": {reworded("batch-accepted", "batch 2", `"late":"place-complete"`, `"late":"after-confirmation"`), "in audit.jsonl it is approved"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := check(t, c.content); !errors.Is(err, verify.ErrContradiction) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("want it refused saying %q, got %v", c.says, err)
			}
		})
	}
}

package protocol_test

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"urna/ballots/protocol"
	"urna/internal/database"
	"urna/internal/testing/databasetest"
	"urna/internal/testing/mermaid"
)

// machine plays random acts on one protocol, beside a plain model of it.
type machine struct {
	*env

	t       *testing.T
	random  *rand.Rand
	station int64

	// The model.
	state   protocol.State
	entries []map[string]string // of the round
	typists []int64             // likewise
	drafts  map[int64]bool
	settled map[string]string
	late    bool // what becomes definitive from now on is late
	ended   bool
	inCount map[string]string
}

// versions are what people type: two that differ in two numbers.
func versions() []map[string]string {
	return []map[string]string{numbers(), numbers("votes.1", "57", "votes.2", "41")}
}

func newMachine(t *testing.T, seed uint64) *machine {
	t.Helper()
	h := newEnv(t)
	m := &machine{
		env: h, t: t, random: rand.New(rand.NewPCG(seed, 1)), station: h.stations[0], state: protocol.Empty,
		drafts: map[int64]bool{}, settled: map[string]string{},
	}
	h.execute(t, `CREATE TABLE state_changes (change TEXT PRIMARY KEY)`)
	h.execute(t, databasetest.Trigger("record_states", "AFTER UPDATE OF state ON protocols", "OLD.state <> NEW.state",
		`INSERT INTO state_changes VALUES (replace(OLD.state, '-', '_') || ' → ' || replace(NEW.state, '-', '_')) ON CONFLICT DO NOTHING`))
	return m
}

// want compares the outcome of an act with the model's: the refusal, if allowed is false.
func (m *machine) want(act string, allowed bool, err error) {
	m.t.Helper()
	if allowed != (err == nil) {
		m.t.Fatalf("%s in the state %s: want allowed %v, got %v", act, m.state, allowed, err)
	}
}

func (m *machine) someone() protocol.Person {
	return []protocol.Person{olga, oskar, petra, ada}[m.random.IntN(4)]
}

// typable reports whether a person may type the protocol now.
func (m *machine) typable(by protocol.Person) bool {
	switch m.state {
	case protocol.Empty, protocol.Reopened:
		return true
	case protocol.FirstEntry, protocol.SecondEntry:
		return m.typists[0] != by.ID
	default:
		return false
	}
}

// definitive is what the model does when nothing is left to settle.
func (m *machine) definitive() {
	m.state = protocol.Definitive
	if m.late {
		m.state = protocol.Waiting
		return
	}
	m.count()
}

func (m *machine) count() {
	m.inCount = maps.Clone(m.entries[0])
	maps.Copy(m.inCount, m.settled)
}

func (m *machine) enter() {
	by, version := m.someone(), versions()[m.random.IntN(2)]
	allowed := m.typable(by)
	_, err := m.protocols.Enter(m.t.Context(), by, protocol.Entry{StationID: m.station, Numbers: version})
	m.want("enter", allowed, err)
	if !allowed {
		return
	}
	delete(m.drafts, by.ID)
	m.entries, m.typists = append(m.entries, version), append(m.typists, by.ID)
	switch {
	case len(m.entries) == 1:
		m.state = protocol.FirstEntry
	case maps.Equal(m.entries[0], m.entries[1]):
		m.definitive()
	default:
		m.state = protocol.Different
	}
}

func (m *machine) draft() {
	by := m.someone()
	allowed := m.typable(by)
	_, err := m.protocols.SaveDraft(m.t.Context(), by, protocol.Draft{StationID: m.station, Numbers: map[string]string{"votes.1": "5"}})
	m.want("draft", allowed, err)
	if allowed {
		m.drafts[by.ID] = true
		if m.state == protocol.FirstEntry {
			m.state = protocol.SecondEntry
		}
	}
}

func (m *machine) discard() {
	by := m.someone()
	m.want("discard", true, m.protocols.DiscardDraft(m.t.Context(), by, m.station))
	delete(m.drafts, by.ID)
	if m.state == protocol.SecondEntry && len(m.drafts) == 0 {
		m.state = protocol.FirstEntry
	}
}

func (m *machine) settle() {
	version := versions()[m.random.IntN(2)]
	decisions := []protocol.Decision{{Name: "votes.1", Typed: version["votes.1"]}, {Name: "votes.2", Typed: version["votes.2"]}}
	_, err := m.protocols.Settle(m.t.Context(), ada, m.station, decisions, "")
	allowed := m.ended && m.state == protocol.Different
	m.want("settle", allowed, err)
	if allowed {
		m.settled = map[string]string{"votes.1": version["votes.1"], "votes.2": version["votes.2"]}
		m.definitive()
	}
}

func (m *machine) move(act string, do func() (protocol.State, error), from []protocol.State, to func()) {
	_, err := do()
	allowed := slices.Contains(from, m.state)
	m.want(act, allowed, err)
	if allowed {
		to()
	}
}

func (m *machine) retract() {
	do := func() (protocol.State, error) { return m.protocols.Retract(m.t.Context(), ada.Actor, m.station, "why") }
	m.move("retract", do, []protocol.State{protocol.Definitive}, func() { m.state, m.inCount = protocol.Retracted, nil })
}

func (m *machine) restore() {
	do := func() (protocol.State, error) { return m.protocols.Restore(m.t.Context(), ada.Actor, m.station, "why") }
	m.move("restore", do, []protocol.State{protocol.Retracted}, func() { m.state = protocol.Definitive; m.count() })
}

func (m *machine) reopen() {
	do := func() (protocol.State, error) { return m.protocols.Reopen(m.t.Context(), ada.Actor, m.station, "why") }
	from := []protocol.State{protocol.FirstEntry, protocol.SecondEntry, protocol.Different, protocol.Definitive, protocol.Retracted}
	m.move("reopen", do, from, func() {
		m.state, m.inCount, m.entries, m.typists, m.settled = protocol.Reopened, nil, nil, nil, map[string]string{}
	})
}

func (m *machine) decideLate() {
	if m.state == protocol.Empty {
		return
	}
	allowed := m.state == protocol.Waiting
	if m.random.IntN(2) == 0 {
		m.want("approve", allowed, m.decide(m.t, m.station, m.protocols.ApproveLate))
		if allowed {
			m.state = protocol.Definitive
			m.count()
		}
		return
	}
	m.want("refuse", allowed, m.decide(m.t, m.station, m.protocols.RefuseLate))
	if allowed {
		m.state = protocol.Retracted
	}
}

// act plays one random act and compares everything with the model.
func (m *machine) act() {
	acts := []func(){m.enter, m.enter, m.enter, m.draft, m.discard, m.settle, m.settle, m.retract, m.restore, m.reopen, m.decideLate}
	acts[m.random.IntN(len(acts))]()
	if got := m.view(m.t, ada, m.station); got.State != m.state || len(got.Entries) != len(m.entries) {
		m.t.Fatalf("want %s with %d entries, got %+v", m.state, len(m.entries), got)
	}
	if m.inCount == nil {
		m.wantTally(m.t, m.station, nil, 0)
		return
	}
	votes := map[int]int64{1: 58, 2: 40}
	if m.inCount["votes.1"] == "57" {
		votes[1]--
	}
	if m.inCount["votes.2"] == "41" {
		votes[2]++
	}
	m.wantTally(m.t, m.station, votes, 2)
}

// play plays acts before the end, after it, and after a first confirmation.
func (m *machine) play(acts int) (changes []string) {
	for i := range acts {
		switch i {
		case acts / 3:
			m.now.Move(2 * time.Hour)
			m.ended = true
		case 2 * acts / 3:
			m.confirm(m.t)
			m.late = true
		}
		m.act()
	}
	err := m.db.Read(m.t.Context(), func(tx *database.Tx) error {
		rows, err := tx.SQL().QueryContext(m.t.Context(), `SELECT change FROM state_changes`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var change string
			if err := rows.Scan(&change); err != nil {
				return err
			}
			changes = append(changes, change)
		}
		return rows.Err()
	})
	if err != nil {
		m.t.Fatal(err)
	}
	return changes
}

// TestStates_ChangeAsDrawn plays random acts beside a plain model, has the database record each change of a state, and
// compares the changes with the drawing in ARCHITECTURE.md.
func TestStates_ChangeAsDrawn(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for seed := range uint64(12) {
		for _, change := range newMachine(t, seed).play(150) {
			seen[change] = true
		}
	}
	diagram := mermaid.StateDiagram(t, "../../ARCHITECTURE.md", "States of a protocol")
	changes, drawn := slices.Sorted(maps.Keys(seen)), mermaid.Edges(diagram)
	if !slices.Equal(changes, drawn) {
		t.Errorf("want the changes %q, drawn are %q", changes, drawn)
	}
	var states []string
	for _, s := range protocol.States() {
		if s != protocol.Empty {
			states = append(states, strings.ReplaceAll(string(s), "-", "_"))
		}
	}
	slices.Sort(states)
	if names := mermaid.States(diagram); !slices.Equal(names, states) {
		t.Errorf("want the states %q, drawn are %q", states, names)
	}
}

// FuzzStates plays random acts and wants no change that is not drawn.
func FuzzStates(f *testing.F) {
	f.Add(uint64(1))
	drawn := mermaid.Edges(mermaid.StateDiagram(f, "../../ARCHITECTURE.md", "States of a protocol"))
	f.Fuzz(func(t *testing.T, seed uint64) {
		for _, change := range newMachine(t, seed).play(60) {
			if !slices.Contains(drawn, change) {
				t.Errorf("the change %q is not drawn", change)
			}
		}
	})
}

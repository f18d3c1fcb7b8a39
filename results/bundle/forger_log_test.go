package bundle_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"urna/results/bundle"
	"urna/results/bundle/format"
	"urna/results/bundle/verify"
)

// logged is an event as a line of audit.jsonl has it.
type logged struct {
	ID        int64  `json:"id"`
	At        int64  `json:"at"`
	ActorID   int64  `json:"actor_id"`
	ActorName string `json:"actor_name"`
	ActorFrom string `json:"actor_from"`
	Action    string `json:"action"`
	Subject   string `json:"subject"`
	Detail    string `json:"detail"`
	Hash      string `json:"hash"`
}

// encoded writes a value on one line, as the log's hashes and lines are made of it.
func encoded(t *testing.T, v any, escape bool) string {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(escape)
	if err := e.Encode(v); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// relogged is a full bundle with another audit log, whose chain is rebuilt as docs/exports.md explains it and
// whose head is in the certification.
func relogged(t *testing.T, full []byte, change func([]logged) []logged) []byte {
	t.Helper()
	var events []logged
	var before logged
	forge(t, full, in("audit.jsonl", func(s string) string {
		for line := range strings.Lines(s) {
			var e logged
			if err := json.Unmarshal([]byte(line), &e); err != nil {
				t.Fatal(err)
			}
			events = append(events, e)
		}
		before = events[len(events)-1]
		return s
	}))
	events = change(events)
	became := map[string]logged{} // by the hash that an event had
	var log strings.Builder
	previous := strings.Repeat("0", 64)
	for i := range events {
		e := &events[i]
		e.ID = int64(i) + 1
		fields := encoded(t, []any{previous, e.ID, e.At, e.ActorID, e.ActorName, e.ActorFrom, e.Action, e.Subject, e.Detail}, true)
		sum := sha256.Sum256([]byte(strings.TrimSuffix(fields, "\n")))
		had := e.Hash
		e.Hash = hex.EncodeToString(sum[:])
		previous, became[had] = e.Hash, *e
		log.WriteString(encoded(t, e, false))
	}
	last := events[len(events)-1]
	return forge(t, full, func(name, content string) (string, string) {
		switch name {
		case "audit.jsonl":
			content = log.String()
		case "certification.json":
			content = strings.Replace(content, before.Hash, last.Hash, 1)
			const number = `"audit_events": %d`
			content = strings.Replace(content, fmt.Sprintf(number, before.ID), fmt.Sprintf(number, last.ID), 1)
			content = recertified(t, content, func(c *format.Certification) {
				for i := range c.Earlier {
					if now, kept := became[c.Earlier[i].AuditHead]; kept {
						c.Earlier[i].AuditHead, c.Earlier[i].AuditEvents = now.Hash, now.ID
					}
				}
			})
		}
		return name, content
	})
}

// recertified is the document of a certification with a change.
func recertified(t *testing.T, content string, change func(*format.Certification)) string {
	t.Helper()
	var c format.Certification
	if err := json.Unmarshal([]byte(content), &c); err != nil {
		t.Fatal(err)
	}
	change(&c)
	document, _, err := format.Encode(c)
	if err != nil {
		t.Fatal(err)
	}
	return string(document)
}

// TestVerify_LogsThatWereForgedThroughout rebuilds the chain of another log: it must still tell of the
// confirmations, of the seed phrase before the end, and end with the certification.
func TestVerify_LogsThatWereForgedThroughout(t *testing.T) {
	h := newApp(t)
	e := h.certified(t)
	full := read(t, must[string](t)(h.bundles.Bundle(t.Context(), e.ID, bundle.Full)))
	if _, err := check(t, relogged(t, full, func(l []logged) []logged { return l })); err != nil {
		t.Fatalf("want the same log, rebuilt, to hold, got %v", err)
	}
	at := func(l []logged, action string) *logged {
		return &l[slices.IndexFunc(l, func(e logged) bool { return e.Action == action })]
	}
	without := func(action string) func([]logged) []logged {
		return func(l []logged) []logged {
			return slices.DeleteFunc(l, func(e logged) bool { return e.Action == action && (action != "figures-confirmed" || e.ActorID == 1) })
		}
	}
	for name, c := range map[string]struct {
		change func([]logged) []logged
		says   string
	}{
		"one confirmation less":      {without("figures-confirmed"), "knows 1 confirmations"},
		"one for another election":   {func(l []logged) []logged { at(l, "figures-confirmed").Subject = "election 2"; return l }, "knows 1 confirmations"},
		"one of other figures":       {func(l []logged) []logged { at(l, "figures-confirmed").Detail = `{"figures":"0"}`; return l }, "knows 1 confirmations"},
		"both by the same person":    {func(l []logged) []logged { at(l, "figures-confirmed").ActorID = 2; return l }, "knows 1 confirmations"},
		"no commitment":              {without("seed-committed"), `does not know the commitment of "Ada"`},
		"a commitment after the end": {func(l []logged) []logged { at(l, "seed-committed").At = e.EndsAt.UnixMilli(); return l }, `does not know the commitment of "Ada"`},
		"a commitment to another":    {func(l []logged) []logged { at(l, "seed-committed").Detail = `{}`; return l }, `does not know the commitment of "Ada"`},
		"a commitment elsewhere":     {func(l []logged) []logged { at(l, "seed-committed").Subject = "election 2"; return l }, `does not know the commitment of "Ada"`},
		"a value that is left out": {func(l []logged) []logged {
			one := *at(l, "seed-committed")
			one.Detail = `{"commitment":"","name":"lottery"}`
			return slices.Insert(l, slices.IndexFunc(l, func(e logged) bool { return e.Action == "seed-committed" }), one)
		}, `commitment of "lottery", which the figures leave out`},
		"an event after the last": {func(l []logged) []logged {
			return append(l, logged{At: 1, Action: "signed-in", Subject: "election 1", Detail: l[len(l)-1].Detail})
		}, "does not end with the certification"},
		"a certification of another":   {func(l []logged) []logged { l[len(l)-1].Subject = "election 2"; return l }, "does not end with the certification"},
		"a certification of no figure": {func(l []logged) []logged { l[len(l)-1].Detail = `{}`; return l }, "does not end with the certification"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := check(t, relogged(t, full, c.change)); !errors.Is(err, verify.ErrContradiction) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("want it refused saying %q, got %v", c.says, err)
			}
		})
	}
}

package pages

import (
	"slices"
	"testing"

	"urna/web/view/kit"
)

// TestAuditPage_EventsOfEarlierVersionsHaveWords shows events whose action has another name today, and offers
// to list them.
func TestAuditPage_EventsOfEarlierVersionsHaveWords(t *testing.T) {
	const old = "voter-keys-taken" // until 0.1.0; voter-keys-exported since
	if want, got := "Voter keys exported (earlier versions)", actionName(old).String(); got != want {
		t.Errorf("want %q, got %q", want, got)
	}
	if !slices.ContainsFunc(actionOptions(""), func(o kit.Option) bool { return o.Value == old }) {
		t.Errorf("want %q among the choices of the audit page", old)
	}
}

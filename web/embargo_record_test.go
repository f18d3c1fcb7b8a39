package web_test

import (
	"log/slog"
	"net/http"
	"testing"
	"time"
)

// TestEmbargo_TheRecordTellsNothingBeforeTheCounts: two servers with opposite votes answer a request for the record of
// results with the same bytes while counts may not be shown, in each language; afterwards the records differ.
func TestEmbargo_TheRecordTellsNothingBeforeTheCounts(t *testing.T) {
	before := slog.Default()
	t.Cleanup(func() { slog.SetDefault(before) })
	at := time.Now()
	one, other := newOpposite(t, at, 1, 2), newOpposite(t, at, 2, 1)
	record := func(o opposite, language string) (int, string) {
		t.Helper()
		answer := o.visitor(t).send(t, http.MethodGet, "/elections/"+id(o.election.ID)+"/protocol.pdf?lang="+language, "")
		said := text(answer)
		return answer.StatusCode, answer.Header.Get("Content-Type") + "\n" + said
	}
	for _, language := range []string{"en", "sr-Latn", "sr-Cyrl", "ka"} {
		status, said := record(one, language)
		otherStatus, otherSaid := record(other, language)
		if status != otherStatus {
			t.Errorf("%s: want the same answer, got %d and %d", language, status, otherStatus)
		}
		if a, b := withoutChance(said, otherSaid); a != b {
			t.Errorf("%s: want the same bytes whatever was voted, got\n%s", language, firstDifference(a, b))
		}
	}
	for _, o := range []opposite{one, other} {
		o.Clock.Move(2 * time.Hour)
		o.closed(t)
	}
	status, said := record(one, "en")
	_, otherSaid := record(other, "en")
	if a, b := withoutChance(said, otherSaid); status != http.StatusOK || a == b {
		t.Errorf("want the counts in the records once they may be shown, got %d, the same: %v", status, a == b)
	}
}

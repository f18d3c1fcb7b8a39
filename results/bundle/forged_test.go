package bundle_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"urna/results/bundle"
	"urna/results/bundle/format"
	"urna/results/bundle/verify"
)

// in returns a change of one entry.
func in(entry string, change func(string) string) func(string, string) (string, string) {
	return func(name, content string) (string, string) {
		if name == entry {
			return name, change(content)
		}
		return name, content
	}
}

func replace(from, to string) func(string) string {
	return func(s string) string { return strings.Replace(s, from, to, 1) }
}

// TestVerify_SignedContradictionsAreRefused changes the content and signs it with another key: the
// contents must still fit together.
func TestVerify_SignedContradictionsAreRefused(t *testing.T) {
	h := newApp(t)
	e := h.certified(t)
	full := read(t, must[string](t)(h.bundles.Bundle(t.Context(), e.ID, bundle.Full)))
	public := read(t, must[string](t)(h.bundles.Bundle(t.Context(), e.ID, bundle.Public)))
	formerFull, formerPublic := read(t, "testdata/batches-certified-full.zip"), read(t, "testdata/batches-certified-public.zip")
	same := func(name, content string) (string, string) { return name, content }
	for _, file := range [][]byte{full, public, formerFull, formerPublic} {
		if _, err := check(t, forge(t, file, same)); err != nil {
			t.Fatalf("want an unchanged bundle with another key to hold by itself, got %v", err)
		}
	}
	firstBallot := regexp.MustCompile(`\n[^\n]+`)
	swap := func(s string) string {
		l := strings.SplitAfter(s, "\n")
		l[1], l[2] = l[2], l[1]
		return strings.Join(l, "")
	}
	for name, c := range map[string]struct {
		file   []byte
		change func(string, string) (string, string)
		says   string
	}{
		"a vote moved":           {full, in("ballots.csv", replace(",1,1\n", ",1,2\n")), "ballots"},
		"a vote moved elsewhere": {full, in("ballots.csv", replace(",2,1\n", ",1,1\n")), "ballots"},
		"a ballot gone":          {full, in("ballots.csv", func(s string) string { return firstBallot.ReplaceAllString(s[:200], "") + s[200:] }), ""},
		"a ballot twice":         {full, in("ballots.csv", func(s string) string { l := firstBallot.FindString(s); return strings.Replace(s, l, l+l, 1) }), "twice"},
		"ballots out of order":   {full, in("ballots.csv", swap), ""},
		"lines out of order":     {full, in("lines-not-counted.csv", swap), ""},
		"a line gone":            {full, in("lines-not-counted.csv", func(s string) string { return firstBallot.ReplaceAllString(s, "") }), ""},
		"another reason":         {full, in("lines-not-counted.csv", replace("duplicate-ballot", "unknown-poll-number")), ""},
		"a strange reason":       {full, in("lines-not-counted.csv", replace("duplicate-ballot", "i-did-not-like-it")), "no reason"},
		"a sum":                  {full, in("sums.csv", replace("1,1,6", "1,1,7")), ""},
		"a sum, public":          {public, in("sums.csv", replace("1,1,6", "1,1,7")), "figures are not those"},
		"an online vote":         {public, in("sums.csv", replace("2,2,4", "2,2,5")), "figures are not those"},
		"no number":              {public, in("sums.csv", replace("1,1,6", "1,1,+6")), "no count"},
		"an unknown poll number": {public, in("sums.csv", replace("1,1,6", "1,9,6")), ""},
		"a batch's sum":          {formerFull, in("batch-sums.csv", replace("1,1,6", "1,1,7")), ""},
		"a batch's sum, public":  {formerPublic, in("batch-sums.csv", replace("1,1,6", "1,1,7")), "figures are not those"},
		"a former online vote":   {formerPublic, in("online-sums.csv", replace("2,2,1", "2,2,2")), "figures are not those"},
		"a former no number":     {formerPublic, in("batch-sums.csv", replace("1,1,6", "1,1,+6")), "no count"},
		"a former poll number":   {formerPublic, in("batch-sums.csv", replace("1,1,6", "1,9,6")), ""},
		"a seat":                 {full, in("figures.json", replace(`"seats": 2`, `"seats": 1`)), "certified were figures"},
		"a batch's hash":         {public, in("figures.json", func(s string) string { return regexp.MustCompile(`"sha256": "..`).ReplaceAllString(s, `"sha256": "00`) }), "certified were figures"},
		"a name":                 {full, in("definition.json", replace("North list 1", "North list X")), ""},
		"more seats":             {full, in("definition.json", replace(`"seats": 3`, `"seats": 4`)), ""},
		"results.csv":            {full, in("results.csv", replace("North list 1", "North list 2")), "results.csv"},
		"the seed phrase":        {full, in("figures.json", replace(phrase, "fourteen white geese")), "certified were figures"},
		"one confirmation":       {full, in("certification.json", replace(`"administrator_id": 2`, `"administrator_id": 1`)), "1 administrators confirmed"},
		"fewer needed":           {full, in("certification.json", replace(`"required": 2`, `"required": 1`)), "asks for 2"},
		"the chain's head":       {full, in("certification.json", replace(`"audit_head": "`, `"audit_head": "0`)), "ends at event"},
		"an event":               {full, in("audit.jsonl", replace("wrong file", "right file")), "chain breaks"},
		"an event gone":          {full, in("audit.jsonl", func(s string) string { _, rest, _ := strings.Cut(s, "\n"); return rest }), "chain breaks"},
		"the last event gone": {full, in("audit.jsonl", func(s string) string {
			s = strings.TrimSuffix(s, "\n")
			return s[:strings.LastIndex(s, "\n")+1]
		}), "ends at event"},
		"an entry less": {full, func(name, content string) (string, string) {
			if name == "audit.jsonl" {
				return "", ""
			}
			return name, content
		}, "form"},
		"a path": {full, func(name, content string) (string, string) {
			return strings.Replace(name, "README.txt", "../README.txt", 1), content
		}, ""},
		"an absolute path": {full, func(name, content string) (string, string) {
			return strings.Replace(name, "README.txt", "/etc/passwd", 1), content
		}, ""},
		"an entry of two forms": {public, func(name, content string) (string, string) {
			return strings.Replace(name, "commitment.txt", "ballots.csv", 1), content
		}, "form"},
		"a huge line": {full, in("ballots.csv", func(s string) string { return s + strings.Repeat("0", 1<<20) }), "does not end"},
		"a JSON bomb": {full, in("figures.json", func(string) string { return strings.Repeat("[", 1<<20) }), "cannot be read"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := check(t, forge(t, c.file, c.change))
			if err == nil || !errors.Is(err, verify.ErrContradiction) && !errors.Is(err, format.ErrNotGenuine) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("want it refused saying %q, got %v", c.says, err)
			}
		})
	}
	t.Run("compressed", func(t *testing.T) {
		if _, err := check(t, forge(t, full, same, "bomb.txt")); !errors.Is(err, format.ErrNotGenuine) {
			t.Errorf("want a compressed entry refused, got %v", err)
		}
	})
	t.Run("many entries", func(t *testing.T) {
		var names []string
		for range 3000 {
			names = append(names, "one more")
		}
		if _, err := check(t, forge(t, full, same, names...)); !errors.Is(err, format.ErrNotGenuine) || !strings.Contains(err.Error(), "directory") {
			t.Errorf("want a large directory refused, got %v", err)
		}
	})
}

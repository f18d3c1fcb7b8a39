package cli

import (
	"fmt"
	"strings"

	"urna/internal/text"
	"urna/results/bundle/verify"
)

// bundle checks a results bundle without a data folder, and prints what the check proves and what it cannot prove.
func (c *VerifyCommand) bundle(streams *Streams) error {
	report, err := verify.File(c.Bundle)
	if err != nil {
		return c.refused(streams, err)
	}
	if c.Key != "" && !sameFingerprint(c.Key, report.Fingerprint) {
		return c.refused(streams, fmt.Errorf("it was signed with the key %s, and not with the one that you gave", report.Fingerprint))
	}
	for _, vkey := range c.Witness {
		if err := report.Witnessed(vkey); err != nil {
			return c.refused(streams, err)
		}
	}
	if c.Public != "" {
		if _, err := verify.File(c.Public); err != nil {
			return c.refused(streams, fmt.Errorf("%s: %w", c.Public, err))
		}
		if err := verify.Committed(c.Bundle, c.Public); err != nil {
			return c.refused(streams, err)
		}
		report.Proved = append(report.Proved, "The public bundle "+c.Public+" holds too, and is bound to this full one and no other.")
	}
	changes, err := c.compareBefore(report)
	if err != nil {
		return c.refused(streams, err)
	}
	fmt.Fprintf(streams.Out, "%s: the %s results bundle of election %d, %q\nfigures: SHA-256 %s, certification %d\n\n",
		text.Printable(c.Bundle), report.Form, report.ElectionID, report.Title, report.Figures, report.Number)
	if c.Before != "" {
		fmt.Fprintf(streams.Out, "changed by the correction of %s:\n", text.Printable(c.Before))
		for _, sentence := range changes {
			fmt.Fprintf(streams.Out, "  * %s\n", text.Printable(sentence))
		}
		fmt.Fprintln(streams.Out)
	}
	fmt.Fprint(streams.Out, "proved:\n")
	for _, sentence := range report.Proved {
		fmt.Fprintf(streams.Out, "  + %s\n", text.Printable(sentence))
	}
	fmt.Fprint(streams.Out, "\nnot proved by this file:\n")
	for _, sentence := range append(report.Cannot, report.Unknown()...) {
		if c.Key != "" && strings.HasPrefix(sentence, "Whose key") {
			continue
		}
		fmt.Fprintf(streams.Out, "  - %s\n", text.Printable(sentence))
	}
	return nil
}

// compareBefore compares the bundle with the one that it corrects, if it was given, and returns what changed.
func (c *VerifyCommand) compareBefore(report *verify.Report) (changes []string, err error) {
	if c.Before == "" {
		return nil, nil
	}
	before, err := verify.File(c.Before)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.Before, err)
	}
	if changes, err = report.Correct(before); err != nil {
		return nil, err
	}
	report.Proved = append(report.Proved, "The bundle "+c.Before+" holds too, and this one corrects its figures and no others.")
	if len(changes) == 0 {
		changes = []string{"no vote and no seat"}
	}
	return changes, nil
}

// refused prints why a bundle is not valid and exits with 1.
func (c *VerifyCommand) refused(streams *Streams, err error) error {
	fmt.Fprintf(streams.Out, "%s: REFUSED: %s\n", text.Printable(c.Bundle), text.Printable(strings.TrimPrefix(err.Error(), "bundle: ")))
	return &ExitError{Code: 1}
}

// sameFingerprint compares fingerprints. Case, spaces, colons and hyphens make no difference.
func sameFingerprint(a, b string) bool {
	plain := strings.NewReplacer(" ", "", ":", "", "-", "")
	return strings.EqualFold(plain.Replace(a), plain.Replace(b))
}

package results

import (
	"context"
	"slices"
	"strings"
	"time"

	"urna/elections"
	"urna/internal/database"
	"urna/results/bundle/format"
)

// Seed is the seed phrase of one person, from which version 0.1.0 drew reproducible lots: known by its hash before
// the end, and in full afterwards. Stored ones are shown; no phrase of this kind is recorded or used for a lot any
// more, because the person who chose it could try many phrases. LotValue has taken its place.
type Seed struct {
	Commitment  string // hex SHA-256 of the phrase
	CommittedBy string
	CommittedAt time.Time
	Phrase      string // "" until it is revealed
	RevealedAt  *time.Time
}

// Seed returns an election's seed phrase as far as it is known, nil where none was committed.
func (s *Service) Seed(ctx context.Context, electionID int64) (seed *Seed, err error) {
	err = s.db.Read(ctx, func(tx *database.Tx) error {
		seed, err = loadSeed(tx, electionID)
		return err
	})
	return seed, err
}

// SeedCommitment returns the hash by which a phrase is committed, as printf %s 'phrase' | sha256sum prints it.
func SeedCommitment(phrase string) string { return format.SeedCommitment(phrase) }

// DrawLine is the line whose SHA-256 gives a candidacy its place in a reproducible lot: the phrase, the
// constituency's name, the poll number and the name, joined by |.
func DrawLine(phrase, constituency string, candidacy elections.Candidacy) string {
	return format.DrawLine(phrase, constituency, candidacy.PollNumber, candidacy.Name)
}

// SeededOrder returns the participants of some candidacies of a constituency in the order of the SHA-256 of their
// DrawLine, the smallest first.
func SeededOrder(phrase, constituency string, candidacies []elections.Candidacy) []int64 {
	draws := make([]format.Draw, 0, len(candidacies))
	for _, c := range candidacies {
		draws = append(draws, format.Draw{PollNumber: c.PollNumber, ParticipantID: c.ParticipantID, Name: c.Name})
	}
	return format.SeededOrder(phrase, constituency, draws)
}

// SeededShell returns a line of shell that repeats the lot: it prints a hash and a line for each
// candidacy, and the first printed was drawn first.
func SeededShell(phrase, constituency string, candidacies []elections.Candidacy) string {
	var b strings.Builder
	b.WriteString("for line in")
	for _, c := range candidacies {
		b.WriteString(" " + shellQuote(DrawLine(phrase, constituency, c)))
	}
	b.WriteString(`; do printf '%s  %s\n' "$(printf %s "$line" | sha256sum | cut -c1-64)" "$line"; done | LC_ALL=C sort`)
	return b.String()
}

// shellQuote writes a word so that every shell of the Bourne family takes it literally.
func shellQuote(word string) string { return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'" }

// seededOrder returns the order that the values give the constituency's open tie.
func seededOrder(f figures, c *Constituency) ([]int64, error) {
	if f.seed != nil && len(f.values) == 0 {
		return nil, ErrSeedOfOne
	}
	if err := CheckDrawable(f.values); err != nil {
		return nil, err
	}
	return SeededOrder(LotPhrase(f.values), c.Name, c.Tied()), nil
}

// Tied returns the candidacies of the constituency's tie, by poll number.
func (c *Constituency) Tied() []elections.Candidacy {
	var tied []elections.Candidacy
	for _, candidacy := range c.Candidacies {
		if c.Tie != nil && slices.Contains(c.Tie.Participants, candidacy.ParticipantID) {
			tied = append(tied, candidacy.Candidacy)
		}
	}
	return tied
}

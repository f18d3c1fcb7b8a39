package online

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"unicode"
	"unicode/utf8"

	"urna/internal/database"
	"urna/internal/messages"
	"urna/internal/problem"
)

// lineProblem is the problem of a line.
type lineProblem struct {
	line int64
	text messages.Message
}

// addProblem records a line's problem.
func (i *issue) addProblem(line int64, mistake messages.Message) {
	i.faulty++
	i.found = append(i.found, lineProblem{line, mistake})
	if len(i.found) == checkChunk {
		i.sortFound()
	}
}

// sortFound keeps the first problems in the order of their lines: personal ids that are in the roll twice or have a
// key are found after all lines were read.
func (i *issue) sortFound() {
	slices.SortStableFunc(i.found, func(a, b lineProblem) int { return cmp.Compare(a.line, b.line) })
	i.found = i.found[:min(len(i.found), shownProblems)]
}

func (i *issue) problems() error {
	if i.faulty > 0 {
		i.sortFound()
		f := ErrMalformedRoll.WithExtra("problems", i.faulty)
		for _, p := range i.found {
			f.Fields = append(f.Fields, problem.Field{Name: fmt.Sprintf("line %d", p.line), Message: p.text})
		}
		return f
	}
	if i.done.Read == 0 {
		return ErrMalformedRoll.With(messages.RefusalMalformedRollEmpty())
	}
	return nil
}

// read checks one line by itself and writes its key down.
func (i *issue) read(v Voter) error {
	if i.done.Read++; i.done.Read > maxVoters {
		return ErrMalformedRoll.With(messages.RefusalMalformedRollTooLong(int64(maxVoters)))
	}
	if i.done.Read%checkChunk == 0 {
		i.progress(i.done)
		if err := i.service.options.Space(1); err != nil {
			return err
		}
	}
	if !v.Problem.IsZero() {
		i.addProblem(v.Line, v.Problem)
		return nil
	}
	key := Key{GUID: newGUID().String(), ConstituencyID: i.constituency(v), Name: v.Name, Email: v.Email, Address: v.Address}
	id, ok := tidyPersonalID(v.PersonalID)
	if !ok || !allVisible(id) || utf8.RuneCountInString(id) > maxPersonalID {
		i.addProblem(v.Line, messages.RollPersonalIdForm(maxPersonalID))
		return nil
	}
	if mistake := problem.InText(v.Name); v.Name != "" && !mistake.IsZero() {
		i.addProblem(v.Line, messages.RollWrongName(mistake))
		return nil
	}
	if mistake := problem.InVisibleText(v.Email); v.Email != "" && !mistake.IsZero() {
		i.addProblem(v.Line, messages.RollWrongEmail(mistake))
		return nil
	}
	for _, part := range v.Address.Values() {
		if mistake := problem.InText(part); part != "" && !mistake.IsZero() {
			i.addProblem(v.Line, messages.RollWrongAddress(mistake))
			return nil
		}
	}
	key.PersonalID = id
	hashes := &i.service.hashes
	i.digest = hashes.chain(i.digest, &key)
	i.entries.add(entry{
		voter: hashes.voter(i.roll.ElectionID, id), pair: hashes.pair(id, key.GUID), line: v.Line, constituencyID: key.ConstituencyID,
	})
	i.totals[key.ConstituencyID]++
	return i.spool.add(&key)
}

// check finds voters who are in the roll twice or have a key.
func (i *issue) check(ctx context.Context) error {
	i.progress(i.done)
	for some := range chunks(i.once(), checkChunk) {
		err := i.service.db.Read(ctx, func(tx *database.Tx) error {
			places, err := known(ctx, tx, some)
			for _, at := range places {
				i.addProblem(some[at].line, messages.RollHasKey())
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// once returns the first entry of each voter, and records a problem for each further one.
func (i *issue) once() iter.Seq[*entry] {
	return func(yield func(*entry) bool) {
		var first *entry
		for e := range i.entries.inOrder(byVoter) {
			switch {
			case first != nil && first.voter == e.voter:
				i.addProblem(e.line, messages.RollPersonalIdTwice(first.line))
			case !yield(e):
				return
			default:
				first = e
			}
		}
	}
}

// constituency returns the voter's constituency, 0 if the line has no valid one.
func (i *issue) constituency(v Voter) int64 {
	if v.Constituency == "" {
		if i.only == 0 {
			i.addProblem(v.Line, messages.RollConstituencyNeeded())
		}
		return i.only
	}
	switch ids := i.places.Find(v.Constituency); len(ids) {
	case 0:
		i.addProblem(v.Line, messages.RollUnknownConstituency(shorten(v.Constituency)))
		return 0
	case 1:
		return ids[0]
	default: // of an election from before names that differ in capitals alone were refused
		i.addProblem(v.Line, messages.RollAmbiguousConstituency(shorten(v.Constituency), i.names[ids[0]], i.names[ids[1]]))
		return 0
	}
}

// shorten keeps a message readable whatever a file holds.
func shorten(s string) string {
	const most = 60
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}

// allVisible reports whether people see every character: two ids that look the same would be one person twice.
func allVisible(s string) bool {
	for _, r := range s {
		if unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) {
			return false
		}
	}
	return true
}

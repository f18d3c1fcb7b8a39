package attack

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/md5"  // a careless program may use it
	"crypto/sha1" // likewise
	"crypto/sha256"
	"crypto/sha512"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"maps"
	"math/big"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"urna/internal/testing/program"
)

// tally is how many of a group's votes each candidate has, from poll number 1 on.
type tally [candidates]int

// String returns the numbers with spaces between them.
func (t tally) String() string { return strings.Trim(fmt.Sprint(t[:]), "[]") }

// allTallies are the ways in which the voters of a group can vote, without regard to who votes how.
func allTallies() (all []tally) {
	var fill func(t tally, candidate, left int)
	fill = func(t tally, candidate, left int) {
		if candidate == candidates-1 {
			t[candidate] = left
			all = append(all, t)
			return
		}
		for t[candidate] = range left + 1 {
			fill(t, candidate+1, left-t[candidate])
		}
	}
	fill(tally{}, 0, candidates)
	return all
}

// forms are the texts that a program could hash of a tally.
func (t tally) forms() [][]byte {
	var votes []string
	var digits, raw []byte
	numbers, pairs := map[string]int{}, []string{}
	for i, n := range t {
		for range n {
			votes, digits, raw = append(votes, strconv.Itoa(i+1)), append(digits, byte('1'+i)), append(raw, byte(i+1))
		}
		pairs = append(pairs, fmt.Sprintf("%d:%d", i+1, n))
		if n > 0 {
			numbers[strconv.Itoa(i+1)] = n
		}
	}
	list, _ := json.Marshal(t) // cannot fail, as the next
	object, _ := json.Marshal(numbers)
	return [][]byte{
		[]byte(t.String()), []byte(strings.Join(votes, ",")), []byte(strings.Join(votes, "\n") + "\n"), digits, raw,
		[]byte(strings.Join(pairs, ",")), []byte(strings.Join(pairs, " ")), list, object,
	}
}

// hashes are the hashes that the thief tries: plain ones, and keyed ones with the stolen secret and all that the program
// derives from it.
func hashes(t *testing.T) (all []func() hash.Hash) {
	t.Helper()
	all = append(all, md5.New, sha1.New, sha256.New, sha512.New)
	keys := [][]byte{[]byte(secret)}
	for _, label := range []string{"urna voter", "urna voter key", "urna online sums: ballots", "urna online sums: nonces"} {
		key, err := hkdf.Key(sha256.New, []byte(secret), nil, label, sha256.Size)
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, key)
	}
	for _, key := range keys {
		for _, of := range []func() hash.Hash{sha256.New, sha512.New} {
			all = append(all, func() hash.Hash { return hmac.New(of, key) })
		}
	}
	return all
}

// elements are the messages that a program could hash of a single vote without a random number.
func elements(election int64, pollNumber int) [][]byte {
	number := binary.BigEndian.AppendUint64(nil, uint64(pollNumber))
	full := binary.BigEndian.AppendUint64(nil, uint64(election)) // as the program does, with a number of zeros
	full = append(binary.BigEndian.AppendUint64(full, uint64(election)), number...)
	return [][]byte{[]byte(strconv.Itoa(pollNumber)), number, append(full, make([]byte, 16)...)}
}

// tallies are all tallies of a group.
var tallies = allTallies()

// guesses are the first eight bytes of all that the thief computes, with the place of the tally among all.
type guesses map[uint64]uint16

func (g guesses) add(b []byte, of int) { g[binary.BigEndian.Uint64(b)] = uint16(of) }

// guessed keeps what was computed: in every election, the forms of a tally have the same hashes.
var guessed = struct {
	forms    guesses
	elements map[int64]guesses // by election
}{elements: map[int64]guesses{}}

// guessesFor computes everything that an election's groups could have left: hashes of the forms of each tally, and sums of
// hashes of single votes.
func guessesFor(t *testing.T, election int64) []guesses {
	t.Helper()
	if guessed.forms == nil {
		guessed.forms = formGuesses(t)
	}
	if guessed.elements[election] == nil {
		guessed.elements[election] = elementGuesses(t, election)
	}
	return []guesses{guessed.forms, guessed.elements[election]}
}

func formGuesses(t *testing.T) guesses {
	t.Helper()
	found, all := guesses{}, hashes(t)
	for of, one := range tallies {
		forms := one.forms()
		for _, newHash := range all {
			h := newHash()
			for _, form := range forms {
				h.Reset()
				h.Write(form)
				found.add(h.Sum(nil), of)
			}
		}
	}
	return found
}

func elementGuesses(t *testing.T, election int64) guesses {
	t.Helper()
	found := guesses{}
	for _, newHash := range hashes(t) {
		h := newHash()
		for form := range elements(election, 1) {
			var votes [candidates]*big.Int
			for i := range votes {
				h.Reset()
				h.Write(elements(election, i+1)[form])
				votes[i] = new(big.Int).SetBytes(h.Sum(nil))
			}
			for of, one := range tallies {
				total, both := new(big.Int), new(big.Int)
				for i, n := range one {
					total.Add(total, new(big.Int).Mul(votes[i], big.NewInt(int64(n))))
					if n%2 == 1 {
						both.Xor(both, votes[i])
					}
				}
				found.add(modulo(total, h.Size()), of)
				if both.Sign() != 0 {
					found.add(modulo(both, h.Size()), of)
				}
			}
		}
	}
	return found
}

// modulo returns the lowest bytes of a number, the highest of them first.
func modulo(n *big.Int, size int) []byte {
	limit := new(big.Int).Lsh(big.NewInt(1), uint(8*size))
	return new(big.Int).Mod(n, limit).FillBytes(make([]byte, size))
}

// values are all values of a copy of the database by their places, but ballots and tallies.
type values map[string][]byte

// stealValues reads every value of a copy of the database.
func (e *env) stealValues(t *testing.T) values {
	t.Helper()
	db := e.values(t)
	defer func() { _ = db.Close() }()
	var tables []string
	each(t, db, e.tables, func(name string, _, _ int64) {
		if name != "online_ballots" && name != "online_tallies" {
			tables = append(tables, name)
		}
	})
	all := values{}
	for _, table := range tables {
		all.read(t, db, table)
	}
	return all
}

// hexadecimal are digests in texts.
var hexadecimal = regexp.MustCompile(`[0-9a-fA-F]{16,}`)

func (v values) read(t *testing.T, db *sql.DB, table string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), `SELECT * FROM "`+table+`" ORDER BY 1`)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	columns, err := rows.Columns()
	for row := 0; err == nil && rows.Next(); row++ {
		cells := make([]any, len(columns))
		for i := range cells {
			cells[i] = new(any)
		}
		err = rows.Scan(cells...)
		for i, cell := range cells {
			place := fmt.Sprintf("%s %d %s", table, row, columns[i])
			switch value := (*cell.(*any)).(type) {
			case []byte:
				v[place] = value
			case int64:
				v[place] = binary.BigEndian.AppendUint64(nil, uint64(value))
			case string:
				v[place] = []byte(value)
				for n, digits := range hexadecimal.FindAllString(value, -1) {
					v[fmt.Sprintf("%s %d", place, n)], _ = hex.DecodeString(digits[:len(digits)/2*2])
				}
			}
		}
	}
	if err := errors.Join(err, rows.Err()); err != nil {
		t.Fatal(err)
	}
}

// news are the values that were not there before, and how much those that were have changed by.
func (v values) news(before values) (news [][]byte) {
	known := map[string]bool{}
	for _, value := range before {
		known[string(value)] = true
	}
	for place, value := range v {
		if known[string(value)] {
			continue
		}
		news = append(news, value)
		if old := before[place]; len(old) == len(value) && len(value) >= 8 && len(value) <= 64 {
			news = append(news, differences(old, value)...)
		}
	}
	return news
}

// differences are those of two values as numbers, the highest byte first or last, and bit by bit.
func differences(old, value []byte) [][]byte {
	reversed := func(b []byte) []byte {
		b = slices.Clone(b)
		slices.Reverse(b)
		return b
	}
	minus := func(a, b []byte) []byte {
		return modulo(new(big.Int).Sub(new(big.Int).SetBytes(a), new(big.Int).SetBytes(b)), len(a))
	}
	bits := make([]byte, len(value))
	for i := range bits {
		bits[i] = value[i] ^ old[i]
	}
	return [][]byte{minus(value, old), minus(reversed(value), reversed(old)), reversed(minus(reversed(value), reversed(old))), bits}
}

// toldBy returns the tallies that values tell, wherever in a value the bytes are.
func toldBy(values [][]byte, by []guesses) map[tally]bool {
	found := map[tally]bool{}
	for _, value := range values {
		for at := 0; at+8 <= len(value); at++ {
			for _, g := range by {
				if of, ok := g[binary.BigEndian.Uint64(value[at:])]; ok {
					found[tallies[of]] = true
				}
			}
		}
	}
	return found
}

// drawVotes has each voter of a group choose a candidate.
func drawVotes() (votes []int, cast tally) {
	votes = make([]int, candidates)
	for i := range votes {
		votes[i] = rand.IntN(candidates)
		cast[votes[i]]++
	}
	return votes, cast
}

// attackTallies has groups vote at random, with a theft after each, and returns how many groups' tallies were found, and
// how many that no group had. No two groups of an election vote alike: a value that was stored before is not new.
func (e *env) attackTallies(t *testing.T, vote func(*contest, int, []int), groups int) (found, wrong int) {
	t.Helper()
	before := e.stealValues(t)
	for _, c := range e.elections {
		g, drawn := guessesFor(t, c.id), map[tally]bool{}
		for group := range groups {
			votes, cast := drawVotes()
			for drawn[cast] {
				votes, cast = drawVotes()
			}
			drawn[cast] = true
			vote(c, group*candidates, votes)
			after := e.stealValues(t)
			told := toldBy(after.news(before), g)
			before = after
			if told[cast] {
				found++
			}
			delete(told, cast)
			wrong += len(told)
		}
	}
	return found, wrong
}

// fewTallies is how many groups have their tallies tried.
const fewTallies = 4

// TestAttack_NoStoredValueTellsATally tries every tally of each group against every value that was stored when the group
// was, and against all values after the close. The thief has the secret of voter keys, and uses neither ballots nor
// tallies: a value that is found would outlive both.
func TestAttack_NoStoredValueTellsATally(t *testing.T) {
	binary := program.Build(t)
	onEach(t, func(t *testing.T, open func(*testing.T) home) {
		t.Helper()
		tellsNoTally(t, binary, open)
	})
}

func tellsNoTally(t *testing.T, binary string, open func(*testing.T) home) {
	t.Helper()
	e := newEnv(t, open(t), binary, 2, fewTallies, nil, "--vote-group", strconv.Itoa(candidates), "--vote-wait", "1m")
	found, wrong := e.attackTallies(t, func(c *contest, from int, votes []int) { e.castOverHTTP(t, c, from, votes) }, fewTallies)
	if found != 0 || wrong != 0 {
		t.Errorf("want no tally told by a stored value, got %d right and %d wrong", found, wrong)
	}
	e.end(t)
	left := e.stealValues(t)
	for _, c := range e.elections {
		if told := toldBy(slices.Collect(maps.Values(left)), guessesFor(t, c.id)); len(told) > 0 {
			t.Errorf("want no tally told after the close, got %v", told)
		}
	}
}

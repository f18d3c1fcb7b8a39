package batch

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	"urna/ballots"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/internal/text"
)

// stationHeader is the name of the column that names the polling station of each line.
const stationHeader = "station"

// mostParts bounds the polling stations of one file: all its batches are accepted in one transaction.
const mostParts = 1_000

// part is the lines of one polling station in a file of several.
type part struct {
	station   int64
	number    string // as the file has it
	firstLine int64  // of the file
	offset    int64  // of its first byte in the file
	bytes     int64
	lines     int64
	sha256    []byte // of its bytes
}

// partFinder finds the parts of a file while its lines are read. The zero value accepts no column of stations.
type partFinder struct {
	// load returns the stations of the constituency by the text.Key of their numbers; nil if it has none.
	load     func() (map[string]int64, error)
	stations map[string]int64
	only     int64 // the polling station that the delivery names; all lines must name it
	needed   bool  // the file must have the column

	found  []part
	named  map[string]bool // keys of the stations of found
	last   string          // the key of the last one
	number []byte          // as the last line had it
}

// begin looks at the form of a file before its first ballot.
func (p *partFinder) begin(f *fileLines) error {
	switch {
	case f.form.station == 0 && p.needed:
		return ErrStationNeeded
	case f.form.station == 0:
		return nil
	}
	var err error
	if p.load != nil {
		p.stations, err = p.load()
	}
	if err == nil && len(p.stations) == 0 {
		err = malformed([]problem.Field{{Name: lineField(f.header), Message: messages.BallotFileStationColumn()}}, 1)
	}
	p.named = map[string]bool{}
	return err
}

// add adds the line just read, which names the station, and returns its mistake, if it has one.
func (p *partFinder) add(f *fileLines, station []byte) (mistake messages.Message) {
	if f.form.station == 0 {
		return mistake
	}
	if len(p.found) > 0 && bytes.Equal(station, p.number) {
		p.found[len(p.found)-1].lines++
		return mistake
	}
	number := string(station)
	key := text.Key(number)
	id, known := p.stations[key]
	switch {
	case !known:
		return messages.BallotFileStationUnknown(number)
	case p.only != 0 && id != p.only:
		return messages.BallotFileStationOther(number)
	case len(p.found) > 0 && key == p.last:
		p.found[len(p.found)-1].lines++
		return mistake
	case p.named[key]:
		return messages.BallotFileStationAgain(number)
	case len(p.found) == mostParts:
		return messages.BallotFileStationTooMany(strconv.Itoa(mostParts))
	}
	p.close(f.begins)
	p.named[key], p.last, p.number = true, key, slices.Clone(station)
	p.found = append(p.found, part{station: id, number: number, firstLine: f.number, offset: f.begins, lines: 1})
	return mistake
}

// close ends the last part before a byte of the file, end at the end of the file.
func (p *partFinder) close(before int64) {
	if n := len(p.found); n > 0 {
		p.found[n-1].bytes = before - p.found[n-1].offset
	}
}

func (p *partFinder) end(f *fileLines) { p.close(f.reader.read) }

// parts returns what the file is split into; nil for one that is a batch as a whole.
func (p *partFinder) parts() []part {
	if p.only != 0 {
		return nil
	}
	return p.found
}

// stationColumn returns the place, from 1, of the column of polling stations if a first line names one beside two others.
func (f form) stationColumn(line []byte) (column int, found bool) {
	if len(line) > maxLine || !isText(line) {
		return 0, false
	}
	var values [3][]byte
	if f.splitInto(values[:], line) != noMistake {
		return 0, false
	}
	for i, v := range values {
		if len(v) == 0 || bytes.ContainsAny(v, "0123456789") {
			return 0, false
		}
		if strings.EqualFold(string(v), stationHeader) {
			column = i + 1
		}
	}
	return column, column != 0
}

// parseLine is parse with the polling station that the line names, nil in a file without such a column.
func (f form) parseLine(line []byte) (g ballots.GUID, pollNumber int32, station []byte, m mistake) {
	if f.station == 0 {
		g, pollNumber, m = f.parse(line)
		return g, pollNumber, nil, m
	}
	if len(line) > maxLine {
		return g, 0, nil, tooLong
	}
	var values [3][]byte
	if m = f.splitInto(values[:], line); m != noMistake {
		return g, 0, nil, m
	}
	station = values[f.station-1]
	if len(station) == 0 {
		return g, 0, nil, notTwoValues
	}
	var others [2][]byte
	at := 0
	for i, v := range values {
		if i != f.station-1 {
			others[at] = v
			at++
		}
	}
	g, pollNumber, m = parseValues(others[0], others[1])
	return g, pollNumber, station, m
}

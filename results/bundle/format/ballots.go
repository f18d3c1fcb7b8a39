package format

import "encoding/hex"

// GUID is a ballot's UUID in its 16 bytes.
type GUID [16]byte

// ParseGUID reads a UUID in the spelling of bundles: 8-4-4-4-12 lower-case hexadecimal digits. The nil UUID (all zeros)
// names no ballot and is refused.
func ParseGUID(s []byte) (g GUID, ok bool) {
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return g, false
	}
	var digits [32]byte
	n := copy(digits[:], s[:8])
	for _, part := range [][]byte{s[9:13], s[14:18], s[19:23], s[24:]} {
		n += copy(digits[n:], part)
	}
	for _, digit := range digits {
		if digit >= 'A' && digit <= 'F' {
			return g, false
		}
	}
	if _, err := hex.Decode(g[:], digits[:]); err != nil {
		return g, false
	}
	return g, g != GUID{}
}

// MaxPollNumber is the largest poll number of a line.
const MaxPollNumber = 99_999

// The reasons for which a line does not count.
const (
	// DuplicateBallot is a line whose GUID an earlier line holds.
	DuplicateBallot = "duplicate-ballot"
	// UnknownPollNumber is a ballot with a poll number that its constituency does not have.
	UnknownPollNumber = "unknown-poll-number"
)

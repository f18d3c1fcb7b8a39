package ballots

import (
	"encoding/binary"
	"encoding/hex"
)

// GUID is a ballot's UUID in its 16 bytes; however it was written, the same GUID is the same ballot.
type GUID [16]byte

// String returns the usual form: 8-4-4-4-12 lower-case hexadecimal digits.
func (g GUID) String() string {
	return string(g.Append(make([]byte, 0, 36)))
}

// Append appends what String returns.
func (g GUID) Append(to []byte) []byte {
	to = append(hex.AppendEncode(to, g[0:4]), '-')
	to = append(hex.AppendEncode(to, g[4:6]), '-')
	to = append(hex.AppendEncode(to, g[6:8]), '-')
	to = append(hex.AppendEncode(to, g[8:10]), '-')
	return hex.AppendEncode(to, g[10:16])
}

// ParseGUID reads a UUID in any common form: with or without dashes, in braces, in either case. The
// nil UUID (all zeros) names no ballot and is refused like anything else that is not a UUID.
func ParseGUID(s []byte) (GUID, bool) {
	if len(s) == 38 && s[0] == '{' && s[37] == '}' {
		s = s[1:37]
	}
	switch len(s) {
	case 36:
		return parseDashed(s)
	case 32:
		return parseHex(s)
	default:
		return GUID{}, false
	}
}

// halves returns the GUID as two big-endian numbers, whose order is that of the bytes.
func (g GUID) halves() (high, low uint64) {
	return binary.BigEndian.Uint64(g[0:8]), binary.BigEndian.Uint64(g[8:16])
}

// dashed holds the offsets of the 16 bytes' first digits in the dashed form.
//
//nolint:gochecknoglobals // a table, never written
var dashed = [16]uint8{0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34}

func parseDashed(s []byte) (GUID, bool) {
	_ = s[35]
	if s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return GUID{}, false
	}
	var g GUID
	var bad, all uint8
	for i, at := range dashed {
		hi, lo := nibbles[s[at]], nibbles[s[at+1]]
		bad |= hi | lo
		g[i] = hi<<4 | lo&0x0f
		all |= g[i]
	}
	return g, bad&0xf0 == 0 && all != 0
}

func parseHex(s []byte) (GUID, bool) {
	var g GUID
	var bad, all uint8
	for i := range g {
		hi, lo := nibbles[s[2*i]], nibbles[s[2*i+1]]
		bad |= hi | lo
		g[i] = hi<<4 | lo&0x0f
		all |= g[i]
	}
	return g, bad&0xf0 == 0 && all != 0
}

// nibbles gives a hexadecimal digit's value, 0xff for any other byte.
//
//nolint:gochecknoglobals // a table, never written
var nibbles = func() (t [256]uint8) {
	for i := range t {
		t[i] = 0xff
	}
	for i := range 10 {
		t['0'+i] = uint8(i)
	}
	for i := range 6 {
		t['a'+i] = uint8(10 + i)
		t['A'+i] = uint8(10 + i)
	}
	return t
}()

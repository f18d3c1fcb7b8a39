package negotiate

import (
	"net/http"
	"strconv"
	"strings"
)

// Gzip reports whether the answer to a request with these headers is sent with gzip: where the client names gzip, or
// everything, with a weight above 0 that is not below the weight of an uncompressed answer (RFC 9110, section
// 12.5.3). A client that names nothing, or writes a weight that is none, gets the answer uncompressed; so does one
// that refuses both forms, since that serves more clients than a refusal.
func Gzip(header http.Header) bool {
	const unnamed = -1
	gzip, identity, others := float64(unnamed), float64(unnamed), float64(unnamed)
	for item := range strings.SplitSeq(strings.Join(header.Values("Accept-Encoding"), ","), ",") {
		coding, weight, ok := weighed(item)
		switch {
		case !ok:
		case coding == "gzip" || coding == "x-gzip":
			gzip = lower(gzip, weight)
		case coding == "identity":
			identity = lower(identity, weight)
		case coding == "*":
			others = lower(others, weight)
		}
	}
	if gzip == unnamed {
		gzip = others
	}
	if identity == unnamed {
		identity = others
	}
	return gzip > 0 && gzip >= identity
}

// lower returns the lower weight of a coding that is named twice.
func lower(before, weight float64) float64 {
	if before < 0 {
		return weight
	}
	return min(before, weight)
}

// weighed reads a coding and its weight, 1 if none is written; false for a weight that is none.
func weighed(item string) (coding string, weight float64, ok bool) {
	coding, parameters, _ := strings.Cut(item, ";")
	weight = 1
	for parameter := range strings.SplitSeq(parameters, ";") {
		name, value, _ := strings.Cut(parameter, "=")
		if !strings.EqualFold(strings.TrimSpace(name), "q") {
			continue
		}
		q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
		if err != nil || !(q >= 0 && q <= 1) { // not a number is neither
			return "", 0, false
		}
		weight = q
	}
	return strings.ToLower(strings.TrimSpace(coding)), weight, true
}

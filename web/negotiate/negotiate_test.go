package negotiate

import (
	"net/http"
	"testing"
)

func TestGzip_FollowsTheWeights(t *testing.T) {
	for accepted, want := range map[string]bool{
		"gzip": true, "GZIP": true, "x-gzip": true, "gzip, deflate, br, zstd": true, "br;q=1.0, gzip;q=0.8, *;q=0.1": true, "*": true,
		"identity;q=0, *": true, "gzip;q=0.001": true, "gzip ; q=0.5 , identity;q=0.5": true, "identity;q=0, gzip;q=0.2": true,
		"deflate, *;q=0.5": true, "gzip;Q=1": true, "gzip; q=1.000": true, "gzip;level=9;q=0.3": true,

		"": false, "gzip;q=0": false, "gzip;q=0.000": false, "gzip; q=0": false, "gzip;Q=0": false, "x-gzip;q=0": false, "*;q=0": false,
		"identity": false, "br": false, "deflate;q=0.5, br": false, "gzip;q=0, *": false, "*, gzip;q=0": false,
		"gzip;q=0.2, identity": false, "gzip;q=0.5, identity;q=0.8": false, "gzip;q=0.5, *;q=0.9": false,
		"gzip;q=": false, "gzip;q=x": false, "gzip;q=2": false, "gzip;q=-1": false, "gzip;q=NaN": false, "gzip;q=0, gzip": false,
		"notgzip": false, "gzipped": false, "identity;q=0": false, "identity;q=0, gzip;q=0": false,
	} {
		if got := Gzip(http.Header{"Accept-Encoding": {accepted}}); got != want {
			t.Errorf("%q: want %v, got %v", accepted, want, got)
		}
	}
	if Gzip(http.Header{}) {
		t.Error("want nothing compressed for a client that names nothing")
	}
	if !Gzip(http.Header{"Accept-Encoding": {"br", "gzip"}}) || Gzip(http.Header{"Accept-Encoding": {"gzip", "gzip;q=0"}}) {
		t.Error("want all lines of the header read")
	}
}

func TestHas_ComparesWeakly(t *testing.T) {
	for given, want := range map[string]bool{
		`"a"`: true, `W/"a"`: true, `"b", "a"`: true, `"b","x,y", W/"a" `: true, `*`: true, ` * `: true, `, "a"`: true, `"b" , , "a"`: true,

		``: false, `"b"`: false, `"A"`: false, `a`: false, `"a`: false, `w/"a"`: false, `"b", *`: false, `"a-gzip"`: false, `""`: false, `"b", a, "a"`: false,
	} {
		for _, tag := range []string{`"a"`, `W/"a"`} {
			if got := Has(http.Header{"If-None-Match": {given}}, tag); got != want {
				t.Errorf("%s of %s: want %v, got %v", given, tag, want, got)
			}
		}
	}
	if Has(http.Header{}, `"a"`) || !Has(http.Header{"If-None-Match": {`"b"`, `"a"`}}, `"a"`) {
		t.Error("want all lines of the header read, and nothing if it is missing")
	}
}

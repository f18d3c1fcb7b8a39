package publicurl_test

import (
	"testing"

	"urna/web/publicurl"
)

func TestParse(t *testing.T) {
	for address, want := range map[string]string{
		"https://vote.example.org": "https://vote.example.org", " https://Vote.Example.org/ ": "https://vote.example.org",
		"http://10.0.0.5:8080": "http://10.0.0.5:8080", "https://[2001:db8::1]:8443": "https://[2001:db8::1]:8443", "https://избори.rs": "https://избори.rs",
		"https://vote": "https://vote", "http://127.0.0.1:8080": "http://127.0.0.1:8080",
		"": "", "vote.example.org": "", "ftp://vote.example.org": "", "https://": "", "https://vote.example.org/town": "", "https://vote.example.org?": "",
		"https://vote.example.org?a=b": "", "https://vote.example.org#": "", "https://vote.example.org#x": "", "https://ada@vote.example.org": "",
		"https://vote.example.org:": "", "https://vote.example.org:0": "", "https://vote.example.org:70000": "", "https://vote.example.org:x": "",
		"https://127.1": "", "https://2130706433": "", "https://0x7f000001": "", "https://vote..org": "", "https:///x": "", "https://a b": "", "javascript:alert(1)": "",
	} {
		if got, err := publicurl.Parse(address); got != want || (err == nil) != (want != "") {
			t.Errorf("%q: want %q, got %q, %v", address, want, got, err)
		}
	}
}

func TestLoopback(t *testing.T) {
	for address, want := range map[string]bool{
		"http://127.0.0.1:8080": true, "http://127.8.9.10": true, "http://[::1]": true, "http://[::ffff:127.0.0.1]:80": true, "http://0.0.0.0:80": true,
		"http://[::]": true, "http://localhost": true, "http://LOCALHOST.:80": true, "https://a.localhost": true, "https://localhost.localdomain": true,
		"https://vote.example.org": false, "http://10.0.0.5": false, "http://192.168.1.7": false, "http://localhost.example.org": false, "https://[fd00::1]": false,
	} {
		if got := publicurl.Loopback(address); got != want {
			t.Errorf("%q: want %v, got %v", address, want, got)
		}
	}
}

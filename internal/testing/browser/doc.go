// Package browser does by hand in a real browser what people do with Urna: it signs in, fills in forms,
// uploads a file and reads the result, against the real program. It finds its way by the pages'
// data-testid attributes, and fails on anything that the browser itself complains about, such as a script
// that the Content-Security-Policy refuses.
//
// It needs Chromium or Chrome on the machine; `go tool task test` installs it where it can.
package browser

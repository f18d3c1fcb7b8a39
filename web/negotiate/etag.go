package negotiate

import (
	"net/http"
	"strings"
)

// Has reports whether a request with these headers says that the client has the answer with the entity tag already:
// If-None-Match names the tag, weak or strong, or is "*" (RFC 9110, section 13.1.2). What cannot be read names
// nothing.
func Has(header http.Header, tag string) bool {
	list := strings.TrimSpace(strings.Join(header.Values("If-None-Match"), ","))
	if list == "*" {
		return true
	}
	for list != "" {
		list = strings.TrimLeft(list, " \t,")
		rest, quoted := strings.CutPrefix(strings.TrimPrefix(list, "W/"), `"`)
		opaque, after, closed := strings.Cut(rest, `"`)
		if !quoted || !closed {
			return false
		}
		if `"`+opaque+`"` == strings.TrimPrefix(tag, "W/") {
			return true
		}
		list = after
	}
	return false
}

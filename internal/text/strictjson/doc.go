// Package strictjson reads JSON from outside as what it says, or not at all. encoding/json alone replaces bytes that
// are no UTF-8 and half surrogate pairs by U+FFFD, takes the last of two members with one name, and takes "Title" for
// the field "title": each of them changes a text silently.
//
// Check looks at the text alone; Unmarshal looks at the names too; UnmarshalKnown insists on known names and on types. All refuse a byte order
// mark: RFC 8259 forbids senders to write one. Readers of files, which editors may have saved with one, take it off
// first with WithoutMark. It imports nothing of ours.
package strictjson

package cli

import (
	"fmt"
	"io"
	"os"
	"sync"
	"unicode/utf8"

	"golang.org/x/term"

	"urna/internal/text"
)

// screen escapes the output of commands so that it cannot control the terminal: a control character, or one that changes
// the direction of the text, is written as its code point, such as "\u001b", which JSON reads as the same character. Line
// ends and tabs are not escaped. Callers pass untrusted text that may contain them through text.Printable first. The
// methods may be called concurrently.
type screen struct {
	out   io.Writer
	mutex sync.Mutex
	begun []byte // the first bytes of an incomplete character
}

// onScreen returns the streams with escaped output, and a function that flushes them.
func onScreen(s *Streams) (shown *Streams, end func()) {
	out, err := &screen{out: s.Out}, &screen{out: s.Err}
	return &Streams{In: s.In, Out: out, Err: err, process: s.process}, func() {
		out.end()
		err.end()
	}
}

// Write implements io.Writer.
func (s *screen) Write(p []byte) (int, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	all := append(s.begun, p...)
	shown := make([]byte, 0, len(all))
	for len(all) > 0 && utf8.FullRune(all) {
		r, size := utf8.DecodeRune(all)
		shown = appendShown(shown, r, all[:size])
		all = all[size:]
	}
	s.begun = append([]byte(nil), all...)
	if _, err := s.out.Write(shown); err != nil {
		return 0, err
	}
	return len(p), nil
}

// appendShown appends a character, or a byte that is not valid UTF-8, in its escaped form.
func appendShown(to []byte, r rune, bytes []byte) []byte {
	switch {
	case r == utf8.RuneError && len(bytes) == 1:
		return fmt.Appendf(to, `\x%02x`, bytes[0])
	case r != '\n' && r != '\t' && text.Steers(r):
		return fmt.Appendf(to, `\u%04x`, r)
	default:
		return append(to, bytes...)
	}
}

// end writes the bytes of a last, incomplete character.
func (s *screen) end() {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for _, b := range s.begun {
		_, _ = fmt.Fprintf(s.out, `\x%02x`, b) // at the program's end an error cannot be reported
	}
	s.begun = nil
}

// terminal returns the terminal that a stream writes to, for progress bars; nil if the stream is no terminal.
func terminal(w io.Writer) io.Writer {
	if s, ok := w.(*screen); ok {
		w = s.out
	}
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return f
	}
	return nil
}

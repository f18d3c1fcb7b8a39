package cli

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"unicode/utf8"

	"golang.org/x/term"

	"urna/auth"
)

// maxSecretLine is the longest line of standard input that is read as a secret, in bytes.
const maxSecretLine = 64 << 10

// readNewPassword reads one line from standard input, or asks twice at a terminal.
func readNewPassword(streams *Streams, fromInput bool) (string, error) {
	if fromInput {
		return readSecret(streams.In)
	}
	first, second, err := askTwice(streams, "New password: ", "--password-stdin")
	if err != nil {
		return "", err
	}
	if !auth.SamePassword(first, second) {
		return "", errors.New("the two passwords differ; nothing was changed")
	}
	return first, nil
}

// readSecret reads the first line of standard input as a secret, without its line end and without the byte order mark
// that Windows puts before text. UTF-16, which Windows writes too, is refused: a secret must not depend on a guess of its
// encoding.
func readSecret(in io.Reader) (string, error) {
	line, err := bufio.NewReader(io.LimitReader(in, maxSecretLine+1)).ReadBytes('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read the password: %w", err)
	}
	if len(line) > maxSecretLine {
		return "", fmt.Errorf("standard input has no line end within %d bytes; the password is its first line", maxSecretLine)
	}
	// UTF-16 begins with a byte order mark that is invalid in UTF-8, or has a null byte in every ASCII letter.
	if bytes.HasPrefix(line, []byte("\xff\xfe")) || bytes.HasPrefix(line, []byte("\xfe\xff")) || bytes.IndexByte(line, 0) >= 0 {
		return "", errors.New("the password on standard input is in UTF-16, or is no text; write it in UTF-8, " +
			`in PowerShell after $OutputEncoding = [System.Text.UTF8Encoding]::new($false)`)
	}
	line = bytes.TrimRight(bytes.TrimPrefix(line, []byte("\xef\xbb\xbf")), "\r\n")
	switch {
	case len(line) == 0:
		return "", errors.New("the first line of standard input is empty; write the password there")
	case !utf8.Valid(line):
		return "", errors.New("the password on standard input is not text in UTF-8; write it in UTF-8")
	}
	return string(line), nil
}

// askTwice is askPassword for a new one; the caller compares both answers.
func askTwice(streams *Streams, prompt, flag string) (first, second string, err error) {
	if first, err = askPassword(streams, prompt, flag); err != nil {
		return "", "", err
	}
	second, err = askPassword(streams, "Once more: ", flag)
	return first, second, err
}

// askPassword asks at the terminal without echo. Without a terminal the error names the flag that reads standard input.
func askPassword(streams *Streams, prompt, flag string) (string, error) {
	input, ok := streams.In.(*os.File)
	if !ok || !term.IsTerminal(int(input.Fd())) {
		return "", errors.New("there is no terminal to ask for the password at; use " + flag)
	}
	fmt.Fprint(streams.Err, prompt)
	password, err := term.ReadPassword(int(input.Fd()))
	fmt.Fprintln(streams.Err)
	if err != nil {
		return "", fmt.Errorf("read the password: %w", err)
	}
	return string(password), nil
}

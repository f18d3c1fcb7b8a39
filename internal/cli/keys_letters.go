package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"

	"urna/elections"
	"urna/internal/problem"
	"urna/web/letters"
	"urna/web/publicurl"
)

// letterFlags are the flags for the content of letters.
type letterFlags struct {
	URL           string `help:"The address of the election service as voters open it; unless given, that of URNA_PUBLIC_URL, or the one that was entered in Urna before." name:"url" type:"address"`
	AllowLoopback bool   `help:"Write letters with an address such as http://127.0.0.1:8080, which work on this computer alone." env:"-"`
}

// letters returns the letters of an election in a document of their own.
func (l letterFlags) letters(ctx context.Context, public *publicurl.Setting, e *elections.Election) (*letters.Letters, error) {
	address := cmp.Or(l.URL, os.Getenv("URNA_PUBLIC_URL"))
	if address == "" {
		var err error
		if address, err = public.Get(ctx); err != nil {
			return nil, err
		}
	}
	if address == "" {
		return nil, errors.New("--url is missing, and no public address was entered before: " +
			"write the address of the election service as voters open it, such as https://vote.example.org")
	}
	if publicurl.Loopback(address) && !l.AllowLoopback {
		return nil, fmt.Errorf("--url %s leads to whatever computer opens it, so no voter can reach this server with it: write the address that voters open, "+
			"or add --allow-loopback for a trial on this computer", address)
	}
	written, err := letters.New(e, address)
	if f, ok := errors.AsType[*problem.Error](err); ok && len(f.Fields) > 0 {
		return nil, errors.New("--url: " + f.Fields[0].Message.String())
	}
	if err != nil {
		return nil, err
	}
	written.Whole = true
	return written, public.Remember(ctx, commandLine(), address)
}

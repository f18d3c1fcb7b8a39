package cli

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"strings"

	"urna/ballots/online"
	"urna/elections"
	"urna/internal/app"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/internal/sealed"
	"urna/web/letters"
	"urna/web/publicurl"
)

// letterFlags are the flags for the content of letters.
type letterFlags struct {
	URL       string   `help:"The address of the election service as voters open it; unless given, that of URNA_PUBLIC_URL, or the one that was entered in Urna before." name:"url" type:"address"`
	Languages []string `help:"The languages of each letter, one or two, such as ka,en; a page for each. Unless given, letters are in English." placeholder:"TAG"`
	contactFlag

	AllowLoopback bool `help:"Write letters with an address such as http://127.0.0.1:8080, which work on this computer alone." env:"-"`
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
	written, err := l.toAddress(e, address)
	if err != nil {
		return nil, err
	}
	return written, public.Remember(ctx, commandLine(), address)
}

// toAddress returns the letters of an election whose voters open the address.
func (l letterFlags) toAddress(e *elections.Election, address string) (*letters.Letters, error) {
	if err := l.check(); err != nil {
		return nil, err
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
	written.Whole, written.Contact = true, strings.TrimSpace(l.Contact)
	written.Sender, written.USLetter = strings.TrimSpace(l.Sender), l.Paper == usPaper
	written.Languages, err = letterLanguages(l.Languages)
	return written, err
}

// letterLanguages returns the languages of letters.
func letterLanguages(tags []string) (languages []*messages.Localizer, err error) {
	if len(tags) > letters.MostLanguages {
		return nil, fmt.Errorf("--languages names %d languages: a letter has one or two", len(tags))
	}
	for _, tag := range tags {
		if err := checkLanguage("--languages", tag); err != nil {
			return nil, err
		}
		language, _ := messages.In(tag)
		languages = append(languages, language)
	}
	return languages, nil
}

// KeysLettersCommand writes the letters of a file of keys.
type KeysLettersCommand struct {
	dataFlag
	identityFlags

	Election int64  `help:"The election's number, as in its address. A sealed file has it, so it is not given with --identity."`
	Keys     string `help:"The file of keys that issue, the page or the API wrote; - is standard input." required:"" aliases:"in"`
	Out      string `help:"The file for the letters, which must not exist yet; - is standard output." required:"" type:"path"`
	First    int64  `help:"Begin with this letter." default:"1"`
	Most     int64  `help:"Write so many letters; 0 is all."`
	Split    int64  `help:"Write a ZIP with so many letters in each file, and a table of addresses without keys, for a mailing house."`
	Texts    string `help:"The file with what letters say, as the page of contact and letters exports it. Without --identity the data folder has it." type:"path"`

	letterFlags
}

// Run writes the letters to one file that a browser prints: those of a sealed file without a data folder, those of an
// open list only if all its keys are in force.
func (c *KeysLettersCommand) Run(ctx context.Context, streams *Streams) error {
	if c.Split < 0 {
		return errors.New("--split is how many letters a file has: write a number from 1 on")
	}
	if c.Identity != "" {
		return c.sealed(ctx, streams)
	}
	if c.Election == 0 {
		return &ExitError{Code: 2, Err: errors.New("--election is missing: give the election's number, or --identity for a sealed file")}
	}
	file, closeFile, err := openInput(streams, c.Keys)
	if err != nil {
		return err
	}
	defer closeFile()
	source := bufio.NewReaderSize(file, 4096)
	if sealed.Sealed(source) {
		return errors.New("the keys are sealed: give --identity with the file that opens them, on the machine that has it")
	}
	poll := pollFlags{dataFlag: c.dataFlag, Election: c.Election}
	return poll.withFolder(ctx, func(f *app.App, keys *online.Service, e *elections.Election) error {
		l, err := c.letters(ctx, f.PublicURL, e)
		if err != nil {
			return err
		}
		told, err := f.Elections.VoterInformation(ctx, e.ID)
		if err != nil {
			return err
		}
		if err := c.useInformation(l, told); err != nil {
			return err
		}
		read := 0
		_, err = c.write(ctx, streams, l, &read, keys.InForce(ctx, e.ID, counting(&read, letters.ReadCSV(source, e))))
		return err
	})
}

// write writes the wanted part of the letters, and returns how many; read is the number of keys that were read.
func (c *KeysLettersCommand) write(ctx context.Context, streams *Streams, l *letters.Letters, read *int, keys iter.Seq2[online.Key, error]) (written int, err error) {
	out, err := newOutput(streams, c.Out)
	if err != nil {
		return 0, err
	}
	some := counting(&written, letters.Part(keys, c.First, c.Most))
	if c.Split > 0 {
		err = l.WriteArchive(ctx, out, c.Split, some)
	} else {
		err = l.Write(ctx, out, some)
	}
	if err == nil && written == 0 {
		err = fmt.Errorf("there is no letter from number %d on: the file holds %d keys", c.First, *read)
	}
	return written, out.keep(err)
}

// useInformation makes letters say what the election tells its voters, or what the file of --texts says. What a flag gives comes first.
func (c *KeysLettersCommand) useInformation(l *letters.Letters, told elections.VoterInformation) error {
	if c.Texts != "" {
		content, err := os.ReadFile(c.Texts)
		if err != nil {
			return fmt.Errorf("--texts: %w", err)
		}
		if told, err = elections.ReadVoterInformation(content); err != nil {
			return fmt.Errorf("--texts: %w", err)
		}
	}
	contact, sender := l.Contact, l.Sender
	l.UseInformation(told)
	l.Contact, l.Sender = cmp.Or(contact, l.Contact), cmp.Or(sender, l.Sender)
	return nil
}

// counting counts keys as they are read.
func counting(n *int, keys iter.Seq2[online.Key, error]) iter.Seq2[online.Key, error] {
	return func(yield func(online.Key, error) bool) {
		for key, err := range keys {
			if err == nil {
				*n++
			}
			if !yield(key, err) {
				return
			}
		}
	}
}

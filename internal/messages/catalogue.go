package messages

import (
	"embed"
	"fmt"
	"path"
	"strings"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"github.com/pelletier/go-toml/v2"
)

//go:embed */*.toml
var files embed.FS

// read returns the messages of a folder, none if it has no files yet; the id of a message is its file's name, a dot and its
// key.
func read(folder string) []*i18n.Message {
	entries, err := files.ReadDir(folder)
	if err != nil {
		return nil
	}
	var all []*i18n.Message
	for _, entry := range entries {
		content, err := files.ReadFile(path.Join(folder, entry.Name()))
		if err != nil {
			panic(fmt.Errorf("messages: %w", err))
		}
		found, err := i18n.ParseMessageBytes(content, toml.Unmarshal)
		if err != nil {
			panic(fmt.Errorf("messages: %s/%s: %w", folder, entry.Name(), err)) // excluded by the tests of the catalogue
		}
		for _, m := range found {
			m.ID = strings.TrimSuffix(entry.Name(), ".toml") + "." + m.ID
		}
		all = append(all, found...)
	}
	return all
}

// messagesOf returns every message in a language. One that its folder lacks is the English one.
func messagesOf(l Language) []*i18n.Message {
	all := read(l.source())
	if l.Tag == known[0].Tag {
		return all
	}
	translated := map[string]bool{}
	for _, m := range all {
		translated[m.ID] = true
	}
	for _, m := range read(known[0].Tag) {
		if !translated[m.ID] {
			all = append(all, english(m))
		}
	}
	return all
}

// english returns a message in English for the bundle of another language, whose plural forms may be others.
func english(m *i18n.Message) *i18n.Message {
	only := *m
	only.Few, only.Many, only.Two, only.Zero = "", "", "", ""
	if m.One != "" {
		only.Few, only.Many = m.Other, m.Other
	}
	return &only
}

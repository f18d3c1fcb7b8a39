package messages

import (
	"embed"
	"fmt"
	"path"
	"strings"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"github.com/pelletier/go-toml/v2"
	"golang.org/x/text/language"
)

//go:embed en/*.toml
var files embed.FS

// Languages are the folders of the catalogue, English first.
var Languages = []string{"en"} //nolint:gochecknoglobals // a constant

// bundle returns all messages of all languages. Each localizer has its own, since go-i18n keeps the parsed sentences in it.
func bundle() *i18n.Bundle {
	b := i18n.NewBundle(language.English)
	for _, name := range Languages {
		if err := b.AddMessages(language.MustParse(name), read(name)...); err != nil {
			panic(fmt.Errorf("messages: %s: %w", name, err)) // excluded by the tests of the catalogue
		}
	}
	return b
}

// read returns the messages of a language; the id of a message is its file's name, a dot and its key.
func read(folder string) []*i18n.Message {
	entries, err := files.ReadDir(folder)
	if err != nil {
		panic(fmt.Errorf("messages: %w", err))
	}
	var all []*i18n.Message
	for _, entry := range entries {
		content, err := files.ReadFile(path.Join(folder, entry.Name()))
		if err != nil {
			panic(fmt.Errorf("messages: %w", err))
		}
		found, err := i18n.ParseMessageBytes(content, toml.Unmarshal)
		if err != nil {
			panic(fmt.Errorf("messages: %s/%s: %w", folder, entry.Name(), err))
		}
		for _, m := range found {
			m.ID = strings.TrimSuffix(entry.Name(), ".toml") + "." + m.ID
		}
		all = append(all, found...)
	}
	return all
}

package messages

// Named returns the sentence with an id, such as "vote.cast"; false if the catalogue has none, or one with arguments, plural
// forms or markup. Pages use the generated functions; texts that are not written in Go name sentences by their ids.
func Named(id string) (Message, bool) {
	_, ok := English().bare[id]
	return message(id), ok
}

// Written returns a text of the language's folder, outside the catalogue, in the letters of the language: only Serbian in
// Cyrillic letters changes it.
func (l *Localizer) Written(text string) string {
	if !l.parser.cyrillic {
		return text
	}
	written, _ := inCyrillicOutsideQuotes(text, false)
	return written
}

// Folder returns the folder of the language's sentences, which another language of the same sentences has, too.
func (l *Localizer) Folder() string { return l.language.source() }

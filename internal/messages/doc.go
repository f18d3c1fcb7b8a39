// Package messages holds every sentence that people read: the catalogue of all languages, a typed function for each
// sentence, and the rendering of a sentence in a reader's language.
//
// # The catalogue
//
// The folder en has one TOML file per area (vote.toml, refusal.toml, ...). An entry is a whole sentence, or a whole label:
//
//	heading = "Your vote was counted"
//	until = "You can vote until {{.End}}."
//
// Arguments are named in double braces. An argument is text (a Go string) unless the description says otherwise. The
// description may begin with the types of arguments; this is the order of the function's parameters, too:
//
//	[too_large]
//	description = "args: max message, limit plain. Shown for an upload."
//	other = "The file is larger than {{.Max}}. Send at most {{.Limit}} files."
//
//	text       string     as it is; the default
//	quoted     string     in quotation marks, with control characters escaped
//	number     int64      with its digits in groups
//	plain      int64      without groups: an identifier, a line, a year
//	message    Message    another message, such as a size with its unit
//	component  Component  markup that the page makes, such as a <time>
//	tag        Tag        an element around a part of the sentence: <link>this part</link>
//
// A plural has the forms of CLDR that its language has; {{.Count}} chooses the form and is always a number:
//
//	[uploads_waiting]
//	one = "{{.Count}} upload waits."
//	other = "{{.Count}} uploads wait."
//
// The tags <strong>, <em>, <code>, <kbd> and <br> need no argument. A sentence with tags or components is a Markup; it can be
// drawn on a page and nowhere else. Any other sentence is a Message.
//
// # Use
//
// `go generate ./internal/messages` writes a function for each entry, named after the file and the key: until of vote.toml is
// VoteUntil(end string) Message. A Message is a small value that knows no language. It is rendered late:
//
//	<h1>@messages.VoteHeading()</h1>                          in a templ file
//	<nav aria-label={ messages.LayoutMain().In(ctx) }>        in an attribute
//	problem.New(problem.NotFound, "unknown-user", messages.RefusalUnknownUser())
//	messages.VoteUntil(end).String()                          in English, for logs and commands
//
// The language comes from the context (see With); without one it is English. Numbers and times are messages, too, and are
// written as the language of the reader does: Integer, Percentage, DateTime and so on.
//
// # Another language
//
// A language is one more folder with the same files, keys and arguments, and a line in the list known. Serbian is written in
// Latin letters; the sentences of sr-Cyrl are made from them by a rule, with the exceptions in cyrillic.toml. A language whose
// folder is not whole yet is not offered to readers; tests compare the folders and list the gaps.
package messages

//go:generate go run ./generate

// Package help has the handbook: chapters in Markdown, a folder for each language, and the place in a chapter that explains
// each page.
//
// # A chapter
//
// The first line is the title, the first paragraph says what the chapter is about. Every heading below has an address of its
// own, which is the same in every language:
//
//	## Send a file {#upload}
//
// Names of buttons, fields and pages are never typed: {{upload.choose}} is the sentence of the catalogue, in the language of
// the reader, so that a name cannot become old. A link leads to a place in a chapter (voters#lost), to a heading of its own
// chapter (#lost), or to a page (/log).
//
// Serbian is written in Latin letters; its Cyrillic letters are made by the rule of the catalogue, except within `code`. A
// chapter that a language does not have is shown in English, and says so.
//
// Tests check that every page has its place, that every place exists in every language, and every link and name.
package help

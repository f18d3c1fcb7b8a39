// Package kit has the parts that pages are made of: the frame of a page, its navigation and title, fields, tables,
// charts, states, icons. Each part exists once; web/view puts them together to pages.
//
// Parts take values that are ready to be shown and know nothing of elections. They work without JavaScript, with a
// keyboard and a screen reader, at a width of 360 pixels, in light and dark, on paper and with forced colours. How they
// look is in assets/styles, in the order of its files; sizes, spaces and colours are the tokens of 1-tokens.css.
// A server with --dev shows all of them at /styleguide.
package kit

// Package assets serves what pages need beside their markup: styles, scripts, faces and icons, all embedded,
// none from another host.
//
// Every file has a name that carries a hash of its content, so that a browser may keep it for a year
// and still never shows an old one: URL gives that name, Handler serves it. The style sheet urna.css
// is the files of styles/ joined in the order of their names. The scripts in vendor/ are copies of
// published releases, each beside its licence.
package assets

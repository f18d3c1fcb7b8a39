package assets

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"
	"sync"

	"golang.org/x/image/webp"
)

// Prefix is the path under which the addresses stand.
const Prefix = "/assets/"

//go:embed styles/*.css letters/*.css scripts/*.js vendor/*.js icons/*.svg faces/*.woff2 pictures/*.webp
var files embed.FS

// Asset is one file as it is served.
type Asset struct {
	Name        string // without the hash
	Content     []byte
	ContentType string
	Hash        string // of the content, in hexadecimal digits
	// Packed returns the content compressed with gzip, made once; nil for content that does not get smaller.
	Packed func() []byte
}

// shelf finds assets by the name pages use and by the name in the address.
type shelf struct {
	urls   map[string]string
	hashed map[string]Asset
}

//nolint:gochecknoglobals // what was compiled in, never written
var shelves = mustLoad()

// URL returns the address of the named file, such as "/assets/urna.0123456789ab.css" for "urna.css".
// It panics for a name that was never embedded, which the first test of the page in question finds.
func URL(name string) string {
	url, ok := shelves.urls[name]
	if !ok {
		panic("assets: no file " + name)
	}
	return url
}

// Open returns the file whose address URL gave out, by the address's last part; false for any other.
func Open(hashed string) (Asset, bool) {
	a, ok := shelves.hashed[hashed]
	return a, ok
}

// Picture returns the address of a picture of the handbook, such as "vote-key.ka.webp", and its size in pixels. It panics for
// a name that was never embedded.
func Picture(name string) (url string, width, height int) {
	url = URL(name)
	size, err := webp.DecodeConfig(bytes.NewReader(shelves.hashed[path.Base(url)].Content))
	if err != nil {
		panic(fmt.Errorf("assets: %s: %w", name, err))
	}
	return url, size.Width, size.Height
}

// contentType does not ask the operating system, whose answer for .js differs between machines.
func contentType(name string) string {
	switch path.Ext(name) {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".woff2":
		return "font/woff2"
	case ".webp":
		return "image/webp"
	default:
		return "application/octet-stream"
	}
}

func mustLoad() shelf {
	s := shelf{urls: map[string]string{}, hashed: map[string]Asset{}}
	for _, folder := range []string{"letters", "scripts", "vendor", "icons", "faces", "pictures"} {
		for _, name := range names(folder) {
			s.add(name, read(path.Join(folder, name)))
		}
	}
	s.add("urna.css", s.addressed(joined("styles")))
	return s
}

var reference = regexp.MustCompile(`url\("([^"]*)"\)`)

// addressed replaces the names of files that a style sheet asks for by their addresses. It panics for a name that was
// never embedded.
func (s shelf) addressed(css []byte) []byte {
	return reference.ReplaceAllFunc(css, func(found []byte) []byte {
		name := string(reference.FindSubmatch(found)[1])
		url, ok := s.urls[name]
		if !ok {
			panic("assets: no file " + name)
		}
		return []byte(`url("` + url + `")`)
	})
}

func (s shelf) add(name string, content []byte) {
	sum := sha256.Sum256(content)
	a := Asset{Name: name, Content: content, ContentType: contentType(name), Hash: hex.EncodeToString(sum[:6])}
	a.Packed = sync.OnceValue(func() []byte { return pack(content) })
	extension := path.Ext(name)
	hashed := fmt.Sprintf("%s.%s%s", strings.TrimSuffix(name, extension), a.Hash, extension)
	s.urls[name] = Prefix + hashed
	s.hashed[hashed] = a
}

// pack compresses as small as gzip can, nil where that is not smaller.
func pack(content []byte) []byte {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		panic(err) // a level that there is
	}
	_, _ = w.Write(content) // a buffer takes everything
	_ = w.Close()
	if b.Len() >= len(content) {
		return nil
	}
	return b.Bytes()
}

// joined returns the files of a folder one after another, in the order of their names.
func joined(folder string) []byte {
	var b bytes.Buffer
	for _, name := range names(folder) {
		b.Write(read(path.Join(folder, name)))
		b.WriteByte('\n')
	}
	return b.Bytes()
}

// names lists an embedded folder; what was compiled in cannot be missing when it runs.
func names(folder string) []string {
	entries, err := fs.ReadDir(files, folder)
	if err != nil {
		panic(err)
	}
	list := make([]string, 0, len(entries))
	for _, entry := range entries {
		list = append(list, entry.Name())
	}
	return list
}

func read(name string) []byte {
	content, err := files.ReadFile(name)
	if err != nil {
		panic(err)
	}
	return content
}

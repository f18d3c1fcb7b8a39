package elections

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"image"
	"image/draw"
	"image/png"

	"urna/elections/svg"
	"urna/internal/messages"
)

// The bounds of a logo: of the file as it is given, of its sides in pixels, and of the file as it is stored.
const (
	MaxLogoFile   = 512 << 10
	maxLogoSide   = 1600
	maxLogoStored = 128 << 10
)

// ReadLogo draws a logo again: of a PNG only the pixels stay, of an SVG only what package svg draws. The message names
// the fault of the file; it is zero for none.
func ReadLogo(file []byte) ([]byte, messages.Message) {
	if svg.IsSVG(file) {
		drawn, mistake := svg.Redraw(file)
		return drawn.Document, mistake
	}
	pixels, ok := readPixels(file)
	if !ok {
		return nil, messages.FieldLogoUnreadable()
	}
	return pixels, messages.Message{}
}

// readPixels decodes a PNG and encodes it again.
func readPixels(file []byte) (pixelsOnly []byte, ok bool) {
	if len(file) > MaxLogoFile {
		return nil, false
	}
	size, err := png.DecodeConfig(bytes.NewReader(file))
	if err != nil || size.Width < 1 || size.Height < 1 || size.Width > maxLogoSide || size.Height > maxLogoSide {
		return nil, false
	}
	given, err := png.Decode(bytes.NewReader(file))
	if err != nil {
		return nil, false
	}
	pixels := image.NewNRGBA(image.Rect(0, 0, size.Width, size.Height))
	draw.Draw(pixels, pixels.Bounds(), given, given.Bounds().Min, draw.Src)
	var b bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(&b, pixels); err != nil || b.Len() > maxLogoStored {
		return nil, false
	}
	return b.Bytes(), true
}

// LogoType is the media type of a stored logo.
func LogoType(logo []byte) string {
	if svg.IsSVG(logo) {
		return "image/svg+xml"
	}
	return "image/png"
}

// LogoSize returns the sides of a logo, in pixels or in units of the drawing.
func LogoSize(logo []byte) (width, height int) {
	if svg.IsSVG(logo) {
		drawn, _ := svg.Redraw(logo)
		return drawn.Width, drawn.Height
	}
	size, err := png.DecodeConfig(bytes.NewReader(logo))
	if err != nil {
		return 0, 0
	}
	return size.Width, size.Height
}

// hashOf is the hex SHA-256 of a logo.
func hashOf(logo []byte) string {
	sum := sha256.Sum256(logo)
	return hex.EncodeToString(sum[:])
}

package elections

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"image"
	"image/draw"
	"image/png"
)

// The bounds of a logo: of the file as it is given, of its sides in pixels, and of the file as it is stored.
const (
	MaxLogoFile   = 512 << 10
	maxLogoSide   = 1600
	maxLogoStored = 128 << 10
)

// errLogo is returned for a logo that is no PNG, or too large.
var errLogo = errors.New("elections: the logo is no PNG within the bounds")

// ReadLogo decodes a PNG and encodes it again: of the file that was given, only the pixels stay.
func ReadLogo(file []byte) ([]byte, error) {
	if len(file) > MaxLogoFile {
		return nil, errLogo
	}
	size, err := png.DecodeConfig(bytes.NewReader(file))
	if err != nil || size.Width < 1 || size.Height < 1 || size.Width > maxLogoSide || size.Height > maxLogoSide {
		return nil, errLogo
	}
	given, err := png.Decode(bytes.NewReader(file))
	if err != nil {
		return nil, errLogo
	}
	pixels := image.NewNRGBA(image.Rect(0, 0, size.Width, size.Height))
	draw.Draw(pixels, pixels.Bounds(), given, given.Bounds().Min, draw.Src)
	var b bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(&b, pixels); err != nil || b.Len() > maxLogoStored {
		return nil, errLogo
	}
	return b.Bytes(), nil
}

// LogoSize returns the sides of a logo in pixels.
func LogoSize(logo []byte) (width, height int) {
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

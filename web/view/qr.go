package view

import (
	"fmt"
	"image/color"
	"strconv"
	"strings"

	"github.com/boombuler/barcode/qr"

	"urna/internal/messages"
)

// quietZone is the white frame around a QR code, in modules; the standard asks for four.
const quietZone = 4

// NewQR draws a text as a QR code of medium error correction: a path of the dark modules, run by run. It
// fails for a text that is too long for one, beyond some 2,000 bytes.
func NewQR(title messages.Message, text string) (QR, error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return QR{}, fmt.Errorf("view: QR code: %w", err)
	}
	bounds := code.Bounds()
	dark := func(x, y int) bool {
		if x >= bounds.Max.X {
			return false
		}
		gray, _ := color.GrayModel.Convert(code.At(x, y)).(color.Gray)
		return gray.Y < 128
	}
	var path strings.Builder
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			start := x
			for dark(x, y) {
				x++
			}
			if x > start {
				fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", start-bounds.Min.X+quietZone, y-bounds.Min.Y+quietZone, x-start, x-start)
			}
		}
	}
	return QR{Title: title, Size: strconv.Itoa(bounds.Dx() + 2*quietZone), Path: path.String()}, nil
}

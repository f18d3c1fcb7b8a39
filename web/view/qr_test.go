package view_test

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/boombuler/barcode/qr"

	"urna/internal/messages"
	"urna/web/view"
)

var runOnPath = regexp.MustCompile(`M(\d+) (\d+)h(\d+)v1h-(\d+)z`)

func TestQR_DrawsEveryModule(t *testing.T) {
	text := "otpauth://totp/Urna:ada@example.org?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Urna&algorithm=SHA1&digits=6&period=30"
	drawn, err := view.NewQR(messages.Verbatim("Title"), text)
	if err != nil {
		t.Fatal(err)
	}
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		t.Fatal(err)
	}
	size := code.Bounds().Dx()
	if want := strconv.Itoa(size + 8); drawn.Size != want {
		t.Errorf("want %s modules with the quiet zone, got %s", want, drawn.Size)
	}
	dark := map[[2]int]bool{}
	rest := runOnPath.ReplaceAllStringFunc(drawn.Path, func(run string) string {
		var x, y, n, back int
		if _, err := fmt.Sscanf(run, "M%d %dh%dv1h-%dz", &x, &y, &n, &back); err != nil || n != back {
			t.Errorf("want a rectangle, got %s", run)
		}
		for i := range n {
			dark[[2]int{x + i - 4, y - 4}] = true
		}
		return ""
	})
	if strings.TrimSpace(rest) != "" {
		t.Errorf("want nothing but rectangles, got %q", rest)
	}
	for x := range size {
		for y := range size {
			r, _, _, _ := code.At(x, y).RGBA()
			if want := r == 0; dark[[2]int{x, y}] != want {
				t.Fatalf("module %d, %d: want dark %v", x, y, want)
			}
		}
	}
}

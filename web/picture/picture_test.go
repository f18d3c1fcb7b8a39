package picture

import (
	"bytes"
	"image/color"
	"image/png"
	"strings"
	"sync"
	"testing"
)

// lists returns rows and segments of as many lists.
func lists(n int, name string) (rows []Row, bar []Segment) {
	for i := range n {
		fill := Fill{Color: color.RGBA{uint8(40 + i*5), uint8(90 + i*3), uint8(200 - i*4), 255}, Stripes: Stripes(i % 4)}
		rows = append(rows, Row{Name: name, Fill: fill, Share: "12.34 %", Seats: "1,234", Part: float64(n-i) / float64(n)})
		bar = append(bar, Segment{Name: "List", Seats: n - i, Fill: fill})
	}
	return rows, bar
}

// cards have texts of all scripts, much too much of everything, and nothing.
func cards() map[string]Card {
	few, fewSeats := lists(4, "Maple Party")
	many, manySeats := lists(90, strings.Repeat("Very long name of a list ", 20))
	return map[string]Card{
		"nothing": {},
		"usual": {
			Title: "Parliamentary election 2026", Lead: "No list has a majority. Maple Party leads with 143 seats, 63 short.", Bar: fewSeats, Line: "126 for a majority", Rows: few,
			Heads: [2]string{"Share", "Seats"}, States: []State{{"Counting", Plain}, {"Provisional", Provisional}}, Address: "vote.example.org/elections/1", Time: "21 Jun 20:00",
		},
		"too much": {
			Title: strings.Repeat("Народна скупштина ", 200), Lead: strings.Repeat("x", 100_000), Bar: manySeats, Line: strings.Repeat("y ", 900), Rows: many,
			States: []State{{strings.Repeat("z ", 900), Final}, {"Wrong", Wrong}}, Address: strings.Repeat("a", 5000), Time: strings.Repeat("b", 5000),
		},
		"turnout":      {Title: "საპარლამენტო არჩევნები", Lead: "ხმა მისცა 12 345 ამომრჩეველმა", Facts: []Fact{{"12 345", "cast"}, {"60.12 %", "turnout"}, {"1", "x"}, {"2", "y"}}},
		"other script": {Title: "選挙 \x00 \u202e ", Lead: "🗳 \n\n🗳"},
	}
}

// TestDraw_EveryCardIsAPictureOfBoundedSize draws each card twice, in several goroutines: the bytes are the same.
func TestDraw_EveryCardIsAPictureOfBoundedSize(t *testing.T) {
	for name, card := range cards() {
		t.Run(name, func(t *testing.T) {
			want, err := Draw(card)
			if err != nil {
				t.Fatal(err)
			}
			shown, err := png.Decode(bytes.NewReader(want))
			if err != nil || shown.Bounds().Dx() != Width || shown.Bounds().Dy() != Height || len(want) > 120_000 {
				t.Errorf("want a picture of %d × %d in at most 120 kB, got %d bytes, %v", Width, Height, len(want), err)
			}
			var all sync.WaitGroup
			for range 4 {
				all.Go(func() {
					if again, err := Draw(card); err != nil || !bytes.Equal(again, want) {
						t.Errorf("want the same bytes, got others, %v", err)
					}
				})
			}
			all.Wait()
		})
	}
}

// TestDraw_NoTextLeavesTheMargins looks at the columns of pixels beside the text of a card with too much of everything.
func TestDraw_NoTextLeavesTheMargins(t *testing.T) {
	body, err := Draw(cards()["too much"])
	if err != nil {
		t.Fatal(err)
	}
	shown, err := png.Decode(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for y := range Height {
		for _, x := range []int{margin / 2, Width - margin/2} {
			if got := color.RGBAModel.Convert(shown.At(x, y)); got != paper && got != band {
				t.Fatalf("want nothing at %d, %d, got %v", x, y, got)
			}
		}
	}
}

// TestDraw_KeepsABoundedNumberOfLetters draws more different letters than are kept.
func TestDraw_KeepsABoundedNumberOfLetters(t *testing.T) {
	for from := rune(0x20); from < 0x4000; from += 200 {
		var text []rune
		for i := range rune(200) {
			text = append(text, from+i)
		}
		if _, err := Draw(Card{Lead: string(text)}); err != nil {
			t.Fatal(err)
		}
	}
	drawing.Lock()
	defer drawing.Unlock()
	if len(known) > 20 {
		t.Errorf("want as many styles as layouts use, got %d", len(known))
	}
	for s, l := range known {
		if len(l.drawn) > mostGlyphs {
			t.Errorf("%v: want at most %d letters, got %d", s, mostGlyphs, len(l.drawn))
		}
	}
}

func BenchmarkDraw(b *testing.B) {
	card := cards()["usual"]
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Draw(card); err != nil {
			b.Fatal(err)
		}
	}
}

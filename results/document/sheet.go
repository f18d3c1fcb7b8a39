package document

import (
	"bytes"
	"fmt"
	"time"

	"codeberg.org/go-pdf/fpdf"

	"urna/results/document/faces"
)

// Sizes of a page in millimetres, and of letters in points.
const (
	pageWidth, pageHeight = 210.0, 297.0
	left, top             = 18.0, 18.0
	bottom                = 24.0 // the foot is within it
	width                 = pageWidth - 2*left
	room                  = pageHeight - top - bottom
	face                  = "noto"
	bodySize              = 9.0
	lineHeight            = 4.4
	cellPadding           = 1.0
)

// A line is a strip of the page that is never split.
type line struct {
	height float64
	draw   func(y float64)
	head   *line // drawn again above the line if a page begins with it
}

// A block is a part of the record that stays on one page if it fits.
type block []line

func (b block) height() (sum float64) {
	for _, l := range b {
		sum += l.height
	}
	return sum
}

// placed is a line with its place on a page.
type placed struct {
	line

	y float64
}

// paginate places blocks on pages.
func paginate(blocks []block) (pages [][]placed) {
	var page []placed
	y := top
	turn := func() {
		if len(page) > 0 {
			pages, page, y = append(pages, page), nil, top
		}
	}
	put := func(l line) {
		page = append(page, placed{l, y})
		y += l.height
	}
	for _, b := range blocks {
		if y+b.height() > top+room {
			turn() // a block that is longer than a page begins on a new one
		}
		for _, l := range b {
			if y+l.height > top+room {
				turn()
				if l.head != nil {
					put(*l.head)
				}
			}
			put(l)
		}
	}
	turn()
	return pages
}

// sheet is a PDF that is being drawn.
type sheet struct {
	pdf *fpdf.Fpdf
}

func newSheet(title, language string, at time.Time) *sheet {
	pdf := fpdf.New("P", "mm", "A4", "")
	pdf.SetCatalogSort(true) // else the bytes depend on the order of a map
	pdf.SetCreationDate(at.UTC())
	pdf.SetModificationDate(at.UTC())
	pdf.SetProducer("Urna", true)
	pdf.SetTitle(title, true)
	pdf.SetLang(language)
	pdf.SetAutoPageBreak(false, 0)
	pdf.AddUTF8FontFromBytes(face, "", faces.Regular)
	pdf.AddUTF8FontFromBytes(face, "B", faces.Bold)
	return &sheet{pdf}
}

// font chooses the letters.
func (s *sheet) font(bold bool, size float64) {
	style := ""
	if bold {
		style = "B"
	}
	s.pdf.SetFont(face, style, size)
}

// wrap breaks a text into lines of a width. A word that is longer than a line is broken, too.
func (s *sheet) wrap(text string, size float64, bold bool, w float64) []string {
	s.font(bold, size)
	if text == "" {
		return []string{""}
	}
	return s.pdf.SplitText(text, w-2*cellPadding)
}

// The sides of a text in its cell.
const (
	toLeft  = "L"
	toRight = "R"
)

// write draws one line of text in a cell.
func (s *sheet) write(text string, size float64, bold bool, x, y, w float64, side string) {
	s.font(bold, size)
	s.pdf.SetXY(x, y)
	s.pdf.SetCellMargin(cellPadding)
	s.pdf.CellFormat(w, lineHeight*size/bodySize, text, "", 0, side+"M", false, 0, "")
}

// paragraph returns a text as lines.
func (s *sheet) paragraph(text string, size float64, bold bool) (b block) {
	height := lineHeight * size / bodySize
	for _, part := range s.wrap(text, size, bold, width) {
		b = append(b, line{height: height, draw: func(y float64) { s.write(part, size, bold, left, y, width, toLeft) }})
	}
	return b
}

// space returns an empty line.
func space(height float64) line { return line{height: height, draw: func(float64) {}} }

// column is a column of a table. Its share is of the width of the page.
type column struct {
	title string
	share float64
	right bool
}

// table returns a table as lines: its head is drawn again on each page that continues it.
func (s *sheet) table(columns []column, rows [][]string) (b block) {
	titles := make([]string, len(columns))
	for i, c := range columns {
		titles[i] = c.title
	}
	head := s.row(columns, titles, true)
	b = append(b, head)
	for _, cells := range rows {
		row := s.row(columns, cells, false)
		row.head = &head
		b = append(b, row)
	}
	return b
}

// row returns a row of a table, as high as its longest cell.
func (s *sheet) row(columns []column, cells []string, head bool) line {
	parts, most := make([][]string, len(columns)), 1
	for i, c := range columns {
		parts[i] = s.wrap(cells[i], bodySize, head, c.share*width)
		most = max(most, len(parts[i]))
	}
	const gap = 0.8
	height := float64(most)*lineHeight + 2*gap
	return line{height: height, draw: func(y float64) {
		x := left
		for i, c := range columns {
			side := toLeft
			if c.right {
				side = toRight
			}
			for n, part := range parts[i] {
				s.write(part, bodySize, head, x, y+gap+float64(n)*lineHeight, c.share*width, side)
			}
			x += c.share * width
		}
		s.rule(y+height, head)
	}}
}

// rule draws a horizontal line over the width of the text.
func (s *sheet) rule(y float64, strong bool) {
	const strongWidth, weakWidth, weakGray = 0.35, 0.1, 150
	s.pdf.SetLineWidth(weakWidth)
	s.pdf.SetDrawColor(weakGray, weakGray, weakGray)
	if strong {
		s.pdf.SetLineWidth(strongWidth)
		s.pdf.SetDrawColor(0, 0, 0)
	}
	s.pdf.Line(left, y, left+width, y)
}

// watermark draws a word across the page. It must be drawn before the text.
func (s *sheet) watermark(word string) {
	const largest, angle, gray = 96.0, 52, 232
	size := largest
	s.font(true, size)
	if w := s.pdf.GetStringWidth(word); w > pageHeight*0.8 { //nolint:mnd // of the diagonal, nearly all
		size = largest * pageHeight * 0.8 / w
		s.font(true, size)
	}
	s.pdf.SetTextColor(gray, gray, gray)
	s.pdf.TransformBegin()
	s.pdf.TransformRotate(angle, pageWidth/2, pageHeight/2)
	s.pdf.Text(pageWidth/2-s.pdf.GetStringWidth(word)/2, pageHeight/2, word)
	s.pdf.TransformEnd()
	s.pdf.SetTextColor(0, 0, 0)
}

// foot draws the foot of a page.
func (s *sheet) foot(page, hash string) {
	const size = 7.5
	y := pageHeight - bottom + 6
	s.rule(y, false)
	s.write(hash, size, false, left, y+1.5, width, toLeft)
	s.write(page, size, false, left, y+5.5, width, toRight)
}

// bytes returns the PDF.
func (s *sheet) bytes() ([]byte, error) {
	var b bytes.Buffer
	if err := s.pdf.Output(&b); err != nil {
		return nil, fmt.Errorf("document: %w", err)
	}
	return b.Bytes(), nil
}

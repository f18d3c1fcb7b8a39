package scan

import (
	"bytes"
	"fmt"
	"image/jpeg"
	"image/png"
	"io"
	"os"
)

// headBytes is how much of a file tells its type.
const headBytes = 16

// The types that are taken.
const (
	pdfType  = "application/pdf"
	jpegType = "image/jpeg"
	pngType  = "image/png"
)

// mediaType returns the type of a file by its first bytes, "" for any other.
func mediaType(head []byte) string {
	switch {
	case bytes.HasPrefix(head, []byte("%PDF-")):
		return pdfType
	case bytes.HasPrefix(head, []byte("\xff\xd8\xff")):
		return jpegType
	case bytes.HasPrefix(head, []byte("\x89PNG\r\n\x1a\n")):
		return pngType
	default:
		return ""
	}
}

// pdfTail is how far from its end a PDF has its end mark.
const pdfTail = 2048

// checkWhole refuses a file whose content is not of its type: the headers of a picture are read, and the end of a PDF.
// Nothing is decoded or run.
func checkWhole(file *os.File, f File) error {
	switch f.MediaType {
	case pdfType:
		tail := make([]byte, min(f.Bytes, pdfTail))
		if _, err := file.ReadAt(tail, f.Bytes-int64(len(tail))); err != nil {
			return fmt.Errorf("scan: read the end: %w", err)
		}
		if !bytes.Contains(tail, []byte("%%EOF")) {
			return ErrType
		}
	case jpegType:
		if _, err := jpeg.DecodeConfig(io.NewSectionReader(file, 0, f.Bytes)); err != nil {
			return ErrType
		}
	case pngType:
		if _, err := png.DecodeConfig(io.NewSectionReader(file, 0, f.Bytes)); err != nil {
			return ErrType
		}
	}
	return nil
}

package upload

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
)

// FileField is the name of the form field that carries files.
const FileField = "file"

var (
	// ErrNotAForm is returned for a body that is not multipart/form-data.
	ErrNotAForm = errors.New("upload: the body is not multipart/form-data")
	// ErrNoFile is returned for a form without a file.
	ErrNoFile = errors.New("upload: the form has no file")
	// ErrSecondFile is returned for a second file in a form that takes one.
	ErrSecondFile = errors.New("upload: the form has a second file")
	// ErrIncomplete is returned for a form that ends early. It wraps the error of the body, if there is one.
	ErrIncomplete = errors.New("upload: the form ended early")
)

// FileRule says which parts of the field "file" are files. The others are fields.
type FileRule int

const (
	// Any part is a file, with or without a file name, as programs send it.
	Any FileRule = iota
	// Chosen files have a file name. A browser sends an empty name if no file was chosen.
	Chosen
	// Named files have a filename parameter, which may be empty (the rule of the EPMS contract).
	Named
)

// Field is a value of a form.
type Field struct {
	Name string
	// Value has at most one byte more than Form.MaxValue; a longer value is cut there.
	Value string
	// AfterFile is set if a file came before the field.
	AfterFile bool
}

// Form reads one multipart form. The zero value takes one file and ignores fields. A form must not be read twice.
type Form struct {
	Files FileRule
	// Several allows any number of files. Fields between them are read in their order, so a refused field does not
	// undo files before it.
	Several bool
	// IgnoreRest skips fields and files after the first file.
	IgnoreRest bool
	// MaxValue is the longest value that Field gets whole, in bytes.
	MaxValue int
	// Field gets each field in order; nil ignores fields. An error ends the reading.
	Field func(Field) error
	// File gets each file in order. Its error ends the reading and is returned. If the form takes one file, the stream ends
	// with io.EOF only after the rest of the form was read and Field accepted its fields; otherwise it ends with the
	// error that Read returns.
	File func(name string, content io.Reader) error

	parts *multipart.Reader
	files int // so far
}

// Read reads a body with its Content-Type from front to back.
func (f *Form) Read(contentType string, body io.Reader) error {
	kind, parameters, err := mime.ParseMediaType(contentType)
	if err != nil || kind != "multipart/form-data" || parameters["boundary"] == "" {
		return ErrNotAForm
	}
	f.parts = multipart.NewReader(body, parameters["boundary"])
	for {
		part, err := f.next()
		switch {
		case errors.Is(err, errEnd) && f.files == 0:
			return ErrNoFile
		case errors.Is(err, errEnd):
			return nil
		case err != nil:
			return err
		case !f.isFile(part):
			err = f.field(part)
		default:
			f.files++
			if !f.Several {
				return f.only(part)
			}
			err = f.File(part.FileName(), part)
		}
		if err != nil {
			return err
		}
	}
}

// errEnd is the end of a form. It is another error than io.EOF, which the errors of a cut body wrap.
var errEnd = errors.New("upload: the end of the form")

// next returns the next part, errEnd at the form's end.
func (f *Form) next() (*multipart.Part, error) {
	part, err := f.parts.NextPart() // skips the rest of the part before
	switch {
	case err == nil:
		return part, nil
	case err == io.EOF: // only a bare io.EOF is the form's end; a wrapped one is the body's
		return nil, errEnd
	case errors.Is(err, io.EOF) && f.files == 0:
		return nil, errEnd // an empty body
	default:
		return nil, errors.Join(ErrIncomplete, err)
	}
}

// isFile applies the rule of file names.
func (f *Form) isFile(part *multipart.Part) bool {
	if part.FormName() != FileField {
		return false
	}
	switch f.Files {
	case Chosen:
		return part.FileName() != ""
	case Named:
		_, disposition, err := mime.ParseMediaType(part.Header.Get("Content-Disposition"))
		_, named := disposition["filename"]
		return err == nil && named
	case Any:
	}
	return true
}

// field passes on a field.
func (f *Form) field(part *multipart.Part) error {
	if f.Field == nil {
		return nil
	}
	value, err := io.ReadAll(io.LimitReader(part, int64(f.MaxValue)+1))
	if err != nil {
		return errors.Join(ErrIncomplete, err)
	}
	return f.Field(Field{Name: part.FormName(), Value: string(value), AfterFile: f.files > 0})
}

// only passes on the file of a form that takes one.
func (f *Form) only(part *multipart.Part) error {
	content := &content{part: part, form: f}
	err := f.File(part.FileName(), content)
	if err != nil && content.refusal != nil {
		return content.refusal
	}
	return err
}

// rest reads the form after its only file.
func (f *Form) rest() error {
	for {
		part, err := f.next()
		switch {
		case errors.Is(err, errEnd):
			return nil
		case err != nil:
			return err
		case f.IgnoreRest:
			continue
		case f.isFile(part):
			return ErrSecondFile
		}
		if err := f.field(part); err != nil {
			return err
		}
	}
}

// content is the only file of a form. Its end comes only after the form's end.
type content struct {
	part    *multipart.Part
	form    *Form
	ended   bool
	refusal error // of the rest of the form
}

// Read reads the file.
func (c *content) Read(p []byte) (int, error) {
	switch {
	case c.refusal != nil:
		return 0, c.refusal
	case c.ended:
		return 0, io.EOF
	}
	n, err := c.part.Read(p)
	switch {
	case err == nil:
		return n, nil
	case errors.Is(err, io.EOF):
		c.ended = true
		c.refusal = c.form.rest()
	default:
		c.refusal = fmt.Errorf("%w: %w", ErrIncomplete, err)
	}
	if c.refusal != nil {
		return n, c.refusal
	}
	return n, io.EOF
}
